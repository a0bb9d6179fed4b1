/**
 * The forward pass, from the picture alone: values appear in the order they were made. On the axis of time it stands before the
 * backward pass, so its times are negative: at -1 all but the last operation have run, at 0 all have.
 */
import type { NodeId, Picture, SavedTensor } from '../wire';

export class Forward {
  readonly order: NodeId[]; // operations, oldest first
  private readonly turn: Map<NodeId, number>; // from 1
  private readonly held: number[]; // bytes saved once so many operations have run

  constructor(picture: Picture) {
    const operations = picture.nodes.filter(n => n.kind === 'op' || n.kind === 'function');
    this.order = operations.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0)).map(n => n.id);
    this.turn = new Map(this.order.map((id, i) => [id, i + 1]));
    this.held = this.bytes(picture.saved);
  }

  get length(): number {
    return this.order.length;
  }

  /** Which operation this is, from 1; 0 for what is there from the start. */
  turnOf(id: NodeId): number {
    return this.turn.get(id) ?? 0;
  }

  /** What ran at a (negative or zero) time. */
  at(time: number): NodeId | null {
    return this.order[this.length + time - 1] ?? null;
  }

  heldAt(time: number): number {
    return this.held[this.length + time] ?? 0;
  }

  /** Shared buffers once, from the first that keeps them. */
  private bytes(saved: SavedTensor[]): number[] {
    const first = new Map<string, [number, number]>();
    for (const x of saved) {
      const [turn, size] = first.get(x.buffer) ?? [Infinity, 0];
      first.set(x.buffer, [Math.min(turn, this.turnOf(x.node)), Math.max(size, x.bytes)]);
    }
    const held = new Array<number>(this.length + 1).fill(0);
    for (const [turn, size] of first.values()) held[turn] += size;
    for (let i = 1; i < held.length; i++) held[i] += held[i - 1];
    return held;
  }
}
