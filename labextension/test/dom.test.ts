import './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inSight } from '../src/render/dom';
import { place } from './page';

test('what is out of sight is done when the changes end, or when it comes into sight', async () => {
  let told: (entries: { isIntersecting: boolean }[]) => void = () => undefined;
  class Observer {
    constructor(callback: typeof told) {
      told = callback;
    }
    observe(): void {}
  }
  Object.defineProperty(globalThis, 'IntersectionObserver', { value: Observer, configurable: true });
  const done: string[] = [];
  const change = inSight(
    place(),
    () => done.push('act'),
    () => done.push('late')
  );
  change();
  assert.deepEqual(done, ['act']);
  told([{ isIntersecting: false }]);
  change();
  change();
  assert.deepEqual(done, ['act']);
  await new Promise(rest => setTimeout(rest, 400));
  assert.deepEqual(done, ['act', 'act', 'late']);
  change();
  told([{ isIntersecting: true }]);
  assert.deepEqual(done.slice(3), ['act', 'late']);
  change();
  assert.equal(done.length, 6);
});
