/** What is on the page when there is no picture: nothing yet, still being placed, or refused with a sentence. */
import { h, type Kid, s } from './dom';
import type { Playback } from './playback';
import * as WORDS from './words';

export const notice = (title: string, ...kids: Kid[]): HTMLElement =>
  h('div', { class: 'agl' }, h('div', { class: 'notice' }, ...kids.slice(0, 1), h('h2', {}, title), ...kids.slice(1)));

export function empty(): HTMLElement {
  const code = 'w = torch.tensor(3., requires_grad=True)\nL = (2 * w).tanh()\nL.backward()';
  return notice(WORDS.noGraphYet, ghost(), h('p', {}, WORDS.begins), h('pre', {}, code));
}

export function placing(nodes: number, steps: number): HTMLElement {
  const progress = h('div', { class: 'spin', 'aria-hidden': 'true' });
  return notice(WORDS.placing(nodes), progress, h('p', { role: 'status' }, WORDS.placingHelp(steps)));
}

export function refused(why: string): HTMLElement {
  return notice(WORDS.notDrawn, ghost(), h('p', { role: 'alert' }, why));
}

/** Above the picture: what the kernel is doing, or what can be seen without one. */
export function banner({ index, kernel, notice }: Playback): Kid[] {
  const { last, total, stopped, frames } = index;
  if (notice) return [notice];
  if (kernel || !frames.length || last >= total || stopped) return [];
  return [h('b', {}, WORDS.noKernel), WORDS.playsFromHere(last)];
}

function ghost(): SVGElement {
  const g = s('svg', { width: 220, height: 64, 'aria-hidden': 'true', class: 'ghost' });
  const corners = [
    [4, 4],
    [4, 40],
    [84, 22],
    [156, 22]
  ];
  for (const [x, y] of corners) g.append(s('rect', { x, y, width: 52, height: 20, rx: x === 4 ? 10 : 3 }));
  g.append(s('path', { d: 'M56,14C70,14 70,32 84,32M56,50C70,50 70,32 84,32M136,32H156' }));
  return g;
}
