/** A Recording in an output, interactive without a kernel and in untrusted notebooks: it is data only. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import type { Shown } from '../messages';
import { h, replace } from '../render/dom';
import { refusal, tame } from '../render/guard';
import { inWorker, provideGraphviz } from '../render/layout';
import { refused } from '../render/notices';
import { Playback } from '../render/playback';
import { mount } from './board';

declare const __webpack_public_path__: string; // where the bundle was loaded from

export const MIME = 'application/vnd.autograd-lab.graph.v1+json';

/** Also for the bundler: a function that is called, because an import for its effect would be dropped as unused. */
export function useBundledGraphviz(): void {
  // beside the bundle, fetched by the Worker when a graph has no positions
  const module = new URL(`${__webpack_public_path__}graphviz.js`, location.href);
  provideGraphviz(inWorker(() => Promise.resolve(module.href)));
}

/** Draw a payload into an element. Returns the undo. */
export function draw(node: HTMLElement, payload: unknown): () => void {
  useBundledGraphviz();
  const why = refusal(payload);
  if (why) {
    replace(node, refused(why));
    return () => node.replaceChildren();
  }
  const host = h('div');
  replace(node, host);
  const playback = new Playback(tame(structuredClone(payload) as Shown) as Shown);
  const undo = mount(host, playback);
  return () => {
    undo();
    playback.dispose();
  };
}

export class RenderedRecording extends Widget implements IRenderMime.IRenderer {
  private undo: () => void = () => undefined;

  constructor() {
    super();
    this.addClass('agl-Recording');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.undo();
    this.undo = draw(this.node, model.data[MIME]);
  }

  dispose(): void {
    this.undo();
    super.dispose();
  }
}

const extension: IRenderMime.IExtension = {
  id: 'autograd-lab:mime',
  description: 'Computation graphs and recorded backward passes, with or without a kernel',
  rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new RenderedRecording() },
  rank: 40, // before image/svg+xml, the static fallback in the same bundle
  dataType: 'json',
  fileTypes: [
    {
      name: 'autograd-graph',
      displayName: 'Autograd graph',
      mimeTypes: [MIME],
      extensions: ['.aggraph', '.aggraph.json'],
      fileFormat: 'json'
    }
  ],
  documentWidgetFactoryOptions: {
    name: 'Autograd graph',
    primaryFileType: 'autograd-graph',
    fileTypes: ['autograd-graph'],
    defaultFor: ['autograd-graph']
  }
};
export default extension;
