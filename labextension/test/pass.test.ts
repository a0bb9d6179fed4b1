/** A page and its kernel, when what they say to each other is delayed or comes in another order. */
import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { recording } from './page';
import { type Model, passOf, throttled } from '../src/hosts/pass';
import type { FromKernel, FromPage, Shown } from '../src/messages';

type Placed = Extract<FromPage, { turn: unknown }>;
type Listener = (message: FromKernel) => void;

/** What `views/stepper.py` and `views/turns.py` do with what a page says of its place. */
class Kernel {
  readonly whole = recording('neurons').frames;
  readonly sent: Shown = { ...recording('neurons'), frames: this.whole.slice(0, 1), total: 11, question: undefined };
  readonly said: Placed[] = []; // by the page, and not yet heard
  readonly answers: FromKernel[] = []; // not yet delivered
  readonly views: Set<Listener>[] = []; // what listens, by the view it is of
  position = 0;
  last = 0;
  private readonly heard: Record<string, number> = {};

  /** A model, as anywidget makes one for each view. */
  view(): Model {
    const listeners = new Set<Listener>();
    this.views.push(listeners);
    return {
      get: (name: string) => (name === 'recording' ? this.sent : undefined),
      send: (message: FromPage) => void this.said.push(message as Placed),
      on: (_: string, listener: Listener) => void listeners.add(listener),
      off: (_: string, listener: Listener) => void listeners.delete(listener)
    } as unknown as Model;
  }

  tell(from: number): void {
    const frames = this.whole.slice(from, this.last + 1);
    this.answers.push({ type: 'frames', frames, at: this.position, heard: { ...this.heard } });
  }

  step(to: number): void {
    const from = this.last + 1;
    this.position = this.last = Math.min(to, 11);
    this.tell(from);
  }

  hear(message: Placed): void {
    const [page, count] = message.turn;
    const late = count < (this.heard[page] ?? count);
    this.heard[page] = Math.max(count, this.heard[page] ?? count);
    const place = this.position;
    if (message.type === 'at' && !late) this.position = message.at;
    if (message.type === 'since' && message.known <= this.last) this.tell(message.known);
    if (message.type !== 'step') return;
    if (message.until > this.last) {
      const from = this.last + 1;
      this.last = message.until;
      this.position = late ? place : message.until;
      this.tell(from);
    } else if (!late) {
      this.position = Math.max(place, message.until);
      this.answers.push({ type: 'at', at: this.position, heard: { ...this.heard } });
    }
  }

  deliver(): void {
    for (const message of this.answers.splice(0))
      for (const listener of this.views.flatMap(listeners => [...listeners])) listener(message);
  }
}

/** A page on a kernel, and every place it showed. */
async function open(t: TestContext) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.after(() => mock.timers.reset());
  const kernel = new Kernel();
  const view = kernel.view();
  const waiting = passOf(view);
  for (let i = 0; i < 20; i++) {
    mock.timers.tick(10);
    await Promise.resolve();
  }
  const pass = await waiting;
  assert.ok(typeof pass !== 'string');
  pass.listen(view);
  const { playback } = pass;
  const places = [0];
  playback.listen(() => playback.k !== places.at(-1) && places.push(playback.k));
  return { kernel, playback, places };
}

test('steps that the kernel hears before those that were asked for earlier are not taken back', async t => {
  const { kernel, playback, places } = await open(t);
  for (let i = 0; i < 3; i++) playback.next();
  const [since, one, two, three] = kernel.said.splice(0);
  for (const message of [three, since, one, two]) kernel.hear(message);
  kernel.deliver();
  assert.deepEqual([playback.k, kernel.position, places], [3, 3, [0, 3]]);
});

const KEYS = ['next', 'next', 'back', 'next', 'next', 'back', 'back', 'next'] as const;
for (let begun = 0; begun <= KEYS.length; begun++) {
  test(`the kernel's second thread begins after ${begun} of ${KEYS.length} keys, and its first is busy until the end`, async t => {
    const { kernel, playback, places } = await open(t);
    const late: Placed[] = [];
    KEYS.forEach((key, i) => {
      const before = playback.k;
      playback[key]();
      mock.timers.tick(20);
      if (i < begun) late.push(...kernel.said.splice(0));
      else for (const message of kernel.said.splice(0)) kernel.hear(message);
      kernel.deliver();
      if (key === 'next') assert.ok(playback.k >= before, `${key} went from ${before} to ${playback.k}`);
    });
    const before = playback.k;
    for (const message of late) kernel.hear(message);
    kernel.deliver();
    mock.timers.tick(200);
    for (const message of kernel.said.splice(0)) kernel.hear(message);
    kernel.deliver();
    assert.ok(playback.k >= before, `${places}`);
    assert.deepEqual([playback.k, kernel.position], [2, 2], `${places}`);
  });
}

test('an answer that comes once the reader went elsewhere brings its step, and does not move the reader', async t => {
  const { kernel, playback, places } = await open(t);
  kernel.said.splice(0);
  kernel.step(3); // a cell did
  kernel.deliver();
  playback.next();
  mock.timers.tick(700); // the kernel is said to be busy
  playback.back();
  mock.timers.tick(200);
  const [step, at] = kernel.said.splice(0);
  kernel.hear(step);
  kernel.deliver();
  assert.deepEqual([playback.k, playback.index.last, places], [2, 4, [0, 3, 2]]);
  kernel.hear(at);
  assert.equal(kernel.position, 2);
  playback.next();
  assert.deepEqual([playback.k, playback.notice], [3, '']);
});

test('what cells do is shown, unless the reader has gone elsewhere meanwhile', async t => {
  const { kernel, playback } = await open(t);
  kernel.step(2);
  kernel.deliver();
  assert.equal(playback.k, 2);
  playback.back();
  mock.timers.tick(200);
  kernel.step(4); // before it hears of that
  kernel.deliver();
  assert.deepEqual([playback.k, playback.index.last], [1, 4]);
  for (const message of kernel.said.splice(0)) kernel.hear(message);
  assert.equal(kernel.position, 1);
  kernel.step(5);
  kernel.deliver();
  assert.equal(playback.k, 5);
});

test('all views of a pass show one place, whichever of them is still there', async t => {
  const { kernel, playback } = await open(t);
  const second = kernel.view();
  const pass = await passOf(second);
  assert.ok(typeof pass !== 'string' && pass.playback === playback);
  pass.listen(second);
  kernel.step(2);
  kernel.deliver();
  assert.equal(playback.k, 2);
  kernel.views[0].clear();
  kernel.step(3);
  kernel.deliver();
  assert.equal(playback.k, 3);
});

test('of places that follow closely the last is told a moment later, at once when the page goes, and to nobody who is gone', t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const told: number[] = [];
  let gone = false;
  const place = throttled(at => {
    if (gone) throw new Error('Cannot send');
    told.push(at);
  });
  for (const at of [1, 2, 3]) place(at);
  assert.deepEqual(told, [1]);
  mock.timers.tick(150);
  assert.deepEqual(told, [1, 3]);
  place(4);
  dispatchEvent(new Event('pagehide'));
  assert.deepEqual(told, [1, 3, 4]);
  place(5);
  place.drop();
  mock.timers.tick(1000);
  assert.deepEqual(told, [1, 3, 4]);
  place(6);
  place(7);
  gone = true;
  mock.timers.tick(1000); // as JupyterLab does once the notebook is closed
  assert.deepEqual(told, [1, 3, 4, 6]);
});
