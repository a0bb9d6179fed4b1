/** What is true at step k: the fold of frames[0..k], moved one frame at a time so that a step costs what it changes. */
import type { EdgeId, Frame, NodeId, SavedId, Summary } from '../wire';
import type { Index } from './index';

export type Phase = 'waiting' | 'ready' | 'current' | 'done' | 'off';
/** What left along an edge, and at which step; null is None: no gradient. */
export interface Flow {
  value: Summary | null;
  step: number;
}

/** Ids whose drawing may differ after a move. */
export interface Changes {
  nodes: Set<NodeId>;
  edges: Set<EdgeId>;
}

export class State {
  k = -1;
  bytes = 0;
  queue: NodeId[] = [];
  readonly rank = new Map<NodeId, number>(); // place in the queue, from 1
  readonly flow = new Map<EdgeId, Flow>();
  readonly arrived = new Map<NodeId, number>(); // contributions
  readonly grads = new Map<NodeId, Summary>();
  readonly freed = new Set<SavedId>();
  private readonly prior = new Map<NodeId, Summary>(); // .grad before the pass

  constructor(readonly index: Index) {
    for (const row of index.recording.tensors) if (row.grad) this.prior.set(row.node, row.grad);
    for (const [id, grad] of this.prior) this.grads.set(id, grad);
    this.seek(0);
  }

  get frame(): Frame | undefined {
    return this.index.frames[this.k];
  }

  /** A node is ready once everything it waits for has come, whether or not the frame still lists it in its queue. */
  phase(id: NodeId): Phase {
    const node = this.index.nodes.get(id);
    const root = id === this.index.recording.root;
    if (!node || node.kind === 'constant' || (!node.expects && !root)) return 'off';
    const visit = this.index.visits.get(id);
    if (visit !== undefined && visit <= this.k) return visit === this.k ? 'current' : 'done';
    if (!this.index.frames.length) return 'waiting';
    if (this.rank.has(id) || (node.expects > 0 && (this.arrived.get(id) ?? 0) >= node.expects)) return 'ready';
    return 'waiting';
  }

  /** Go to step k, and say what that touched. */
  seek(k: number): Changes {
    const changes: Changes = { nodes: new Set(), edges: new Set() };
    const target = Math.max(-1, Math.min(k, this.index.frames.length - 1));
    const before = this.frame;
    if (this.k !== target) this.touch(before, changes);
    while (this.k < target) this.forward(changes);
    while (this.k > target) this.back(changes);
    const now = this.frame;
    this.touch(now, changes);
    this.bytes = now?.bytes ?? 0;
    this.requeue(now?.ready ?? [], changes);
    return changes;
  }

  private forward(changes: Changes): void {
    const frame = this.index.frames[++this.k];
    for (const id in frame.edges) {
      this.flow.set(id, { value: frame.edges[id], step: this.k });
      this.count(id, 1);
    }
    for (const id in frame.grads) this.grads.set(id, frame.grads[id]);
    for (const id of frame.freed ?? []) this.freed.add(id);
    this.touch(frame, changes);
  }

  private back(changes: Changes): void {
    const frame = this.index.frames[this.k];
    this.touch(frame, changes);
    for (const id in frame.edges) {
      this.flow.delete(id);
      this.count(id, -1);
    }
    for (const id of frame.freed ?? []) this.freed.delete(id);
    this.k--;
    for (const id in frame.grads) this.ungrad(id);
  }

  /** The gradient a node had before the frame just undone: from an earlier frame, from before the pass, or none. */
  private ungrad(id: NodeId): void {
    for (let k = this.k; k > 0; k--) {
      const earlier = this.index.frames[k].grads?.[id];
      if (earlier) {
        this.grads.set(id, earlier);
        return;
      }
    }
    const prior = this.prior.get(id);
    if (prior) this.grads.set(id, prior);
    else this.grads.delete(id);
  }

  private count(edge: EdgeId, by: number): void {
    const source = this.index.edges.get(edge)?.src;
    if (source !== undefined) this.arrived.set(source, (this.arrived.get(source) ?? 0) + by);
  }

  private touch(frame: Frame | undefined, changes: Changes): void {
    if (!frame) return;
    if (frame.node) changes.nodes.add(frame.node);
    for (const id in frame.edges) {
      changes.edges.add(id);
      const source = this.index.edges.get(id)?.src;
      if (source !== undefined) changes.nodes.add(source);
    }
    for (const id in frame.grads) changes.nodes.add(id);
    for (const id of frame.freed ?? []) changes.nodes.add(this.index.saved.get(id)?.node ?? '');
  }

  private requeue(queue: NodeId[], changes: Changes): void {
    const before = new Map(this.rank);
    this.rank.clear();
    queue.forEach((id, i) => this.rank.set(id, i + 1));
    this.queue = queue;
    for (const [id, place] of this.rank) if (before.get(id) !== place) changes.nodes.add(id);
    for (const id of before.keys()) if (!this.rank.has(id)) changes.nodes.add(id);
  }
}
