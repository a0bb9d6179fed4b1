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
}

export class Ahead {
  private readonly acts: [notebook: string, act: Act][] = [];

  constructor(
    private readonly front: () => Front,
    private readonly drawing: () => boolean // whether a pass is about to be drawn
  ) {}

  /** Whether to wait: for a pass that is about to be drawn, and with none on the page for what the cell that runs will show. */
  get expected(): boolean {
    return this.drawing() || (!board.active && this.front().running);
  }

  /** Do this to the pass: now, or once it is there. */
  give(act: Act): void {
    if (!this.acts.length && !this.expected) {
      if (board.active) act(board.active);
    } else if (this.acts.push([this.front().notebook, act]) === 1) this.wait();
  }

  private wait(): void {
    if (this.expected) {
      setTimeout(() => this.wait(), PAUSE);
      return;
    }
    for (const [notebook, act] of this.acts.splice(0)) {
      const playback = notebook === this.front().notebook ? board.active : latest(notebook);
      if (playback) act(playback);
    }
  }
}
