/** What things are called. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place, press, recording } from './page';
import { Playback } from '../src/render/playback';
import { player } from '../src/render/player';

test('a leaf that no variable names is called a leaf, wherever it is spoken of', () => {
  const shown = recording('neurons');
  const leaf = shown.nodes.find(n => n.name === 'w1')!;
  leaf.name = '';
  const step = shown.frames.findIndex(f => f.node === leaf.id);
  const playback = new Playback(shown);
  const host = place();
  const undo = player(host, playback);
  playback.go(step - 1);
  press(host.querySelector('.stage')!, 'ArrowRight');
  assert.match(host.querySelector('[role=slider]')!.getAttribute('aria-valuetext')!, / leaf\.grad/);
  assert.match(host.querySelector('.sr')!.textContent!, /: leaf\.grad\./);
  const made = shown.edges.find(e => e.src === leaf.id)!.dst;
  playback.go(shown.frames.findIndex(f => f.node === made));
  assert.match(host.querySelector('.panel.now')!.textContent!, /leaves to leaf/);
  assert.doesNotMatch(host.querySelector('.panel.now')!.textContent!, /AccumulateGrad/);
  undo();
});

test('a number without a name is called by itself, in the picture and where no gradient goes to it', () => {
  const shown = recording('mlp');
  const constant = shown.nodes.find(n => n.name === 'y')!;
  Object.assign(constant, { name: '', value: { shape: [], norm: 10, corner: [[10]] } });
  const made = shown.edges.find(e => e.src === constant.id)!.dst;
  const playback = new Playback(shown);
  const host = place();
  const undo = player(host, playback);
  playback.go(shown.frames.findIndex(f => f.node === made));
  const said = [...host.querySelectorAll('.node')].map(card => card.getAttribute('aria-label'));
  assert.ok(said.includes('10, constant, no gradient'), said.join('; '));
  assert.match(host.querySelector('.panel.now')!.textContent!, /to 10: {2}not computed, a constant/);
  undo();
});

test('an operation whose line is not known is called by its word: its result has the name', () => {
  const shown = recording('mlp');
  const made = shown.nodes.find(n => n.name === 'h')!;
  made.line = null;
  const playback = new Playback(shown);
  const host = place();
  const undo = player(host, playback);
  playback.go(shown.frames.findIndex(f => f.node === made.id));
  assert.equal(host.querySelector('.panel.now h3')!.textContent, 'clamp → h');
  undo();
});
