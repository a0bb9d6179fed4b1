/** Bundle every test and hand them to node's own runner. `node test/run.mjs model` runs test/model.test.ts alone. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import * as esbuild from 'esbuild';

const out = 'node_modules/.cache/autograd-lab-tests';
rmSync(out, { recursive: true, force: true });
const wanted = process.argv.slice(2);
const names = readdirSync('test').filter(
  name => name.endsWith('.test.ts') && (!wanted.length || wanted.some(w => name.startsWith(w)))
);
await esbuild.build({
  entryPoints: names.map(name => `test/${name}`),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  define: { BUILD: '"test"' },
  loader: { '.css': 'text' },
  logLevel: 'warning'
});
const files = names.map(name => `${out}/${name.replace(/\.ts$/, '.mjs')}`);
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
