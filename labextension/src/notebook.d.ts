/** The slice of @jupyterlab/notebook used here; the module itself comes from JupyterLab (sharedPackages, not bundled). */
declare module '@jupyterlab/notebook' {
  import type { ISessionContext } from '@jupyterlab/apputils';
  import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
  import type { Token } from '@lumino/coreutils';
  import type { ISignal } from '@lumino/signaling';
  import type { Widget } from '@lumino/widgets';

  export interface RenderMime {
    readonly mimeTypes: readonly string[];
    addFactory(factory: IRenderMime.IRendererFactory, rank?: number): void;
    createRenderer(mimeType: string): IRenderMime.IRenderer;
  }
  export interface NotebookPanel extends Widget {
    readonly sessionContext: ISessionContext;
    readonly content: Widget & { readonly rendermime: RenderMime };
  }
  export interface INotebookTracker {
    readonly currentWidget: NotebookPanel | null;
    readonly currentChanged: ISignal<this, NotebookPanel | null>;
    readonly widgetAdded: ISignal<this, NotebookPanel>;
    forEach(visit: (panel: NotebookPanel) => void): void;
  }
  export const INotebookTracker: Token<INotebookTracker>;
}
