/**
 * A stepper's output in a notebook. It holds the widget and the recording: the widget while the kernel has it, else the
 * recording. Without this a saved notebook says "model not found" where its pass could be looked at.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';
import type { Playback } from '../render/playback';
import { board } from './board';
import { MIME, RenderedRecording } from './mime';

const VIEW = 'application/vnd.jupyter.widget-view+json';
const BEFORE_WIDGETS = -20; // their own renderer has -10

/** From now on this notebook's outputs of our type are drawn here. */
export function adopt(panel: NotebookPanel): void {
  const { rendermime } = panel.content;
  rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [MIME],
      createRenderer: () => new Output(panel.sessionContext, () => rendermime.createRenderer(VIEW))
    },
    BEFORE_WIDGETS
  );
}

class Output extends Panel implements IRenderMime.IRenderer {
  private model: IRenderMime.IMimeModel | null = null;
  private modelId: string | undefined; // of the widget; kept, because a model copies its megabytes each time it is asked
  private shown: 'widget' | 'recording' | null = null;
  private asked = 0;
  private sure = false; // the kernel said so, and has not been restarted since
  private seen: Playback | null = null; // the widget's pass

  constructor(
    private readonly session: ISessionContext,
    private readonly widget: () => IRenderMime.IRenderer
  ) {
    super();
    this.addClass('agl-Output');
    session.statusChanged.connect(this.look, this);
    session.kernelChanged.connect(this.look, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    this.modelId = (model.data[VIEW] as { model_id?: string } | undefined)?.model_id;
    this.shown = this.seen = null;
    await this.look();
  }

  /** Show the widget if the kernel of now still has it. */
  private async look(): Promise<void> {
    const { model, modelId: id } = this;
    if (!model || this.isDisposed) return;
    const turn = ++this.asked;
    for (const [playback, { host }] of board.playbacks)
      if (this.shown === 'widget' && this.node.contains(host)) this.seen = playback;
    const kernel = this.session.session?.kernel;
    const settled = kernel?.status === 'idle' || kernel?.status === 'busy';
    let live = false;
    if (!id || !model.trusted || !kernel || !settled) this.sure = false;
    else if (this.sure && this.shown === 'widget') live = true;
    else if (kernel.status === 'busy')
      live = this.shown !== 'recording'; // very likely the cell that makes it is running
    else live = this.sure = await this.has(id);
    if (turn !== this.asked || this.isDisposed) return;
    await this.put(live ? 'widget' : 'recording', model);
  }

  private async has(id: string): Promise<boolean> {
    const kernel = this.session.session?.kernel;
    if (!kernel) return false;
    const reply = await kernel.requestCommInfo({ target_name: 'jupyter.widget' }).catch(() => null);
    return reply?.content.status === 'ok' && id in reply.content.comms;
  }

  private async put(what: 'widget' | 'recording', model: IRenderMime.IMimeModel): Promise<void> {
    if (this.shown === what) return;
    this.shown = what;
    for (const child of [...this.widgets]) child.dispose();
    const renderer = what === 'widget' ? this.widget() : new RenderedRecording();
    if (renderer instanceof RenderedRecording) renderer.seen = this.seen;
    this.addWidget(renderer);
    await renderer.renderModel(model);
  }

  dispose(): void {
    this.session.statusChanged.disconnect(this.look, this);
    this.session.kernelChanged.disconnect(this.look, this);
    super.dispose();
  }
}
