import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cells } from '../src/render/cells';
import { s } from '../src/render/dom';
import { place } from './page';

test('what is looked at is shown at once; what comes next is shown, and what is far is hidden, after it', () => {
  place();
  const cells = new Cells(100);
  const parts = Array.from({ length: 40 }, (_, i) => {
    const part = s('g');
    cells.add('nodes', part, { left: 100 * i, right: 100 * i + 90, top: 0, bottom: 50 });
    return part;
  });
  const wide = s('g');
  cells.add('edges', wide, { left: 0, right: 4000, top: 0, bottom: 50 });
  const shown = () => parts.flatMap((part, i) => (part.closest<SVGElement>('switch')!.style.display === 'none' ? [] : [i]));
  const window = (left: number) => ({ left, right: left + 600, top: 0, bottom: 300 });

  cells.settle(window(1500));
  const near = shown();
  assert.ok(near[0] > 5 && near[0] <= 12, `${near}`); // a cell before what is in sight, and not the first
  assert.ok(near.at(-1)! >= 23 && near.at(-1)! < 32, `${near}`);
  cells.look(window(1400));
  assert.deepEqual(shown(), near); // it was there already, and nothing is hidden while one waits for a picture
  cells.look(window(0));
  assert.ok(shown().includes(0) && shown().includes(6));
  assert.ok(near.every(i => shown().includes(i)));
  cells.settle(window(0));
  assert.ok(shown().includes(0) && !shown().includes(20));
  assert.equal(wide.closest('switch'), null); // what is long is drawn always
});

test('what has the focus stays, also out of sight: the keys go on from there', () => {
  const host = place();
  const cells = new Cells(100);
  const parts = [0, 8000].map(left => {
    const part = s('g', { tabindex: -1 });
    cells.add('nodes', part, { left, right: left + 90, top: 0, bottom: 50 });
    return part;
  });
  host.append(s('svg', {}, cells.layers.nodes));
  const [near, far] = parts.map(part => part.closest<SVGElement>('switch')!);
  far.querySelector<SVGElement>('[tabindex]')!.focus();
  cells.settle({ left: 0, right: 600, top: 0, bottom: 300 });
  assert.equal(far.style.display, '');
  parts[0].focus();
  cells.settle({ left: 0, right: 600, top: 0, bottom: 300 });
  assert.equal(far.style.display, 'none');
  assert.equal(near.style.display, '');
});

test('a small drawing is not cut', () => {
  place();
  const cells = new Cells(20);
  const part = s('g');
  cells.add('nodes', part, { left: 5000, right: 5090, top: 0, bottom: 50 });
  cells.settle({ left: 0, right: 100, top: 0, bottom: 100 });
  assert.equal(part.closest('switch'), null);
});
