/** The graph that a pass with create_graph made stands above the one it walked: what ties a node there to the rule that made it. */
import type { NodeId, PictureNode } from '../wire';
import type { Box } from './card';
import { h, type Kid, s } from './dom';
import type { Index } from './index';
import { label } from './labels';
import { clip } from './numbers';
import * as WORDS from './words';

const NAMED = 6; // of what a rule made, how many are named
const ARCH = 30; // px above two cards beside each other

/** Pairs of (maker, made) that a node is one of. */
function ties({ makes }: Index, { id, maker }: PictureNode): [NodeId, NodeId][] {
  const made = (makes.get(id) ?? []).map((m): [NodeId, NodeId] => [id, m]);
  return maker ? [[maker, id], ...made] : made;
}

/** Lines between a node, the one whose rule made it, and those that its own rule made. */
export function drawTies(index: Index, node: PictureNode | undefined, boxOf: (id: NodeId) => Box | undefined): SVGElement[] {
  return (node ? ties(index, node) : []).flatMap(([maker, made]) => {
    const [a, b] = [boxOf(maker), boxOf(made)];
    return a && b && a !== b ? [tie(a, b)] : [];
  });
}

/** From card to card, by their upper or lower edges, where no values run. */
function tie([xa, ya, , ta]: Box, [xb, yb, , tb]: Box): SVGElement {
  const down = Math.sign(yb - ya) * Number(Math.abs(yb - ya) > (ta + tb) / 2); // 0: beside each other
  const [from, to] = [ya + ((down || -1) * ta) / 2, yb - ((down || 1) * tb) / 2];
  const middle = down ? (from + to) / 2 : Math.min(from, to) - ARCH;
  return s(
    'g',
    { class: 'tie' },
    s('path', { d: `M${xa},${from}C${xa},${middle} ${xb},${middle} ${xb},${to}` }),
    s('circle', { cx: xb, cy: to, r: 3.5 })
  );
}

/** Whose rule made a node, or what its own rule made, each a way there. */
export function madeBy(index: Index, node: PictureNode, go: (id: NodeId) => void): Kid[] {
  const { recording, nodes, makes } = index;
  const link = (id: NodeId) => {
    const to = nodes.get(id);
    return to ? h('button', { class: 'link', type: 'button', click: () => go(id) }, clip(label(recording, to), 24)) : '';
  };
  const layer = ({ group }: PictureNode) => recording.groups.find(g => g.id === group?.split('/')[0])?.name ?? WORDS.aPass;
  const made = makes.get(node.id) ?? [];
  const first = nodes.get(made[0]);
  const list = made.slice(0, NAMED).flatMap((id, i) => [i ? ', ' : '', link(id)]);
  if (made.length > NAMED) list.push(`, ${WORDS.more(made.length - NAMED)}`);
  return [
    node.maker && nodes.has(node.maker) ? h('p', { class: 'note' }, ...WORDS.madeByRule(link(node.maker), layer(node))) : null,
    first ? h('p', { class: 'note' }, ...WORDS.ruleMade(list, layer(first))) : null
  ];
}
