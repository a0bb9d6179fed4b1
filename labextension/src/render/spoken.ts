/** What a screen reader says of the step on show. */
import { expression, label } from './labels';
import { kept } from './made';
import type { Moment } from './moments';
import { clip, word } from './numbers';
import type { Playback } from './playback';
import { momentName, WORDS } from './words';

export function spoken(playback: Playback): string {
  const { index, k, state } = playback;
  if (k < 0) return forwardSpoken(playback);
  const { frame } = state;
  const { failure } = index.recording;
  const node = frame?.node ? index.nodes.get(frame.node) : undefined;
  const stopped = failure && k >= failure.step ? ` ${failure.cause ?? failure.message ?? 'The pass stopped here.'}` : '';
  if (!node || !frame) return `before backward.${stopped}`;
  const what = node.kind === 'leaf' ? `${node.name}.grad` : expression(index.recording, node);
  const found = state.moment === null ? [] : state.moments(k);
  const moment = state.moment === null ? '' : ` ${WORDS.momentOf(state.moment + 1, found.length)}.`;
  const events = state.moment === null ? frame.events.map(e => e.text).join('. ') : momentSpoken(playback, found);
  return `step ${k}: ${clip(what, 80)}.${moment} ${events}${stopped}`;
}

function momentSpoken({ index, state }: Playback, found: Moment[]): string {
  const moment = found[state.moment ?? 0];
  const source = moment.edge ? index.nodes.get(index.edges.get(moment.edge)?.src ?? '') : undefined;
  return moment.text || `${momentName(moment)}${source ? ` → ${clip(label(index.recording, source), 40)}` : ''}`;
}

function forwardSpoken({ index, k, state }: Playback): string {
  const node = state.current ? index.nodes.get(state.current) : undefined;
  if (!node) return WORDS.forwardStart;
  const what = expression(index.recording, node);
  return `${WORDS.forwardOf(k - index.start, -index.start)}: ${clip(what, 80)} = ${word(node.value)}. ${kept(node, index)}`;
}
