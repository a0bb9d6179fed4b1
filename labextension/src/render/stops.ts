/**
 * Where a run stops: at chosen nodes, or when a condition becomes true of a step. The same few words as in
 * `autograd_lab/trace/stops.py`, so that a page without a kernel stops where a kernel would.
 */
import type { Frame, Num, Summary } from '../wire';

const CLAUSE = /^(norm|max|min)\s*(<=|>=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf)$/i;

type Test = (frame: Frame, wrong: ReadonlySet<string>) => boolean;

/** The gradients of a step: what arrived, as its hooks left it, and what it sent on. */
function gradients(frame: Frame): Summary[] {
  const kept = frame.hooks?.at(-1)?.after;
  return [frame.g, kept, ...(frame.slots ?? []), ...Object.values(frame.edges)].filter((x): x is Summary => !!x);
}

const number = (x: Num | undefined): number =>
  x === 'inf' ? Infinity : x === '-inf' ? -Infinity : x === 'nan' ? NaN : (x ?? NaN);

/** `max` and `min` of the finite elements; of the corner where a message left them out. */
const corner = (x: Summary) => x.corner.flat().filter(v => typeof v === 'number');
const extreme = {
  norm: (x: Summary) => number(x.norm),
  max: (x: Summary) => number(x.max ?? Math.max(...corner(x))),
  min: (x: Summary) => number(x.min ?? Math.min(...corner(x)))
};

function clause(text: string): Test | null {
  const any =
    (test: (x: Summary) => boolean): Test =>
    frame =>
      gradients(frame).some(test);
  if (text === 'nan') return any(x => !!x.nan || x.norm === 'nan');
  if (text === 'inf') return any(x => !!x.inf || x.norm === 'inf');
  if (text === 'zero') return any(x => x.norm === 0);
  if (text === 'mismatch') return (frame, wrong) => frame.node !== null && wrong.has(frame.node);
  const found = CLAUSE.exec(text);
  if (!found) return null;
  const [, what, sign, digits] = found;
  const of = extreme[what.toLowerCase() as keyof typeof extreme];
  const limit = digits === 'inf' ? Infinity : Number(digits);
  const compare: Record<string, (a: number) => boolean> = {
    '<': a => a < limit,
    '>': a => a > limit,
    '<=': a => a <= limit,
    '>=': a => a >= limit
  };
  return any(x => compare[sign](of(x)));
}

/** The test that a condition stands for; null if it is not one. */
export function condition(text: string): Test | null {
  const tests = text
    .toLowerCase()
    .split(/\bor\b/)
    .map(part => clause(part.trim()));
  return tests.every(test => test !== null) ? (frame, wrong) => tests.some(test => test(frame, wrong)) : null;
}
