/** The slice of CodeMirror used here; the modules themselves come from JupyterLab (sharedPackages, not bundled). */
declare module '@codemirror/state' {
  export interface StateEffectType<T> {
    of(value: T): Effect;
  }
  export interface Effect {
    is<T>(type: StateEffectType<T>): this is { value: T };
  }
  export const StateEffect: {
    define<T>(): StateEffectType<T>;
    appendConfig: StateEffectType<unknown>;
  };
  export interface Transaction {
    readonly docChanged: boolean;
    readonly effects: readonly Effect[];
  }
  export interface StateField<T> {
    readonly value?: T;
  }
  export const StateField: {
    define<T>(config: {
      create(): T;
      update(value: T, transaction: Transaction): T;
      provide(field: StateField<T>): unknown;
    }): StateField<T>;
  };
}
declare module '@codemirror/view' {
  import type { Effect, StateField } from '@codemirror/state';

  export type Range = object;
  export type DecorationSet = object;
  export interface Decoration {
    range(from: number, to?: number): Range;
  }
  export const Decoration: {
    none: DecorationSet;
    set(ranges: Range[]): DecorationSet;
    line(spec: { class: string }): Decoration;
    mark(spec: { class: string }): Decoration;
  };
  export interface EditorView {
    readonly state: {
      readonly doc: { line(number: number): { from: number; to: number } };
      field<T>(field: StateField<T>, required: false): T | undefined;
    };
    dispatch(transaction: { effects: Effect }): void;
  }
  export const EditorView: { decorations: { from(field: StateField<DecorationSet>): unknown } };
}
