/**
 * What travels between a page and its kernel while a pass is being taken. Custom messages: a step is one of them, under a
 * kilobyte whatever the graph's size. `autograd_lab/views/widgets` is the other end.
 */
import type { EdgeId, Failure, Frame, GroupId, Layout, NodeId, Num, Recording, Summary } from './wire';

/** A question whose answer the kernel keeps: neither the answer nor the known mistakes are sent. */
export interface Asked {
  node: NodeId; //      whose numbers stay hidden
  ask: string;
  hides: string; //     what the learner calls it: "b.grad"
  says: string; //      the last verdict, "" before the first
  ok: boolean;
  open: boolean; //     false once answered or shown
}

/** A Recording as a stepper shows it. */
export interface Shown extends Recording {
  at?: number; //       the step on show
  asked?: Asked;
  stops?: Stops;
  live?: Live;
  wrong?: NodeId[]; //  nodes whose rule a cross-check found wrong
}

/** Leaves that other code has changed since the last step: their .grad (null is None) and version now. */
export interface Live {
  grads: Record<NodeId, Summary | null>;
  versions: Record<NodeId, number>;
}

/** Where a run stops: at these nodes, or when a condition (render/stops.ts) is true of a step. */
export interface Stops {
  nodes: NodeId[];
  when: string;
}

export interface Numbers {
  shape: number[];
  rows: Num[][];
  form?: string; //            of a Jacobian: identity, diagonal, ...
  block?: [number, number]; // each number is the largest of so many rows and columns
  from?: [number, number]; //  the first row and column of a part
}

/**
 * A page counts what it says of its place: a kernel with subshells hears it in two threads, so not always in order. What the
 * kernel says of the place carries the counts that it heard, by page. `autograd_lab/views/turns.py`.
 */
export type Turn = [page: string, count: number];
export type Heard = { heard?: Record<string, number> };

export type FromKernel =
  /** `total` only when it was not known; more frames than one when several steps were asked for. */
  | ({ type: 'frames'; frames: Frame[]; at: number; failure?: Failure; total?: number } & Heard)
  | ({ type: 'at'; at: number } & Heard)
  | { type: 'asked'; asked: Asked }
  | ({ type: 'stops'; wrong: NodeId[] } & Stops)
  | ({ type: 'live' } & Live)
  /** Nothing (more) will come: why, in a sentence. */
  | { type: 'stopped'; says: string }
  /** Where the boxes go with the groups open that were asked for. */
  | { type: 'layout'; layout: Layout }
  /** Every number of an array (render/heat.ts says of which), or why there is none. Of a large one see `exactly` in summary.py. */
  | ({ type: 'array'; of: string; says?: string } & Partial<Numbers>)
  /** What comes down each of the paths that were asked about, and the sum. */
  | { type: 'products'; of: NodeId; products?: Summary[]; sum?: Summary; says?: string }
  /** Followed by one buffer: the module. */
  | { type: 'graphviz' };

export type FromPage =
  | { type: 'step'; until: number; turn: Turn }
  | { type: 'at'; at: number; turn: Turn }
  | { type: 'run'; turn: Turn }
  /** What a page knows that has just opened: it is told what it missed while it did. */
  | { type: 'since'; known: number; at: number; turn: Turn }
  | ({ type: 'stops' } & Stops)
  | { type: 'answer'; text: string }
  | { type: 'show' }
  | { type: 'lr'; lr: number }
  | { type: 'open'; groups: GroupId[] }
  | Question
  | { type: 'graphviz' };

/** What the kernel answers with a message of the same type. */
export type Question =
  { type: 'array'; of: string; at?: [number, number] } | { type: 'products'; of: NodeId; paths: EdgeId[][] };
