/**
 * The line that made the current node, marked in the cell's own editor. A source panel, wherever it is, says which line that
 * is (render/source.ts); here it becomes a decoration, never text: the cell stays as it was written.
 */
import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import type { Cell, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { LINE, type Told } from '../render/told';

interface Spot {
  cell: Cell;
  line: number; // from 0
  span: [number, number];
}

const mark = StateEffect.define<[number, number, number] | null>(); // where the line begins, and its marked part
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (old, { docChanged, effects }) => {
    let now = docChanged ? Decoration.none : old; // an edited line is no longer the one that ran
    for (const effect of effects) {
      if (!effect.is(mark)) continue;
      const { value } = effect;
      const ranges = value && [LINED.range(value[0]), ...(value[1] < value[2] ? [MARKED.range(value[1], value[2])] : [])];
      now = ranges ? Decoration.set(ranges) : Decoration.none;
    }
    return now;
  },
  provide: field => EditorView.decorations.from(field)
});
const LINED = Decoration.line({ class: 'agl-line' });
const MARKED = Decoration.mark({ class: 'agl-span' });

/** From now on lines that panels tell of are marked, in one cell at a time, and gone to when they are clicked. */
export function markLines(tracker: INotebookTracker, activate: (id: string) => void): void {
  let turn = 0;
  let from: Element | null = null; // the panel whose line is marked
  let marked: Cell | null = null;
  const show = async ({ from: el, line, go }: Told) => {
    const mine = ++turn;
    const id = el.closest('.jp-NotebookPanel')?.id;
    const panel = tracker.find(panel => panel.id === id) ?? tracker.currentWidget;
    const spot = panel && line && find(panel, line);
    if (marked && marked !== spot?.cell) put(marked, null);
    [from, marked] = [el, spot?.cell ?? null];
    if (!spot || !panel) return;
    const { cell } = spot;
    if (go) {
      activate(panel.id);
      panel.content.activeCellIndex = panel.content.widgets.indexOf(cell);
      await panel.content.scrollToCell(cell);
    }
    await cell.ready; // far from sight it has no editor yet
    if (mine !== turn) return;
    put(cell, spot);
    if (!go || !cell.editor) return;
    const [start, end] = spot.span.map(column => ({ line: spot.line, column }));
    cell.editor.setSelection({ start, end });
    cell.editor.focus();
  };
  document.addEventListener(LINE, event => {
    const told = (event as CustomEvent<Told>).detail;
    if (told.line || told.from === from) setTimeout(() => void show(told)); // the step is painted first
    event.preventDefault();
  });
}

/** The cell that ran this line: the one of its number if that still holds it, else the only one that does. */
function find({ content }: NotebookPanel, { cell: name, number, text, span }: NonNullable<Told['line']>): Spot | null {
  const spots = content.widgets.flatMap(cell => {
    const lines = cell.model.sharedModel.source.split('\n');
    const line = number - 1 + +lines[0].startsWith('%%'); // a cell magic runs what is below it
    return cell.model.type === 'code' && lines[line]?.trimEnd() === text.trimEnd() ? [{ cell, line, span }] : [];
  });
  const named = spots.find(({ cell }) => name === `In [${cell.model.executionCount}]`);
  return named ?? (spots.length === 1 ? spots[0] : null);
}

function put(cell: Cell, spot: Spot | null): void {
  const view = cell.editor?.editor;
  if (!view) return;
  if (!view.state.field(marks, false)) view.dispatch({ effects: StateEffect.appendConfig.of(marks) });
  const line = spot && view.state.doc.line(spot.line + 1);
  view.dispatch({
    effects: mark.of(line && [line.from, line.from + spot.span[0], Math.min(line.to, line.from + spot.span[1])])
  });
}
