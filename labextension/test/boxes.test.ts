import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instance } from '@viz-js/viz';
import { plan, read } from '../src/render/boxes';
import { recording } from './page';

const HOSTILE = '"];evil->n0 [label="<img src=x>\\';

test('no label enters DOT', () => {
  const r = recording('mlp');
  for (const node of r.nodes) node.name = node.op = HOSTILE;
  r.title = HOSTILE;
  const { dot } = plan(r, new Set());
  assert.match(dot, /^[\w\s{}[\]()=.,;"\->]*$/);
  assert.ok(!dot.includes('evil') && !dot.includes('img'));
});

test('Graphviz places every node and edge, and groups fold into one box', async () => {
  const graphviz = await instance();
  const lay = (r: ReturnType<typeof recording>, open: Set<string>) => {
    const p = plan(r, open);
    return read(p, open, JSON.parse(graphviz.renderString(p.dot, { format: 'json0' })));
  };
  const r = recording('mlp');
  const flat = lay(r, new Set());
  assert.deepEqual(Object.keys(flat.nodes).sort(), r.nodes.map(n => n.id).sort());
  assert.deepEqual(flat.edges.flatMap(e => e.ids).sort(), r.edges.map(e => e.id).sort());
  for (const e of flat.edges) assert.ok(e.p.length >= 8 && (e.p.length - 2) % 6 === 0);

  r.groups = [
    { id: 'net', name: 'net' },
    { id: 'net/inner', name: 'inner' }
  ];
  const ops = r.nodes.filter(n => n.kind === 'op');
  ops.slice(0, 2).forEach(n => (n.group = 'net/inner'));
  ops.slice(2, 4).forEach(n => (n.group = 'net'));
  const folded = lay(r, new Set());
  assert.ok('g:net' in folded.nodes);
  assert.equal(Object.keys(folded.nodes).length, r.nodes.length - 3);
  const opened = lay(r, new Set(['net']));
  assert.ok('g:net/inner' in opened.nodes && 'net' in opened.frames && !('g:net' in opened.nodes));
});
