/** A module as it travels: `esbuild.mjs` puts the packed module where it says PACKED, its size and its digest where it says SIZE and KEY. */
/* global KEY, PACKED, SIZE */
const unpack = async () => {
  // basE91, see esbuild.mjs: two characters are 13 or 14 bits
  const bytes = [];
  for (let i = 0, bits = 0, count = 0; i < PACKED.length; i += 2) {
    const [low, high] = [i, i + 1].map(at => {
      const code = PACKED.charCodeAt(at);
      return code - 34 + (code < 35) - (code > 60) - (code > 92);
    });
    const word = low + high * 91;
    bits |= word << count;
    for (count += (word & 8191) > 88 ? 13 : 14; count > 7; count -= 8) {
      bytes.push(bits & 255);
      bits >>= 8;
    }
  }
  const packed = new Blob([new Uint8Array(bytes.slice(0, SIZE))]).stream();
  const text = await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).text();
  // the labextension's bundler must leave this import to the page
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return import(/* webpackIgnore: true */ url).finally(() => URL.revokeObjectURL(url));
};
export const load = () => (globalThis[Symbol.for(KEY)] ??= unpack());
