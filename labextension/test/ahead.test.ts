import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { place, recording } from './page';
import { Ahead } from '../src/hosts/ahead';
import { activate, board } from '../src/hosts/board';
import { Playback } from '../src/render/playback';

/** Commands on a page where a cell runs, or a pass is about to be drawn, as the test says. */
function haste() {
  board.playbacks.clear();
  activate(null);
  const now = { notebook: 'one', running: false, again: false, drawing: false };
  const ahead = new Ahead(
    () => now,
    () => now.drawing
  );
  const shown = (notebook = 'one') => {
    const playback = new Playback(recording('neurons'));
    board.playbacks.set(playback, { host: place(), notebook });
    activate(playback);
    return playback;
  };
  const step = () => ahead.give(playback => playback.next());
  return { now, ahead, shown, step };
}

test('a step asked for while a cell runs is taken by the pass that the cell shows, and so are those after it', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { now, ahead, shown, step } = haste();
  now.running = true;
  assert.ok(ahead.expected);
  step();
  step();
  mock.timers.tick(1000);
  Object.assign(now, { running: false, drawing: true }); // its output is there, not yet what is in it
  mock.timers.tick(1000);
  step();
  const playback = shown();
  assert.equal(playback.k, 0);
  now.drawing = false;
  mock.timers.tick(1000);
  assert.equal(playback.k, 3);
  step();
  assert.equal(playback.k, 4);
});

test('where a pass is about to be drawn anew its steps do not go to another one', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { now, shown, step } = haste();
  const other = shown();
  now.drawing = true;
  step();
  const playback = shown();
  now.drawing = false;
  mock.timers.tick(1000);
  assert.deepEqual([other.k, playback.k], [0, 1]);
});

test('while a cell runs the pass that is on the page steps at once', () => {
  const { now, shown, step } = haste();
  const playback = shown();
  now.running = true;
  step();
  assert.equal(playback.k, 1);
});

test('while a cell that had a pass runs again its steps wait for the new one', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { now, shown, step } = haste();
  const other = shown();
  Object.assign(now, { running: true, again: true });
  step();
  step();
  mock.timers.tick(1000);
  const playback = shown();
  now.again = false; // it still runs
  mock.timers.tick(1000);
  assert.deepEqual([other.k, playback.k], [0, 2]);
});

test('and where none comes, because it raised, no other one takes them', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { now, shown, step } = haste();
  const other = shown();
  Object.assign(now, { running: true, again: true });
  step();
  Object.assign(now, { running: false, again: false });
  mock.timers.tick(1000);
  assert.equal(other.k, 0);
  step();
  assert.equal(other.k, 1);
});

test('steps wait in their own notebook, and are forgotten where no pass comes', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { now, ahead, shown, step } = haste();
  now.running = true;
  step();
  Object.assign(now, { notebook: 'two', running: false });
  const two = shown('two');
  mock.timers.tick(1000);
  assert.equal(two.k, 0);
  activate(null);
  assert.ok(!ahead.expected);
  step();
  activate(two);
  mock.timers.tick(1000);
  assert.equal(two.k, 0);
});
