import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Curve } from '../src/render/curve';

test('a straight spline has its length and its points where they should be', () => {
  const line = new Curve([0, 0, 10, 0, 20, 0, 30, 0, 40, 0, 50, 0, 60, 0]);
  assert.ok(Math.abs(line.length - 60) < 1e-9);
  const half = line.at(30);
  assert.ok(Math.abs(half.x - 30) < 1e-9 && half.y === 0);
  assert.deepEqual(line.at(1e9), { x: 60, y: 0 });
  assert.deepEqual(line.at(-1), { x: 0, y: 0 });
});

test('a quarter circle is measured to a thousandth', () => {
  const k = 0.5522847498;
  const arc = new Curve([100, 0, 100, 100 * k, 100 * k, 100, 0, 100]);
  assert.ok(Math.abs(arc.length - 50 * Math.PI) < 0.3);
});

test('gradients run the other way along the same line', () => {
  const way = new Curve([0, 0, 10, 5, 20, 5, 30, 0]);
  const back = way.reversed();
  assert.equal(back.d, 'M30,0C20 5 10 5 0 0');
  assert.ok(Math.abs(back.length - way.length) < 1e-9);
});

test('a spline without segments is a point', () => {
  const point = new Curve([3, 4]);
  assert.equal(point.length, 0);
  assert.deepEqual(point.at(1), { x: 3, y: 4 });
});
