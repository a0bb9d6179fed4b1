/** Arrays as marks: Hinton thumbnails, and small matrices with their numbers. Readable without colour. */
import type { Num, Summary } from '../wire';
import { h, s } from './dom';
import { format, isScalar, only, peak, scalar, shape, tone } from './numbers';

export type Ink = 'value' | 'grad';

/** Area is size; solid is positive, hollow is negative, a dot is zero, a cross is NaN. */
export function hinton(x: Summary, ink: Ink, width: number, height: number): SVGElement {
  const rows = x.corner.length;
  const columns = Math.max(1, ...x.corner.map(row => row.length));
  const cell = Math.min(width / columns, height / Math.max(1, rows), 14);
  const left = (width - cell * columns) / 2;
  const top = (height - cell * rows) / 2;
  const most = peak(x);
  const group = s('g', { class: `hin ${ink}` });
  group.append(s('rect', { x: left, y: top, width: cell * columns, height: cell * rows, class: 'hin-bg' }));
  x.corner.forEach((row, i) =>
    row.forEach((v, j) => group.append(mark(v, left + (j + 0.5) * cell, top + (i + 0.5) * cell, cell, most)))
  );
  return group;
}

function mark(v: Num, cx: number, cy: number, cell: number, most: number): SVGElement {
  if (v === 'nan') {
    const d = cell * 0.3;
    const cross = `M${cx - d},${cy - d}L${cx + d},${cy + d}M${cx - d},${cy + d}L${cx + d},${cy - d}`;
    return s('path', { d: cross, class: 'hin-nan' });
  }
  if (typeof v === 'string') {
    return s(
      'text',
      { x: cx, y: cy + cell * 0.3, 'text-anchor': 'middle', class: 'hin-inf', style: `font-size:${cell}px` },
      '∞'
    );
  }
  if (v === 0) return s('circle', { cx, cy, r: 0.6, class: 'hin-zero' });
  const side = Math.max(1.6, cell * 0.9 * Math.sqrt(Math.abs(v) / most));
  const k = v < 0 ? Math.max(0.4, side - 1.1) : side; // the outline of a hollow mark adds to its size
  return s('rect', { x: cx - k / 2, y: cy - k / 2, width: k, height: k, class: v < 0 ? 'neg' : 'pos' });
}

const NUMBERS = 5; // cells a side up to which numbers are written

/** A matrix with its numbers, the sign in the text and a tint to help; larger ones are thumbnails; scalars are large type. */
export function matrix(x: Summary, ink: Ink, caption = ''): HTMLElement {
  if (isScalar(x)) {
    const v = only(x);
    return h(
      'figure',
      { class: `mat scalar ${ink} ${tone(v)}` },
      h('div', { class: 'big' }, scalar(x)),
      h('figcaption', {}, caption)
    );
  }
  const rows = x.corner.length;
  const columns = Math.max(1, ...x.corner.map(row => row.length));
  const cut = (x.shape.at(-1) ?? 1) > columns || x.shape.slice(0, -1).reduce((a, b) => a * b, 1) > rows;
  if (!rows)
    return h(
      'figure',
      { class: `mat ${ink}` },
      h('div', { class: 'big' }, x.part ? '–' : '[ ]'),
      h('figcaption', {}, caption, ' ', h('span', { class: 'shape' }, shape(x.shape)))
    );
  const body = columns <= NUMBERS && rows <= NUMBERS ? cells(x) : thumbnail(x, ink, columns, rows);
  const note = h('span', { class: 'shape' }, shape(x.shape) + (cut ? ' corner' : ''));
  return h('figure', { class: `mat ${ink}` }, body, h('figcaption', {}, caption, caption ? ' ' : '', note));
}

function cells(x: Summary): HTMLElement {
  const most = peak(x);
  const table = h('table', { class: 'cells' });
  for (const row of x.corner) {
    const line = h('tr');
    for (const v of row) {
      const cell = h('td', { class: tone(v) }, format(v, 2));
      if (typeof v === 'number') cell.style.setProperty('--a', `${Math.round(Math.sqrt(Math.abs(v) / most) * 42)}%`);
      line.append(cell);
    }
    table.append(line);
  }
  return table;
}

function thumbnail(x: Summary, ink: Ink, columns: number, rows: number): SVGElement {
  const cell = Math.min(14, 120 / columns, 84 / rows);
  const [w, t] = [cell * columns, cell * rows];
  return s(
    'svg',
    { width: w + 2, height: t + 2, viewBox: `-1 -1 ${w + 2} ${t + 2}`, 'aria-hidden': 'true' },
    hinton(x, ink, w, t)
  );
}

/** What stands for a number that a question hides. */
export const hidden = (caption = ''): HTMLElement =>
  h('figure', { class: 'mat scalar' }, h('div', { class: 'big q' }, '?'), h('figcaption', {}, caption));

/** Underline a result. */
export function total(figure: HTMLElement): HTMLElement {
  figure.classList.add('total');
  return figure;
}
