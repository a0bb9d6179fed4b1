/** What things are called. Text from the learner's cell: it reaches the page through textContent only. */
import type { PictureNode, Recording } from '../wire';

/** The sub-expression of the cell that made this node. */
export function expression(recording: Recording, node: PictureNode): string {
  if (!node.line) return node.name || node.op;
  const text = recording.source.text[node.line - 1] ?? '';
  return (node.span ? text.slice(node.span[0], node.span[1]) : text.trim()) || node.name || node.op;
}

/** A variable's name, else the expression when it is short, else the operation. */
export function label(recording: Recording, node: PictureNode): string {
  if (node.name) return node.name;
  const text = node.span ? expression(recording, node) : '';
  return text && text.length <= 9 ? text : node.op;
}

/** The number a reader sees beside a line of the source: that in its own cell or file. */
export function lineNumber(recording: Recording, line: number): number {
  const part = recording.source.parts?.findLast(p => p.row < line);
  return part ? line - part.row + part.first - 1 : line;
}
