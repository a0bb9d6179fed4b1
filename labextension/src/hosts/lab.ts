/** What anywidget cannot carry: commands and the inspector panel. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

const plugins: JupyterFrontEndPlugin<void>[] = [];
export default plugins;
