import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doublings, framed, place, press, recording } from './page';
import { said, show } from './shown';
import { Playback } from '../src/render/playback';
import { player } from '../src/render/player';
import type { Shown } from '../src/messages';

test('every node says what it is and where in time it is', () => {
  const { root, node, playback, undo } = show(recording('neurons'));
  assert.equal(root.querySelectorAll('.node[data-node-id][data-kind][data-state]').length, 11);
  assert.deepEqual([root.dataset.step, root.dataset.steps], ['0', '11']);
  playback.go(9);
  const state = (name: string) => node(name).getAttribute('data-state');
  assert.deepEqual(['b', 'L', 'w1', 'a'].map(state), ['current', 'done', 'ready', 'ready']);
  assert.equal(node('a').getAttribute('data-kind'), 'leaf');
  assert.equal(root.dataset.step, '9');
  undo();
});

test('nothing drawn has a transform of its own: a browser walks through all of them at each step', () => {
  for (const name of ['neurons', 'mlp', 'inplace', 'nan']) {
    const { root, playback, undo } = show(recording(name));
    playback.toggleStop(playback.index.recording.root);
    for (let k = 0; k <= playback.index.last; k++) {
      playback.go(k);
      const moved = [...root.querySelectorAll('.stage [transform], .track .ev[transform]:not([transform*="scale"])')];
      assert.deepEqual(
        moved.map(part => part.getAttribute('class')),
        []
      );
    }
    undo();
  }
});

test('five neurons at step 9: the equation, the chips, the numbers on the edges', () => {
  const { root, node, undo } = show(recording('neurons'), 9);
  assert.match(root.querySelector('.panel.now')!.textContent!, /w1 \* a → b.*−5.*×.*2.*=.*−10.*−5.*3.*−15/s);
  assert.deepEqual(
    [...node('b').querySelectorAll('.chip.free text')].map(t => t.textContent),
    ['a', 'w1']
  );
  assert.deepEqual([...root.querySelectorAll('.elabel.now text')].map(t => t.textContent).sort(), ['−10', '−15']);
  assert.equal(root.querySelector('.source mark')!.textContent, 'w1 * a');
  undo();
});

test('what an operation keeps twice is one tensor, and its bytes are counted once', () => {
  const shown = recording('neurons');
  const b = shown.nodes.find(n => n.name === 'b')!.id;
  const kept = shown.saved.filter(x => x.node === b);
  assert.equal(kept.length, 2);
  for (const x of kept) Object.assign(x, { name: 'a', buffer: 'one', bytes: 4 });
  const { root, undo } = show(shown, 9);
  assert.match(root.querySelector('.panel.now')!.textContent!, /Then frees a \(4 B saved/);
  undo();
});

test('what was made under no_grad is shaded, and an edge on which the dtype changes says so beside its gradient', () => {
  const shown = recording('neurons');
  const [a, b] = ['a', 'b'].map(name => shown.nodes.find(n => n.name === name)!);
  a.mode = 'no_grad';
  b.dtype = 'float16';
  const { root, node, playback, undo } = show(shown);
  assert.deepEqual([...root.querySelectorAll('.world .region')], [...node('a').querySelectorAll('.region')]);
  assert.ok(node('a').querySelector('.region'));
  const casts = () => [...root.querySelectorAll('.elabel .cast')].map(t => t.textContent).sort();
  const into = shown.edges.filter(e => e.dst === b.id).length;
  const outOf = shown.edges.filter(e => e.src === b.id).length;
  const all = [...Array(outOf).fill('float16 → float32'), ...Array(into).fill('float32 → float16')];
  const numbers = () => [...root.querySelectorAll('.elabel.now text:not(.cast)')].map(t => t.textContent).sort();
  assert.deepEqual(casts(), all);
  playback.go(9); // b has been visited
  assert.deepEqual(casts(), all);
  assert.deepEqual(numbers(), ['−10', '−15']);
  const places = [...root.querySelectorAll('.elabel rect')].map(r =>
    ['x', 'y', 'width', 'height'].map(a => Number(r.getAttribute(a)))
  );
  for (const [i, [x, y, w, t]] of places.entries()) {
    assert.ok(!places.slice(0, i).some(([u, v, s, h]) => x < u + s && u < x + w && y < v + h && v < y + t));
  }
  undo();
});

test('no number on an edge covers a node, however short the edge', () => {
  const shown = doublings(12);
  const boxes = Object.values(shown.layouts![0].nodes);
  const { root, playback, undo } = show(shown);
  for (let k = 1; k <= 12; k++) {
    playback.go(k);
    const labels = [...root.querySelectorAll('.elabel rect')];
    assert.ok(labels.length);
    for (const label of labels) {
      const [x, y, w, t] = ['x', 'y', 'width', 'height'].map(a => Number(label.getAttribute(a)));
      const under = boxes.filter(
        b => Math.abs(x + w / 2 - b[0]) < (w + b[2]) / 2 && Math.abs(y + t / 2 - b[1]) < (t + b[3]) / 2
      );
      assert.deepEqual(under, []);
    }
  }
  undo();
});

test('where contributions meet the sum is written out', () => {
  const { root, undo } = show(recording('neurons'), 11);
  assert.match(
    root.querySelector('.panel.now')!.textContent!,
    /2 contributions meet.*−24.*through c.*\+.*−15.*through b.*=.*−39/s
  );
  undo();
});

test('an earlier gradient stays in the sum, and is shown in it', () => {
  const { root, undo } = show(recording('mlp'), 8);
  assert.match(
    root.querySelector('.panel.now')!.textContent!,
    /w1\.grad was not None, so it adds.*earlier backward.*\+.*this pass.*=.*w1\.grad/s
  );
  undo();
});

test('keys step, and are kept from the notebook', () => {
  const { host, root, undo } = show(recording('neurons'));
  let escaped = 0;
  host.addEventListener('keydown', () => escaped++);
  const stage = root.querySelector('.stage')!;
  const steps = ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'End', 'Home', 'ArrowLeft', 'ArrowRight'].map(
    key => (press(stage, key), root.dataset.step)
  );
  assert.deepEqual(steps, ['1', '2', '1', '11', '0', '-1', '0']);
  assert.equal(escaped, 0);
  press(stage, 'x');
  assert.equal(escaped, 1);
  press(stage, 'n');
  assert.match(document.activeElement!.getAttribute('aria-label')!, /^L, RsubBackward1, ready/);
  press(document.activeElement!, 'Enter');
  assert.equal(root.querySelector('.panel.now .tag')!.textContent, 'selected');
  press(stage, 'Escape');
  assert.equal(root.querySelectorAll('[data-selected]').length, 0);
  undo();
});

test('a step redraws the same number of nodes and edges in a large picture as in a small one', async () => {
  const touched: number[] = [];
  for (const n of [30, 600]) {
    const { root, playback, undo } = show(doublings(n) as Shown, 5);
    const seen = new Set<Element>();
    const observer = new MutationObserver(changes => {
      for (const { target } of changes) {
        const card = (target as Element).closest('.node, .edge, .elabel');
        if (card) seen.add(card);
      }
    });
    observer.observe(root.querySelector('.world')!, { subtree: true, childList: true, attributes: true, characterData: true });
    playback.go(6);
    await new Promise(done => setTimeout(done, 20));
    observer.disconnect();
    touched.push(seen.size);
    undo();
  }
  assert.ok(touched[0] > 0 && touched[0] <= 12, String(touched));
  assert.equal(touched[0], touched[1]);
});

test('what is out of sight is not in the drawing, and comes back when it is walked to', () => {
  const { root, undo } = show(doublings(300) as Shown);
  const drawn = () => [...root.querySelectorAll('.world .node')].filter(node => !node.closest("[style*='none']"));
  assert.equal(root.querySelectorAll('.world .node').length, 301);
  assert.ok(drawn().length < 60, String(drawn().length));
  const stage = root.querySelector('.stage')!;
  press(stage, 'p'); // from the far end: the leaf
  assert.equal(document.activeElement?.getAttribute('data-node-id'), 't0');
  assert.ok(drawn().includes(document.activeElement!));
  undo();
});

test('the map follows: where its window stands, and which mark is current', () => {
  const { root, playback, undo } = show(doublings(300) as Shown);
  const map = () => {
    const marks = [...root.querySelectorAll('.mini rect')];
    return [
      marks.findIndex(mark => mark.classList.contains('m-current')),
      Number(root.querySelector('.mview')!.getAttribute('x'))
    ];
  };
  playback.go(5);
  const [mark, x] = map();
  assert.ok(mark >= 0);
  playback.go(200);
  const [later, left] = map();
  assert.ok(later >= 0 && later !== mark && left < x, `${[mark, x, later, left]}`);
  press(root.querySelector('.stage')!, 'p'); // walking moves the window too, and no step is taken
  assert.notEqual(map()[1], left);
  assert.equal(map()[0], later);
  undo();
});

test('an open question leaves nothing on the page that answers it', () => {
  const { root, playback, undo } = show(recording('neurons'), 11);
  assert.match(said(root), /−39/);
  playback.togglePredict();
  for (let k = 0; k <= 11; k++) {
    playback.go(k);
    assert.doesNotMatch(said(root), /−39|−15|−24/, `step ${k}`);
  }
  playback.answer('-15');
  assert.doesNotMatch(said(root).replace('-15', ''), /−39|−15|−24/);
  assert.match(said(root), /path through b only/);
  for (const mode of ['local', 'paths', 'gradient']) {
    root.querySelector<HTMLElement>(`[data-mode='${mode}']`)!.click();
    assert.doesNotMatch(said(root), /−39|−15|−24/, mode);
  }
  playback.answer('-39');
  assert.match(said(root), /−39.*Right|Right.*−39/s);
  undo();
});

test('a key is answered by the picture and the place on the time line, one frame later by the words; keys that follow keep neither waiting', () => {
  const { root, node, playback, undo } = show(recording('neurons'), 8);
  const now = root.querySelector('.panel.now')!;
  const said = () => [now.querySelector('.tag')!.textContent, now.getAttribute('aria-busy')];
  const before = root.querySelector('.track .knob')!.getAttribute('cx');
  const moved = () =>
    [...root.querySelectorAll('.track *')].map(part => [part.getAttribute('transform'), part.getAttribute('width')]);
  const still = moved();
  framed(frame => {
    playback.go(9);
    const knob = root.querySelector('.track .knob')!.getAttribute('cx');
    assert.deepEqual([root.dataset.step, node('b').getAttribute('data-state')], ['9', 'current']);
    assert.notEqual(knob, before);
    assert.deepEqual(moved(), still); // at another transform or clip a browser makes all layers of its page anew
    assert.equal(root.querySelector('.stepno')!.textContent, '8 / 11');
    assert.deepEqual(said(), ['step 8', 'true']);
    frame();
    playback.go(10);
    assert.equal(root.dataset.step, '10');
    assert.deepEqual(said(), ['step 8', 'true']);
    frame();
    assert.deepEqual(said(), ['step 10', null]);
    assert.equal(root.querySelector('.stepno')!.textContent, '10 / 11');
    assert.match(root.querySelector('[role=status].sr')!.textContent!, /^step 10: /);
    frame();
    assert.deepEqual(said(), ['step 10', null]);
  });
  undo();
});

test('a step that the kernel has taken is answered the same way: its words do not come before its picture', () => {
  const whole = recording('neurons');
  const { root, node, playback, undo } = show({ ...whole, frames: whole.frames.slice(0, 9), total: 11 }, 8);
  const [now, track] = ['.panel.now', '.track'].map(name => root.querySelector(name)!);
  const said = () => [now.querySelector('.tag')!.textContent, now.getAttribute('aria-busy')];
  framed(frame => {
    playback.receive({ type: 'frames', frames: [whole.frames[9]], at: 9 });
    assert.deepEqual([root.dataset.step, root.dataset.recorded, node('b').getAttribute('data-state')], ['9', '9', 'current']);
    assert.deepEqual(said(), ['step 8', 'true']);
    assert.equal(track.getAttribute('aria-valuemax'), '8'); // that more steps are known is told with the words, too
    frame();
    frame();
    assert.deepEqual(said(), ['step 9', null]);
    assert.equal(track.getAttribute('aria-valuemax'), '9');
  });
  undo();
});

test('each step is read out with its numbers, but for those that a question hides', () => {
  const shown = recording('neurons');
  const { root, playback, undo } = show(shown);
  const live = () => root.querySelector('.sr[aria-live=polite]')!.textContent;
  const a = shown.nodes.find(n => n.name === 'a')!.id;
  Object.assign(playback, { quiz: { node: a, open: false, solved: false } });
  playback.go(9);
  assert.match(live(), /^step 9: w1 \* a\. g arrives: −5; leaves to w1: −10; leaves to a: −15\. .*freed/);
  playback.go(11);
  assert.match(live(), /^step 11: a\.grad\. g arrives: −39; \.grad: −39\. /);
  playback.quiz!.open = true;
  playback.go(9);
  assert.match(live(), /leaves to w1: −10; leaves to a: \?\./);
  playback.go(11);
  assert.match(live(), /g arrives: \?; \.grad: \?\./);
  undo();
});

test('paths: products along each, and their sum; the one looked at stays looked at', () => {
  const { root, playback, undo } = show(recording('neurons'), 11);
  root.querySelector<HTMLElement>("[data-mode='paths']")!.click();
  const panel = root.querySelector('.panel.now')!.textContent!;
  assert.match(panel, /∂L\/∂a.*2 paths.*= −15.*= −24.*sum over paths.*−39/s);
  const path = () => root.querySelectorAll<HTMLElement>('.paths li')[1];
  const before = path();
  before.focus();
  playback.toggleStop(playback.index.recording.nodes[0].id); // paints the panel again, as an answer of the kernel does
  assert.notEqual(path(), before);
  assert.equal(document.activeElement, path());
  undo();
});

test('a weight goes by as many of the last parts of its path as there is room for', () => {
  const shown = ['net.0.weight', 'layer.linear1.weight', 'fc1.weight', 'attn.in_proj_weight'].map(name => {
    const model = recording('mlp');
    const weight = model.nodes.find(n => n.kind === 'leaf' && n.value.shape.length)!;
    weight.name = name;
    const { root, undo } = show(model, 0);
    const { textContent } = root.querySelector(`[data-node-id='${weight.id}'] .name`)!;
    undo();
    return textContent;
  });
  assert.deepEqual(shown, ['0.weight', 'weight', 'fc1.weight', 'in_proj_we…']);
});

test('paths: of the factors that are unknown yet stands the count', () => {
  const begun = recording('neurons');
  begun.frames.length = 2;
  const { root, undo } = show(begun, 2);
  root.querySelector<HTMLElement>("[data-mode='paths']")!.click();
  const factors = [...root.querySelectorAll('.paths b')].map(b => b.textContent);
  assert.deepEqual(factors, ['(−1) × [3 not run yet]', '(−1) × [3 not run yet]']);
  undo();
});

test('without a kernel the rest of a recording is said to be missing', () => {
  const shown = recording('neurons');
  shown.total = 11;
  shown.frames = shown.frames.slice(0, 8);
  const { root, playback, undo } = show(shown);
  playback.end();
  assert.equal(root.dataset.step, '7');
  assert.match(root.querySelector('.banner')!.textContent!, /No kernel.*7 recorded steps/s);
  assert.ok(root.querySelector<HTMLButtonElement>("[data-do='next']")!.disabled);
  assert.match(root.querySelector('.track')!.textContent!, /not run yet/);
  undo();
});

test('without a kernel and without a step nothing offers one', () => {
  const shown = recording('neurons');
  shown.total = 11;
  shown.frames = shown.frames.slice(0, 1);
  shown.frames[0].bytes = 0;
  const { root, undo } = show(shown);
  assert.match(root.querySelector('.banner')!.textContent!, /No kernel.*run the cell again/s);
  assert.doesNotMatch(root.textContent!, /0 recorded steps|Press →/);
  for (const go of ['play', 'next']) assert.ok(root.querySelector<HTMLButtonElement>(`[data-do='${go}']`)!.disabled);
  assert.match(root.textContent!, /saved 0 B of 0 B/);
  undo();
});

test('a picture without a pass has no time, and tells of a node when asked', () => {
  const shown = recording('neurons');
  shown.frames = [];
  const { root, node, undo } = show(shown);
  assert.ok(root.querySelector<HTMLElement>('.a-time')!.hidden && root.hasAttribute('data-rest'));
  node('b').dispatchEvent(new Event('click', { bubbles: true }));
  assert.match(root.querySelector('.panel.now')!.textContent!, /w1 \* a → b.*6.*Saves a v0, w1 v0/s);
  undo();
});

test('more nodes than can be read are a list with a search', () => {
  const { root, playback, undo } = show(doublings(2000) as Shown, 40);
  assert.equal(root.querySelectorAll('.stage .node').length > 10, false);
  const search = root.querySelector<HTMLInputElement>('input[type=search]')!;
  const found = (query: string) => {
    search.value = query;
    search.dispatchEvent(new Event('input'));
    return root.querySelector('.searchrow .muted')!.textContent;
  };
  assert.equal(found('y1200'), '1 found');
  assert.equal(found('|g| > 1e6'), '20 found');
  assert.equal(found('no such thing'), '0 found');
  playback.go(41);
  assert.equal(root.dataset.step, '41');
  undo();
});

test('the undo leaves nothing behind', () => {
  const { host, undo, playback, root } = show(recording('mlp'), 3);
  undo();
  assert.equal(host.childNodes.length, 0);
  playback.go(5);
  assert.equal(root.dataset.step, '3');
});

test('two views of one pass move together', () => {
  const playback = new Playback(recording('neurons'));
  const [one, two] = [place(), place()];
  const undo = [player(one, playback), player(two, playback)];
  press(one.querySelector('.stage')!, 'End');
  assert.equal(two.querySelector<HTMLElement>('.agl')!.dataset.step, '11');
  undo.forEach(u => u());
});

test('a recording without nodes says how a graph begins', () => {
  const { host, undo } = show({ ...recording('neurons'), nodes: [], edges: [] });
  assert.match(host.textContent!, /No graph yet/);
  undo();
});
