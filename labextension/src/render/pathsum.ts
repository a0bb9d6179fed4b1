/**
 * The chain rule by paths between two nodes: multiply along each, add over all. The engine never forms these products; readers
 * check with them. At the upper end stands 1 if it is a single number, else the gradient that arrived there: each step along a
 * path multiplies it with a local Jacobian. The kernel does so by its rules; without one, Jacobians that were recorded do.
 */
import type { EdgeId, NodeId, Num, Summary } from '../wire';
import { h, type Kid, replace } from './dom';
import { matrixOf } from './heat';
import type { Index } from './index';
import { derivative, label } from './labels';
import { matrix, total } from './marks';
import { arrived, heading } from './now';
import { clip, format, isScalar, only, tone } from './numbers';
import { edgesOnPaths, firstLeaf, paths, type Paths } from './paths';
import type { Playback } from './playback';
import type { Scene } from './view';
import * as WORDS from './words';

interface Ends {
  upper: NodeId;
  lower: NodeId;
}

interface Found {
  products: Summary[];
  sum: Summary;
}

/** What was found between two nodes, remembered: a question is asked once. */
export class PathSums {
  ends: Ends | null;
  private readonly known = new Map<string, Found | string>();

  constructor(
    private readonly playback: Playback,
    private readonly repaint: () => void
  ) {
    const { nodes, root } = playback.index.recording;
    const lower = firstLeaf(nodes);
    this.ends = lower === null ? null : { upper: root, lower };
  }

  /** Every edge on a path. */
  edges(): Set<EdgeId> {
    return this.ends ? edgesOnPaths(this.playback.index, this.ends.lower, this.ends.upper) : new Set();
  }

  /** Take a node as one of the ends; false for what no gradient reaches. */
  pick(id: NodeId, upper: boolean): boolean {
    if (!this.ends || this.playback.index.nodes.get(id)?.kind === 'constant') return false;
    this.ends = { ...this.ends, [upper ? 'upper' : 'lower']: id };
    return true;
  }

  /** The products along these paths; null where they are not known, or not yet; a sentence where they cannot be had. */
  of({ upper, lower }: Ends, { list }: Paths): Found | string | null {
    const { index, kernel } = this.playback;
    if (!list.length || !list.flat().every(e => index.visits.has(index.edges.get(e)!.dst))) return null;
    const key = `${upper} ${lower} ${kernel ? 1 : 0}`;
    const known = this.known.get(key);
    if (known !== undefined) return known || null;
    const mine = multiplied(index, upper, lower, list);
    this.known.set(key, mine ?? '');
    if (kernel?.ask && upper !== lower) {
      kernel.ask({ type: 'products', of: upper, paths: list }).then(
        answer => {
          if (answer.type !== 'products') return;
          const { products, sum, says } = answer;
          this.known.set(key, products && sum ? { products, sum } : (mine ?? says ?? ''));
          this.repaint();
        },
        () => this.known.delete(key)
      );
    }
    return mine;
  }
}

/** The products from what the page has: local derivatives that are numbers, recorded Jacobians. */
export function multiplied(index: Index, upper: NodeId, lower: NodeId, list: EdgeId[][]): Found | null {
  const [from, to] = [index.nodes.get(upper)!, index.nodes.get(lower)!];
  const whole = index.frames[index.visits.get(upper) ?? -1]?.g?.corner.flat();
  const start = isScalar(from.value) ? [1] : whole?.length === count(from.value.shape) ? whole.map(Number) : null;
  if (!start) return null;
  const products: number[][] = [];
  for (const path of list) {
    let v: number[] = start;
    for (const id of [...path].reverse()) {
      const rows = matrixOf(index, id);
      if (rows?.length !== v.length) return null;
      v = rows[0].map((_, j) => v.reduce((sum, x, i) => sum + (x && x * numeric(rows[i][j])), 0));
    }
    products.push(v);
  }
  const sum = products.reduce((a, b) => a.map((x, i) => x + b[i]));
  return { products: products.map(v => summary(v, to.value.shape)), sum: summary(sum, to.value.shape) };
}

const numeric = (v: Num): number => (v === 'inf' ? Infinity : v === '-inf' ? -Infinity : Number(v));
const num = (v: number): Num => (Number.isNaN(v) ? 'nan' : Number.isFinite(v) ? v : v > 0 ? 'inf' : '-inf');
const count = (dims: number[]): number => dims.reduce((a, b) => a * b, 1);

function summary(v: number[], dims: number[]): Summary {
  const columns = dims.at(-1) ?? 1;
  const corner: Num[][] = [];
  for (let at = 0; at < v.length; at += columns) corner.push(v.slice(at, at + columns).map(num));
  return { shape: dims, norm: num(Math.hypot(...v)), corner: corner.slice(0, 8).map(row => row.slice(0, 8)) };
}

/** Fill the panel for two nodes; `point` is told which path is looked at. */
export function drawPaths(el: HTMLElement, scene: Scene, sums: PathSums, point: (path: EdgeId[] | null) => void): void {
  const { ends } = sums;
  if (!ends) return;
  const { index, view } = scene;
  const { recording } = index;
  const found = paths(index, ends.lower, ends.upper);
  const many = !found.list.length && found.count > 0;
  const name = (id: NodeId) => clip(index.nodes.has(id) ? label(recording, index.nodes.get(id)!) : id, 24);
  const [upper, lower] = [name(ends.upper), name(ends.lower)];
  const secret = view.hidden.has(ends.lower) || view.hidden.has(ends.upper);
  const edges = recording.edges.filter(e => !e.blocked).length;
  const scalar = isScalar(index.nodes.get(ends.upper)!.value);
  const lead = many ? WORDS.tooManyPaths(edges) : !found.count ? WORDS.noPath(upper, lower) : WORDS.multiply(upper, scalar);
  const kids: Kid[] = [
    heading(derivative(upper, lower), '', WORDS.pathCount(found.count)),
    h('p', { class: many ? '' : 'muted' }, lead)
  ];
  const known = many || secret ? null : sums.of(ends, found);
  const products = typeof known === 'object' ? known : null;
  const rows = h('ol', { class: 'paths' });
  (many ? [found.shortest] : found.list).forEach((path, i) => {
    const down = [...path].reverse();
    const route = [upper, ...down.map(e => name(index.edges.get(e)!.src))].join(' → ');
    const cell = h('div', { class: 'route' });
    if (many) cell.append(h('b', {}, WORDS.shortest(path.length)));
    cell.append(h('div', { class: 'fac' }, clip(route, 400)));
    if (!many) cell.append(h('b', {}, factors(scene, down)));
    const look = {
      pointerenter: () => point(path),
      pointerleave: () => point(null),
      focus: () => point(path),
      blur: () => point(null)
    };
    rows.append(h('li', { tabindex: 0, ...look }, cell, secret ? product(null) : products && product(products.products[i])));
  });
  kids.push(rows);
  if (found.list.length && (products || secret)) {
    const sum = h('span', {}, WORDS.sumOver(found.count));
    kids.push(
      h('div', { class: 'sumline' }, sum, products ? figure(products.sum, '', true) : h('span', { class: 'big' }, '?'))
    );
    const frame = index.frames[index.visits.get(ends.lower) ?? -1];
    const g = frame && arrived(index.nodes.get(ends.lower)!, frame, scene);
    if (products && g && !isScalar(g) && ends.upper === recording.root)
      kids.push(h('div', { class: 'sumline' }, h('span', {}, WORDS.arrivesAt(lower)), figure(g)));
  } else if (found.list.length) kids.push(h('p', { class: 'note' }, typeof known === 'string' ? known : WORDS.brackets));
  kids.push(hookNote(scene, found.list), h('p', { class: 'muted meta' }, WORDS.pickEnds));
  const held = [...el.querySelectorAll('.paths li')].indexOf(document.activeElement!); // the kernel may answer while a path is looked at
  replace(el, ...kids);
  (rows.children[held] as HTMLElement | undefined)?.focus();
}

/** A product at the end of its row. */
const product = (x: Summary | null): HTMLElement =>
  !x
    ? h('span', { class: 'prod' }, '= ?')
    : isScalar(x)
      ? h('span', { class: `prod ${tone(only(x))}` }, `= ${format(only(x))}`)
      : h('span', { class: 'prod' }, matrix(x, 'grad'));

const figure = (x: Summary, caption = '', sum = false): HTMLElement =>
  isScalar(x)
    ? h('span', { class: `big ${tone(only(x))}` }, format(only(x)))
    : sum
      ? total(matrix(x, 'grad', caption))
      : matrix(x, 'grad', caption);

/** The factors as text: numbers, or the rule's words for an array; of those unknown yet, which come last, the count. */
function factors({ index }: Scene, down: EdgeId[]): string {
  const words = down.flatMap(e => {
    const rule = index.rules.get(e);
    if (!rule) return [];
    if (!rule.value || !isScalar(rule.value)) return `[${clip(rule.local ?? rule.code, 24)}]`;
    const v = only(rule.value);
    return typeof v === 'number' && v < 0 ? `(${format(v)})` : format(v);
  });
  const left = down.length - words.length;
  if (left) words.push(`[${left} ${WORDS.notRunYet}]`);
  return words.join(' × ');
}

function hookNote({ index }: Scene, list: EdgeId[][]): Kid {
  const on = new Set(list.flat().map(e => index.edges.get(e)?.src));
  const frame = index.frames.find(f => f.hooks?.length && f.node && on.has(f.node));
  const node = frame?.node ? index.nodes.get(frame.node) : undefined;
  if (!frame || !node) return null;
  return h('p', { class: 'note' }, WORDS.hookOnPath(frame.hooks?.[0].line, clip(label(index.recording, node), 24)));
}
