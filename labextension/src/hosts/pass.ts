/**
 * A pass that a kernel continues: what its page says and hears. Messages may overtake each other on their way to the kernel, and
 * answers come when they come; a reader is where the last key that was pressed leads to.
 */
import type { FromKernel, FromPage, Heard } from '../messages';
import { breath } from '../render/dom';
import { arrived } from '../render/guard';
import type { Curves } from '../render/monitor';
import { Playback } from '../render/playback';
import { unpack } from '../render/unpack';

export interface Model {
  get(name: 'recording'): unknown;
  get(name: 'curves'): Curves | undefined;
  send(message: FromPage): void;
  on(event: 'msg:custom', listener: (message: FromKernel, buffers: DataView[]) => void): void;
  off(event: 'msg:custom', listener: (message: FromKernel, buffers: DataView[]) => void): void;
  on(event: 'change:curves', listener: () => void): void;
  off(event: 'change:curves', listener: () => void): void;
}

/** The kernel's answer to a question of the page's, told by its type; a promise that fails when none comes. */
export function answer(model: Model, question: FromPage, type: FromKernel['type'], late: number) {
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

const PAGE = Math.random().toString(36).slice(2); // to a kernel, which may have several

interface Pass {
  playback: Playback;
  listen(model: Model): void;
}

const passes = new WeakMap<object, Pass>(); // by their recordings, for each view is given a model of its own

/** One for all views of a pass. */
export async function passOf(model: Model): Promise<Pass | string> {
  const sent = model.get('recording') as object;
  const before = passes.get(sent);
  if (before) return before;
  const recording = await arrived(sent);
  await breath();
  const known = passes.get(sent); // another view came first
  if (known) return known;
  if (typeof recording === 'string') return recording;
  let turn = 0;
  let last: FromKernel;
  const place = throttled((at: number) => model.send({ type: 'at', at, turn: [PAGE, turn] }));
  const playback = new Playback(recording, {
    step: until => {
      place.drop(); // where we were is no news once we go on
      model.send({ type: 'step', until, turn: [PAGE, ++turn] });
    },
    at: at => {
      turn++;
      place(at);
    },
    run: () => {
      place.drop();
      model.send({ type: 'run', turn: [PAGE, ++turn] });
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
  const hear = (message: FromKernel) => {
    if (message === last) return; // another view heard it
    last = message;
    const late = turn > ((message as Heard).heard?.[PAGE] ?? 0);
    playback.receive(message.type === 'frames' ? unpack(message) : message, late);
  };
  const listen = (model: Model) => {
    model.on('msg:custom', hear);
    try {
      const { frames } = playback.index; // who heard nothing yet may have missed a step
      model.send({ type: 'since', known: frames.length, at: playback.k, turn: [PAGE, turn] });
    } catch {
      // no kernel, nothing missed
    }
  };
  const pass = { playback, listen };
  passes.set(sent, pass);
  return pass;
}

/** The first call at once, of those that follow closely only the last: scrubbing is not a message a pixel. None is lost by a reload. */
export function throttled(send: (at: number) => void, pause = 150) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest: number | null = null;
  const later = () => {
    removeEventListener('pagehide', later);
    timer = undefined;
    if (latest !== null) call(latest);
  };
  function call(at: number): void {
    latest = timer === undefined ? null : at;
    if (timer !== undefined) return;
    try {
      send(at);
    } catch {
      return; // who was to hear it is gone: the notebook was closed, or its kernel
    }
    timer = setTimeout(later, pause);
    addEventListener('pagehide', later);
  }
  return Object.assign(call, { drop: () => void (latest = null) });
}
