/** A node: form says what it is, weight says where in time it is. Built once; `paint` touches what changed. */
import type { Group, NodeId, PictureNode, SavedTensor, Summary } from '../wire';
import { REGION } from './boxes';
import { replace, s } from './dom';
import type { Kid } from './dom';
import { expression, label } from './labels';
import { hinton, type Ink } from './marks';
import { bytes, clip, isScalar, only, scalar, shape, shapeOrScalar, tone, word } from './numbers';
import type { Phase } from './state';
import { failureAt, type Scene } from './view';
import * as WORDS from './words';

export type Box = [number, number, number, number]; // centre x, centre y, width, height

const LETTER = { name: 8.3, sub: 6.4, mono: 7.6, chip: 6.1 }; // average widths in px, a little generous

/**
 * Drawn where it stands, without a transform of its own or of a part: a browser keeps a space and a list of paint for each, and walks
 * through all of them whenever anything moves.
 */
export class Card {
  readonly g: SVGGElement;
  readonly members: NodeId[]; // itself, or what a folded group holds
  phase: Phase = 'waiting';
  private readonly left: number;
  private readonly top: number;
  private readonly badge = s('g', { class: 'badge' });
  private readonly pips: SVGElement;
  private readonly chips: SVGElement;
  private grad: SVGElement | null = null;
  private cup = [0, 0];
  private bar: SVGElement | null = null;
  private stop: SVGElement | null = null;
  private count: SVGElement | null = null;
  private drawn = new Map<SVGElement, string>(); // what each part shows, so that nothing is drawn twice

  constructor(
    readonly id: string,
    public box: Box,
    private readonly scene: Scene,
    readonly node: PictureNode | null,
    private readonly group: Group | null
  ) {
    const shaded = !!node?.mode && box[3] >= 2 * REGION[1]; // within its box a card has its shade around it
    if (shaded) this.box = [box[0], box[1] + REGION[1] / 4, box[2] - REGION[0], box[3] - REGION[1]];
    const [x, y, w, t] = this.box;
    const kind = node?.kind ?? 'group';
    this.left = x - w / 2;
    this.top = y - t / 2;
    const rx = kind === 'leaf' ? 13 : kind === 'constant' ? t / 2 : 4;
    this.members = group ? scene.index.members(group.id) : [id];
    this.g = s('g', {
      class: `node ${kind === 'function' ? 'op function' : kind}`,
      tabindex: -1,
      role: 'button',
      'data-node-id': id,
      'data-kind': kind
    });
    const [wide, tall] = REGION;
    if (node?.mode) this.g.append(this.rect('region', -wide / 2, -tall * 0.75, w + wide, t + tall, 8));
    this.g.append(this.rect('ring', -4, -4, w + 8, t + 8, rx + 4));
    if (group) this.g.append(this.rect('card2', 6, -5, w - 12, t, rx), this.rect('card2', 3, -2.5, w - 6, t, rx));
    this.g.append(this.rect('box', 0, 0, w, t, rx));
    if (kind === 'function') this.g.append(this.path('rule own', 4, 0, `v${t}m${w - 8},0v${-t}`));
    if (group) this.drawGroup(group, w, t);
    else if (node) this.drawNode(node, w, t);
    this.chips = s('g', { class: 'chips' });
    this.pips = s('g', { class: 'pips' });
    this.g.append(this.chips, this.pips, this.badge);
  }

  // ------------------------------------------------------------------ parts, their places told from its corner
  private text(x: number, y: number, cls: string, content: string, anchor?: string): SVGElement {
    return s('text', { x: this.left + x, y: this.top + y, class: cls, 'text-anchor': anchor }, content);
  }

  private rect(cls: string, x: number, y: number, width: number, height: number, rx: number): SVGElement {
    return s('rect', { x: this.left + x, y: this.top + y, width, height, rx, class: cls });
  }

  private circle(x: number, y: number, r: number, cls = ''): SVGElement {
    return s('circle', { cx: this.left + x, cy: this.top + y, r, class: cls });
  }

  /** From a place on, `way` relative to it. */
  private path(cls: string, x: number, y: number, way: string): SVGElement {
    return s('path', { class: cls, d: `M${this.left + x},${this.top + y}${way}` });
  }

  private hinton(of: Summary, ink: Ink, x: number, y: number, width: number, height: number): SVGElement {
    return hinton(of, ink, width, height, this.left + x, this.top + y);
  }

  // ------------------------------------------------------------------ what never changes
  private drawGroup({ id, name, what }: Group, w: number, t: number): void {
    this.g.append(s('title', {}, `${clip(id, 120)}  ${clip(what ?? '', 80)}`));
    this.count = this.text(10, 35, 'sub', '');
    this.bar = this.rect('bar1', 10, t - 14, 0, 5, 2.5);
    const track = this.rect('bar0', 10, t - 14, w - 20, 5, 2.5);
    const long = name.length > 10; // or it would reach the mark
    this.g.append(
      this.text(10, 19, long ? 'name long' : 'name', clip(name, 14)),
      this.count,
      track,
      this.bar,
      this.text(w - 10, 19, 'sub', '▸', 'end')
    );
  }

  private drawNode(node: PictureNode, w: number, t: number): void {
    const { recording } = this.scene.index;
    const facts = `${shapeOrScalar(node.value)} ${node.dtype}`;
    this.g.append(s('title', {}, `${clip(expression(recording, node), 120)}  ${node.fn ?? node.kind}  ${facts}`));
    if (node.mode) this.g.append(this.text(w / 2, -8, 'sub mode', node.mode, 'middle'));
    if (node.kind === 'constant') this.drawConstant(node, w, t);
    else if (node.kind === 'leaf') this.drawLeaf(node, w);
    else this.drawOperation(node, w, t);
  }

  private drawConstant(node: PictureNode, w: number, t: number): void {
    const name = node.name;
    if (isScalar(node.value)) {
      const value = scalar(node.value, name ? 3 : 4);
      const called = name && name !== value;
      if (called) this.g.append(this.text(w / 2, 14, 'sub', clip(name, 8), 'middle'));
      this.g.append(this.text(w / 2, called ? 28 : t / 2 + 4, 'val', value, 'middle'));
    } else {
      const title = name || node.op;
      const long = title.length > 3; // then above the thumbnail, not beside it
      const at: [number, number, number, number] = long ? [w / 2 - 19, 18, 38, t - 22] : [w - 45, 5, 38, t - 10];
      const middle = long ? 'middle' : undefined;
      this.g.append(this.text(long ? w / 2 : 14, long ? 13 : t / 2 + 4, long ? 'name long' : 'name', clip(title, 9), middle));
      this.g.append(this.hinton(node.value, 'value', ...at));
    }
  }

  private drawLeaf(node: PictureNode, w: number): void {
    const alone = isScalar(node.value);
    const split = alone ? 26 : 39; // above: the value; below: AccumulateGrad's row
    const name = node.name || WORDS.leaf;
    if (alone) {
      const value = scalar(node.value, name.length > 3 ? 3 : 4);
      const room = (w - 26 - value.length * LETTER.mono) / LETTER.name;
      this.g.append(this.text(11, 18, 'name', clip(name, Math.floor(room))), this.text(w - 11, 18, 'val', value, 'end'));
    } else {
      const long = name.length > 5; // then above the thumbnail, not beside it
      this.g.append(
        this.text(12, long ? 13 : 24, long ? 'name long' : 'name', clip(long ? ending(name) : name, long ? 11 : 5))
      );
      this.g.append(this.hinton(node.value, 'value', w - 45, long ? 19 : 5, 38, split - (long ? 21 : 10)));
    }
    this.g.append(this.path('rule', 0, split, `h${w}`), this.text(alone ? 11 : 12, alone ? 43 : 62, 'sub', '.grad'));
    this.drawCup(w - (alone ? 11 : 46), 43);
  }

  private drawOperation(node: PictureNode, w: number, t: number): void {
    if (isScalar(node.value)) this.drawScalar(node, w);
    else {
      const title = label(this.scene.index.recording, node);
      const style = node.name ? 'name' : title === node.op ? 'opname' : 'opname expr';
      this.g.append(this.text(8, 16, title.length > 9 ? `${style} long` : style, clip(title, 12)));
      if (title !== node.op) this.g.append(this.text(8, 36, 'sub', clip(node.op, 6)));
      const beside = title !== node.op && node.op.length > 4 ? 36 : 44; // px of the thumbnail
      this.g.append(this.hinton(node.value, 'value', w - beside - 6, 21, beside, 25));
    }
    const body = isScalar(node.value) ? 46 : 52;
    if (t > body) this.drawRetained(isScalar(node.value), w, body);
  }

  private drawScalar(node: PictureNode, w: number): void {
    const title = label(this.scene.index.recording, node);
    const full = scalar(node.value);
    const value = full.length > 8 ? scalar(node.value, 3) : full;
    const shown = node.name ? `= ${value}` : value;
    const room = w - 24;
    const op = node.op.length * LETTER.sub;
    const beside = title.length * LETTER.name + op <= room;
    const below = shown.length * LETTER.mono + op <= room;
    const style = node.name ? 'name' : title === node.op ? 'opname' : 'opname expr';
    this.g.append(this.text(9, 18, style, clip(title, Math.floor((w - 14) / LETTER.name))), this.text(9, 35, 'val', shown));
    if (node.name && beside) this.g.append(this.text(w - 9, 18, 'sub', node.op, 'end'));
    else if (node.name && below) this.g.append(this.text(w - 9, 35, 'sub', node.op, 'end'));
  }

  /** retain_grad: the same row as a leaf's, with a pin, because it means the same. */
  private drawRetained(alone: boolean, w: number, top: number): void {
    const pin = this.path('pin', 7, top + 10, 'h5v4l2,2h-4v5h-1v-5h-4l2,-2z');
    this.g.append(this.path('rule', 0, top, `h${w}`), this.text(16, top + 19, 'sub', '.grad'), pin);
    if (alone) this.drawCup(w - 9, top + 19);
    else this.drawCup(w - 40, top + 3);
  }

  /** Where `.grad` will be shown. */
  private drawCup(x: number, y: number): void {
    this.cup = [x, y];
    this.grad = s('g', { class: 'cup' });
    this.g.append(this.grad);
  }

  // ------------------------------------------------------------------ what changes
  paint(): void {
    const { state, index, view } = this.scene;
    const phases = this.members.map(id => state.phase(id));
    this.phase = together(phases);
    const failure = failureAt(index, state.k);
    const failed = !!failure && this.members.includes(failure.node);
    this.g.setAttribute('data-state', this.phase);
    this.paintStop();
    const { members } = this;
    this.g.toggleAttribute('data-selected', view.selected !== null && members.includes(view.selected));
    this.g.toggleAttribute('data-far', view.reach !== null && !members.some(id => view.reach?.nodes.has(id)));
    this.g.toggleAttribute('data-found', view.found !== null && members.some(id => view.found?.has(id)));
    this.g.toggleAttribute('data-error', failed);
    this.g.toggleAttribute('data-culprit', !!failure?.modified && this.members.includes(failure.modified));
    if (this.bar && this.count) {
      const [done, all] = this.doneOf(phases);
      this.bar.setAttribute('width', String((done / Math.max(1, all)) * (this.box[2] - 20)));
      this.count.textContent = WORDS.nodesDone(done, all);
    }
    this.paintBadge(failed);
    if (this.node) {
      this.paintPips(this.node);
      this.paintChips();
      this.paintGrad(this.node);
    }
  }

  /** What it is called, to who hears it: after `paint`, and never what the eye waits for. */
  call(): void {
    this.g.setAttribute('aria-label', this.node ? this.spoken(this.node) : this.spokenGroup());
  }

  /** Draw a part only when what it shows is new. */
  private show(part: SVGElement, what: string, draw: () => Kid[]): void {
    if (this.drawn.get(part) === what) return;
    this.drawn.set(part, what);
    replace(part, ...draw());
  }

  /** How many of these nodes are done, of how many that take part. */
  private doneOf(phases: Phase[]): [number, number] {
    const taking = phases.filter(p => p !== 'off');
    const over = (p: Phase) => (this.scene.state.unmade ? p !== 'unmade' : p === 'done' || p === 'current');
    return [taking.filter(over).length, taking.length];
  }

  private place(): number {
    return Math.min(...this.members.map(id => this.scene.state.rank.get(id) ?? Infinity));
  }

  private paintBadge(failed: boolean): void {
    const place = this.place();
    const waits = Number.isFinite(place) && this.phase !== 'current' && (this.phase === 'ready' || !!this.bar);
    const what = failed ? 'failed' : waits ? `${place}` : this.phase === 'done' && !this.bar ? 'tick' : '';
    this.show(this.badge, what, () => {
      if (failed) return [this.path('warnmark', -4, -13, 'l10,17h-20z'), this.text(-4, 2, '', '!', 'middle')];
      if (waits) return [this.circle(-3, -3, 8.5), this.text(-3, 0.7, '', place > 99 ? '…' : String(place), 'middle')];
      if (what === 'tick') return [this.path('tick', this.box[2] - 10, 0, 'l3,3.4l6,-7')];
      return [];
    });
  }

  /** A run stops here: a bar before the card, where the gradient comes in. */
  private paintStop(): void {
    const stops = this.members.some(id => this.scene.stops.has(id));
    this.g.toggleAttribute('data-stop', stops);
    if (stops === !!this.stop) return;
    this.stop?.remove();
    this.stop = null;
    if (!stops) return;
    const [, , w, t] = this.box;
    this.stop = this.path('stopbar', w + 7, -4, `v${t + 8}m4,0v${-t - 8}`);
    this.g.append(this.stop);
  }

  /** Contributions expected and arrived: why a node is not ready yet. */
  private paintPips(node: PictureNode): void {
    const got = this.scene.state.arrived.get(node.id) ?? 0;
    const many = node.expects > 1 && this.phase !== 'off';
    const [, , w, t] = this.box;
    this.show(this.pips, many ? `${got}` : '', () => {
      if (!many) return [];
      if (node.expects > 4) return [this.text(w + 4, t / 2 + 4, '', `${got}/${node.expects}`)];
      return Array.from({ length: node.expects }, (_, i) =>
        this.circle(w, t / 2 + (i - (node.expects - 1) / 2) * 11, 4, i < got ? 'full' : '')
      );
    });
  }

  private paintChips(): void {
    const { index, state, small } = this.scene;
    const saved = index.saves.get(this.id) ?? [];
    if (!saved.length) return;
    const failure = failureAt(index, state.k);
    const stale = (x: SavedTensor) => x.now !== x.version && !!failure;
    const what = saved.map(x => (state.freed.has(x.id) ? 'f' : stale(x) ? 's' : 'h')).join('');
    this.show(this.chips, what, () => {
      const room = this.box[2] - 8;
      let left = 0;
      return saved.flatMap((x, i) => {
        const of = index.nodes.get(x.of);
        const name = x.name || (of ? label(index.recording, of) : '');
        const shown = small ? clip(name, 12) + (stale(x) ? ` v${x.version}≠v${x.now}` : '') : '';
        const width = small ? 9 + shown.length * LETTER.chip : 9;
        if (left + width > room && i > 0 && !stale(x)) return []; // the table below names them all
        const cls = `chip${state.freed.has(x.id) ? ' free' : ''}${stale(x) ? ' stale' : ''}`;
        const facts = WORDS.chip(state.freed.has(x.id), clip(name, 60), shape(x.shape), bytes(x.bytes), x.version);
        const chip = s('g', { class: cls });
        const top = this.box[3] - (small ? 6 : 5);
        chip.append(s('title', {}, facts), this.rect('', 8 + left, top, width, small ? 13 : 9, 2));
        if (small) chip.append(this.text(8 + left + width / 2, top + 10, '', shown, 'middle'));
        left += width + 4;
        return [chip];
      });
    });
  }

  private paintGrad(node: PictureNode): void {
    if (!this.grad) return;
    const { state, view } = this.scene;
    const grad = state.grad(node.id);
    const secret = view.hidden.has(node.id) && state.k > 0;
    const alone = isScalar(node.value);
    const leaf = node.kind === 'leaf';
    const [x, y] = this.cup;
    const written = (cls: string, content: string) => [
      this.text(alone ? x : x + 36, alone ? y : y + (leaf ? 19 : 16), cls, content, 'end')
    ];
    this.g.toggleAttribute('data-filled', !!grad && !secret);
    this.show(this.grad, secret ? '?' : grad ? JSON.stringify(grad) : 'None', () => {
      if (secret) return written('val', '?');
      if (!grad) return written('none', 'None');
      if (alone && isScalar(grad)) return written(`gval ${tone(only(grad))}`, scalar(grad));
      return [this.hinton(grad, 'grad', x, y, leaf ? 38 : 34, leaf ? 30 : 24)];
    });
  }

  private spokenGroup(): string {
    const [done, all] = this.doneOf(this.members.map(id => this.scene.state.phase(id)));
    const place = this.place();
    const when = Number.isFinite(place) && this.phase !== 'current' ? WORDS.ready(place) : this.phase;
    const { view } = this.scene;
    const found = view.found ? this.members.filter(id => view.found?.has(id)).length : null;
    return WORDS.group(clip(this.group?.name ?? '', 80), this.group?.what ?? '', when, done, all, found);
  }

  private spoken(node: PictureNode): string {
    const { index, state, view } = this.scene;
    const grad = state.grad(node.id);
    const saved = index.saves.get(node.id) ?? [];
    const maker = index.nodes.get(node.maker ?? '');
    const what = node.kind === 'leaf' ? WORDS.leafSpoken : node.kind === 'constant' ? WORDS.constant : (node.fn ?? node.op);
    const when =
      this.phase === 'unmade'
        ? WORDS.notMadeYet
        : this.phase === 'ready'
          ? WORDS.ready(this.place())
          : this.phase === 'off'
            ? WORDS.noGradient
            : this.phase;
    return [
      clip(label(index.recording, node), 80),
      what,
      when,
      node.expects > 1 ? WORDS.contributions(state.arrived.get(node.id) ?? 0, node.expects) : '',
      grad && !view.hidden.has(node.id) ? WORDS.grad(word(grad)) : '',
      saved.length ? WORDS.keeps(saved.map(x => clip(x.name, 20) + (state.freed.has(x.id) ? WORDS.freed : ''))) : '',
      maker ? WORDS.madeBySpoken(clip(label(index.recording, maker), 24)) : '',
      this.scene.stops.has(node.id) ? WORDS.stopsHere : '',
      failureAt(index, state.k)?.node === node.id ? WORDS.stoppedAtNode : ''
    ]
      .filter(Boolean)
      .join(', ');
  }
}

/** Of a weight's path in its model as many of the last parts as there is room for: `0.weight`. */
const ending = (name: string): string => name.replace(/^(.*?\.)??(?=.{1,11}$|[^.]+$)/, '');

/** The phase of several nodes drawn as one. */
function together(phases: Phase[]): Phase {
  if (phases.includes('current')) return 'current';
  if (phases.includes('ready')) return 'ready';
  if (phases.every(p => p === 'off')) return 'off';
  if (phases.every(p => p === 'unmade')) return 'unmade';
  return phases.every(p => p === 'done' || p === 'off') ? 'done' : 'waiting';
}
