/** What travels with every widget, and what a page loads of the labextension: small, Graphviz apart, and of one build. */
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

test('the widget and the labextension meet by a word that their build alone knows', async () => {
  const importable = (text: string) => `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`;
  let packed: Blob | undefined;
  URL.createObjectURL = module => {
    packed = module as Blob;
    return importable('export default null');
  };
  const { default: load } = await import(importable(readFileSync(`${STATIC}/widget.js`, 'utf8')));
  await load();
  const [word] = /\bagl[0-9a-f]{6}\b/.exec(await packed!.text())!;
  assert.match(readFileSync('lib/hosts/lab.js', 'utf8'), new RegExp(`Symbol\\.for\\("${word}"\\)`));
});
