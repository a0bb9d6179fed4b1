/** Numbers as text: a true minus sign, at most four significant digits, nothing hidden. */
import type { Num, Summary } from '../wire';
import * as WORDS from './words';

export function format(value: Num, digits = 4): string {
  if (typeof value === 'string') return value === 'nan' ? 'NaN' : value === 'inf' ? '∞' : '−∞';
  const size = Math.abs(value);
  const plain = size === 0 || (size < 1e5 && size >= 1e-3);
  const text = plain ? String(+size.toPrecision(digits)) : exponent(size, Math.min(digits, 3));
  return (value < 0 ? '−' : '') + text;
}

function exponent(size: number, digits: number): string {
  const [mantissa, power] = size.toExponential(digits - 1).split('e');
  return `${+mantissa}e${power.replace('+', '').replace('-', '−')}`;
}

/** With its sign, as gradients are written on edges. */
export const signed = (value: Num, digits?: number): string =>
  (typeof value === 'number' && value > 0 ? '+' : '') + format(value, digits);

export const isScalar = (x: Summary): boolean => x.shape.length === 0;

/** The value of a scalar. */
export const only = (x: Summary): Num => x.corner[0]?.[0] ?? 0;

/** The same as text; a dash for a value that nobody holds any more. */
export const scalar = (x: Summary, digits = 4): string => (x.corner.length ? format(only(x), digits) : '–');

/** A shape as PyTorch prints it, without the word Size. */
export const shape = (dims: number[]): string => `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`;

export const shapeOrScalar = (x: Summary): string => (isScalar(x) ? WORDS.scalar : shape(x.shape));

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${+(count / 1e3).toPrecision(3)} kB` : `${+(count / 1e6).toPrecision(3)} MB`;
}

/** A whole array in a few words, for screen readers and narrow places. */
export function word(x: Summary): string {
  if (isScalar(x)) return scalar(x);
  if (!x.corner.length && x.part) return WORDS.noLongerHeld;
  return WORDS.arrayOf(format(x.norm, 3), x.nan ?? 0, x.inf ?? 0);
}

/** Share of the absolute mass that is negative, 0 to 1: what decides solid, striped or hollow. */
export function negativeShare(x: Summary): number {
  let mass = 0;
  let negative = 0;
  for (const row of x.corner) {
    for (const v of row) {
      if (typeof v !== 'number') continue;
      mass += Math.abs(v);
      if (v < 0) negative -= v;
    }
  }
  return mass ? negative / mass : 0;
}

export const peak = (x: Summary): number =>
  x.corner.reduce(
    (most, row) => row.reduce((m: number, v) => (typeof v === 'number' ? Math.max(m, Math.abs(v)) : m), most),
    1e-30
  );

export type Tone = 'pos' | 'neg' | 'zero' | 'bad';
export const tone = (v: Num): Tone => (typeof v === 'string' ? 'bad' : v > 0 ? 'pos' : v < 0 ? 'neg' : 'zero');

/** Text that must fit: the rest is an ellipsis, the whole is in the title. */
export const clip = (text: string, letters: number): string =>
  text.length <= letters ? text : `${[...text.slice(0, 2 * letters)].slice(0, Math.max(1, letters - 1)).join('')}…`;
