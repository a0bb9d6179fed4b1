/** The drawing cut into squares, so that only those in sight are laid out and painted: a step then costs the same in any graph. */
import { s } from './dom';

const SIDE = 800; //   layout units of a cell
const WHOLE = 60; //   boxes up to which cutting is not worth it

type Layer = 'edges' | 'nodes' | 'labels'; // from below: a number is never cut by a card

export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export class Cells {
  readonly layers: Record<Layer, SVGGElement>;
  private readonly cells = new Map<string, { at: Rect; parts: Map<Layer, SVGGElement> }>();
  private readonly cut: boolean;
  private seen = '';

  constructor(boxes: number) {
    this.cut = boxes > WHOLE;
    this.layers = {
      edges: s('g', { class: 'edges', 'aria-hidden': 'true' }),
      nodes: s('g', { class: 'nodes' }),
      labels: s('g', { class: 'labels', 'aria-hidden': 'true' })
    };
  }

  /** Put something that covers this area where it is drawn; what is longer than a cell is drawn always. */
  add(layer: Layer, part: SVGElement, area: Rect): void {
    const long = area.right - area.left > SIDE || area.bottom - area.top > SIDE;
    if (this.cut && !long) this.group(layer, (area.left + area.right) / 2, (area.top + area.bottom) / 2).append(part);
    else this.layers[layer].append(part);
  }

  private group(layer: Layer, x: number, y: number): SVGGElement {
    const [i, j] = [Math.floor(x / SIDE), Math.floor(y / SIDE)];
    const key = `${i} ${j}`;
    let cell = this.cells.get(key);
    if (!cell) {
      // what is centred in a cell may reach over its edge by half a side
      const at = { left: (i - 0.5) * SIDE, top: (j - 0.5) * SIDE, right: (i + 1.5) * SIDE, bottom: (j + 1.5) * SIDE };
      cell = { at, parts: new Map() };
      this.cells.set(key, cell);
    }
    let group = cell.parts.get(layer);
    if (!group) {
      group = s('g');
      cell.parts.set(layer, group);
      this.layers[layer].append(group);
    }
    return group;
  }

  /** Only what is near this window stays in the drawing. */
  look(window: Rect): void {
    const near: string[] = [];
    for (const [key, { at }] of this.cells) {
      if (at.left < window.right && at.right > window.left && at.top < window.bottom && at.bottom > window.top) near.push(key);
    }
    if (near.join() === this.seen) return;
    this.seen = near.join();
    const shown = new Set(near);
    for (const [key, { parts }] of this.cells) {
      for (const group of parts.values()) group.style.display = shown.has(key) ? '' : 'none';
    }
  }
}
