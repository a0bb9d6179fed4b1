import { doublings, place, press } from './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layered } from '../src/render/layered';
import { provideLayered } from '../src/render/layout';
import { Playback } from '../src/render/playback';
import { player } from '../src/render/player';
import type { Shown } from '../src/messages';
import type { Layout } from '../src/wire';

provideLayered(layered);

const turn = () => new Promise(done => setTimeout(done, 20));

/** Two hundred doublings, in two layers of four blocks. */
function layers(): Shown {
  const r = doublings(200);
  r.layouts = [];
  r.nodes.slice(1).forEach((n, i) => (n.group = `layer${Math.floor(i / 100)}/block${Math.floor(i / 25) % 4}`));
  r.nodes[0].group = null;
  r.groups = [0, 1].flatMap(l => [
    { id: `layer${l}`, name: `layer${l}`, kind: 'module' as const, what: 'Layer' },
    ...[0, 1, 2, 3].map(b => ({ id: `layer${l}/block${b}`, name: `block${b}`, kind: 'module' as const, what: 'Block' }))
  ]);
  return r as Shown;
}

async function show(shown = layers(), kernel: ConstructorParameters<typeof Playback>[1] = null) {
  const host = place();
  const playback = new Playback(shown, kernel);
  const undo = player(host, playback);
  await turn();
  const cards = () => [...host.querySelectorAll('.world .node')].map(g => g.getAttribute('data-node-id'));
  const card = (id: string) => host.querySelector<SVGElement>(`.world [data-node-id='${id}']`)!;
  const click = async (el: Element) => (el.dispatchEvent(new Event('click', { bubbles: true })), await turn());
  const crumbs = () => host.querySelector('.crumbs')!.textContent;
  return { host, playback, undo, cards, card, click, crumbs };
}

test('a large graph opens folded, and its groups count what is done', async () => {
  const { playback, undo, cards, card } = await show();
  assert.deepEqual(cards().sort(), ['g:layer0', 'g:layer1', 't0']);
  assert.equal(card('g:layer1').getAttribute('data-kind'), 'group');
  playback.go(30);
  assert.match(card('g:layer1').textContent!, /30\/100 nodes/);
  assert.equal(card('g:layer1').getAttribute('data-state'), 'current');
  assert.match(card('g:layer1').getAttribute('aria-label')!, /^group layer1, Layer, current, 30 of 100 nodes done/);
  assert.match(card('g:layer0').textContent!, /0\/100 nodes/);
  undo();
});

test('constants are not counted, forward either', async () => {
  const shown = layers();
  const [{ value }] = shown.nodes;
  for (const i of [0, 1, 2])
    shown.nodes.push({ ...shown.nodes[0], id: `c${i}`, kind: 'constant', group: 'layer0', value, expects: 0 });
  const { playback, undo, card } = await show(shown);
  playback.go(-100);
  assert.match(card('g:layer0').textContent!, /100\/100 nodes/);
  assert.match(card('g:layer1').textContent!, /0\/100 nodes/);
  undo();
});

test('gradients run on the merged edges between folded groups', async () => {
  const { host, playback, undo } = await show();
  playback.go(101);
  const flows = [...host.querySelectorAll('.world .edge.flow')];
  assert.equal(flows.length, 1);
  assert.match(flows[0].querySelector('title')!.textContent!, /^2 edges/);
  undo();
});

test('groups open in place, one branch at a time, and the breadcrumb is the way out', async () => {
  const { host, undo, cards, card, click, crumbs } = await show();
  await click(card('g:layer0'));
  assert.equal(crumbs(), 'all › layer0 · show all 201');
  assert.ok(cards().includes('g:layer0/block2') && cards().includes('g:layer1'));
  await click(card('g:layer0/block2'));
  assert.equal(crumbs(), 'all › layer0 › block2 · show all 201');
  assert.equal(cards().filter(id => id!.startsWith('n')).length, 25);
  await click([...host.querySelectorAll('.crumbs button')][1]);
  assert.equal(crumbs(), 'all › layer0 · show all 201');
  await click([...host.querySelectorAll('.crumbs button')].at(-1)!);
  assert.equal(cards().length, 201);
  assert.equal(crumbs(), 'fold groups');
  await click(host.querySelector('.crumbs button')!);
  assert.deepEqual(cards().sort(), ['g:layer0', 'g:layer1', 't0']);
  undo();
});

test('the keyboard opens, walks and folds, and the focus stays on a card', async () => {
  const { host, undo, card, crumbs } = await show();
  card('g:layer1').focus();
  press(document.activeElement!, 'Enter');
  await turn();
  assert.equal(crumbs(), 'all › layer1 · show all 201');
  assert.match(document.activeElement!.getAttribute('data-node-id')!, /^g:layer1\/block/);
  assert.match(host.querySelector("[role='status'].sr")!.textContent!, /layer1 opened/);
  press(document.activeElement!, 'Backspace');
  await turn();
  assert.equal(document.activeElement!.getAttribute('data-node-id'), 'g:layer1');
  undo();
});

test('a search marks what it finds inside folded groups and goes there', async () => {
  const { host, undo, card, crumbs } = await show();
  const box = host.querySelector<HTMLInputElement>('.finder input')!;
  const ask = (text: string) => {
    box.value = text;
    box.dispatchEvent(new Event('input'));
    return host.querySelector('.finder .muted')!.textContent;
  };
  assert.equal(ask('/^y(7|8)$/'), '2 found');
  assert.ok(card('g:layer0').hasAttribute('data-found') && !card('g:layer1').hasAttribute('data-found'));
  assert.equal(ask('layer1/block3'), '25 found');
  assert.equal(ask('/(a+)+$/'), '0 found'); // could take for ever
  assert.equal(ask('/(/'), '0 found');
  ask('y150');
  press(box, 'Enter');
  await turn();
  assert.match(crumbs()!, /layer1 › block2/);
  assert.ok(card('n150').hasAttribute('data-selected'));
  assert.match(host.querySelector('.panel.now')!.textContent!, /selected/);
  undo();
});

test('what the chosen node comes from and leads to stays dark, the rest turns pale', async () => {
  const shown = layers();
  const extra = { ...shown.nodes[1], id: 'aside', name: 'aside', group: null, expects: 0, seq: 500 };
  shown.nodes.push(extra);
  shown.edges.push({ ...shown.edges[0], id: 'easide', src: 't0', dst: 'aside' });
  const { host, playback, undo, card, click } = await show(shown);
  await click(card('g:layer0'));
  await click(card('g:layer0/block0'));
  await click(card('n3'));
  assert.ok(card('aside').hasAttribute('data-far'));
  for (const id of ['n0', 'n3', 'n24', 't0', 'g:layer1']) assert.ok(!card(id).hasAttribute('data-far'), id);
  playback.go(1);
  assert.equal(host.querySelectorAll('[data-far]').length, 0);
  undo();
});

test('the kernel places what is opened; without an answer the page does', async () => {
  const asked: (readonly string[])[] = [];
  const far: Layout = { open: [], w: 900, h: 90, nodes: { 't0': [50, 40, 96, 52], 'g:layer1': [800, 40, 116, 60] }, frames: {}, edges: [] }; // prettier-ignore
  let answers = true;
  const nothing = () => undefined;
  const kernel = {
    step: nothing, at: nothing, answer: nothing, show: nothing, run: nothing, stops: nothing,
    place: (open: readonly string[]) => (asked.push(open), answers ? Promise.resolve(structuredClone(far)) : Promise.reject(new Error()))
  }; // prettier-ignore
  const { undo, cards, card, click } = await show(layers(), kernel);
  assert.deepEqual(asked, [[]]);
  assert.deepEqual(cards().sort(), ['g:layer1', 't0']);
  answers = false;
  await click(card('g:layer1'));
  assert.deepEqual(asked[1], ['layer1']);
  assert.ok(cards().includes('g:layer1/block0'));
  undo();
});
