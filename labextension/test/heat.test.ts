import { press, recording } from './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tame } from '../src/render/guard';
import { Heat, known, place } from '../src/render/heat';
import { Playback } from '../src/render/playback';
import type { Kernel } from '../src/render/playback';
import type { Num } from '../src/wire';

const shown = () => recording('mlp');
const settled = () => new Promise(resolve => setTimeout(resolve, 0));

/** A panel with one figure, and what Enter on it opens. */
async function opened(playback: Playback, key: string) {
  const heat = new Heat(playback);
  const panel = document.createElement('div');
  const figure = document.createElement('figure');
  figure.dataset.array = key;
  figure.title = 'g arrives';
  panel.append(figure);
  document.body.append(panel, heat.el);
  heat.listen(panel);
  press(figure, 'Enter');
  await settled();
  return heat;
}

const told = (heat: Heat) => heat.el.querySelector('.told')!.textContent;
const key = (name: string) => new KeyboardEvent('keydown', { key: name });

test('an index is of the array, however it is laid out', () => {
  assert.deepEqual(place(0, 0, []), []);
  assert.deepEqual(place(0, 3, [7]), [3]);
  assert.deepEqual(place(5, 1, [2, 3, 4]), [1, 2, 1]);
});

test('the kernel is asked for every digit, and the keys walk and close', async () => {
  const rows: Num[][] = [
    [0.123456789, -2],
    ['nan', '-inf']
  ];
  const asked: unknown[] = [];
  const kernel = { at() {}, ask: async (question: unknown) => (asked.push(question), { type: 'array', of: 'g:3', shape: [2, 2], rows, form: 'diagonal' }) }; // prettier-ignore
  const heat = await opened(new Playback(shown(), kernel as unknown as Kernel), 'g:3');
  assert.deepEqual(asked, [{ type: 'array', of: 'g:3' }]);
  assert.match(heat.el.textContent!, /g arrives \(2, 2\), diagonal/);
  assert.equal(told(heat), '[0, 0] = 0.123456789');
  heat.walk(key('ArrowRight'));
  assert.equal(told(heat), '[0, 1] = −2');
  heat.walk(key('ArrowDown'));
  heat.walk(key('ArrowDown'));
  assert.equal(told(heat), '[1, 1] = −∞');
  assert.ok(heat.el.querySelector('.nums .bad'));
  heat.walk(key('Escape'));
  assert.ok(heat.el.hidden);
});

test('a cell is as wide as the longest number that stands in one', async () => {
  const rows: Num[][] = [[-0.0034177, 0.033, -9.7e-4, 0.5]];
  const kernel = { at() {}, ask: async () => ({ type: 'array', of: 'g:3', shape: [4], rows }) };
  const heat = await opened(new Playback(shown(), kernel as unknown as Kernel), 'g:3');
  const cell = Number(heat.el.querySelector('.cursor')!.getAttribute('width'));
  const numbers = [...heat.el.querySelectorAll('.nums text')].map(text => text.textContent!);
  assert.deepEqual(numbers, ['−0.0034', '0.033', '−9.7e−4', '0.5']);
  assert.ok(cell > 6.7 * 7, `${cell} px for seven characters of 6.6`);
  heat.walk(key('-'));
  assert.equal(heat.el.querySelector('.nums'), null);
});

test('a large array comes in blocks, and a block opens to its numbers', async () => {
  const asked: { at?: number[] }[] = [];
  const kernel = {
    at() {},
    ask: async (question: { at?: number[] }) => (
      asked.push(question),
      question.at
        ? { type: 'array', of: 'g:3', shape: [100, 100], rows: [[0.25]], from: question.at }
        : { type: 'array', of: 'g:3', shape: [100, 100], rows: [[1, -3], [2, 4]], block: [2, 2] }
    ) // prettier-ignore
  };
  const heat = await opened(new Playback(shown(), kernel as unknown as Kernel), 'g:3');
  assert.match(heat.el.textContent!, /\(100, 100\) in blocks of 2 × 2, the largest of each/);
  heat.walk(key('ArrowRight'));
  assert.equal(told(heat), '[0, 2] and on, the largest: −3');
  heat.walk(key('Enter'));
  await settled();
  assert.deepEqual(asked[1].at, [0, 2]);
  assert.match(heat.el.textContent!, /from \[0, 2\] on/);
  assert.equal(told(heat), '[0, 2] = 0.25');
  heat.walk(key('-'));
  await settled();
  assert.match(heat.el.textContent!, /in blocks of/);
});

test('without a kernel the recorded corner is shown, and said to be rounded', async () => {
  const playback = new Playback(shown());
  const edge = Object.keys(playback.index.frames[2].edges)[0];
  const heat = await opened(playback, `edge:${edge}`);
  assert.deepEqual(known(playback.index, `edge:${edge}`)!.rows, playback.index.frames[2].edges[edge]!.corner);
  assert.match(heat.el.textContent!, /Only the kernel has every digit/);
  assert.match((await opened(playback, 'jacobian:e0')).el.textContent!, /Only the kernel has every digit/);
});

test('damaged Jacobians are dropped', () => {
  for (const bad of [{ e0: [[1], [1, 2]] }, { e0: [] }, { e0: [['<b>']] }, [], 'x', { e0: [Array(65).fill(0)] }]) {
    const made = { ...shown(), jacobians: bad as never };
    assert.equal(tame(made).jacobians, undefined);
  }
  assert.deepEqual(tame({ ...shown(), jacobians: { e0: [[1, 'nan']] } }).jacobians, { e0: [[1, 'nan']] });
});
