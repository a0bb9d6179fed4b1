/** anywidget's module: one renderer, fed by the kernel. */
import { h } from '../render/dom';
import type { Recording } from '../wire';
import css from '../../style/player.css';

interface Model {
  get(name: string): unknown;
}

export default {
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    const recording = model.get('recording') as Recording;
    const root = h('div', { class: 'agl' }, `${recording.title}: ${recording.nodes.length} nodes`);
    el.append(h('style', {}, css), root);
    return () => el.replaceChildren();
  }
};
