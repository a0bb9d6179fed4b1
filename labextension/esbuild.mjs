/** Two files for hosts without the labextension: the widget, and Graphviz, which the widget asks the kernel for when it must. */
import * as esbuild from 'esbuild';

const common = {
  bundle: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  charset: 'utf8', // Graphviz is a latin1 string: escaping it would double the file
  legalComments: 'eof',
  loader: { '.css': 'text' },
  logLevel: 'info'
};
const out = '../autograd_lab/views/static';
await esbuild.build({ ...common, entryPoints: ['src/hosts/widget.ts'], outfile: `${out}/widget.js` });
await esbuild.build({ ...common, entryPoints: ['@viz-js/viz'], outfile: `${out}/graphviz.js` });
