/** The search box of a picture: what it finds is marked, Enter goes from one to the next, Escape forgets it. */
import type { NodeId } from '../wire';
import { h } from './dom';
import { answers } from './query';
import type { Row } from './rows';
import type { Scene } from './view';
import * as WORDS from './words';

export class Finder {
  readonly el: HTMLElement;
  private readonly box = h('input', {
    type: 'search',
    placeholder: WORDS.find,
    title: WORDS.findHint,
    'aria-label': WORDS.findHelp
  });
  private readonly said = h('span', { class: 'muted', role: 'status' });
  private hits: Row[] = [];
  private at = -1;

  constructor(
    private readonly scene: Scene,
    private readonly on: { found(ids: Set<NodeId> | null): void; goTo(id: NodeId): void }
  ) {
    this.el = h('div', { class: 'finder', role: 'search' }, this.box, this.said);
    this.box.addEventListener('input', () => this.search());
    this.box.addEventListener('keydown', event => {
      event.stopPropagation(); // keys in a text field belong to the field
      if (event.key === 'Enter') this.next(event.shiftKey ? -1 : 1);
      else if (event.key === 'Escape') {
        this.box.value = '';
        this.search();
      } else return;
      event.preventDefault();
    });
  }

  focus(): void {
    this.box.focus();
  }

  private search(): void {
    const asked = !!this.box.value.trim();
    this.hits = asked ? answers(this.scene, this.box.value) : [];
    this.at = -1;
    this.said.textContent = asked ? WORDS.found(this.hits.length) : '';
    this.on.found(asked ? new Set(this.hits.map(row => row.node.id)) : null);
  }

  private next(by: 1 | -1): void {
    const n = this.hits.length;
    if (!n) return;
    this.at = this.at < 0 ? (by > 0 ? 0 : n - 1) : (this.at + by + n) % n;
    const row = this.hits[this.at];
    this.said.textContent = WORDS.foundAt(this.at + 1, n, row.name);
    this.on.goTo(row.node.id);
  }
}
