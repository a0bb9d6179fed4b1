/** What anywidget cannot carry: commands, the side panel, and outputs that outlive their kernel. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import type { Playback } from '../render/playback';
import { Ahead, type Run } from './ahead';
import { board, follow } from './board';
import { ID, Inspector, wasOpen } from './inspector';
import { adopt, hadPass, isDrawing } from './output';
import { tellTheme } from './theme';
import * as WORDS from '../render/words';

// From anywhere in the notebook; on the picture itself the arrow keys do.
const KEYS = { step: 'Alt .', 'step-back': 'Alt ,', 'show-inspector': 'Alt Shift G' };
type Command = keyof typeof WORDS.commands;
const NO_ARGUMENTS = { args: { type: 'object' as const, properties: {} } };

const inspector: JupyterFrontEndPlugin<void> = {
  id: 'autograd-lab:inspector',
  description: WORDS.aboutPanel,
  autoStart: true,
  optional: [ICommandPalette, ILayoutRestorer, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    tracker: INotebookTracker | null
  ) => {
    const panel = new Inspector();
    if (wasOpen()) void app.restored.then(() => app.shell.activateById(ID));
    app.shell.add(panel, 'right', { rank: 900, type: WORDS.category });
    restorer?.add(panel, ID);
    const add = (name: Command, execute: () => void, isEnabled = () => true) => {
      const command = `autograd-lab:${name}`;
      app.commands.addCommand(command, { label: WORDS.commands[name], describedBy: NO_ARGUMENTS, execute, isEnabled });
      palette?.addItem({ command, category: WORDS.category });
    };
    const front = () => {
      const runs: Run[] = [];
      tracker?.forEach(({ id, content }) => {
        for (const { model, node, outputArea } of content.widgets)
          if (model.executionState === 'running') runs.push({ id: outputArea?.future, notebook: id, again: hadPass(node) });
      });
      return { notebook: tracker?.currentWidget?.id ?? '', runs };
    };
    const ahead = new Ahead(front, isDrawing);
    if (tracker) NotebookActions.executed.connect(() => ahead.settle());
    const onPass = (name: Command, act: (playback: Playback) => void) =>
      add(
        name,
        () => ahead.give(act),
        () => !!board.active || ahead.expected
      );
    add('show-inspector', () => app.shell.activateById(ID));
    onPass('step', playback => playback.next());
    onPass('step-back', playback => playback.back());
    onPass('to-start', playback => playback.go(0));
    onPass('to-end', playback => playback.end());
    onPass('play', playback => playback.toggle());
    board.listeners.add(() => app.commands.notifyCommandChanged());
    tracker?.currentChanged.connect((_, panel) => panel && follow(panel.id));
    const lines = tracker && import('./lines'); // where no notebook is, as in Voila, there is no editor to mark a line in
    void lines?.then(({ markLines }) => markLines(tracker!, id => app.shell.activateById(id)));
    const menu = ['step', 'step-back', 'to-start', 'to-end', 'play', 'show-inspector'];
    const first = -1 - menu.length; // before JupyterLab's own, which begin at 0: in between they would stand one by one among those
    for (const [i, name] of menu.entries())
      app.contextMenu.addItem({ command: `autograd-lab:${name}`, selector: '.agl', rank: first + i });
    app.contextMenu.addItem({ type: 'separator', selector: '.agl', rank: -1 });
    for (const [name, key] of Object.entries(KEYS))
      app.commands.addKeyBinding({ command: `autograd-lab:${name}`, keys: [key], selector: 'body' });
  }
};

const outputs: JupyterFrontEndPlugin<void> = {
  id: 'autograd-lab:outputs',
  description: WORDS.aboutOutputs,
  autoStart: true,
  optional: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, tracker: INotebookTracker | null) => {
    tellTheme();
    tracker?.forEach(adopt);
    tracker?.widgetAdded.connect((_, panel) => adopt(panel));
  }
};

export default [inspector, outputs];
