import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DRAWN, opened, refusal, tame } from '../src/render/guard';
import { layered } from '../src/render/layered';
import { provideLayered } from '../src/render/layout';
import { Playback } from '../src/render/playback';
import { player } from '../src/render/player';
import type { Shown } from '../src/messages';
import { doublings, place, recording } from './page';

provideLayered(layered);

/** What is refused, each with a word of its sentence. */
test('what would hang or mislead the page is refused in a sentence', () => {
  const good = recording('neurons');
  assert.equal(refusal(good), null);
  const node = good.nodes[0];
  const edge = good.edges[0];
  const frame = good.frames[1];
  const bad: [RegExp, unknown][] = [
    [/version 2/, { ...good, wire: 2 }],
    [/version <b>1/, { ...good, wire: '<b>1' }],
    [/circle/, { ...good, edges: [...good.edges, { ...edge, id: 'back', src: edge.dst, dst: edge.src }] }],
    [/circle/, { ...good, edges: [...good.edges, { ...edge, id: 'self', src: edge.dst, dst: edge.dst }] }],
    [/leads nowhere/, { ...good, edges: [{ ...edge, dst: 'gone' }] }],
    [/leads nowhere/, { ...good, edges: [null] }],
    [/one name/, { ...good, nodes: [...good.nodes, node] }],
    [
      /damaged/,
      { ...good, nodes: [{ ...node, value: { shape: [], norm: 0, corner: [[{ toString: 1 }]] } }, ...good.nodes.slice(1)] }
    ],
    [
      /damaged/,
      { ...good, nodes: [{ ...node, value: { shape: [1e6], norm: 0, corner: Array(1e6).fill([0]) } }, ...good.nodes.slice(1)] }
    ],
    [/damaged/, { ...good, nodes: [{ ...node, group: { a: 1 } }, ...good.nodes.slice(1)] }],
    [/damaged/, { ...good, nodes: [{ ...node, group: '/'.repeat(1000) }, ...good.nodes.slice(1)] }],
    [/damaged/, { ...good, groups: [7] }],
    [/damaged/, { ...good, frames: [good.frames[0], { ...frame, edges: { e0: 3 } }] }],
    [/damaged/, { ...good, frames: [good.frames[0], { ...frame, ready: 'all' }] }],
    [/damaged/, { ...good, frames: [null] }],
    [/damaged/, { ...good, source: { cell: '', text: [{}] } }],
    [/no root/, { ...good, root: 'gone' }],
    [/incomplete/, { ...good, groups: undefined }],
    [/1,000,000 nodes/, { ...good, nodes: Array(1_000_000).fill(node) }],
    [/larger/, { ...good, title: 'A'.repeat(90_000_000) }]
  ];
  for (const [word, payload] of bad) {
    const said = refusal(payload);
    assert.match(said ?? 'nothing', word);
    assert.match(said!, /\.$/);
  }
});

test('text is weighed as a whole, and what stands beside it too', () => {
  const json = JSON.stringify(recording('neurons'));
  assert.equal(typeof opened(json), 'object');
  assert.match(opened(json + ' '.repeat(80_000_000)) as string, /larger/);
  assert.match(opened({ wire: 1, json, note: 'A'.repeat(80_000_000) }) as string, /larger/);
});

test('NaN and infinities are words, and what is no number is no value', () => {
  const r = recording('nan');
  assert.equal(refusal(r), null);
  r.nodes[0].value.corner = [['nan', 'inf', '-inf']];
  assert.equal(refusal(r), null);
  r.nodes[0].value.corner = [['<img src=x>' as 'nan']];
  assert.match(refusal(r)!, /damaged/);
});

test('a layout that could not be drawn is dropped, and another is made', async () => {
  for (const spoil of [
    (l: Shown['layouts'][0]) => (l.edges[0].a = 'gone'),
    (l: Shown['layouts'][0]) => (l.nodes.n0 = [1, 2, 3] as unknown as [number, number, number, number]),
    (l: Shown['layouts'][0]) => (l.w = 1e300),
    (l: Shown['layouts'][0]) => (l.edges[0].p = [])
  ]) {
    const r = recording('neurons');
    spoil(r.layouts[0]);
    assert.deepEqual(tame(r).layouts, []);
    const host = place();
    const undo = player(host, new Playback(r as Shown));
    await new Promise(done => setTimeout(done, 20));
    assert.equal(host.querySelectorAll('.node[data-node-id]').length, r.nodes.length);
    undo();
  }
});

test('more cards than can be drawn are a list, whatever the layout says', async () => {
  const r = doublings(2 * DRAWN + 1);
  tame(r);
  assert.deepEqual(r.layouts, []);
  r.groups = [{ id: 'none', name: 'none' }]; // a group that folds nothing
  const host = place();
  const undo = player(host, new Playback(r as Shown));
  await new Promise(done => setTimeout(done, 50));
  assert.ok(host.querySelector('.biglist'));
  assert.ok(host.querySelectorAll('.node').length < 50);
  undo();
});
