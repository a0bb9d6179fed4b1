/** Where the picture is looked at from: fit when that is readable, else keep a readable size and follow the current node. */
import { replace, s } from './dom';
import type { Box } from './card';

export const READABLE = 0.75; // smallest scale at which the labels are read
const LARGEST = 1.2;
const SLACK = 22; // px left around the picture

export interface Extent {
  w: number;
  h: number;
}

/** Something the map shows. */
export interface Spot {
  readonly box: Box;
  readonly phase: string;
}

export class Camera {
  x = 0;
  y = 0;
  k = 1;
  view: Extent = { w: 700, h: 300 };
  free = false; // the reader has panned or zoomed: do not follow
  dragged = false;
  private extent: Extent = { w: 1, h: 1 };
  private map = { scale: 1, left: 0, top: 0, w: 1, t: 1 };
  private marks = new Map<Spot, SVGElement>();
  private window = s('rect');

  constructor(
    private readonly svg: SVGSVGElement,
    private readonly world: SVGGElement,
    private readonly mini: SVGGElement,
    private readonly spots: () => Spot[]
  ) {
    svg.addEventListener('pointerdown', this.drag);
    svg.addEventListener(
      'wheel',
      event => {
        if (!event.ctrlKey) return; // a plain wheel scrolls the notebook
        event.preventDefault();
        this.zoom(event.deltaY > 0 ? 1 / 1.12 : 1.12, event.offsetX, event.offsetY);
      },
      { passive: false }
    );
  }

  /** A new layout or a new size: forget where we were. */
  frame(extent: Extent, width: number, tallest: number): void {
    this.extent = extent;
    const fit = Math.max(READABLE, Math.min(LARGEST, (width - 34) / extent.w));
    const height = Math.max(width > 800 ? 230 : 180, Math.min(tallest, extent.h * fit + 56));
    this.view = { w: width, h: height };
    this.k = Math.min(fit, Math.max(READABLE, (height - 40) / extent.h));
    this.free = false;
    this.svg.setAttribute('width', String(width));
    this.svg.setAttribute('height', String(height));
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.drawMap();
  }

  /** Bring a node into sight, or centre the whole when it fits. */
  follow(at: Box | undefined, smooth: boolean): void {
    if (this.free) return;
    const [fx, fy] = at ? [at[0] - (this.view.w / this.k) * 0.12, at[1]] : [this.extent.w / 2, this.extent.h / 2];
    const place = (size: number, view: number, f: number) =>
      size <= view - 30 ? (view - size) / 2 : Math.max(view - size - SLACK, Math.min(SLACK, view / 2 - f * this.k));
    const x = place(this.extent.w * this.k, this.view.w, fx);
    const y = place(this.extent.h * this.k, this.view.h, fy);
    const moved = x !== this.x || y !== this.y;
    this.x = x;
    this.y = y;
    this.apply(smooth && moved);
  }

  zoom(factor: number, ox = this.view.w / 2, oy = this.view.h / 2): void {
    const k = Math.max(0.15, Math.min(3, this.k * factor));
    this.x = ox - (ox - this.x) * (k / this.k);
    this.y = oy - (oy - this.y) * (k / this.k);
    this.k = k;
    this.free = true;
    this.apply(false);
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
    };
    const up = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
  };

  private apply(smooth: boolean): void {
    this.world.style.transition = smooth ? '' : 'none';
    this.world.style.transform = `translate(${this.x}px,${this.y}px) scale(${this.k})`;
    this.moveWindow();
  }

  /** A map in the corner, shown while something is out of sight. Drawn with the layout; a step moves only what it changed. */
  private drawMap(): void {
    const { extent, view } = this;
    const scale = Math.min(150 / extent.w, 56 / extent.h);
    const [w, t] = [extent.w * scale, extent.h * scale];
    this.map = { scale, left: view.w - w - 12, top: view.h - t - 10, w, t };
    const { left, top } = this.map;
    this.marks.clear();
    this.window = s('rect', { class: 'mview', rx: 2 });
    const parts = [s('rect', { class: 'mbg', x: left - 5, y: top - 5, width: w + 10, height: t + 10, rx: 4 })];
    for (const spot of this.spots()) {
      const [x, y, bw, bh] = spot.box.map(v => v * scale);
      const size = { width: Math.max(1.5, bw), height: Math.max(1.5, bh) };
      const mark = s('rect', { x: left + x - bw / 2, y: top + y - bh / 2, ...size, class: `m-${spot.phase}` });
      this.marks.set(spot, mark);
      parts.push(mark);
    }
    replace(this.mini, ...parts, this.window);
  }

  /** A spot's phase changed. */
  mark(spot: Spot): void {
    this.marks.get(spot)?.setAttribute('class', `m-${spot.phase}`);
  }

  private moveWindow(): void {
    const { extent, view, k } = this;
    const small = extent.w * k <= view.w - 20 && extent.h * k <= view.h - 10;
    this.mini.style.display = small ? 'none' : '';
    if (small) return;
    const { scale, left, top, w, t } = this.map;
    const vx = Math.max(-4, (-this.x / k) * scale);
    const vy = Math.max(-4, (-this.y / k) * scale);
    const size = { width: Math.min(w + 4 - vx, (view.w / k) * scale), height: Math.min(t + 4 - vy, (view.h / k) * scale) };
    this.window.setAttribute('x', String(left + vx));
    this.window.setAttribute('y', String(top + vy));
    this.window.setAttribute('width', String(Math.max(0, size.width)));
    this.window.setAttribute('height', String(Math.max(0, size.height)));
  }
}
