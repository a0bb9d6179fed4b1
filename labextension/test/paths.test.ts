import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Index } from '../src/render/index';
import { multiplied } from '../src/render/pathsum';
import { edgesOnPaths, paths } from '../src/render/paths';
import { doublings, recording } from './page';

test('five neurons: two paths from L to a, whose products add to a.grad', () => {
  const index = new Index(recording('neurons'));
  const a = index.recording.nodes.find(n => n.name === 'a')!.id;
  const found = paths(index, a);
  const products = found.list.map(path => path.reduce((p, e) => p * Number(index.rules.get(e)!.value!.corner[0][0]), 1));
  assert.equal(found.count, 2);
  assert.deepEqual(products.sort(), [-15, -24]);
  assert.equal(edgesOnPaths(index, a).size, 7);
});

test('a constant has no path', () => {
  const index = new Index(recording('mlp'));
  const x = index.recording.nodes.find(n => n.name === 'x')!.id;
  assert.equal(paths(index, x).count, 0);
});

test('a billion paths are counted, not walked', () => {
  const index = new Index(doublings(30));
  const found = paths(index, 't0');
  assert.equal(found.count, 2 ** 30);
  assert.deepEqual(found.list, []);
  assert.equal(found.shortest.length, 30);
});

test('a chain of 20,000 operations neither recurses nor takes long', () => {
  const index = new Index(doublings(20_000));
  assert.equal(paths(index, 't0').shortest.length, 20_000);
});

test('between two nodes: the paths, the edges on them, and the sum of their products', () => {
  const index = new Index(recording('neurons'));
  const named = (name: string) => index.recording.nodes.find(n => n.name === name)!.id;
  const [d, a, w1] = ['d', 'a', 'w1'].map(named);
  const { list } = paths(index, a, d);
  const found = multiplied(index, d, a, list)!;
  const gradient = index.frames.find(f => f.grads?.[a])!.grads![a].corner[0][0];
  const above = index.frames[index.visits.get(d)!].g!.corner[0][0];
  assert.equal(list.length, 2);
  assert.equal(Number(found.sum.corner[0][0]) * Number(above), gradient);
  assert.deepEqual(edgesOnPaths(index, a, d), new Set(list.flat()));
  assert.equal(paths(index, d, w1).count, 0);
  assert.equal(edgesOnPaths(index, d, w1).size, 0);
});

test('recorded Jacobians are multiplied, with what arrived at an array; without them nothing is said', () => {
  const made = doublings(2);
  for (const node of made.nodes) node.value = { shape: [2], norm: 1, corner: [[1, 1]] };
  made.frames[1].g = { shape: [2], norm: 5, corner: [[3, 4]] };
  const index = new Index(made);
  const { list } = paths(index, 't0');
  assert.equal(multiplied(index, 'n1', 't0', list), null);
  made.jacobians = { e0: [[1, 0], [0, 2]], e1: [[0, 1], [1, 0]], e2: [[1, 0], [0, 1]], e3: [[0, 0], [0, 0]] }; // prettier-ignore
  const found = multiplied(index, 'n1', 't0', list)!;
  assert.deepEqual(found.sum, { shape: [2], norm: Math.hypot(7, 11), corner: [[7, 11]] });
  assert.equal(found.products.length, 4);
});
