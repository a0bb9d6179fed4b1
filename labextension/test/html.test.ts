import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { place, press, recording } from './page';
import { dress, open } from '../src/hosts/html';

const root = (main: Element) => main.querySelector<HTMLElement>('.agl')!;

test('the keys work wherever the focus is, and once', () => {
  const main = place();
  const undo = open(main, JSON.stringify(recording('neurons')));
  assert.equal(root(main).dataset.step, '0');
  press(document.body, 'ArrowRight');
  press(document.body, 'ArrowRight');
  assert.equal(root(main).dataset.step, '2');
  press(root(main), 'ArrowLeft');
  assert.equal(root(main).dataset.step, '1');
  press(document.body, 'End');
  assert.equal(root(main).dataset.step, root(main).dataset.steps);
  const withAlt = new KeyboardEvent('keydown', { key: 'ArrowLeft', altKey: true, bubbles: true, cancelable: true });
  document.body.dispatchEvent(withAlt); // the browser's own way back
  assert.equal(root(main).dataset.step, root(main).dataset.steps);
  assert.equal(withAlt.defaultPrevented, false);
  undo();
  assert.equal(main.childNodes.length, 0);
  press(document.body, 'ArrowLeft');
});

test('a page opens at the step it was asked for, if there is one', () => {
  for (const [at, step] of [
    [3, '3'],
    [99, '11'],
    [-2, '0']
  ] as const) {
    const main = place();
    const undo = open(main, JSON.stringify(recording('neurons')), at);
    assert.equal(root(main).dataset.step, step);
    undo();
  }
});

test('damaged data is refused with a sentence', () => {
  for (const text of ['', '{', 'null', '{"wire":1}', '{"wire":7}']) {
    const main = place();
    const undo = open(main, text);
    assert.match(main.querySelector('[role=alert]')!.textContent!, /\.$/);
    assert.equal(main.querySelector('[data-step]'), null);
    undo();
  }
});

test('nothing is drawn with a style attribute: the policy of the page refuses them', () => {
  const folder = 'src/render';
  for (const name of readdirSync(folder)) {
    const found = /\bstyle: *['"`]|\(([^()]*, *)?'style'|cssText/.exec(readFileSync(`${folder}/${name}`, 'utf8'));
    assert.equal(found?.[0], undefined, name);
  }
});

test('the page is light or dark as the system is', () => {
  const page = place();
  dress(page);
  assert.equal(page.getAttribute('theme'), matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
});
