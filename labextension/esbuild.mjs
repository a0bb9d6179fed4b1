/** For hosts without the labextension: the widget, Graphviz, which it asks the kernel for when it must, and an exported page's parts. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import zopfli from '@gfx/zopfli';
import * as esbuild from 'esbuild';
import { minify as shorten } from 'terser';

/** Methods and fields that no other bundle, no message and no browser knows by name: they travel as a letter or two. */
const OWN = new RegExp(
  '^(paint\\w+|draw(Constant|Cup|Group|Leaf|Map|Node|Operation|Retained|Scalar)|make(Ink|Row)|(card|line)(At|Of)|assemble|choose|chosen|' +
    'consumers|finder|focused|highest|lowest|moved|reveal|goTo|fresh|heads|stale|making|margins|moveWindow|onFound|opening|partial|peakBytes|redraw|' +
    'remake|repaint|requeue|setMode|settle|spokenGroup|stopsChanged|tallest|turnMode|ungrad|unmade|unmark|wanted|arrived|onPath|turnOf|heldAt|camera|hover|phase|solved|notice|mini|kids|stage|modes|layers|note|flip|lane|banner|cast|flow|rank|reach|marked|scene|visits|reads|drawn|cards|world|chips|pips|badge|doneOf|knob|hits|owed|lengths|risen|stairs|plots|transport|late|slider|extent|folds|sums|ties|dragged|members|nextMoment|scrub|controls|past|stem|buttons|box|caption|backMoment|togglePredict|stopWhen|toggleStop|cup|hinton|coming|canFold|tell|track)$'
);

const gzip = bytes => zopfli.gzipAsync(bytes, { numiterations: 15 });

/**
 * A module that unpacks itself: a widget's module travels with every widget and is saved with every notebook, so it goes at a
 * third of its size. Unpacked once a page, however many widgets there are, if they are of one build; the labextension's is the same.
 * Terser's names and Zopfli's gzip are 4 % shorter each than esbuild's and zlib's.
 */
async function pack(options, outfiles) {
  const { outputFiles } = await esbuild.build({ ...options, mangleProps: OWN, write: false });
  const { code } = await shorten(outputFiles[0].text, {
    ecma: 2022,
    module: true,
    compress: { inline: 0, passes: 3, pure_getters: true, unsafe: true, unsafe_arrows: true }
  }); // inlining: twice the time; no getter of ours does anything; unsafe: String(x) as x + '', and RegExp is ours
  const key = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const bytes = await gzip(Buffer.from(code));
  const define = {
    KEY: JSON.stringify(`autograd-lab.${key}`),
    PACKED: JSON.stringify(base91(bytes)),
    SIZE: String(bytes.length)
  };
  const loader = await readFile('src/hosts/unpacked.js', 'utf8');
  for (const [outfile, end] of Object.entries(outfiles)) {
    const minify = end !== ''; // it would drop the words to the labextension's bundler, which minifies itself
    const made = await esbuild.transform(`${loader}\n${end}`, { define, format: 'esm', minify, target: common.target });
    await writeFile(outfile, made.code);
    console.log(`  ${outfile}  ${(made.code.length / 1000).toFixed(1)} kB, ${(code.length / 1000).toFixed(1)} kB unpacked`);
  }
}

/**
 * Bytes as text that JSON and a page's script take as it is, 23 % longer (base 64: a third). Two characters are 13 bits, or 14
 * where these are small: basE91, by Joachim Henke (2005), from ! on without ", < and \\. `unpacked.js` reads it.
 */
function base91(bytes) {
  let [text, bits, count] = ['', 0, 0];
  const digit = d => String.fromCharCode(d ? 34 + d + (d >= 26) + (d >= 57) : 33);
  const pair = () => {
    const small = (bits & 8191) > 88 ? 13 : 14;
    const word = bits & ((1 << small) - 1);
    text += digit(word % 91) + digit(Math.floor(word / 91));
    bits >>= small;
    count -= small;
  };
  for (const byte of bytes) {
    bits |= byte << count;
    count += 8;
    if (count > 13) pair();
  }
  while (count > 0) pair();
  return text;
}

/** Styles as packed text, a third of their size: `style/index.js` puts them into the page. */
async function packStyles(entry, outfile) {
  const { outputFiles } = await esbuild.build({ ...common, entryPoints: [entry], write: false });
  const text = Buffer.from(await gzip(outputFiles[0].contents)).toString('base64');
  await writeFile(outfile, `export default ${JSON.stringify(text)};\n`);
}

/** A digest of the sources: only what was built of the same may hand one another objects, whose fields have other letters in other builds. */
async function digest(folder) {
  const hash = createHash('sha256').update(OWN.source);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter(entry => entry.isFile()).map(entry => `${entry.parentPath}/${entry.name}`);
  for (const file of files.sort()) hash.update(await readFile(file));
  return `agl${hash.digest('hex').slice(0, 6)}`;
}

const common = {
  bundle: true,
  define: { BUILD: JSON.stringify(await digest('src')) },
  format: 'esm',
  minify: true,
  target: 'es2022',
  charset: 'utf8', // Graphviz is a latin1 string: escaping it would double the file
  legalComments: 'eof',
  logLevel: 'info'
};
const out = '../autograd_lab/views/static';
await mkdir('lib', { recursive: true });
await esbuild.build({ ...common, entryPoints: ['@viz-js/viz'], outfile: `${out}/graphviz.js` });
await esbuild.build({ ...common, entryPoints: ['src/hosts/html.ts'], outfile: `${out}/player.js`, format: 'iife' });
await esbuild.build({ ...common, entryPoints: ['style/page.css'], outfile: `${out}/player.css` });
await esbuild.build({ ...common, entryPoints: ['style/widget.css'], outfile: `${out}/widget.css` });
await pack(
  { ...common, entryPoints: ['src/hosts/widget.ts'] },
  { [`${out}/widget.js`]: 'export default async () => (await load()).default;', 'lib/core.js': '' }
);
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
