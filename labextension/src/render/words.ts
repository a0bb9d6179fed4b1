/**
 * What the page says in English, in one place: sentences that are read, and names of controls that are read out. Words of PyTorch
 * that are typed (`is_leaf`, `.grad`, `None`) are no English and stand where they are used.
 *
 * Used as `WORDS.name`, a module: the bundler then keeps of it what a host uses, under names of a letter or two.
 */
import type { Moment } from './moments';

const count = (n: number): string => n.toLocaleString('en');
const many = (n: number, one: string): string => `${count(n)} ${one}${n === 1 ? '' : 's'}`;

// ---- the bar above the picture
export const passOf = (title: string) => `backward pass of ${title}`;
export const numbersOn = 'numbers on the edges';
export const gradients = 'Gradients';
export const gradientsHelp = 'the gradient that flowed along each edge';
export const local = 'Local';
export const localHelp = 'the local derivative of each edge';
export const paths = 'Paths';
export const pathsHelp = 'products along each path, and their sum';
export const predict = 'Predict';
export const key = 'Key';
export const find = 'find';
export const findHint = 'name, operation, /regular expression/, |g| < 1e-6, nan';
export const findHelp = `find nodes: ${findHint}`;
export const found = (n: number) => `${count(n)} found`;
export const foundAt = (i: number, n: number, name: string) => `${i} of ${count(n)}: ${name}`;

// ---- the picture
export const graph = 'autograd graph';
export const graphOf = (title: string, nodes: number) =>
  `${title}: ${nodes} nodes. Values run left to right, gradients right to left. Arrow keys step in time; N and P walk the nodes.`;
export const zoomOut = 'zoom out';
export const zoomIn = 'zoom in';
export const fit = 'fit';
export const fitHelp = 'fit and follow';
export const save = (kind: string) => `save the picture of this step as ${kind}`;
export const atStep = (k: number, start: number) => (k < 0 ? ` forward ${k - start}` : ` step ${k}`);
export const notSaved = 'This browser cannot draw the picture as a file.';
export const merged = (n: number) => `${n} edges: the largest of their gradients is shown`;

// ---- a card, as it is read out
export const leaf = 'leaf';
export const leafSpoken = 'leaf, requires grad';
export const constant = 'constant';
export const scalar = 'scalar';
export const notMadeYet = 'not computed yet';
export const ready = (place: number) => `ready, ${Number.isFinite(place) ? `number ${place} ` : ''}in the queue`;
export const noGradient = 'no gradient';
export const contributions = (arrived: number, expects: number) => `${arrived} of ${expects} contributions`;
export const grad = (word: string) => `grad ${word}`;
export const keeps = (names: string[]) => `saves ${names.join(', ')}`;
export const freed = ' (freed)';
export const chip = (freed: boolean, name: string, shape: string, size: string, version: number) =>
  `${freed ? 'freed' : 'saved'}: ${name} ${shape}, ${size}, version ${version}`;
export const stoppedAtNode = 'the pass stopped here';
export const group = (name: string, what: string, when: string, done: number, all: number, hits: number | null) =>
  `group ${name}, ${what}, ${when}, ${done} of ${all} nodes done${hits === null ? '' : `, ${hits} found inside`}, press Enter to open`;
export const nodesDone = (done: number, all: number) => `${done}/${all} nodes`;
export const noLongerHeld = 'no longer held';
export const arrayOf = (norm: string, nans: number, infinite: number) =>
  `norm ${norm}${nans ? `, ${nans} NaN` : ''}${infinite ? `, ${infinite} infinite` : ''}`;
export const corner = ' corner';

// ---- what a pass with create_graph made
export const aPass = 'a backward pass';
export const madeByRule = (rule: Node | string, layer: string) => ['Made by the rule of ', rule, ` (${layer}).`] as const;
export const madeBySpoken = (rule: string) => `made by the rule of ${rule}`;
export const ruleMade = (made: (Node | string)[], layer: string) => ['Its rule made ', ...made, ` (${layer}).`];

// ---- groups
export const openedGroups = 'opened groups';
export const allGroups = 'all';
export const showAll = (n: number) => `show all ${n}`;
export const showAllHelp = 'every node by itself';
export const foldGroups = 'fold groups';
export const foldGroupsHelp = 'one card for each module, function or loop';
export const foldInside = 'fold what is inside';
export const foldAll = 'fold everything';
export const fold = (name: string) => `fold ${name}`;
export const opened = (name: string) => `${name} opened`;
export const inGroup = (name: string) => `in ${name}`;
export const allFolded = 'all groups folded';

// ---- more nodes than a picture can hold
export const nodes = 'nodes';
export const searchHint = 'name, operation or condition: tanh, h[1200], /^h/, |g| < 1e-6, nan';
export const search = 'search nodes';
export const tooMany = (n: number) => `${count(n)} nodes are too many to read as a picture. `;
export const listHelp = (folded: boolean) =>
  `${folded ? 'Folded above; b' : 'B'}elow, each node’s gradient norm in forward order; click it, or search.`;
export const strip = (low: string, high: string) => `gradient norms from ${low} to ${high}, in forward order`;
export const firstMade = 'first made';
export const lastMade = 'last made';
export const nodeNumber = (i: number) => `node ${i}`;
export const neighbours = (more: number) =>
  `Its inputs, itself, its consumers. Click to walk.${more ? ` ${more} more are not shown.` : ''}`;

// ---- time
export const first = 'to the start; again: to the start of the forward pass (Home)';
export const back = 'step back (left arrow)';
export const play = 'play (space)';
export const pause = 'pause (space)';
export const next = 'step (right arrow)';
export const end = 'to the end (End)';
export const run = 'run to where it stops (R)';
export const needsKernel = 'the next step needs the kernel';
export const time = 'time: the forward pass below zero, then the steps of the backward pass';
export const speed = 'speed';
export const stopAt = 'stop at';
export const stopHint = 'norm > 1e3';
export const stopHelp = 'a condition: norm > 1e3, max > 5, min < -5, nan, inf, zero or mismatch; several with "or"';
export const notACondition = (text: string) =>
  `“${text}” is not a condition. Write norm > 1e3, max > 5, min < -5, nan, inf, zero or mismatch.`;
export const forget = (name: string) => `do not stop at ${name}`;
export const stopHere = 'stop here (B)';
export const stopsHere = 'stops here (B)';
export const before = 'before backward';
export const forward = 'forward';
export const neverReached = 'never reached';
export const notRunYet = 'not run yet';
export const step = (k: number) => `step ${k}`;
export const stepOf = (k: number, n: number, what: string) => `step ${k} of ${n}, ${what}`;
export const held = (now: string, most: string) => `saved ${now} of ${most}`;

// ---- the forward pass
export const forwardOf = (i: number, n: number) => `forward ${i} of ${n}`;
export const forwardStart = 'Before the forward pass';
export const inputsOnly = 'Only the inputs are there. Each operation makes a value and keeps what its rule needs.';
export const inputs = (op: string) => `${op} of`;
export const saves = (names: string, size: string) => `Saves ${names} (${size}) for its rule.`;
export const savesNothing = 'Its rule needs no value: nothing is saved.';

// ---- what a step does
export const thisStep = 'what this step does';
export const noGraph = 'No graph';
export const selectANode = 'Select a node to see what it holds.';
export const beforeBackward = 'Before backward';
export const steps = (n: number, recorded: boolean) => `${n} steps${recorded ? ' recorded' : ''}`;
export const startsAt = (root: Node, itself: Node) =>
  ['The pass starts at ', root, ' with the gradient of ', itself, ' with respect to itself:'] as const;
export const hint = 'Press → to take the first step, ← to replay the forward pass.';
export const line = (n: number) => `line ${n}`;
export const selected = 'selected';
export const goToStep = (k: number) => `go to step ${k}`;
export const noGradFlows = (name: string) => `${name || 'This value'} does not require grad, so no gradient comes this way.`;
export const value = 'value';
export const readyAt = (place: number | undefined) => (place ? `Ready: place ${place} in the queue.` : 'Ready: in the queue.');
export const neverVisited = 'The pass never reaches this node.';
export const waitsFor = (left: number, of: number) => `Waits for ${left} of ${many(of, 'contribution')}.`;
export const arrivedSoFar = 'Arrived so far';
export const more = (n: number) => `${n} more`;
export const through = (name: string) => `through ${name}`;
export const meet = (n: number) => `${n} contributions meet, and add`;
export const oneContribution = 'One contribution';
export const nothingArrived = 'No gradient arrived: None.';
export const thisPass = 'this pass';
export const earlier = 'earlier backward';
export const adds = (name: string) => `${name}.grad was not None, so it adds`;
export const becomes = (name: string) => `${name}.grad was None, so it becomes`;
export const hookChanges = (line: number) => `${line > 0 ? `The hook of line ${line}` : 'A hook'} changes it`;
export const arrives = 'g arrives';
export const afterHook = 'after the hook';
export const leavesTo = (name: string) => `leaves to ${name}`;
export const to = (name: string) => `to ${name}:  `;
export const moreInputs = (n: number) => `and ${n} more inputs.`;
const BLOCKED: Record<string, string> = { detached: 'detached', no_grad: 'made under no_grad' };
export const blocked = (name: string, why: string) => `to ${name}:  not computed, ${BLOCKED[why] ?? 'a constant'}`;
export const keepsHooked = ' keeps what the hook returned.';
export const keepsArrived = ' keeps what arrived.';
export const thenFrees = (names: Node, size: string) => ['Then frees ', names, ` (${size} saved for this rule).`] as const;
export const inside = 'inside this step';
export const momentOf = (i: number, n: number) => `moment ${i} of ${n}`;

const MOMENTS: Record<Moment['what'], string> = {
  arrive: 'arrives',
  sum: 'sum',
  hook: 'hook',
  retain: 'retain_grad',
  rule: 'rule',
  accumulate: '.grad',
  free: 'free',
  warning: 'warning',
  error: 'error'
};
/** The name of a moment on its button. */
export const momentName = (moment: Moment): string => MOMENTS[moment.what];

// ---- what went wrong
/** What a node made of finite numbers: kind `nan` of a failure, which an infinity is too. */
export const born = (infinite?: boolean) => `${infinite ? 'Infinity' : 'NaN'} born here`;
const TITLES: Record<string, string> = {
  inplace: 'Stopped: a saved tensor was changed',
  freed: 'Stopped: the graph was freed',
  raised: 'Stopped by an exception'
};
export const failed = (kind: string, infinite?: boolean) => (kind === 'nan' ? born(infinite) : (TITLES[kind] ?? 'Stopped'));
export const passStopped = 'The pass stopped here.';
export const stoppedHere = 'stopped here';
export const raisedHere = 'raised here';
export const pytorchSays = 'PyTorch says';
export const repair = 'Repair: ';
export const savesAt = (name: string, version: number) => `saves ${name} at v${version}`;
export const writes = (from: number, to: number) => `writes: v${from} → v${to}`;

// ---- paths
export const pathCount = (n: number) => many(n, 'path');
export const tooManyPaths = (edges: number) =>
  `Too many products to write. The engine forms none: it adds where paths meet, and walks each of ${edges} edges once.`;
export const noPath = (upper: string, lower: string) => `No gradient comes from ${upper} down to ${lower}.`;
export const multiply = (upper: string, scalar: boolean) =>
  scalar
    ? 'Multiply the local derivatives along each path; add the paths.'
    : `Along each path the gradient that arrived at ${upper} is multiplied with the local Jacobians; add the paths.`;
export const arrivesAt = (name: string) => `arrives at ${name}`;
export const pickEnds = 'Click a node for the lower end, with Shift for the upper (or Enter).';
export const shortest = (edges: number) => `the shortest: ${edges} edges`;
export const brackets = 'Factors in brackets are arrays, or unknown yet: each applies to what came before.';
export const sumOver = (paths: number) => (paths > 1 ? 'sum over paths' : 'one path');
export const hookOnPath = (line: number | undefined, name: string) =>
  `A hook of line ${line} changes the gradient at ${name}, so the product alone is not what arrives.`;

// ---- every number of an array
export const everyNumber = 'every number';
export const opens = (caption: string, shape: string, norm: string) => `${caption} ${shape}, ${norm}: Enter for every number`;
export const walk = (caption: string) => `${caption}: arrow keys walk, + and - zoom, Escape closes`;
export const close = 'close';
export const onlyKernel = 'Only the kernel has every digit.';
export const cornerOf = (rows: number, columns: number) => ` first ${rows} × ${columns}`;
export const partFrom = (place: number[]) => ` from [${place.join(', ')}] on`;
export const blocks = (rows: number, columns: number) =>
  ` in blocks of ${rows} × ${columns}, the largest of each; +: its numbers`;
export const largestFrom = (place: string, v: string) => `[${place}] and on, the largest: ${v}`;
export const jacobian = 'Jacobian';
export const jacobianOf = (derivative: string, of: string) => `${derivative}, a row for each element of ${of}`;

// ---- source and tensors
export const source = 'Source';
export const cell = 'the cell';
export const madeElsewhere = (name: string) => `${name || 'this leaf'} was made elsewhere`;
export const goToLine = 'click a line to go to it in its cell; Enter: to the marked one';
export const tensors = 'Tensors';
export const filter = 'filter';
export const filterTensors = 'filter the tensors: words of a name, a shape, a dtype, is_leaf, none';
export const sortBy = (column: string) => `sort by ${column}`;
export const some = (shown: number, all: number) => `(${shown} of ${all})`;
export const outside = 'changed by another cell';

// ---- predictions
export const predicting = 'predict the gradient';
export const answered = 'answered';
export const hidden = 'hidden: ?';
export const check = 'Check';
export const showMe = 'show me';
export const lookAtPaths = 'look at the paths';
export const aNumber = (example: string) => `A number, please: for example ${example}.`;
export const right = 'Right. The engine agrees; the numbers are shown.';
export const notThis = 'Not this. Write a product for each path to it, then add them.';
export const shown = 'Shown. Scrub to the last step to see where it comes from.';
export const checkNeedsKernel = 'Checking an answer needs the kernel: run the cell first.';

// ---- no picture, and no kernel
export const noGraphYet = 'No graph yet';
export const begins = 'A graph begins with a tensor that requires grad. Run a cell such as:';
export const placing = (n: number) => `Placing ${n} nodes`;
export const placingHelp = (steps: number) =>
  steps ? `The recording is here: ${steps} steps. Only the picture is missing.` : 'Only the positions are missing.';
export const notDrawn = 'This graph is not drawn';
export const noKernel = 'No kernel. ';
export const playsFromHere = (n: number) =>
  n
    ? `The ${n} recorded steps play from this page; the rest need the kernel: run the cell again.`
    : 'This page holds no recorded step: run the cell again to take one.';
export const kernelBusy = 'The kernel is busy. The step is taken when the running cell is done.';
export const kernelSilent = (n: number) =>
  `The kernel does not answer: it is busy, or gone. The ${n} recorded steps play from this page.`;
export const tooManyCards = (n: number) => `${count(n)} cards are too many to draw: search instead.`;
export const noPositions = 'The positions are missing, and Graphviz does not answer: run the cell again.';

// ---- an output that is refused
const AGAIN = 'run the cell again.';
export const holdsNoGraph = 'The output holds no graph.';
export const otherVersion = (theirs: string, ours: number) =>
  `This graph was written in version ${theirs} of the format and this page reads version ${ours}: install the autograd-lab that wrote it, or ${AGAIN}`;
export const incomplete = `The graph is incomplete: ${AGAIN}`;
export const tooLarge = 'The graph is larger than a page can hold.';
export const tooManyNodes = (nodes: number, edges: number) =>
  `The graph has ${count(nodes)} nodes and ${count(edges)} edges, more than a page can hold.`;
export const damaged = (what: 'node' | 'group' | 'tensor' | 'source' | 'step') =>
  `${what === 'source' ? 'The' : 'A'} ${what} of the graph is damaged: ${AGAIN}`;
export const twice = `Two nodes of the graph have one name: ${AGAIN}`;
export const leadsNowhere = `An edge of the graph leads nowhere: ${AGAIN}`;
export const noRoot = `The graph has no root: ${AGAIN}`;
export const circle = `The graph runs in a circle, which no computation does: ${AGAIN}`;

// ---- the key
export const marks = {
  waiting: 'waiting',
  ready: 'ready, place in queue',
  current: 'current',
  done: 'done',
  leaf: 'leaf: keeps .grad',
  constant: 'constant: no gradient',
  positive: 'gradient, positive',
  negative: 'negative (hollow)',
  mixed: 'mixed signs',
  saved: 'saved tensor, freed',
  pips: 'contributions: 1 of 2 here',
  free: 'step that frees',
  accumulate: 'step that fills .grad',
  sum: 'contributions summed',
  hook: 'hook',
  retain: 'retain_grad keeps it',
  warning: 'warning: .grad was not None',
  error: 'error',
  tie: 'a rule, and what it made',
  region: 'made under no_grad'
};
export const keys = [
  ['← →', 'step; Shift: inside a step'],
  ['Home End', 'first, last'],
  ['Space', 'play, pause'],
  ['N P Enter', 'walk the nodes, select'],
  ['B R', 'stop here; run to a stop'],
  ['/', 'find'],
  ['Backspace', 'fold the open group'],
  ['Esc', 'select nothing, fit'],
  ['Ctrl wheel', 'zoom; drag: pan'],
  ['Enter', 'every number of an array'],
  ['← ↑ ↓ → + −', 'there: walk, zoom'],
  ['click', 'in Paths: lower end; Shift: upper']
] as const;

// ---- a training run
export const monitor = 'training monitor';
export const training = 'Training';
export const rate = 'learning rate';
export const parameter = 'parameter';
export const gradNorm = '|grad|';
export const ratio = 'update ratio';
export const stepCount = (n: number) => many(n, 'step');
export const looks = (n: number) => `, looks ${many(n, 'step')} apart`;
export const loss = 'loss';
export const norms = 'gradient norms';
export const ratios = 'update ratios';
export const notFinite = 'not finite';
export const logarithmic = ' (log)';
export const curve = (now: string, low: string, high: string, log: boolean) =>
  `${now}, from ${low} to ${high}${log ? ', logarithmic' : ''}`;
export const nothingYet = (what: string, hint: string) => `${what}, nothing yet${hint && `: ${hint}`}`;
export const noLoss = 'give it the loss: monitor.log(loss)';
export const noGrad = 'no .grad seen: log() after backward()';

// ---- JupyterLab's menus, palette and side panel
export const category = 'Autograd';
export const panel = 'Autograd inspector';
export const panelHelp = 'Autograd: the backward pass in the side panel';
export const fileType = 'Autograd graph';
export const aboutPanel = 'The side panel that follows the backward pass in use, and commands to step it';
export const aboutOutputs = 'Shows a recorded pass where the kernel that made it is gone';
export const aboutMime = 'Computation graphs and recorded backward passes, with or without a kernel';
export const commands = {
  'show-inspector': 'Show the Autograd Inspector',
  step: 'Autograd: Step',
  'step-back': 'Autograd: Step Back',
  'to-start': 'Autograd: To the Start',
  'to-end': 'Autograd: To the End',
  play: 'Autograd: Play or Pause'
};
