/** What a screen reader says of the step on show. */
import { expression } from './labels';
import { clip } from './numbers';
import type { Playback } from './playback';

export function spoken(playback: Playback): string {
  const { index, k, state } = playback;
  const { frame } = state;
  const { failure } = index.recording;
  const node = frame?.node ? index.nodes.get(frame.node) : undefined;
  const stopped = failure && k >= failure.step ? ` ${failure.cause ?? failure.message ?? 'The pass stopped here.'}` : '';
  if (!node || !frame) return `before backward.${stopped}`;
  const what = node.kind === 'leaf' ? `${node.name}.grad` : expression(index.recording, node);
  return `step ${k}: ${clip(what, 80)}. ${frame.events.map(e => e.text).join('. ')}${stopped}`;
}
