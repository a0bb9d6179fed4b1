/** How one reader looks at the recording: nothing here is true of the pass itself. */
import type { EdgeId, Failure, NodeId } from '../wire';
import type { Index } from './index';
import type { Reach } from './reach';
import type { State } from './state';

export type Mode = 'gradient' | 'local' | 'paths';

export interface View {
  mode: Mode;
  selected: NodeId | null;
  hover: string | null; //      node or edge under the pointer or focus
  path: Set<EdgeId> | null; //  the path being pointed at
  onPath: Set<EdgeId>; //       edges of any path
  hidden: Set<string>; //       nodes and edges whose numbers an open question hides
  animate: boolean;
  reach: Reach | null; //       up and down of the selected node: the rest is pale
  found: Set<NodeId> | null; // what the search found
}

/** Before the reader has done anything. */
export function atRest(): View {
  return {
    mode: 'gradient',
    selected: null,
    hover: null,
    path: null,
    onPath: new Set(),
    hidden: new Set(),
    animate: false,
    reach: null,
    found: null
  };
}

/** All a drawing needs to know. */
export interface Scene {
  index: Index;
  state: State;
  view: View;
  small: boolean; // few enough nodes to write every number
  stops: ReadonlySet<NodeId>; // where a run stops
}

export const SMALL = 14;

/** Nodes and edges whose numbers would answer a question about this node. */
export function hides(index: Index, node: NodeId | null): Set<string> {
  const ids = new Set<string>();
  if (node === null) return ids;
  ids.add(node);
  for (const e of index.consumers.get(node) ?? []) ids.add(e.id);
  return ids;
}

/** A failure counts once its step is on the page; a step that could not even begin has no frame of its own. */
export function failureAt(index: Index, k: number): Failure | null {
  const { failure } = index.recording;
  return failure && k >= Math.min(failure.step, index.last) ? failure : null;
}
