/** A Recording in an output, interactive without a kernel and in untrusted notebooks: it is data only. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import type { Recording } from '../wire';

export const MIME = 'application/vnd.autograd-lab.graph.v1+json';

class RenderedRecording extends Widget implements IRenderMime.IRenderer {
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const recording = model.data[MIME] as unknown as Recording;
    this.node.textContent = `${recording.title}: ${recording.nodes.length} nodes`;
  }
}

const extension: IRenderMime.IExtension = {
  id: 'autograd-lab:mime',
  description: 'Computation graphs and recorded backward passes, with or without a kernel',
  rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new RenderedRecording() },
  rank: 40, // before image/svg+xml, the static fallback in the same bundle
  dataType: 'json'
};
export default extension;
