/** Every node that a gradient reaches as a row to search and list: with the name a reader would look for. */
import type { NodeId, Num, PictureNode } from '../wire';
import type { Index } from './index';
import { label } from './labels';
import { clip } from './numbers';
import type { Scene } from './view';

export interface Row {
  i: number; //    in the order in which they were made
  node: PictureNode;
  name: string; // of a name in a loop: `h[12]`, which time round
}

const known = new WeakMap<Index, Row[]>();

export function rowsOf(index: Index): Row[] {
  const found = known.get(index);
  if (found) return found;
  const { recording } = index;
  const nodes = recording.nodes.filter(n => n.kind !== 'constant').sort((a, b) => (a.seq ?? -1) - (b.seq ?? -1));
  const names = nodes.map(node => clip(label(recording, node), 40));
  const total = new Map<string, number>();
  for (const name of names) total.set(name, (total.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  const rows = nodes.map((node, i) => {
    const name = names[i];
    const k = seen.get(name) ?? 0;
    seen.set(name, k + 1);
    return { i, node, name: total.get(name) === 1 ? name : `${name}[${k}]` };
  });
  known.set(index, rows);
  return rows;
}

/** The norm of what arrived at a node: null before it has run, and while a question hides it. */
export function normOf(scene: Scene, id: NodeId): Num | null {
  const { index, state, view } = scene;
  const visit = index.visits.get(id);
  if (visit === undefined || visit > state.k || view.hidden.has(id)) return null;
  const { g } = index.frames[visit];
  if (g) return g.norm;
  for (const e of index.consumers.get(id) ?? []) {
    const value = state.flow.get(e.id)?.value;
    if (value) return value.norm;
  }
  return null;
}
