import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place } from './page';
import { Camera } from '../src/render/camera';
import type { Box } from '../src/render/card';
import { s } from '../src/render/dom';

test('a card that is followed to the far corner is not under the map there', () => {
  const [world, mini] = [s('svg'), s('svg')] as SVGSVGElement[];
  const camera = new Camera(place(), world, mini, { spots: () => [], moved: () => undefined });
  const extent = { w: 3000, h: 900 };
  camera.frame(extent, 600, 340);
  const card: Box = [2940, 870, 110, 50];
  camera.follow(card, false);
  const bottom = (card[1] + card[3] / 2) * camera.k + camera.y;
  const map = Number(mini.getAttribute('height'));
  assert.ok(map > 0 && bottom < camera.view.h - map, `${bottom} of ${camera.view.h}, and the map has ${map}`);
  assert.ok((card[0] + card[2] / 2) * camera.k + camera.x <= camera.view.w);
});

test('the drawing moves without a style of its own: at another one a browser would walk through all of it', () => {
  const world = s('svg') as SVGSVGElement;
  const moves: unknown[] = [];
  world.animate = (to, how) => moves.push([to, how]) as never;
  const camera = new Camera(place(), world, s('svg') as SVGSVGElement, { spots: () => [], moved: () => undefined });
  camera.frame({ w: 3000, h: 200 }, 600, 340);
  camera.follow([2940, 100, 110, 50], true);
  camera.follow([2940, 100, 110, 50], true); // it is there
  assert.equal(world.getAttribute('style'), null);
  const durations = moves.map(move => (move as [unknown, KeyframeAnimationOptions])[1].duration);
  assert.deepEqual(durations, [300, 0]);
  assert.deepEqual((moves[0] as unknown[])[0], (moves[1] as unknown[])[0]);
});

test('what is not seen whole has a map', () => {
  const [world, mini] = [s('svg'), s('svg')] as SVGSVGElement[];
  const camera = new Camera(place(), world, mini, { spots: () => [], moved: () => undefined });
  const seen = (at: number, size: number, view: number) => at >= 0 && at + size * camera.k <= view;
  const mapped = [];
  for (let w = 740; w < 830; w++) {
    for (const h of [100, 380, 388, 396, 404, 412, 420]) {
      camera.frame({ w, h }, 600, 300);
      for (const x of [60, w / 2, w - 60]) {
        camera.follow([x, h / 2, 100, 50], false);
        camera.moveWindow();
        const { view } = camera;
        const whole = seen(camera.x, w, view.w) && seen(camera.y, h, view.h);
        if (!whole) assert.equal(mini.style.display, '', `${w} by ${h} in ${view.w} by ${view.h}`);
        mapped.push(mini.style.display);
      }
    }
  }
  assert.equal(new Set(mapped).size, 2);
});
