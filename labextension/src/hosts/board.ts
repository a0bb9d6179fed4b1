/**
 * The passes on this page. The widget's module and the labextension are separate bundles, so they meet at a well-known symbol:
 * the side panel and the commands work on the pass that was touched last, wherever it is drawn. Those of one build, that is: a
 * saved notebook, or a kernel that has outlived an upgrade, brings an older module, whose passes step by themselves.
 */
import type { Playback } from '../render/playback';

export interface Board {
  playbacks: Map<Playback, Place>; // the one touched last is last
  active: Playback | null;
  listeners: Set<() => void>;
}

export interface Place {
  host: HTMLElement;
  notebook: string; // the id of its panel, kept: of a long notebook what is out of sight is out of the page
}

const KEY = Symbol.for(BUILD);
const page = globalThis as { [KEY]?: Board };
export const board: Board = (page[KEY] ??= { playbacks: new Map(), active: null, listeners: new Set() });

export function activate(playback: Playback | null): void {
  if (board.active === playback) return;
  board.active = playback;
  for (const listener of [...board.listeners]) listener();
}

export function notebookOf(place: Place): string {
  place.notebook = place.host.closest('.jp-NotebookPanel')?.id ?? place.notebook;
  return place.notebook;
}

/** The passes of a notebook, the one touched last at the end. */
function passesOf(notebook: string): Playback[] {
  return [...board.playbacks].filter(([, place]) => notebookOf(place) === notebook).map(([playback]) => playback);
}

export function latest(notebook: string): Playback | null {
  return passesOf(notebook).at(-1) ?? null;
}

/** Another notebook is in front: its pass is the one to work on, the one touched last if it has several, none if it has none. */
export function follow(notebook: string): void {
  if (!board.active || !passesOf(notebook).includes(board.active)) activate(latest(notebook));
}
