/** What the player says in words, in one place: sentences that are read, and names of controls that are read out. */
import type { Moment } from './moments';

export const WORDS = {
  first: 'to the start; again: to the start of the forward pass (Home)',
  back: 'step back (left arrow)',
  play: 'play (space)',
  pause: 'pause (space)',
  next: 'step (right arrow)',
  end: 'to the end (End)',
  run: 'run to where it stops (R)',
  needsKernel: 'the next step needs the kernel',
  time: 'time: the forward pass below zero, then the steps of the backward pass',
  speed: 'speed',
  stopAt: 'stop at',
  stopHint: 'norm > 1e3',
  stopHelp: 'a condition: norm > 1e3, max > 5, min < -5, nan, inf, zero or mismatch; several with "or"',
  notACondition: (text: string) =>
    `“${text}” is not a condition. Write norm > 1e3, max > 5, min < -5, nan, inf, zero or mismatch.`,
  forget: (name: string) => `do not stop at ${name}`,
  stopHere: 'stop here (B)',
  stopsHere: 'stops here (B)',
  before: 'before backward',
  forward: 'forward',
  backward: 'backward',
  forwardOf: (i: number, n: number) => `forward ${i} of ${n}`,
  forwardStart: 'Before the forward pass',
  inputsOnly: 'Only the inputs are there. Each operation makes a value, and keeps what its rule will need.',
  inputs: (op: string) => `${op} of`,
  saves: (names: string, size: string) => ` Saves ${names} (${size}) for its rule.`,
  savesNothing: 'Its rule needs no value: nothing is saved.',
  goToLine: 'click a line to go to it in its cell; Enter: to the marked one',
  zoomOut: 'zoom out',
  zoomIn: 'zoom in',
  fit: 'fit and follow',
  save: (kind: string) => `save the picture of this step as ${kind}`,
  atStep: (k: number, start: number) => (k < 0 ? ` forward ${k - start}` : ` step ${k}`),
  notSaved: 'This browser cannot draw the picture as a file.',
  notMadeYet: 'not computed yet',
  hint: 'Press → to take the first step, ← to replay the forward pass.',
  outside: 'changed by another cell',
  tensors: 'Tensors',
  filter: 'filter',
  filterTensors: 'filter the tensors: words of a name, a shape, a dtype, is_leaf, none',
  sortBy: (column: string) => `sort by ${column}`,
  some: (shown: number, all: number) => `(${shown} of ${all})`,
  inside: 'inside this step',
  momentOf: (i: number, n: number) => `moment ${i} of ${n}`
};

const MOMENTS: Record<Moment['what'], string> = {
  arrive: 'arrives',
  sum: 'sum',
  hook: 'hook',
  retain: 'retain_grad',
  rule: 'rule',
  accumulate: '.grad',
  free: 'free',
  warning: 'warning',
  error: 'error'
};

/** The name of a moment on its button. */
export const momentName = (moment: Moment): string => MOMENTS[moment.what];
