import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place, recording } from './page';
import { draw } from '../src/hosts/draw';

const steps = (el: HTMLElement) => el.querySelector<HTMLElement>('.agl[data-steps]')?.dataset.steps;

test('an output is drawn from its objects, or from the one string that a large graph comes as', () => {
  const plain = recording('neurons');
  for (const output of [plain, { wire: 1, json: JSON.stringify(plain) }]) {
    const el = place();
    const undo = draw(el, output);
    assert.equal(steps(el), '11');
    undo();
    assert.equal(el.querySelector('.agl'), null);
  }
});

test('a string that holds no graph is refused in a sentence', () => {
  for (const json of ['{"wire": 1', '[]', '{}', '{"wire": 1, "json": "{}"}']) {
    const el = place();
    const undo = draw(el, { wire: 1, json });
    assert.match(el.querySelector('[role=alert]')!.textContent, /holds no graph|is incomplete/);
    undo();
  }
});
