/** What `esbuild.mjs` makes of `hosts/widget.ts` for the labextension. */
declare module '*/lib/core.js' {
  export function load(): Promise<unknown>;
}
/** A digest of the sources, put in by `esbuild.mjs`. */
declare const BUILD: string;
