import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place, recording } from './page';
import { expression, label } from '../src/render/labels';
import { Playback } from '../src/render/playback';
import { player } from '../src/render/player';

function show(shown = recording('neurons')) {
  const host = place();
  const playback = new Playback(shown);
  const undo = player(host, playback);
  const names = () => [...host.querySelectorAll('.leaves tbody th')].map(th => th.textContent);
  const sort = (column: string) =>
    [...host.querySelectorAll<HTMLElement>('.leaves thead button')].find(b => b.textContent === column)!.click();
  const filter = (text: string) => {
    const input = host.querySelector<HTMLInputElement>('.leaves input')!;
    input.value = text;
    input.dispatchEvent(new Event('input'));
  };
  return { host, playback, undo, names, sort, filter };
}

test('the tensors are sorted by any column, both ways, and back to leaves first', () => {
  const { playback, names, sort, host, undo } = show();
  const first = names();
  assert.deepEqual(first.slice(0, 5).sort(), ['a', 'w1', 'w2', 'w3', 'w4']);
  sort('name');
  assert.deepEqual(names(), ['a', 'b', 'c', 'd', 'L', 'w1', 'w2', 'w3', 'w4']);
  sort('name');
  assert.equal(names()[0], 'w4');
  sort('name');
  assert.deepEqual(names(), first);
  playback.go(11);
  sort('norm');
  sort('norm');
  assert.equal(names()[0], 'a'); // 39, the largest gradient
  assert.equal(host.querySelector('.leaves [aria-sort=descending]')!.textContent, 'norm');
  undo();
});

test('a filter takes words of names, flags and None', () => {
  const { playback, names, filter, host, undo } = show();
  filter('W');
  assert.deepEqual(names(), ['w1', 'w2', 'w3', 'w4']);
  assert.match(host.querySelector('.leaves caption')!.textContent!, /4 of 9/);
  filter('is_leaf none');
  assert.equal(names().length, 5);
  playback.go(11);
  filter('is_leaf none');
  assert.equal(names().length, 0);
  filter('');
  assert.equal(names().length, 9);
  undo();
});

test('a long name stands whole in its row, and one without end does not', () => {
  const shown = recording('neurons');
  const [first, second] = shown.tensors;
  first.name = 'encoder.layers.1.self_attn.in_proj_weight';
  second.name = 'x'.repeat(1_000_000);
  const { names, host, undo } = show(shown);
  assert.ok(names().includes(first.name));
  const texts = [...host.querySelectorAll('.leaves thead *')].flatMap(cell => [...cell.childNodes].map(part => part.nodeValue));
  assert.ok(texts.includes('.grad'), 'which goes on in no second line');
  assert.ok(Math.max(...names().map(name => name!.length)) < 100);
  undo();
});

test('of nodes of one expression that read each other the last is called by it, and turns of a loop all are', () => {
  const shown = recording('neurons');
  const [first, second] = shown.nodes.filter(n => n.kind === 'op' && !n.name);
  Object.assign(second, { line: first.line, span: first.span });
  const words = label(shown, first);
  assert.notEqual(words, first.op);
  assert.equal(label(shown, second), words);
  const other = recording('neurons');
  const inner = other.nodes.find(n => n.id === first.id)!;
  const outer = other.nodes.find(n => other.edges.some(e => e.src === inner.id && e.dst === n.id))!;
  Object.assign(outer, { name: '', line: inner.line, span: inner.span });
  assert.deepEqual(
    [inner, outer].map(n => label(other, n)),
    [inner.op, words]
  );
  assert.deepEqual(
    [inner, outer].map(n => expression(other, n)),
    [inner.op, words]
  );
});

test('a tensor without a name is called what it is, as on its card', () => {
  const shown = recording('neurons');
  const [one, other] = shown.tensors.filter(t => t.is_leaf && t.requires_grad);
  one.name = other.name = '';
  other.requires_grad = false;
  const { names, undo } = show(shown);
  assert.ok(names().includes('leaf') && names().includes('constant') && !names().includes(''), `${names()}`);
  undo();
});
