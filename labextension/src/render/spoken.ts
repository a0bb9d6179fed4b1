/** What a screen reader says of the step on show. */
import type { Frame, PictureNode, Summary } from '../wire';
import { expression, label, visit } from './labels';
import { kept } from './made';
import type { Moment } from './moments';
import { arrived } from './now';
import { clip, word } from './numbers';
import type { Playback } from './playback';
import { hides } from './view';
import * as WORDS from './words';

const READ = 6; // gradients that are read out; the panel has them all

export function spoken(playback: Playback): string {
  const { index, k, state } = playback;
  if (k < 0) return forwardSpoken(playback);
  const { frame } = state;
  const { failure } = index.recording;
  const node = frame?.node ? index.nodes.get(frame.node) : undefined;
  const stopped = failure && k >= failure.step ? ` ${failure.cause ?? failure.message ?? WORDS.passStopped}` : '';
  if (!node || !frame) return `${WORDS.before}.${stopped}`;
  const what = visit(index.recording, node, expression);
  const found = state.moment === null ? [] : state.moments(k);
  const moment = state.moment === null ? '' : ` ${WORDS.momentOf(state.moment + 1, found.length)}.`;
  const events = frame.events.map(e => e.text);
  const rest =
    state.moment === null
      ? [numbers(playback, node, frame), ...events].filter(Boolean).join('. ')
      : momentSpoken(playback, found);
  return `${WORDS.step(k)}: ${clip(what, 80)}.${moment} ${rest}${stopped}`;
}

/** What arrived and what left, as the equations beside the picture have it; nothing that a question hides. */
function numbers(playback: Playback, node: PictureNode, frame: Frame): string {
  const { index } = playback;
  const hidden = hides(index, playback.secret);
  const g = arrived(node, frame, playback);
  const said = (caption: string, id: string, x: Summary | null | undefined) =>
    x ? [`${caption}: ${hidden.has(id) ? '?' : word(x)}`] : [];
  const left = (frame.rules ?? []).slice(0, READ).flatMap(({ edge }) => {
    const to = index.nodes.get(index.edges.get(edge)?.src ?? '');
    return to ? said(WORDS.leavesTo(clip(label(index.recording, to), 24)), edge, frame.edges[edge]) : [];
  });
  return [...said(WORDS.arrives, node.id, g), ...left, ...said('.grad', node.id, frame.grads?.[node.id])].join('; ');
}

function momentSpoken({ index, state }: Playback, found: Moment[]): string {
  const moment = found[state.moment ?? 0];
  const source = moment.edge ? index.nodes.get(index.edges.get(moment.edge)?.src ?? '') : undefined;
  return moment.text || `${WORDS.momentName(moment)}${source ? ` → ${clip(label(index.recording, source), 40)}` : ''}`;
}

function forwardSpoken({ index, k, state }: Playback): string {
  const node = state.current ? index.nodes.get(state.current) : undefined;
  if (!node) return WORDS.forwardStart;
  const what = expression(index.recording, node);
  return `${WORDS.forwardOf(k - index.start, -index.start)}: ${clip(what, 80)} = ${word(node.value)}. ${kept(node, index)}`;
}
