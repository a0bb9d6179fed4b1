/** A predict-then-check question on the page: judged by the kernel that asked it, or here where it is for practice. */
import type { Asked, Shown } from '../messages';
import type { Question } from '../wire';
import { derivative } from './labels';
import { format } from './numbers';
import * as WORDS from './words';

export interface Quiz {
  ask: string;
  node: string;
  label: string; //    in front of the box: "∂L/∂a", "b.grad"
  open: boolean; //    on the page, hiding numbers
  solved: boolean; //  answered or shown
  right: boolean;
  given: string;
  says: string;
  optional: boolean; // may be put away and asked again
}

/** The question of a recording, null if it has none. */
export function quiz(shown: Shown): Quiz | null {
  if (shown.asked) {
    const { ask, node, hides } = shown.asked;
    return { ask, node, label: hides, given: '', optional: false, ...told(shown.asked) };
  }
  const { question } = shown;
  if (!question) return null;
  const name = (id: string) => shown.nodes.find(n => n.id === id)?.name ?? '';
  const label = derivative(name(shown.root), name(question.node));
  return {
    ask: question.ask,
    node: question.node,
    label,
    open: false,
    solved: false,
    right: false,
    given: '',
    says: '',
    optional: true
  };
}

/** What the kernel says of its own question. */
export const told = ({ says, ok, open }: Asked) => ({ says, right: ok, solved: !open, open: true });

/** A practice question travels with its answer and its mistakes: checked here, without a kernel. */
export function judge(question: Question, given: string): Partial<Quiz> {
  const x = Number(given.replace('−', '-').replace(',', '.'));
  if (!given || Number.isNaN(x)) return { right: false, says: WORDS.aNumber(format(-2.5)) };
  if (Math.abs(x - question.answer) <= 1e-6 * Math.max(1, Math.abs(question.answer))) {
    return { right: true, solved: true, says: WORDS.right };
  }
  const mistake = question.mistakes.find(m => Math.abs(m.value - x) < 1e-6);
  return {
    right: false,
    says: mistake?.says ?? WORDS.notThis
  };
}
