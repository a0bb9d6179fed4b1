/**
 * Commands that come before their pass does, as from who runs a cell and steps at once. They wait for it, in their order; when
 * none comes they are forgotten, for a step that is taken minutes later would be a surprise.
 */
import type { Playback } from '../render/playback';
import { board, latest } from './board';

const PAUSE = 30; // ms between two looks whether it is there, while something waits

type Act = (playback: Playback) => void;

export interface Front {
  notebook: string; // the one in front
  running: boolean; // whether one of its cells is
  again: boolean; // whether one that showed a pass is, and none of those on the page was touched since
}

export class Ahead {
  private readonly acts: { notebook: string; act: Act; other: Playback | null }[] = []; // `other`: not the one that is meant

  constructor(
    private readonly front: () => Front,
    private readonly drawing: () => boolean // whether a pass is about to be drawn
  ) {}

  /**
   * Whether to wait: for a pass that is about to be drawn, for that of a cell that had one and is run again, and with none on the
   * page for what the cell that runs will show.
   */
  get expected(): boolean {
    const { running, again } = this.front();
    return this.drawing() || again || (!board.active && running);
  }

  /** Do this to the pass: now, or once it is there. */
  give(act: Act): void {
    const { notebook, again } = this.front();
    if (!this.acts.length && !this.expected) {
      if (board.active) act(board.active);
    } else if (this.acts.push({ notebook, act, other: again ? board.active : null }) === 1) this.wait();
  }

  private wait(): void {
    if (this.expected) {
      setTimeout(() => this.wait(), PAUSE);
      return;
    }
    for (const { notebook, act, other } of this.acts.splice(0)) {
      const playback = notebook === this.front().notebook ? board.active : latest(notebook);
      if (playback && playback !== other) act(playback);
    }
  }
}
