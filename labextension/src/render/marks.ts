/** Arrays as marks: Hinton thumbnails, and small matrices with their numbers. Readable without colour. */
import type { Num, Summary } from '../wire';
import { h, s } from './dom';
import { format, isScalar, only, peak, scalar, shape, tone, word } from './numbers';
import * as WORDS from './words';

export type Ink = 'value' | 'grad';

/** Area is size; solid is positive, hollow is negative, a dot is zero, a cross is NaN. One path a kind: an element a mark is slow. */
export function hinton(x: Summary, ink: Ink, width: number, height: number, x0 = 0, y0 = 0, largest = 14): SVGElement {
  const rows = x.corner.length;
  const columns = Math.max(1, ...x.corner.map(row => row.length));
  const cell = Math.min(width / columns, height / Math.max(1, rows), largest);
  const left = x0 + (width - cell * columns) / 2;
  const top = y0 + (height - cell * rows) / 2;
  const most = peak(x);
  const paths = new Map<string, string>();
  const group = s('g', { class: `hin ${ink}` });
  group.append(s('rect', { x: left, y: top, width: cell * columns, height: cell * rows, class: 'hin-bg' }));
  x.corner.forEach((row, i) =>
    row.forEach((v, j) => {
      const [cx, cy] = [left + (j + 0.5) * cell, top + (i + 0.5) * cell];
      if (typeof v === 'string' && v !== 'nan') group.append(infinite(cx, cy, cell));
      else {
        const [kind, d] = mark(v, cx, cy, cell, most);
        paths.set(kind, (paths.get(kind) ?? '') + d);
      }
    })
  );
  for (const [kind, d] of paths) group.append(s('path', { class: kind, d }));
  return group;
}

function infinite(x: number, y: number, cell: number): SVGElement {
  const mark = s('text', { x, y: y + cell * 0.3, 'text-anchor': 'middle', class: 'hin-inf' }, '∞');
  mark.style.fontSize = `${cell}px`; // not as an attribute, which the policy of an exported page forbids
  return mark;
}

/** Of one number: the kind of its mark, and the mark. */
function mark(v: Num, cx: number, cy: number, cell: number, most: number): [string, string] {
  if (typeof v === 'string') {
    const d = cell * 0.3;
    return ['hin-nan', `M${cx - d},${cy - d}L${cx + d},${cy + d}M${cx - d},${cy + d}L${cx + d},${cy - d}`];
  }
  if (v === 0) return ['hin-zero', square(cx, cy, 1.1)];
  const side = Math.max(1.6, cell * 0.9 * Math.sqrt(Math.abs(v) / most));
  return v < 0 ? ['neg', square(cx, cy, Math.max(0.4, side - 1.1))] : ['pos', square(cx, cy, side)]; // an outline adds to its size
}

const square = (cx: number, cy: number, k: number): string => `M${cx - k / 2},${cy - k / 2}h${k}v${k}h${-k}z`;

const NARROWEST = 4; // letters of a column
const NUMBERS = 5; // cells a side up to which numbers are written
const TINTS = 7; //   strengths of a cell's tint, .t1 to .t7

/** How strong a number's tint is: 0 to 7, by the root of its share of the largest. */
export const tint = (v: Num, most: number): number =>
  typeof v === 'number' ? Math.round(Math.sqrt(Math.abs(v) / most) * TINTS) : 0;

/**
 * A matrix with its numbers, the sign in the text and a tint to help; larger ones are thumbnails; scalars are large type. One
 * with a key can be opened: heat.ts.
 */
export function matrix(x: Summary, ink: Ink, caption = '', key = ''): HTMLElement {
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
  const note = h('span', { class: 'shape' }, shape(x.shape) + (cut ? WORDS.corner : ''));
  const opens = key && {
    'data-array': key,
    tabindex: 0,
    role: 'button',
    title: caption,
    'aria-label': WORDS.opens(caption, shape(x.shape), word(x))
  };
  return h('figure', { class: `mat ${ink}`, ...opens }, body, h('figcaption', {}, caption, caption ? ' ' : '', note));
}

/** One text in columns of the same letters: a table of as many cells takes a browser several times as long, at each step. */
function cells(x: Summary): HTMLElement {
  const most = peak(x);
  const rows = x.corner.map(row => row.map(v => format(v, 2)));
  const box = h('div', { class: 'cells' });
  x.corner.forEach((row, i) => {
    if (i) box.append('\n');
    row.forEach((v, j) => {
      const width = Math.max(NARROWEST, ...rows.map(row => row[j].length));
      box.append(h('span', { class: `${tone(v)} t${tint(v, most)}` }, rows[i][j].padStart(width))); // a class: a style of its own is computed anew each time
    });
  });
  return box;
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
