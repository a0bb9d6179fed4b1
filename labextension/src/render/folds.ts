/** Which groups are open: one branch at a time, told by a breadcrumb that stays in sight; or all, which is the picture as it is. */
import type { GroupId, Layout, NodeId, Recording } from '../wire';
import { isFlat } from './boxes';
import { h, replace } from './dom';
import { DRAWN } from './guard';
import { place, type Placing } from './layout';
import { clip } from './numbers';
import * as WORDS from './words';

export class Folds {
  readonly el = h('nav', { class: 'crumbs', 'aria-label': WORDS.openedGroups });
  private open: readonly GroupId[];
  private asked = 0;

  constructor(
    private readonly recording: Recording,
    first: Layout,
    private readonly on: {
      kernel(): Placing | undefined;
      current(): NodeId | null;
      draw(layout: Layout, focus: string): void;
      say(words: string): void;
    }
  ) {
    this.open = first.open.length && !Object.keys(first.frames).length ? recording.groups.map(g => g.id) : chain(first.open);
    this.paint();
  }

  /** Open a closed group, with those around it; close an open one. */
  toggle(id: GroupId): Promise<void> {
    const up = around(id);
    return this.open.includes(id) ? this.go(this.flat ? [] : up.slice(0, -1), `g:${id}`) : this.go(up, '');
  }

  /** Whether a group is open that can be closed. */
  get canFold(): boolean {
    return this.open.length > 0 && !this.flat;
  }

  /** Close the innermost open group. */
  up(): void {
    const last = this.open.at(-1);
    if (last !== undefined && this.canFold) void this.toggle(last);
  }

  /** Open what a node is in, so that it has a card of its own. */
  reveal(id: NodeId): Promise<void> {
    const group = this.recording.nodes.find(n => n.id === id)?.group;
    return this.flat || (group ?? '') === (this.open.at(-1) ?? '')
      ? Promise.resolve()
      : this.go(group ? around(group) : [], id);
  }

  private get flat(): boolean {
    return isFlat(this.recording, this.open);
  }

  private async go(open: readonly GroupId[], focus: string): Promise<void> {
    const turn = ++this.asked;
    const layout = await place(this.recording, open, this.on.kernel()).catch((error: Error) => {
      this.on.say(error.message);
      return null;
    });
    if (!layout || turn !== this.asked) return;
    const before = new Set(this.open);
    this.open = open;
    this.paint();
    const opened = open.find(id => !before.has(id));
    const cards = opened ? Object.keys(layout.nodes).filter(key => inside(this.recording, key, opened)) : [];
    const now = this.on.current();
    const current = now && opened && inside(this.recording, now, opened) ? now : cards[0];
    this.on.draw(layout, focus || current || '');
    const where = open.at(-1);
    this.on.say(opened ? WORDS.opened(this.name(opened)) : where ? WORDS.inGroup(this.name(where)) : WORDS.allFolded);
  }

  private name(id: GroupId): string {
    return clip(this.recording.groups.find(g => g.id === id)?.name ?? id, 24);
  }

  /** Where we are, and the way out, also when the frame's own title is out of sight. */
  private paint(): void {
    const { nodes, groups } = this.recording;
    this.el.hidden = !groups.length;
    if (!groups.length) return;
    const link = (words: string, open: readonly GroupId[], title: string) =>
      h('button', { class: 'link', type: 'button', title, click: () => void this.go(open, '') }, words);
    if (this.flat) {
      replace(this.el, link(WORDS.foldGroups, [], WORDS.foldGroupsHelp));
      return;
    }
    const path = this.open.flatMap((id, i) => [
      ' › ',
      i === this.open.length - 1
        ? h('b', { 'aria-current': 'location' }, this.name(id))
        : link(this.name(id), this.open.slice(0, i + 1), WORDS.foldInside)
    ]);
    const all = groups.map(g => g.id);
    replace(
      this.el,
      this.open.length ? link(WORDS.allGroups, [], WORDS.foldAll) : h('b', { 'aria-current': 'location' }, WORDS.allGroups),
      ...path,
      nodes.length <= DRAWN && ' · ',
      nodes.length <= DRAWN && link(WORDS.showAll(nodes.length), all, WORDS.showAllHelp)
    );
  }
}

/** A path with those around it, outermost first. */
const around = (id: GroupId): GroupId[] => id.split('/').map((_, i, all) => all.slice(0, i + 1).join('/'));
const chain = (open: readonly GroupId[]): GroupId[] => [...open].sort((a, b) => a.length - b.length);

function inside(recording: Recording, key: string, group: GroupId): boolean {
  const path = key.startsWith('g:') ? key.slice(2) : recording.nodes.find(n => n.id === key)?.group;
  return `${path ?? ''}/`.startsWith(`${group}/`);
}
