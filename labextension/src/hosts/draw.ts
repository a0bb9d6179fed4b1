/** Drawing into an element of a page, for every host. The labextension has these from the module that the widget travels as. */
import type { Shown } from '../messages';
import { h, replace } from '../render/dom';
import { arrived, isPacked, opened } from '../render/guard';
import { layered } from '../render/layered';
import { inWorker, provideGraphviz, provideLayered } from '../render/layout';
import { empty, refused } from '../render/notices';
import { Playback } from '../render/playback';
import { player } from '../render/player';
import { activate, board, follow, notebookOf } from './board';

/** Draw a playback and put it on the board. Returns the undo. */
export function mount(el: HTMLElement, playback: Playback): () => void {
  const undo = player(el, playback);
  const place = { host: el, notebook: '' };
  const before = board.playbacks.get(playback);
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
    if (before?.host.firstChild) {
      board.playbacks.set(playback, before); // where it was drawn first
      return;
    }
    const notebook = notebookOf(place);
    board.playbacks.delete(playback);
    if (board.active === playback) {
      if (notebook) follow(notebook);
      else activate([...board.playbacks.keys()].at(-1) ?? null);
    }
  };
}

const places = new Map<string, ReturnType<typeof inWorker>>();

/** Graphviz is at this address, fetched by a Worker when a graph has no positions: before a kernel's, which may go. */
export function useGraphviz(address: string): void {
  let found = places.get(address);
  if (!found) places.set(address, (found = inWorker(() => Promise.resolve(address))));
  provideLayered(layered);
  provideGraphviz(found, true);
}

/** Draw what should be a Recording into an element, or more of it that was seen there. Returns the undo. */
export function draw(node: HTMLElement, output: unknown, seen?: Playback | null): () => void {
  if (!isPacked(output)) return put(node, opened(output), seen);
  let undo = () => node.replaceChildren();
  let over = false;
  void arrived(output).then(recording => {
    if (!over) undo = put(node, recording, seen);
  });
  return () => {
    over = true;
    undo();
  };
}

function put(node: HTMLElement, recording: Shown | string, seen?: Playback | null): () => void {
  if (seen && (typeof recording === 'string' || seen.index.frames.length >= recording.frames.length))
    recording = seen.index.recording;
  if (typeof recording === 'string') {
    replace(node, refused(recording));
    return () => node.replaceChildren();
  }
  const host = h('div');
  replace(node, host);
  const playback = new Playback(seen ? { ...recording, at: seen.k } : recording);
  const undo = mount(host, playback);
  return () => {
    undo();
    playback.dispose();
  };
}

/** Draw a playback that is drawn elsewhere, or say that there is none. Returns the undo. */
export function inspect(node: HTMLElement, playback: Playback | null): () => void {
  if (playback) return player(node, playback);
  replace(node, empty());
  return () => node.replaceChildren();
}
