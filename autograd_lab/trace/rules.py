"""A rule as the learner reads it: its own source line, with the variables of the cell in place of the rule's words.

``mul``'s rule for x is ``return y``, a partial; on the card of ``b = w1 * a`` it reads ``g * a``, with the local factor
``a`` and its value. The text is taken from the declaration that ran, so it cannot say anything else. What is decided by
metadata (``if exponent == 2``) is decided here too, and numbers known when the operation ran are written as numbers.
"""

from __future__ import annotations

import ast
import inspect
import operator
import re
import textwrap
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from ..core.function import FunctionNode
from ..core.inplace import CopySlices
from ..core.namespaces import NUMPY
from ..core.primitive import Rule
from ..core.several import SeveralNode
from ..core.tensor import Tensor
from .picture import PictureEdge
from .reading import word_of
from .summary import summarise
from .wire import RuleTerm

G = ast.Name("g", ast.Load())
LONG = 72  # characters: a longer rule is called by its name


class Reading(NamedTuple):
    """What a rule says, in its own words: the code, and its local factor where it is one factor times g."""

    code: str
    local: str | None
    value: CodeType | None  # computes the local factor from the saved values
    join: str | None
    words: tuple[str, ...]  # names in ``code`` and ``local`` that stand for saved values
    summed: bool  # the result is then summed over the axes that the input was broadcast along


class Term(NamedTuple):
    """A RuleTerm, and the array of its local factor, None where it has none."""

    wire: RuleTerm
    local: Any = None


def terms(node: Any, edges: list[PictureEdge], labels: Callable[[PictureEdge], str], g) -> list[Term]:
    """A Term for each of the node's edges that carries a gradient; call it before the node runs and is freed.

    ``labels`` names the value at an edge's far end; ``g`` is what arrived, for its shape.
    """
    wanted = [edge for edge in edges if edge.blocked is None]
    if isinstance(node, FunctionNode):
        return [Term({"edge": e.id, "code": f"{word_of(node)}.backward(ctx, g)"}) for e in wanted]
    if isinstance(node, CopySlices):
        word = word_of(node)
        first, other = f"g outside the slice; inside it, {word}'s rule", f"{word}'s rule for the slice of g"
        return [Term({"edge": e.id, "code": other if e.slot else first}) for e in wanted]
    primitive = node.primitive
    if primitive is None:
        return [Term({"edge": e.id, "code": "g"}) for e in wanted]
    known = _known(node)
    by_slot = {edge.slot: labels(edge) for edge in edges}
    names = {name: by_slot[i] for i, name in enumerate(primitive.inputs) if i in by_slot and not primitive.variadic}
    shape = next((x.shape for x in (g if isinstance(g, list) else [g]) if x is not None), ())
    return [_term(node, primitive, edge, known, names, tuple(shape), labels) for edge in wanted]


def _term(node, primitive, edge, known, names, shape, labels) -> Term:
    if primitive.variadic:
        return Term({"edge": edge.id, "code": f"the part of g that came from {labels(edge)}"})
    rule = primitive.rules[primitive.inputs[edge.slot]]
    simple = tuple((k, v) for k, v in known.items() if k in rule.reads and _is_simple(v))
    reading = _read(rule, simple)
    words = {word: names.get(word, word) for word in reading.words}
    out: RuleTerm = {"edge": edge.id, "code": _say(reading.code, words)}
    fit = getattr(node, "fit", None)
    own = fit[edge.slot][0] if fit is not None else known.get(f"{edge.arg}_shape", shape) if reading.summed else shape
    if own != shape and reading.join != "spread" and (fit is not None or reading.summed):
        out["code"] += f", summed to {tuple(own)}" if own else ", summed"
        return Term(out)  # g times the local factor is not yet what leaves
    if reading.local is not None and reading.value is not None and reading.join is not None:
        value = _compute(reading, rule, known)
        if value is not None:
            out["local"], out["value"], out["join"] = _say(reading.local, words), summarise(value), reading.join  # type: ignore[typeddict-item]
            return Term(out, value)
    return Term(out)


def formula(rule: Rule) -> str:
    """What a rule says in its own words: ``g * (1 - out * out)``; its name and what it reads where it is too long for a line."""
    return _read(rule, ()).code


def _known(node) -> dict[str, Any]:
    """What the node saved, by the rules' names, as arrays; what is freed or was not wanted is left out."""
    if isinstance(node, SeveralNode):
        return dict(node.values) if isinstance(node.values, dict) else {}
    out = {}
    for name in node.primitive.saves:
        value = getattr(node, name)
        if isinstance(value, Tensor):
            value = value._array
        out[name] = value
    return out


def _is_simple(value) -> bool:
    """Known when the operation ran and short enough to be written out."""
    if isinstance(value, tuple):
        return len(value) <= 8 and all(map(_is_simple, value))
    return value is None or type(value) in (int, float, bool, str) or isinstance(value, np.dtype)


def _say(code: str, words: Mapping[str, str]) -> str:
    if not words:
        return code
    return _finder(tuple(words)).sub(lambda m: _grouped(words[m[1]], code, m), code)


@lru_cache(maxsize=512)
def _finder(words: tuple[str, ...]) -> re.Pattern:
    return re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b(?!\()")


def _grouped(name: str, code: str, found: re.Match) -> str:
    """``name``, in brackets if it is an expression inside a larger one."""
    return name if found[0] == code or name.isidentifier() or _ATOM.fullmatch(name) else f"({name})"


_ATOM = re.compile(r"[\w.\[\]'\" ]+|-?[\d.e+-]+")


def _compute(reading: Reading, rule: Rule, known: Mapping[str, Any]):
    """The local factor's value, None if it cannot be had (a saved value was freed)."""
    assert reading.value is not None
    try:
        with np.errstate(all="ignore"):
            value = eval(reading.value, _scope(rule.function), dict(known))
    except Exception:  # (a rule may do anything with a value that is not there; then the text alone stands)
        return None
    return value if isinstance(value, (np.ndarray, np.generic, int, float)) else None


@lru_cache(maxsize=512)
def _scope(function) -> dict[str, Any]:
    """What a rule's expression may use besides saved values: its module, what it closes over, and NumPy for ``xp``."""
    closed = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    xp = next(iter(inspect.signature(function).parameters))
    return function.__globals__ | closed | {xp: NUMPY}


# ---------------------------------------------------------------------- reading the source


@lru_cache(maxsize=4096)
def _read(rule: Rule, simple: tuple) -> Reading:
    """Read a rule's source, with the simple values it was given written in."""
    expression = _returned(rule.function, dict(simple))
    words = tuple(r for r in rule.reads if r != "out" and not any(r == k for k, _ in simple))
    if expression is None:
        return Reading(_by_name(rule), None, None, None, words, False)
    xp = next(iter(inspect.signature(rule.function).parameters))
    expression = _Fold(rule.function, xp).visit(expression)
    summed = isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id == "sum_to"
    if summed:
        expression = expression.args[1]
    if rule.is_partial:
        code, local, join = _times(expression), expression, "*"
    else:
        code, local, join = _factor(expression, xp)
    text = _text(code, xp)
    if join == "spread":
        inside = _text(local, xp)
        text = "g, spread over the input's shape" if inside == "1" else f"g * {inside}, spread over the input's shape"
        if inside.startswith("1 / "):
            text = f"g / {inside[4:]}, spread over the input's shape"
    if len(text) > LONG or text.startswith("_"):
        text = _by_name(rule)
    value = None if local is None else compile(ast.fix_missing_locations(ast.Expression(local)), "<local factor>", "eval")
    return Reading(text, None if local is None else _text(local, xp), value, join, words, summed)


def _by_name(rule: Rule) -> str:
    """A rule too long to be read on a card: ``norm_x(g, x, out)``."""
    reads = [r for r in rule.reads if not r.endswith(("_shape", "_dtype"))]
    return f"{rule.function.__name__}({', '.join(reads if rule.is_partial else ['g', *reads])})"


def _returned(function, simple: dict[str, Any]) -> ast.expr | None:
    """The expression a rule returns, as one expression of g and the saved values; None if that cannot be told."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    body = tree.body[0]
    if not isinstance(body, ast.FunctionDef):
        return None
    known: dict[str, ast.expr] = {name: _written(value) for name, value in simple.items()}
    for statement in body.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # the docstring
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
            known[statement.targets[0].id] = _Inline(known).visit(statement.value)
        elif isinstance(statement, ast.If):
            truth = _truth(_Inline(known).visit(statement.test))
            if truth is None:
                return None
            chosen = statement.body if truth else statement.orelse
            if chosen:
                only = chosen[0]
                if len(chosen) > 1 or not isinstance(only, ast.Return) or only.value is None:
                    return None
                return _Inline(known).visit(only.value)
        elif isinstance(statement, ast.Return) and statement.value is not None:
            return _Inline(known).visit(statement.value)
        else:
            return None
    return None


def _written(value) -> ast.expr:
    return ast.Name(value.name, ast.Load()) if isinstance(value, np.dtype) else ast.Constant(value)


def _truth(test: ast.expr) -> bool | None:
    """What a test of known values comes to, None if it asks for more. The namespace is NumPy's: that is what ran."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        parts = [_truth(part) for part in test.values]
        return False if False in parts else None if None in parts else True
    if isinstance(test, ast.Compare) and [ast.unparse(right) for right in test.comparators] == ["NUMPY"]:
        return isinstance(test.ops[0], ast.Is)
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Constant):
        (right,) = test.comparators
        if isinstance(right, ast.Constant) and type(test.ops[0]) in _COMPARE:
            return bool(_COMPARE[type(test.ops[0])](test.left.value, right.value))
    return None


_COMPARE = {ast.Is: operator.is_, ast.IsNot: operator.is_not, ast.Eq: operator.eq, ast.NotEq: operator.ne,
            ast.Lt: operator.lt, ast.Gt: operator.gt, ast.LtE: operator.le, ast.GtE: operator.ge}  # fmt: skip


class _Inline(ast.NodeTransformer):
    """Writes known values and intermediate results where their names stand, and takes the branch they decide."""

    def __init__(self, known):
        self.known = known

    def visit_Name(self, node):
        return self.known.get(node.id, node)

    def visit_IfExp(self, node):
        test = self.visit(node.test)
        truth = _truth(test)
        if truth is not None:
            return self.visit(node.body if truth else node.orelse)
        return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))


class _Fold(ast.NodeTransformer):
    """Computes what is known: ``2 - 1``, ``count((3, 4), None)``; and drops what only matters to the machine."""

    def __init__(self, function, xp):
        self.globals, self.xp = inspect.unwrap(function).__globals__, xp

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            try:
                return ast.Constant(eval(compile(ast.fix_missing_locations(ast.Expression(node)), "<fold>", "eval"), {}))
            except (ArithmeticError, TypeError, ValueError):
                return node
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 1:
            return node.left
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        function = self.globals.get(node.func.id) if isinstance(node.func, ast.Name) else None
        known = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if function is not None and known and not node.keywords and len(known) == len(node.args):
            try:
                result = function(*known)
            except (ArithmeticError, TypeError, ValueError, IndexError):
                return node
            if isinstance(result, (int, float)):
                return ast.Constant(result)
        if _calls(node, self.xp, "same_kind") and len(node.args) == 2:
            return node.args[0]
        return node


def _calls(node, xp, name) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
        and isinstance(node.func.value, ast.Name) and node.func.value.id == xp
    )  # fmt: skip


def _is_g(node) -> bool:
    return isinstance(node, ast.Name) and node.id == "g"


def _uses_g(node) -> int:
    return sum(_is_g(n) for n in ast.walk(node))


def _times(factor: ast.expr) -> ast.expr:
    return ast.BinOp(G, ast.Mult(), factor)


def _factor(code: ast.expr, xp: str) -> tuple[ast.expr, Any, str | None]:
    """(the code, its local factor, how g meets it): the factor is None where the rule is not one factor times g."""
    if _uses_g(code) != 1:
        return code, None, None
    if isinstance(code, ast.Call) and not code.keywords:
        args = code.args
        if isinstance(code.func, ast.Name) and code.func.id == "spread":
            inside = _without_g(args[1])
            if inside is not None:
                return code, inside, "spread"
        if _calls(code, xp, "where_mask") and len(args) == 3:
            if _is_g(args[1]) and _is_zero(args[2]):
                return code, args[0], "*"
            if _is_g(args[2]) and _is_zero(args[1]):
                return code, ast.UnaryOp(ast.Invert(), args[0]), "*"
        if (_calls(code, xp, "mm") or _calls(code, xp, "matmul")) and len(args) == 2:
            if _is_g(args[0]):
                return ast.BinOp(G, ast.MatMult(), args[1]), args[1], "@"
            if _is_g(args[1]):
                return ast.BinOp(args[0], ast.MatMult(), G), args[0], "@l"
        return code, None, None
    factor = _without_g(code)
    return code, factor, None if factor is None else "*"


def _is_zero(node) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _without_g(code: ast.expr) -> ast.expr | None:
    """What g is multiplied by in a product or quotient: ``-out / y`` for ``-g * out / y``; None if code is neither."""
    if _is_g(code):
        return ast.Constant(1)
    if isinstance(code, ast.UnaryOp) and isinstance(code.op, ast.USub):
        inner = _without_g(code.operand)
        return None if inner is None else ast.UnaryOp(ast.USub(), inner)
    if not isinstance(code, ast.BinOp) or not isinstance(code.op, (ast.Mult, ast.Div)):
        return None
    if _uses_g(code.left):
        inner = _without_g(code.left)
        if inner is None:
            return None
        if isinstance(code.op, ast.Mult):
            if _is_one(inner):
                return code.right
            if isinstance(inner, ast.UnaryOp) and _is_one(inner.operand):
                return ast.UnaryOp(ast.USub(), code.right)
        return ast.BinOp(inner, code.op, code.right)
    inner = _without_g(code.right)
    if inner is None or isinstance(code.op, ast.Div):
        return None
    return code.left if _is_one(inner) else ast.BinOp(code.left, ast.Mult(), inner)


def _is_one(node) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _text(node: ast.expr, xp: str) -> str:
    """Source text, without the namespace that the rule computes in."""
    text = ast.unparse(ast.fix_missing_locations(node))
    text = re.sub(rf"\b{xp}\.", "", text)
    text = re.sub(rf"\(({xp}), ", "(", text)
    text = re.sub(r"\bmT\((\w+)\)", r"\1.T", text)
    return text.replace("where_mask(", "where(").replace("mT(", "transpose(")
