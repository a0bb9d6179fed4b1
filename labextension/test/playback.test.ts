import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { recording } from './page';
import { type Kernel, Playback } from '../src/render/playback';
import type { Shown } from '../src/messages';

/** A playback that has seen only the frame before the first step, and the kernel it talks to. */
function live(change: Partial<Shown> = {}) {
  const whole = recording('neurons');
  const shown: Shown = { ...recording('neurons'), frames: whole.frames.slice(0, 1), total: 11, question: undefined, ...change };
  const said: string[] = [];
  const kernel: Kernel = {
    step: until => said.push(`step ${until}`),
    at: step => said.push(`at ${step}`),
    run: () => said.push('run'),
    stops: (nodes, when) => said.push(`stops ${nodes.join()} ${when}`.trim()),
    answer: text => said.push(`answer ${text}`),
    show: () => said.push('show'),
    place: () => Promise.reject(new Error('no layout'))
  };
  const playback = new Playback(shown, kernel);
  const send = (from: number, to: number) =>
    playback.receive({ type: 'frames', frames: whole.frames.slice(from, to + 1), at: to });
  return { playback, said, send };
}

test('a step that was not taken is asked of the kernel; one that was is only shown', () => {
  const { playback, said, send } = live();
  playback.next();
  assert.deepEqual([playback.k, said], [0, ['step 1']]);
  send(1, 1);
  assert.equal(playback.k, 1);
  playback.back();
  playback.next();
  assert.deepEqual([playback.k, said], [1, ['step 1', 'at 0', 'at 1']]);
  playback.dispose();
});

test('keys pressed faster than the kernel answers are not lost', () => {
  const { playback, said, send } = live();
  playback.next();
  playback.next();
  playback.next();
  assert.deepEqual(said, ['step 1', 'step 2', 'step 3']);
  send(1, 1);
  send(2, 3);
  assert.equal(playback.k, 3);
  playback.dispose();
});

test('back and forth faster than the kernel answers ends where it would have, had it answered', () => {
  const { playback, said, send } = live();
  playback.next();
  playback.back();
  playback.next();
  playback.next();
  playback.back();
  assert.deepEqual([playback.k, said], [0, ['step 1', 'step 2']]);
  send(1, 1);
  assert.equal(playback.k, 1);
  send(2, 2);
  assert.equal(playback.k, 1);
  playback.dispose();
});

test('End runs the pass with a kernel, and goes to the last recorded step without one', () => {
  const { playback, said, send } = live();
  playback.end();
  assert.deepEqual(said, ['step 11']);
  send(1, 6);
  send(7, 11);
  assert.deepEqual([playback.k, playback.more], [11, false]);
  playback.dispose();
  const alone = new Playback({ ...recording('neurons'), frames: recording('neurons').frames.slice(0, 8), total: 11 });
  alone.end();
  assert.deepEqual([alone.k, alone.index.total, alone.more], [7, 11, false]);
});

test('a frame that comes twice counts once', () => {
  const { playback, send } = live();
  send(1, 3);
  send(2, 4);
  assert.deepEqual([playback.index.frames.map(f => f.step), playback.k], [[0, 1, 2, 3, 4], 4]);
  playback.dispose();
});

test('a failure ends the pass, a NaN does not', () => {
  const { playback, send } = live();
  send(1, 2);
  playback.receive({ type: 'frames', frames: [], at: 2, failure: { kind: 'nan', node: 'n0', step: 2 } });
  assert.equal(playback.more, true);
  playback.receive({ type: 'frames', frames: [], at: 2, failure: { kind: 'raised', node: 'n0', step: 2, message: 'no' } });
  assert.equal(playback.more, false);
  playback.dispose();
});

test('a kernel that does not answer is spoken of, and forgiven when it does', () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { playback, send } = live();
  playback.next();
  assert.equal(playback.notice, '');
  mock.timers.tick(700);
  assert.match(playback.notice, /busy/);
  mock.timers.tick(10_000);
  assert.match(playback.notice, /0 recorded steps/);
  send(1, 1);
  assert.equal(playback.notice, '');
  playback.receive({ type: 'stopped', says: 'KeyboardInterrupt: ' });
  assert.match(playback.notice, /Interrupt/);
  playback.dispose();
  mock.timers.reset();
});

test('play takes one step at a time, waits for the kernel, and stops at the end', () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { playback, said, send } = live();
  playback.toggle();
  mock.timers.tick(950);
  mock.timers.tick(950);
  assert.deepEqual(said, ['step 1']);
  send(1, 1);
  mock.timers.tick(950);
  assert.deepEqual(said, ['step 1', 'step 2']);
  send(2, 11);
  mock.timers.tick(950);
  assert.equal(playback.playing, 0);
  playback.dispose();
  mock.timers.reset();
});

test('an asked question is judged by the kernel and stays hidden until it is closed', () => {
  const asked = { node: 't1', ask: 'What?', hides: 'a.grad', says: '', ok: false, open: true };
  const { playback, said } = live({ asked });
  assert.equal(playback.secret, 't1');
  playback.answer(' -15 ');
  assert.deepEqual(said, ['answer -15']);
  playback.receive({ type: 'asked', asked: { ...asked, says: 'Not yet. One path only.' } });
  assert.deepEqual([playback.secret, playback.quiz?.says], ['t1', 'Not yet. One path only.']);
  playback.receive({ type: 'asked', asked: { ...asked, says: 'Right.', ok: true, open: false } });
  assert.deepEqual([playback.secret, playback.quiz?.right], [null, true]);
  playback.dispose();
});

test('a practice question carries its answer and names the mistake', () => {
  const playback = new Playback(recording('neurons'));
  playback.togglePredict();
  for (const [given, says] of [
    ['-15', /path through b only/],
    ['−24', /path through c only/],
    ['7', /Not this/],
    ['abc', /A number/],
    ['', /A number/]
  ] as const) {
    playback.answer(given);
    assert.match(playback.quiz!.says, says);
    assert.notEqual(playback.secret, null);
  }
  playback.answer('-39');
  assert.deepEqual([playback.secret, playback.quiz!.right], [null, true]);
});
