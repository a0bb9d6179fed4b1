/** Too many nodes to draw: a strip of every gradient norm, a search, a list, and the neighbours of the chosen node. */
import type { NodeId, Num, PictureNode } from '../wire';
import { h, replace, s } from './dom';
import { expression, label } from './labels';
import { clip, format } from './numbers';
import { answers } from './query';
import { normOf, type Row, rowsOf } from './rows';
import type { Scene } from './view';
import * as WORDS from './words';

const ROW = 26; //     px
const SHOWN = 16; //   rows in the list's window
const HEIGHT = 112; // px of the strip
const LEFT = 44;
const NEIGHBOURS = 4;

export class BigList {
  readonly el = h('div', { class: 'biglist' });
  private readonly rows: Row[];
  private readonly place = new Map<NodeId, number>();
  private hits: Row[];
  private chosen = 0;
  private width = 640;
  private due = 0;
  private top = 0; // px that are scrolled away; asked for while it is painted, the page would be laid out
  private readonly strip = h('div', { class: 'strip' });
  private readonly inner = h('div', { class: 'vinner' });
  private readonly list = h('div', { class: 'vlist', tabindex: 0, role: 'listbox', 'aria-label': WORDS.nodes }, this.inner);
  private readonly ego = h('div', { class: 'ego' });
  private readonly found = h('span', { class: 'muted', role: 'status' });

  constructor(
    private readonly scene: Scene,
    private readonly select: (id: NodeId) => void,
    private readonly onFound: (ids: Set<NodeId> | null) => void,
    folded: boolean
  ) {
    this.rows = rowsOf(scene.index);
    this.rows.forEach(row => this.place.set(row.node.id, row.i));
    this.hits = this.rows;
    this.chosen = this.rows.length - 1;
    const box = h('input', {
      type: 'search',
      placeholder: WORDS.searchHint,
      'aria-label': WORDS.search
    });
    box.addEventListener('input', () => this.search(box.value));
    box.addEventListener('keydown', event => event.stopPropagation());
    this.list.addEventListener('scroll', () => {
      this.top = this.list.scrollTop;
      this.paintList();
    });
    this.list.addEventListener('keydown', this.key);
    this.el.append(
      h('p', { class: 'lead' }, h('b', {}, WORDS.tooMany(this.rows.length)), WORDS.listHelp(folded)),
      this.strip,
      h('div', { class: 'bigcols' }, h('div', {}, h('div', { class: 'searchrow' }, box, this.found), this.list), this.ego)
    );
    this.search('');
  }

  private norm(row: Row): Num | null {
    return normOf(this.scene, row.node.id);
  }

  // ------------------------------------------------------------------ search
  private search(query: string): void {
    this.hits = answers(this.scene, query);
    this.onFound(query.trim() ? new Set(this.hits.map(row => row.node.id)) : null);
    this.found.textContent = WORDS.found(this.hits.length);
    this.list.scrollTop = Math.max(0, this.hits.findIndex(row => row.i === this.chosen) - 4) * ROW;
    this.top = this.list.scrollTop;
    this.paintList();
  }

  private choose(i: number): void {
    this.chosen = i;
    this.select(this.rows[i].node.id);
    this.reveal();
    this.paint();
  }

  private reveal(): void {
    const at = this.hits.findIndex(row => row.i === this.chosen) * ROW;
    const { list } = this;
    if (at >= 0 && (at < list.scrollTop || at + ROW > list.scrollTop + list.clientHeight))
      list.scrollTop = Math.max(0, at - 4 * ROW);
    this.top = list.scrollTop;
  }

  private readonly key = (event: KeyboardEvent): void => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!move || !this.hits.length) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.hits.findIndex(row => row.i === this.chosen);
    this.choose(this.hits[Math.max(0, Math.min(this.hits.length - 1, at + move))].i);
  };

  // ------------------------------------------------------------------ painting
  resize(width: number): void {
    if (width === this.width) return;
    this.width = width;
    this.paint();
  }

  /** Follow the pass: the current node is the chosen one. Many steps in one frame are drawn once. */
  follow(): void {
    cancelAnimationFrame(this.due);
    this.due = requestAnimationFrame(() => {
      const { state, view } = this.scene;
      const at = this.place.get(view.selected ?? state.current ?? '');
      if (at !== undefined) this.chosen = at;
      this.reveal();
      this.paint();
    });
  }

  paint(): void {
    this.paintStrip();
    this.paintList();
    this.paintEgo();
  }

  private paintList(): void {
    const from = Math.floor(this.top / ROW);
    this.inner.style.height = `${this.hits.length * ROW}px`;
    const rows = this.hits.slice(from, from + SHOWN).map((row, j) => {
      const norm = this.norm(row);
      const on = row.i === this.chosen;
      const line = h(
        'div',
        {
          class: on ? 'vrow on' : 'vrow',
          role: 'option',
          'aria-selected': String(on),
          'data-node-id': row.node.id,
          'data-kind': row.node.kind,
          'data-state': this.scene.state.phase(row.node.id),
          click: () => this.choose(row.i)
        },
        h('code', {}, row.name),
        h('span', {}, row.node.kind === 'leaf' ? WORDS.leaf : clip(row.node.op, 12)),
        this.bar(norm),
        h('span', { class: 'num' }, norm === null ? '–' : format(norm, 3))
      );
      line.style.top = `${(from + j) * ROW}px`;
      return line;
    });
    replace(this.inner, ...rows);
  }

  private bar(norm: Num | null): SVGElement {
    const [low, high] = this.scene.index.range;
    const place = typeof norm === 'number' && norm > 0 ? (Math.log10(norm) - low) / (high - low) : 0;
    const svg = s('svg', { width: 62, height: 10, 'aria-hidden': 'true' });
    svg.append(
      s('rect', { x: 0, y: 2, width: 60, height: 6, class: 'bar0' }),
      s('rect', { x: 0, y: 2, width: 60 * Math.max(0, Math.min(1, place)), height: 6, class: 'bar1' })
    );
    return svg;
  }

  private paintStrip(): void {
    const { width, rows } = this;
    const [low, high] = this.scene.index.range;
    const x = (i: number) => LEFT + (i / Math.max(1, rows.length)) * (width - LEFT - 12);
    const y = (log: number) => 12 + ((high - log) / (high - low)) * (HEIGHT - 46);
    const columns = new Map<number, [number, number]>();
    let zeros = '';
    for (const row of rows) {
      const norm = this.norm(row);
      if (norm === null || typeof norm === 'string') continue;
      const column = Math.round(x(row.i));
      if (norm === 0) zeros += `M${column},${HEIGHT - 24}v5`;
      else {
        const log = Math.log10(norm);
        const range = columns.get(column) ?? [log, log];
        columns.set(column, [Math.min(range[0], log), Math.max(range[1], log)]);
      }
    }
    const words = WORDS.strip(`1e${low}`, `1e${high}`);
    const svg = s('svg', { width, height: HEIGHT, role: 'img', 'aria-label': words });
    for (const power of new Set([high, Math.round((high + low) / 2), low])) {
      svg.append(s('path', { d: `M${LEFT},${y(power)}H${width - 12}`, class: 'grid' }));
      svg.append(
        s(
          'text',
          { x: LEFT - 6, y: y(power) + 4, 'text-anchor': 'end', class: 'tlab' },
          power ? `1e${String(power).replace('-', '−')}` : '1'
        )
      );
    }
    for (const [column, [a, b]] of columns)
      svg.append(s('rect', { x: column - 0.5, y: y(b) - 1, width: 1.4, height: Math.max(2, y(a) - y(b) + 2), class: 'pt' }));
    if (zeros)
      svg.append(
        s('path', { d: zeros, class: 'zeros' }),
        s('text', { x: LEFT - 6, y: HEIGHT - 18, 'text-anchor': 'end', class: 'tlab' }, '0')
      );
    svg.append(
      s('text', { x: LEFT, y: HEIGHT - 4, class: 'tlab' }, WORDS.firstMade),
      s('text', { x: width - 12, y: HEIGHT - 4, 'text-anchor': 'end', class: 'tlab' }, WORDS.lastMade)
    );
    svg.append(s('path', { d: `M${x(this.chosen)},6V${HEIGHT - 18}`, class: 'head' }));
    svg.addEventListener('click', event => {
      const at = (event.clientX - svg.getBoundingClientRect().left - LEFT) / (width - LEFT - 12);
      this.choose(Math.max(0, Math.min(rows.length - 1, Math.round(at * rows.length))));
    });
    replace(this.strip, svg);
  }

  /** The chosen node between its inputs and its consumers. */
  private paintEgo(): void {
    const row = this.rows[this.chosen];
    if (!row) return;
    const { index } = this.scene;
    const at = (id: NodeId) => index.nodes.get(id);
    const inputs = (index.reads.get(row.node.id) ?? []).flatMap(e => at(e.src) ?? []);
    const consumers = (index.consumers.get(row.node.id) ?? []).flatMap(e => at(e.dst) ?? []);
    const svg = s('svg', { width: '100%', viewBox: '0 0 340 190' });
    const spots = (nodes: PictureNode[]) => nodes.slice(0, NEIGHBOURS).map((_, i, all) => 75 + (i - (all.length - 1) / 2) * 46);
    const line = (x1: number, y1: number, x2: number, y2: number) =>
      svg.append(s('path', { d: `M${x1},${y1}C${x1 + 16},${y1} ${x2 - 16},${y2} ${x2},${y2}`, class: 'egoe' }));
    spots(inputs).forEach((y, i) => {
      line(94, y + 20, 124, 95);
      svg.append(this.card(inputs[i], 2, y));
    });
    spots(consumers).forEach((y, i) => {
      line(216, 95, 246, y + 20);
      svg.append(this.card(consumers[i], 246, y));
    });
    svg.append(this.card(row.node, 124, 75));
    const more = Math.max(0, inputs.length - NEIGHBOURS) + Math.max(0, consumers.length - NEIGHBOURS);
    const text = clip(expression(index.recording, row.node), 40);
    const title = h('h3', {}, h('code', {}, row.name), text !== row.name && ` = ${text}`);
    replace(
      this.ego,
      h('header', {}, title, h('span', { class: 'tag' }, WORDS.nodeNumber(row.i))),
      svg,
      h('p', { class: 'muted' }, WORDS.neighbours(more))
    );
  }

  private card(node: PictureNode, x: number, y: number): SVGElement {
    const row = this.rows[this.place.get(node.id) ?? -1];
    const norm = row ? this.norm(row) : null;
    const under =
      node.kind === 'constant'
        ? 'constant'
        : norm === null
          ? node.kind === 'leaf'
            ? 'leaf'
            : node.op
          : `‖g‖ ${format(norm, 2)}`;
    const kind = node.kind === 'function' ? 'op' : node.kind;
    const attributes = {
      class: `node ${kind}`,
      'data-state': this.scene.state.phase(node.id),
      transform: `translate(${x},${y})`,
      tabindex: row ? 0 : null,
      role: row ? 'button' : null
    };
    const g = s(
      'g',
      attributes,
      s('rect', { width: 92, height: 40, rx: kind === 'leaf' ? 13 : kind === 'constant' ? 20 : 4, class: 'box' })
    );
    g.append(
      s('text', { x: 10, y: 17, class: 'name' }, clip(label(this.scene.index.recording, node), 9)),
      s('text', { x: 10, y: 32, class: 'sub' }, clip(under, 13))
    );
    if (row) g.addEventListener('click', () => this.choose(row.i));
    return g;
  }
}
