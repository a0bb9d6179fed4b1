/**
 * One renderer for all hosts: (playback, element) -> undo. The widget, the saved output, the side panel and a plain page differ
 * only in where the recording comes from and in who can continue it.
 */
import type { EdgeId, Layout, NodeId } from '../wire';
import { BigList } from './biglist';
import { Finder } from './finder';
import { Folds } from './folds';
import { h, put, replace } from './dom';
import { Heat } from './heat';
import { DRAWN, FOLDED } from './guard';
import { keyToggle } from './key';
import { keyboard, listen } from './keyboard';
import { place } from './layout';
import { ModeSwitch } from './modes';
import { banner, empty, placing, refused } from './notices';
import { drawNow } from './now';
import { openStep } from './openstep';
import { clip } from './numbers';
import { drawPaths, PathSums } from './pathsum';
import { PictureView } from './picture';
import { reach } from './reach';
import type { Change, Playback } from './playback';
import { QuizBox } from './quizbox';
import { SourcePanel } from './source';
import { spoken } from './spoken';
import { TensorTable } from './table';
import { tools } from './tools';
import { Transport } from './transport';
import { atRest, hides, type Mode, type Scene, SMALL } from './view';
import * as WORDS from './words';

const WIDE = 980; //   px of the widget itself, not of the window
const NARROW = 520; // a side panel

/** Show a playback in an element, once it is known where everything goes. Returns the undo. */
export function player(host: HTMLElement, playback: Playback): () => void {
  const { recording } = playback.index;
  if (!recording.nodes.length) {
    replace(host, empty());
    return () => host.replaceChildren();
  }
  const list = recording.nodes.length > DRAWN && !recording.groups.length;
  const ready = recording.layouts[0];
  if (ready || list) {
    const one = new Player(host, playback, list ? null : ready);
    return () => one.dispose();
  }
  let undo = () => host.replaceChildren();
  let over = false;
  replace(host, placing(recording.nodes.length, playback.index.last));
  place(recording, recording.nodes.length > FOLDED ? [] : recording.groups.map(g => g.id), playback.kernel?.place).then(
    layout => {
      if (over) return;
      const one = new Player(host, playback, layout);
      undo = () => one.dispose();
    },
    (error: Error) => {
      if (over) return;
      const one = recording.nodes.length > DRAWN ? new Player(host, playback, null) : null; // the list needs no places
      if (one) undo = () => one.dispose();
      else replace(host, refused(error.message));
    }
  );
  return () => {
    over = true;
    undo();
  };
}

class Player {
  private readonly root: HTMLElement;
  private readonly scene: Scene;
  private readonly picture: PictureView | null = null;
  private readonly list: BigList | null = null;
  private readonly transport: Transport;
  private readonly source: SourcePanel;
  private readonly table: TensorTable;
  private readonly quiz: QuizBox;
  private readonly stage = h('div', { class: 'stagebox' });
  private readonly folds: Folds | null = null;
  private readonly finder: Finder | null = null;
  private readonly now = h('section', { class: 'panel now', 'aria-label': WORDS.thisStep });
  private readonly live = h('div', { class: 'sr', role: 'status', 'aria-live': 'polite' });
  private readonly say = (words: string) => void (this.live.textContent = words);
  private readonly banner = h('div', { class: 'banner', role: 'status' });
  private readonly modes = new ModeSwitch(mode => this.setMode(mode));
  private readonly predict: HTMLButtonElement | null;
  private readonly undo: (() => void)[] = [];
  private readonly still = matchMedia('(prefers-reduced-motion: reduce)');
  private static last = 0;
  private width = -1;
  private due = 0; // the frame in which to settle
  private coming = 0; // the frame in which to tell
  private readonly stale = new Set<NodeId>(); // nodes to tell of
  private tallest = 0; // px of the panel so far
  private range: [number, number];
  private readonly sums: PathSums;
  private readonly heat: Heat;

  constructor(
    private readonly host: HTMLElement,
    private readonly playback: Playback,
    layout: Layout | null
  ) {
    const { index, state } = playback;
    const { recording } = index;
    this.range = index.range;
    const view = atRest();
    this.scene = { index, state, view, small: recording.nodes.length <= SMALL, stops: playback.stops };
    this.sums = new PathSums(playback, () => this.paintStep());
    this.heat = new Heat(playback);
    this.heat.listen(this.now);
    const pick = (id: NodeId | null, upper?: boolean) => this.select(id, upper);
    const hover = (id: string | null) => this.hover(id);
    const found = (ids: Set<NodeId> | null) => this.mark(ids);
    if (layout) {
      this.picture = new PictureView(this.scene, { select: pick, open: id => void this.folds?.toggle(id), hover });
      this.folds = new Folds(recording, layout, {
        kernel: () => playback.kernel?.place,
        current: () => view.selected ?? state.frame?.node ?? null,
        draw: (made, focus) => this.redraw(made, focus),
        say: this.say
      });
    }
    if (!layout || recording.nodes.length > DRAWN) this.list = new BigList(this.scene, pick, found, !!layout);
    else if (recording.nodes.length > SMALL) this.finder = new Finder(this.scene, { found, goTo: id => void this.goTo(id) });
    this.transport = new Transport(playback);
    this.source = new SourcePanel(this.scene);
    this.table = new TensorTable(this.scene, id => this.select(id === view.selected ? null : id), hover);
    this.quiz = new QuizBox(playback, () => this.setMode('paths'));
    const predict = { class: 'tog', type: 'button', 'aria-pressed': 'false', click: () => playback.togglePredict() };
    this.predict = playback.quiz?.optional ? h('button', predict, WORDS.predict) : null;
    this.root = this.assemble();
    const width = host.clientWidth - 2; // its borders; measuring what was just put on the page would lay it out at once
    replace(host, this.root);
    if (layout) this.picture?.draw(layout);
    this.undo.push(playback.listen(change => this.heard(change)));
    const keys = keyboard(playback, this.scene, {
      mode: (by: 1 | -1) => this.modes.turn(view.mode, by),
      find: () => this.finder?.focus(),
      fold: () => this.folds?.up(),
      walk: event => this.heat.walk(event),
      rest: () => {
        this.select(null);
        this.size();
      }
    });
    this.undo.push(listen(this.root, keys));
    const observer = new ResizeObserver(() => {
      if (this.root.clientWidth === this.width) this.transport.resize();
      else this.size(); // its height changes with every step, and is its own doing
    });
    observer.observe(this.root);
    this.undo.push(() => observer.disconnect());
    this.paintAll();
    this.size(width > 0 ? width : Player.last, 0);
  }

  private assemble(): HTMLElement {
    const { recording, frames } = this.playback.index;
    const [keyButton, keyBox] = keyToggle();
    const { picture } = this;
    if (picture) {
      this.stage.append(
        picture.el,
        tools(picture, this.playback, () => this.size(), this.say)
      );
      if (this.folds) this.stage.append(this.folds.el);
    }
    this.modes.el.hidden = !frames.length || !picture;
    const time = h('div', { class: 'a-time' }, this.transport.el);
    time.hidden = !frames.length;
    return h(
      'div',
      {
        class: 'agl',
        role: 'group',
        'aria-label': WORDS.passOf(clip(recording.title, 80))
      },
      h(
        'header',
        { class: 'bar' },
        h('h2', {}, clip(recording.title, 60)),
        h('span', { class: 'tag' }, clip(recording.source.cell, 40)),
        h('span', { class: 'grow' }),
        this.finder?.el,
        this.modes.el,
        this.predict,
        keyButton
      ),
      this.banner,
      keyBox,
      h(
        'div',
        { class: 'grid' },
        h('div', { class: 'a-stage' }, this.picture && this.stage, this.list?.el),
        time,
        h('div', { class: 'a-side' }, this.quiz.el, this.now, this.heat.el),
        h('div', { class: 'a-table' }, this.source.el, this.table.el)
      ),
      this.live
    );
  }

  // ------------------------------------------------------------------ what was heard
  private heard(change: Change): void {
    const { view } = this.scene;
    if (change.kind === 'move') {
      view.animate = change.forward && !this.still.matches;
      this.heat.close();
      const selected = view.selected;
      view.selected = null;
      if (selected) change.changes.nodes.add(selected);
      const pale = !!view.reach;
      view.reach = null;
      const rescaled = this.range.join() !== this.playback.index.range.join();
      this.range = this.playback.index.range;
      this.picture?.paint(change.changes);
      if (rescaled) this.picture?.paintLines();
      if (pale || this.playback.index.recording.failure) this.picture?.paintAll();
      this.picture?.follow(view.animate);
      this.list?.follow();
      view.animate = false;
      this.paintPlace();
      for (const id of change.changes.nodes) this.stale.add(id);
      this.now.setAttribute('aria-busy', 'true');
    } else if (change.kind === 'question') return this.paintAll();
    else if (change.kind === 'stops') return this.paintStops(change.node);
    this.coming ||= requestAnimationFrame(() => (this.coming = requestAnimationFrame(() => this.tell())));
  }

  private paintStops(node: NodeId | null): void {
    this.transport.paintStops();
    if (node) this.picture?.paint({ nodes: new Set([node]), edges: new Set() });
    else this.picture?.paintAll();
    this.paintStep();
  }

  // ------------------------------------------------------------------ painting
  private paintAll(): void {
    const { view } = this.scene;
    view.hidden = hides(this.playback.index, this.playback.secret);
    view.onPath = view.mode === 'paths' ? this.sums.edges() : new Set();
    this.root.toggleAttribute('data-paths', view.mode === 'paths');
    this.picture?.paintAll();
    this.list?.paint();
    this.table.paintAll();
    this.quiz.paint();
    this.paintStep();
  }

  /** Words, numbers and buttons come a frame after the picture: what the eye follows never waits for what it reads. */
  private tell(): void {
    this.coming = 0;
    this.table.paint(this.stale);
    this.stale.clear();
    this.paintStep();
    const said = spoken(this.playback);
    if (said !== this.live.textContent) this.live.textContent = said; // or a screen reader would say it again
  }

  /** Where the pass is: on the root, for styles and for who drives the page, and on the time line. */
  private paintPlace(): void {
    const { playback, scene } = this;
    // a picture without a pass is quiet until something is selected
    this.root.toggleAttribute('data-rest', !playback.index.frames.length && !scene.view.selected);
    put(this.root, 'data-step', String(playback.k));
    put(this.root, 'data-moment', playback.state.moment === null ? null : String(playback.state.moment));
    put(this.root, 'data-phase', playback.k < 0 ? 'forward' : 'backward');
    put(this.root, 'data-steps', String(playback.index.total));
    put(this.root, 'data-recorded', String(playback.index.last));
    this.transport.move();
  }

  /** What belongs to the step on show: panels, time, banner. Their size does not depend on the graph's. */
  private paintStep(): void {
    const { playback, scene } = this;
    const { view } = scene;
    this.paintPlace();
    this.transport.paint();
    this.picture?.paintLate();
    this.now.removeAttribute('aria-busy');
    if (view.mode === 'paths' && this.sums.ends) drawPaths(this.now, scene, this.sums, path => this.point(path));
    else {
      drawNow(this.now, scene, {
        moves: playback.moves,
        asks: !!playback.kernel?.ask,
        go: k => playback.go(k),
        select: id => void this.goTo(id),
        stops: id => playback.stops.has(id),
        toggleStop: id => playback.toggleStop(id),
        opened: () => openStep(playback)
      });
    }
    this.source.paint();
    this.paintBanner();
    cancelAnimationFrame(this.due);
    this.due = requestAnimationFrame(() => this.settle());
    this.modes.paint(view.mode);
    this.predict?.setAttribute('aria-pressed', String(!!playback.quiz?.open));
  }

  /** What must measure comes last, once a frame: measuring between changes would lay the notebook out again each time. */
  private settle(): void {
    this.source.reveal();
    this.table.reveal();
    const { now } = this;
    if (now.offsetHeight <= this.tallest) return;
    this.tallest = now.offsetHeight; // the panel never shrinks: what is below it must not jump while stepping
    now.style.minHeight = `${this.tallest}px`;
  }

  private paintBanner(): void {
    const words = banner(this.playback);
    this.banner.hidden = !words.length;
    replace(this.banner, ...words);
  }

  /** As wide as it is; where that is not known, as the last one was: mostly it is, and then the page is laid out once and not thrice. */
  private size(width = this.root.clientWidth || Player.last, lane?: number): void {
    this.width = Player.last = width;
    const wide = width >= WIDE;
    this.tallest = 0;
    this.now.style.minHeight = '';
    this.root.dataset.size = wide ? 'wide' : width < NARROW ? 'narrow' : 'compact';
    const stage = width || 660;
    this.picture?.resize(stage, wide ? 480 : 340);
    this.list?.resize(stage);
    this.transport.resize(lane);
  }

  // ------------------------------------------------------------------ what the reader does
  private select(id: NodeId | null, upper = false): void {
    const { view, index } = this.scene;
    this.heat.close();
    if (id && view.mode === 'paths' && this.sums.pick(id, upper)) {
      view.path = null;
      view.selected = null;
      this.paintAll();
      return;
    }
    view.selected = id && id !== view.selected ? id : null;
    view.reach = view.selected && index.recording.nodes.length > SMALL ? reach(index, view.selected) : null;
    this.picture?.paintAll();
    this.table.paint([]);
    this.paintStep();
  }

  /** Mark what a search found. */
  private mark(ids: Set<NodeId> | null): void {
    if (!ids && !this.scene.view.found) return;
    this.scene.view.found = ids;
    this.picture?.paintAll();
  }

  /** Select a node where it can be seen. */
  private async goTo(id: NodeId): Promise<void> {
    await this.folds?.reveal(id);
    this.scene.view.selected = null;
    this.select(id);
    this.picture?.show(id);
  }

  private redraw(layout: Layout, focus: string): void {
    const held = this.stage.contains(document.activeElement) && !this.folds?.el.contains(document.activeElement);
    this.picture?.draw(layout);
    this.size();
    if (held && focus) this.picture?.focus(focus);
  }

  private hover(id: string | null): void {
    const { view } = this.scene;
    if (view.hover === id) return;
    const before = view.hover;
    view.hover = id;
    this.picture?.paintAround(before);
    this.picture?.paintAround(id);
  }

  private point(path: EdgeId[] | null): void {
    this.scene.view.path = path ? new Set(path) : null;
    this.picture?.paintLines();
  }

  private setMode(mode: Mode): void {
    this.scene.view.mode = mode;
    this.scene.view.path = null;
    this.paintAll();
  }

  dispose(): void {
    cancelAnimationFrame(this.due);
    cancelAnimationFrame(this.coming);
    for (const undo of this.undo) undo();
    this.source.dispose();
    this.host.replaceChildren();
  }
}
