/** A training run as it goes: the loss, and of each parameter its gradient's norm and how far a step moves it. */
import { h, replace, s } from './dom';
import { clip, format } from './numbers';
import * as WORDS from './words';

type Curve = [step: number, value: number | null][]; // null: not finite, a gap

export interface Curves {
  steps: number;
  apart: number; // steps between two looks at the parameters; 0: not yet known
  lr: number | null;
  losses: Curve;
  gradients: Record<string, Curve>;
  updates: Record<string, Curve>;
}

const [W, H, TOP, BOTTOM, LEFT, RIGHT] = [320, 130, 8, 112, 64, 314]; // left of it nine letters: -1.234e-4
const DASHES = ['', '6 3', '2 2', '9 3 2 3', '1 3', '12 4']; // lines are told apart by form; their names stand in the table
const SPAN = 30; // a curve that falls this much is drawn by its logarithm

interface Events {
  rate(lr: number): void;
}

export class MonitorView {
  readonly el: HTMLElement;
  private readonly steps = h('span', { class: 'tag' });
  private readonly slider = h('input', { type: 'range', min: -5, max: 1, step: 0.05, 'aria-label': WORDS.rate });
  private readonly rate = h('output', { class: 'mono' });
  private readonly plots = h('div', { class: 'plots' });
  private readonly table = h('tbody');
  private readonly control: HTMLElement;

  constructor(on: Events) {
    this.control = h('label', { class: 'rate' }, WORDS.rate, this.slider, this.rate);
    this.slider.addEventListener('input', () => {
      const lr = Number((10 ** Number(this.slider.value)).toPrecision(2));
      this.say(lr);
      on.rate(lr);
    });
    const head = (name: string) => h('th', { scope: 'col', class: 'num' }, name);
    const heads = h('tr', {}, h('th', { scope: 'col' }, WORDS.parameter), head(WORDS.gradNorm), head(WORDS.ratio));
    this.el = h(
      'div',
      { class: 'agl monitor', role: 'group', 'aria-label': WORDS.monitor },
      h('header', { class: 'bar' }, h('h2', {}, WORDS.training), this.steps, h('span', { class: 'grow' }), this.control),
      this.plots,
      h('table', { class: 'leaves' }, h('thead', {}, heads), this.table)
    );
    this.el.addEventListener('keydown', event => event.stopPropagation()); // the slider's arrows are not the notebook's
  }

  paint(curves: Curves): void {
    this.steps.textContent = WORDS.stepCount(curves.steps) + (curves.apart ? WORDS.looks(curves.apart) : '');
    this.el.dataset.steps = String(curves.steps);
    this.control.hidden = curves.lr === null;
    if (curves.lr !== null && document.activeElement !== this.slider) {
      this.slider.value = String(Math.log10(Math.max(1e-5, curves.lr)));
      this.say(curves.lr);
    }
    const names = Object.keys(curves.gradients);
    replace(
      this.plots,
      plot(WORDS.loss, [curves.losses], curves.steps, false, WORDS.noLoss),
      plot(WORDS.norms, Object.values(curves.gradients), curves.steps, true, curves.steps ? WORDS.noGrad : ''),
      plot(WORDS.ratios, Object.values(curves.updates), curves.steps, true)
    );
    const cell = (curve: Curve) => h('td', { class: 'num' }, last(curve));
    const rows = names.map((name, i) => {
      const sample = s('svg', { width: 28, height: 8, 'aria-hidden': 'true' }, s('path', { d: 'M0,4H28', ...pen(i) }));
      const heading = h('th', { scope: 'row' }, sample, ' ', clip(name, 40));
      return h('tr', {}, heading, cell(curves.gradients[name]), cell(curves.updates[name] ?? []));
    });
    replace(this.table, ...rows);
  }

  private say(lr: number): void {
    this.rate.textContent = format(lr);
    this.slider.setAttribute('aria-valuetext', format(lr));
  }
}

const pen = (i: number) => ({ class: 'curve', 'stroke-dasharray': DASHES[i % DASHES.length] || null });
const known = (curve: Curve) => curve.filter((point): point is [number, number] => point[1] !== null);

function last(curve: Curve): string {
  const point = curve.at(-1);
  return point ? (point[1] === null ? WORDS.notFinite : format(point[1])) : '–';
}

/** `hint`: what to do where no curve has begun. */
function plot(what: string, curves: Curve[], steps: number, positive: boolean, hint = ''): HTMLElement {
  const all = curves.flatMap(curve => known(curve).map(([, value]) => value));
  const seen = positive ? all.filter(v => v > 0) : all;
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const log = low > 0 && (positive || high > SPAN * low);
  const scale = (v: number) => (log ? Math.log10(v) : v);
  const range = Math.max(1e-12, scale(high) - scale(low));
  const x = (step: number) => LEFT + ((RIGHT - LEFT) * step) / Math.max(1, steps - 1);
  const y = (v: number) => (high > low ? BOTTOM - ((BOTTOM - TOP) * (scale(v) - scale(low))) / range : (TOP + BOTTOM) / 2);
  const text = (at: number, top: number, words: string, anchor: string) =>
    s('text', { x: at, y: top, class: 'tick', 'text-anchor': anchor }, words);
  const lines = curves.map((curve, i) => s('path', { d: trace(curve, x, y, log), ...pen(i) }));
  const now = curves.length === 1 ? `${what} ${last(curves[0])}` : what;
  const missing = curves.some(curve => curve.length) ? '' : hint;
  const spoken = seen.length ? WORDS.curve(now, format(low), format(high), log) : WORDS.nothingYet(now, missing);
  const picture = s(
    'svg',
    { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': spoken },
    s('path', { class: 'rule', d: `M${LEFT},${TOP}V${BOTTOM}H${RIGHT}` }),
    ...(seen.length ? [text(LEFT - 4, y(high) + 4, format(high), 'end')] : []),
    ...(high > low ? [text(LEFT - 4, BOTTOM + 3, format(low), 'end')] : []),
    text(LEFT, H - 3, '0', 'middle'),
    text(RIGHT, H - 3, String(Math.max(0, steps - 1)), 'end'),
    ...(missing ? [text((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, missing, 'middle')] : []),
    ...lines
  );
  return h('figure', {}, h('figcaption', {}, now + (log ? WORDS.logarithmic : '')), picture);
}

function trace(curve: Curve, x: (step: number) => number, y: (v: number) => number, log: boolean): string {
  let d = '';
  let pen = 'M';
  for (const [step, value] of curve) {
    if (value === null || (log && value <= 0)) pen = 'M';
    else {
      d += `${pen}${x(step).toFixed(1)},${y(value).toFixed(1)}`;
      if (pen === 'M') d += 'h0.1'; // a point alone is seen
      pen = 'L';
    }
  }
  return d;
}
