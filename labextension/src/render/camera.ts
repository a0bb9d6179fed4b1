/** Where the picture is looked at from: fit when that is readable, else keep a readable size and follow the current node. */
import { EASING, replace, s } from './dom';
import type { Box } from './card';
import type { Rect } from './cells';

export const READABLE = 0.75; // smallest scale at which the labels are read
const LARGEST = 1.2;
const SLACK = 22; //  px left around the picture
const MARGIN = 30; // around the drawing, for badges and rings that stand over its edge

export interface Extent {
  w: number;
  h: number;
}

/** Something the map shows. */
export interface Spot {
  readonly box: Box;
  readonly phase: string;
}

/**
 * The drawing is an element of its own, larger than the window it is seen through: panning moves it whole, and a browser
 * repaints only the cards that changed. (Moving a group inside one drawing repaints all of it: 10 times the work at 200 nodes.)
 */
export class Camera {
  x = 0;
  y = 0;
  k = 1;
  view: Extent = { w: 700, h: 300 };
  free = false; // the reader has panned or zoomed: do not follow
  dragged = false;
  private extent: Extent = { w: 1, h: 1 };
  private map = { scale: 1, w: 1, t: 1 };
  private below = 0; // px under the picture for the map, where it would lie on cards and need not
  private marks = new Map<Spot, SVGElement>();
  private window = s('rect');

  constructor(
    private readonly el: HTMLElement,
    private readonly world: SVGSVGElement,
    private readonly mini: SVGSVGElement,
    private readonly on: { spots(): Spot[]; moved(window: Rect): void }
  ) {
    el.addEventListener('pointerdown', this.drag);
    el.addEventListener(
      'wheel',
      event => {
        if (!event.ctrlKey) return; // a plain wheel scrolls the notebook
        event.preventDefault();
        const at = el.getBoundingClientRect();
        this.zoom(event.deltaY > 0 ? 1 / 1.12 : 1.12, event.clientX - at.left, event.clientY - at.top);
      },
      { passive: false }
    );
  }

  /** A new layout or a new size: forget where we were. */
  frame(extent: Extent, width: number, tallest: number): void {
    this.extent = extent;
    const fit = Math.max(READABLE, Math.min(LARGEST, (width - 34) / extent.w));
    const height = Math.max(width > 800 ? 230 : 180, Math.min(tallest, extent.h * fit + 56));
    const k = Math.min(fit, Math.max(READABLE, (height - 40) / extent.h));
    this.below = extent.w * k > width - 20 && extent.h * k <= height - 30 ? 12 + extent.h * mapScale(extent) : 0;
    this.view = { w: width, h: height + this.below };
    this.free = false;
    this.el.style.height = `${this.view.h}px`;
    this.world.setAttribute('viewBox', `${-MARGIN} ${-MARGIN} ${extent.w + 2 * MARGIN} ${extent.h + 2 * MARGIN}`);
    this.scale(k);
    this.drawMap();
  }

  private scale(k: number): void {
    this.k = k;
    this.world.setAttribute('width', String((this.extent.w + 2 * MARGIN) * k));
    this.world.setAttribute('height', String((this.extent.h + 2 * MARGIN) * k));
  }

  /** Bring a node into sight, or centre the whole when it fits. */
  follow(at: Box | undefined, smooth: boolean): void {
    if (this.free) return;
    const [fx, fy] = at ? [at[0] - (this.view.w / this.k) * 0.12, at[1]] : [this.extent.w / 2, this.extent.h / 2];
    const place = (size: number, view: number, f: number, end = SLACK) =>
      size <= view - 20 ? (view - size) / 2 : Math.max(view - size - end, Math.min(SLACK, view / 2 - f * this.k));
    const x = place(this.extent.w * this.k, this.view.w, fx);
    const y = place(this.extent.h * this.k, this.view.h - this.below, fy, SLACK + this.map.t + 12); // the map hides no card at the end
    const moved = x !== this.x || y !== this.y;
    this.x = x;
    this.y = y;
    this.apply(smooth && moved);
  }

  /** Bring a box into sight if it is not. */
  show(box: Box): void {
    const [left, top] = [box[0] * this.k + this.x, box[1] * this.k + this.y];
    if (left > SLACK && left < this.view.w - SLACK && top > SLACK && top < this.view.h - SLACK) return;
    this.free = false;
    this.follow(box, false);
    this.moveWindow();
    this.free = true;
  }

  /** Bring a frame into sight as far as the card in it that must stay there allows. */
  enclose([x, y, w, h]: number[], card: Box): void {
    const shift = (at: number, from: number, size: number, view: number, middle: number) => {
      const least = SLACK - from * this.k; // the frame's beginning at the window's
      const most = view - SLACK - (from + size) * this.k;
      const to = most >= least ? Math.max(least, Math.min(most, at)) : least;
      const there = middle * this.k + to;
      return there > SLACK && there < view - SLACK ? to : at;
    };
    this.x = shift(this.x, x, w, this.view.w, card[0]);
    this.y = shift(this.y, y, h, this.view.h - this.below, card[1]);
    this.free = true;
    this.apply(false);
    this.moveWindow();
  }

  zoom(factor: number, ox = this.view.w / 2, oy = this.view.h / 2): void {
    const k = Math.max(0.15, Math.min(3, this.k * factor));
    this.x = ox - (ox - this.x) * (k / this.k);
    this.y = oy - (oy - this.y) * (k / this.k);
    this.scale(k);
    this.free = true;
    this.apply(false);
    this.moveWindow();
  }

  private readonly drag = (event: PointerEvent): void => {
    if (event.button) return;
    const from = { x: this.x - event.clientX, y: this.y - event.clientY };
    this.dragged = false;
    const move = (m: PointerEvent) => {
      if (!this.dragged && Math.hypot(m.clientX - event.clientX, m.clientY - event.clientY) < 4) return;
      this.dragged = this.free = true;
      this.x = from.x + m.clientX;
      this.y = from.y + m.clientY;
      this.apply(false);
      this.moveWindow();
    };
    const up = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
  };

  /**
   * Its place in the map follows by `moveWindow`. An animation, also where it takes no time: at another `style` of the drawing a browser
   * walks through all of it for rules that ask for a style, of which JupyterLab has some.
   */
  private apply(smooth: boolean): void {
    const { world, x, y, k, view } = this;
    const [left, top] = [x, y].map(v => Math.round(v - MARGIN * k)); // whole pixels: or the text is soft
    const to = { transform: `translate(${left}px,${top}px)` };
    world.animate(to, { duration: smooth ? 300 : 0, easing: EASING, fill: 'forwards' });
    this.on.moved({ left: -x / k, top: -y / k, right: (view.w - x) / k, bottom: (view.h - y) / k });
  }

  /** A map in the corner, shown while something is out of sight. Drawn with the layout; a step moves only what it changed. */
  private drawMap(): void {
    const { extent } = this;
    const scale = mapScale(extent);
    const [w, t] = [extent.w * scale, extent.h * scale];
    this.map = { scale, w, t };
    this.marks.clear();
    this.window = s('rect', { class: 'mview', rx: 2 });
    const parts = [s('rect', { class: 'mbg', x: -5, y: -5, width: w + 10, height: t + 10, rx: 4 })];
    for (const spot of this.on.spots()) {
      const [x, y, bw, bh] = spot.box.map(v => v * scale);
      const size = { width: Math.max(1.5, bw), height: Math.max(1.5, bh) };
      const mark = s('rect', { x: x - bw / 2, y: y - bh / 2, ...size, class: `m-${spot.phase}` });
      this.marks.set(spot, mark);
      parts.push(mark);
    }
    this.mini.setAttribute('width', String(w + 12));
    this.mini.setAttribute('height', String(t + 12));
    this.mini.setAttribute('viewBox', `-6 -6 ${w + 12} ${t + 12}`);
    replace(this.mini, ...parts, this.window);
  }

  /** A spot's phase changed. */
  mark(spot: Spot): void {
    this.marks.get(spot)?.setAttribute('class', `m-${spot.phase}`);
  }

  /** Where the window stands in the map. */
  moveWindow(): void {
    const { extent, view, k } = this;
    const small = extent.w * k <= view.w - 20 && extent.h * k <= view.h - 20; // as in `follow`: what is cut has a map
    this.mini.style.display = small ? 'none' : '';
    if (small) return;
    const { scale, w, t } = this.map;
    const vx = Math.max(-4, (-this.x / k) * scale);
    const vy = Math.max(-4, (-this.y / k) * scale);
    const size = { width: Math.min(w + 4 - vx, (view.w / k) * scale), height: Math.min(t + 4 - vy, (view.h / k) * scale) };
    this.window.setAttribute('x', String(vx));
    this.window.setAttribute('y', String(vy));
    this.window.setAttribute('width', String(Math.max(0, size.width)));
    this.window.setAttribute('height', String(Math.max(0, size.height)));
  }
}

const mapScale = (extent: Extent): number => Math.min(150 / extent.w, 56 / extent.h);
