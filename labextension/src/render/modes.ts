/** The switch between what the numbers on the picture are: gradients, local derivatives, paths. */
import { h, put } from './dom';
import type { Mode } from './view';
import * as WORDS from './words';

const MODES: [Mode, string, string][] = [
  ['gradient', WORDS.gradients, WORDS.gradientsHelp],
  ['local', WORDS.local, WORDS.localHelp],
  ['paths', WORDS.paths, WORDS.pathsHelp]
];

export class ModeSwitch {
  readonly el: HTMLElement;
  private readonly buttons: HTMLButtonElement[];

  constructor(private readonly choose: (mode: Mode) => void) {
    this.buttons = MODES.map(([mode, name, title]) =>
      h('button', { type: 'button', role: 'radio', 'data-mode': mode, title, click: () => choose(mode) }, name)
    );
    this.el = h('div', { class: 'seg', role: 'radiogroup', 'aria-label': WORDS.numbersOn }, ...this.buttons);
  }

  paint(mode: Mode): void {
    for (const button of this.buttons) {
      const on = button.dataset.mode === mode;
      put(button, 'aria-checked', String(on));
      put(button, 'tabindex', on ? '0' : '-1');
    }
  }

  /** The one after, or before, this. */
  turn(mode: Mode, by: 1 | -1): void {
    const at = MODES.findIndex(([name]) => name === mode);
    const next = (at + by + MODES.length) % MODES.length;
    this.choose(MODES[next][0]);
    this.buttons[next].focus();
  }
}
