/** What a reader sees or hears stands in render/words.ts, and nowhere else: found by reading the source as TypeScript does. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';

const HOME = 'render/words.ts';
const READ_OUT = /^(aria-(label|roledescription|valuetext|description)|title|placeholder|alt)$/; // attributes that are words
const DUMB = /^(class|d|transform|points|viewBox)$/; // and that never are
const LOOKED_UP = /^(querySelector(All)?|closest|matches|matchMedia)$/;
const TYPED = /^\W*(True|False|None|NaN|grad|retain_grad|AccumulateGrad)\W*$/; // PyTorch's: the same in every language
const UNREAD = new Set([
  // errors that are caught by whoever asked, and the code of a worker
  'the kernel does not answer',
  'the front end was not built',
  'no layout',
  'the worker did not start'
]);
const WORD = /\p{L}{2,}/u;
const SENTENCE = /\p{L}+[,.:]? \p{L}+/u; // two words: no key and no keyword
const PIECE = /(^|\p{L})[,.:]? \p{L}{2,}|\p{L}{2,}[,.:]? (\p{L}|$)/u; // of a template: a word beside a space

const styles = readdirSync('style').map(name => readFileSync(`style/${name}`, 'utf8'));
const CLASSES = new Set(styles.flatMap(css => [...css.matchAll(/\.([a-z][\w-]*)/g)].map(found => found[1])));

/** Literals of a source that a reader may meet, each after its place. */
function literals(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
    const piece = ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if ((piece || ts.isStringLiteralLike(node)) && isRead(node, node.text, piece))
      found.push(`${path}:${file.getLineAndCharacterOfPosition(node.end).line + 1} ${node.text}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Whether a literal is read: a sentence anywhere, a single word where words are put. */
function isRead(node: ts.Node, text: string, piece: boolean): boolean {
  if (!WORD.test(text) || TYPED.test(text) || UNREAD.has(text) || /^(<svg|import |subgraph |Alt |;\s| [kM]B$)/.test(text))
    return false;
  let at = node;
  for (let up = at.parent; ; up = up.parent) {
    const passes =
      ts.isTemplateSpan(up) || ts.isTemplateExpression(up) || ts.isParenthesizedExpression(up) || ts.isBinaryExpression(up);
    if (!passes && !(ts.isConditionalExpression(up) && up.condition !== at)) break;
    at = up;
  }
  const { parent } = at;
  const named = (name: ts.Node) => (ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : '');
  if (ts.isPropertyAssignment(parent) && parent.initializer === at) {
    if (DUMB.test(named(parent.name))) return false;
    if (READ_OUT.test(named(parent.name))) return true;
  }
  if (ts.isCallExpression(parent)) {
    const callee = named(ts.isPropertyAccessExpression(parent.expression) ? parent.expression.name : parent.expression);
    const i = parent.arguments.indexOf(at as ts.Expression);
    if (LOOKED_UP.test(callee)) return false;
    if (/^[hs]$/.test(callee) && i >= 2) return true; // what an element holds
    const attribute = callee === 'put' ? 1 : callee === 'setAttribute' ? 0 : -1;
    if (attribute >= 0 && i === attribute + 1) return READ_OUT.test(named(parent.arguments[attribute]));
  }
  if (ts.isBinaryExpression(at) && /textContent$/.test(at.left.getText())) return true;
  return (piece ? PIECE : SENTENCE).test(text) && !text.split(' ').every(word => !word || CLASSES.has(word));
}

test('no words stand outside their place', () => {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const files = names.filter(name => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts') && name !== HOME);
  assert.ok(files.length > 50 && names.includes(HOME));
  assert.deepEqual(
    files.flatMap(name => literals(name, readFileSync(`src/${name}`, 'utf8'))),
    []
  );
});

test('what is looked for is found', () => {
  const source = `
    h('p', {}, 'Wait');
    h('p', { title: on ? 'more' : \`less \${n}\`, class: 'panel now' }, \`\${n} left\`);
    el.textContent = 'gone';
    say('Try again.');
    el.setAttribute('aria-label', 'key');
    el.setAttribute('role', 'img');
    el.closest('.agl button');
    const kind = 'leaf';`;
  const found = literals('x', source).map(line => line.replace(/^x:\d+ /, ''));
  assert.deepEqual(found, ['Wait', 'more', 'less ', ' left', 'gone', 'Try again.', 'key']);
});
