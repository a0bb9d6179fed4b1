/** The keys of the player. None of them reaches the notebook, which would change cell. */
import type { Playback } from './playback';
import type { Scene } from './view';

export interface Hands {
  mode(by: 1 | -1): void; // the next of the three kinds of numbers
  rest(): void; //           nothing selected, everything in sight
  find(): void; //           to the search box
  fold(): void; //           the innermost open group
  walk(event: KeyboardEvent): void; // in the numbers of an array
}

export function keyboard(playback: Playback, scene: Scene, hands: Hands): (event: KeyboardEvent) => void {
  /** Stop a run at the node that has the focus, is selected, or is current; or no longer. */
  const stopAt = (focused: string | null | undefined) => {
    const { index, state, view } = scene;
    const id = focused ?? view.selected ?? state.current;
    const node = id ? index.nodes.get(id) : undefined;
    if (node && node.kind !== 'constant') playback.toggleStop(node.id);
  };
  const acts: Record<string, (event: KeyboardEvent) => void> = {
    arrowright: event => (event.shiftKey ? playback.nextMoment() : playback.next()),
    arrowleft: event => (event.shiftKey ? playback.backMoment() : playback.back()),
    home: () => playback.first(),
    end: () => playback.end(),
    r: () => playback.run(),
    b: event => stopAt((event.target as Element).closest('[data-node-id]')?.getAttribute('data-node-id')),
    ' ': () => playback.toggle(),
    '/': () => hands.find(),
    backspace: () => hands.fold(),
    escape: () => hands.rest()
  };
  return event => {
    const target = event.target as HTMLElement;
    if (target.closest('input, textarea, select') || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest('.heat')) {
      hands.walk(event);
      return;
    }
    const key = event.key.toLowerCase();
    const arrow = key === 'arrowright' ? 1 : key === 'arrowleft' ? -1 : 0;
    if (arrow && target.closest('.seg')) hands.mode(arrow);
    else if (acts[key] && !(key === ' ' && target.closest('button, summary'))) acts[key](event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/**
 * Hear these keys in an element, and keep plain keys from the shortcuts of the host, whose B, R and Enter would change the cell:
 * Notebook 7 looks at keys on their way down to what has the focus. Returns the undo.
 */
export function listen(root: HTMLElement, keys: (event: KeyboardEvent) => void): () => void {
  const early = (event: KeyboardEvent) => {
    const target = event.target as Element;
    if (!root.contains(target)) return;
    const runsCell = event.key === 'Enter' && event.shiftKey && !target.closest('.node');
    target.toggleAttribute('data-lm-suppress-shortcuts', !(event.ctrlKey || event.metaKey || event.altKey || runsCell));
  };
  root.addEventListener('keydown', keys);
  window.addEventListener('keydown', early, true);
  return () => window.removeEventListener('keydown', early, true);
}
