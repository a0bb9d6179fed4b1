/** The learner's cell, the current node's sub-expression marked, an error written in the margin of the lines that caused it. */
import type { PictureNode } from '../wire';
import { h, replace } from './dom';
import { lineNumber } from './labels';
import { clip } from './numbers';
import { failureAt, type Scene } from './view';

export class SourcePanel {
  readonly el = h('section', { class: 'panel source', 'aria-label': 'source' });
  private readonly tag = h('span', { class: 'tag' });
  private readonly list = h('ol', { class: 'src', tabindex: 0, 'aria-label': 'the cell' });
  private readonly lines: { li: HTMLElement; code: HTMLElement; text: string }[];
  private marked: number | null = null; // line

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
    this.lines.forEach(({ li }, i) => {
      const part = parts.length > 1 ? parts.find(p => p.row === i) : undefined;
      this.list.append(...(part ? [h('li', { class: 'cell' }, clip(part.cell, 60))] : []), li);
    });
    this.el.append(h('header', {}, h('h3', {}, 'Source'), this.tag), this.list);
    this.el.hidden = !text.length;
    this.tag.textContent = cell;
  }

  paint(): void {
    const { index, state, view } = this.scene;
    const id = view.selected ?? state.current;
    const node = id ? index.nodes.get(id) : undefined;
    const elsewhere = node?.kind === 'leaf' ? `${clip(node.name || 'this leaf', 40)} was made in another cell` : '';
    this.tag.textContent = node?.line ? `line ${lineNumber(index.recording, node.line)}` : elsewhere;
    if (this.marked !== null) this.unmark(this.marked);
    this.marked = node?.line ?? null;
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

  /** Scroll the marked line into the panel. */
  reveal(): void {
    const at = this.marked === null ? undefined : this.lines[this.marked - 1];
    if (!at) return;
    const { list } = this;
    const [top, bottom] = [at.li.offsetTop, at.li.offsetTop + at.li.offsetHeight];
    if (top < list.scrollTop || bottom > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 2;
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
    if (failure.kind === 'nan') return [[line(failure.node), 'NaN born here']];
    if (failure.kind !== 'inplace') return [[line(failure.node), 'stopped here']];
    const saved = failure.saved ? index.saved.get(failure.saved) : undefined;
    if (!saved) return [[line(failure.node), 'stopped here']];
    const writer: [number, string] = [line(failure.modified), `writes: v${saved.version} → v${saved.now}`];
    return [[line(failure.node), `saves ${clip(saved.name, 24)} at v${saved.version}`], writer];
  }
}
