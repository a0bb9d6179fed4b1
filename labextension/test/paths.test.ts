import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Index } from '../src/render/index';
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
