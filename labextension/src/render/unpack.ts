/**
 * Summaries as they travel in a step's message. Corners beyond what is written in numbers come as one byte a cell, in units of
 * the largest: enough for marks whose area is the value; what is written comes as three bytes, enough for its four digits. What a
 * page can derive is left out. `pack.py` is the other end. Very large pictures come deflated, by `compact` in wire.py.
 */
import type { FromKernel } from '../messages';
import type { Frame, Num, Summary } from '../wire';

interface Packed extends Omit<Summary, 'corner' | 'shape'> {
  shape?: number[];
  corner?: Num[][];
  /** "columns unit base64": int8 row by row; 127 and -127 are infinities, -128 is NaN. */
  packed?: string;
  /** "columns base64": row by row the three upper bytes of a float32. Without a shape it is that of these numbers. */
  digits?: string;
}

/** Text that was deflated, from its base64: as much of it as is wanted and a little more, for it may be endless. */
export async function inflated(zip: string, most: number): Promise<string> {
  const plain = new Blob([bytes(zip)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = plain.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done || text.length > most) return text;
    text += value;
  }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const found = new Uint8Array(letters.length);
  for (let i = 0; i < found.length; i++) found[i] = letters.charCodeAt(i); // `from` would take ten times as long
  return found;
}

function rows(numbers: Num[], columns: string): Num[][] {
  const corner: Num[][] = [];
  for (let i = 0; i < numbers.length; i += Number(columns)) corner.push(numbers.slice(i, i + Number(columns)));
  return corner;
}

function marks(packed: string): Num[][] {
  const [columns, unit, cells] = packed.split(' ');
  const value = (b: number): Num => (b === -128 ? 'nan' : b === 127 ? 'inf' : b === -127 ? '-inf' : b * Number(unit));
  return rows(Array.from(new Int8Array(bytes(cells).buffer), value), columns);
}

function written(digits: string): Num[][] {
  const [columns, cells] = digits.split(' ');
  const upper = bytes(cells);
  const view = new DataView(new ArrayBuffer(4));
  const numbers: Num[] = [];
  for (let i = 0; i < upper.length; i += 3) {
    for (let k = 0; k < 3; k++) view.setUint8(k, upper[i + k]);
    const v = view.getFloat32(0);
    numbers.push(Number.isNaN(v) ? 'nan' : Number.isFinite(v) ? Number(v.toPrecision(4)) : v > 0 ? 'inf' : '-inf');
  }
  return rows(numbers, columns);
}

function summary(x: Packed): Summary {
  const { packed, digits, ...rest } = x;
  const corner = packed !== undefined ? marks(packed) : digits !== undefined ? written(digits) : [];
  return { shape: [corner.length, corner[0]?.length ?? 0], corner, ...rest };
}

const each = <T extends Summary | null>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([id, x]) => [id, x && summary(x)])) as Record<string, T>;

function frame(f: Frame): Frame {
  const out: Frame = { ...f, edges: each(f.edges), events: f.events ?? [], ready: f.ready ?? [] };
  if (f.g) out.g = summary(f.g);
  if (f.slots) out.slots = f.slots.map(x => x && summary(x));
  if (f.prior) out.prior = summary(f.prior);
  if (f.grads) out.grads = each(f.grads);
  if (f.hooks) out.hooks = f.hooks.map(hook => ({ ...hook, after: summary(hook.after) }));
  if (f.rules) out.rules = f.rules.map(rule => (rule.value ? { ...rule, value: summary(rule.value) } : rule));
  return out;
}

export function unpack(message: Extract<FromKernel, { type: 'frames' }>): FromKernel {
  return { ...message, frames: message.frames.map(frame) };
}
