/** A Recording in an output, interactive without a kernel and in untrusted notebooks: it is data only. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import type { Playback } from '../render/playback';
import { core } from './core';
import * as WORDS from '../render/words';

export const MIME = 'application/vnd.autograd-lab.graph.v1+json';

export class RenderedRecording extends Widget implements IRenderMime.IRenderer {
  private undo: () => void = () => undefined;
  seen: Playback | null = null; // of the kernel that was here: its steps stay, and the place in them

  constructor() {
    super();
    this.addClass('agl-Recording');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { draw } = await core();
    if (this.isDisposed) return;
    this.undo();
    this.undo = draw(this.node, model.data[MIME], this.seen);
  }

  dispose(): void {
    this.undo();
    super.dispose();
  }
}

const extension: IRenderMime.IExtension = {
  id: 'autograd-lab:mime',
  description: WORDS.aboutMime,
  rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new RenderedRecording() },
  rank: 40, // before image/svg+xml, the static fallback in the same bundle
  dataType: 'json',
  fileTypes: [
    {
      name: 'autograd-graph',
      displayName: WORDS.fileType,
      mimeTypes: [MIME],
      extensions: ['.aggraph', '.aggraph.json'],
      fileFormat: 'json'
    }
  ],
  documentWidgetFactoryOptions: {
    name: WORDS.fileType,
    primaryFileType: 'autograd-graph',
    fileTypes: ['autograd-graph'],
    defaultFor: ['autograd-graph']
  }
};
export default extension;
