import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, clip, format, negativeShare, shape, signed, word } from '../src/render/numbers';
import type { Num } from '../src/wire';

test('numbers keep four digits, a true minus sign, and every special value', () => {
  const cases: [Num, string][] = [
    [0, '0'],
    [-0, '0'],
    [-15, '−15'],
    [2.71828, '2.718'],
    [0.0012345, '0.001234'],
    [1.5e-7, '1.5e−7'],
    [-1234567, '−1.23e6'],
    [99999, '100000'],
    ['nan', 'NaN'],
    ['inf', '∞'],
    ['-inf', '−∞']
  ];
  for (const [value, text] of cases) assert.equal(format(value), text);
  assert.equal(signed(2), '+2');
  assert.equal(signed(-2), '−2');
  assert.equal(signed(0), '0');
});

test('shapes are written as Python tuples, bytes with their unit', () => {
  assert.equal(shape([]), '()');
  assert.equal(shape([3]), '(3,)');
  assert.equal(shape([2, 3]), '(2, 3)');
  assert.deepEqual([28, 1500, 2_500_000].map(bytes), ['28 B', '1.5 kB', '2.5 MB']);
});

test('the negative share is of the mass, not of the count', () => {
  assert.equal(negativeShare({ shape: [3], norm: 5, corner: [[3, -1, 0]] }), 0.25);
  assert.equal(negativeShare({ shape: [1], norm: 0, corner: [[0]] }), 0);
  assert.equal(negativeShare({ shape: [2], norm: 'nan', corner: [['nan', -1]] }), 1);
});

test('an array in words says what is not finite', () => {
  assert.equal(word({ shape: [], norm: 3, corner: [[-3]] }), '−3');
  assert.equal(word({ shape: [3], norm: 5, corner: [[3, 4, 'nan']], nan: 1 }), 'norm 5, 1 NaN');
});

test('long text is cut with an ellipsis, and never inside a surrogate pair', () => {
  assert.equal(clip('y_pred', 6), 'y_pred');
  assert.equal(clip('y_predicted', 6), 'y_pre…');
  assert.equal(clip('😀'.repeat(10), 4), '😀😀😀…');
  assert.equal(clip('A'.repeat(1_000_000), 5), 'AAAA…');
});
