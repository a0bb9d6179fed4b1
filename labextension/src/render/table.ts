/** The tensors, leaves first: what PyTorch would print of each, and `.grad` as of this step. */
import type { NodeId, TensorRow } from '../wire';
import { breath, h, inSight, replace, s, scrollTo } from './dom';
import { hinton } from './marks';
import { clip, format, isScalar, only, scalar, shape, tone, word } from './numbers';
import type { Scene } from './view';
import * as WORDS from './words';

const ROWS = 60; // of many tensors the first, leaves before the rest: a longer table is not read, and is laid out at every step

const HEAD = 42; //  px the heads of the columns stand over it
const FEW = 5; //   tensors that need no filter
const MANY = 500;

type Column = 'name' | 'shape' | 'dtype' | 'is_leaf' | 'requires_grad' | 'retains_grad' | '.grad' | 'norm' | 'version';
const COLUMNS: [Column, string][] = [
  ['name', ''],
  ['shape', ''],
  ['dtype', 'dt'],
  ['is_leaf', 'flag'],
  ['requires_grad', 'flag'],
  ['retains_grad', 'flag'],
  ['.grad', 'g'],
  ['norm', 'num'],
  ['version', 'num']
];

/** A long name, which may go on in the next line after a point or an underscore. */
const breaks = (name: string): (string | HTMLElement)[] => name.split(/(?<=\w[._])/).flatMap(part => [part, h('wbr')]);

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'string' ? a.localeCompare(String(b), 'en', { numeric: true }) : a - Number(b);

interface RowDom {
  row: TensorRow;
  tr: HTMLElement;
  grad: HTMLElement;
  norm: HTMLElement;
  version: HTMLElement;
  shown: string;
}

export class TensorTable {
  readonly el = h('section', { class: 'tensors', tabindex: 0, 'aria-label': WORDS.tensors });
  private readonly rows = new Map<NodeId, RowDom>();
  private readonly body = h('tbody');
  private readonly count = h('span', { role: 'status' });
  private readonly heads = new Map<Column, HTMLElement>();
  private readonly filter: HTMLInputElement;
  private readonly build: (row: TensorRow) => RowDom;
  private order: { column: Column; sign: number } | null = null;
  private current: NodeId | null = null;
  private fresh = new Set<NodeId>();
  private readonly stale = new Set<NodeId>(); // rows to paint
  private readonly renew = inSight(
    this.el,
    () => this.paintNow(),
    () => this.reveal()
  );

  constructor(
    private readonly scene: Scene,
    pick: (id: NodeId) => void,
    hover: (id: NodeId | null) => void
  ) {
    const { tensors } = scene.index.recording;
    this.build = row => this.makeRow(row, pick, hover);
    this.filter = h('input', {
      type: 'search',
      size: 12,
      placeholder: WORDS.filter,
      'aria-label': WORDS.filterTensors,
      input: () => this.fill()
    });
    const heads = h('tr', {}, ...COLUMNS.map(([name, cls]) => this.head(name, cls)));
    const caption = h('caption', {}, h('span', {}, WORDS.tensors), this.count, tensors.length > FEW && this.filter);
    this.el.append(h('table', { class: 'leaves' }, caption, h('thead', {}, heads), this.body));
    this.el.hidden = !tensors.length;
    if (tensors.length <= MANY) this.fill();
    else void breath().then(() => this.fill()); // a task of its own: it takes as long as the rest of the page
  }

  private head(name: Column, cls: string): HTMLElement {
    const sort = h('button', { type: 'button', title: WORDS.sortBy(name), click: () => this.sortBy(name) }, ...breaks(name));
    const cell = h('th', { scope: 'col', class: cls, 'aria-sort': 'none' }, sort);
    this.heads.set(name, cell);
    return cell;
  }

  /** By a column, the other way round if it is sorted by that already; the third time as at first, leaves before the rest. */
  private sortBy(column: Column): void {
    if (this.order?.column !== column) this.order = { column, sign: 1 };
    else if (this.order.sign > 0) this.order.sign = -1;
    else this.order = null;
    for (const [name, cell] of this.heads) {
      const sign = this.order?.column === name ? this.order.sign : 0;
      cell.setAttribute('aria-sort', sign > 0 ? 'ascending' : sign < 0 ? 'descending' : 'none');
    }
    this.fill();
  }

  /** What a row is sorted by; of a gradient that a question hides nothing is told, not even its place. */
  private value(row: TensorRow, column: Column): string | number {
    const { state, view } = this.scene;
    const grad = view.hidden.has(row.node) ? null : state.grad(row.node);
    switch (column) {
      case 'name':
        return row.name;
      case 'shape':
        return row.shape.reduce((a, b) => a * b, 1);
      case 'dtype':
        return row.dtype;
      case 'version':
        return state.version(row.node) ?? row.version;
      case '.grad':
      case 'norm':
        return grad ? (typeof grad.norm === 'number' ? grad.norm : Infinity) : -1;
      default:
        return +row[column];
    }
  }

  private matches(row: TensorRow, words: string[]): boolean {
    const flags = [row.is_leaf && 'is_leaf', row.requires_grad && 'requires_grad', row.retains_grad && 'retains_grad'];
    const grad = this.scene.view.hidden.has(row.node) || this.scene.state.grad(row.node) ? '' : 'none';
    const text = [row.name, shape(row.shape), row.dtype, grad, ...flags].join(' ').toLowerCase();
    return words.every(word => text.includes(word));
  }

  /** The rows that are asked for, in their order. */
  private fill(): void {
    const { tensors } = this.scene.index.recording;
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? tensors.filter(row => this.matches(row, words)) : [...tensors];
    const { order } = this;
    if (!order) found.sort((a, b) => +b.is_leaf - +a.is_leaf || +b.requires_grad - +a.requires_grad);
    else {
      const keys = new Map(found.map(row => [row, this.value(row, order.column)]));
      found.sort((a, b) => order.sign * compare(keys.get(a)!, keys.get(b)!));
    }
    this.rows.clear();
    this.current = null;
    for (const row of found.slice(0, ROWS)) this.rows.set(row.node, this.build(row));
    replace(this.body, ...[...this.rows.values()].map(dom => dom.tr));
    const shown = Math.min(found.length, ROWS);
    this.count.textContent = shown < tensors.length ? ` ${WORDS.some(shown, tensors.length)}` : '';
    this.paintAll();
  }

  private makeRow(row: TensorRow, pick: (id: NodeId) => void, hover: (id: NodeId | null) => void): RowDom {
    const flag = (on: boolean) => h('td', { class: on ? 'flag yes' : 'flag no' }, on ? 'True' : 'False');
    const grad = h('td', { class: 'g' });
    const norm = h('td', { class: 'num' });
    const stale = row.version > 0 && this.scene.index.recording.failure?.kind === 'inplace';
    const version = h('td', { class: stale ? 'num bad' : 'num' }, `v${row.version}`);
    const name = h(
      'button',
      { class: 'link', type: 'button', click: () => pick(row.node) },
      ...breaks(clip(row.name, 90) || (row.requires_grad ? WORDS.leaf : WORDS.constant))
    );
    const tr = h(
      'tr',
      { pointerenter: () => hover(row.node), pointerleave: () => hover(null) },
      h('th', { scope: 'row' }, name),
      h('td', { class: 'mono' }, shape(row.shape)),
      h('td', { class: 'dt' }, row.dtype),
      flag(row.is_leaf),
      flag(row.requires_grad),
      flag(row.retains_grad),
      grad,
      norm,
      version
    );
    return { row, tr, grad, norm, version, shown: '-' };
  }

  /** Rows of these nodes, and the marks for the current step. Below the window, where it mostly is, the table costs a step nothing. */
  paint(ids: Iterable<NodeId>): void {
    for (const id of ids) this.stale.add(id);
    this.renew();
  }

  /** The current one. */
  private get row(): HTMLElement | undefined {
    return this.rows.get(this.current ?? '')?.tr;
  }

  private paintNow(): void {
    const { state, view } = this.scene;
    for (const id of this.stale) this.paintRow(id);
    this.stale.clear();
    this.row?.classList.remove('on');
    this.current = view.selected ?? state.current;
    this.row?.classList.add('on');
    for (const id of this.fresh) this.rows.get(id)?.tr.classList.remove('fresh');
    this.fresh = new Set(Object.keys(state.frame?.grads ?? {}));
    for (const id of this.fresh) this.rows.get(id)?.tr.classList.add('fresh');
  }

  paintAll(): void {
    this.paint(this.rows.keys());
  }

  /** Scroll the current row into the panel. */
  reveal(): void {
    if (this.row) scrollTo(this.el, this.row, HEAD);
  }

  private paintRow(id: NodeId): void {
    const dom = this.rows.get(id);
    if (!dom) return;
    const { state, view } = this.scene;
    const grad = state.grad(id);
    const secret = view.hidden.has(id) && state.k > 0;
    const outside = state.outside(id);
    const version = state.version(id) ?? dom.row.version;
    const shown = `${secret ? '?' : grad ? JSON.stringify(grad) : 'None'} ${outside} ${version}`;
    if (dom.shown === shown) return;
    dom.shown = shown;
    dom.version.textContent = `v${version}`;
    dom.norm.textContent = secret ? '?' : grad ? format(grad.norm) : '–';
    if (secret) replace(dom.grad, '?');
    else if (!grad) replace(dom.grad, h('span', { class: 'muted' }, 'None'));
    else if (isScalar(grad)) replace(dom.grad, h('span', { class: tone(only(grad)) }, scalar(grad)));
    else {
      const picture = s('svg', { width: 40, height: 18, viewBox: '0 0 40 18', role: 'img', 'aria-label': word(grad) });
      picture.append(hinton(grad, 'grad', 40, 18));
      replace(dom.grad, picture);
    }
    if (outside) dom.grad.append(h('small', { class: 'outside' }, ` ${WORDS.outside}`));
  }
}
