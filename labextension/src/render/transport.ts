/** Time as a place: one slot a step, the saved bytes still held as an area, events as marks told apart by their shape. */
import type { Frame } from '../wire';
import { h, put, replace, s } from './dom';
import { label, visit } from './labels';
import { bytes, clip } from './numbers';
import { Controls } from './controls';
import type { Playback } from './playback';
import * as WORDS from './words';

const TOP = 20;
const BOTTOM = 40;
const EDGE = 12; // px left and right of the axis
const SLOT = 9; //  px a step from which all its marks have room

/** Relative to where each stands, so that none of hundreds needs a transform of its own. */
export const MARKS: Record<string, string> = {
  error: 'm-5,-5l10,10m-10,0l10,-10',
  warning: 'm0,-6l6,11h-12z',
  sum: 'm-5,0h10m-5,-5v10',
  accumulate: 'm-4,-4h8l-4,8z',
  hook: 'm0,-8v8a3.4,3.4 0 1 1 -3.4,0',
  retain: 'm0,-5l5,5l-5,5l-5,-5z',
  free: 'm-3,-3h6v6h-6z'
};
const ICONS = {
  first: 'M12,3v10L6,8zM3.5,3h1.8v10H3.5z',
  back: 'M10.5,3v10L3.5,8z',
  play: 'M4,2.5v11l9.5,-5.5z',
  pause: 'M4,3h3v10H4zM9,3h3v10H9z',
  next: 'M5.5,3v10l7,-5z',
  end: 'M4,3v10l6,-5zM10.7,3h1.8v10h-1.8z',
  run: 'M2,3v10l6,-5zM9.2,8a2.9,2.9 0 1 0 5.8,0a2.9,2.9 0 1 0 -5.8,0z'
};

export class Transport {
  readonly el: HTMLElement;
  private readonly buttons: Record<'first' | 'back' | 'play' | 'next' | 'end' | 'run', HTMLButtonElement>;
  private readonly track: SVGSVGElement;
  private readonly lane: HTMLElement;
  private readonly scale = s('g');
  // ink up to its x1, and none from there
  private readonly past = s(
    'linearGradient',
    { id: `t${Math.random()}`, gradientUnits: 'userSpaceOnUse' },
    s('stop'),
    s('stop')
  );
  private readonly stem = s('path', { class: 'head' });
  private readonly knob = s('circle', { class: 'knob', cy: BOTTOM, r: 6 });
  private readonly step = h('b');
  private readonly steps = h('span');
  private readonly held = h('div', { class: 'mb' });
  private readonly controls: Controls;
  private marks: SVGElement[][] = [];
  private static last = 400;
  private width = 400;
  private drawn = { frames: -1, width: -1, total: -1 };
  private risen = { key: '', d: '' };
  private shown = -1;

  constructor(private readonly playback: Playback) {
    const button = (name: keyof typeof ICONS, words: string, act: () => void) =>
      h(
        'button',
        { class: 'ic', type: 'button', 'aria-label': words, title: words, 'data-do': name, click: act },
        icon(ICONS[name])
      );
    this.buttons = {
      first: button('first', WORDS.first, () => playback.first()),
      back: button('back', WORDS.back, () => playback.back()),
      play: button('play', WORDS.play, () => playback.toggle()),
      next: button('next', WORDS.next, () => playback.next()),
      end: button('end', WORDS.end, () => playback.end()),
      run: button('run', WORDS.run, () => playback.run())
    };
    this.controls = new Controls(playback);
    this.track = s('svg', {
      class: 'track',
      height: 50,
      role: 'slider',
      tabindex: 0,
      'aria-label': WORDS.time,
      'aria-valuemin': playback.index.start
    });
    this.track.append(this.past, this.scale, this.stem, this.knob);
    this.track.addEventListener('pointerdown', this.scrub);
    this.lane = h('div', { class: 'lane' }, this.track);
    const read = h('div', { class: 'read' }, h('div', { class: 'stepno' }, this.step, this.steps), this.held);
    const row = h('div', { class: 'transport' }, h('div', { class: 'btns' }, ...Object.values(this.buttons)), this.lane, read);
    this.el = h('div', {}, row, this.controls.el);
  }

  /** Steps between the two ends of the axis: those of the forward pass, then those of the backward pass. */
  private get span(): number {
    return Math.max(1, this.playback.index.total - this.playback.index.start);
  }

  private x(k: number): number {
    return EDGE + ((k - this.playback.index.start) / this.span) * (this.width - 2 * EDGE);
  }

  paintStops(): void {
    this.controls.paint();
  }

  private readonly scrub = (event: PointerEvent): void => {
    const to = (e: PointerEvent) => {
      const at = (e.clientX - this.track.getBoundingClientRect().left - EDGE) / (this.width - 2 * EDGE);
      const { start, last } = this.playback.index;
      this.playback.go(Math.min(last, start + Math.round(at * this.span)));
    };
    const up = () => {
      removeEventListener('pointermove', to);
      removeEventListener('pointerup', up);
    };
    addEventListener('pointermove', to);
    addEventListener('pointerup', up);
    to(event);
  };

  /**
   * Where the pass is, at once; `paint` does the rest. Neither moves nor cuts anything: at another transform or clip a browser puts
   * the layers of its whole page together anew, which took a third of a step.
   */
  move(): void {
    const x = String(this.x(this.playback.k));
    this.past.setAttribute('x1', x);
    this.stem.setAttribute('d', `M${x},${TOP}V46`);
    this.knob.setAttribute('cx', x);
  }

  /** After a move. */
  paint(): void {
    const { index, k, playing, more, kernel } = this.playback;
    const { frames, last, total } = index;
    if (this.drawn.frames !== frames.length || this.drawn.width !== this.width || this.drawn.total !== total) this.redraw();
    const [low, high] = [Math.min(k, this.shown), Math.max(k, this.shown)];
    for (let i = Math.max(0, low); i <= high && i < this.marks.length; i++) {
      for (const mark of this.marks[i]) mark.classList.toggle('past', i <= k);
    }
    this.shown = k;
    this.move();
    const frame: Frame | undefined = frames[k];
    put(this.track, 'aria-valuenow', String(k));
    put(this.track, 'aria-valuemax', String(last));
    this.track.setAttribute('aria-valuetext', this.spoken(frame, k, total));
    const { moment, bytes: held } = this.playback.state;
    this.step.textContent = k < 0 ? String(k - index.start) : moment === null ? String(k) : `${k}.${moment + 1}`;
    this.steps.textContent = ` / ${k < 0 ? `${-index.start} ${WORDS.forward}` : total}`;
    this.held.textContent = WORDS.held(bytes(held), bytes(index.peakBytes));
    const { first, back, play, next, end, run } = this.buttons;
    back.disabled = first.disabled = k === index.start;
    next.disabled = end.disabled = run.disabled = k === last && moment === null && !more;
    next.title = next.disabled && last < total && !kernel ? WORDS.needsKernel : WORDS.next;
    play.disabled = !this.playback.moves && k >= 0;
    put(play, 'aria-label', playing ? WORDS.pause : WORDS.play);
    play.querySelector('path')?.setAttribute('d', playing ? ICONS.pause : ICONS.play);
  }

  private spoken(frame: Frame | undefined, k: number, total: number): string {
    const { recording, nodes } = this.playback.index;
    const node = frame?.node ? nodes.get(frame.node) : undefined;
    if (k < 0) {
      const made = nodes.get(this.playback.state.current ?? '');
      const { start } = this.playback.index;
      return `${WORDS.forwardOf(k - start, -start)}${made ? `, ${clip(label(recording, made), 80)}` : ''}`;
    }
    const name = node ? clip(visit(recording, node), 80) : WORDS.before;
    const events = frame?.events.map(e => `, ${e.text}`).join('') ?? '';
    return WORDS.stepOf(k, total, name + events);
  }

  /** To the lane's width; where it is not known, to the last one's. */
  resize(lane = this.lane.clientWidth): void {
    const width = (Transport.last = Math.max(160, lane || Transport.last));
    if (width === this.width) return;
    this.width = width;
    this.paint();
  }

  // ------------------------------------------------------------------ what depends on the frames and the width only
  /** The memory of the forward pass: it does not change when a step is taken. */
  private rise(y: (bytes: number) => number): string {
    const { start, total, peakBytes, forward } = this.playback.index;
    const key = `${this.width} ${total} ${peakBytes}`;
    if (this.risen.key === key) return this.risen.d;
    const d = `M${this.x(start)},${BOTTOM}${this.stairs(start, 0, k => y(forward.heldAt(k)))}`;
    this.risen = { key, d };
    return d;
  }

  /** To a height at each time, at most one a pixel: of thousands of times more could not be seen, and each is drawn. */
  private stairs(from: number, until: number, height: (k: number) => number): string {
    const by = Math.max(1, Math.floor(this.span / this.width));
    let d = '';
    for (let k = from; k < until; k += by) d += `H${this.x(k).toFixed(1)}V${height(k).toFixed(1)}`;
    return until > from ? `${d}H${this.x(until - 1)}V${height(until - 1)}` : d;
  }

  /** The marks of every step; where steps are narrower than a pixel one of a kind is enough, and those of `.grad` are one path. */
  private place(gap: number): string {
    const { frames } = this.playback.index;
    const taken = new Set<string>();
    let filled = '';
    this.marks = frames.map((frame, k) =>
      shapes(frame, gap > SLOT).flatMap(([kind, d, dx, y]) => {
        const x = this.x(k);
        const at = `${kind}${Math.round(x)}`;
        if (gap < 1 && taken.has(at)) return [];
        taken.add(at);
        if (gap >= 1 || kind !== 'accumulate') return [mark(frame, k, x, kind, d, dx, y)];
        filled += `M${x.toFixed(1)},10m-2.5,-2h5l-2.5,5z`;
        return [];
      })
    );
    return filled;
  }

  private redraw(): void {
    const { index } = this.playback;
    const { frames, last, total } = index;
    this.drawn = { frames: frames.length, width: this.width, total };
    this.shown = -1;
    this.track.setAttribute('width', String(this.width));
    this.track.setAttribute('viewBox', `0 0 ${this.width} 50`);
    const y = (b: number) => BOTTOM - Math.min(1, b / Math.max(1, index.peakBytes)) * (BOTTOM - TOP - 2);
    const { start } = index;
    const fall = this.stairs(0, frames.length, k => y(frames[k].bytes));
    const area = `${this.rise(y)}H${this.x(0)}V${y(frames[0]?.bytes ?? 0)}${fall}V${BOTTOM}Z`;
    const ink = `url(#${this.past.id})`;
    const parts: SVGElement[] = [
      s('path', { d: area, class: 'mem' }),
      s('path', { d: area, fill: ink }),
      s('path', { d: `M${this.x(start)},${BOTTOM}H${this.x(last)}`, class: 'axis' })
    ];
    if (start < 0) {
      parts.push(s('path', { d: `M${this.x(0)},${TOP - 4}V${BOTTOM + 6}`, class: 'noon' }));
      if (this.x(0) - this.x(start) > 60)
        parts.push(s('text', { x: this.x(0) - 5, y: 13, 'text-anchor': 'end', class: 'tlab' }, WORDS.forward));
    }
    if (total > last) {
      parts.push(s('path', { d: `M${this.x(last)},${BOTTOM}H${this.x(total)}`, class: 'axis future' }));
      const words = index.stopped ? WORDS.neverReached : WORDS.notRunYet;
      const room = this.x(total) - this.x(last) > 84; // or the playhead would stand on it
      if (room) parts.push(s('text', { x: this.x(total), y: 34, 'text-anchor': 'end', class: 'tlab' }, words));
    }
    const gap = (this.width - 2 * EDGE) / this.span;
    const every = gap > 5 ? 1 : 10 ** Math.ceil(Math.log10(5 / gap));
    let ticks = '';
    for (let k = Math.ceil(start / every) * every; k <= total; k += every)
      ticks += `M${this.x(k)},${BOTTOM}v${k % (5 * every) ? 3 : 5}`;
    parts.push(s('path', { d: ticks, class: 'tickm' }));
    const filled = this.place(gap);
    if (filled) parts.push(s('path', { class: 'ev accumulate', d: filled }), s('path', { d: filled, fill: ink }));
    replace(this.scale, ...parts, ...this.marks.flat());
  }
}

const icon = (d: string): SVGElement =>
  s('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' }, s('path', { d }));

function mark(frame: Frame, k: number, x: number, kind: string, d: string, dx = 0, y?: number): SVGElement {
  const words = `${WORDS.step(k)}: ${frame.events.map(e => e.text).join('; ')}`;
  const at = `${x + dx},${y ?? 10}`;
  const small = y && `translate(${at}) scale(.75)`;
  return s('path', { class: `ev ${kind}`, d: y ? d : `M${at}${d}`, transform: small }, s('title', {}, words));
}

/** A mark: what it is of, its path, and where it stands beside the others of its step. */
type Shape = [kind: string, d: string, dx?: number, y?: number];

/** What marks a step: gradients that change above, where they end up below; when steps are narrow only the most important. */
function shapes(frame: Frame, wide: boolean): Shape[] {
  const kinds = new Set<string>(frame.events.map(e => e.kind));
  const of = (...some: string[]) => some.filter(kind => kinds.has(kind));
  const [end] = of('error', 'warning', 'accumulate');
  if (end === 'error') return [[end, MARKS.error]];
  if (!wide) {
    const [first] = end ? [end] : of('hook', 'retain');
    if (first === 'accumulate') return [[first, 'm-2.5,-2h5l-2.5,5z']];
    return first ? [[first, MARKS[first] + (of('hook', 'retain')[1] ? 'm12.4,-5l5,5l-5,5l-5,-5z' : '')]] : [];
  }
  const change = of('sum', 'hook', 'retain');
  const above: Shape[] = change.map((kind, i) => [kind, MARKS[kind], 10 * i, end ? 5 : undefined]);
  if (end) return [...above, [end, MARKS[end], 0, change.length ? 15 : undefined]];
  return above.length ? above : of('free').map(kind => [kind, MARKS[kind]]);
}
