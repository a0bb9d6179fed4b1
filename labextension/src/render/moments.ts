/** What happens inside one step, in its order: each moment as the frame would be if the step had ended there. */
import type { EdgeId, EventKind, Frame, FrameEvent } from '../wire';

export interface Moment {
  what: EventKind | 'arrive' | 'rule';
  edge?: EdgeId; //   whose rule ran
  text: string; //    an event's own words, '' for what has none
  frame: Frame; //    of the last moment, the whole step's
}

/** The moments of `frame`, which follows `before`. */
export function moments(frame: Frame, before: Frame | undefined): Moment[] {
  if (!frame.node) return [{ what: 'arrive', text: '', frame }];
  const { step, node, g, slots } = frame;
  const ready = (before?.ready ?? []).filter(id => id !== node);
  const waiting = before?.more ? { more: before.more } : {};
  let now: Frame = { step, node, edges: {}, ready, ...waiting, bytes: before?.bytes ?? frame.bytes, events: [] };
  if (g) now.g = g;
  if (slots) now.slots = slots;
  const found: Moment[] = [];
  const event = (kind: EventKind) => frame.events.filter(e => e.kind === kind);
  const add = (what: Moment['what'], events: FrameEvent[], changes: Partial<Frame>, edge?: EdgeId) => {
    now = { ...now, ...changes, events: [...now.events, ...events] };
    found.push({ what, text: events.map(e => e.text).join('; '), frame: now, ...(edge && { edge }) });
  };
  add(event('sum').length ? 'sum' : 'arrive', event('sum'), {});
  const hooks = event('hook');
  frame.hooks?.forEach((_, i) => add('hook', hooks.slice(i, i + 1), { hooks: frame.hooks?.slice(0, i + 1) }));
  const kept = { grads: frame.grads, ...(frame.prior && { prior: frame.prior }) };
  if (event('retain').length) add('retain', event('retain'), kept);
  const rules = new Map(frame.rules?.map(rule => [rule.edge, rule]));
  for (const id of Object.keys(frame.edges)) {
    const rule = rules.get(id);
    add(
      'rule',
      [],
      { edges: { ...now.edges, [id]: frame.edges[id] }, rules: [...(now.rules ?? []), ...(rule ? [rule] : [])] },
      id
    );
  }
  if (event('accumulate').length) add('accumulate', [...event('warning'), ...event('accumulate')], kept);
  if (frame.freed?.length) add('free', event('free'), { freed: frame.freed, bytes: frame.bytes });
  if (event('error').length) add('error', event('error'), {});
  found[found.length - 1].frame = frame;
  return found;
}
