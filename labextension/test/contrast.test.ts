/** WCAG 2 contrast of every pair of colours the page uses, read from the style sheet. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type Rgb = number[];
const css = readFileSync('style/base.css', 'utf8');
const [light, dark] = css.split(/\[data-jp-theme-light='false'\]/);

function token(theme: string, name: string): Rgb {
  const found = new RegExp(`--${name}:[^;]*?(#[0-9a-f]{3,6}|\\d+ \\d+ \\d+)\\)?;`).exec(theme)![1];
  if (!found.startsWith('#')) return found.split(' ').map(Number);
  const hex = found.length === 4 ? [...found.slice(1)].map(c => c + c) : found.slice(1).match(/../g)!;
  return hex.map(pair => parseInt(pair, 16));
}
const luminance = (c: Rgb) => {
  const [r, g, b] = c.map(v => v / 255).map(v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a: Rgb, b: Rgb) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const mix = (tint: Rgb, over: Rgb, share: number) => tint.map((v, i) => v * share + over[i] * (1 - share));

const PAIRS: [string, string, number][] = [
  ['ink', 'bg', 4.5],
  ['ink', 'wash2', 4.5],
  ['ink2', 'bg', 4.5],
  ['ink2', 'wash', 4.5],
  ['ink2', 'wash2', 4.5],
  ['bg', 'ink', 4.5],
  ['bg', 'ink2', 4.5],
  ['pos', 'bg', 4.5],
  ['pos', 'wash2', 4.5],
  ['neg', 'bg', 4.5],
  ['neg', 'wash2', 4.5],
  ['bad', 'bg', 4.5],
  ['bad', 'wash', 4.5],
  ['bg', 'bad', 4.5],
  ['ink3', 'bg', 3]
];

for (const [name, theme] of [
  ['light', light],
  ['dark', dark]
]) {
  test(`${name}: text and lines stand out from what they are on`, () => {
    for (const [a, b, limit] of PAIRS) assert.ok(ratio(token(theme, a), token(theme, b)) >= limit, `${a} on ${b}`);
    for (const sign of ['pos', 'neg']) {
      const cell = mix(token(theme, `${sign}-t`), token(theme, 'bg'), 0.42);
      assert.ok(ratio(token(theme, 'ink'), cell) >= 4.5, `ink on the strongest ${sign} cell`);
    }
  });
}
