import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Index } from '../src/render/index';
import { State } from '../src/render/state';
import { doublings, recording } from './page';

const idOf = (index: Index, name: string) => index.recording.nodes.find(n => n.name === name)!.id;

function facts(state: State) {
  const { nodes } = state.index.recording;
  return {
    phases: nodes.map(n => `${n.id} ${state.phase(n.id)}`),
    flow: [...state.flow].sort(),
    arrived: [...state.arrived].filter(([, count]) => count).sort(),
    grads: [...state.grads].sort(),
    freed: [...state.freed].sort(),
    bytes: state.bytes,
    queue: state.queue
  };
}

for (const name of ['neurons', 'mlp', 'nan', 'inplace']) {
  test(`${name}: every step reached from every other is the fold of its frames`, () => {
    const index = new Index(recording(name));
    const folded = index.frames.map((_, k) => {
      const state = new State(index);
      for (let i = 0; i <= k; i++) state.seek(i);
      return facts(state);
    });
    for (let from = 0; from <= index.last; from++) {
      for (let to = 0; to <= index.last; to++) {
        const state = new State(index);
        state.seek(from);
        state.seek(to);
        assert.deepEqual(facts(state), folded[to], `${from} to ${to}`);
      }
    }
  });
}

test('five neurons: phases, contributions, gradients and memory are those of the pass', () => {
  const index = new Index(recording('neurons'));
  const state = new State(index);
  const phase = (name: string) => state.phase(idOf(index, name));
  assert.equal(phase('L'), 'ready');
  assert.equal(phase('a'), 'waiting');
  assert.equal(state.bytes, 28);
  state.seek(9);
  assert.deepEqual(['b', 'd', 'w1', 'a'].map(phase), ['current', 'done', 'ready', 'ready']);
  assert.equal(state.rank.get(idOf(index, 'a')), 2);
  assert.equal(state.arrived.get(idOf(index, 'a')), 2);
  assert.equal(state.grads.get(idOf(index, 'a')), undefined);
  state.seek(11);
  assert.deepEqual(state.grads.get(idOf(index, 'a'))?.corner, [[-39]]);
  assert.equal(state.bytes, 0);
  assert.equal(phase('a'), 'current');
});

test('a gradient from before the pass is there at step 0, and again after going back', () => {
  const index = new Index(recording('mlp'));
  const state = new State(index);
  const before = state.grads.get(idOf(index, 'w1'));
  assert.equal(before?.norm, 9.506);
  state.seek(index.last);
  assert.equal(state.grads.get(idOf(index, 'w1'))?.norm, 18.67);
  state.seek(0);
  assert.deepEqual(state.grads.get(idOf(index, 'w1')), before);
});

test('one step touches what its frame names, whatever the size of the graph', () => {
  const sizes = [20, 2000].map(n => {
    const state = new State(new Index(doublings(n)));
    state.seek(5);
    const { nodes, edges } = state.seek(6);
    return [nodes.size, edges.size];
  });
  assert.deepEqual(sizes[0], sizes[1]);
  assert.ok(sizes[0][0] <= 4 && sizes[0][1] <= 4);
});

test('frames that arrive later extend the fold', () => {
  const whole = recording('neurons');
  const live = new Index({ ...recording('neurons'), frames: whole.frames.slice(0, 1) });
  const state = new State(live);
  for (const frame of whole.frames.slice(1)) live.append(frame);
  state.seek(live.last);
  const other = new State(new Index(whole));
  other.seek(11);
  assert.deepEqual(facts(state), facts(other));
});
