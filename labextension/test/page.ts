/** A page to draw in, and recordings to draw. Import it first: it puts a DOM where node has none. */
import { readFileSync } from 'node:fs';
import { Window } from 'happy-dom';
import type { Shown } from '../src/messages';
import type { Frame, PictureEdge, PictureNode, Recording, Summary } from '../src/wire';

const window = new Window({ width: 1400, height: 900 });
const wanted = [
  'document',
  'Node',
  'Element',
  'HTMLElement',
  'SVGElement',
  'Event',
  'KeyboardEvent',
  'CustomEvent',
  'MutationObserver',
  'ResizeObserver',
  'IntersectionObserver',
  'matchMedia'
];
const also = ['cancelAnimationFrame', 'addEventListener', 'removeEventListener', 'dispatchEvent'];
for (const name of [...wanted, ...also]) {
  const value = (window as unknown as Record<string, unknown>)[name];
  const bound = typeof value === 'function' && !/^[A-Z]/.test(name) ? value.bind(window) : value;
  Object.defineProperty(globalThis, name, { value: bound, configurable: true });
}
Object.defineProperty(globalThis, 'window', { value: globalThis, configurable: true });
Object.defineProperty(globalThis, 'parent', { value: globalThis, configurable: true }); // in no frame

let waiting: FrameRequestCallback[] | null = null;
/** Frames come at once here, so what follows in the next one is there when a key has been pressed, */
globalThis.requestAnimationFrame = act => {
  if (waiting) return waiting.push(act);
  act(0);
  return 0;
};
/** but while this runs they come when it says so. */
export function framed(run: (frame: () => void) => void): void {
  waiting = [];
  try {
    run(() => {
      for (const act of waiting!.splice(0)) act(0);
    });
  } finally {
    waiting = null;
  }
}

/** A recording that was made with PyTorch: neurons, mlp, nan, inplace. A fresh copy. */
export const recording = (name: string): Shown => JSON.parse(readFileSync(`test/recordings/${name}.json`, 'utf8')) as Shown;

/** An element in the page. */
export function place(): HTMLElement {
  const el = document.createElement('div');
  document.body.append(el);
  return el;
}

export function press(target: Element, key: string): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

export const scalar = (v: number): Summary => ({ shape: [], norm: Math.abs(v), corner: [[v]] });

/** x doubled n times by y = y + y: 2 ** n paths, one step a node. */
export function doublings(n: number): Recording {
  const op = (i: number): PictureNode => ({
    id: `n${i}`,
    kind: 'op',
    op: 'add',
    fn: 'AddBackward0',
    name: `y${i}`,
    value: scalar(2 ** (i + 1)),
    dtype: 'float32',
    seq: i,
    expects: i === n - 1 ? 0 : 2,
    line: 1,
    group: null
  });
  const leaf: PictureNode = {
    id: 't0',
    kind: 'leaf',
    op: 'AccumulateGrad',
    name: 'x',
    value: scalar(1),
    dtype: 'float32',
    expects: 2,
    line: null,
    group: null
  };
  const nodes = [leaf, ...Array.from({ length: n }, (_, i) => op(i))];
  const from = (i: number) => (i ? `n${i - 1}` : 't0');
  const edges: PictureEdge[] = nodes
    .slice(1)
    .flatMap((node, i) =>
      [0, 1].map(slot => ({ id: `e${2 * i + slot}`, src: from(i), dst: node.id, slot, arg: 'xy'[slot], blocked: null }))
    );
  const first: Frame = {
    step: 0,
    node: null,
    seed: { node: `n${n - 1}`, value: scalar(1) },
    edges: {},
    ready: [`n${n - 1}`],
    bytes: 0,
    events: []
  };
  const frames = [first];
  for (let i = n - 1; i >= 0; i--) {
    const g = scalar(2 ** (n - 1 - i));
    frames.push({
      step: frames.length,
      node: `n${i}`,
      g,
      edges: { [`e${2 * i}`]: g, [`e${2 * i + 1}`]: g },
      ready: [from(i)],
      bytes: 0,
      events: []
    });
  }
  const total = scalar(2 ** n);
  frames.push({
    step: n + 1,
    node: 't0',
    g: total,
    edges: {},
    grads: { t0: total },
    ready: [],
    bytes: 0,
    events: [{ kind: 'accumulate', text: 'x.grad = g' }]
  });
  const at = (id: string, i: number): [string, [number, number, number, number]] => [id, [60 + 120 * i, 40, 90, 50]];
  const layout = {
    open: [],
    w: 120 * (n + 1),
    h: 80,
    frames: {},
    nodes: Object.fromEntries(nodes.map((node, i) => at(node.id, i))),
    edges: nodes.slice(1).map((node, i) => {
      const x = 105 + 120 * i;
      return { ids: [`e${2 * i}`, `e${2 * i + 1}`], a: from(i), b: node.id, p: [x, 40, x + 10, 40, x + 20, 40, x + 30, 40] };
    })
  };
  const row = {
    node: 't0',
    name: 'x',
    shape: [],
    dtype: 'float32',
    is_leaf: true,
    requires_grad: true,
    retains_grad: false,
    version: 0,
    grad: null
  };
  return {
    wire: 1,
    key: 'doublings',
    title: 'doublings',
    root: `n${n - 1}`,
    source: { cell: 'In [1]', text: ['y = y + y'] },
    nodes,
    edges,
    groups: [],
    saved: [],
    tensors: [row],
    layouts: [layout],
    frames,
    total: n + 1,
    failure: null
  };
}
