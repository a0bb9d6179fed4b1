/**
 * Where a picture's boxes go: from the recording when that says so, else from the kernel, else from Graphviz beside this page, else
 * from the layout of our own. None of them holds the page up.
 */
import type { GroupId, Layout, Recording } from '../wire';
import { type Plan, plan, read } from './boxes';
import { DRAWN } from './guard';
import * as WORDS from './words';

/** Graphviz, wherever it runs: DOT in, json0 out. */
export type Graphviz = (dot: string) => Promise<string>;
/** A kernel that places boxes. */
export type Placing = (open: readonly GroupId[]) => Promise<Layout>;

const DETOURS = 1000; // ranks that lines pass through: Graphviz's time grows with them
const MANY = 1500; //    cards from which it takes seconds
const LATE = 4000; //    ms that another is waited for
const ALONE = 30_000; // and where there is no other

let graphviz: Graphviz | null = null;
let layered: ((made: Plan, open: ReadonlySet<GroupId>) => Layout) | null = null;

/** Each host says where Graphviz comes from, if it has one; one that is `sure` to stay goes before others. */
export function provideGraphviz(found: Graphviz, sure = false): void {
  if (sure || !graphviz) graphviz = found;
}

/** For hosts that may be without Graphviz: the layout of our own. */
export function provideLayered(found: typeof layered): void {
  layered = found;
}

/** The recording's own layout for exactly these opened groups. */
export function given(recording: Recording, open: readonly GroupId[]): Layout | null {
  return recording.layouts.find(l => l.open.length === open.length && open.every(g => l.open.includes(g))) ?? null;
}

export async function place(recording: Recording, open: readonly GroupId[], kernel?: Placing): Promise<Layout> {
  const found = given(recording, open);
  if (found) return found;
  const layout = (kernel && (await inTime(kernel(open)))) ?? (await here(plan(recording, new Set(open)), open));
  layout.open = [...open];
  recording.layouts.push(layout);
  return layout;
}

async function here(made: Plan, open: readonly GroupId[]): Promise<Layout> {
  const opened = new Set(open);
  const { length } = made.keys;
  if (length > 2 * DRAWN) throw new Error(WORDS.tooManyCards(length));
  if (graphviz && !(layered && (made.keys.length > MANY || long(made)))) {
    const json = await inTime(graphviz(made.dot), layered ? LATE : ALONE);
    if (json) return read(made, opened, JSON.parse(json));
  }
  if (!layered) throw new Error(WORDS.noPositions);
  return layered(made, opened);
}

/** Lines that pass many cards: of a weight used at each of a hundred turns. */
function long(made: Plan): boolean {
  const at = new Map(made.keys.map((key, i) => [key, i]));
  const few = made.keys.length / 10;
  return made.merged.filter(({ a, b }) => Math.abs(at.get(b)! - at.get(a)!) > few).length * few > DETOURS;
}

/** What a promise brings, or null when it fails or takes too long: there is another way. */
function inTime<T>(promise: Promise<T>, late = LATE): Promise<T | null> {
  return Promise.race([promise.catch(() => null), new Promise<null>(done => setTimeout(() => done(null), late))]);
}

/** Graphviz in a Worker, which is started at the first graph that needs it. `address` says where its module is. */
export function inWorker(address: () => Promise<string>): Graphviz {
  let starting: Promise<Worker> | null = null;
  let count = 0;
  const start = async () => {
    const code = `import { instance } from ${JSON.stringify(await address())};
      const ready = instance();
      onmessage = ({ data: { id, dot } }) => ready.then(g => postMessage({ id, json: g.renderString(dot, { format: 'json0' }) }))
        .catch(error => postMessage({ id, error: String(error) }));`;
    return new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' });
  };
  return async dot => {
    starting ??= start();
    starting.catch(() => (starting = null)); // the next picture may try again
    const worker = await starting;
    const id = count++;
    return new Promise((resolve, reject) => {
      const hear = ({ data }: MessageEvent<{ id: number; json?: string; error?: string }>) => {
        if (data.id !== id) return;
        worker.removeEventListener('message', hear);
        if (data.json === undefined) reject(new Error(data.error));
        else resolve(data.json);
      };
      worker.addEventListener('message', hear);
      worker.addEventListener('error', () => reject(new Error('the worker did not start')), { once: true });
      worker.postMessage({ id, dot });
    });
  };
}
