/**
 * Summaries as they travel in a step's message. Corners beyond what is written in numbers come as one byte a cell, in units of
 * the largest: enough for marks whose area is the value. What a page can derive is left out. `pack.py` is the other end.
 */
import type { FromKernel } from '../messages';
import type { Frame, Num, Summary } from '../wire';

interface Packed extends Summary {
  /** base64 of int8, row by row; `columns` a row, `unit` the value of 1. 127 and -127 are infinities, -128 is NaN. */
  packed?: string;
  columns?: number;
  unit?: number;
}

function summary(x: Packed): Summary {
  const { packed, columns = 1, unit = 1, ...rest } = x;
  if (packed === undefined) return x;
  const bytes = Int8Array.from(atob(packed), c => c.charCodeAt(0));
  const value = (b: number): Num => (b === -128 ? 'nan' : b === 127 ? 'inf' : b === -127 ? '-inf' : b * unit);
  const corner: Num[][] = [];
  for (let i = 0; i < bytes.length; i += columns) corner.push(Array.from(bytes.subarray(i, i + columns), value));
  return { ...rest, corner };
}

const each = <T extends Summary | null>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([id, x]) => [id, x && summary(x)])) as Record<string, T>;

function frame(f: Frame): Frame {
  const out: Frame = { ...f, edges: each(f.edges), events: f.events ?? [], ready: f.ready ?? [] };
  if (f.g) out.g = summary(f.g);
  if (f.prior) out.prior = summary(f.prior);
  if (f.grads) out.grads = each(f.grads);
  if (f.hooks) out.hooks = f.hooks.map(hook => ({ ...hook, after: summary(hook.after) }));
  if (f.rules) out.rules = f.rules.map(rule => (rule.value ? { ...rule, value: summary(rule.value) } : rule));
  return out;
}

export function unpack(message: Extract<FromKernel, { type: 'frames' }>): FromKernel {
  return { ...message, frames: message.frames.map(frame) };
}
