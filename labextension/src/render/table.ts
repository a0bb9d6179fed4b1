/** The tensors, leaves first: what PyTorch would print of each, and `.grad` as of this step. */
import type { NodeId, TensorRow } from '../wire';
import { h, replace, s } from './dom';
import { hinton } from './marks';
import { clip, format, isScalar, only, scalar, shape, tone, word } from './numbers';
import type { Scene } from './view';
import { WORDS } from './words';

const ROWS = 60; // of many tensors the first, leaves before the rest: a longer table is not read, and is laid out at every step

interface RowDom {
  row: TensorRow;
  tr: HTMLElement;
  grad: HTMLElement;
  norm: HTMLElement;
  version: HTMLElement;
  shown: string;
}

export class TensorTable {
  readonly el = h('section', { class: 'tensors', tabindex: 0, 'aria-label': 'tensors' });
  private readonly rows = new Map<NodeId, RowDom>();
  private current: NodeId | null = null;
  private fresh = new Set<NodeId>();

  constructor(
    private readonly scene: Scene,
    pick: (id: NodeId) => void,
    hover: (id: NodeId | null) => void
  ) {
    const { tensors } = scene.index.recording;
    const sorted = [...tensors].sort((a, b) => +b.is_leaf - +a.is_leaf || +b.requires_grad - +a.requires_grad);
    const body = h('tbody');
    for (const row of sorted.slice(0, ROWS)) {
      const dom = this.build(row, pick, hover);
      this.rows.set(row.node, dom);
      body.append(dom.tr);
    }
    const head = (text: string, cls = '') => h('th', { scope: 'col', class: cls }, text);
    const columns = [
      head('name'),
      head('shape'),
      head('dtype', 'dt'),
      head('is_leaf'),
      head('requires_grad'),
      head('retains_grad')
    ];
    const heads = h('tr', {}, ...columns, head('.grad', 'g'), head('norm', 'num'), head('version', 'num'));
    const more = sorted.length > ROWS ? ` (the first ${ROWS} of ${sorted.length})` : '';
    this.el.append(h('table', { class: 'leaves' }, h('caption', {}, `Tensors${more}`), h('thead', {}, heads), body));
    this.el.hidden = !sorted.length;
  }

  private build(row: TensorRow, pick: (id: NodeId) => void, hover: (id: NodeId | null) => void): RowDom {
    const flag = (on: boolean) => h('td', { class: on ? 'flag yes' : 'flag no' }, on ? 'True' : 'False');
    const grad = h('td', { class: 'g' });
    const norm = h('td', { class: 'num' });
    const stale = row.version > 0 && this.scene.index.recording.failure?.kind === 'inplace';
    const version = h('td', { class: stale ? 'num bad' : 'num' }, `v${row.version}`);
    const name = h(
      'button',
      { class: 'link', type: 'button', title: clip(row.name, 400), click: () => pick(row.node) },
      clip(row.name, 24)
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

  /** Rows of these nodes, and the marks for the current step. */
  paint(ids: Iterable<NodeId>): void {
    const { state, view } = this.scene;
    for (const id of ids) this.paintRow(id);
    const current = view.selected ?? state.current;
    if (this.current !== null) this.rows.get(this.current)?.tr.classList.remove('on');
    this.current = current;
    const at = current ? this.rows.get(current) : undefined;
    at?.tr.classList.add('on');
    for (const id of this.fresh) this.rows.get(id)?.tr.classList.remove('fresh');
    this.fresh = new Set(Object.keys(state.frame?.grads ?? {}));
    for (const id of this.fresh) this.rows.get(id)?.tr.classList.add('fresh');
  }

  paintAll(): void {
    this.paint(this.rows.keys());
  }

  /** Scroll the current row into the panel. */
  reveal(): void {
    const tr = this.current ? this.rows.get(this.current)?.tr : undefined;
    if (!tr) return;
    const [top, bottom] = [tr.offsetTop, tr.offsetTop + tr.offsetHeight];
    const { el } = this;
    if (top - 30 < el.scrollTop || bottom > el.scrollTop + el.clientHeight) el.scrollTop = top - el.clientHeight / 2;
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
