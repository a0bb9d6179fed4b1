/** The side panel: the pass that was touched last, in a place that does not scroll away. The same player, the same buttons. */
import { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import type { Playback } from '../render/playback';
import { board } from './board';
import { core } from './core';
import * as WORDS from '../render/words';

export const ID = 'autograd-lab-inspector';
const OPEN = `${ID} ${location.pathname.split('/tree')[0]}`; // of this workspace, in Notebook 7 of this notebook

const icon = new LabIcon({
  name: 'autograd-lab:inspector',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161"><rect x="2" y="3" width="8" height="6" rx="3"/><rect x="2" y="15" width="8" height="6" rx="3"/><rect x="15" y="9" width="7" height="6"/><path d="M10 6l5 5-.9.9L10 7.500zM10 18l5-5-.9-.9L10 16.500z"/></g></svg>'
});

/**
 * JupyterLab saves its layout half a second late, so a page that is reloaded at once would open without the panel (Notebook 7's
 * has no layout to save). The tab's own memory does not wait; a browser may refuse it.
 */
function remember(open: boolean): void {
  try {
    if (open) sessionStorage.setItem(OPEN, '');
    else sessionStorage.removeItem(OPEN);
  } catch {
    // then it is opened where JupyterLab had the time
  }
}

/** Whether the panel was open when this tab's page was left; not where a fresh workspace is asked for. */
export function wasOpen(): boolean {
  try {
    return sessionStorage.getItem(OPEN) !== null && !new URLSearchParams(location.search).has('reset');
  } catch {
    return false;
  }
}

export class Inspector extends Widget {
  private shown: Playback | null = null;
  private undo: () => void = () => undefined;

  constructor() {
    super();
    this.id = ID;
    this.title.caption = WORDS.panelHelp;
    this.title.icon = icon;
    this.addClass('agl-Inspector');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', WORDS.panel);
    board.listeners.add(this.follow);
  }

  /** A hidden panel draws nothing. */
  protected onAfterShow(): void {
    remember(true);
    void this.follow();
  }

  protected onAfterHide(): void {
    remember(false);
    this.clear();
  }

  private readonly follow = async (): Promise<void> => {
    const { inspect } = await core();
    if (!this.isVisible) return;
    const { active } = board;
    if (active && active === this.shown) return;
    this.clear();
    this.shown = active;
    this.undo = inspect(this.node, active);
  };

  private clear(): void {
    this.undo();
    this.undo = () => undefined;
    this.shown = null;
    this.node.replaceChildren();
  }

  dispose(): void {
    board.listeners.delete(this.follow);
    this.clear();
    super.dispose();
  }
}
