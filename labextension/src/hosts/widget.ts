/**
 * anywidget's module: a pass or a training run. Of a pass there is one Playback a model and one player a view. Steps come as
 * custom messages, never as the whole recording.
 */
import type { FromKernel, FromPage, Shown } from '../messages';
import { h } from '../render/dom';
import { refusal, tame } from '../render/guard';
import { provideGraphviz } from '../render/layout';
import { refused } from '../render/notices';
import { type Curves, MonitorView } from '../render/monitor';
import { Playback } from '../render/playback';
import { mount } from './board';
import { unpack } from '../render/unpack';

interface Model {
  get(name: 'recording'): Shown;
  get(name: 'curves'): Curves | undefined;
  send(message: FromPage): void;
  on(event: 'msg:custom', listener: (message: FromKernel, buffers: DataView[]) => void): void;
  off(event: 'msg:custom', listener: (message: FromKernel, buffers: DataView[]) => void): void;
  on(event: 'change:curves', listener: () => void): void;
  off(event: 'change:curves', listener: () => void): void;
}

interface Graphviz {
  renderString(dot: string, options: { format: string }): string;
}

/** The kernel's Graphviz, as a module: asked for once a page, and only if a graph came without positions. */
function graphviz(model: Model): Promise<Graphviz> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error('The positions are missing and the kernel does not answer: run the cell again.')),
      30_000
    );
    const listener = (message: FromKernel, buffers: DataView[]) => {
      if (message.type !== 'graphviz') return;
      clearTimeout(late);
      model.off('msg:custom', listener);
      if (!buffers.length) {
        reject(new Error('The positions are missing and the front end was not built: pip install . or make lab.'));
        return;
      }
      const url = URL.createObjectURL(new Blob([buffers[0] as unknown as BlobPart], { type: 'text/javascript' }));
      import(/* @vite-ignore */ url)
        .then((module: { instance(): Promise<Graphviz> }) => module.instance())
        .then(resolve, reject)
        .finally(() => URL.revokeObjectURL(url));
    };
    model.on('msg:custom', listener);
    model.send({ type: 'graphviz' });
  });
}

const playbacks = new WeakMap<Model, Playback>();

/** Models are per widget, views per place it is shown in: they share the Playback. */
function playbackOf(model: Model): Playback | string {
  const known = playbacks.get(model);
  if (known) return known;
  const shown = model.get('recording');
  const why = refusal(shown);
  if (why) return why;
  const place = throttled((at: number) => model.send({ type: 'at', at }));
  const step = (until: number) => {
    place.drop(); // where we were is no news once we go on
    model.send({ type: 'step', until });
  };
  const playback = new Playback(tame(structuredClone(shown)) as Shown, {
    step,
    at: place,
    run: () => {
      place.drop();
      model.send({ type: 'run' });
    },
    stops: (nodes, when) => model.send({ type: 'stops', nodes, when }),
    answer: text => model.send({ type: 'answer', text }),
    show: () => model.send({ type: 'show' })
  });
  model.on('msg:custom', message => playback.receive(message.type === 'frames' ? unpack(message) : message));
  playbacks.set(model, playback);
  return playback;
}

/** The first call at once, of those that follow closely only the last: scrubbing is not a message a pixel. */
function throttled(send: (at: number) => void, pause = 150) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest: number | null = null;
  const later = () => {
    timer = undefined;
    if (latest !== null) call(latest);
  };
  function call(at: number): void {
    latest = timer === undefined ? null : at;
    if (timer !== undefined) return;
    send(at);
    timer = setTimeout(later, pause);
  }
  return Object.assign(call, { drop: () => void (latest = null) });
}

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
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    if (model.get('curves')) return monitor(model, el);
    const playback = playbackOf(model);
    const host = h('div');
    el.append(host);
    if (typeof playback === 'string') {
      host.append(refused(playback));
      return () => el.replaceChildren();
    }
    provideGraphviz(() => graphviz(model));
    const undo = mount(host, playback);
    return () => {
      undo();
      el.replaceChildren();
    };
  }
};
