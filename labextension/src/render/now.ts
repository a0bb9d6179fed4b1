/** What this step does: the rule as an equation with its numbers in it, and sums written as sums. */
import type { Frame, NodeId, PictureNode, RuleTerm, Summary } from '../wire';
import { h, type Kid, renew } from './dom';
import { derivative, expression, label, lineNumber } from './labels';
import { madeBy } from './layers';
import { allocated, beginning, kept, made } from './made';
import { hidden, matrix, total } from './marks';
import { bytes, clip, isScalar, shapeOrScalar } from './numbers';
import { failureAt, type Scene } from './view';
import * as WORDS from './words';

const TERMS = 12; // inputs whose equations are written out
const TABLES = 4; // contributions written out where each is a table of numbers

type Pass = Pick<Scene, 'index' | 'state'>;

interface Part {
  caption: string;
  value: Summary;
  key?: string; // of the array, to open it
}

export const heading = (title: string, rest: string, tag: string): HTMLElement =>
  h('header', {}, h('h3', {}, h('code', {}, clip(title, 120)), rest ? ` ${rest}` : ''), h('span', { class: 'tag' }, tag));

/** What the panel can do. */
export interface Acts {
  moves: boolean; //                 there is a step to take
  asks: boolean; //                  the kernel can be asked
  go(step: number): void;
  select(id: NodeId): void;
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
  if (!root) return [heading(WORDS.noGraph, '', '')];
  const name = clip(label(recording, root), 40);
  if (!frames.length) return [h('p', { class: 'muted' }, WORDS.selectANode)];
  const secret = seed && view.hidden.has(seed.node);
  const value = seed && (secret ? hidden() : matrix(seed.value, 'grad', derivative(name, name)));
  return [
    heading(WORDS.beforeBackward, '', WORDS.steps(steps, last === steps)),
    failureAt(index, state.k) ? failure(scene) : null,
    h('p', {}, ...WORDS.startsAt(h('code', {}, name), h('code', {}, name))),
    value && h('div', { class: 'eq' }, value),
    moves && h('p', { class: 'muted' }, WORDS.hint)
  ];
}

function about(node: PictureNode, scene: Scene, selected: boolean, acts: Acts): Kid[] {
  const { index, state } = scene;
  const isLeaf = node.kind === 'leaf';
  const operation = node.kind === 'op' || node.kind === 'function';
  const visit = index.visits.get(node.id) ?? -1;
  const title = operation ? expression(index.recording, node) : `${node.name || WORDS.leaf}${isLeaf ? '.grad' : ''}`;
  const what = operation ? (node.fn ?? node.op) : isLeaf ? 'AccumulateGrad' : WORDS.constant;
  const facts = `${what}${node.line ? ` · ${WORDS.line(lineNumber(index.recording, node.line))}` : ''} · ${shapeOrScalar(node.value)} ${node.dtype}`;
  const meta = h('p', { class: 'muted meta' }, facts);
  const link = (words: string, act: () => void) => h('button', { class: 'link', type: 'button', click: act }, words);
  if (selected && visit >= 0)
    meta.append(
      ' · ',
      link(WORDS.goToStep(visit), () => acts.go(visit))
    );
  if (selected && index.frames.length && node.kind !== 'constant')
    meta.append(
      ' · ',
      link(acts.stops(node.id) ? WORDS.stopsHere : WORDS.stopHere, () => acts.toggleStop(node.id))
    );
  const kids: Kid[] = [
    heading(title, operation && node.name ? `→ ${clip(node.name, 40)}` : '', selected ? WORDS.selected : WORDS.step(state.k)),
    meta,
    ...madeBy(index, node, acts.select),
    !selected && acts.opened()
  ];
  const failed = failureAt(index, state.k);
  if (failed && (failed.node === node.id || (failed.step > index.last && !selected))) kids.push(failure(scene));
  const frame = visit >= 0 && visit <= state.k ? (visit === state.k ? state.frame : index.frames[visit]) : null;
  if (node.kind === 'constant') {
    kids.push(h('p', {}, WORDS.noGradFlows(node.name)));
  } else if (!index.frames.length) kids.push(...atRest(node, scene));
  else if (!frame) kids.push(...notYet(node, scene, visit));
  else if (isLeaf) kids.push(...accumulation(node, frame, scene));
  else kids.push(...visitOf(node, frame, scene, acts.asks));
  return kids;
}

/** A picture without a pass: what the node keeps. */
function atRest(node: PictureNode, { index }: Scene): Kid[] {
  const saved = index.saves.get(node.id) ?? [];
  const kids: Kid[] = [h('div', { class: 'eq' }, matrix(node.value, 'value', WORDS.value, `value:${node.id}`))];
  if (saved.length) {
    kids.push(h('p', { class: 'note' }, kept(node, index)));
  }
  return kids;
}

function notYet(node: PictureNode, scene: Scene, visit: number): Kid[] {
  const { index, state, view } = scene;
  const place = state.rank.get(node.id);
  const left = node.expects - (state.arrived.get(node.id) ?? 0);
  const ended = index.stopped || index.last >= index.total;
  const words =
    place || state.phase(node.id) === 'ready'
      ? WORDS.readyAt(place)
      : visit < 0 && ended
        ? WORDS.neverVisited
        : WORDS.waitsFor(left, node.expects);
  const parts = arrivals(scene, node.id);
  if (!parts.length) return [h('p', {}, words)];
  return [h('p', {}, words), h('h4', {}, WORDS.arrivedSoFar), ledger(parts, null, view.hidden.has(node.id))];
}

// ---------------------------------------------------------------------- sums
/** Contributions, plus signs, total. */
function ledger(parts: Part[], sum: Part | null, secret: boolean): HTMLElement {
  const show = (p: Part) => (secret ? hidden(p.caption) : matrix(p.value, 'grad', p.caption, p.key));
  const after = (sign: string, what: Kid) => h('span', { class: 'pair' }, join(sign), what); // a sign stands before its number
  const tables = parts.length > TERMS && parts.some(p => p.value.shape.length > 1);
  const most = tables ? TABLES : TERMS;
  const row = h('div', { class: 'eq' });
  row.append(...parts.slice(0, most).map((p, i) => (i ? after('+', show(p)) : show(p))));
  if (parts.length > most) row.append(after('+', h('span', { class: 'muted' }, WORDS.more(parts.length - most))));
  if (sum) row.append(after('=', secret ? hidden(sum.caption) : total(show(sum))));
  return row;
}

const join = (sign: string, word = false): HTMLElement => h('span', { class: word ? 'join word' : 'join' }, sign);

/** What has come to a node so far, in the order it came. */
function arrivals({ index, state }: Pass, id: NodeId): Part[] {
  return (index.consumers.get(id) ?? [])
    .flatMap(e => {
      const flow = state.flow.get(e.id);
      const from = index.nodes.get(e.dst);
      return flow?.value && from
        ? [
            {
              step: flow.step,
              caption: WORDS.through(clip(label(index.recording, from), 24)),
              value: flow.value,
              key: `edge:${e.id}`
            }
          ]
        : [];
    })
    .sort((a, b) => a.step - b.step);
}

/** The gradient as it stood when the node was visited; not sent again when a single contribution was all of it. */
export function arrived(node: PictureNode, frame: Frame, scene: Pass): Summary | undefined {
  const { frames, recording } = scene.index;
  return frame.g ?? arrivals(scene, node.id)[0]?.value ?? (node.id === recording.root ? frames[0]?.seed?.value : undefined);
}

function accumulation(node: PictureNode, frame: Frame, scene: Scene): Kid[] {
  const secret = scene.view.hidden.has(node.id);
  const parts = arrivals(scene, node.id);
  const g = arrived(node, frame, scene);
  const after = frame.grads?.[node.id];
  const name = clip(label(scene.index.recording, node), 40);
  const kids: Kid[] = [];
  if (!g) return [h('p', {}, WORDS.nothingArrived)];
  const arrives = { caption: WORDS.arrives, value: g, key: `g:${frame.step}` };
  const sum = parts.length > 1 ? { ...arrives, caption: WORDS.thisPass } : null;
  kids.push(
    h('h4', {}, parts.length > 1 ? WORDS.meet(parts.length) : WORDS.oneContribution),
    ledger(parts.length ? parts : [arrives], sum, secret)
  );
  kids.push(...hooks(g, frame, secret));
  const kept = frame.hooks?.at(-1)?.after ?? g;
  const rows = [
    ...(frame.prior ? [{ caption: WORDS.earlier, value: frame.prior, key: `prior:${frame.step}` }] : []),
    { caption: WORDS.thisPass, value: kept }
  ];
  const becomes = frame.prior && after ? { caption: `${name}.grad`, value: after, key: `grad:${node.id}` } : null;
  if (after) {
    kids.push(h('h4', {}, frame.prior ? WORDS.adds(name) : WORDS.becomes(name)), ledger(rows, becomes, secret));
  }
  return kids;
}

// ---------------------------------------------------------------------- an operation's rules
function hooks(g: Summary, frame: Frame, secret: boolean): Kid[] {
  const show = (x: Summary, caption: string, key: string) => (secret ? hidden(caption) : matrix(x, 'grad', caption, key));
  return (frame.hooks ?? []).flatMap((hook, i) => {
    const from = show(g, WORDS.arrives, `g:${frame.step}`);
    const to = show(hook.after, WORDS.afterHook, `hook:${frame.step}:${i}`);
    return [h('h4', {}, WORDS.hookChanges(hook.line)), h('div', { class: 'eq' }, from, join('→', true), to)];
  });
}

function visitOf(node: PictureNode, frame: Frame, scene: Scene, asks: boolean): Kid[] {
  const { index, view } = scene;
  const { recording } = index;
  const secret = view.hidden.has(node.id);
  const parts = arrivals(scene, node.id);
  const g = arrived(node, frame, scene);
  const kids: Kid[] = [];
  if (g && parts.length > 1)
    kids.push(
      h('h4', {}, WORDS.meet(parts.length)),
      ledger(parts, { caption: WORDS.arrives, value: g, key: `g:${frame.step}` }, secret)
    );
  if (g) kids.push(...hooks(g, frame, secret));
  const into = frame.hooks?.at(-1)?.after ?? g;
  const rules = frame.rules ?? [];
  const terms = h('div', { class: isScalar(node.value) ? 'terms two' : 'terms' });
  if (into) terms.append(...rules.slice(0, TERMS).map(r => term(into, frame, r, node, scene, asks)));
  kids.push(terms);
  if (rules.length > TERMS) kids.push(h('p', { class: 'note' }, WORDS.moreInputs(rules.length - TERMS)));
  for (const e of (index.reads.get(node.id) ?? []).filter(e => e.blocked)) {
    const source = index.nodes.get(e.src);
    const name = source ? clip(label(recording, source), 40) : e.arg;
    kids.push(h('div', { class: 'term' }, h('div', { class: 'code muted' }, WORDS.blocked(name, e.blocked ?? ''))));
  }
  if (frame.grads?.[node.id]) {
    const words = frame.hooks?.length ? WORDS.keepsHooked : WORDS.keepsArrived;
    kids.push(h('p', { class: 'note' }, 'retain_grad: ', h('code', {}, `${clip(node.name, 40)}.grad`), words));
  }
  const freed = (frame.freed ?? []).flatMap(id => index.saved.get(id) ?? []);
  if (freed.length) {
    const size = bytes(allocated(freed));
    const names = h('code', {}, clip([...new Set(freed.map(x => x.name))].join(', '), 80));
    kids.push(h('p', { class: 'note' }, ...WORDS.thenFrees(names, size)));
  }
  return kids;
}

function term(g: Summary, frame: Frame, rule: RuleTerm, node: PictureNode, scene: Scene, asks: boolean): HTMLElement {
  const { index, view } = scene;
  const edge = index.edges.get(rule.edge);
  const to = edge && index.nodes.get(edge.src);
  if (!to) return h('div');
  const name = clip(label(index.recording, to), 40);
  const out = frame.edges[rule.edge];
  const made = clip(label(index.recording, node), 24);
  const scalars = isScalar(node.value) && isScalar(to.value) && !!node.name;
  const partial = derivative(clip(node.name, 24), name) + (/^-?1$/.test(rule.local ?? '') ? '' : ` = ${rule.local}`);
  const last = frame.hooks?.length;
  const [came, from] = last ? [WORDS.afterHook, `hook:${frame.step}:${last - 1}`] : [WORDS.arrives, `g:${frame.step}`];
  const incoming = () => (view.hidden.has(node.id) ? hidden(WORDS.arrives) : matrix(g, 'grad', came, from));
  const local =
    rule.value && rule.join !== 'spread'
      ? matrix(rule.value, 'value', scalars ? partial : clip(rule.local ?? '', 60), `local:${rule.edge}`)
      : null;
  const row = h('div', { class: 'eq' });
  if (!local) row.append(incoming(), join('→', true));
  else if (rule.join === '@l') row.append(local, join('@'), incoming());
  else row.append(incoming(), join(rule.join === '@' ? '@' : '×'), local);
  const leaves = WORDS.leavesTo(name);
  const result = view.hidden.has(rule.edge)
    ? hidden(leaves)
    : out
      ? total(matrix(out, 'grad', leaves, `edge:${rule.edge}`))
      : h('span', {}, 'None');
  row.append(h('span', { class: 'pair' }, local && join('='), result));
  const asked = (asks || index.recording.jacobians?.[rule.edge]) && out && !(isScalar(g) && isScalar(out));
  const more = {
    class: 'link value',
    type: 'button',
    'data-array': `jacobian:${rule.edge}`,
    title: WORDS.jacobianOf(derivative(made, name), made)
  };
  const jacobian = asked && !view.hidden.has(rule.edge) && h('button', more, WORDS.jacobian);
  return h(
    'div',
    { class: 'term' },
    h('div', { class: 'code' }, h('span', { class: 'muted' }, WORDS.to(name)), clip(rule.code, 200), jacobian),
    row
  );
}

// ---------------------------------------------------------------------- failures
/** The page never invents an explanation: cause, repair and message come from the kernel. */
function failure({ index }: Scene): Kid {
  const f = index.recording.failure;
  if (!f) return null;
  const message = f.message && h('p', { class: 'mono' }, f.message);
  const folded = message && h('details', {}, h('summary', {}, WORDS.pytorchSays), message);
  return h(
    'div',
    { class: 'fail', role: 'alert' },
    h('strong', {}, WORDS.failed(f.kind, f.infinite)),
    f.cause ? h('p', {}, f.cause) : null,
    f.repair ? h('p', {}, h('b', {}, WORDS.repair), f.repair) : null,
    f.cause && f.kind !== 'raised' ? folded : message // what the learner's own code says is the news; PyTorch's sentence is for search
  );
}
