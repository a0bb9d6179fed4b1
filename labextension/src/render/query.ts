/**
 * What a reader types to find nodes: a name (`h[1200]`), an operation, a piece of the source, a group, a regular expression
 * (`/^h.*tanh/`), a condition on the gradient (`|g| < 1e-6`), or `nan` and `inf`.
 */
import type { Num, Summary } from '../wire';
import { expression } from './labels';
import { normOf, type Row, rowsOf } from './rows';
import type { Scene } from './view';

const LONG = 200; // letters of a question that are read

/** The rows that answer; all of them for an empty question. */
export function answers(scene: Scene, question: string): Row[] {
  const rows = rowsOf(scene.index);
  const text = question.trim().slice(0, LONG);
  if (!text) return rows;
  const lower = text.toLowerCase();
  const condition = /^\|g\|\s*(<=|>=|<|>|=)\s*([-+]?(?:\d*\.?\d+(?:e[-+]?\d+)?|inf))$/.exec(lower);
  if (condition) {
    const limit = Number(condition[2].replace('inf', 'Infinity'));
    return rows.filter(row => holds(normOf(scene, row.node.id), condition[1], limit));
  }
  if (lower === 'nan' || lower === 'inf') return rows.filter(row => isBad(scene, row, lower));
  const exact = rows.filter(row => row.name.toLowerCase() === lower);
  if (exact.length) return exact;
  const pattern = /^\/(.*)\/$/.exec(text);
  const test = pattern ? matcher(pattern[1]) : (word: string) => word.toLowerCase().includes(lower);
  const { recording } = scene.index;
  const words = ({ name, node }: Row) => [
    name,
    node.op,
    node.fn ?? '',
    node.group ?? '',
    expression(recording, node).slice(0, LONG)
  ];
  return rows.filter(row => words(row).some(test));
}

/** A regular expression, of letters up to 200 each time: one that is not finished yet finds nothing. */
function matcher(pattern: string): (word: string) => boolean {
  // nested repetition, `(a+)+`, can take for ever to fail
  if (/[+*}]\s*\)\s*[+*{]/.test(pattern)) return () => false;
  try {
    const found = new RegExp(pattern, 'i');
    return word => found.test(word);
  } catch {
    return () => false;
  }
}

function isBad(scene: Scene, { node }: Row, what: 'nan' | 'inf'): boolean {
  const bad = (x: Summary | null | undefined) => !!x && (!!x[what] || String(x.norm).endsWith(what));
  const { index, state, view } = scene;
  if (view.hidden.has(node.id)) return false;
  const edges = [...(index.consumers.get(node.id) ?? []), ...(index.reads.get(node.id) ?? [])];
  const norm = normOf(scene, node.id);
  return bad(node.value) || (norm !== null && String(norm).endsWith(what)) || edges.some(e => bad(state.flow.get(e.id)?.value));
}

function holds(norm: Num | null, sign: string, limit: number): boolean {
  if (norm === null || norm === 'nan') return false;
  const x = norm === 'inf' ? Infinity : Number(norm);
  if (sign === '<') return x < limit;
  if (sign === '>') return x > limit;
  if (sign === '<=') return x <= limit;
  return sign === '>=' ? x >= limit : x === limit;
}
