/** An edge: a thin line is a use of a value; ink on it is the gradient that came back along it. */
import type { EdgeId, Layout, PictureEdge, Summary } from '../wire';
import { Curve, type Point } from './curve';
import { EASING, replace, s } from './dom';
import { format, isScalar, negativeShare, only, signed, tone } from './numbers';
import { type Around, spot } from './spot';
import type { Flow } from './state';
import type { Scene } from './view';
import * as WORDS from './words';

const DIGITS = [4, 3, 2, 1]; // of a number, as many as its place has room for
const LETTER = 7.9; //   px, of a current number
const STRIPE = 15; //    px a stripe and its gap take on an edge of mixed signs
const MOTION = 420; //   ms of ink running from output to input

export class Line {
  readonly g: SVGGElement;
  private readonly number = s('g', {});
  readonly label = s('g', {}, this.number);
  private readonly blocked: boolean;
  private readonly back: Curve; // the way gradients go
  private readonly edges: PictureEdge[];
  private readonly cast: string; //  "float32 → float16" where the dtype changes, and so the gradient's on its way back
  private ink: { a: SVGPathElement; b: SVGPathElement; c: SVGPathElement; tip: SVGPathElement } | null = null;
  private shown = '';
  private said = ''; // what the label says
  private due: ((digits: number) => [string, string]) | null = null; // what it is to say, in so many digits, and how that looks

  constructor(
    readonly layout: Layout['edges'][number],
    private readonly scene: Scene,
    private readonly around: Around
  ) {
    const way = new Curve(layout.p);
    this.back = way.reversed();
    this.edges = layout.ids.flatMap(id => scene.index.edges.get(id) ?? []);
    this.blocked = this.edges.every(e => e.blocked);
    this.cast = this.edges.length === 1 && !this.blocked ? cast(this.edges[0], scene) : '';
    this.g = s('g', { class: 'edge' }, s('path', { d: way.d, class: 'hit' }), s('path', { d: way.d, class: 'base' }));
    if (layout.ids.length > 1) {
      this.g.append(s('title', {}, WORDS.merged(layout.ids.length)));
    }
    if (this.blocked) this.g.append(s('path', { class: 'stop', d: `M${layout.p[0] + 5},${layout.p[1] - 5}v10` }));
  }

  get ids(): EdgeId[] {
    return this.layout.ids;
  }

  paint(): void {
    const { state, view, small } = this.scene;
    const flows = this.ids.flatMap(id => state.flow.get(id) ?? []);
    const complete = flows.length > 0 && flows.length === this.edges.filter(e => !e.blocked).length;
    const now = flows.some(f => f.step === state.k);
    const hidden = this.ids.some(id => view.hidden.has(id));
    const hover = view.hover !== null && [...this.ids, this.layout.a, this.layout.b].includes(view.hover);
    const off = view.mode === 'paths' && !this.ids.some(id => view.onPath.has(id));
    const pointed = view.mode === 'paths' && view.path ? this.ids.some(id => view.path?.has(id)) : null;
    const largest = strongest(flows);
    const flowing = view.mode === 'gradient' && largest !== null;
    const unmade = state.unmade > 0 && this.edges.every(e => state.phase(e.dst) === 'unmade');
    const words = [this.blocked && 'blocked', unmade && 'unmade', now && 'now', hover && 'hov', pointed === true && 'onpath'];
    const far = view.reach !== null && !this.ids.some(id => view.reach?.edges.has(id));
    if (pointed === false || (pointed === null && (off || far))) words.push('dim');
    if (flowing && hidden) words.push('masked');
    if (flowing && !hidden) words.push('flow', kind(largest), !complete && 'part');
    this.g.setAttribute('class', ['edge', ...words].filter(Boolean).join(' '));
    this.label.setAttribute('class', ['elabel', now && 'now', words.includes('dim') && 'dim'].filter(Boolean).join(' '));
    this.paintInk(flowing && !hidden ? largest : null, now && view.animate);
    this.say(digits => this.words(flows, largest, { now, hover, off, hidden, small, digits }));
  }

  // ------------------------------------------------------------------ ink
  private paintInk(x: Summary | null, animate: boolean): void {
    const what = x ? `${kind(x)} ${this.width(x)} ${negativeShare(x)}` : '';
    if (what === this.shown && !animate) return;
    this.shown = what;
    if (!x) {
      if (this.ink) for (const path of Object.values(this.ink)) path.remove();
      this.ink = null;
      return;
    }
    const { a, b, c, tip } = (this.ink ??= this.makeInk());
    const width = this.width(x);
    const length = this.back.length;
    const cut = Math.max(0, length - width - 4); // the arrow's place
    a.style.strokeWidth = b.style.strokeWidth = `${width}px`;
    c.style.strokeWidth = `${Math.max(1, width - 2.6)}px`;
    const how = kind(x);
    const solid = `${cut} ${length}`;
    a.style.strokeDasharray = how === 'bad' || how === 'zeroflow' ? '' : solid;
    b.style.strokeDasharray = c.style.strokeDasharray =
      how === 'mixflow' ? stripes(cut, length, STRIPE * negativeShare(x)) : solid;
    tip.setAttribute('d', arrow(this.back.at(length), this.back.at(length - width - 5), width));
    if (animate) this.run(how === 'negflow' ? [b, c] : [a], how === 'negflow' ? [tip] : [b, c, tip], length);
  }

  private makeInk() {
    const path = (cls: string) => s('path', { class: cls, d: this.back.d });
    const ink = { a: path('ga'), b: path('gb'), c: path('gc'), tip: s('path', { class: 'tip' }) };
    this.g.append(ink.a, ink.b, ink.c, ink.tip);
    return ink;
  }

  private run(growing: SVGPathElement[], after: SVGPathElement[], length: number): void {
    const whole = `${length} ${length}`;
    const grow = { strokeDasharray: [whole, whole], strokeDashoffset: [length, 0] };
    for (const path of growing) path.animate(grow, { duration: MOTION, easing: EASING });
    for (const path of after) path.animate({ opacity: [0, 0, 1], offset: [0, 0.8] }, { duration: MOTION });
  }

  /** 3 to 7.5 px, by the norm's place in the recording's range. */
  private width(x: Summary): number {
    const how = kind(x);
    if (how === 'bad') return 4;
    if (how === 'zeroflow') return 1.6;
    const [low, high] = this.scene.index.range;
    const place = (Math.log10(Number(x.norm)) - low) / (high - low);
    return 3 + 4.5 * Math.max(0, Math.min(1, place));
  }

  // ------------------------------------------------------------------ the number on it
  private words(
    flows: Flow[],
    largest: Summary | null,
    is: { now: boolean; hover: boolean; off: boolean; hidden: boolean; small: boolean; digits: number }
  ): [string, string] {
    const { index, view } = this.scene;
    const { digits } = is;
    const none: [string, string] = ['', ''];
    if (view.mode !== 'gradient') {
      const rule = this.ids.length === 1 ? index.rules.get(this.ids[0]) : undefined;
      if (!rule?.value || (view.mode === 'paths' && is.off)) return none;
      if (!isScalar(rule.value)) return (is.now || is.hover) && rule.local ? [rule.local, ''] : none;
      const v = only(rule.value);
      return [typeof v === 'number' && v < 0 ? `×(${format(v, digits)})` : `×${format(v, digits)}`, ''];
    }
    if (is.hidden) return flows.length ? ['?', ''] : none;
    if (!largest) return is.now && flows.length ? ['None', ''] : none;
    if (!isScalar(largest)) {
      if (largest.nan) return ['NaN', 'bad'];
      if (largest.inf) return ['∞', 'bad'];
    }
    if (!is.now && !is.hover && !(is.small && isScalar(largest))) return none;
    return isScalar(largest)
      ? [signed(only(largest), digits), tone(only(largest))]
      : [format(largest.norm, Math.min(2, digits)), ''];
  }

  /** Say this, by `write`; the same as before stays where it is. */
  private say(words: (digits: number) => [string, string]): void {
    const said = words(DIGITS[0]).join();
    if (this.said === said) return;
    this.said = said;
    this.around.numbers.delete(this.number);
    replace(this.number);
    this.due = words;
  }

  /**
   * Put the number where there is room for it, once all have said what they say: what is no longer said is out of its way.
   * What the edge does to the dtype is there from the first time on, beside the number.
   */
  write(): void {
    const { cast, label, due } = this;
    this.due = null;
    if (cast && !this.around.numbers.has(label)) this.put(label, cast, 'cast', Infinity);
    for (const digits of due ? DIGITS : []) {
      const [text, cls] = due!(digits);
      if (!text || this.put(this.number, text, cls, digits > 1 ? 3 : Infinity)) return;
    }
  }

  /** Write a text in the best place, unless more is wrong with that than it may be. */
  private put(on: SVGElement, text: string, cls: string, most: number): boolean {
    const [box, wrong] = spot(this.back, text.length * LETTER + 4, this.around);
    if (wrong > most) return false;
    const [x, y, width, height] = box;
    this.around.numbers.set(on, box);
    on.append(
      s('rect', { x: x - width / 2, y: y - height / 2, width, height, rx: 3 }),
      s('text', { x, y: y + 4, 'text-anchor': 'middle', class: cls }, text)
    );
    return true;
  }
}

type Kind = 'bad' | 'zeroflow' | 'negflow' | 'posflow' | 'mixflow';
function kind(x: Summary): Kind {
  if (x.nan || x.inf || typeof x.norm === 'string') return 'bad';
  if (x.norm === 0) return 'zeroflow';
  const share = negativeShare(x);
  return share > 0.999 ? 'negflow' : share < 0.001 ? 'posflow' : 'mixflow';
}

function cast(edge: PictureEdge, { index }: Scene): string {
  const [from, to] = [index.nodes.get(edge.src)?.dtype, index.nodes.get(edge.dst)?.dtype];
  return from && to && from !== to ? `${from} → ${to}` : '';
}

/** Several edges drawn as one line show the largest of their gradients. */
function strongest(flows: Flow[]): Summary | null {
  const size = (x: Summary | null) => (!x ? -1 : typeof x.norm === 'number' ? x.norm : Infinity);
  return flows.reduce<Summary | null>((most, f) => (size(f.value) > size(most) ? f.value : most), null);
}

function stripes(cut: number, length: number, on: number): string {
  const dashes: number[] = [];
  for (let x = 0; x < cut; x += STRIPE) dashes.push(Math.min(on, cut - x), STRIPE - on);
  return `${dashes.join(' ')} 0 ${length}`;
}

/** A head at `to`, pointing away from `from`. */
function arrow(to: Point, from: Point, width: number): string {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const [long, half] = [width + 5, width * 0.5 + 3];
  const at = (a: number, b: number) =>
    `${(to.x + a * Math.cos(angle) - b * Math.sin(angle)).toFixed(1)},${(to.y + a * Math.sin(angle) + b * Math.cos(angle)).toFixed(1)}`;
  return `M${at(0, 0)}L${at(-long, half)}L${at(-long, -half)}Z`;
}
