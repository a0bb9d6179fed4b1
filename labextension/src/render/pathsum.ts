/** The chain rule by paths: multiply along each, add over all. The engine never forms these products; readers check with them. */
import type { EdgeId, NodeId } from '../wire';
import { h, type Kid, replace } from './dom';
import { label } from './labels';
import { heading } from './now';
import { clip, format, isScalar, only, tone } from './numbers';
import { paths } from './paths';
import type { Scene } from './view';
import * as WORDS from './words';

/** Fill the panel for a leaf; `point` is told which path is looked at. */
export function drawPaths(el: HTMLElement, scene: Scene, leaf: NodeId, point: (path: EdgeId[] | null) => void): void {
  const { index, view } = scene;
  const { recording } = index;
  const found = paths(index, leaf);
  const many = !found.list.length && found.count > 0;
  const name = (id: NodeId) => clip(index.nodes.has(id) ? label(recording, index.nodes.get(id)!) : id, 24);
  const secret = view.hidden.has(leaf);
  const edges = recording.edges.filter(e => !e.blocked).length;
  const kids: Kid[] = [
    heading(`∂${name(recording.root)}/∂${name(leaf)}`, '', WORDS.pathCount(found.count)),
    many ? h('p', {}, WORDS.tooManyPaths(edges)) : h('p', { class: 'muted' }, WORDS.multiply)
  ];
  let sum = 0;
  const rows = h('ol', { class: 'paths' });
  for (const path of many ? [found.shortest] : found.list) {
    const down = [...path].reverse();
    const route = [name(recording.root), ...down.map(e => name(index.edges.get(e)!.src))].join(' → ');
    const { text, product } = factors(scene, down);
    sum += product;
    const cell = h('div', { class: 'route' });
    if (many) cell.append(h('b', {}, WORDS.shortest(path.length)));
    cell.append(h('div', { class: 'fac' }, clip(route, 400)));
    if (!many) cell.append(h('b', {}, text));
    const shown = secret ? '= ?' : Number.isNaN(product) || many ? '' : `= ${format(product)}`;
    const look = {
      pointerenter: () => point(path),
      pointerleave: () => point(null),
      focus: () => point(path),
      blur: () => point(null)
    };
    rows.append(
      h('li', { tabindex: 0, ...look }, cell, h('span', { class: secret ? 'prod' : `prod ${tone(product)}` }, shown))
    );
  }
  kids.push(rows);
  if (!many && found.count) kids.push(...conclusion(found.list.length, sum, secret));
  if (!many) kids.push(hookNote(scene, found.list));
  replace(el, ...kids);
}

function factors({ index }: Scene, down: EdgeId[]): { text: string; product: number } {
  let product = 1;
  const text = down.map(e => {
    const rule = index.rules.get(e);
    const v = rule?.value && isScalar(rule.value) ? only(rule.value) : null;
    product *= v === null ? NaN : Number(v === 'inf' ? Infinity : v === '-inf' ? -Infinity : v);
    if (v === null) return rule ? `[${clip(rule.local ?? 'rule', 24)}]` : `[${WORDS.notRunYet}]`;
    return typeof v === 'number' && v < 0 ? `(${format(v)})` : format(v);
  });
  return { text: text.join(' × '), product };
}

function conclusion(count: number, sum: number, secret: boolean): Kid[] {
  if (Number.isNaN(sum)) {
    return [h('p', { class: 'note' }, WORDS.brackets)];
  }
  const big = h('span', { class: secret ? 'big' : `big ${tone(sum)}` }, secret ? '?' : format(sum));
  return [h('div', { class: 'sumline' }, h('span', {}, WORDS.sumOver(count)), big)];
}

function hookNote({ index }: Scene, list: EdgeId[][]): Kid {
  const on = new Set(list.flat().map(e => index.edges.get(e)?.src));
  const frame = index.frames.find(f => f.hooks?.length && f.node && on.has(f.node));
  const node = frame?.node ? index.nodes.get(frame.node) : undefined;
  if (!frame || !node) return null;
  return h('p', { class: 'note' }, WORDS.hookOnPath(frame.hooks?.[0].line, clip(label(index.recording, node), 24)));
}
