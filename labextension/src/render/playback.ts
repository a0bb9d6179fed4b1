/**
 * A recording, the step on show, and who can take the next one. All views of one pass share one Playback, so that there is
 * one way to step: the widget, the side panel and the commands press the same buttons.
 */
import type { FromKernel, Question, Shown } from '../messages';
import type { Frame, NodeId } from '../wire';
import { Index } from './index';
import type { Placing } from './layout';
import { judge, type Quiz, quiz, told } from './quiz';
import { State, type Changes } from './state';
import { condition } from './stops';
import * as WORDS from './words';

/** The kernel's end, as far as a page uses it. Absent in a saved notebook. */
export interface Kernel {
  step(until: number): void;
  at(step: number): void;
  /** Run to a stop; the same as `stops` said, from the step on show. */
  run(): void;
  stops(nodes: NodeId[], when: string): void;
  answer(text: string): void;
  show(): void;
  place?: Placing;
  ask?(question: Question): Promise<FromKernel>;
}

export type Change =
  | { kind: 'move'; changes: Changes; forward: boolean }
  | { kind: 'grow' } //   more frames are known
  | { kind: 'status' } // playing, waiting, kernel here or gone
  | { kind: 'stops'; node: NodeId | null } // where a run stops
  | { kind: 'question' };

const SLOW = 600; //   ms after which a reader is told that the kernel is busy
const GONE = 8000; //  ms after which it may be gone
const EMPTY: Changes = { nodes: new Set(), edges: new Set() };
const PACE = { few: 950, many: 220, several: 40 }; // ms a step; `many` above `several` steps

export class Playback {
  readonly index: Index;
  readonly state: State;
  readonly quiz: Quiz | null;
  playing = 0; // the timer
  notice = ''; // a sentence about the kernel, "" when all is well
  kernel: Kernel | null;
  speed = 1;
  readonly stops = new Set<NodeId>(); // nodes a run stops at
  when: string; //                       or the condition it stops for
  private wrong: Set<NodeId>; // nodes whose rule a cross-check found wrong, as far as is known here
  private opening = false; // the kernel's next step is to be opened at its first moment
  private wanted = 0; // the step asked of the kernel
  private owed = 0; //   steps back that were asked for before it came
  private waiting: number[] = [];
  private readonly listeners = new Set<(change: Change) => void>();

  constructor(shown: Shown, kernel: Kernel | null = null) {
    this.index = new Index(shown);
    this.state = new State(this.index);
    this.kernel = kernel;
    this.quiz = quiz(shown);
    this.when = shown.stops?.when ?? '';
    for (const id of shown.stops?.nodes ?? []) this.stops.add(id);
    this.wrong = new Set(shown.wrong);
    if (shown.live) this.state.live = shown.live;
    if (shown.at) this.state.seek(shown.at);
    this.wanted = this.index.last;
  }

  /** The time on show: a step, or negative in the forward pass. */
  get k(): number {
    return this.index.frames.length ? this.state.time : 0;
  }

  /** Whether a step beyond the last recorded one can be taken. */
  get more(): boolean {
    const { frames, last, total } = this.index;
    return !!this.kernel && !this.index.stopped && frames.length > 0 && last < total;
  }

  /** Whether there is any step to show, recorded or to be taken. */
  get moves(): boolean {
    return this.index.last > 0 || this.more;
  }

  /** The node whose numbers stay hidden. */
  get secret(): string | null {
    return this.quiz?.open && !this.quiz.solved ? this.quiz.node : null;
  }

  listen(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(change: Change): void {
    for (const listener of [...this.listeners]) listener(change);
  }

  // ------------------------------------------------------------------ moving
  /** Show a step; one that was not taken yet is taken by the kernel. */
  go(to: number): void {
    this.owed = 0;
    const { last, total } = this.index;
    if (to > last && this.more) {
      this.wanted = Math.max(this.wanted, Math.min(total, to));
      this.await();
      this.kernel?.step(this.wanted);
      if (this.k < last) this.move(last, false); // the kernel's own place will be where it arrives
      return;
    }
    this.wanted = last;
    this.opening = false;
    this.settle(); // what the kernel still brings is of a place that was left
    this.move(Math.max(this.index.start, Math.min(last, to)), true);
  }

  /** A step that is open is finished first. */
  next(): void {
    this.opening = false;
    if (this.owed) this.owed--;
    else if (this.state.moment !== null) this.go(this.k);
    else this.go(this.waiting.length ? this.wanted + 1 : this.k + 1);
  }

  /** Of a step that is still to come, once it has; from a kernel that is slow to answer, away at once. */
  back(): void {
    if (this.waiting.length && !this.notice) this.owed++;
    else this.go(this.k - 1);
  }

  /** Before the pass; from there, before the first operation of the forward pass. */
  first(): void {
    this.go(this.k > 0 ? 0 : this.index.start);
  }

  // ------------------------------------------------------------------ inside a step
  /** Open a step at one of its moments; its last is the whole step. */
  open(k: number, moment: number): void {
    const { length } = this.state.moments(k);
    if (length) this.move(k, true, moment < length - 1 ? moment : null);
  }

  /** The next moment: of the step that is open, else the first of the next one. */
  nextMoment(): void {
    const { moment } = this.state;
    if (moment !== null) this.open(this.k, moment + 1);
    else if (this.k >= 0 && this.k < this.index.last) this.open(this.k + 1, 0);
    else {
      this.opening = this.k >= 0 && this.more;
      this.go(this.waiting.length ? this.wanted : this.k + 1);
    }
  }

  backMoment(): void {
    const { moment } = this.state;
    if (moment === null && this.k > 0) this.open(this.k, this.state.moments(this.k).length - 2);
    else if (moment) this.open(this.k, moment - 1);
    else this.go(this.k - 1);
  }

  // ------------------------------------------------------------------ stops
  toggleStop(id: NodeId): void {
    if (!this.stops.delete(id)) this.stops.add(id);
    this.stopsChanged(id);
  }

  /** Take a condition; false if it is not one. */
  stopWhen(text: string): boolean {
    const words = text.trim();
    if (words && !condition(words)) return false;
    if (words !== this.when) {
      this.when = words;
      this.stopsChanged(null);
    }
    return true;
  }

  private stopsChanged(node: NodeId | null): void {
    this.kernel?.stops([...this.stops], this.when);
    this.tell({ kind: 'stops', node });
  }

  /** On to where a run stops: through what is recorded here, then in the kernel. */
  run(): void {
    const { frames, last } = this.index;
    const test = this.when ? condition(this.when) : null;
    for (let k = Math.max(0, this.k) + 1; k <= last; k++) {
      const { node } = frames[k];
      if ((node && this.stops.has(node)) || test?.(frames[k], this.wrong)) {
        this.go(k);
        return;
      }
    }
    if (this.more && this.kernel) {
      if (this.k < last) this.move(last, true);
      this.await();
      this.kernel.run();
    } else this.go(last);
  }

  /** To the end: of the pass with a kernel, of the recording without. */
  end(): void {
    this.go(this.more ? this.index.total : this.index.last);
  }

  private move(to: number, tell: boolean, moment: number | null = null): void {
    const stays = to === this.k && moment === this.state.moment;
    if (stays && (this.state.k >= 0 || to < 0)) {
      if (this.playing && to === this.index.last && !this.more) this.pause();
      return;
    }
    const forward = to === this.k + 1 || (to === this.k && (moment ?? Infinity) > (this.state.moment ?? Infinity));
    const before = this.k;
    const changes = this.state.seek(to, moment);
    if (tell && to !== before) this.kernel?.at(to);
    this.tell({ kind: 'move', changes, forward });
    if (this.playing && to === this.index.last && !this.more) this.pause();
  }

  toggle(): void {
    if (this.playing) {
      this.pause();
      return;
    }
    if (this.k === this.index.last && !this.more) this.go(0);
    const pace = this.index.total > PACE.several ? PACE.many : PACE.few;
    this.playing = window.setInterval(() => !this.waiting.length && this.go(this.k + 1), pace / this.speed);
    this.tell({ kind: 'status' });
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (!this.playing) return;
    clearInterval(this.playing);
    this.playing = 0;
    this.toggle();
  }

  private pause(): void {
    clearInterval(this.playing);
    this.playing = 0;
    this.tell({ kind: 'status' });
  }

  // ------------------------------------------------------------------ the kernel
  /** `late`: said before the kernel heard where the reader has gone since, who then only goes on to what was asked for. */
  receive(message: FromKernel, late = false): void {
    switch (message.type) {
      case 'frames': {
        const { recording } = this.index;
        for (const frame of message.frames) if (frame.step === this.index.frames.length) this.take(frame);
        if (message.failure) recording.failure = message.failure;
        if (message.total !== undefined) recording.total = message.total;
        this.settle();
        if (this.index.last < this.wanted && this.more) this.await(); // some came, more will
        this.tell({ kind: 'grow' });
        const at = Math.min(message.at, this.index.last);
        if (this.opening && message.at === at) this.open(at, 0);
        else if (!late || (this.waiting.length && at > this.k)) this.move(at, false);
        this.opening = false;
        if (this.owed && !this.waiting.length) this.go(this.k - this.owed);
        if (recording.failure) this.tell({ kind: 'move', changes: EMPTY, forward: false });
        break;
      }
      case 'at': {
        if (late) break;
        this.settle();
        const at = Math.max(this.index.start, Math.min(message.at, this.index.last));
        if (at !== this.k) this.move(at, false); // a step that is open stays so
        break;
      }
      case 'stops':
        this.stops.clear();
        for (const id of message.nodes) this.stops.add(id);
        this.when = message.when;
        this.wrong = new Set(message.wrong);
        this.tell({ kind: 'stops', node: null });
        break;
      case 'live': {
        const before = this.state.live;
        this.state.live = { grads: message.grads, versions: message.versions };
        const nodes = [before, this.state.live].flatMap(live => [...Object.keys(live.grads), ...Object.keys(live.versions)]);
        this.tell({ kind: 'move', changes: { nodes: new Set(nodes), edges: new Set() }, forward: false });
        break;
      }
      case 'asked':
        if (this.quiz) Object.assign(this.quiz, told(message.asked));
        (this.index.recording as Shown).asked = message.asked;
        this.tell({ kind: 'question' });
        break;
      case 'stopped':
        this.settle();
        this.wanted = this.index.last;
        this.notice = message.says;
        this.tell({ kind: 'status' });
        break;
      case 'layout':
      case 'array':
      case 'products':
      case 'graphviz':
        break;
    }
  }

  private take(frame: Frame): void {
    this.index.append(frame);
    const { grads, versions } = this.state.live;
    const kept = Object.entries(grads).filter(([id]) => !frame.grads?.[id]); // the others' step began from what was there
    this.state.live = { grads: Object.fromEntries(kept), versions };
  }

  /** The kernel went away, or came back. */
  connect(kernel: Kernel | null, notice = ''): void {
    this.kernel = kernel;
    this.settle();
    this.notice = notice;
    this.tell({ kind: 'status' });
  }

  private await(): void {
    if (this.waiting.length) return;
    const say = (sentence: string) => () => {
      this.notice = sentence;
      this.tell({ kind: 'status' });
    };
    const { last } = this.index;
    this.waiting = [window.setTimeout(say(WORDS.kernelBusy), SLOW), window.setTimeout(say(WORDS.kernelSilent(last)), GONE)];
  }

  private settle(): void {
    for (const timer of this.waiting) clearTimeout(timer);
    this.waiting = [];
    if (this.notice) {
      this.notice = '';
      this.tell({ kind: 'status' });
    }
  }

  // ------------------------------------------------------------------ the question
  answer(text: string): void {
    const { quiz, kernel } = this;
    if (!quiz) return;
    quiz.given = text.trim();
    const { question } = this.index.recording;
    if (question) Object.assign(quiz, judge(question, quiz.given));
    else if (kernel) kernel.answer(quiz.given);
    else quiz.says = WORDS.checkNeedsKernel;
    this.tell({ kind: 'question' });
  }

  show(): void {
    if (!this.quiz) return;
    Object.assign(this.quiz, { solved: true, right: false, says: WORDS.shown });
    this.kernel?.show();
    this.tell({ kind: 'question' });
  }

  togglePredict(): void {
    const { quiz } = this;
    if (!quiz) return;
    quiz.open = !quiz.open;
    if (quiz.open && quiz.solved) Object.assign(quiz, { solved: false, right: false, given: '', says: '' });
    this.tell({ kind: 'question' });
  }

  dispose(): void {
    clearInterval(this.playing);
    for (const timer of this.waiting) clearTimeout(timer);
    this.listeners.clear();
  }
}
