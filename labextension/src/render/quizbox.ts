/** Predict, then check. What the answer would give away stays off the page until it is typed or asked for. */
import { h, replace } from './dom';
import { heading } from './now';
import type { Playback } from './playback';
import * as WORDS from './words';

let count = 0;

export class QuizBox {
  readonly el = h('section', { class: 'panel quiz', 'aria-label': WORDS.predicting });
  private readonly id = `agl-question-${++count}`;

  constructor(
    private readonly playback: Playback,
    private readonly look: () => void
  ) {}

  paint(): void {
    const { quiz } = this.playback;
    this.el.hidden = !quiz?.open;
    if (!quiz?.open) {
      replace(this.el);
      return;
    }
    const focused = this.el.contains(document.activeElement);
    const box = h('input', { id: this.id, type: 'text', autocomplete: 'off', size: 14, 'aria-describedby': `${this.id}-says` });
    box.value = quiz.given;
    box.addEventListener('keydown', event => event.stopPropagation()); // keys in a text field belong to the field
    const submit = (event: Event) => {
      event.preventDefault();
      this.playback.answer(box.value);
    };
    const show = h('button', { type: 'button', class: 'link', click: () => this.playback.show() }, WORDS.showMe);
    const form = h(
      'form',
      { class: 'ask', submit },
      h('label', { for: this.id }, h('code', {}, `${quiz.label} =`)),
      box,
      h('button', { type: 'submit', class: 'primary' }, WORDS.check),
      quiz.solved ? null : show
    );
    const mark = !quiz.says ? '' : quiz.right ? '✓ ' : quiz.solved ? '' : '✗ ';
    const paths =
      quiz.says &&
      !quiz.right &&
      !quiz.solved &&
      h('button', { type: 'button', class: 'link', click: this.look }, WORDS.lookAtPaths);
    const tone = !quiz.says ? 'says' : quiz.right ? 'says right' : 'says wrong';
    const says = h('p', { id: `${this.id}-says`, class: tone, role: 'status' }, `${mark}${quiz.says} `, paths);
    replace(this.el, heading(WORDS.predict, '', quiz.solved ? WORDS.answered : WORDS.hidden), h('p', {}, quiz.ask), form, says);
    if (focused) box.focus();
  }
}
