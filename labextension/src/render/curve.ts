/** A Graphviz spline as numbers: its length and points on it, without asking the browser to lay anything out. */
export interface Point {
  x: number;
  y: number;
}

const PIECES = 10; // straight pieces a Bezier segment is measured by

/** A path of cubic Bezier segments: start, then triples of control and end points. */
export class Curve {
  private readonly points: Point[] = [];
  private readonly lengths: number[] = [0]; // from the start to each point

  constructor(readonly p: number[]) {
    this.points.push({ x: p[0], y: p[1] });
    for (let i = 2; i + 5 < p.length; i += 6) {
      for (let j = 1; j <= PIECES; j++) this.add(bezier(p, i - 2, j / PIECES));
    }
  }

  private add(to: Point): void {
    const from = this.points[this.points.length - 1];
    this.lengths.push(this.length + Math.hypot(to.x - from.x, to.y - from.y));
    this.points.push(to);
  }

  get length(): number {
    return this.lengths[this.lengths.length - 1];
  }

  at(distance: number): Point {
    const d = Math.max(0, Math.min(this.length, distance));
    let i = this.lengths.findIndex(length => length >= d);
    if (i <= 0) i = Math.min(1, this.points.length - 1);
    const [a, b] = [this.points[Math.max(0, i - 1)], this.points[i]];
    const piece = this.lengths[i] - this.lengths[Math.max(0, i - 1)];
    const t = piece ? (d - this.lengths[i - 1]) / piece : 0;
    return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
  }

  /** The same line, walked the other way: gradients run against values. */
  reversed(): Curve {
    const q: number[] = [];
    for (let i = this.p.length - 2; i >= 0; i -= 2) q.push(this.p[i], this.p[i + 1]);
    return new Curve(q);
  }

  get d(): string {
    const { p } = this;
    return `M${p[0]},${p[1]}${p.length > 2 ? `C${p.slice(2).join(' ')}` : ''}`;
  }
}

function bezier(p: number[], i: number, t: number): Point {
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return {
    x: a * p[i] + b * p[i + 2] + c * p[i + 4] + d * p[i + 6],
    y: a * p[i + 1] + b * p[i + 3] + c * p[i + 5] + d * p[i + 7]
  };
}
