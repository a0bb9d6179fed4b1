import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recording } from './page';
import { said, show } from './shown';
import { refusal, tame } from '../src/render/guard';
import type { Shown } from '../src/messages';

test('a failure is told at its node, in its lines and in time, and only from its step on', () => {
  const { root, node, playback, undo } = show(recording('inplace'), 1);
  assert.equal(root.querySelector('.fail'), null);
  playback.end();
  assert.ok(node('e').hasAttribute('data-error'));
  assert.match(root.querySelector('.fail')!.textContent!, /a saved tensor was changed.*Repair/s);
  assert.deepEqual(
    [...root.querySelectorAll('.margin')].map(m => m.textContent),
    ['saves e at v0', 'writes: v0 → v1']
  );
  assert.match(node('e').querySelector('.chip.stale text')!.textContent!, /e v0≠v1/);
  assert.equal(root.querySelectorAll('.track .ev.error.past').length, 1);
  undo();
});

test('an exception is told at the line that called, and at the line of the rule that raised', () => {
  const shown = recording('inplace');
  Object.assign(shown.failure!, { kind: 'raised', raised: 1 });
  const { root, playback, undo } = show(shown, 1);
  playback.end();
  const margins = [...root.querySelectorAll('.margin')];
  assert.deepEqual(margins.map(m => m.textContent).sort(), ['raised here', 'stopped here']);
  const raised = margins.find(m => m.textContent === 'raised here')!;
  assert.equal(raised.closest('li'), root.querySelector('.src li'));
  undo();
});

test('labels are text, whatever they say', () => {
  const evil = '<img src=x onerror=window.pwned=1>"];evil->n \u202e';
  const shown = recording('neurons');
  shown.title = shown.source.cell = evil;
  for (const n of shown.nodes) n.name = n.op = n.fn = evil;
  for (const t of shown.tensors) t.name = evil;
  for (const x of shown.saved) x.name = evil;
  for (const f of shown.frames) for (const e of f.events) e.text = evil;
  for (const f of shown.frames) for (const r of f.rules ?? []) r.code = r.local = evil;
  shown.source.text = shown.source.text.map(() => evil);
  const { root, playback, undo } = show(shown);
  for (let k = 0; k <= 11; k++) playback.go(k);
  assert.equal(root.querySelectorAll('img, script').length, 0);
  assert.match(root.textContent!, /<img src=x/);
  undo();
});

test('a megabyte of name is cut before it reaches the page', () => {
  const shown = recording('neurons');
  for (const n of shown.nodes) n.name = 'A'.repeat(1_000_000);
  const { root, undo } = show(tame(shown) as Shown, 3);
  assert.ok(said(root).length < 50_000);
  undo();
});

test('what cannot be shown is refused in a sentence', () => {
  const good = recording('neurons');
  assert.equal(refusal(good), null);
  assert.match(refusal({ ...good, wire: 7 })!, /version 7.*reads version 1/);
  for (const bad of [null, 3, 'x', [], {}, { wire: 1 }]) assert.match(refusal(bad)!, /\.$/);
  assert.match(refusal({ ...good, edges: [{ ...good.edges[0], src: 'nowhere' }] })!, /leads nowhere/);
  assert.match(refusal({ ...good, nodes: [{ id: 1 }] })!, /damaged/);
  assert.match(refusal({ ...good, nodes: Array.from({ length: 300_000 }, () => good.nodes[0]) })!, /300,000 nodes/);
});
