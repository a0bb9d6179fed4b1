/**
 * The passes on this page. The widget's module and the labextension are separate bundles, so they meet at a well-known symbol:
 * the side panel and the commands work on the pass that was touched last, wherever it is drawn.
 */
import type { Playback } from '../render/playback';
import { player } from '../render/player';

export interface Board {
  playbacks: Set<Playback>;
  active: Playback | null;
  listeners: Set<() => void>;
}

const KEY = Symbol.for('autograd-lab.board');
const page = globalThis as { [KEY]?: Board };
export const board: Board = (page[KEY] ??= { playbacks: new Set(), active: null, listeners: new Set() });

function activate(playback: Playback | null): void {
  if (board.active === playback) return;
  board.active = playback;
  for (const listener of [...board.listeners]) listener();
}

/** Draw a playback and put it on the board. Returns the undo. */
export function mount(el: HTMLElement, playback: Playback): () => void {
  const undo = player(el, playback);
  const touch = () => activate(playback);
  board.playbacks.add(playback);
  el.addEventListener('focusin', touch);
  el.addEventListener('pointerdown', touch);
  if (!board.active || playback.kernel) touch();
  return () => {
    undo();
    el.removeEventListener('focusin', touch);
    el.removeEventListener('pointerdown', touch);
    board.playbacks.delete(playback);
    if (board.active === playback) activate([...board.playbacks].at(-1) ?? null);
  };
}
