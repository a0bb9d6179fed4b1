/** The learner's cell, the current node's sub-expression marked, an error written in the margin of the lines that caused it. */
import type { PictureNode } from '../wire';
import { h, put, replace, scrollTo } from './dom';
import { lineNumber } from './labels';
import { clip } from './numbers';
import { LINE, type Told } from './told';
import { failureAt, type Scene } from './view';
import * as WORDS from './words';

const ROOM = 12; // px beside the marked part

type Marked = Pick<PictureNode, 'line' | 'span'>;

export class SourcePanel {
  readonly el = h('section', { class: 'panel source', 'aria-label': WORDS.source });
  private readonly tag = h('span', { class: 'tag' });
  private readonly list = h('ol', { class: 'src', tabindex: 0, 'aria-label': WORDS.cell });
  private readonly lines: { li: HTMLElement; code: HTMLElement; text: string }[];
  private marked: Marked | null = null;
  private told: string | undefined; // the place that was told last, '' for none: the first one on show is no news

  constructor(private readonly scene: Scene) {
    const { text, cell, parts = [] } = scene.index.recording.source;
    this.lines = text.map((line, i) => {
      const code = h('code', {}, line || ' ');
      return {
        li: h('li', {}, h('span', { class: 'no' }, String(lineNumber(scene.index.recording, i + 1))), code),
        code,
        text: line
      };
    });
    this.list.addEventListener('click', event => {
      const at = this.lines.findIndex(({ li }) => li.contains(event.target as Node));
      if (at >= 0) this.tell(this.marked?.line === at + 1 ? this.marked : { line: at + 1 }, true);
    });
    this.list.addEventListener('keydown', event => event.key === 'Enter' && this.tell(this.marked, true));
    this.lines.forEach(({ li }, i) => {
      const part = parts.length > 1 ? parts.find(p => p.row === i) : undefined;
      this.list.append(...(part ? [h('li', { class: 'cell' }, clip(part.cell, 60))] : []), li);
    });
    this.el.append(h('header', {}, h('h3', {}, WORDS.source), this.tag), this.list);
    this.el.hidden = !text.length;
    this.tag.textContent = cell;
  }

  paint(): void {
    const { index, state, view } = this.scene;
    const id = view.selected ?? state.current;
    const node = id ? index.nodes.get(id) : undefined;
    const elsewhere = node?.kind === 'leaf' ? WORDS.madeElsewhere(clip(node.name, 40)) : '';
    this.tag.textContent = node?.line ? WORDS.line(lineNumber(index.recording, node.line)) : elsewhere;
    if (this.marked?.line) this.unmark(this.marked.line);
    this.marked = node?.line ? node : null;
    if (node?.line) this.mark(node, node.line);
    this.margins();
  }

  private unmark(line: number): void {
    const at = this.lines[line - 1];
    if (!at) return;
    at.li.classList.remove('on');
    at.li.removeAttribute('aria-current');
    replace(at.code, at.text || ' ');
  }

  private mark(node: PictureNode, line: number): void {
    const at = this.lines[line - 1];
    if (!at) return;
    at.li.classList.add('on');
    at.li.setAttribute('aria-current', 'true');
    const [from, to] = node.span ?? [0, at.text.length];
    replace(at.code, at.text.slice(0, from), h('mark', {}, at.text.slice(from, to)), at.text.slice(to));
  }

  /** Scroll the marked line into the panel, and tell a host that can mark it too. */
  reveal(): void {
    const line = this.marked?.line ?? null;
    const now = this.marked ? `${line} ${this.marked.span}` : '';
    if (this.told === now) return;
    if (this.told !== undefined) this.tell(this.marked, false);
    this.told = now;
    const { list } = this;
    const at = this.lines[(line ?? 0) - 1];
    if (!at) return;
    scrollTo(list, at.li);
    const part = at.code.querySelector('mark');
    const right = part ? part.offsetLeft + part.offsetWidth - list.clientWidth + ROOM : 0;
    list.scrollLeft = part ? Math.max(0, Math.min(part.offsetLeft - 4 * ROOM, right)) : 0; // of a long line, the marked part
  }

  private tell(marked: Marked | null, go: boolean): void {
    const { recording } = this.scene.index;
    const { text, cell, parts } = recording.source;
    const row = marked?.line ?? 0;
    const of = parts?.findLast(p => p.row < row)?.cell ?? cell;
    const whole = text[row - 1] ?? '';
    const line = row
      ? { cell: of, number: lineNumber(recording, row), text: whole, span: marked?.span ?? [0, whole.length] }
      : null;
    const detail = { from: this.el, line, go } as Told;
    const heard = !document.dispatchEvent(new CustomEvent(LINE, { detail, cancelable: true }));
    if (heard) put(this.list, 'title', WORDS.goToLine);
  }

  /** No line of this panel is marked any more. */
  dispose(): void {
    if (this.told) this.tell(null, false);
  }

  private margins(): void {
    for (const old of this.list.querySelectorAll('.margin')) {
      old.closest('li')?.classList.remove('bad');
      old.remove();
    }
    for (const [line, note] of this.notes()) {
      const at = this.lines[line - 1];
      at?.li.classList.add('bad');
      at?.li.append(h('span', { class: 'margin' }, note));
    }
  }

  private notes(): [number, string][] {
    const { index, state } = this.scene;
    const failure = failureAt(index, state.k);
    if (!failure) return [];
    const line = (id: string | undefined) => (id ? (index.nodes.get(id)?.line ?? 0) : 0);
    if (failure.kind === 'nan') return [[line(failure.node), WORDS.born(failure.infinite)]];
    if (failure.kind !== 'inplace') {
      const [stopped, raised] = [line(failure.node), failure.raised ?? 0];
      return [
        [stopped, WORDS.stoppedHere],
        ...(raised && raised !== stopped ? [[raised, WORDS.raisedHere] as [number, string]] : [])
      ];
    }
    const saved = failure.saved ? index.saved.get(failure.saved) : undefined;
    if (!saved) return [[line(failure.node), WORDS.stoppedHere]];
    const writer: [number, string] = [
      failure.wrote ?? line(failure.modified),
      WORDS.writes(saved.version, Math.max(saved.now, saved.version + 1))
    ];
    return [[line(failure.node), WORDS.savesAt(clip(saved.name, 24), saved.version)], writer];
  }
}
