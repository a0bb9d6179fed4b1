/** A Recording with its tables: everything looked up by id, and the local derivatives as they become known. */
import type { EdgeId, Frame, NodeId, Picture, PictureEdge, PictureNode, Recording, RuleTerm, SavedTensor } from '../wire';
import { Forward } from './forward';

export class Index {
  readonly frames: Frame[];
  readonly forward: Forward;
  readonly nodes: Map<NodeId, PictureNode>;
  readonly edges: Map<EdgeId, PictureEdge>;
  readonly reads = new Map<NodeId, PictureEdge[]>(); //     edges by the operation that reads, in argument order
  readonly consumers = new Map<NodeId, PictureEdge[]>(); // edges by the value that is read
  readonly saves = new Map<NodeId, SavedTensor[]>(); //     by the node that keeps
  readonly saved: Map<string, SavedTensor>;
  readonly makes = new Map<NodeId, NodeId[]>(); //          what its rule made, in a pass with create_graph
  readonly visits = new Map<NodeId, number>(); //           step at which a node ran
  readonly rules = new Map<EdgeId, RuleTerm>();
  /** log10 of the smallest and largest gradient norm, in whole decades so that it seldom moves while a pass is recorded. */
  range: [number, number] = [0, 1];
  peakBytes = 0;
  private readonly inside = new Map<string, NodeId[]>(); // nodes by each group around them, once asked for
  private lowest = Infinity;
  private highest = -Infinity;

  constructor(readonly recording: Recording) {
    this.forward = new Forward(recording);
    this.nodes = new Map(recording.nodes.map(n => [n.id, n]));
    this.edges = new Map(recording.edges.map(e => [e.id, e]));
    this.saved = new Map(recording.saved.map(x => [x.id, x]));
    for (const e of recording.edges) {
      push(this.reads, e.dst, e);
      push(this.consumers, e.src, e);
    }
    for (const n of recording.nodes) if (n.maker) push(this.makes, n.maker, n.id);
    for (const x of recording.saved) push(this.saves, x.node, x);
    this.frames = recording.frames;
    this.frames.forEach((frame, step) => this.note(frame, step));
  }

  get picture(): Picture {
    return this.recording;
  }

  /** The earliest time: before the first operation of the forward pass, which the picture alone replays. */
  get start(): number {
    return this.frames.length ? -this.forward.length : 0;
  }

  /** Last recorded step. */
  get last(): number {
    return Math.max(0, this.frames.length - 1);
  }

  /** Steps the whole pass takes, as far as is known. */
  get total(): number {
    return Math.max(this.last, this.recording.total ?? 0);
  }

  /** The pass ended in a failure; a NaN is shown as one and does not end it. */
  get stopped(): boolean {
    const { failure } = this.recording;
    return !!failure && failure.kind !== 'nan';
  }

  append(frame: Frame): void {
    this.frames.push(frame);
    this.note(frame, this.frames.length - 1);
  }

  private note(frame: Frame, step: number): void {
    if (frame.node && !this.visits.has(frame.node)) this.visits.set(frame.node, step);
    for (const rule of frame.rules ?? []) this.rules.set(rule.edge, rule);
    this.peakBytes = Math.max(this.peakBytes, frame.bytes);
    for (const id in frame.edges) {
      const norm = frame.edges[id]?.norm;
      if (typeof norm === 'number' && norm > 0) {
        this.lowest = Math.min(this.lowest, Math.log10(norm));
        this.highest = Math.max(this.highest, Math.log10(norm));
      }
    }
    if (this.lowest <= this.highest) {
      const [low, high] = [Math.floor(this.lowest), Math.ceil(this.highest)];
      this.range = high > low ? [low, high] : [low - 1, high + 1];
    }
  }

  /** Every node at or below a group. */
  members(group: string): NodeId[] {
    if (!this.inside.size) {
      for (const { id, group } of this.recording.nodes) {
        for (let path = group ?? ''; path; path = path.slice(0, Math.max(0, path.lastIndexOf('/'))))
          push(this.inside, path, id);
      }
    }
    return this.inside.get(group) ?? [];
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
