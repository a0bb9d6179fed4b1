/** Upstream and downstream of a node: what its value was made of, and what was made of it. */
import type { EdgeId, NodeId } from '../wire';
import type { Index } from './index';

export interface Reach {
  nodes: Set<NodeId>;
  edges: Set<EdgeId>;
}

export function reach(index: Index, from: NodeId): Reach {
  const out: Reach = { nodes: new Set([from]), edges: new Set() };
  const ways = [
    [index.reads, 'src'],
    [index.consumers, 'dst']
  ] as const;
  for (const [lines, end] of ways) {
    const seen = new Set([from]);
    const todo = [from];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      for (const e of lines.get(id) ?? []) {
        out.edges.add(e.id);
        if (seen.has(e[end])) continue;
        seen.add(e[end]);
        out.nodes.add(e[end]);
        todo.push(e[end]);
      }
    }
  }
  return out;
}
