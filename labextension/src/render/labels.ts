/** What things are called. Text from the learner's cell: it reaches the page through textContent only. */
import type { PictureNode, Recording } from '../wire';
import { isScalar, scalar } from './numbers';
import * as WORDS from './words';

/** The sub-expression of the cell that made this node; for one made on the way of a longer one, what it is. */
export function expression(recording: Recording, node: PictureNode): string {
  if (node.maker !== undefined || (!node.name && onTheWay(recording).has(node.id))) return node.op;
  if (!node.line) return node.fn ? node.op : node.name || node.op;
  const text = recording.source.text[node.line - 1] ?? '';
  return (node.span ? text.slice(node.span[0], node.span[1]) : text.trim()) || node.name || node.op;
}

const inner = new WeakMap<Recording, Set<string>>();

/** Operations that an expression made on its way, for another one of it: the last alone is called by it. A pass's are all. */
function onTheWay(recording: Recording): Set<string> {
  const known = inner.get(recording);
  if (known) return known;
  const places = new Map<string, string>();
  const found = new Set<string>();
  for (const { id, kind, line, maker, span } of recording.nodes) {
    if (maker !== undefined) found.add(id);
    else if (line && span && (kind === 'op' || kind === 'function')) places.set(id, `${line} ${span.join()}`);
  }
  for (const { src, dst } of recording.edges) if (places.has(src) && places.get(src) === places.get(dst)) found.add(src);
  inner.set(recording, found);
  return found;
}

/** A variable's name, or that it is a leaf, or the number it is, else the expression when it is short and the node made its value, else the operation. */
export function label(recording: Recording, node: PictureNode): string {
  if (node.name) return node.name;
  if (node.kind === 'leaf') return WORDS.leaf;
  if (node.kind === 'constant' && isScalar(node.value)) return scalar(node.value);
  const text = node.span ? expression(recording, node) : '';
  return text && text.length <= 9 ? text : node.op;
}

/** What a step at this node is called. */
export const visit = (recording: Recording, node: PictureNode, say = label): string =>
  node.kind === 'leaf' ? `${label(recording, node)}.grad` : say(recording, node);

const bracketed = (what: string): string => (/[^\p{L}\p{N}_.…[\]]/u.test(what.replace(/ v\d+$/, '')) ? `(${what})` : what);

/** The derivative of one thing with respect to another: `∂y/∂(x @ w)`. */
export const derivative = (of: string, by: string): string => `∂${bracketed(of)}/∂${bracketed(by)}`;

/** The number a reader sees beside a line of the source: that in its own cell or file. */
export function lineNumber(recording: Recording, line: number): number {
  const part = recording.source.parts?.findLast(p => p.row < line);
  return part ? line - part.row + part.first - 1 : line;
}
