/** The buttons on the picture: zoom, fit, and the step on show as a file. */
import { h } from './dom';
import type { PictureView } from './picture';
import type { Playback } from './playback';
import { KINDS, save } from './save';
import * as WORDS from './words';

/** A button with a sign on it, and what it does as words. */
export const button = (sign: string, words: string, act: () => void): HTMLElement =>
  h('button', { type: 'button', 'aria-label': words, title: words, click: act }, sign);

export function tools(picture: PictureView, playback: Playback, fit: () => void, say: (words: string) => void): HTMLElement {
  return h(
    'div',
    { class: 'zoom' },
    button('−', WORDS.zoomOut, () => picture.camera.zoom(1 / 1.2)),
    button('+', WORDS.zoomIn, () => picture.camera.zoom(1.2)),
    button(WORDS.fit, WORDS.fitHelp, fit),
    ...KINDS.map(kind => button(kind, WORDS.save(kind), () => void save(picture.world, kind, playback, say)))
  );
}
