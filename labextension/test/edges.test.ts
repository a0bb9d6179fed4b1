/** Where the numbers on the edges stand, in a dozen graphs made at random, as Graphviz and our own layout place them. */
import { place } from './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instance } from '@viz-js/viz';
import { plan, read } from '../src/render/boxes';
import { Index } from '../src/render/index';
import { layered } from '../src/render/layered';
import { Line } from '../src/render/line';
import { State } from '../src/render/state';
import { atRest, SMALL } from '../src/render/view';
import type { Frame, Layout, PictureEdge, PictureNode, Recording, Summary } from '../src/wire';

type Box = [number, number, number, number]; // centre, width, height
const SIZES = [3, 6, 9, 12, 20, 30, 40, 50, 70, 90, 110, 127];

/** Numbers in [0, 1), the same in every run: Lehmer's generator. */
function draws(seed: number): () => number {
  let x = seed;
  return () => (x = (x * 48271) % 2147483647) / 2147483647;
}

/** A graph of so many operations, each of one or two of what is there, and its whole backward pass. */
function net(ops: number, arrays: boolean): Recording {
  const draw = draws(ops);
  const value = (): Summary => {
    const v = (draw() - 0.5) * 10 ** Math.floor(draw() * 9 - 5);
    return { shape: arrays ? [1, 2] : [], norm: Math.abs(v), corner: arrays ? [[v, -v / 3]] : [[v]] };
  };
  const nodes: PictureNode[] = [];
  const edges: PictureEdge[] = [];
  const made: string[] = [];
  const add = (kind: 'leaf' | 'op', id: string) => {
    const node = { id, kind, op: 'mul', name: '', dtype: 'float32', expects: 0, line: null, group: null, value: value() };
    nodes.push(node);
    return node.id;
  };
  const join = (src: string, dst: string) => {
    edges.push({ id: `e${edges.length}`, src, dst, slot: 0, arg: 'x', blocked: null });
    nodes.find(n => n.id === src)!.expects++;
  };
  for (let i = 0; i < ops; i++) {
    const first = made.at(-1 - Math.floor(draw() ** 4 * 8)) ?? add('leaf', `t${i}`);
    const other = draw() < 0.5 ? (draw() < 0.6 ? add('leaf', `u${i}`) : made.at(-2 - Math.floor(draw() * 12))) : undefined;
    const id = add('op', `n${i}`);
    for (const src of new Set([first, other])) if (src) join(src, id);
    made.push(id);
  }
  const root = made.at(-1)!;
  for (const id of made.slice(0, -1)) if (!nodes.find(n => n.id === id)!.expects) join(id, root); // all leads there
  const frame = { g: value(), ready: [], bytes: 0, events: [] };
  const frames: Frame[] = [{ ...frame, step: 0, node: null, edges: {} }];
  for (const node of [...made].reverse()) {
    const left = edges.filter(e => e.dst === node).map(e => [e.id, value()]);
    frames.push({ ...frame, step: frames.length, node, edges: Object.fromEntries(left) });
  }
  const picture = { wire: 1, key: 'k', title: root, root, source: { cell: 'cell', text: [] } };
  return { ...picture, nodes, edges, groups: [], saved: [], tensors: [], layouts: [], frames, failure: null } as Recording;
}

const graphviz = await instance();
const none = new Set<string>();
const LAYOUTS: Record<string, (r: Recording) => Layout> = {
  Graphviz: r => read(plan(r, none), none, JSON.parse(graphviz.renderString(plan(r, none).dot, { format: 'json0' }))),
  'our own layout': r => layered(plan(r, none), none)
};

/** px from a box to the nearest point of a line, walked in small steps. */
function distance([x, y, w, t]: Box, p: number[]): number {
  let least = Infinity;
  for (let i = 0; i + 7 < p.length; i += 6) {
    for (let u = 0; u <= 1; u += 1 / 512) {
      const weights = [(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u * u * (1 - u), u ** 3];
      const [a, b] = [0, 1].map(odd => weights.reduce((sum, weight, j) => sum + weight * p[i + 2 * j + odd], 0));
      least = Math.min(least, Math.hypot(Math.max(0, Math.abs(a - x) - w / 2), Math.max(0, Math.abs(b - y) - t / 2)));
    }
  }
  return least;
}

const overlap = ([x, y, w, t]: Box, [u, v, s, h]: Box): boolean =>
  Math.abs(x - u) < (w + s) / 2 && Math.abs(y - v) < (t + h) / 2;

/** Where the line's number stands, if it has one. */
function standing(line: Line): Box | null {
  const rect = line.label.querySelector('rect');
  if (!rect) return null;
  const [x, y, w, t] = ['x', 'y', 'width', 'height'].map(name => Number(rect.getAttribute(name)));
  return [x + w / 2, y + t / 2, w, t];
}

for (const [i, ops] of SIZES.entries()) {
  for (const [by, lay] of Object.entries(LAYOUTS)) {
    test(`every number stands by its own edge and on no card: ${ops} operations, placed by ${by}`, () => {
      const recording = net(ops, i % 2 === 0);
      const layout = lay(recording);
      const index = new Index(recording);
      const state = new State(index);
      const small = recording.nodes.length <= SMALL;
      const scene = { index, state, view: atRest(), small, stops: none };
      const around = { cards: Object.values(layout.nodes), numbers: new Map() };
      const lines = layout.edges.map(edge => new Line(edge, scene, around));
      const page = place();
      for (const line of lines) page.append(line.label);
      const lineOf = new Map(lines.flatMap(line => line.ids.map(id => [id, line])));
      for (let k = 1; k < recording.frames.length; k++) {
        const touched = [...state.seek(k).edges].map(id => lineOf.get(id)!);
        for (const line of touched) line.paint();
        for (const line of touched) line.write();
        const numbered = (small ? lines : touched).flatMap(line => {
          const box = standing(line);
          return box ? [{ box, line }] : [];
        });
        assert.ok(numbered.length >= Object.keys(recording.frames[k].edges).length);
        for (const { box, line } of numbered) {
          const said = `${line.label.textContent} at step ${k}`;
          assert.deepEqual(around.cards.filter(card => overlap(box, card)), [], `${said} lies on a card`); // prettier-ignore
          assert.ok(distance(box, line.layout.p) <= box[3], `${said} is far from its edge`);
          for (const other of numbered) assert.ok(other.line === line || !overlap(box, other.box), `${said} lies on another`);
        }
      }
    });
  }
}
