import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place, press, recording } from './page';
import { Index } from '../src/render/index';
import { moments } from '../src/render/moments';
import { type Kernel, Playback } from '../src/render/playback';
import { player } from '../src/render/player';
import { State } from '../src/render/state';
import { condition } from '../src/render/stops';

function show(name: string, kernel: Kernel | null = null) {
  const host = place();
  const shown = recording(name);
  const playback = new Playback(shown, kernel);
  const undo = player(host, playback);
  const root = host.querySelector<HTMLElement>('.agl')!;
  const node = (called: string) => root.querySelector(`[data-node-id='${shown.nodes.find(n => n.name === called)!.id}']`)!;
  return { playback, undo, root, node, stage: root.querySelector('.stage')!, now: root.querySelector('.panel.now')! };
}

test('before step 0 the forward pass is replayed, one operation at a time', () => {
  const { root, stage, now, node, undo } = show('neurons');
  press(stage, 'Home');
  assert.deepEqual([root.dataset.step, root.dataset.phase], ['-6', 'forward']);
  assert.match(now.textContent!, /Before the forward pass/);
  const state = (name: string) => node(name).getAttribute('data-state');
  assert.deepEqual(['a', 'b', 'c'].map(state), ['waiting', 'unmade', 'unmade']);
  press(stage, 'ArrowRight');
  assert.deepEqual(['a', 'b', 'c'].map(state), ['waiting', 'current', 'unmade']);
  assert.match(now.textContent!, /w1 \* a.*forward 1 of 6.*3.*×.*2.*=.*6.*Saves .*8 B/s);
  assert.match(root.querySelector('.read')!.textContent!, /^1 \/ 6 forward.*saved 8 B of 28 B/);
  assert.match(root.querySelector('[role=status].sr')!.textContent!, /forward 1 of 6: w1 \* a = 6\. Saves/);
  for (let i = 0; i < 5; i++) press(stage, 'ArrowRight');
  assert.deepEqual([root.dataset.step, root.dataset.phase, state('c')], ['0', 'backward', 'waiting']);
  assert.equal(state('L'), 'ready');
  press(stage, 'ArrowRight');
  assert.equal(root.dataset.step, '1');
  press(stage, 'Home');
  assert.equal(root.dataset.step, '0');
  undo();
});

for (const name of ['neurons', 'mlp', 'nan', 'inplace']) {
  test(`${name}: each time and each moment is the same wherever one comes from`, () => {
    const index = new Index(recording(name));
    const facts = (state: State) => ({
      phases: index.recording.nodes.map(n => state.phase(n.id)),
      flow: [...state.flow].sort(),
      arrived: [...state.arrived].filter(([, count]) => count).sort(),
      grads: [...state.grads].sort(),
      freed: [...state.freed].sort(),
      bytes: state.bytes,
      queue: state.queue
    });
    const times: [number, number | null][] = [];
    for (let k = index.start; k <= index.last; k++) {
      times.push([k, null]);
      new State(index).moments(k).forEach((_, i) => times.push([k, i]));
    }
    const fresh = times.map(([k, moment]) => {
      const state = new State(index);
      state.seek(k, moment);
      return facts(state);
    });
    for (const from of times) {
      const state = new State(index);
      times.forEach(([k, moment], i) => {
        state.seek(...from);
        state.seek(k, moment);
        assert.deepEqual(facts(state), fresh[i], `${from.join('.')} to ${k}.${moment}`);
      });
    }
  });

  test(`${name}: the moments of a step lose nothing of it and end with the whole of it`, () => {
    const { frames } = recording(name);
    for (let k = 1; k < frames.length; k++) {
      const found = moments(frames[k], frames[k - 1]);
      assert.equal(found.at(-1)!.frame, frames[k]);
      const told = found.flatMap(m => m.text.split('; ')).filter(Boolean);
      assert.deepEqual(told.sort(), frames[k].events.map(e => e.text).sort());
    }
  });
}

test('shift and an arrow open a step: what arrives, each rule, then what is freed', () => {
  const { root, stage, now, node, playback, undo } = show('neurons');
  playback.go(8);
  press(stage, 'ArrowRight');
  press(stage, 'ArrowLeft');
  const keys = (key: string) => stage.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey: true, bubbles: true }));
  const freed = () => node('b').querySelectorAll('.chip.free').length;
  const numbers = () => [...root.querySelectorAll('.elabel.now text')].map(t => t.textContent).sort();
  keys('ArrowRight');
  assert.deepEqual([root.dataset.step, root.dataset.moment, numbers(), freed()], ['9', '0', [], 0]);
  keys('ArrowRight');
  assert.equal(numbers().length, 1);
  keys('ArrowRight');
  assert.deepEqual([numbers(), freed()], [['−10', '−15'], 0]);
  assert.match(root.querySelector('[role=status].sr')!.textContent!, /step 9: .*moment 3 of 4.*rule → /);
  keys('ArrowRight');
  assert.deepEqual([root.dataset.moment, freed()], [undefined, 2]);
  keys('ArrowLeft');
  assert.deepEqual([root.dataset.moment, freed()], ['2', 0]);
  press(stage, 'ArrowRight'); // a step that is open is finished first
  assert.deepEqual([root.dataset.step, root.dataset.moment], ['9', undefined]);
  assert.equal(now.querySelectorAll('.moments button').length, 4);
  now.querySelector('.moments button')!.dispatchEvent(new Event('click', { bubbles: true }));
  assert.equal(root.dataset.moment, '0');
  undo();
});

test('a step the kernel has to take is opened once it comes', () => {
  const said: string[] = [];
  const whole = recording('neurons');
  const shown = { ...recording('neurons'), frames: whole.frames.slice(0, 1), total: 11 };
  const none = () => undefined;
  const kernel: Kernel = { step: k => said.push(`step ${k}`), at: none, run: none, stops: none, answer: none, show: none };
  const playback = new Playback(shown, kernel);
  playback.nextMoment();
  assert.deepEqual(said, ['step 1']);
  playback.receive({ type: 'frames', frames: [whole.frames[1]], at: 1 });
  assert.deepEqual([playback.k, playback.state.moment], [1, 0]);
  playback.dispose();
});

test('a run stops at a node that B marked, or when its condition is true', () => {
  const { root, stage, node, playback, undo } = show('neurons');
  node('b').dispatchEvent(new KeyboardEvent('keydown', { key: 'b', bubbles: true }));
  assert.ok(node('b').hasAttribute('data-stop'));
  assert.match(node('b').getAttribute('aria-label')!, /stops here/);
  press(stage, 'r');
  assert.equal(root.dataset.step, '9');
  press(stage, 'r');
  assert.equal(root.dataset.step, '11'); // no stop is left: to the end
  root.querySelector<HTMLButtonElement>('.controls .stop')!.click();
  assert.ok(!node('b').hasAttribute('data-stop'));
  const when = root.querySelector<HTMLInputElement>('.when')!;
  playback.go(0);
  when.value = 'norm > 14';
  when.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  const { frames } = playback.index;
  const large = frames.findIndex(f => f.step > 0 && [f.g, ...Object.values(f.edges)].some(x => Number(x?.norm) > 14));
  assert.ok(large > 0);
  assert.equal(root.dataset.step, String(large));
  when.value = 'gradient big';
  when.dispatchEvent(new Event('change'));
  assert.match(root.querySelector('.controls .wrong')!.textContent!, /“gradient big” is not a condition.*norm > 1e3/);
  assert.equal(playback.when, 'norm > 14');
  undo();
});

test('beyond what is recorded the kernel runs', () => {
  const said: string[] = [];
  const whole = recording('neurons');
  const none = () => undefined;
  const kernel: Kernel = {
    step: none,
    at: none,
    run: () => said.push('run'),
    stops: (nodes, when) => said.push(`stops [${nodes.join()}] ${when}`),
    answer: none,
    show: none
  };
  const playback = new Playback({ ...recording('neurons'), frames: whole.frames.slice(0, 3), total: 11 }, kernel);
  playback.toggleStop('n0');
  playback.run();
  assert.deepEqual(said, ['stops [n0] ', 'run']);
  playback.receive({ type: 'frames', frames: whole.frames.slice(3, 6), at: 5 });
  assert.equal(playback.k, 5);
  playback.dispose();
});

test('conditions are about what arrived and what was sent on', () => {
  const of = (values: (number | string)[]) => ({
    shape: [values.length],
    norm: values.includes('nan') ? ('nan' as const) : Math.hypot(...values.map(Number)),
    corner: [values],
    ...(values.includes('nan') && { nan: 1 })
  });
  const frame = { step: 1, node: 'n0', g: of([3, -4]), edges: { e0: of([0, 0]) }, ready: [], bytes: 0, events: [] } as never;
  const nothing = new Set<string>();
  const holds = (text: string, wrong = nothing) => condition(text)!(frame, wrong);
  assert.deepEqual(
    ['norm > 4', 'norm >= 5', 'norm > 5', 'max > 2', 'min < -3.5', 'min < -4', 'zero', 'nan', 'nan or norm>4'].map(t =>
      holds(t)
    ),
    [true, true, false, true, true, false, true, false, true]
  );
  assert.ok(!holds('mismatch') && holds('mismatch', new Set(['n0'])));
  assert.deepEqual(['', 'norm', 'norm > x', 'and', '1 < norm'].map(condition), [null, null, null, null, null]);
});

test('thousands of steps are few marks: those of .grad one line of them, a warning still its own', () => {
  const shown = recording('neurons');
  const [first, ...rest] = shown.frames;
  const filled = rest.find(f => f.events.some(e => e.kind === 'accumulate'))!;
  const steps = Array.from({ length: 4000 }, (_, i) => ({ ...filled, step: i + 1 }));
  steps[99] = { ...filled, step: 100, events: [{ kind: 'warning', text: 'again' }] };
  shown.frames = [first, ...steps];
  shown.total = 4000;
  const host = place();
  const playback = new Playback(shown);
  const undo = player(host, playback);
  playback.go(2000);
  const track = host.querySelector('.track')!;
  assert.ok(track.querySelectorAll('*').length < 40);
  assert.equal(track.querySelectorAll('.ev.warning.past').length, 1);
  const [all, past] = ['.ev.accumulate', '.ev + [fill]'].map(what => track.querySelector(what)!.getAttribute('d')!);
  assert.ok(past === all && all.split('M').length > 100 && all.split('M').length < 1500);
  assert.ok(track.querySelector('.mem')!.getAttribute('d')!.length < 40_000);
  undo();
});

test('each of what happened in a step has its mark: none stands for another', () => {
  const shown = recording('neurons');
  const last = shown.frames.at(-1)!;
  for (const kind of ['hook', 'warning'] as const) last.events.splice(1, 0, { kind, text: kind });
  const host = place();
  const undo = player(host, new Playback(shown));
  const marks = [...host.querySelectorAll('.track .ev')].filter(mark => mark.textContent!.startsWith('step 11'));
  const kinds = marks.map(mark => mark.getAttribute('class')!.split(' ')[1]);
  assert.deepEqual(kinds, ['sum', 'hook', 'warning']); // which says that .grad is filled, too
  const where = (mark: Element) => /[\d.]+,[\d.]+/.exec(mark.getAttribute('transform') ?? mark.getAttribute('d')!)![0];
  assert.equal(new Set(marks.map(where)).size, 3);
  undo();
});
