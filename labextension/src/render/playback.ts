/**
 * A recording, the step on show, and who can take the next one. All views of one pass share one Playback, so that there is
 * one way to step: the widget, the side panel and the commands press the same buttons.
 */
import type { Asked, FromKernel, Shown } from '../messages';
import type { Question } from '../wire';
import { Index } from './index';
import { format } from './numbers';
import { State, type Changes } from './state';

/** The kernel's end, as far as a page uses it. Absent in a saved notebook. */
export interface Kernel {
  step(until: number): void;
  at(step: number): void;
  answer(text: string): void;
  show(): void;
}

export type Change =
  | { kind: 'move'; changes: Changes; forward: boolean }
  | { kind: 'grow' } //   more frames are known
  | { kind: 'status' } // playing, waiting, kernel here or gone
  | { kind: 'question' };

export interface Quiz {
  ask: string;
  node: string;
  label: string; //    in front of the box: "∂L/∂a", "b.grad"
  open: boolean; //    on the page, hiding numbers
  solved: boolean; //  answered or shown
  right: boolean;
  given: string;
  says: string;
  optional: boolean; // may be put away and asked again
}

const SLOW = 600; //   ms after which a reader is told that the kernel is busy
const GONE = 8000; //  ms after which it may be gone
const EMPTY: Changes = { nodes: new Set(), edges: new Set() };

export class Playback {
  readonly index: Index;
  readonly state: State;
  readonly quiz: Quiz | null;
  playing = 0; // the timer
  notice = ''; // a sentence about the kernel, "" when all is well
  kernel: Kernel | null;
  private wanted = 0; // the step asked of the kernel
  private waiting: number[] = [];
  private readonly listeners = new Set<(change: Change) => void>();

  constructor(shown: Shown, kernel: Kernel | null = null) {
    this.index = new Index(shown);
    this.state = new State(this.index);
    this.kernel = kernel;
    this.quiz = quiz(shown);
    if (shown.at) this.state.seek(shown.at);
    this.wanted = this.index.last;
  }

  get k(): number {
    return Math.max(0, this.state.k);
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
    const { last, total } = this.index;
    if (to > last && this.more) {
      this.wanted = Math.max(this.wanted, Math.min(total, to));
      this.await();
      this.kernel?.step(this.wanted);
      if (this.k < last) this.move(last, false); // the kernel's own place will be where it arrives
      return;
    }
    this.wanted = last;
    this.move(Math.max(0, Math.min(last, to)), true);
  }

  next(): void {
    this.go(this.waiting.length ? this.wanted + 1 : this.k + 1);
  }

  back(): void {
    this.go(this.k - 1);
  }

  /** To the end: of the pass with a kernel, of the recording without. */
  end(): void {
    this.go(this.more ? this.index.total : this.index.last);
  }

  private move(to: number, tell: boolean): void {
    if (to === this.k && this.state.k >= 0) {
      if (this.playing && to === this.index.last && !this.more) this.pause();
      return;
    }
    const forward = to === this.k + 1;
    const changes = this.state.seek(to);
    if (tell) this.kernel?.at(to);
    this.tell({ kind: 'move', changes, forward });
    if (this.playing && to === this.index.last && !this.more) this.pause();
  }

  toggle(): void {
    if (this.playing) {
      this.pause();
      return;
    }
    if (this.k === this.index.last && !this.more) this.go(0);
    const pace = this.index.total > 40 ? 220 : 950;
    this.playing = window.setInterval(() => !this.waiting.length && this.go(this.k + 1), pace);
    this.tell({ kind: 'status' });
  }

  private pause(): void {
    clearInterval(this.playing);
    this.playing = 0;
    this.tell({ kind: 'status' });
  }

  // ------------------------------------------------------------------ the kernel
  receive(message: FromKernel): void {
    switch (message.type) {
      case 'frames': {
        const { recording } = this.index;
        for (const frame of message.frames) if (frame.step === this.index.frames.length) this.index.append(frame);
        if (message.failure) recording.failure = message.failure;
        if (message.total !== undefined) recording.total = message.total;
        this.settle();
        if (this.index.last < this.wanted && this.more) this.await(); // some came, more will
        this.tell({ kind: 'grow' });
        this.move(Math.min(message.at, this.index.last), false);
        if (recording.failure) this.tell({ kind: 'move', changes: EMPTY, forward: false });
        break;
      }
      case 'at':
        this.move(Math.max(0, Math.min(message.at, this.index.last)), false);
        break;
      case 'asked':
        if (this.quiz) Object.assign(this.quiz, told(message.asked));
        this.tell({ kind: 'question' });
        break;
      case 'stopped':
        this.settle();
        this.wanted = this.index.last;
        this.notice = message.says;
        this.tell({ kind: 'status' });
        break;
      case 'graphviz':
        break;
    }
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
    this.waiting = [
      window.setTimeout(say('The kernel is busy. The step is taken when the running cell is done.'), SLOW),
      window.setTimeout(
        say(`The kernel does not answer: it is busy, or gone. The ${last} recorded steps play from this page.`),
        GONE
      )
    ];
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
    else quiz.says = 'Checking an answer needs the kernel: run the cell first.';
    this.tell({ kind: 'question' });
  }

  show(): void {
    if (!this.quiz) return;
    Object.assign(this.quiz, { solved: true, right: false, says: 'Shown. Scrub to the last step to see where it comes from.' });
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

function quiz(shown: Shown): Quiz | null {
  if (shown.asked) {
    const { ask, node, hides } = shown.asked;
    return { ask, node, label: hides, given: '', optional: false, ...told(shown.asked) };
  }
  const { question } = shown;
  if (!question) return null;
  const name = (id: string) => shown.nodes.find(n => n.id === id)?.name ?? '';
  const label = `∂${name(shown.root)}/∂${name(question.node)}`;
  return {
    ask: question.ask,
    node: question.node,
    label,
    open: false,
    solved: false,
    right: false,
    given: '',
    says: '',
    optional: true
  };
}

const told = ({ says, ok, open }: Asked) => ({ says, right: ok, solved: !open, open: true });

/** A practice question travels with its answer and its mistakes: checked here, without a kernel. */
function judge(question: Question, given: string): Partial<Quiz> {
  const x = Number(given.replace('−', '-').replace(',', '.'));
  if (!given || Number.isNaN(x)) return { right: false, says: `A number, please: for example ${format(-2.5)}.` };
  if (Math.abs(x - question.answer) <= 1e-6 * Math.max(1, Math.abs(question.answer))) {
    return { right: true, solved: true, says: 'Right. The engine agrees; the numbers are shown again.' };
  }
  const mistake = question.mistakes.find(m => Math.abs(m.value - x) < 1e-6);
  return {
    right: false,
    says: mistake?.says ?? 'Not this. Write one product for each path down to it, then add the products.'
  };
}
