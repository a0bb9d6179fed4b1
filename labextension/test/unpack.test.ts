import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { recording } from './page';
import { arrived, opened, tame } from '../src/render/guard';
import { unpack } from '../src/render/unpack';
import type { Frame } from '../src/wire';

test('a packed corner comes back with its signs, its zeros and what is not finite', () => {
  // the doctest of pack.py packs this row: [1, -0.5, 0, 0.0001, nan, inf, -inf]
  const g = { shape: [7], norm: 'nan', packed: '7 0.007937 fsEAAYB/gQ==' };
  const frame = {
    step: 1,
    node: 'n0',
    g,
    edges: { e0: g, e1: null },
    rules: [{ edge: 'e0', code: 'g', value: g }],
    grads: { t0: g }
  } as unknown as Frame;
  const message = unpack({ type: 'frames', frames: [frame], at: 1 });
  assert.ok(message.type === 'frames');
  const [out] = message.frames;
  const row = out.g!.corner[0];
  assert.equal(row.length, 7);
  assert.ok(Math.abs(Number(row[0]) - 1) < 0.01 && Math.abs(Number(row[1]) + 0.5) < 0.01);
  assert.equal(row[2], 0);
  assert.ok(Number(row[3]) > 0);
  assert.deepEqual(row.slice(4), ['nan', 'inf', '-inf']);
  assert.deepEqual(
    [out.edges.e0!.corner, out.rules![0].value!.corner, out.grads!.t0.corner],
    [out.g!.corner, out.g!.corner, out.g!.corner]
  );
  assert.equal(out.edges.e1, null);
  assert.deepEqual(out.events, []);
});

test('written numbers come back digit by digit, with their shape', () => {
  // the doctest of pack.py packs this row: [0.1217, nan]
  const frame = {
    step: 1,
    node: 'n0',
    g: { norm: 'nan', digits: '2 Pfk+f8AA' },
    edges: {}
  } as unknown as Frame;
  const message = unpack({ type: 'frames', frames: [frame], at: 1 });
  assert.ok(message.type === 'frames');
  const { corner, shape } = message.frames[0].g!;
  assert.deepEqual([corner, shape], [[[0.1217, 'nan']], [1, 2]]);
});

test('a very large picture comes deflated, and no further than is wanted', async () => {
  const zip = (text: string) => deflateSync(text).toString('base64');
  const { frames, failure, ...picture } = recording('neurons');
  const payload = { wire: 1, zip: zip(JSON.stringify({ ...picture, title: 'é' })), json: JSON.stringify({ frames, failure }) };
  assert.deepEqual(await arrived(payload), tame({ ...recording('neurons'), title: 'é', zip: 0, json: 0 } as never));
  assert.deepEqual(await arrived(recording('neurons')), opened(recording('neurons')));
  assert.match((await arrived({ ...payload, zip: 'no base64' })) as string, /incomplete/);
  assert.match((await arrived({ ...payload, zip: payload.zip.slice(0, 40) })) as string, /incomplete/);
  assert.match((await arrived({ ...payload, zip: zip('A'.repeat(300_000_000)) })) as string, /larger/);
  assert.match((await arrived({ ...payload, zip: zip(JSON.stringify({ ...picture, root: 'gone' })) })) as string, /no root/);
});
