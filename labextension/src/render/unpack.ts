/**
 * Summaries as they travel in a step's message. Corners beyond what is written in numbers come as one byte a cell, in units of
 * the largest: enough for marks whose area is the value. What a page can derive is left out. `pack.py` is the other end.
 */
import type { FromKernel } from '../messages';
import type { Frame, Num, Summary } from '../wire';

interface Packed extends Omit<Summary, 'corner'> {
  corner?: Num[][];
  /** "columns unit base64": int8 row by row; 127 and -127 are infinities, -128 is NaN. */
  packed?: string;
}

function summary(x: Packed): Summary {
  const { packed, ...rest } = x;
  if (packed === undefined) return { corner: [], ...rest };
  const [columns, unit, cells] = packed.split(' ');
  const bytes = Int8Array.from(atob(cells), c => c.charCodeAt(0));
  const value = (b: number): Num => (b === -128 ? 'nan' : b === 127 ? 'inf' : b === -127 ? '-inf' : b * Number(unit));
  const corner: Num[][] = [];
  for (let i = 0; i < bytes.length; i += Number(columns))
    corner.push(Array.from(bytes.subarray(i, i + Number(columns)), value));
  return { ...rest, corner };
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
