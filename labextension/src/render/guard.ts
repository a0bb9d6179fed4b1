/** A payload is data from anyone: refuse what would hang or mislead the page, with a sentence. */
import { WIRE, type Recording } from '../wire';

export const DRAWN = 1500; //     nodes beyond which nobody can read a picture: the list with search instead
const NODES = 200_000;
const LINES = 20_000;
const NAME = 400; //              letters of a name that reach the page; more only slows it down

const isId = (x: unknown): boolean => typeof x === 'string' && x.length > 0 && x.length < 200;

/** Why this cannot be shown, or null. */
export function refusal(payload: unknown): string | null {
  const r = payload as Partial<Recording> | null;
  if (!r || typeof r !== 'object' || r.wire === undefined) return 'The output holds no graph.';
  if (r.wire !== WIRE) {
    return `This graph was written in version ${String(r.wire).slice(0, 20)} of the format and this page reads version ${WIRE}: install the autograd-lab that wrote it, or run the cell again.`;
  }
  const lists = [r.nodes, r.edges, r.groups, r.saved, r.tensors, r.layouts, r.frames, r.source?.text];
  if (lists.some(list => !Array.isArray(list))) return 'The graph is incomplete: run the cell again.';
  const { nodes = [], edges = [], frames = [], tensors = [], source } = r;
  if (nodes.length > NODES || edges.length > 2 * NODES)
    return `The graph has ${nodes.length.toLocaleString('en')} nodes, more than a page can hold.`;
  if (tensors.length > NODES || (source?.text.length ?? 0) > LINES || frames.length > 2 * NODES)
    return 'The graph is larger than a page can hold.';
  if (!nodes.every(n => n && isId(n.id) && Array.isArray(n.value?.shape) && Array.isArray(n.value.corner)))
    return 'A node of the graph is damaged: run the cell again.';
  const known = new Set(nodes.map(n => n.id));
  if (!edges.every(e => e && isId(e.id) && known.has(e.src) && known.has(e.dst)))
    return 'An edge of the graph leads nowhere: run the cell again.';
  if (nodes.length && !known.has(String(r.root))) return 'The graph has no root: run the cell again.';
  return null;
}

/** The same with absurdly long names cut, so that no label is a megabyte of text. Changes the payload. */
export function tame(r: Recording): Recording {
  for (const n of r.nodes) n.name = cut(n.name);
  for (const t of r.tensors) t.name = cut(t.name);
  for (const x of r.saved) x.name = cut(x.name);
  r.title = cut(r.title);
  if (r.source.text.some(line => line.length > 2000))
    r.source.text = r.source.text.map(line => (line.length > 2000 ? `${line.slice(0, 2000)}…` : line));
  return r;
}

const cut = (name: unknown): string => {
  const text = typeof name === 'string' ? name : '';
  return text.length > NAME ? `${text.slice(0, NAME)}…` : text;
};
