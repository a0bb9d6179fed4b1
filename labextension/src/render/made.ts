/** What an operation of the forward pass does: its inputs with their numbers, the value it makes, what it keeps for its rule. */
import type { PictureNode, SavedTensor } from '../wire';
import { h, type Kid } from './dom';
import { expression, label, lineNumber } from './labels';
import { matrix, total } from './marks';
import { heading } from './now';
import { bytes, clip, shapeOrScalar } from './numbers';
import type { Scene } from './view';
import * as WORDS from './words';

const SIGNS: Record<string, string> = { add: '+', sub: '−', mul: '×', div: '÷', matmul: '@', mm: '@', pow: '^' };
const INPUTS = 8;

/** The panel before the first operation. */
export const beginning = (): Kid[] => [heading(WORDS.forwardStart, '', ''), h('p', {}, WORDS.inputsOnly)];

/** The panel of an operation as it runs. */
export function made(node: PictureNode, { index, state }: Scene): Kid[] {
  const { recording, forward } = index;
  const turn = WORDS.forwardOf(forward.length - state.unmade, forward.length);
  const facts = `${node.op}${node.line ? ` · ${WORDS.line(lineNumber(recording, node.line))}` : ''} · ${shapeOrScalar(node.value)} ${node.dtype}`;
  const reads = index.reads.get(node.id) ?? [];
  const inputs = reads.flatMap(e => {
    const source = index.nodes.get(e.src);
    return source ? [matrix(source.value, 'value', clip(label(recording, source), 24))] : [];
  });
  const sign = inputs.length === 2 ? SIGNS[node.op] : undefined;
  const row = h('div', { class: 'eq' });
  if (!sign) row.append(h('span', { class: 'join word' }, WORDS.inputs(node.op)));
  inputs.slice(0, INPUTS).forEach((figure, i) => {
    if (i) row.append(h('span', { class: 'join' }, sign ?? ','));
    row.append(figure);
  });
  if (inputs.length > INPUTS) row.append(h('span', { class: 'muted' }, `+${inputs.length - INPUTS}`));
  const value = total(matrix(node.value, 'value', clip(label(recording, node), 40)));
  row.append(h('span', { class: 'pair' }, h('span', { class: 'join' }, '='), value));
  return [
    heading(expression(recording, node), node.name ? `→ ${clip(node.name, 40)}` : '', turn),
    h('p', { class: 'muted meta' }, facts),
    row,
    h('p', { class: 'note' }, kept(node, index))
  ];
}

/** What it saves, in a sentence. */
export function kept(node: PictureNode, index: Scene['index']): string {
  const saved = index.saves.get(node.id) ?? [];
  if (!saved.length) return WORDS.savesNothing;
  const names = [...new Set(saved.map(x => `${x.name} v${x.version}`))].join(', ');
  return WORDS.saves(clip(names, 120), bytes(allocated(saved)));
}

/** Bytes that saved tensors keep alive: those in one buffer once. */
export function allocated(saved: SavedTensor[]): number {
  const sizes = new Map<string, number>();
  for (const x of saved) sizes.set(x.buffer, Math.max(x.bytes, sizes.get(x.buffer) ?? 0));
  return [...sizes.values()].reduce((a, b) => a + b, 0);
}
