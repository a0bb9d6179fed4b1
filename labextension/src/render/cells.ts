/**
 * The drawing cut into squares, so that only those in sight are laid out and painted: a step then costs the same in any graph.
 * Each is a switch with a group in it: a `g` that is not displayed has a layout all the same, for what may refer to it.
 */
import { s } from './dom';

const SIDE = 320; //   layout units of a cell: a third of what a window shows
const LONG = 1600; //  what is longer is drawn always: it would keep a cell in sight that has nothing else to show
const AROUND = 70; //  what badges, rings and numbers take beyond their part's own area
const WHOLE = 60; //   boxes up to which cutting is not worth it

type Layer = 'edges' | 'nodes' | 'labels'; // from below: a number is never cut by a card

export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Cell {
  at: Rect; //  what its parts cover
  parts: Map<Layer, SVGGElement>;
  shown: boolean;
}

export class Cells {
  readonly layers: Record<Layer, SVGGElement>;
  private readonly cells = new Map<string, Cell>();
  private readonly cut: boolean;

  constructor(boxes: number) {
    this.cut = boxes > WHOLE;
    this.layers = {
      edges: s('g', { class: 'edges', 'aria-hidden': 'true' }),
      nodes: s('g', { class: 'nodes' }),
      labels: s('g', { class: 'labels', 'aria-hidden': 'true' })
    };
  }

  /** Put something that covers this area where it is drawn. */
  add(layer: Layer, part: SVGElement, area: Rect): void {
    const long = area.right - area.left > LONG || area.bottom - area.top > LONG;
    (this.cut && !long ? this.group(layer, area) : this.layers[layer]).append(part);
  }

  /** Where a cell has its parts of this layer; the cell grows to what they cover. */
  private group(layer: Layer, { left, right, top, bottom }: Rect): SVGGElement {
    const key = `${Math.floor((left + right) / 2 / SIDE)} ${Math.floor((top + bottom) / 2 / SIDE)}`;
    let cell = this.cells.get(key);
    if (!cell) {
      cell = { at: { left, right, top, bottom }, parts: new Map(), shown: true };
      this.cells.set(key, cell);
    }
    const { at, parts } = cell;
    at.left = Math.min(at.left, left - AROUND);
    at.right = Math.max(at.right, right + AROUND);
    at.top = Math.min(at.top, top - AROUND);
    at.bottom = Math.max(at.bottom, bottom + AROUND);
    let group = parts.get(layer);
    if (!group) {
      group = s('g');
      parts.set(layer, group);
      this.layers[layer].append(s('switch', {}, group));
    }
    return group;
  }

  /** What is in this window is shown, at once. */
  look(window: Rect): void {
    for (const cell of this.cells.values()) if (!cell.shown && overlap(cell.at, window)) show(cell, true);
  }

  /** What the window may come to next is shown, and what is farther is not: before it is looked at, after what is. */
  settle({ left, right, top, bottom }: Rect): void {
    const near = { left: left - SIDE, right: right + SIDE, top: top - SIDE, bottom: bottom + SIDE };
    for (const cell of this.cells.values()) {
      const wanted = overlap(cell.at, near) || focused(cell);
      if (cell.shown !== wanted) show(cell, wanted);
    }
  }
}

const overlap = (a: Rect, b: Rect): boolean => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;

/** What has the focus would lose it where it is not displayed, and the keys with it. */
const focused = ({ parts }: Cell): boolean => !!parts.get('nodes')?.contains(document.activeElement);

function show(cell: Cell, shown: boolean): void {
  cell.shown = shown;
  for (const { parentElement } of cell.parts.values()) parentElement!.style.display = shown ? '' : 'none';
}
