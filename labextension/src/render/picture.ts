/** The picture: values run left to right in thin ink, gradients come back right to left on the same lines. */
import type { GroupId, Layout, NodeId } from '../wire';
import { Camera } from './camera';
import { Card } from './card';
import { Cells, type Rect } from './cells';
import { h, replace, s } from './dom';
import { drawTies } from './layers';
import { Line } from './line';
import type { Changes } from './state';
import { SMALL, type Scene } from './view';
import * as WORDS from './words';

export interface PictureEvents {
  select(id: NodeId | null, upper?: boolean): void; // upper: Shift was held
  open(group: GroupId): void;
  hover(id: string | null): void;
}

export class PictureView {
  readonly el: HTMLElement;
  readonly camera: Camera;
  readonly world = s('svg', { class: 'world' });
  private readonly mini = s('svg', { class: 'mini', 'aria-hidden': 'true' });
  private cards = new Map<string, Card>(); // by what is drawn
  private cardOf = new Map<NodeId, Card>(); // by node, folded or not
  private readonly ties = s('g');
  private lines: Line[] = [];
  private lineOf = new Map<string, Line[]>(); // by edge, and by each end
  private lineAt = new Map<Element, Line>();
  private order: string[] = []; // for walking with N and P: outputs first
  private focused = '';
  private layout: Layout | null = null;
  private cells = new Cells(0);
  private readonly late = new Set<Card>();
  private window: Rect = { left: 0, right: 0, top: 0, bottom: 0 };

  constructor(
    private readonly scene: Scene,
    private readonly on: PictureEvents
  ) {
    const { recording } = scene.index;
    this.el = h(
      'div',
      {
        class: 'stage',
        role: 'group',
        tabindex: 0,
        'aria-roledescription': WORDS.graph,
        'aria-label': WORDS.graphOf(recording.title.slice(0, 80), recording.nodes.length)
      },
      this.world,
      this.mini
    );
    this.camera = new Camera(this.el, this.world, this.mini, {
      spots: () => [...this.cards.values()],
      moved: window => {
        this.window = window;
        this.cells.look(window);
      }
    });
    this.el.addEventListener('click', event => {
      if (this.camera.dragged) return;
      const card = this.cardAt(event.target);
      if (card) this.act(card, event.shiftKey);
      else this.on.select(null);
    });
    this.el.addEventListener('pointerover', event => this.on.hover(this.idAt(event.target)));
    this.el.addEventListener('pointerleave', () => this.on.hover(null));
    this.el.addEventListener('focusin', event => {
      const card = this.cardAt(event.target);
      if (card) this.focused = card.id;
      this.on.hover(card?.id ?? null);
    });
    this.el.addEventListener('keydown', this.key);
  }

  /** Put the focus on a card, in sight. */
  focus(id: string): void {
    const card = this.cards.get(id) ?? this.cardOf.get(id);
    if (!card) return;
    this.focused = card.id;
    this.camera.show(card.box);
    const around = this.layout?.frames[card.node?.group ?? ''];
    if (around) this.camera.enclose(around, card.box);
    card.g.focus();
  }

  /** Bring a node's card into sight. */
  show(id: NodeId): void {
    const card = this.cardOf.get(id);
    if (card) this.camera.show(card.box);
  }

  draw(layout: Layout): void {
    this.layout = layout;
    this.scene.small = Object.keys(layout.nodes).length <= SMALL;
    const ground = s('path', { d: `M-40,-40H${layout.w + 40}V${layout.h + 40}`, class: 'hit' }); // around all that is ever drawn
    const frames = s('g', { class: 'frames' }, ground);
    this.cells = new Cells(Object.keys(layout.nodes).length);
    const groups = new Map(this.scene.index.recording.groups.map(g => [g.id, g]));
    for (const [id, box] of Object.entries(layout.frames)) frames.append(this.frame(id, box));
    this.cards = new Map();
    this.cardOf = new Map();
    for (const [id, box] of Object.entries(layout.nodes)) {
      const group = id.startsWith('g:') ? (groups.get(id.slice(2)) ?? null) : null;
      const node = this.scene.index.nodes.get(id) ?? null;
      if (!node && !group) continue;
      const card = new Card(id, box, this.scene, node, group);
      this.cards.set(id, card);
      for (const member of card.members) this.cardOf.set(member, card);
      const [x, y, w, t] = box;
      this.cells.add('nodes', card.g, { left: x - w / 2, right: x + w / 2, top: y - t / 2, bottom: y + t / 2 });
    }
    const boxes = layout.nodes;
    this.lineAt = new Map();
    const around = { cards: Object.values(boxes), numbers: new Map() };
    this.lines = layout.edges.map(e => new Line(e, this.scene, around));
    this.lineOf = new Map();
    for (const line of this.lines) {
      for (const key of [...line.ids, line.layout.a, line.layout.b]) {
        const list = this.lineOf.get(key);
        if (list) list.push(line);
        else this.lineOf.set(key, [line]);
      }
      this.lineAt.set(line.g, line);
      const area = extent(line.layout.p);
      this.cells.add('edges', line.g, area);
      this.cells.add('labels', line.label, area);
    }
    const at = (id: string) => layout.nodes[id];
    this.order = [...this.cards.keys()].sort((a, b) => at(b)[0] - at(a)[0] || at(a)[1] - at(b)[1]);
    const { edges, nodes, labels } = this.cells.layers;
    replace(this.world, frames, edges, this.ties, nodes, labels);
    this.paintAll();
  }

  private frame(id: GroupId, [x, y, width, height]: number[]): SVGElement {
    const name = this.scene.index.recording.groups.find(g => g.id === id)?.name ?? id;
    return s(
      'g',
      {
        class: 'frame',
        role: 'button',
        tabindex: -1,
        'aria-expanded': 'true',
        'aria-label': WORDS.fold(name),
        click: () => this.on.open(id)
      },
      s('rect', { x, y, width, height, rx: 6 }),
      s('text', { x: x + 10, y: y + 13 }, `▾ ${name}`)
    );
  }

  // ------------------------------------------------------------------ painting
  paintAll(): void {
    for (const card of this.cards.values()) {
      card.paint();
      this.late.add(card);
    }
    this.paintLines();
    this.paintTies();
    this.paintLate();
  }

  /** Only what a move touched; `paintLate` does the rest. */
  paint({ nodes, edges }: Changes): void {
    const cards = new Set<Card>();
    for (const id of nodes) {
      const card = this.cardOf.get(id);
      if (card) cards.add(card);
    }
    for (const card of cards) {
      card.paint();
      this.late.add(card);
    }
    const lines = new Set<Line>();
    for (const id of edges) for (const line of this.lineOf.get(id) ?? []) lines.add(line);
    this.paintLines(lines);
    this.paintTies();
  }

  /** What is not looked at while stepping: the map, and what cards are called. */
  paintLate(): void {
    for (const card of this.late) {
      card.call();
      this.camera.mark(card);
    }
    this.late.clear();
    this.settle();
  }

  /** What follows a move of the camera. */
  private settle(): void {
    this.camera.moveWindow();
    this.cells.settle(this.window);
  }

  /** What ties the node that is selected, pointed at or current to another layer. */
  private paintTies(): void {
    const { index, view, state } = this.scene;
    const { nodes } = index;
    const node = nodes.get(view.selected ?? view.hover ?? '') ?? nodes.get(state.current ?? '');
    if (index.makes.size) replace(this.ties, ...drawTies(index, node, id => this.cardOf.get(id)?.box));
  }

  /** The lines of an edge, or of everything at a node. */
  paintAround(id: string | null): void {
    if (id !== null) this.paintLines(this.lineOf.get(id) ?? []);
    this.paintTies();
  }

  paintLines(lines: Iterable<Line> = this.lines): void {
    for (const line of lines) line.paint();
    for (const line of lines) line.write();
  }

  // ------------------------------------------------------------------ the camera
  resize(width: number, tallest: number): void {
    if (this.layout) this.camera.frame(this.layout, width, tallest);
    this.follow(false);
    this.settle();
  }

  follow(smooth: boolean): void {
    const { view, state, index } = this.scene;
    const wanted = view.selected ?? state.current ?? index.recording.root;
    this.camera.follow(this.cardOf.get(wanted)?.box, smooth);
  }

  // ------------------------------------------------------------------ pointer and keys
  private cardAt(target: EventTarget | null): Card | null {
    const g = target instanceof Element ? target.closest('.node') : null;
    return (g && this.cards.get(g.getAttribute('data-node-id') ?? '')) ?? null;
  }

  private idAt(target: EventTarget | null): string | null {
    const card = this.cardAt(target);
    if (card) return card.id;
    const g = target instanceof Element ? target.closest('.edge') : null;
    return (g && this.lineAt.get(g)?.ids[0]) ?? null;
  }

  private act(card: Card, shift: boolean): void {
    if (card.node) this.on.select(card.id, shift);
    else this.on.open(card.id.slice(2));
  }

  private readonly key = (event: KeyboardEvent): void => {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === 'enter') {
      const card = this.cardAt(event.target);
      if (!card) return;
      event.preventDefault();
      event.stopPropagation();
      this.act(card, event.shiftKey);
    } else if ((key === 'n' || key === 'p') && this.order.length) {
      event.preventDefault();
      event.stopPropagation();
      const n = this.order.length;
      const i = this.order.indexOf(this.focused);
      const next = i < 0 ? (key === 'n' ? 0 : n - 1) : (i + (key === 'n' ? 1 : n - 1)) % n;
      this.focused = this.order[next];
      const card = this.cards.get(this.focused);
      if (!card) return;
      this.camera.show(card.box); // or it could not be focused
      card.g.focus();
    }
  };

  dispose(): void {
    this.el.remove();
  }
}

function extent(p: number[]): Rect {
  const xs = p.filter((_, i) => i % 2 === 0);
  const ys = p.filter((_, i) => i % 2 === 1);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
