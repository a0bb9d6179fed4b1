/** The slice of @jupyterlab/notebook used here; the module itself comes from JupyterLab (sharedPackages, not bundled). */
declare module '@jupyterlab/notebook' {
  import type { EditorView } from '@codemirror/view';
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
  export interface Outputs {
    readonly length: number;
    get(index: number): IRenderMime.IMimeModel & { toJSON(): Record<string, unknown> };
    set(index: number, output: Record<string, unknown>): void;
  }
  export interface Cell extends Widget {
    readonly model: {
      readonly type: string;
      readonly executionCount?: number | null; // of code cells
      readonly executionState?: string; //        of code cells
      readonly outputs?: Outputs; //              of code cells
      readonly sharedModel: { readonly source: string };
    };
    readonly outputArea?: { readonly future: unknown }; // of code cells: of its latest execution
    readonly ready: Promise<void>;
    readonly editor: Editor | null;
  }
  export interface Place {
    line: number;
    column: number;
  }
  export interface Editor {
    readonly editor: EditorView;
    setSelection(range: { start: Place; end: Place }): void;
    focus(): void;
  }
  export interface Notebook extends Widget {
    readonly rendermime: RenderMime;
    readonly widgets: readonly Cell[];
    activeCellIndex: number;
    scrollToCell(cell: Cell): Promise<void>;
  }
  export interface NotebookPanel extends Widget {
    readonly sessionContext: ISessionContext;
    readonly content: Notebook;
    readonly context: { readonly saveState: ISignal<unknown, string> };
  }
  export interface INotebookTracker {
    readonly currentWidget: NotebookPanel | null;
    readonly currentChanged: ISignal<this, NotebookPanel | null>;
    readonly widgetAdded: ISignal<this, NotebookPanel>;
    find(test: (panel: NotebookPanel) => boolean): NotebookPanel | undefined;
    forEach(visit: (panel: NotebookPanel) => void): void;
  }
  export const INotebookTracker: Token<INotebookTracker>;
  export const NotebookActions: { readonly executed: ISignal<unknown, unknown> };
}
