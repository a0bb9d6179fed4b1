/** Positions from Graphviz: fixed boxes in, numbers out. Labels never enter DOT, so there is nothing to escape. */
import type { GroupId, Layout, NodeId, PictureNode, Recording } from '../wire';

const GROUP: [number, number] = [116, 60];

/** What the shade of a mode and its name take around a card. */
export const REGION: [number, number] = [24, 34];

function room(node: PictureNode, retained: Set<NodeId>): [number, number] {
  const [width, height] = size(node, retained);
  return node.mode ? [width + REGION[0], height + REGION[1]] : [width, height];
}

function size(node: PictureNode, retained: Set<NodeId>): [number, number] {
  const scalar = !node.value.shape.length;
  if (node.kind === 'constant') return scalar ? [68, 34] : [96, 44];
  if (node.kind === 'leaf') return scalar ? [96, 52] : [100, 78];
  const [width, height] = scalar ? [88, 46] : [94, 52];
  return [width, height + (retained.has(node.id) ? 38 : 0)];
}

/** Space between boxes in a rank, less of it in large graphs, and between ranks, for the number of an edge; in inches. */
const gaps = (nodes: number): [number, number] => [nodes > 60 ? 0.2 : 0.34, 0.74];

export interface Plan {
  dot: string;
  keys: string[]; //    by number in the DOT text
  boxes: [number, number][];
  parents: GroupId[]; // the open group each stands in
  merged: { a: string; b: string; ids: string[] }[];
  frames: GroupId[]; // open groups, outer before inner
  gaps: [number, number]; // px in a rank, between ranks
}

/** Cards, lines and DOT for one set of opened groups; with all of them open, the picture as it is, with no frames but layers'. */
export function plan(recording: Recording, open: ReadonlySet<GroupId>): Plan {
  const flat = isFlat(recording, open);
  const layers = new Set(recording.groups.filter(g => g.kind === 'backward').map(g => g.id));
  const layer = (group: GroupId) => (layers.has(group.split('/')[0]) ? group.split('/')[0] : '');
  const retained = new Set(recording.tensors.filter(t => t.retains_grad).map(t => t.node));
  const shown = new Map<NodeId, string>();
  const number = new Map<string, number>();
  const [keys, boxes, parents]: [string[], [number, number][], GroupId[]] = [[], [], []];
  const children = new Map<GroupId, number[]>();
  for (const node of recording.nodes) {
    const place = folded(node.id, flat ? layer(node.group ?? '') : node.group, open);
    shown.set(node.id, place.key);
    if (number.has(place.key)) continue;
    number.set(place.key, keys.length);
    const beside = children.get(place.parent);
    if (beside) beside.push(keys.length);
    else children.set(place.parent, [keys.length]);
    keys.push(place.key);
    parents.push(place.parent);
    boxes.push(place.key.startsWith('g:') ? GROUP : room(node, retained));
  }
  const merged = new Map<string, { a: string; b: string; ids: string[] }>();
  for (const e of recording.edges) {
    const [a, b] = [shown.get(e.src), shown.get(e.dst)];
    if (!a || !b || a === b) continue;
    const pair = `${number.get(a)} ${number.get(b)}`;
    const one = merged.get(pair);
    if (one) one.ids.push(e.id);
    else merged.set(pair, { a, b, ids: [e.id] });
  }
  const frames = recording.groups.map(g => g.id).filter(id => (flat ? layers : open).has(id));
  const [node, rank] = gaps(keys.length);
  const out = [
    `digraph{rankdir=LR;nodesep=${node};ranksep=${rank};splines=true;node[shape=box,fixedsize=true,label=""];edge[arrowhead=none];`
  ];
  const emit = (path: GroupId) => {
    for (const i of children.get(path) ?? [])
      out.push(`n${i}[width=${(boxes[i][0] / 72).toFixed(4)},height=${(boxes[i][1] / 72).toFixed(4)}];`);
    frames.forEach((frame, i) => {
      if (parent(frame) !== path) return;
      out.push(`subgraph cluster_${i}{margin=20;`);
      emit(frame);
      out.push('}');
    });
  };
  emit('');
  const edges = [...merged.values()];
  for (const { a, b } of edges)
    out.push(`n${number.get(a)}->n${number.get(b)}[weight=${a.startsWith('n') && b.startsWith('n') ? 3 : 1}];`);
  out.push('}');
  return { dot: out.join('\n'), keys, boxes, parents, merged: edges, frames, gaps: [node * 72, rank * 72] };
}

/** Whether all groups are open: then no frame but a layer's says where one begins. */
export const isFlat = (recording: Recording, open: ReadonlySet<GroupId> | readonly GroupId[]): boolean =>
  ('size' in open ? open.size : open.length) === recording.groups.length;

const parent = (group: GroupId): GroupId => group.split('/').slice(0, -1).join('/');

/** The outermost closed group a node is in, else the node itself. */
function folded(id: NodeId, group: GroupId | null, open: ReadonlySet<GroupId>): { key: string; parent: GroupId } {
  if (!group) return { key: id, parent: '' };
  const parts = group.split('/');
  for (let i = 0; i < parts.length; i++) {
    const path = parts.slice(0, i + 1).join('/');
    if (!open.has(path)) return { key: `g:${path}`, parent: parts.slice(0, i).join('/') };
  }
  return { key: id, parent: group };
}

interface Json0 {
  bb: string;
  objects?: { _gvid: number; name: string; pos?: string; bb?: string }[];
  edges?: { tail: number; head: number; pos?: string }[];
}

/** A Layout from Graphviz's json0. */
export function read(p: Plan, open: ReadonlySet<GroupId>, json: Json0): Layout {
  const [x0, y0, x1, y1] = json.bb.split(',').map(Number);
  const flip = (x: number, y: number): [number, number] => [Math.round(x - x0), Math.round(y1 - y)];
  const layout: Layout = {
    open: [...open].sort(),
    w: Math.round(x1 - x0),
    h: Math.round(y1 - y0),
    nodes: {},
    frames: {},
    edges: []
  };
  const keyOf = new Map<number, string>();
  for (const o of json.objects ?? []) {
    if (o.name.startsWith('cluster_')) {
      if (!o.bb) continue;
      const [a, b, c, d] = o.bb.split(',').map(Number);
      layout.frames[p.frames[Number(o.name.slice(8))]] = [...flip(a, d), Math.round(c - a), Math.round(d - b)];
    } else if (o.pos) {
      const i = Number(o.name.slice(1));
      const [x, y] = o.pos.split(',').map(Number);
      keyOf.set(o._gvid, p.keys[i]);
      layout.nodes[p.keys[i]] = [...flip(x, y), ...p.boxes[i]];
    }
  }
  const ids = new Map(p.merged.map(m => [`${m.a} ${m.b}`, m.ids]));
  for (const e of json.edges ?? []) {
    const [a, b] = [keyOf.get(e.tail), keyOf.get(e.head)];
    if (!a || !b || !e.pos) continue;
    const points = e.pos
      .split(' ')
      .filter(q => q[0] !== 'e' && q[0] !== 's')
      .flatMap(q => flip(...(q.split(',').map(Number) as [number, number])));
    layout.edges.push({ ids: ids.get(`${a} ${b}`) ?? [], a, b, p: points });
  }
  return layout;
}
