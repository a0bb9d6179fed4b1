/** What travels with every widget, and what a page loads of the labextension, stays small: Graphviz apart, which is loaded on demand. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';

const WIDGET = 60_000; // bytes
const LABEXTENSION = 120_000;
const GRAPHVIZ = 1_000_000; // is more than this
const STATIC = '../autograd_lab/views/static';
const LAB = '../autograd_lab/labextension/static';

test('the module of a widget', () => {
  const { size } = statSync(`${STATIC}/widget.js`);
  assert.ok(size <= WIDGET, `widget.js has ${size} bytes, and ${WIDGET} are its limit`);
});

test('the own code of the labextension, styles included', () => {
  const own = readdirSync(LAB)
    .filter(name => /^\d+\..*\.js$/.test(name)) // remoteEntry is the bundler's
    .map(name => statSync(`${LAB}/${name}`).size)
    .filter(size => size < GRAPHVIZ);
  const size = own.reduce((sum, one) => sum + one, 0);
  assert.ok(own.length >= 2, 'the labextension is built: run build:prod');
  assert.ok(size <= LABEXTENSION, `the labextension has ${size} bytes of its own, and ${LABEXTENSION} are its limit`);
});

test('a page without an editor, such as one of Voila, has what the plugins load at its start', () => {
  const text = readFileSync('lib/hosts/lab.js', 'utf8');
  assert.match(text, /from\s?["']@jupyterlab\//);
  assert.doesNotMatch(text, /from\s?["']@codemirror\//);
});
