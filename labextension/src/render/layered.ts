/**
 * A layered layout of our own: for pages without a kernel and without Graphviz, an exported one for instance. The same idea as
 * `autograd_lab/views/layered.py`: every card as near to what uses it as it can be, columns ordered by barycentres, far lines in
 * lanes below, an open group laid out by itself and put as one box into what is around it.
 */
import type { GroupId, Layout } from '../wire';
import type { Plan } from './boxes';

type Size = [number, number];
type Join = { a: string; b: string; ids: string[] };

const SWEEPS = 8;
const FAR = 8; //  ranks: a line that spans more takes a lane, or n turns of a loop would cost n * n places
const LANE = 12; // px between lanes
const PAD = 16; // px around what stands in a frame
const TITLE = 6; // and more above it

/** Positions for a plan. */
export function layered(plan: Plan, open: ReadonlySet<GroupId>): Layout {
  const frames = plan.frames; // outer before inner
  const parent = new Map(plan.keys.map((key, i) => [key, plan.parents[i]]));
  const size = new Map(plan.keys.map((key, i) => [key, plan.boxes[i]]));
  const inside = (key: string, frame: GroupId) => !frame || `${parent.get(key)}/`.startsWith(`${frame}/`);
  const holder = (key: string, frame: GroupId) => {
    let [found, around] = [key, parent.get(key) ?? ''];
    while (around !== frame) [found, around] = [`f:${around}`, up(around)];
    return found;
  };
  const inner = new Map<GroupId, Layout>();
  for (const frame of [...[...frames].reverse(), '']) {
    const here = new Map<string, Size>(plan.keys.filter(key => parent.get(key) === frame).map(key => [key, size.get(key)!]));
    for (const path of frames) {
      const made = up(path) === frame ? inner.get(path) : undefined;
      if (made) here.set(`f:${path}`, [made.w + 2 * PAD, made.h + 2 * PAD + TITLE]);
    }
    const joins = new Map<string, Join>();
    for (const { a, b, ids } of plan.merged) {
      if (!inside(a, frame) || !inside(b, frame)) continue;
      const [from, to] = [holder(a, frame), holder(b, frame)];
      if (from === to) continue;
      const known = joins.get(`${from}\n${to}`);
      if (known) known.ids.push(...ids);
      else joins.set(`${from}\n${to}`, { a: from, b: to, ids: [...ids] });
    }
    inner.set(frame, flat(here, [...joins.values()], plan.gaps));
  }
  const whole = inner.get('')!;
  const out: Layout = { open: [...open].sort(), w: whole.w, h: whole.h, nodes: {}, frames: {}, edges: [] };
  const wanted = new Map(plan.merged.map(m => [`${m.a}\n${m.b}`, m]));
  const put = (frame: GroupId, dx: number, dy: number): void => {
    const made = inner.get(frame)!;
    for (const [key, [x, y, w, h]] of Object.entries(made.nodes)) {
      if (!key.startsWith('f:')) {
        out.nodes[key] = [x + dx, y + dy, w, h];
        continue;
      }
      const [left, top] = [Math.round(x + dx - w / 2), Math.round(y + dy - h / 2)];
      out.frames[key.slice(2)] = [left, top, w, h];
      put(key.slice(2), left + PAD, top + PAD + TITLE);
    }
    for (const { a, b, p } of made.edges) {
      const found = wanted.get(`${a}\n${b}`);
      if (found) out.edges.push({ ...found, p: p.map((v, i) => v + (i % 2 ? dy : dx)) });
      wanted.delete(`${a}\n${b}`);
    }
  };
  put('', 0, 0);
  for (const join of wanted.values()) {
    const [[x, y, w], [u, v, s]] = [out.nodes[join.a], out.nodes[join.b]];
    out.edges.push({ ...join, p: curve([[x + w / 2, y], [u - s / 2, v]]) }); // prettier-ignore
  }
  return out;
}

const up = (path: GroupId): GroupId => path.split('/').slice(0, -1).join('/');

/** One level, without frames. */
function flat(boxes: Map<string, Size>, joins: Join[], [gap, rankGap]: [number, number]): Layout {
  const ranks = ranked([...boxes.keys()], joins);
  const sizes = new Map(boxes);
  const columns: string[][] = [];
  const left = new Map<string, string[]>();
  const right = new Map<string, string[]>();
  const chains = joins.map(({ a, b, ids }) => {
    const [from, to] = [ranks.get(a)!, ranks.get(b)!];
    const chain = [a];
    for (let r = from + 1; r < to && to - from <= FAR; r++) {
      const name = `${ids[0]}:${r}`; // a thin box keeps a long line off the cards
      ranks.set(name, r);
      sizes.set(name, [0, 6]);
      chain.push(name);
    }
    return [...chain, b];
  });
  for (const [name, r] of ranks) (columns[r] ??= []).push(name);
  for (let r = 0; r < columns.length; r++) columns[r] ??= [];
  for (const name of sizes.keys()) {
    left.set(name, []);
    right.set(name, []);
  }
  for (const chain of chains) {
    for (let i = 1; i < chain.length; i++) {
      right.get(chain[i - 1])!.push(chain[i]);
      left.get(chain[i])!.push(chain[i - 1]);
    }
  }
  const sweeps = (visit: (column: string[], beside: Map<string, string[]>) => void) => {
    for (let i = 0; i < SWEEPS; i++)
      for (const column of i % 2 ? columns : [...columns].reverse()) visit(column, i % 2 ? left : right);
  };
  const place = new Map(columns.flatMap(column => column.map((name, i): [string, number] => [name, i])));
  const mean = (names: string[], of: Map<string, number>) => names.reduce((sum, n) => sum + of.get(n)!, 0) / names.length;
  sweeps((column, beside) => {
    const wish = new Map(column.map(n => [n, beside.get(n)!.length ? mean(beside.get(n)!, place) : place.get(n)!]));
    column.sort((a, b) => wish.get(a)! - wish.get(b)!);
    column.forEach((n, i) => place.set(n, i));
  });
  const y = new Map<string, number>();
  for (const column of columns) {
    let at = 0;
    for (const n of column) {
      y.set(n, at + sizes.get(n)![1] / 2);
      at += sizes.get(n)![1] + gap;
    }
  }
  sweeps((column, beside) => {
    const near = (n: string) => [beside.get(n)!, left.get(n)!, right.get(n)!].find(names => names.length);
    settle(column, new Map(column.map(n => [n, near(n) ? mean(near(n)!, y) : y.get(n)!])), sizes, gap, y);
  });
  const x = new Map<string, number>();
  let width = 0;
  for (const column of columns) {
    const wide = Math.max(0, ...column.map(n => sizes.get(n)![0]));
    for (const n of column) x.set(n, width + wide / 2);
    width += wide + rankGap;
  }
  let [top, bottom] = [Infinity, -Infinity];
  for (const [n, at] of y) {
    top = Math.min(top, at - sizes.get(n)![1] / 2);
    bottom = Math.max(bottom, at + sizes.get(n)![1] / 2);
  }
  if (!y.size) top = bottom = 0;
  const out: Layout = {
    open: [],
    w: Math.max(0, Math.round(width - rankGap)),
    h: Math.round(bottom - top),
    nodes: {},
    frames: {},
    edges: []
  };
  for (const [n, [w, h]] of boxes) out.nodes[n] = [Math.round(x.get(n)!), Math.round(y.get(n)! - top), w, h];
  const lanes = new Map<string, number>();
  joins.forEach(({ a, b, ids }, i) => {
    const start: [number, number] = [x.get(a)! + sizes.get(a)![0] / 2, y.get(a)! - top];
    const end: [number, number] = [x.get(b)! - sizes.get(b)![0] / 2, y.get(b)! - top];
    let stops = chains[i].slice(1, -1).map((n): [number, number] => [x.get(n)!, y.get(n)! - top]);
    if (ranks.get(b)! - ranks.get(a)! > FAR) {
      if (!lanes.has(a)) lanes.set(a, bottom - top + LANE * (lanes.size + 1));
      const lane = lanes.get(a)!;
      stops = [[start[0] + rankGap, lane], [end[0] - rankGap, lane]]; // prettier-ignore
    }
    out.edges.push({ ids, a, b, p: curve([start, ...stops, end]) });
  });
  out.h += LANE * lanes.size;
  return out;
}

/** Every box left of what uses it, and right before the first of them; a circle is cut at its last box. */
function ranked(names: string[], joins: Join[]): Map<string, number> {
  const incoming = new Map<string, string[]>(names.map(n => [n, []]));
  const waiting = new Map<string, number>(names.map(n => [n, 0]));
  for (const { a, b } of joins) {
    incoming.get(b)!.push(a);
    waiting.set(a, waiting.get(a)! + 1);
  }
  const levels = new Map<string, number>(names.map(n => [n, 0]));
  const done = new Set<string>();
  const rest = names.filter(n => waiting.get(n));
  let ready = names.filter(n => !waiting.get(n));
  while (ready.length || rest.length) {
    if (!ready.length) ready = [rest.pop()!];
    for (const name of ready) {
      if (done.has(name)) continue; // the list grows while it is read
      done.add(name);
      for (const before of incoming.get(name)!) {
        if (done.has(before)) continue;
        levels.set(before, Math.max(levels.get(before)!, levels.get(name)! + 1));
        waiting.set(before, waiting.get(before)! - 1);
        if (!waiting.get(before)) ready.push(before);
      }
    }
    ready = [];
  }
  let most = 0;
  for (const level of levels.values()) most = Math.max(most, level);
  return new Map(names.map(n => [n, most - levels.get(n)!]));
}

/** Put a column's boxes at their wishes; those that would overlap are moved together, as one block, to their mean. */
function settle(
  column: string[],
  wish: Map<string, number>,
  sizes: Map<string, Size>,
  gap: number,
  y: Map<string, number>
): void {
  const blocks: { names: string[]; top: number; height: number }[] = [];
  for (const n of column) {
    const height = sizes.get(n)![1];
    let block = { names: [n], top: wish.get(n)! - height / 2, height };
    for (let last = blocks.at(-1); last && last.top + last.height + gap > block.top; last = blocks.at(-1)) {
      blocks.pop();
      const [many, few] = [last.names.length, block.names.length];
      const top = (last.top * many + (block.top - last.height - gap) * few) / (many + few);
      block = { names: [...last.names, ...block.names], top, height: last.height + gap + block.height };
    }
    blocks.push(block);
  }
  for (const { names, top } of blocks) {
    let at = top;
    for (const n of names) {
      y.set(n, at + sizes.get(n)![1] / 2);
      at += sizes.get(n)![1] + gap;
    }
  }
}

/** Start, then Bezier triples: level at every stop. */
function curve(stops: [number, number][]): number[] {
  const p = stops[0].map(Math.round);
  for (let i = 1; i < stops.length; i++) {
    const [[x0, y0], [x1, y1]] = [stops[i - 1], stops[i]];
    p.push(...[(x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1].map(Math.round));
  }
  return p;
}
