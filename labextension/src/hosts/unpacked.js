/** The widget's module as it travels: `esbuild.mjs` puts the packed module where it says PACKED, and its digest where it says KEY. */
/* global KEY, PACKED */
const unpack = async () => {
  const bytes = Uint8Array.from(atob(PACKED), c => c.charCodeAt(0));
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return import(url).finally(() => URL.revokeObjectURL(url));
};
export default (await (globalThis[Symbol.for(KEY)] ??= unpack())).default;
