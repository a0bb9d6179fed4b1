/** Paths from one node, the root, down to another: their number, and, when they are few, each of them. `trace/paths.py` is its twin. */
import type { EdgeId, NodeId, PictureEdge } from '../wire';
import type { Index } from './index';

export interface Paths {
  count: number;
  /** Each as its edges from the leaf up; empty when there are more than `cap`. */
  list: EdgeId[][];
  shortest: EdgeId[];
}

/** Counted over the graph, newest first, so that a billion paths cost as much as their edges. */
export function paths(index: Index, leaf: NodeId, root = index.recording.root, cap = 8): Paths {
  const up = (id: NodeId) => (index.consumers.get(id) ?? []).filter(e => !e.blocked);
  const found = new Map<NodeId, { count: number; next: EdgeId | null; length: number }>();
  const order = index.recording.nodes.filter(n => n.kind !== 'constant').sort((a, b) => (b.seq ?? -1) - (a.seq ?? -1));
  for (const { id } of order) {
    let [count, length, next]: [number, number, EdgeId | null] = id === root ? [1, 0, null] : [0, Infinity, null];
    for (const e of id === root ? [] : up(id)) {
      const beyond = found.get(e.dst);
      if (!beyond?.count) continue;
      count += beyond.count;
      if (beyond.length + 1 < length) [length, next] = [beyond.length + 1, e.id];
    }
    found.set(id, { count, next, length });
  }
  const count = found.get(leaf)?.count ?? 0;
  const shortest: EdgeId[] = [];
  for (let at = leaf; count && at !== root;) {
    const e = index.edges.get(found.get(at)!.next!)!;
    shortest.push(e.id);
    at = e.dst;
  }
  return { count, shortest, list: count && count <= cap ? walk() : [] };

  function walk(): EdgeId[][] {
    const list: EdgeId[][] = [];
    const stack: [NodeId, EdgeId[]][] = [[leaf, []]];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const [id, path] = top;
      if (id === root) list.push(path);
      else for (const e of up(id).reverse()) if (found.get(e.dst)?.count) stack.push([e.dst, [...path, e.id]]);
    }
    return list;
  }
}

/** Every edge that lies on some path from the root, or another upper end, to the leaf. */
export function edgesOnPaths(index: Index, leaf: NodeId, root = index.recording.root): Set<EdgeId> {
  const below = walked(index.reads, root, 'src');
  return new Set([...walked(index.consumers, leaf, 'dst')].filter(id => below.has(id)));
}

/** The edges met on the way from a node, in one direction. */
function walked(lines: Map<NodeId, PictureEdge[]>, from: NodeId, end: 'src' | 'dst'): Set<EdgeId> {
  const on = new Set<EdgeId>();
  const seen = new Set([from]);
  const todo = [from];
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    for (const e of lines.get(id) ?? []) {
      if (e.blocked) continue;
      on.add(e.id);
      if (!seen.has(e[end])) todo.push(e[end]);
      seen.add(e[end]);
    }
  }
  return on;
}

/** Where the path rule says most: a leaf that several paths reach. */
export function firstLeaf(nodes: { id: NodeId; kind: string; expects: number }[]): NodeId | null {
  const leaves = nodes.filter(n => n.kind === 'leaf');
  return (leaves.find(n => n.expects > 1) ?? leaves[0])?.id ?? null;
}
