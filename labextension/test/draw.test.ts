import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place, recording } from './page';
import { draw } from '../src/hosts/draw';
import { Playback } from '../src/render/playback';

const steps = (el: HTMLElement) => el.querySelector<HTMLElement>('.agl[data-steps]')?.dataset.steps;

test('an output is drawn from its objects, or from the one string that a large graph comes as', () => {
  const plain = recording('neurons');
  const { frames, ...picture } = plain;
  for (const output of [plain, JSON.stringify(plain), { wire: 1, json: JSON.stringify(picture), frames, total: 11 }]) {
    const before = JSON.stringify(output);
    const el = place();
    const undo = draw(el, output);
    assert.equal(steps(el), '11');
    undo();
    assert.equal(el.querySelector('.agl'), null);
    assert.equal(JSON.stringify(output), before); // a saved notebook's
  }
});

test('steps that a kernel took stay when it goes, and so does the place in them', () => {
  const whole = recording('neurons');
  const kept = { ...whole, frames: whole.frames.slice(0, 1) };
  const seen = new Playback({ ...recording('neurons'), frames: whole.frames.slice(0, 5), at: 3 });
  const look = (output: unknown) => {
    const el = place();
    const undo = draw(el, output, seen);
    const { step, steps } = el.querySelector<HTMLElement>('.agl')!.dataset;
    undo();
    return [step, steps];
  };
  assert.deepEqual(look(kept), ['3', '4']);
  assert.deepEqual(look('{}'), ['3', '4']);
  assert.deepEqual(look(whole), ['3', '11']); // what was foreseen is more
});

test('a string that holds no graph is refused in a sentence', () => {
  const texts = ['{"wire": 1', '[]', '{}', '7', 'null', '"text"', '{"wire": 1, "json": "{}"}'];
  for (const output of [...texts, ...texts.map(json => ({ wire: 1, json }))]) {
    const el = place();
    const undo = draw(el, output);
    assert.match(el.querySelector('[role=alert]')!.textContent, /holds no graph|is incomplete/);
    undo();
  }
});
