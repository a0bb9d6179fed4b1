/** What anywidget cannot carry: commands, the side panel, and outputs that outlive their kernel. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { Playback } from '../render/playback';
import { board, follow } from './board';
import { ID, Inspector } from './inspector';
import { markLines } from './lines';
import { adopt } from './output';

// From anywhere in the notebook; on the picture itself the arrow keys do.
const KEYS = { step: 'Alt .', 'step-back': 'Alt ,', 'show-inspector': 'Alt Shift G' };
const NO_ARGUMENTS = { args: { type: 'object' as const, properties: {} } };

const inspector: JupyterFrontEndPlugin<void> = {
  id: 'autograd-lab:inspector',
  description: 'The side panel that follows the backward pass in use, and commands to step it',
  autoStart: true,
  optional: [ICommandPalette, ILayoutRestorer, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    tracker: INotebookTracker | null
  ) => {
    const panel = new Inspector();
    app.shell.add(panel, 'right', { rank: 900, type: 'Autograd' });
    restorer?.add(panel, ID);
    const add = (id: string, label: string, execute: () => void, isEnabled = () => true) => {
      app.commands.addCommand(id, { label, describedBy: NO_ARGUMENTS, execute, isEnabled });
      palette?.addItem({ command: id, category: 'Autograd' });
    };
    const onPass = (id: string, label: string, act: (playback: Playback) => void) =>
      add(
        id,
        label,
        () => board.active && act(board.active),
        () => !!board.active
      );
    add('autograd-lab:show-inspector', 'Show the Autograd Inspector', () => app.shell.activateById(ID));
    onPass('autograd-lab:step', 'Autograd: Step', playback => playback.next());
    onPass('autograd-lab:step-back', 'Autograd: Step Back', playback => playback.back());
    onPass('autograd-lab:to-start', 'Autograd: To the Start', playback => playback.go(0));
    onPass('autograd-lab:to-end', 'Autograd: To the End', playback => playback.end());
    onPass('autograd-lab:play', 'Autograd: Play or Pause', playback => playback.toggle());
    board.listeners.add(() => app.commands.notifyCommandChanged());
    tracker?.currentChanged.connect((_, panel) => panel && follow(panel.id));
    if (tracker) markLines(tracker, id => app.shell.activateById(id));
    const menu = ['step', 'step-back', 'to-start', 'to-end', 'play', 'show-inspector'];
    menu.forEach((name, rank) => app.contextMenu.addItem({ command: `autograd-lab:${name}`, selector: '.agl', rank }));
    for (const [name, key] of Object.entries(KEYS))
      app.commands.addKeyBinding({ command: `autograd-lab:${name}`, keys: [key], selector: 'body' });
  }
};

const outputs: JupyterFrontEndPlugin<void> = {
  id: 'autograd-lab:outputs',
  description: 'Shows a recorded pass where the kernel that made it is gone',
  autoStart: true,
  optional: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, tracker: INotebookTracker | null) => {
    tracker?.forEach(adopt);
    tracker?.widgetAdded.connect((_, panel) => adopt(panel));
  }
};

export default [inspector, outputs];
