/** The step on show, opened: a button for each thing that happens inside it, in its order. */
import { h } from './dom';
import { label } from './labels';
import * as WORDS from './words';
import { clip } from './numbers';
import type { Playback } from './playback';

export function openStep(playback: Playback): HTMLElement | null {
  const { index, state, k } = playback;
  const found = state.moments(k);
  if (found.length < 2) return null;
  const at = state.moment ?? found.length - 1;
  const buttons = found.map((moment, i) => {
    const source = moment.edge && index.nodes.get(index.edges.get(moment.edge)?.src ?? '');
    const name = source ? `→ ${clip(label(index.recording, source), 14)}` : WORDS.momentName(moment);
    return h(
      'button',
      {
        type: 'button',
        class: i <= at ? 'past' : '',
        'aria-current': i === at ? 'step' : null,
        title: moment.text,
        'data-moment': i,
        click: () => playback.open(k, i)
      },
      name
    );
  });
  return h('nav', { class: 'moments', 'aria-label': WORDS.inside }, ...buttons);
}
