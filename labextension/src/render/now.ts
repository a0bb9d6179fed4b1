/** What this step does: the rule as an equation with its numbers in it, and sums written as sums. */
import type { Frame, NodeId, PictureNode, RuleTerm, Summary } from '../wire';
import { h, type Kid, renew } from './dom';
import { expression, label, lineNumber } from './labels';
import { beginning, made } from './made';
import { hidden, matrix, total } from './marks';
import { bytes, clip, isScalar, shapeOrScalar } from './numbers';
import { failureAt, type Scene } from './view';
import { WORDS } from './words';

const TERMS = 12; // inputs whose equations are written out

interface Part {
  caption: string;
  value: Summary;
}

export const heading = (title: string, rest: string, tag: string): HTMLElement =>
  h('header', {}, h('h3', {}, h('code', {}, clip(title, 120)), rest ? ` ${rest}` : ''), h('span', { class: 'tag' }, tag));

/** What the panel can do. */
export interface Acts {
  moves: boolean; //                 there is a step to take
  go(step: number): void;
  stops(id: NodeId): boolean; //     whether a run stops there
  toggleStop(id: NodeId): void;
  opened(): Kid; //                  the moments of the step on show
}

/** Fill the panel for the selected node, else for the current one. */
export function drawNow(el: HTMLElement, scene: Scene, acts: Acts): void {
  const { index, state, view } = scene;
  const selected = view.selected && view.selected !== state.current ? index.nodes.get(view.selected) : null;
  const node = selected ?? (state.current ? index.nodes.get(state.current) : undefined);
  if (state.unmade && !selected) renew(el, ...(node ? made(node, scene) : beginning()));
  else renew(el, ...(node ? about(node, scene, !!selected, acts) : before(scene, acts.moves)));
}

function before(scene: Scene, moves: boolean): Kid[] {
  const { index, state, view } = scene;
  const { recording, frames, last, total: steps } = index;
  const root = index.nodes.get(recording.root);
  const seed = frames[0]?.seed;
  if (!root) return [heading('No graph', '', '')];
  const name = clip(label(recording, root), 40);
  if (!frames.length) return [h('p', { class: 'muted' }, 'Select a node to see what it holds.')];
  const counted = last === steps ? `${steps} steps recorded` : `${steps} steps`;
  const secret = seed && view.hidden.has(seed.node);
  const value = seed && (secret ? hidden() : matrix(seed.value, 'grad', `∂${name}/∂${name}`));
  return [
    heading('Before backward', '', counted),
    failureAt(index, state.k) ? failure(scene) : null,
    h(
      'p',
      {},
      'The pass starts at ',
      h('code', {}, name),
      ' with the gradient of ',
      h('code', {}, name),
      ' with respect to itself:'
    ),
    value && h('div', { class: 'eq' }, value),
    moves && h('p', { class: 'muted' }, WORDS.hint)
  ];
}

function about(node: PictureNode, scene: Scene, selected: boolean, acts: Acts): Kid[] {
  const { index, state } = scene;
  const isLeaf = node.kind === 'leaf';
  const operation = node.kind === 'op' || node.kind === 'function';
  const visit = index.visits.get(node.id) ?? -1;
  const title = operation ? expression(index.recording, node) : `${node.name || 'leaf'}${isLeaf ? '.grad' : ''}`;
  const what = operation ? (node.fn ?? node.op) : isLeaf ? 'AccumulateGrad' : 'constant';
  const facts = `${what}${node.line ? ` · line ${lineNumber(index.recording, node.line)}` : ''} · ${shapeOrScalar(node.value)} ${node.dtype}`;
  const meta = h('p', { class: 'muted meta' }, facts);
  const link = (words: string, act: () => void) => h('button', { class: 'link', type: 'button', click: act }, words);
  if (selected && visit >= 0)
    meta.append(
      ' · ',
      link(`go to step ${visit}`, () => acts.go(visit))
    );
  if (selected && index.frames.length && node.kind !== 'constant')
    meta.append(
      ' · ',
      link(acts.stops(node.id) ? WORDS.stopsHere : WORDS.stopHere, () => acts.toggleStop(node.id))
    );
  const kids: Kid[] = [
    heading(title, operation && node.name ? `→ ${clip(node.name, 40)}` : '', selected ? 'selected' : `step ${state.k}`),
    meta,
    !selected && acts.opened()
  ];
  const failed = failureAt(index, state.k);
  if (failed && (failed.node === node.id || (failed.step > index.last && !selected))) kids.push(failure(scene));
  const frame = visit >= 0 && visit <= state.k ? (visit === state.k ? state.frame : index.frames[visit]) : null;
  if (node.kind === 'constant') {
    kids.push(h('p', {}, `${node.name || 'This value'} does not require grad, so no gradient comes this way.`));
  } else if (!index.frames.length) kids.push(...atRest(node, scene));
  else if (!frame) kids.push(...notYet(node, scene, visit));
  else if (isLeaf) kids.push(...accumulation(node, frame, scene));
  else kids.push(...visitOf(node, frame, scene));
  return kids;
}

/** A picture without a pass: what the node keeps. */
function atRest(node: PictureNode, { index }: Scene): Kid[] {
  const saved = index.saves.get(node.id) ?? [];
  const kids: Kid[] = [h('div', { class: 'eq' }, matrix(node.value, 'value', 'value'))];
  if (saved.length) {
    const names = saved.map(x => `${x.name} v${x.version}`).join(', ');
    kids.push(
      h(
        'p',
        { class: 'note' },
        'Saves ',
        h('code', {}, names),
        ` (${bytes(saved.reduce((a, x) => a + x.bytes, 0))}) for its rule.`
      )
    );
  }
  return kids;
}

function notYet(node: PictureNode, scene: Scene, visit: number): Kid[] {
  const { index, state, view } = scene;
  const place = state.rank.get(node.id);
  const left = node.expects - (state.arrived.get(node.id) ?? 0);
  const ended = index.stopped || index.last >= index.total;
  const words = place
    ? `Ready: place ${place} in the queue.`
    : state.phase(node.id) === 'ready'
      ? 'Ready: in the queue.'
      : visit < 0 && ended
        ? 'The pass never reaches this node.'
        : `Waits for ${left} of ${node.expects} contribution${node.expects > 1 ? 's' : ''}.`;
  const parts = arrivals(scene, node.id);
  if (!parts.length) return [h('p', {}, words)];
  return [h('p', {}, words), h('h4', {}, 'Arrived so far'), ledger(parts, null, view.hidden.has(node.id))];
}

// ---------------------------------------------------------------------- sums
/** Contributions, plus signs, total. */
function ledger(parts: Part[], sum: Part | null, secret: boolean): HTMLElement {
  const row = h('div', { class: 'eq' });
  const show = (p: Part) => (secret ? hidden(p.caption) : matrix(p.value, 'grad', p.caption));
  parts.slice(0, TERMS).forEach((p, i) => {
    if (i) row.append(join('+'));
    row.append(show(p));
  });
  if (parts.length > TERMS) row.append(join('+'), h('span', { class: 'muted' }, `${parts.length - TERMS} more`));
  if (sum) row.append(join('='), secret ? hidden(sum.caption) : total(show(sum)));
  return row;
}

const join = (sign: string, word = false): HTMLElement => h('span', { class: word ? 'join word' : 'join' }, sign);

/** What has come to a node so far, in the order it came. */
function arrivals({ index, state }: Scene, id: NodeId): Part[] {
  return (index.consumers.get(id) ?? [])
    .flatMap(e => {
      const flow = state.flow.get(e.id);
      const from = index.nodes.get(e.dst);
      return flow?.value && from
        ? [{ step: flow.step, caption: `through ${clip(label(index.recording, from), 24)}`, value: flow.value }]
        : [];
    })
    .sort((a, b) => a.step - b.step);
}

const meeting = (count: number) => `${count} contributions meet, and add`;

/** The gradient as it stood when the node was visited; not sent again when a single contribution was all of it. */
function arrived(node: PictureNode, frame: Frame, scene: Scene): Summary | undefined {
  const { frames, recording } = scene.index;
  return frame.g ?? arrivals(scene, node.id)[0]?.value ?? (node.id === recording.root ? frames[0]?.seed?.value : undefined);
}

function accumulation(node: PictureNode, frame: Frame, scene: Scene): Kid[] {
  const secret = scene.view.hidden.has(node.id);
  const parts = arrivals(scene, node.id);
  const g = arrived(node, frame, scene);
  const after = frame.grads?.[node.id];
  const name = clip(node.name || 'leaf', 40);
  const kids: Kid[] = [];
  if (!g) return [h('p', {}, 'No gradient arrived: None.')];
  const sum = parts.length > 1 ? { caption: 'this pass', value: g } : null;
  kids.push(
    h('h4', {}, parts.length > 1 ? meeting(parts.length) : 'One contribution'),
    ledger(parts.length ? parts : [{ caption: 'arrives', value: g }], sum, secret)
  );
  for (const hook of frame.hooks ?? []) kids.push(...hooked(g, hook, secret));
  const kept = frame.hooks?.at(-1)?.after ?? g;
  const rows = [
    ...(frame.prior ? [{ caption: 'earlier backward', value: frame.prior }] : []),
    { caption: 'this pass', value: kept }
  ];
  const becomes = frame.prior && after ? { caption: `${name}.grad`, value: after } : null;
  if (after) {
    kids.push(
      h('h4', {}, frame.prior ? `${name}.grad was not None, so it adds` : `${name}.grad was None, so it becomes`),
      ledger(rows, becomes, secret)
    );
  }
  return kids;
}

// ---------------------------------------------------------------------- an operation's rules
function hooked(g: Summary, hook: { line: number; after: Summary }, secret: boolean): Kid[] {
  const where = hook.line > 0 ? `The hook of line ${hook.line}` : 'A hook';
  const [from, to] = secret
    ? [hidden('g arrives'), hidden('after the hook')]
    : [matrix(g, 'grad', 'g arrives'), matrix(hook.after, 'grad', 'after the hook')];
  return [h('h4', {}, `${where} changes it`), h('div', { class: 'eq' }, from, join('→', true), to)];
}

function visitOf(node: PictureNode, frame: Frame, scene: Scene): Kid[] {
  const { index, view } = scene;
  const { recording } = index;
  const secret = view.hidden.has(node.id);
  const parts = arrivals(scene, node.id);
  const g = arrived(node, frame, scene);
  const kids: Kid[] = [];
  if (g && parts.length > 1)
    kids.push(h('h4', {}, meeting(parts.length)), ledger(parts, { caption: 'arrives', value: g }, secret));
  if (g) for (const hook of frame.hooks ?? []) kids.push(...hooked(g, hook, secret));
  const into = frame.hooks?.at(-1)?.after ?? g;
  const rules = frame.rules ?? [];
  const terms = h('div', { class: isScalar(node.value) ? 'terms two' : 'terms' });
  if (into) terms.append(...rules.slice(0, TERMS).map(r => term(into, frame, r, node, scene)));
  kids.push(terms);
  if (rules.length > TERMS) kids.push(h('p', { class: 'note' }, `and ${rules.length - TERMS} more inputs.`));
  for (const e of (index.reads.get(node.id) ?? []).filter(e => e.blocked)) {
    const source = index.nodes.get(e.src);
    const why = e.blocked === 'detached' ? 'detached' : e.blocked === 'no_grad' ? 'made under no_grad' : 'a constant';
    const name = source ? clip(label(recording, source), 40) : e.arg;
    kids.push(h('div', { class: 'term' }, h('div', { class: 'code muted' }, `to ${name}:  not computed, ${why}`)));
  }
  if (frame.grads?.[node.id]) {
    const kept = frame.hooks?.length ? ' keeps what the hook returned.' : ' keeps what arrived.';
    kids.push(h('p', { class: 'note' }, 'retain_grad: ', h('code', {}, `${clip(node.name, 40)}.grad`), kept));
  }
  const freed = (frame.freed ?? []).flatMap(id => index.saved.get(id) ?? []);
  if (freed.length) {
    const size = bytes(freed.reduce((a, x) => a + x.bytes, 0));
    kids.push(
      h(
        'p',
        { class: 'note' },
        'Then frees ',
        h('code', {}, clip(freed.map(x => x.name).join(', '), 80)),
        ` (${size} saved for this rule).`
      )
    );
  }
  return kids;
}

function term(g: Summary, frame: Frame, rule: RuleTerm, node: PictureNode, scene: Scene): HTMLElement {
  const { index, view } = scene;
  const edge = index.edges.get(rule.edge);
  const to = edge && index.nodes.get(edge.src);
  if (!to) return h('div');
  const name = clip(label(index.recording, to), 40);
  const out = frame.edges[rule.edge];
  const scalars = isScalar(node.value) && isScalar(to.value) && !!node.name;
  const partial = `∂${clip(node.name, 24)}/∂${name}${/^-?1$/.test(rule.local ?? '') ? '' : ` = ${rule.local}`}`;
  const incoming = () =>
    view.hidden.has(node.id) ? hidden('g arrives') : matrix(g, 'grad', frame.hooks?.length ? 'after the hook' : 'g arrives');
  const local =
    rule.value && rule.join !== 'spread' ? matrix(rule.value, 'value', scalars ? partial : clip(rule.local ?? '', 60)) : null;
  const row = h('div', { class: 'eq' });
  if (!local) row.append(incoming(), join('→', true));
  else if (rule.join === '@l') row.append(local, join('@'), incoming());
  else row.append(incoming(), join(rule.join === '@' ? '@' : '×'), local);
  const leaves = `leaves to ${name}`;
  const result = view.hidden.has(rule.edge) ? hidden(leaves) : out ? total(matrix(out, 'grad', leaves)) : h('span', {}, 'None');
  row.append(h('span', { class: 'pair' }, local && join('='), result));
  return h(
    'div',
    { class: 'term' },
    h('div', { class: 'code' }, h('span', { class: 'muted' }, `to ${name}:  `), clip(rule.code, 200)),
    row
  );
}

// ---------------------------------------------------------------------- failures
const TITLES = {
  nan: 'NaN born here',
  inplace: 'Stopped: a saved tensor was changed',
  freed: 'Stopped: the graph was freed',
  raised: 'Stopped: a rule raised'
};

/** The page never invents an explanation: cause, repair and message come from the kernel. */
function failure({ index }: Scene): Kid {
  const f = index.recording.failure;
  if (!f) return null;
  const message = f.message && h('p', { class: 'mono' }, f.message);
  const folded = message && h('details', {}, h('summary', {}, 'PyTorch says'), message);
  return h(
    'div',
    { class: 'fail', role: 'alert' },
    h('strong', {}, TITLES[f.kind] ?? 'Stopped'),
    f.cause ? h('p', {}, f.cause) : null,
    f.repair ? h('p', {}, h('b', {}, 'Repair: '), f.repair) : null,
    f.cause && f.kind !== 'raised' ? folded : message // what the learner's own code says is the news; PyTorch's sentence is for search
  );
}
