import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../src/render/boxes';
import { layered } from '../src/render/layered';
import type { Layout, Recording } from '../src/wire';
import { doublings, recording } from './page';

const lay = (r: Recording, open: string[] = []): Layout => layered(plan(r, new Set(open)), new Set(open));

function apart(layout: Layout): void {
  const boxes = Object.entries(layout.nodes);
  boxes.forEach(([a, [x, y, w, h]], i) => {
    for (const [b, [u, v, s, t]] of boxes.slice(i + 1))
      assert.ok(Math.abs(x - u) >= (w + s) / 2 - 1 || Math.abs(y - v) >= (h + t) / 2 - 1, `${a} lies on ${b}`);
  });
}

function grouped(): Recording {
  const r = recording('mlp');
  r.groups = [
    { id: 'net', name: 'net' },
    { id: 'net/inner', name: 'inner' }
  ];
  const ops = r.nodes.filter(n => n.kind === 'op');
  ops.slice(0, 2).forEach(n => (n.group = 'net/inner'));
  ops.slice(2, 4).forEach(n => (n.group = 'net'));
  return r;
}

test('every node has a place of its own, and every edge a line to the right', () => {
  for (const name of ['neurons', 'mlp', 'nan', 'inplace'] as const) {
    const r = recording(name);
    const made = lay(r);
    assert.deepEqual(Object.keys(made.nodes).sort(), r.nodes.map(n => n.id).sort());
    assert.deepEqual(made.edges.flatMap(e => e.ids).sort(), r.edges.map(e => e.id).sort());
    for (const { p } of made.edges) assert.ok(p[0] < p[p.length - 2] && (p.length - 2) % 6 === 0);
    apart(made);
  }
});

test('a frame holds what is in its group and nothing else', () => {
  const r = grouped();
  for (const open of [['net'], ['net', 'net/inner']]) {
    const made = lay(r, open.length === r.groups.length ? open : open);
    if (open.length === r.groups.length) {
      assert.deepEqual(made.frames, {}); // all open: the picture as it is
      continue;
    }
    assert.deepEqual(Object.keys(made.frames), open);
    for (const [frame, [left, top, w, h]] of Object.entries(made.frames)) {
      for (const [key, [x, y]] of Object.entries(made.nodes)) {
        const path = key.startsWith('g:') ? key.slice(2, key.lastIndexOf('/')) : (r.nodes.find(n => n.id === key)?.group ?? '');
        assert.equal(x > left && x < left + w && y > top && y < top + h, `${path}/`.startsWith(`${frame}/`), key);
      }
    }
    apart(made);
  }
});

test('groups that lead to each other in a circle are placed all the same', () => {
  const r = doublings(20);
  r.nodes.forEach((n, i) => (n.group = i % 2 ? 'a' : 'b'));
  r.groups = ['a', 'b', 'c'].map(id => ({ id, name: id }));
  const made = lay(r);
  assert.deepEqual(Object.keys(made.nodes).sort(), ['g:a', 'g:b']);
  assert.equal(made.edges.length, 2);
});

test('a weight used at every turn takes a lane, not a thousand places', () => {
  const r = doublings(300);
  r.edges.push(...r.nodes.slice(2).map((n, i) => ({ ...r.edges[0], id: `x${i}`, src: 't0', dst: n.id, slot: 2 })));
  const made = lay(r);
  assert.ok(made.h < 400, String(made.h));
  assert.equal(Object.keys(made.nodes).length, 301);
});
