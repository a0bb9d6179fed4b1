/** Where a picture's boxes go: from the recording when the kernel placed them, else from Graphviz in this page. */
import type { GroupId, Layout, Recording } from '../wire';
import { plan, read } from './boxes';

interface Graphviz {
  renderString(dot: string, options: { format: string }): string;
}

let loader: (() => Promise<Graphviz>) | null = null;
let loaded: Promise<Graphviz> | null = null;

/** Each host says where Graphviz comes from: a lazy chunk of the labextension, or the kernel. It is loaded once a page. */
export function provideGraphviz(load: () => Promise<Graphviz>): void {
  loader ??= load;
}

/** The recording's own layout for exactly these opened groups. */
export function given(recording: Recording, open: readonly GroupId[]): Layout | null {
  return recording.layouts.find(l => l.open.length === open.length && open.every(g => l.open.includes(g))) ?? null;
}

export async function place(recording: Recording, open: readonly GroupId[]): Promise<Layout> {
  const found = given(recording, open);
  if (found) return found;
  if (!loader)
    throw new Error('The positions are missing and this page has no Graphviz: install autograd-lab[svg] in the kernel.');
  loaded ??= loader();
  loaded.catch(() => (loaded = null)); // the next picture may try again
  const graphviz = await loaded;
  const opened = new Set(open);
  const p = plan(recording, opened);
  const layout = read(p, opened, JSON.parse(graphviz.renderString(p.dot, { format: 'json0' })));
  recording.layouts.push(layout);
  return layout;
}
