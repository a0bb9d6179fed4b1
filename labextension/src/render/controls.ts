/** The second row of the transport: how fast to play, and where a run stops. */
import { h, replace } from './dom';
import { visit } from './labels';
import { clip } from './numbers';
import type { Playback } from './playback';
import * as WORDS from './words';

const SPEEDS: [number, string][] = [
  [0.5, '½×'],
  [1, '1×'],
  [2, '2×'],
  [4, '4×'],
  [10, '10×']
];
const NAMED = 6; // stops that are named; of more, their number

export class Controls {
  readonly el: HTMLElement;
  private readonly speed: HTMLSelectElement;
  private readonly when: HTMLInputElement;
  private readonly wrong = h('span', { class: 'wrong', role: 'alert' });
  private readonly stops = h('span', { class: 'stops' });

  constructor(private readonly playback: Playback) {
    this.speed = h('select', { 'aria-label': WORDS.speed, change: () => playback.setSpeed(Number(this.speed.value)) });
    for (const [value, name] of SPEEDS) this.speed.append(h('option', { value, selected: value === 1 }, name));
    this.when = h('input', {
      type: 'text',
      class: 'when',
      size: 14,
      placeholder: WORDS.stopHint,
      title: WORDS.stopHelp,
      'aria-label': `${WORDS.stopAt} ${WORDS.stopHelp}`,
      change: () => this.take(),
      keydown: (event: KeyboardEvent) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        event.stopPropagation();
        if (this.take()) playback.run();
      }
    });
    this.el = h(
      'div',
      { class: 'controls' },
      h('label', {}, WORDS.speed, ' ', this.speed),
      h('label', {}, WORDS.stopAt, ' ', this.when),
      this.stops,
      this.wrong
    );
    this.paint();
  }

  private take(): boolean {
    const text = this.when.value;
    const good = this.playback.stopWhen(text);
    this.wrong.textContent = good ? '' : WORDS.notACondition(clip(text, 40));
    this.when.toggleAttribute('aria-invalid', !good);
    return good;
  }

  /** The stops as they are now. */
  paint(): void {
    const { playback } = this;
    const { index, stops } = playback;
    if (document.activeElement !== this.when) this.when.value = playback.when;
    const named = [...stops].slice(0, NAMED).map(id => {
      const node = index.nodes.get(id);
      const name = clip(node ? visit(index.recording, node) : id, 24);
      const words = WORDS.forget(name);
      const forget = { type: 'button', class: 'stop', title: words, 'aria-label': words, click: () => playback.toggleStop(id) };
      return h('button', forget, name, ' ×');
    });
    replace(this.stops, ...named, stops.size > NAMED && ` +${stops.size - NAMED}`);
  }
}
