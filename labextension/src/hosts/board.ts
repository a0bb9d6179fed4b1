/**
 * The passes on this page. The widget's module and the labextension are separate bundles, so they meet at a well-known symbol:
 * the side panel and the commands work on the pass that was touched last, wherever it is drawn.
 */
import type { Playback } from '../render/playback';
import { player } from '../render/player';

export interface Board {
  playbacks: Map<Playback, Place>; // the one touched last is last
  active: Playback | null;
  listeners: Set<() => void>;
}

interface Place {
  host: HTMLElement;
  notebook: string; // the id of its panel, kept: of a long notebook what is out of sight is out of the page
}

const KEY = Symbol.for('autograd-lab.board');
const page = globalThis as { [KEY]?: Board };
export const board: Board = (page[KEY] ??= { playbacks: new Map(), active: null, listeners: new Set() });

function activate(playback: Playback | null): void {
  if (board.active === playback) return;
  board.active = playback;
  for (const listener of [...board.listeners]) listener();
}

function notebookOf(place: Place): string {
  place.notebook = place.host.closest('.jp-NotebookPanel')?.id ?? place.notebook;
  return place.notebook;
}

/** Another notebook is in front: its pass is the one to work on, the one touched last if it has several, none if it has none. */
export function follow(notebook: string): void {
  const here = [...board.playbacks].filter(([, place]) => notebookOf(place) === notebook).map(([playback]) => playback);
  if (!board.active || !here.includes(board.active)) activate(here.at(-1) ?? null);
}

/** Draw a playback and put it on the board. Returns the undo. */
export function mount(el: HTMLElement, playback: Playback): () => void {
  const undo = player(el, playback);
  const place = { host: el, notebook: '' };
  const touch = () => {
    board.playbacks.delete(playback);
    board.playbacks.set(playback, place);
    activate(playback);
  };
  board.playbacks.set(playback, place);
  requestAnimationFrame(() => notebookOf(place)); // by then it is on the page
  el.addEventListener('focusin', touch);
  el.addEventListener('pointerdown', touch);
  if (!board.active || playback.kernel) touch();
  return () => {
    undo();
    el.removeEventListener('focusin', touch);
    el.removeEventListener('pointerdown', touch);
    if (board.playbacks.get(playback) !== place) return; // it is drawn elsewhere too
    const notebook = notebookOf(place);
    board.playbacks.delete(playback);
    if (board.active === playback) {
      if (notebook) follow(notebook);
      else activate([...board.playbacks.keys()].at(-1) ?? null);
    }
  };
}
