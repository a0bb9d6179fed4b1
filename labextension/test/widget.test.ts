/** What VS Code, Colab, marimo and the others that load widgets from text ask of a module; none of them runs here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';

test('the module of a widget stands alone, has a default export and waits for nothing while it is loaded', () => {
  const text = readFileSync('../autograd_lab/views/static/widget.js', 'utf8');
  const file = ts.createSourceFile('widget.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  assert.ok(!file.statements.some(ts.isImportDeclaration), 'no import of another module');
  const names = file.statements.filter(ts.isExportDeclaration).flatMap(s => (s.exportClause as ts.NamedExports).elements);
  assert.ok(names.some(name => name.name.text === 'default') || file.statements.some(ts.isExportAssignment));
  const waits: string[] = [];
  const strings: string[] = [];
  const visit = (node: ts.Node, inside: boolean): void => {
    if (ts.isAwaitExpression(node) && !inside) waits.push(node.getText().slice(0, 60));
    if (ts.isStringLiteral(node)) strings.push(node.text);
    ts.forEachChild(node, kid => visit(kid, inside || ts.isFunctionLike(node)));
  };
  visit(file, false);
  assert.deepEqual(waits, [], 'no await outside of a function');
  assert.ok(strings.every(s => !/https?:/.test(s)));
});

test('its styles travel with it, and ask for nothing', () => {
  const css = readFileSync('../autograd_lab/views/static/widget.css', 'utf8');
  assert.match(css, /^\.agl\{/);
  assert.doesNotMatch(css, /@import|url\(|https?:/);
});
