/** A recording in a page of its own, and what a reader of it can come by. */
import { place } from './page';
import { Playback } from '../src/render/playback';
import { player } from '../src/render/player';
import type { Shown } from '../src/messages';

export function show(shown: Shown, at = 0) {
  const host = place();
  const playback = new Playback({ ...shown, at });
  const undo = player(host, playback);
  const root = host.querySelector<HTMLElement>('.agl')!;
  const node = (name: string) => root.querySelector(`[data-node-id='${shown.nodes.find(n => n.name === name)!.id}']`)!;
  return { host, playback, undo, root, node };
}
/** All a reader can come by: text, and what is said to a screen reader. */
export const said = (el: Element): string =>
  [
    el.textContent,
    ...[...el.querySelectorAll('[aria-label],[aria-valuetext],[title]')].flatMap(e =>
      ['aria-label', 'aria-valuetext', 'title'].map(a => e.getAttribute(a))
    )
  ].join(' ');
