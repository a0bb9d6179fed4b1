/** The key: each mark beside its words, and what the keys do. */
import { h, s } from './dom';
import { MARKS } from './transport';
import * as WORDS from './words';

function item(words: string, ...marks: SVGElement[]): HTMLElement {
  return h(
    'li',
    {},
    s('svg', { width: 40, height: 28, viewBox: '-6 -5 48 29', 'aria-hidden': 'true' }, ...marks),
    h('span', {}, words)
  );
}

function node(state: string, kind = 'op', rx = 4): SVGElement {
  const g = s(
    'g',
    { class: `node ${kind}`, 'data-state': state },
    s('rect', { x: 5, y: 4, width: 30, height: 14, rx, class: 'box' })
  );
  if (state === 'ready')
    g.append(
      s('g', { class: 'badge' }, s('circle', { cx: 5, cy: 4, r: 7.5 }), s('text', { x: 5, y: 8, 'text-anchor': 'middle' }, '1'))
    );
  if (state === 'done') g.append(s('g', { class: 'badge' }, s('path', { class: 'tick', d: 'M25,5l3,3.4l6,-7' })));
  return g;
}

function edge(cls: string, negative: number): SVGElement {
  const g = s('g', { class: `edge flow ${cls}` }, s('path', { class: 'ga', d: 'M36,11H12', 'stroke-width': 6 }));
  const dash = negative < 1 ? '6 6' : 'none';
  if (negative) g.append(s('path', { class: 'gb', d: 'M36,11H12', 'stroke-width': 6, 'stroke-dasharray': dash }));
  if (negative) g.append(s('path', { class: 'gc', d: 'M36,11H12', 'stroke-width': 3.2, 'stroke-dasharray': dash }));
  g.append(s('path', { class: 'tip', d: 'M3,11L12,5V17Z' }));
  return g;
}

const event = (kind: 'free' | 'accumulate' | 'sum' | 'hook' | 'retain' | 'warning' | 'error') =>
  item(WORDS.marks[kind], s('path', { class: `ev ${kind} past`, d: `M20,11${MARKS[kind]}` }));

/** The button that shows and hides the key, and the key. */
export function keyToggle(): [HTMLElement, HTMLElement] {
  const box = h('div', { class: 'keybox', hidden: true }, key());
  const button = h('button', { class: 'tog', type: 'button', 'aria-expanded': 'false' }, WORDS.key);
  button.addEventListener('click', () => {
    box.hidden = !box.hidden;
    button.setAttribute('aria-expanded', String(!box.hidden));
  });
  return [button, box];
}

function key(): HTMLElement {
  const chip = (cls: string, x: number) => s('g', { class: cls }, s('rect', { x, y: 5, width: 10, height: 11, rx: 2 }));
  return h(
    'ul',
    { class: 'key' },
    item(WORDS.marks.waiting, node('waiting')),
    item(WORDS.marks.ready, node('ready')),
    item(WORDS.marks.current, node('current')),
    item(WORDS.marks.done, node('done')),
    item(WORDS.marks.leaf, node('waiting', 'leaf', 7)),
    item(WORDS.marks.constant, node('off', 'constant', 7)),
    item(WORDS.marks.positive, edge('posflow', 0)),
    item(WORDS.marks.negative, edge('negflow', 1)),
    item(WORDS.marks.mixed, edge('mixflow', 0.5)),
    item(WORDS.marks.saved, s('g', { class: 'chips' }, chip('chip', 8), chip('chip free', 23))),
    item(
      WORDS.marks.pips,
      s('g', { class: 'pips' }, s('circle', { r: 4, cx: 14, cy: 11, class: 'full' }), s('circle', { r: 4, cx: 26, cy: 11 }))
    ),
    event('free'),
    event('accumulate'),
    event('sum'),
    event('hook'),
    event('retain'),
    event('warning'),
    event('error'),
    item(
      WORDS.marks.tie,
      s('g', { class: 'tie' }, s('path', { d: 'M2,20C2,0 34,0 34,16' }), s('circle', { cx: 34, cy: 18, r: 3.5 }))
    ),
    item(
      WORDS.marks.region,
      s('rect', { x: -2, y: 0, width: 42, height: 22, rx: 6, class: 'region' }),
      node('off', 'constant', 7)
    ),
    ...WORDS.keys.map(([keys, words]) => h('li', {}, h('kbd', {}, keys), h('span', {}, words)))
  );
}
