import { doublings, place } from './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../src/render/boxes';
import { derivative, label } from '../src/render/labels';
import { layered } from '../src/render/layered';
import { provideLayered } from '../src/render/layout';
import { Playback } from '../src/render/playback';
import { player } from '../src/render/player';
import type { Shown } from '../src/messages';

provideLayered(layered);

const turn = () => new Promise(done => setTimeout(done, 20));

/** Six doublings, of which a pass made the last three: by the rules of y0 and y1, and of what is not in the picture. */
function twice(): Shown {
  const r = doublings(6);
  r.layouts = [];
  r.groups = [{ id: 'backward of y', name: 'backward of y', kind: 'backward', what: '' }];
  ['n0', 'n0', ''].forEach((maker, i) => Object.assign(r.nodes[4 + i], { maker, group: 'backward of y' }));
  return r as Shown;
}

test('a layer has a frame although everything is open, and folds', async () => {
  const made = plan(twice(), new Set(['backward of y']));
  assert.deepEqual(made.frames, ['backward of y']);
  assert.equal(made.keys.length, 7);
  const host = place();
  const undo = player(host, new Playback(twice()));
  await turn();
  host.querySelector('.frame')!.dispatchEvent(new Event('click', { bubbles: true }));
  await turn();
  const folded = host.querySelector<SVGElement>("[data-kind='group']")!;
  assert.match(folded.getAttribute('aria-label')!, /^group backward of y/);
  assert.equal(host.querySelectorAll('.world .node').length, 5);
  folded.dispatchEvent(new Event('click', { bubbles: true }));
  await turn();
  assert.equal(host.querySelectorAll('.world .node').length, 7);
  undo();
});

test('a node is tied to what its rule made, in the picture and in words that lead there', async () => {
  const host = place();
  const playback = new Playback(twice());
  const undo = player(host, playback);
  await turn();
  const card = (id: string) => host.querySelector<SVGElement>(`.world [data-node-id='${id}']`)!;
  const now = host.querySelector('section.now')!;
  assert.equal(host.querySelectorAll('.world .tie').length, 0);
  card('n0').dispatchEvent(new Event('click', { bubbles: true }));
  assert.equal(host.querySelectorAll('.world .tie').length, 2);
  assert.match(now.textContent!, /Its rule made y3, y4 \(backward of y\)/);
  now.querySelector<HTMLElement>('.note button')!.click();
  await turn();
  assert.match(now.textContent!, /selected.*Made by the rule of y0 \(backward of y\)/s);
  assert.equal(host.querySelectorAll('.world .tie').length, 1);
  assert.match(card('n3').getAttribute('aria-label')!, /made by the rule of y0/);
  playback.go(1); // y5, whose maker is not here
  assert.equal(host.querySelectorAll('.world .tie').length, 0);
  assert.doesNotMatch(now.textContent!, /rule of y0/);
  undo();
});

test('what a pass made is not called by the text of the call', () => {
  const r = twice();
  for (const node of r.nodes) node.name = '';
  for (const node of r.nodes) if (node.kind === 'op') node.span = [4, 9];
  assert.equal(label(r, r.nodes[4]), 'add');
});

test('a composite is bracketed where it is differentiated', () => {
  assert.equal(derivative('y', 'x'), '∂y/∂x');
  assert.equal(derivative('x @ w', 'w'), '∂(x @ w)/∂w');
  assert.equal(derivative('net.0.weight', 'h[0]'), '∂net.0.weight/∂h[0]');
  assert.equal(derivative('e v0', '-größe'), '∂e v0/∂(-größe)');
});
