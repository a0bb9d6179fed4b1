/**
 * A stepper's output in a notebook. It holds the widget and the recording: the widget while the kernel has it, else the
 * recording. Without this a saved notebook says "model not found" where its pass could be looked at.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';
import type { Playback } from '../render/playback';
import type { Shown } from '../messages';
import { activate, board } from './board';
import { MIME, RenderedRecording } from './mime';

const VIEW = 'application/vnd.jupyter.widget-view+json';
const BEFORE_WIDGETS = -20; // their own renderer has -10
const KEPT = 500; // frames of a pass that a notebook holds, as in Python
const LATE = 30_000; // ms after which no pass is expected any more
const drawn = new WeakMap<object, Output>(); // by their models
const outputs = new Set<Output>();
let left = new WeakSet<Element>(); // cells whose pass went, since one of those on the page was touched

/** Whether a pass is about to be drawn in a notebook. */
export const isDrawing = (): boolean => [...outputs].some(output => output.coming);

/** Whether this cell showed a pass until it was run again: who steps then, and has touched no other, means the one to come. */
export const hadPass = (cell: Element): boolean => left.has(cell);
for (const event of ['pointerdown', 'focusin'])
  document.addEventListener(
    event,
    ({ target }) => target instanceof Element && target.closest('.agl') && (left = new WeakSet()),
    true
  );

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
  panel.context.saveState.connect((_, state) => state === 'started' && keep(panel));
}

/** What a notebook holds of a pass is from when the cell ran: before it is saved it is given the steps that were taken since. */
function keep({ content }: NotebookPanel): void {
  for (const { model } of content.widgets)
    for (let i = 0; i < (model.outputs?.length ?? 0); i++) {
      const output = model.outputs!.get(i);
      const taken = drawn.get(output)?.taken();
      if (!taken) continue;
      const kept = output.toJSON();
      model.outputs!.set(i, { ...kept, data: { ...(kept.data as object), [MIME]: taken } });
    }
}

class Output extends Panel implements IRenderMime.IRenderer {
  private model: IRenderMime.IMimeModel | null = null;
  private modelId: string | undefined; // of the widget; kept, because a model copies its megabytes each time it is asked
  private shown: 'widget' | 'recording' | null = null;
  private asked = 0;
  private sure = false; // the kernel said so, and has not been restarted since
  private seen: Playback | null = null; // the widget's pass
  private held: number | undefined; // frames of it in the notebook, where that was asked
  private late = 0; // when to expect nothing any more
  private heard = 0; // until when a step on the recording is meant for the kernel: shortly after that is heard
  private resumes = false; // the widget, where the recording was
  private cell: Element | null = null;

  constructor(
    private readonly session: ISessionContext,
    private readonly widget: () => IRenderMime.IRenderer
  ) {
    super();
    this.addClass('agl-Output');
    outputs.add(this);
    session.statusChanged.connect(this.look, this);
    session.kernelChanged.connect(this.look, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const before = this.modelId;
    this.model = model;
    this.modelId = (model.data[VIEW] as { model_id?: string } | undefined)?.model_id;
    drawn.set(model, this);
    if (this.shown === 'widget' && before === this.modelId) return; // it was kept: the widget shows as much
    this.shown = this.seen = null;
    this.late = Date.now() + LATE;
    await this.look();
  }

  /** Nothing is on the page yet, or it is not yet where the reader was. */
  get coming(): boolean {
    return Date.now() < this.late && (this.resumes || !this.node.querySelector('.agl'));
  }

  private get here(): Playback | undefined {
    return [...board.playbacks].find(([, { host }]) => this.node.contains(host))?.[0];
  }

  private find(): void {
    if (this.shown === 'widget') this.seen = this.here ?? this.seen;
  }

  /** The recording with the steps that were taken since the notebook got it; null if there are none, or a question hides them. */
  taken(): object | string | null {
    this.find();
    const { seen, model } = this;
    if (!model || !seen?.kernel || seen.quiz) return null;
    const taken = seen.index.frames.slice(0, KEPT);
    if (taken.length <= (this.held ?? 1)) return null;
    const frames = taken.map(frame => ({ ...frame }));
    for (const frame of frames) delete frame.seconds; // no two runs would save the same
    const output = model.data[MIME] as string | { json?: string; frames: object[] };
    const text = typeof output === 'string' ? output : output.json; // a large one: see wire.py
    const part = text === undefined ? { ...(output as object) } : JSON.parse(text);
    this.held = Math.max(part.frames.length, frames.length);
    if (part.frames.length >= frames.length) return null;
    Object.assign(part, { frames, failure: seen.index.recording.failure, at: seen.k });
    if (text === undefined) return part;
    return typeof output === 'string' ? JSON.stringify(part) : { ...output, json: JSON.stringify(part) };
  }

  /** Show the widget if the kernel of now still has it. */
  private async look(): Promise<void> {
    const { model, modelId: id } = this;
    if (!model || this.isDisposed) return;
    const turn = ++this.asked;
    this.find();
    const kernel = this.session.session?.kernel;
    const settled = kernel?.status === 'idle' || kernel?.status === 'busy';
    const unheard = kernel ? kernel.status === 'unknown' || kernel.status === 'starting' : !this.session.isReady;
    if (unheard) this.heard = Infinity;
    else if (this.heard === Infinity) this.heard = Date.now() + LATE;
    let live = false;
    if (!id || !model.trusted || !kernel || !settled) this.sure = false;
    else if (this.sure && this.shown === 'widget') live = true;
    else if (kernel.status === 'busy')
      live = this.shown !== 'recording'; // very likely the cell that makes it is running
    else live = this.sure = await this.has(id);
    if (turn !== this.asked || this.isDisposed) return;
    const { here } = this;
    if (live && this.shown === 'recording' && here) void this.resume(here, here === board.active);
    await this.put(live ? 'widget' : 'recording', model);
  }

  /**
   * The reader had begun to look at the recording: the widget goes on from there, as far as its pass has been taken. Who stepped
   * while the page was still connecting meant the pass, and it takes those steps.
   */
  private async resume(from: Playback, active: boolean): Promise<void> {
    const steps = Date.now() < this.heard;
    this.resumes = true;
    const here = await this.another(from);
    const moved = from.k !== ((from.index.recording as Shown).at ?? 0);
    if (here?.kernel && moved && (steps || from.k <= here.index.last)) here.go(from.k);
    if (here && active) activate(here);
    this.resumes = false;
  }

  /** The pass that is drawn here instead of this one, in the moment it is: before anyone could touch it. */
  private another(than: Playback): Promise<Playback | undefined> {
    return new Promise(done => {
      const look = () => {
        const { here } = this;
        if (!this.isDisposed && Date.now() < this.late && (!here || here === than)) return;
        board.listeners.delete(look);
        clearInterval(timer);
        done(here);
      };
      const timer = setInterval(look, 30); // one that is drawn elsewhere too is not news
      board.listeners.add(look);
    });
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
    this.late = Date.now() + LATE;
    for (const child of [...this.widgets]) child.dispose();
    const renderer = what === 'widget' ? this.widget() : new RenderedRecording();
    if (renderer instanceof RenderedRecording) renderer.seen = this.seen;
    this.addWidget(renderer);
    await renderer.renderModel(model);
  }

  protected onAfterAttach(): void {
    this.cell = this.node.closest('.jp-Cell');
    if (this.cell) left.delete(this.cell);
  }

  dispose(): void {
    if (this.cell) left.add(this.cell);
    outputs.delete(this);
    this.session.statusChanged.disconnect(this.look, this);
    this.session.kernelChanged.disconnect(this.look, this);
    super.dispose();
  }
}
