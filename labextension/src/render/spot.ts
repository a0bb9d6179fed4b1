/** Where the number of an edge stands: on its line or right beside it, and on no card. */
import type { Box } from './card';
import type { Curve } from './curve';

const TALL = 18; //   px of a number
const WIDEST = 300; // twice what one takes beside its line
const ARROW = 24; //  px of a line that are to be seen beside the number on it
const HUNG = 5; //    of what hangs on a card: chips, its place in the queue
const PARTS = [0.47, 0.5, 0.36, 0.6, 0.24, 0.74, 0.12, 0.88, 0.02, 0.98]; // of the line, the best first
const BESIDE = [0, -13, 13, -38, 38, -58, 58]; // px from it; beyond a card is far, and for what has no room at all
const [NUMBER, CARD] = [4, 9]; // what it costs to lie on one, or far

/** What else is drawn there. */
export interface Around {
  cards: Box[];
  numbers: Map<unknown, Box>; // by the line each belongs to
}

/** The best place for a number so wide, and what is wrong with it: 4 or more where there is no room. */
export function spot(way: Curve, width: number, { cards, numbers }: Around): [Box, number] {
  const [{ x, y }, reach] = [way.at(way.length / 2), way.length + WIDEST];
  const lies = (on: Iterable<Box>, box: Box, air = 0) => [...on].filter(b => overlap(box, b, air)).length;
  const near = cards.filter(b => overlap(b, [x, y, reach, reach]));
  let best: [Box, number] = [[x, y, 0, 0], Infinity];
  for (const part of PARTS) {
    const p = way.at(way.length * part);
    const at = (dx: number, dy: number) => {
      const box: Box = [p.x + dx, p.y + dy, width, TALL];
      let cost = CARD * lies(near, box) + NUMBER * lies(numbers.values(), box) + lies(near, box, HUNG);
      if (Math.abs(dy) > TALL) cost += NUMBER;
      if (!dx && !dy && way.length < width + ARROW) cost += 2;
      if (cost < best[1]) best = [box, cost];
    };
    for (const dy of BESIDE) at(0, dy);
    for (const side of [-1, 1]) at(side * (width / 2 + 6), 0);
    if (!best[1]) break;
  }
  return best;
}

const overlap = ([x, y, w, t]: Box, [u, v, s, h]: Box, air = 0): boolean =>
  Math.abs(x - u) < (w + s) / 2 && Math.abs(y - v) < (t + h) / 2 + air;
