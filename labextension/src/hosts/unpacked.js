/** A module as it travels: `esbuild.mjs` puts the packed module where it says PACKED, its size and its digest where it says SIZE and KEY. */
/* global KEY, PACKED, SIZE */
const unpack = async () => {
  // base 85: five characters from # on, without < and \, are four bytes
  const bytes = new DataView(new ArrayBuffer(SIZE + 4));
  for (let i = 0; i < PACKED.length; i += 5) {
    let word = 0;
    for (let j = i; j < i + 5; j++) {
      const code = PACKED.charCodeAt(j);
      word = word * 85 + code - 35 - (code > 60) - (code > 92);
    }
    bytes.setUint32((i / 5) * 4, word);
  }
  const packed = new Blob([bytes.buffer.slice(0, SIZE)]).stream();
  const text = await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).text();
  // the labextension's bundler must leave this import to the page
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return import(/* webpackIgnore: true */ url).finally(() => URL.revokeObjectURL(url));
};
export const load = () => (globalThis[Symbol.for(KEY)] ??= unpack());
