"""What a card says of its rule is what the rule computes."""

import re
from inspect import Parameter

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
from autograd_lab.trace import Picture, rehearse, rules

torch = pytest.importorskip("torch")


def said(y, names):
    """{(operation, argument's name): (code, local, join)} of a whole pass."""
    recording = rehearse(y, None if y.numel() == 1 else lab.ones(*y.shape), names=names)
    picture, found = recording.picture, {}
    for frame in recording.frames[1:]:
        for term in frame.get("rules", ()):
            edge = next(e for e in picture.edges if e.id == term["edge"])
            key = picture.by_id[frame["node"]].op, picture.source_label(edge)
            found[key] = term["code"], term.get("local"), term.get("join")
    return found


@pytest.mark.parametrize(
    ("line", "op", "expected"),
    [
        ("y = w1 * a", "mul", {"w1": ("g * a", "a", "*"), "a": ("g * w1", "w1", "*")}),
        ("y = w1 + a", "add", {"w1": ("g", "1", "*"), "a": ("g", "1", "*")}),
        ("y = w1 - a", "sub", {"w1": ("g", "1", "*"), "a": ("-g", "-1", "*")}),
        ("y = 10 - a", "rsub", {"a": ("-g", "-1", "*")}),
        ("y = w1 / a", "div", {"w1": ("g / a", "1 / a", "*"), "a": ("-g * (w1 / a / a)", "-(w1 / a / a)", "*")}),
        ("y = a ** 3", "pow", {"a": ("g * (3 * a ** 2)", "3 * a ** 2", "*")}),
        ("y = a.exp()", "exp", {"a": ("g * out", "out", "*")}),
        ("y = a.tanh()", "tanh", {"a": ("g * (1 - out * out)", "1 - out * out", "*")}),
        ("y = a.log()", "log", {"a": ("g / a", "1 / a", "*")}),
        ("y = m.clamp(min=0)", "clamp", {"m": ("where(m >= 0, g, 0)", "m >= 0", "*")}),
        ("y = m.relu()", "relu", {"m": ("where(out != 0, g, 0)", "out != 0", "*")}),
        ("y = m.mm(n)", "mm", {"m": ("g @ n.T", "n.T", "@"), "n": ("m.T @ g", "m.T", "@l")}),
        ("y = m.sum()", "sum", {"m": ("g, spread over the input's shape", "1", "spread")}),
        ("y = m.mean()", "mean", {"m": ("g / 6, spread over the input's shape", "1 / 6", "spread")}),
        ("y = a * 3", "mul", {"a": ("g * 3", "3", "*")}),
        ("y = m * a", "mul", {"a": ("g * m, summed", None, None), "m": ("g * a", "a", "*")}),
        ("y = m + v", "add", {"v": ("g, summed to (3,)", None, None), "m": ("g", "1", "*")}),
        ("y = lab.cat([v, v], 0)", "cat", {"v": ("the part of g that came from v", None, None)}),
        ("y = (a * 2) * (w1 + a)", "mul", {"a * 2": ("g * (w1 + a)", "w1 + a", "*")}),
    ],
)
def test_the_code_is_the_rules_own_in_the_learners_words(cell, line, op, expected):
    names = cell(
        "a = torch.tensor(2.0, requires_grad=True)\n"
        "w1 = torch.tensor(3.0, requires_grad=True)\n"
        "m = torch.tensor([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], requires_grad=True)\n"
        "n = torch.ones(3, 2, requires_grad=True)\n"
        "v = torch.ones(3, requires_grad=True)\n" + line + "\n",
        lab=lab,
    )
    found = said(names["y"], names)
    for argument, text in expected.items():
        assert found[op, argument] == text


RULES = [(name, argument) for name, op in PRIMITIVES.items() for argument in op.rules]


@pytest.mark.parametrize(("name", "argument"), RULES)
def test_every_rule_can_be_read_and_fits_on_a_card(name, argument):
    rule = PRIMITIVES[name].rules[argument]
    reading = rules._read(rule, ())
    assert 0 < len(reading.code) <= rules.LONG + len("g, spread over the input's shape")
    assert "xp" not in re.findall(r"\w+", reading.code)
    assert rule.is_partial <= (reading.join == "*" and reading.local is not None)


def test_where_a_local_factor_is_written_g_and_it_give_what_leaves():
    """Over all operations of one or two inputs: g (join) local equals what the engine sent."""
    tried = 0
    for name, op in PRIMITIVES.items():
        if not op.rules or op.variadic or len(op.inputs) > 2 or Parameter.empty in op.params.values():
            continue  # metadata that only its own tests know
        arrays = [np.array([[0.5, 0.25], [0.75, 0.125]]), np.array([[0.25, 1.5], [0.5, 2.0]])][: len(op.inputs)]
        inputs = [lab.tensor(a).requires_grad_() for a in arrays]
        try:
            y = op(*inputs)
        except (TypeError, RuntimeError, ValueError):
            continue  # not an operation of two small matrices
        if not isinstance(y, lab.Tensor) or y.grad_fn is None or y.grad_fn.primitive is not op:
            continue
        g = np.array([[2.0, -3.0], [0.5, 1.0]]) if y.shape == (2, 2) else np.full(tuple(y.shape), 2.0)
        node, picture = y.grad_fn, Picture.of(y, {})
        found = rules.terms(node, picture.inputs[picture.root], lambda edge: edge.arg, g)
        sent = node.apply(g, True)
        for edge, term in zip([e for e in picture.inputs[picture.root] if e.blocked is None], found):
            if term.local is None:
                continue
            join = term.wire["join"]
            together = g @ term.local if join == "@" else term.local @ g if join == "@l" else g * term.local
            np.testing.assert_allclose(
                np.broadcast_to(together, sent[edge.slot].shape), sent[edge.slot], rtol=1e-12, err_msg=name
            )
            tried += 1
    assert tried > 25


def test_a_users_function_and_a_slice_say_whose_rule_runs(cell):
    names = cell(
        "class Twice(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, x):\n"
        "        return x * 2\n"
        "    @staticmethod\n"
        "    def backward(ctx, g):\n"
        "        return g * 2\n"
        "x = torch.ones(3, requires_grad=True)\n"
        "base = Twice.apply(x)\n"
        "base[:2].mul_(10)\n"
        "y = base.sum()\n"
    )
    found = said(names["y"], names)
    assert found["Twice", "x"][0] == "Twice.backward(ctx, g)"
    assert found["mul", "base v0"][0] == "g outside the slice; inside it, mul's rule"


def test_a_freed_value_leaves_the_text_without_a_number(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\ny = (x * x).sum()\ny.backward()\n")
    recording = rehearse(names["y"], names=names)
    assert recording.failure["kind"] == "freed"
