/**
 * What is true at a time: at step k the fold of frames[0..k], moved one frame at a time so that a step costs what it changes;
 * inside a step, what its first moments have done; at a negative time, what the forward pass has made so far.
 */
import type { EdgeId, Frame, NodeId, SavedId, Summary } from '../wire';
import type { Live } from '../messages';
import type { Index } from './index';
import { type Moment, moments } from './moments';

export type Phase = 'waiting' | 'ready' | 'current' | 'done' | 'off' | 'unmade';
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
  moment: number | null = null; // of the step on show, the moment it stands at; null: the whole step
  unmade = 0; //                   operations of the forward pass that have not run yet
  bytes = 0;
  live: Live = { grads: {}, versions: {} }; // what other code made of the leaves: true at the front of time only
  private partial: Frame | null = null;
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
    return this.partial ?? this.index.frames[this.k];
  }

  /** Step k of the backward pass, or a negative time in the forward pass. */
  get time(): number {
    return this.unmade ? -this.unmade : this.k;
  }

  /** The last step that was taken, whole: what is true there is true now. */
  get front(): boolean {
    return this.k === this.index.last && this.moment === null && !this.unmade;
  }

  /** `.grad` of a node at the time on show; what other code made of it meanwhile counts at the front. */
  grad(id: NodeId): Summary | null {
    if (this.front && id in this.live.grads) return this.live.grads[id];
    return this.grads.get(id) ?? null;
  }

  /** Whether `.grad` is what other code made of it. */
  outside(id: NodeId): boolean {
    return this.front && id in this.live.grads;
  }

  /** The version of a leaf now, where other code wrote to it. */
  version(id: NodeId): number | undefined {
    return this.front ? this.live.versions[id] : undefined;
  }

  /** What the time on show is about: the node of the step, or the operation that has just run. */
  get current(): NodeId | null {
    return this.unmade ? this.index.forward.at(-this.unmade) : (this.frame?.node ?? null);
  }

  /** The moments of a recorded step. */
  moments(k: number): Moment[] {
    return k > 0 && k <= this.index.last ? moments(this.index.frames[k], this.index.frames[k - 1]) : [];
  }

  /** A node is ready once everything it waits for has come, whether or not the frame still lists it in its queue. */
  phase(id: NodeId): Phase {
    const node = this.index.nodes.get(id);
    if (this.unmade && node) return this.making(id, node.kind === 'constant');
    const root = id === this.index.recording.root;
    if (!node || node.kind === 'constant' || (!node.expects && !root)) return 'off';
    const visit = this.index.visits.get(id);
    if (visit !== undefined && visit <= this.k) return visit === this.k ? 'current' : 'done';
    if (!this.index.frames.length) return 'waiting';
    if (this.rank.has(id) || (node.expects > 0 && (this.arrived.get(id) ?? 0) >= node.expects)) return 'ready';
    return 'waiting';
  }

  private making(id: NodeId, constant: boolean): Phase {
    const left = this.index.forward.turnOf(id) - (this.index.forward.length - this.unmade);
    return left > 0 ? 'unmade' : left === 0 && this.current === id ? 'current' : constant ? 'off' : 'waiting';
  }

  /** Go to a time, or to a moment of a step, and say what that touched. */
  seek(time: number, moment: number | null = null): Changes {
    const changes: Changes = { nodes: new Set(), edges: new Set() };
    const back = time < 0 ? Math.min(-time, -this.index.start) : 0;
    const target = back ? -1 : Math.max(-1, Math.min(time, this.index.frames.length - 1));
    const before = this.frame;
    if (this.k !== target || this.partial) this.touch(before, changes);
    if (this.partial) this.back(changes);
    const part = moment === null ? undefined : this.moments(target)[moment];
    this.moment = part ? moment : null;
    while (this.k < (part ? target - 1 : target)) this.forward(changes);
    while (this.k > (part ? target - 1 : target)) this.back(changes);
    if (part) {
      this.partial = part.frame;
      this.forward(changes);
    }
    this.remake(back, changes);
    for (const id in this.live.grads) changes.nodes.add(id); // they count at the front only
    for (const id in this.live.versions) changes.nodes.add(id);
    const now = this.frame;
    this.touch(now, changes);
    this.bytes = back ? this.index.forward.heldAt(-back) : (now?.bytes ?? 0);
    this.requeue(now?.ready ?? [], changes);
    return changes;
  }

  /** So many operations have not run: what lies between has been made, or is no longer. */
  private remake(unmade: number, changes: Changes): void {
    if (unmade === this.unmade) return;
    const { forward, reads } = this.index;
    const [from, to] = [Math.min(unmade, this.unmade), Math.max(unmade, this.unmade)];
    this.unmade = unmade;
    for (let left = from; left <= to; left++) {
      const id = forward.at(-left);
      if (!id) continue;
      changes.nodes.add(id);
      for (const e of reads.get(id) ?? []) changes.edges.add(e.id);
    }
  }

  private forward(changes: Changes): void {
    this.k++;
    const frame = this.partial ?? this.index.frames[this.k];
    for (const id in frame.edges) {
      this.flow.set(id, { value: frame.edges[id], step: this.k });
      this.count(id, 1);
    }
    for (const id in frame.grads) this.grads.set(id, frame.grads[id]);
    for (const id of frame.freed ?? []) this.freed.add(id);
    this.touch(frame, changes);
  }

  private back(changes: Changes): void {
    const frame = this.partial ?? this.index.frames[this.k];
    this.partial = null;
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
