/**
 * anywidget's module: a pass or a training run. Of a pass there is one Playback a model and one player a view. Steps come as
 * custom messages, never as the whole recording.
 */
import type { FromKernel, FromPage } from '../messages';
import { breath, h } from '../render/dom';
import { arrived, DRAWN } from '../render/guard';
import { layered } from '../render/layered';
import { type Graphviz, inWorker, provideGraphviz, provideLayered } from '../render/layout';
import { refused } from '../render/notices';
import { type Curves, MonitorView } from '../render/monitor';
import { Playback } from '../render/playback';
import { mount } from './draw';
import { rowsOf } from '../render/rows';
import { unpack } from '../render/unpack';

export { draw, inspect, useGraphviz } from './draw';

interface Model {
  get(name: 'recording'): unknown;
  get(name: 'curves'): Curves | undefined;
  send(message: FromPage): void;
  on(event: 'msg:custom', listener: (message: FromKernel, buffers: DataView[]) => void): void;
  off(event: 'msg:custom', listener: (message: FromKernel, buffers: DataView[]) => void): void;
  on(event: 'change:curves', listener: () => void): void;
  off(event: 'change:curves', listener: () => void): void;
}

/** The kernel's answer to a question of the page's, told by its type; a promise that fails when none comes. */
function answer(model: Model, question: FromPage, type: FromKernel['type'], late: number) {
  return new Promise<[FromKernel, DataView[]]>((resolve, reject) => {
    const timer = setTimeout(() => {
      model.off('msg:custom', listener);
      reject(new Error('the kernel does not answer'));
    }, late);
    const listener = (message: FromKernel, buffers: DataView[]) => {
      if (message.type !== type || ('of' in message && 'of' in question && message.of !== question.of)) return;
      clearTimeout(timer);
      model.off('msg:custom', listener);
      resolve([message, buffers]);
    };
    model.on('msg:custom', listener);
    model.send(question);
  });
}

/** The kernel's Graphviz, in a Worker: asked for once a page, and only if neither a recording nor a kernel placed the boxes. */
const graphviz = (model: Model): Graphviz =>
  inWorker(async () => {
    const [, buffers] = await answer(model, { type: 'graphviz' }, 'graphviz', 30_000);
    if (!buffers.length) throw new Error('the front end was not built');
    return URL.createObjectURL(new Blob([buffers[0] as unknown as BlobPart], { type: 'text/javascript' }));
  });

const playbacks = new WeakMap<Model, Playback>();

/** Models are per widget, views per place it is shown in: they share the Playback. */
async function playbackOf(model: Model): Promise<Playback | string> {
  const before = playbacks.get(model);
  if (before) return before;
  const recording = await arrived(model.get('recording'));
  await breath();
  const known = playbacks.get(model); // another view came first
  if (known) return known;
  if (typeof recording === 'string') return recording;
  const place = throttled((at: number) => model.send({ type: 'at', at }));
  const step = (until: number) => {
    place.drop(); // where we were is no news once we go on
    model.send({ type: 'step', until });
  };
  const playback = new Playback(recording, {
    step,
    at: place,
    run: () => {
      place.drop();
      model.send({ type: 'run' });
    },
    stops: (nodes, when) => model.send({ type: 'stops', nodes, when }),
    answer: text => model.send({ type: 'answer', text }),
    show: () => model.send({ type: 'show' }),
    ask: question => answer(model, question, question.type, 10_000).then(([message]) => message),
    place: open =>
      answer(model, { type: 'open', groups: [...open] }, 'layout', 4000).then(([message]) => {
        if (message.type !== 'layout') throw new Error('no layout');
        return message.layout;
      })
  });
  model.on('msg:custom', message => playback.receive(message.type === 'frames' ? unpack(message) : message));
  playbacks.set(model, playback);
  try {
    model.send({ type: 'since', known: recording.frames.length, at: playback.k }); // who hears nothing yet may miss a step
  } catch {
    // no kernel, nothing missed
  }
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
  async render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
    if (model.get('curves')) return monitor(model, el);
    const host = h('div');
    el.append(host);
    await breath();
    const playback = await playbackOf(model);
    await breath();
    if (typeof playback === 'string') {
      host.append(refused(playback));
      return () => el.replaceChildren();
    }
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
