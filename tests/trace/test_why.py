"""Why ``x.grad`` is None: one sentence, and it is true."""

import linecache
import re

import pytest

import autograd_lab as torch
from autograd_lab.core import births
from autograd_lab.trace.why import why

START = """a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([3.0, 4.0])
"""


def after(code: str, name: str):
    """``why(name)`` asked from among the names that START and ``code`` make; their lines count from 1."""
    source = START + code
    linecache.cache["<a cell>"] = len(source), None, source.splitlines(True), "<a cell>"
    names = {"torch": torch, "why": why}
    with births.noting():
        exec(compile(source, "<a cell>", "exec"), names)
        return eval(f"why({name})", names)


@pytest.mark.parametrize(
    ("code", "name", "cause", "says"),
    [
        ("loss = (a * b).sum()", "a", "not walked", "no backward() has run on a graph that uses a."),
        ("loss = (a + b).sum()", "a", "not walked", "no backward() has run on a graph that uses a."),
        ("", "a", "unused", "no variable here was computed from a. Compute a loss from it, then call backward()."),
        ("(a * b).sum()", "a", "unused", "no variable here was computed from a. Compute a loss from it, then call backward()."),
        ("losses = [(a * b).sum()]", "a", "not walked", "no backward() has run on a graph that uses a."),
        (
            "(a * b).sum().backward()", "b", "switched off",
            "b does not require a gradient. Make it with requires_grad=True, or call b.requires_grad_().",
        ),
        (
            "n = torch.tensor([1, 2])", "n", "not floating",
            "n holds int64 numbers, and only floating point tensors can require a gradient. Make it from 1.0 instead of 1, "
            "or with n.float().",
        ),
        (
            "c = a * b\nc.sum().backward()", "c", "not a leaf",
            "c is no leaf, so backward() passes its gradient on and keeps none. Call c.retain_grad() before backward().",
        ),
        (
            "c = a * b\nc.retain_grad()\nloss = c.exp().sum()", "c", "not walked",
            "no backward() has run on a graph that uses c.",
        ),
        (
            "c = a * b\nloss = c.exp().sum()\nloss.backward()\nc.retain_grad()", "c", "retained too late",
            "backward() had passed through before c.retain_grad() was called.",
        ),
        (
            "c = a * b\nloss = c.sum()\nloss.backward()\nc.retain_grad()", "c", "not walked since",
            "either no backward() has run on a graph that uses c, or it ran before c.retain_grad().",
        ),
        (
            "d = (a * b).detach()", "d", "detached",
            "d was cut from its history by detach() at line 3, so no gradient is sent to it.",
        ),
        ("d = a.data", "d", "detached", "d was cut from its history by .data at line 3, so no gradient is sent to it."),
        (
            "d = a.detach()\ne = d * 2", "e", "detached",
            "e was computed at line 4 from a tensor that had been cut from its history.",
        ),
        (
            "with torch.no_grad():\n    e = a * 2\nf = e * 3", "f", "no_grad",
            "f was computed at line 5 from what had been computed under no_grad.",
        ),
        (
            "with torch.no_grad():\n    e = a * 2", "e", "no_grad",
            "e was computed under no_grad at line 4, so nothing was recorded.",
        ),
        (
            "w = b.clone().requires_grad_()\nh = a * b\nz = h.detach()\n(z * w).sum().backward()", "a", "cut",
            "no backward() has run on a graph that uses a, and none can through z, which was cut from its history by detach() at line 5.",
        ),
        (
            "w = b.clone().requires_grad_()\nz = (a * b).data\nloss = (z.exp() * w).sum()\nloss.backward()", "a", "cut",
            "no backward() has run on a graph that uses a, and none can through z, which was cut from its history by .data at line 4.",
        ),
        (
            "w = b.clone().requires_grad_()\nwith torch.no_grad():\n    h = a * b\nloss = (h * w).sum()\nloss.backward()", "a", "cut",
            "no backward() has run on a graph that uses a, and none can through h, which was computed under no_grad at line 5.",
        ),
        (
            "w = b.clone().requires_grad_()\nz = torch.tensor(a.detach().numpy() * 2)\n(z * w).sum().backward()", "a", "cut",
            "no backward() has run on a graph that uses a, and none can through z, which was made anew of its numbers at line 4.",
        ),
        ("z = torch.zeros(a.shape)", "a", "unused", "no variable here was computed from a. Compute a loss from it, then call backward()."),
        ("loss = (a * b).sum()\nshown = loss.detach()", "a", "not walked", "no backward() has run on a graph that uses a."),
        ("z = b.detach() * 2\nloss = (a * z).sum()", "a", "not walked", "no backward() has run on a graph that uses a."),
        ("e = b * 2", "e", "constants", "nothing that e was computed from at line 3 requires a gradient."),
        (
            "(a * b).sum().backward()\na.grad = None", "a", "cleared",
            "it was filled, and set to None at line 4 since (zero_grad() does that too).",
        ),
        (
            "loss = (a * b).sum()\ntorch.autograd.grad(loss, a)", "a", "restricted",
            "the graph that uses a was walked for other gradients only: by autograd.grad(), or with inputs=.",
        ),
    ],
)  # fmt: skip
def test_the_cause(code, name, cause, says):
    found = after(code, name)
    lines = (START + code).splitlines()
    told = re.sub(
        r"at line (\d+)", lambda at: f"{at[0]} (`{lines[int(at[1]) - 1].strip()}`)", says
    )  # the line itself is read there
    assert str(found) == f"{name}.grad is None: {told}" and found.cause == cause


def test_the_line_is_the_learners():
    assert after("d = a.detach()", "d").line == 3
    assert after("", "a").line is None


def test_without_births_the_line_is_missing_and_the_rest_stands():
    births.stop()
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    (a * a).sum().backward()
    a.grad = None
    assert str(why(a)) == "a.grad is None: it was filled, and set to None since (zero_grad() does that too)."


def test_zero_grad_is_such_a_clearing():
    model = torch.nn.Linear(2, 1)
    model(torch.ones(1, 2)).sum().backward()
    model.zero_grad()
    found = why(model.weight)
    assert str(found).startswith("model.weight.grad is None: it was filled, and set to None")


def test_a_gradient_that_is_there():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    (a * 0).sum().backward()
    assert str(why(a)) == "a.grad is not None: a gradient arrived, and it is 0 everywhere."
    (a * 3).sum().backward()
    assert str(why(a)) == "a.grad is not None: a gradient has arrived."


def test_a_name_may_be_given():
    assert str(why(torch.ones(2) * 1, "losses[0]")).startswith("losses[0].grad is None:")


def test_only_tensors():
    with pytest.raises(TypeError, match=r"explains the \.grad of a Tensor, and this is of type int"):
        why(3)


def test_a_long_chain_is_walked_without_recursion():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.5
    assert why(x).cause == "not walked"
    del y
