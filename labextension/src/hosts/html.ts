/**
 * A page of its own: the recording that stands in it, and the same player. It asks nothing of anyone. `views/html.py` writes
 * the page around this; its policy forbids whatever is not in the file, markup with styles included.
 */
import { h, replace } from '../render/dom';
import { opened } from '../render/guard';
import { layered } from '../render/layered';
import { provideLayered } from '../render/layout';
import { refused } from '../render/notices';
import { Playback } from '../render/playback';
import { player } from '../render/player';
import { hearTheme } from './theme';

/** Show the text of a recording in an element, at a step. Returns the undo. */
export function open(main: HTMLElement, text: string, at = 0): () => void {
  const host = h('div');
  replace(main, host);
  const recording = opened(text);
  if (typeof recording === 'string') {
    replace(host, refused(recording));
    return () => main.replaceChildren();
  }
  const playback = new Playback(recording);
  if (at > 0) playback.go(at);
  const undo = player(host, playback);
  const key = (event: KeyboardEvent) => elsewhere(event, host);
  document.addEventListener('keydown', key);
  return () => {
    document.removeEventListener('keydown', key);
    undo();
    playback.dispose();
    main.replaceChildren();
  };
}

/** The player is all there is on the page: its keys work wherever the focus is. */
function elsewhere(event: KeyboardEvent, host: HTMLElement): void {
  const root = host.querySelector('.agl');
  const target = event.target as Element;
  if (!root || root.contains(target) || target.closest('a, button, input')) return;
  const { key, ctrlKey, metaKey, altKey } = event;
  const copy = new KeyboardEvent('keydown', { key, ctrlKey, metaKey, altKey, cancelable: true });
  if (!root.dispatchEvent(copy)) event.preventDefault();
}

/** Light or dark as the reader's system is, now and later; in a frame as the page around says, if that knows better. */
export function dress(page: HTMLElement): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const put = () => page.setAttribute('theme', dark.matches ? 'dark' : 'light');
  put();
  dark.addEventListener('change', put);
  hearTheme(theme => {
    dark.removeEventListener('change', put);
    page.setAttribute('theme', theme);
  });
}

provideLayered(layered);
const main = document.getElementById('player');
if (main) {
  dress(document.documentElement);
  open(main, document.getElementById('recording')?.textContent ?? '', Number(location.hash.slice(1)) || 0); // page.html#3
}
