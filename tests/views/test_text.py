"""Text is stable and says the same as the picture."""

import autograd_lab as torch
from autograd_lab.trace import Picture, rehearse
from autograd_lab.views.text import ROWS, clean, failure_text, graph_text, headline, log_text, value_text

BUILD = """def build():
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    c = a + b
    d = b * c
    loss = d.sum()
    return a, b, c, d, loss
a, b, c, d, loss = build()
"""

IN_PLACE = """x = torch.tensor([0.5, -1.0, 2.0])
w = torch.tensor([1.0, 1.0, 0.5], requires_grad=True)
p = w * x
e = p.exp()
e += 1
s = e.sum()
"""


def test_a_graph(cell):
    names = cell(BUILD)
    assert graph_text(Picture.of(names["loss"], names)) == (
        "Graph(3 operations, 2 leaves, 5 steps backward)\n"
        "  loss  SumBackward0    from d\n"
        "  d     MulBackward0    from b, c         saves c v0, b v0\n"
        "  c     AddBackward0    from a, b\n"
        "  a     AccumulateGrad  leaf, shape (3,)\n"
        "  b     AccumulateGrad  leaf, shape (3,)"
    )


def test_a_log(cell):
    names = cell(BUILD)
    assert log_text(rehearse(names["loss"], names=names)) == (
        "step  node                arrives                              leaves\n"
        "1     loss  SumBackward0  1                                    to d: [1, 1, 1]\n"
        "2     d  MulBackward0     [1, 1, 1]                            to b: [5, 7, 9]   c: [4, 5, 6]\n"
        "3     c  AddBackward0     [4, 5, 6]                            to a: [4, 5, 6]   b: [4, 5, 6]\n"
        "4     a.grad              [4, 5, 6]\n"
        "5     b.grad              [5, 7, 9] + [4, 5, 6] = [9, 12, 15]"
    )


def test_a_log_that_stops(cell):
    names = cell(IN_PLACE)
    assert log_text(rehearse(names["s"], names=names)) == (
        "step  node                arrives    leaves\n"
        "1     s  SumBackward0     1          to e: [1, 1, 1]\n"
        "2     e  AddBackward0     [1, 1, 1]  to e v0: [1, 1, 1]\n"
        "3     e v0  ExpBackward0  [1, 1, 1]  stopped: line 4 saved e at v0, line 5 made it v1"
    )


def test_a_value_written_over_is_told_from_the_later_one(cell):
    names = cell(IN_PLACE)
    assert graph_text(Picture.of(names["s"], names)).splitlines()[2:4] == [
        "  e     AddBackward0    from e v0, constant",
        "  e v0  ExpBackward0    from p               saves e v0 (now v1)",
    ]


def test_a_slice_written_to(cell):
    names = cell(
        "x0 = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)\n"
        "base = x0 * 1\n"
        "window = base[:2]\n"
        "window.mul_(10)\n"
        "total = base.sum()\n"
    )
    assert graph_text(Picture.of(names["total"], names)) == (
        "Graph(3 operations, 1 leaf, 4 steps backward)\n"
        "  total    SumBackward0    from base\n"
        "  base     CopySlices      from base v0, constant\n"
        "  base v0  MulBackward0    from x0, constant\n"
        "  x0       AccumulateGrad  leaf, shape (3,)"
    )


def test_a_log_of_hooks_retained_and_accumulated_gradients(cell):
    names = cell(
        "x = torch.tensor([1.0, -8.0], requires_grad=True)\n"
        "(x * 1).sum().backward()\n"
        "h = x * 2\n"
        "h.retain_grad()\n"
        "h.register_hook(lambda g: g * 3)\n"
        "y = h.sum()\n"
    )
    assert log_text(rehearse(names["y"], names=names)).splitlines()[2:] == [
        "2     h  MulBackward0  [1, 1], after the hook [3, 3]  to x: [6, 6]   kept in h.grad",
        "3     x.grad           [6, 6]                         .grad was [1, 1], is [7, 7]",
    ]


def test_lines_without_gradient_say_why(cell):
    names = cell(
        "a = torch.tensor(3.0, requires_grad=True)\nwith torch.no_grad():\n    k = a * 2\ny = a.detach() * a + k * a\n"
    )
    lines = graph_text(Picture.of(names["y"], names)).splitlines()
    assert [line.split("from ")[1].split("  ")[0] for line in lines[1:4]] == ["mul, k * a", "k (no_grad), a", "a (detached), a"]


def test_none_is_written_none():
    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, g):
            return g, None

    x, y = (torch.tensor(1.0, requires_grad=True) for _ in range(2))
    out = First.apply(x, y)
    assert "to x: 1   y: None" in log_text(rehearse(out, names={"x": x, "y": y, "out": out}))


def test_values_are_written_while_they_are_few():
    assert value_text(None) == "None"
    assert value_text({"shape": [], "norm": 2, "corner": [[-2.5]]}) == "-2.5"
    assert value_text({"shape": [2, 2], "norm": 5, "corner": [[1, 2], [3, "nan"]], "nan": 1}) == "[[1, 2], [3, nan]]"
    assert value_text({"shape": [40], "norm": 6.325, "corner": [[1] * 8], "nan": 2}) == "shape (40,), norm 6.325, 2 nan"
    assert value_text({"shape": [0], "norm": 0, "corner": []}) == "[]"
    assert value_text({"shape": [2], "norm": 0, "corner": [], "part": "none"}) == "shape (2,), norm 0"


def test_a_large_graph_is_cut_and_says_so():
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(100):
        y = y * 1.0
    lines = graph_text(Picture.of(y, {})).splitlines()
    assert len(lines) == ROWS + 2 and lines[-1] == f"  ... and {101 - ROWS} more"


def test_words_agree_in_number():
    x = torch.tensor(1.0, requires_grad=True)
    assert headline(Picture.of(x, {})) == "Graph(0 operations, 1 leaf, 1 step backward)"


def test_labels_are_one_printable_line():
    assert clean("a\n\x1b[31mred\t" + "z" * 100) == "a  [31mred " + "z" * 68 + "…"


def test_the_failure_in_a_line(cell):
    names = cell(IN_PLACE)
    assert failure_text(rehearse(names["s"], names=names)) == "line 4 saved e at v0, line 5 made it v1"
    assert failure_text(rehearse(names["p"].sum(), names=names)) == ""
