import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { place, recording } from './page';
import { Ahead, type Run } from '../src/hosts/ahead';
import { activate, board } from '../src/hosts/board';
import { Playback } from '../src/render/playback';

/** Commands on a page where a cell runs, or a pass is about to be drawn, as the test says. */
function haste() {
  board.playbacks.clear();
  activate(null);
  const now = { notebook: 'one', runs: [] as Run[], drawing: false };
  const ahead = new Ahead(
    () => now,
    () => now.drawing
  );
  const run = (again = false) => {
    const run = { id: {}, notebook: now.notebook, again };
    now.runs.push(run);
    return run;
  };
  const end = (run: Run) => {
    now.runs.splice(now.runs.indexOf(run), 1);
    ahead.settle();
  };
  const shown = (notebook = 'one') => {
    const playback = new Playback(recording('neurons'));
    board.playbacks.set(playback, { host: place(), notebook });
    activate(playback);
    return playback;
  };
  const step = () => ahead.give(playback => playback.next());
  return { now, ahead, run, end, shown, step };
}

test('a step asked for while a cell runs is taken by the pass that the cell shows, and so are those after it', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { now, ahead, run, end, shown, step } = haste();
  const cell = run();
  assert.ok(ahead.expected);
  step();
  step();
  mock.timers.tick(1000);
  now.drawing = true; // its output is there, not yet what is in it
  end(cell);
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
  const { run, shown, step } = haste();
  const playback = shown();
  run();
  step();
  assert.equal(playback.k, 1);
});

test('while a cell that had a pass runs again its steps wait for the new one', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { run, shown, step } = haste();
  const other = shown();
  const cell = run(true);
  step();
  step();
  mock.timers.tick(1000);
  const playback = shown();
  cell.again = false; // it still runs
  mock.timers.tick(1000);
  assert.deepEqual([other.k, playback.k], [0, 2]);
});

test('and where none comes, because it raised, no other one takes them', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { run, end, shown, step } = haste();
  const other = shown();
  const cell = run(true);
  step();
  end(cell);
  assert.equal(other.k, 0);
  step();
  assert.equal(other.k, 1);
});

test('steps wait in their own notebook, and are forgotten where no pass comes', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { now, ahead, run, end, shown, step } = haste();
  const cell = run();
  step();
  now.notebook = 'two';
  const two = shown('two');
  mock.timers.tick(1000); // the cell still runs
  const one = shown('one');
  activate(two);
  mock.timers.tick(1000);
  assert.deepEqual([one.k, two.k], [1, 0]);
  end(cell);
  board.playbacks.clear();
  activate(null);
  const shows = run();
  step();
  end(shows);
  assert.ok(!ahead.expected);
  step();
  activate(two);
  mock.timers.tick(1000);
  assert.equal(two.k, 0);
});

test('steps that were asked for while a cell ran are of no cell that is run after it, however soon', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { run, end, shown, step } = haste();
  const first = run();
  step();
  const queued = run();
  end(first); // shows none
  step();
  const playback = shown();
  mock.timers.tick(1000);
  assert.equal(playback.k, 1);
  end(queued);
  activate(null);
  board.playbacks.clear();
  const last = run();
  step();
  end(last);
  run();
  const later = shown();
  mock.timers.tick(1000);
  assert.equal(later.k, 0);
});
