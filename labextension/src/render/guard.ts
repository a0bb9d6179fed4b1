/** A payload is data from anyone: refuse what would hang or mislead the page, with a sentence; and take the sting out of the rest. */
import type { Shown } from '../messages';
import { type Frame, type Layout, type Recording, WIRE } from '../wire';
import { breath } from './dom';
import { inflated } from './unpack';
import * as WORDS from './words';

export const DRAWN = 1500; //     nodes beyond which nobody can read a picture: the list with search, and folded groups
export const FOLDED = 150; //     nodes up to which a picture is shown as it is
const NODES = 200_000;
const FRAMES = 400_000;
const LINES = 20_000;
const NAME = 400; //              letters of a name that reach the page; more only slows it down
const LINE = 2000; //             letters of a line of the source
const WEIGHT = 80_000_000; //     letters, numbers and brackets altogether: a page with twice as much is hard to scroll
const CORNER = 8; //              rows and columns of an array's corner
const MATRIX = 64; //            rows and columns of a recorded Jacobian
const DEEP = 64; //               groups in groups

const isId = (x: unknown): x is string => typeof x === 'string' && x.length > 0 && x.length < 200;
const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x);
const isSummary = (x: unknown): boolean =>
  isObject(x) &&
  Array.isArray(x.shape) &&
  x.shape.length < 100 &&
  x.shape.every(isNumber) &&
  Array.isArray(x.corner) &&
  x.corner.length <= CORNER &&
  x.corner.every(row => Array.isArray(row) && row.length <= CORNER && row.every(isNum));
const isPlace = (x: unknown): boolean => isNumber(x) && Math.abs(x) < 1e7;
const isNum = (x: unknown): boolean => isNumber(x) || x === 'nan' || x === 'inf' || x === '-inf';

/**
 * A recording of anyone's, to be kept and changed, or why it cannot be shown. A large one is a string, or has its picture as one
 * beside what changes with the steps: strings pass through JupyterLab at no cost, and one that was just read need not be copied.
 */
export function opened(payload: unknown): Shown | string {
  const found = parsed(payload);
  return typeof found === 'string' ? found : (refusal(...found) ?? mine(payload, found[0]));
}

/** The same of one that may be packed. Its parts are tasks of their own: between them keys and clicks come first. */
export async function arrived(payload: unknown): Promise<Shown | string> {
  if (!isPacked(payload)) return opened(payload);
  const picture = await inflated(payload.zip, WEIGHT).catch(() => '');
  const found = parsed({ ...payload, zip: 0 }, picture);
  await breath();
  if (typeof found === 'string') return found;
  const refused = refusal(...found);
  await breath();
  return refused ?? mine(payload, found[0]);
}

export const isPacked = (x: unknown): x is { zip: string } => isObject(x) && typeof x.zip === 'string';

const mine = (payload: unknown, read: unknown): Shown =>
  tame(read === payload ? structuredClone(read as Shown) : (read as Shown)) as Shown;

/** What is to be looked at, and how much it weighs where that is known. */
function parsed(payload: unknown, picture?: string): [unknown, number?] | string {
  const isText = typeof payload === 'string';
  const json = isText ? payload : (payload as { json?: unknown } | null)?.json;
  const texts = [picture, json].filter(text => typeof text === 'string');
  if (!texts.length) return [payload];
  const rest = isText ? {} : { ...(payload as object), json: 0 };
  const weight = texts.reduce((sum, text) => sum + text.length, 0) + weighs(rest);
  if (weight > WEIGHT) return WORDS.tooLarge;
  try {
    const [first, ...more] = texts.map(text => JSON.parse(text) as object);
    return [Object.assign(first, ...more, structuredClone(rest)), weight];
  } catch {
    return WORDS.incomplete;
  }
}

/** Why this, which weighs so much, cannot be shown, or null. */
export function refusal(payload: unknown, weight?: number): string | null {
  const r = payload as Partial<Recording> | null;
  if (!isObject(r) || r.wire === undefined) return WORDS.holdsNoGraph;
  if (r.wire !== WIRE) return WORDS.otherVersion(String(r.wire).slice(0, 20), WIRE);
  const lists = [r.nodes, r.edges, r.groups, r.saved, r.tensors, r.layouts, r.frames, r.source?.text];
  if (lists.some(list => !Array.isArray(list))) return WORDS.incomplete;
  const { nodes = [], edges = [], groups = [], frames = [], saved = [], tensors = [], layouts = [], source } = r;
  if (nodes.length > NODES || edges.length > 2 * NODES) return WORDS.tooManyNodes(nodes.length, edges.length);
  const many = Math.max(tensors.length, groups.length, saved.length / 2, frames.length / 2, layouts.length * 100);
  if (many > NODES || frames.length > FRAMES || (source?.text.length ?? 0) > LINES || (weight ?? weighs(r)) > WEIGHT)
    return WORDS.tooLarge;
  return damage(nodes, edges, String(r.root)) ?? damaged(r as Recording);
}

function damage(nodes: Recording['nodes'], edges: Recording['edges'], root: string): string | null {
  if (
    !nodes.every(
      n => isObject(n) && isId(n.id) && isSummary(n.value) && (n.group === null || n.group === undefined || isPath(n.group))
    )
  )
    return WORDS.damaged('node');
  const known = new Set(nodes.map(n => n.id));
  if (known.size < nodes.length) return WORDS.twice;
  if (!edges.every(e => isObject(e) && isId(e.id) && known.has(e.src) && known.has(e.dst))) return WORDS.leadsNowhere;
  if (nodes.length && !known.has(root)) return WORDS.noRoot;
  if (runsInACircle(nodes, edges)) return WORDS.circle;
  return null;
}

function damaged({ frames, groups, saved, tensors, source }: Recording): string | null {
  if (!groups.every(g => isObject(g) && isPath(g.id))) return WORDS.damaged('group');
  if (![...saved, ...tensors].every(x => isObject(x) && isId(x.node) && Array.isArray(x.shape))) return WORDS.damaged('tensor');
  if (!source.text.every(line => typeof line === 'string')) return WORDS.damaged('source');
  return frames.every(isFrame) ? null : WORDS.damaged('step');
}

function isFrame(f: Frame): boolean {
  if (!isObject(f) || !isObject(f.edges) || !Array.isArray(f.ready) || !Array.isArray(f.events)) return false;
  if (f.node !== null && f.node !== undefined && !isId(f.node)) return false;
  if (!f.events.every(e => isObject(e) && typeof e.kind === 'string' && typeof e.text === 'string')) return false;
  if ((f.rules !== undefined && !Array.isArray(f.rules)) || (f.hooks !== undefined && !Array.isArray(f.hooks))) return false;
  const values = [...Object.values(f.edges), ...Object.values(f.grads ?? {}), f.g, f.prior, ...(f.slots ?? []), f.seed?.value];
  return values.every(x => x === null || x === undefined || isSummary(x));
}

const isPath = (x: unknown): boolean => typeof x === 'string' && x.length > 0 && x.length < 2000 && x.split('/').length <= DEEP;

function runsInACircle(nodes: Recording['nodes'], edges: Recording['edges']): boolean {
  const waits = new Map<string, number>();
  const next = new Map<string, string[]>();
  for (const { src, dst } of edges) {
    waits.set(dst, (waits.get(dst) ?? 0) + 1);
    const list = next.get(src);
    if (list) list.push(dst);
    else next.set(src, [dst]);
  }
  const ready = nodes.map(n => n.id).filter(id => !waits.get(id));
  for (const id of ready) {
    for (const to of next.get(id) ?? []) {
      const left = (waits.get(to) ?? 0) - 1;
      waits.set(to, left);
      if (!left) ready.push(to); // the list grows while it is read
    }
  }
  return ready.length < nodes.length;
}

/** About how many letters a thing would have as JSON; counting stops where it is too much. */
function weighs(thing: unknown): number {
  let sum = 0;
  const todo = [thing];
  for (let x = todo.pop(); sum <= WEIGHT; x = todo.pop()) {
    sum += typeof x === 'string' ? x.length + 2 : 2;
    if (typeof x === 'object' && x !== null) {
      for (const key in x) {
        sum += Array.isArray(x) ? 1 : key.length + 3;
        todo.push((x as Record<string, unknown>)[key]);
      }
    }
    if (!todo.length) break;
  }
  return sum;
}

/** The same with absurdly long names cut and useless layouts dropped. Changes the payload. */
export function tame(r: Recording): Recording {
  for (const n of r.nodes) {
    n.name = cut(n.name);
    n.op = cut(n.op);
    if (n.fn !== undefined) n.fn = cut(n.fn);
    n.group ??= null;
    if (n.maker !== undefined && typeof n.maker !== 'string') delete n.maker;
    if (!(isNumber(n.line) && n.line > 0)) n.line = null;
  }
  for (const t of r.tensors) t.name = cut(t.name);
  for (const x of r.saved) x.name = cut(x.name);
  for (const g of r.groups) g.name = cut(g.name);
  r.title = cut(r.title);
  r.source.cell = cut(r.source.cell);
  if (r.source.text.some(line => line.length > LINE))
    r.source.text = r.source.text.map(line => (line.length > LINE ? `${line.slice(0, LINE)}…` : line));
  r.layouts = r.layouts.filter(isLayout);
  if (!isObject(r.jacobians) || !Object.values(r.jacobians).every(isMatrix)) delete r.jacobians;
  return r;
}

/** Rows of one length, at most as many numbers as are ever recorded. */
const isMatrix = (x: unknown): boolean =>
  Array.isArray(x) &&
  x.length > 0 &&
  x.length <= MATRIX &&
  x.every(row => Array.isArray(row) && row.length === x[0].length && row.length <= MATRIX && row.every(isNum));

function isLayout(l: Layout): boolean {
  if (!isObject(l) || !isPlace(l.w) || !isPlace(l.h) || !isObject(l.nodes) || !isObject(l.frames)) return false;
  const boxes = [...Object.values(l.nodes), ...Object.values(l.frames)];
  const isBox = (box: unknown) => Array.isArray(box) && box.length === 4 && box.every(isPlace);
  if (!Array.isArray(l.open) || !Array.isArray(l.edges) || boxes.length > 2 * DRAWN || !boxes.every(isBox)) return false;
  return l.edges.every(
    e =>
      isObject(e) &&
      Array.isArray(e.ids) &&
      e.a in l.nodes &&
      e.b in l.nodes &&
      Array.isArray(e.p) &&
      e.p.length >= 2 &&
      e.p.every(isPlace)
  );
}

const TURNS = /[\u202a-\u202e\u2066-\u2069]/g; // marks that turn the direction of what follows, our words included

const cut = (name: unknown): string => {
  const text = typeof name === 'string' ? name.replace(TURNS, '') : '';
  return text.length > NAME ? `${text.slice(0, NAME)}…` : text;
};
