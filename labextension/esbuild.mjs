/** For hosts without the labextension: the widget, Graphviz, which it asks the kernel for when it must, and an exported page's parts. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

/**
 * A module that unpacks itself: a widget's module travels with every widget and is saved with every notebook, so it goes at a
 * third of its size. Unpacked once a page, however many widgets there are, if they are of one build.
 */
async function pack(options, outfile) {
  const { outputFiles } = await esbuild.build({ ...options, write: false });
  const code = outputFiles[0].contents;
  const key = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const text = gzipSync(code, { level: 9 }).toString('base64');
  const { code: loader } = await esbuild.transform(await readFile('src/hosts/unpacked.js', 'utf8'), {
    define: { KEY: JSON.stringify(`autograd-lab.${key}`), PACKED: JSON.stringify(text) },
    format: 'esm',
    minify: true,
    target: common.target
  });
  await writeFile(outfile, loader);
  console.log(`  ${outfile}  ${(loader.length / 1000).toFixed(1)} kB, ${(code.length / 1000).toFixed(1)} kB unpacked`);
}

/** Styles as packed text, a third of their size: `style/index.js` puts them into the page. */
async function packStyles(entry, outfile) {
  const { outputFiles } = await esbuild.build({ ...common, entryPoints: [entry], write: false });
  const text = gzipSync(outputFiles[0].contents, { level: 9 }).toString('base64');
  await writeFile(outfile, `export default ${JSON.stringify(text)};\n`);
}

const common = {
  bundle: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  charset: 'utf8', // Graphviz is a latin1 string: escaping it would double the file
  legalComments: 'eof',
  logLevel: 'info'
};
const out = '../autograd_lab/views/static';
await esbuild.build({ ...common, entryPoints: ['@viz-js/viz'], outfile: `${out}/graphviz.js` });
await esbuild.build({ ...common, entryPoints: ['src/hosts/html.ts'], outfile: `${out}/player.js`, format: 'iife' });
await esbuild.build({ ...common, entryPoints: ['style/page.css'], outfile: `${out}/player.css` });
await esbuild.build({ ...common, entryPoints: ['style/widget.css'], outfile: `${out}/widget.css` });
// The labextension's two entries, each import followed: its bundler writes a call of another module as (0, m.f)(), thousands of times.
await esbuild.build({
  ...common,
  minify: false, // the bundler does
  entryPoints: ['src/hosts/lab.ts', 'src/hosts/mime.ts'],
  outdir: 'lib/hosts',
  packages: 'external',
  splitting: true
});
await packStyles('style/index.css', 'lib/styles.js'); // the labextension's
await pack({ ...common, entryPoints: ['src/hosts/widget.ts'] }, `${out}/widget.js`);
