/**
 * Commands that come before their pass does, as from who runs a cell and steps at once. They wait for it, in their order; when
 * none comes they are forgotten, for a step that is taken minutes later, or by another cell's pass, would be a surprise.
 */
import type { Playback } from '../render/playback';
import { board, latest } from './board';

const PAUSE = 30; // ms between two looks whether it is drawn, while something waits

type Act = (playback: Playback) => void;

/** An execution of a cell that has not ended. */
export interface Run {
  id: unknown; // of this execution: the next one of the cell is another
  notebook: string;
  again: boolean; // whether the cell showed a pass, and none of those on the page was touched since
}

export interface Front {
  notebook: string; // the one in front
  runs: Run[]; // in all notebooks
}

interface Waiting {
  act: Act;
  notebook: string;
  runs: unknown[]; // whose pass is meant: no later one's
  other: Playback | null; // not the one that is meant
}

export class Ahead {
  private readonly acts: Waiting[] = [];

  constructor(
    private readonly front: () => Front,
    private readonly drawing: () => boolean // whether a pass is about to be drawn
  ) {}

  /**
   * Whether to wait: for a pass that is about to be drawn, for that of a cell that had one and is run again, and with none on the
   * page for what the cell that runs will show.
   */
  get expected(): boolean {
    return this.waits(this.front().notebook);
  }

  private waits(notebook: string, meant?: unknown[]): boolean {
    const { runs } = this.front();
    const none = !this.pass(notebook);
    const pending = runs.some(run => run.notebook === notebook && (!meant || meant.includes(run.id)) && (run.again || none));
    return this.drawing() || pending;
  }

  private pass(notebook: string): Playback | null {
    return notebook === this.front().notebook ? board.active : latest(notebook);
  }

  /** Do this to the pass: now, or once it is there. */
  give(act: Act): void {
    this.settle();
    const { notebook, runs } = this.front();
    const here = runs.filter(run => run.notebook === notebook);
    const other = here.some(run => run.again) ? board.active : null;
    if (!this.acts.length && !this.expected) {
      if (board.active) act(board.active);
    } else if (this.acts.push({ act, notebook, runs: here.map(run => run.id), other }) === 1) this.look();
  }

  /** What waits for nothing any more is done, or forgotten. To be called when an execution ends, before another can begin. */
  settle(): void {
    while (this.acts.length && !this.waits(this.acts[0].notebook, this.acts[0].runs)) {
      const { act, notebook, other } = this.acts.shift()!;
      const playback = this.pass(notebook);
      if (playback && playback !== other) act(playback);
    }
  }

  private look(): void {
    this.settle();
    if (this.acts.length) setTimeout(() => this.look(), PAUSE);
  }
}
