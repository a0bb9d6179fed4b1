/**
 * Every number of one array: a heat map to zoom into and to walk through, the number under the cursor written out. An array is
 * known by a key, which the kernel understands too (`autograd_lab/trace/kept.py`); without a kernel the recorded corner is shown.
 */
import type { Numbers } from '../messages';
import type { EdgeId, Num, Summary } from '../wire';
import { h, replace, s } from './dom';
import type { Index } from './index';
import { format, peak, shape, tone } from './numbers';
import { hinton, type Ink, tint } from './marks';
import type { Playback } from './playback';
import { button } from './tools';
import * as WORDS from './words';

const SMALLEST = 3; // px of a cell
const LARGEST = 64;
const WRITTEN = 40; //  px from which numbers may stand in the cells,
const DIGIT = 7; //     and that each of their characters takes,
const CROWD = 900; //   where there are at most so many
const ROOM = 420; //    px to fill at first

/** What the page itself knows of an array. */
export function known(index: Index, key: string): Numbers | null {
  const [kind, id, i] = key.split(':');
  if (kind === 'jacobian') {
    const rows = matrixOf(index, id);
    return rows && { shape: [rows.length, rows[0]?.length ?? 0], rows };
  }
  const at = (node: string) => index.frames[index.visits.get(node) ?? -1];
  const frame = index.frames[Number(id)];
  const found: Record<string, Summary | null | undefined> = {
    g: frame?.g,
    prior: frame?.prior,
    hook: frame?.hooks?.[Number(i)]?.after,
    edge: at(index.edges.get(id)?.dst ?? '')?.edges[id],
    grad: at(id)?.grads?.[id],
    local: index.rules.get(id)?.value,
    value: index.nodes.get(id)?.value
  };
  const x = found[kind];
  return x ? { shape: x.shape, rows: x.corner } : null;
}

/** The local Jacobian of an edge, if it was recorded or is a single number. */
export function matrixOf({ recording, edges, nodes, rules }: Index, id: EdgeId): Num[][] | null {
  const saved = recording.jacobians?.[id];
  if (saved) return saved;
  const [edge, value] = [edges.get(id), rules.get(id)?.value];
  const single = edge && value && [nodes.get(edge.src), nodes.get(edge.dst)].every(n => n && !n.value.shape.length);
  return single && !value.shape.length ? value.corner : null;
}

export class Heat {
  readonly el = h('section', { class: 'panel heat', hidden: true, 'aria-label': WORDS.everyNumber });
  private numbers: Numbers = { shape: [], rows: [] };
  private cell = 0;
  private first = 0; // px of a cell when it was shown
  private wide = 0; // px of a cell from which the numbers stand in the cells
  private at: [number, number] = [0, 0];
  private key = '';
  private opener: HTMLElement | null = null; // what was pressed: who closes it goes on from there
  private caption = '';
  private ink: Ink = 'grad';
  private cursor: Element | null = null;
  private readonly told = h('p', { class: 'told', role: 'status' });
  private readonly box = h('div', { class: 'heatbox' });

  constructor(private readonly playback: Playback) {}

  /** Open for the figures in `panel` that have a key: by click or Enter. */
  listen(panel: HTMLElement): void {
    const open = (event: Event) => {
      const figure = (event.target as Element).closest<HTMLElement>('[data-array]');
      if (!figure) return;
      event.preventDefault();
      event.stopPropagation();
      this.opener = figure;
      void this.open(figure.dataset.array!, figure.classList.contains('value') ? 'value' : 'grad', figure.title);
    };
    panel.addEventListener('click', open);
    panel.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.target as Element).nodeName !== 'BUTTON') open(event);
    });
  }

  close(): void {
    const back = this.el.contains(document.activeElement) && this.opener;
    this.key = '';
    this.el.hidden = true;
    if (back) back.focus();
  }

  private async open(key: string, ink: Ink, caption: string): Promise<void> {
    Object.assign(this, { key, ink, caption, at: [0, 0], cell: 0 });
    const { kernel, index } = this.playback;
    const mine = known(index, key);
    if (mine) this.show(mine, kernel ? '' : WORDS.onlyKernel);
    await this.ask(mine);
  }

  /** The kernel's numbers: all of them, the largest of each block, or a part as they are. */
  private async ask(mine: Numbers | null, at?: [number, number]): Promise<void> {
    const { key } = this;
    const { kernel } = this.playback;
    let says = WORDS.onlyKernel;
    try {
      const answer = await kernel?.ask?.({ type: 'array', of: key, ...(at && { at }) });
      if (this.key !== key) return;
      if (answer?.type === 'array' && answer.rows) {
        if (at || this.numbers.from) Object.assign(this, { at: [0, 0], cell: 0 });
        this.show({ ...answer, shape: answer.shape ?? [], rows: answer.rows }, '');
        return;
      }
      if (answer?.type === 'array') says = answer.says ?? says;
    } catch {
      if (this.key !== key) return;
    }
    this.show(mine ?? { shape: [], rows: [] }, mine && !kernel ? WORDS.onlyKernel : says);
  }

  private show(numbers: Numbers, note: string): void {
    this.numbers = numbers;
    const { rows } = numbers;
    const columns = width(rows);
    const written = (v: Num) => DIGIT * format(v, 2).length;
    this.wide = rows.length * columns > CROWD ? Infinity : Math.max(WRITTEN, ...rows.flat().map(written));
    this.first = Math.max(8, Math.min(this.wide, Math.floor(ROOM / Math.max(columns, rows.length))));
    this.cell = Math.max(numbers.block ? 0 : this.cell, this.first);
    const total = numbers.shape.reduce((a, b) => a * b, 1);
    const size = numbers.shape.length ? shape(numbers.shape) : '';
    const { block, from } = numbers;
    const part = from ? WORDS.partFrom(place(...from, numbers.shape)) : WORDS.cornerOf(rows.length, columns);
    const cut = block ? WORDS.blocks(...block) : total > rows.length * columns && rows.length ? part : '';
    replace(
      this.el,
      h(
        'header',
        {},
        h('h4', {}, this.caption, ' ', h('span', { class: 'shape' }, size, cut, numbers.form ? `, ${numbers.form}` : '')),
        button('−', WORDS.zoomOut, () => this.zoom(1 / 1.5)),
        button('+', WORDS.zoomIn, () => this.zoom(1.5)),
        button('×', WORDS.close, () => this.close())
      ),
      this.box,
      this.told,
      note && h('p', { class: 'note' }, note)
    );
    this.el.hidden = false;
    this.paint();
  }

  /** Into a block is to its numbers, out of those to the blocks. */
  private zoom(by: number): void {
    const { block, from } = this.numbers;
    const [i, j] = this.at;
    if (block && by > 1) return void this.ask(null, [block[0] * i, block[1] * j]);
    if (from && this.cell * by < this.first) return void this.ask(null);
    this.cell = Math.max(SMALLEST, Math.min(LARGEST, this.cell * by));
    this.paint();
  }

  // ------------------------------------------------------------------ drawing
  private paint(): void {
    const { cell, ink } = this;
    const { rows } = this.numbers;
    const columns = width(rows);
    if (!rows.length) {
      replace(this.box);
      this.told.textContent = '';
      return;
    }
    const [w, t] = [columns * cell, rows.length * cell];
    const most = peak({ corner: rows } as Summary);
    const tints = new Map<string, string>();
    const words = s('g', { class: 'nums' });
    const written = cell >= this.wide;
    rows.forEach((row, i) =>
      row.forEach((v, j) => {
        const kind = `${tone(v)} t${tint(v, most)}`;
        tints.set(kind, `${tints.get(kind) ?? ''}M${j * cell},${i * cell}h${cell - 1}v${cell - 1}h${1 - cell}z`);
        if (written)
          words.append(
            s(
              'text',
              { x: (j + 0.5) * cell - 0.5, y: (i + 0.5) * cell + 4, 'text-anchor': 'middle', class: tone(v) },
              format(v, 2)
            )
          );
      })
    );
    const svg = s(
      'svg',
      {
        class: `cells ${ink}`,
        width: w,
        height: t,
        tabindex: 0,
        role: 'img',
        'aria-label': WORDS.walk(this.caption),
        pointermove: this.point,
        pointerdown: this.point
      },
      ...[...tints].map(([kind, d]) => s('path', { class: kind, d })),
      written ? words : hinton({ corner: rows } as Summary, ink, w, t, 0, 0, cell),
      (this.cursor = s('rect', { class: 'cursor', width: cell, height: cell }))
    );
    replace(this.box, svg);
    svg.focus({ preventScroll: true });
    this.el.scrollIntoView?.({ block: 'nearest' }); // whole, and no further than that: it opens below what was pressed
    this.tell();
  }

  private tell(): void {
    const [i, j] = this.at;
    this.cursor?.setAttribute('x', String(j * this.cell - 0.5));
    this.cursor?.setAttribute('y', String(i * this.cell - 0.5));
    const { rows, shape, block = [1, 1], from = [0, 0] } = this.numbers;
    const v = rows[i]?.[j];
    const where = place(i * block[0] + from[0], j * block[1] + from[1], shape).join(', ');
    const words = v !== undefined && (this.numbers.block ? WORDS.largestFrom(where, exact(v)) : `[${where}] = ${exact(v)}`);
    if (words) this.told.textContent = words;
  }

  /** What a key does here. */
  walk(event: KeyboardEvent): void {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (way) {
      this.move(this.at[0] + way[0], this.at[1] + way[1]);
      this.cursor?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
    } else if (/^(\+|-|Enter)$/.test(event.key)) this.zoom(event.key === '-' ? 1 / 1.5 : 1.5);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private readonly point = (event: PointerEvent): void => {
    const from = (event.currentTarget as Element).getBoundingClientRect();
    this.move(Math.floor((event.clientY - from.top) / this.cell), Math.floor((event.clientX - from.left) / this.cell));
  };

  private move(i: number, j: number): void {
    const { rows } = this.numbers;
    const row = Math.max(0, Math.min(rows.length - 1, i));
    this.at = [row, Math.max(0, Math.min((rows[row]?.length ?? 1) - 1, j))];
    this.tell();
  }
}

const width = (rows: Num[][]): number => Math.max(1, ...rows.map(row => row.length));

/** A number with every digit it came with. */
const exact = (v: Num): string => (typeof v === 'string' ? format(v) : String(v).replace('-', '−').replace('e-', 'e−'));

/** Where row i, column j of what is laid out in two dimensions stands in the array: the last axis lies across. */
export function place(i: number, j: number, dims: number[]): number[] {
  const out = dims.length ? [j] : [];
  let left = i;
  for (const size of dims.slice(0, -1).reverse()) {
    out.unshift(left % Math.max(1, size));
    left = Math.floor(left / Math.max(1, size));
  }
  return out;
}
