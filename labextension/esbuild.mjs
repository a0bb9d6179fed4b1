/** For hosts without the labextension: the widget, Graphviz, which it asks the kernel for when it must, and an exported page's parts. */
import { readFile } from 'node:fs/promises';
import * as esbuild from 'esbuild';

/** Style sheets travel inside the module, as text. */
const css = {
  name: 'css',
  setup: build =>
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code, loader: 'text' };
    })
};
const common = {
  bundle: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  charset: 'utf8', // Graphviz is a latin1 string: escaping it would double the file
  legalComments: 'eof',
  plugins: [css],
  logLevel: 'info'
};
const out = '../autograd_lab/views/static';
await esbuild.build({ ...common, entryPoints: ['src/hosts/widget.ts'], outfile: `${out}/widget.js` });
await esbuild.build({ ...common, entryPoints: ['@viz-js/viz'], outfile: `${out}/graphviz.js` });
await esbuild.build({ ...common, entryPoints: ['src/hosts/html.ts'], outfile: `${out}/player.js`, format: 'iife' });
await esbuild.build({ ...common, entryPoints: ['style/page.css'], outfile: `${out}/player.css`, plugins: [] });
