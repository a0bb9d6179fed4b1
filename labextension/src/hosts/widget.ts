/**
 * anywidget's module: a pass or a training run. Of a pass there is one Playback and one player a view. Steps come as
 * custom messages, never as the whole recording.
 */
import { breath, h } from '../render/dom';
import { DRAWN } from '../render/guard';
import { layered } from '../render/layered';
import { type Graphviz, inWorker, provideGraphviz, provideLayered } from '../render/layout';
import { refused } from '../render/notices';
import { type Curves, MonitorView } from '../render/monitor';
import { rowsOf } from '../render/rows';
import { mount } from './draw';
import { answer, type Model, passOf, throttled } from './pass';

export { draw, inspect, useGraphviz } from './draw';

/** The kernel's Graphviz, in a Worker: asked for once a page, and only if neither a recording nor a kernel placed the boxes. */
const graphviz = (model: Model): Graphviz =>
  inWorker(async () => {
    const [, buffers] = await answer(model, { type: 'graphviz' }, 'graphviz', 30_000);
    if (!buffers.length) throw new Error('the front end was not built');
    return URL.createObjectURL(new Blob([buffers[0] as unknown as BlobPart], { type: 'text/javascript' }));
  });

/** A training run: its curves come whole whenever there are new ones. */
function monitor(model: Model, el: HTMLElement): () => void {
  const view = new MonitorView({ rate: throttled(lr => model.send({ type: 'lr', lr })) });
  const paint = () => view.paint(model.get('curves') as Curves);
  el.append(view.el);
  paint();
  model.on('change:curves', paint);
  return () => {
    model.off('change:curves', paint);
    el.replaceChildren();
  };
}

export default {
  async render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
    if (model.get('curves')) return monitor(model, el);
    const host = h('div');
    el.append(host);
    await breath();
    const pass = await passOf(model);
    await breath();
    if (typeof pass === 'string') {
      host.append(refused(pass));
      return () => el.replaceChildren();
    }
    const { playback } = pass;
    pass.listen(model);
    provideLayered(layered);
    provideGraphviz(graphviz(model));
    if (playback.index.nodes.size > DRAWN) {
      rowsOf(playback.index); // kept there for the list
      await breath();
    }
    const undo = mount(host, playback);
    return () => {
      undo();
      el.replaceChildren();
    };
  }
};
