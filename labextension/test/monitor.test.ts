/** The curves of a training run: told apart without colour, gaps where nothing finite was, a slider that speaks powers of ten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { press } from './page';
import { type Curves, MonitorView } from '../src/render/monitor';

const curves = (more: Partial<Curves> = {}): Curves => ({
  steps: 4,
  apart: 2,
  lr: 0.1,
  losses: [
    [0, 100],
    [1, null],
    [2, 10],
    [3, 1]
  ],
  gradients: { w: [[0, 2]], b: [[0, 0]] },
  updates: { w: [[1, 0.5]], b: [] },
  ...more
});

test('every curve is drawn and named, and a number that is not finite is a gap', () => {
  const view = new MonitorView({ rate: () => undefined });
  view.paint(curves());
  assert.equal(view.el.querySelector('.tag')?.textContent, '4 steps, looks 2 steps apart');
  const [loss] = view.el.querySelectorAll('figure');
  assert.match(loss.textContent ?? '', /loss 1 \(log\)/);
  assert.equal(loss.querySelector('svg')?.getAttribute('aria-label'), 'loss 1, from 1 to 100, logarithmic');
  const d = loss.querySelector('.curve')?.getAttribute('d') ?? '';
  assert.equal(d.split('M').length - 1, 2);
  assert.ok(!d.includes('NaN'));
  const rows = [...view.el.querySelectorAll('tbody tr')].map(row => row.textContent?.trim());
  assert.deepEqual(rows, ['w20.5', 'b0–']);
  const dashes = [...view.el.querySelectorAll('tbody path')].map(path => path.getAttribute('stroke-dasharray'));
  assert.equal(new Set(dashes).size, 2);
});

test('the slider gives powers of ten, and is not there without a rate', () => {
  const rates: number[] = [];
  const view = new MonitorView({ rate: lr => rates.push(lr) });
  view.paint(curves());
  const slider = view.el.querySelector('input') as HTMLInputElement;
  assert.equal(Number(slider.value), -1);
  slider.value = '-2';
  slider.dispatchEvent(new Event('input'));
  assert.deepEqual(rates, [0.01]);
  assert.equal(slider.getAttribute('aria-valuetext'), '0.01');
  let heard = 0;
  const notebook = document.createElement('div');
  notebook.addEventListener('keydown', () => heard++);
  notebook.append(view.el);
  press(slider, 'ArrowLeft');
  assert.equal(heard, 0, 'the arrows of the slider are not the notebook’s');
  view.paint(curves({ lr: null }));
  assert.ok((view.el.querySelector('.rate') as HTMLElement).hidden);
});

test('nothing logged yet is nothing drawn, and no error', () => {
  const view = new MonitorView({ rate: () => undefined });
  view.paint({ steps: 0, apart: 0, lr: null, losses: [], gradients: { w: [] }, updates: { w: [] } });
  assert.equal(view.el.dataset.steps, '0');
  assert.match(view.el.querySelector('svg')?.getAttribute('aria-label') ?? '', /nothing yet/);
});

test('a curve that cannot begin says what it needs', () => {
  const view = new MonitorView({ rate: () => undefined });
  const texts = () => [...view.el.querySelectorAll('figure')].map(plot => plot.querySelector('svg')!.textContent);
  view.paint(curves({ losses: [], gradients: { w: [] }, updates: { w: [] } }));
  const [loss, norms] = texts();
  assert.match(loss, /monitor\.log\(loss\)/);
  assert.match(norms, /after backward\(\)/);
  assert.match(view.el.querySelector('svg')!.getAttribute('aria-label')!, /nothing yet: give it the loss/);
  view.paint(curves({ losses: [[0, null]] }));
  assert.ok(!texts().join().match(/log\(/), 'a loss that is not finite was told, and these gradients were seen');
});
