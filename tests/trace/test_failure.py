"""When a pass goes wrong the recording says where, why, and what to write instead; and the pass can be looked at."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.trace import Recording, rehearse
from autograd_lab.trace.failure import _rewritten, stopped

pytestmark = pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")


def test_the_two_lines_of_an_in_place_error(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\np = x * 2\ne = p.exp()\ne += 1\ns = e.sum()\n")
    recording = rehearse(names["s"], names=names)
    failure, picture = recording.failure, recording.picture
    assert (failure["kind"], failure["step"], picture.by_id[failure["node"]].op, failure["lines"]) == (
        "inplace",
        3,
        "exp",
        [3, 4],
    )
    assert picture.by_id[failure["modified"]].name == "e"
    assert next(s for s in picture.saved if s.id == failure["saved"]).now == 1
    assert failure["cause"] == (
        "e was saved at version 0 by line 3 and is now version 1: line 4 wrote into it. "
        "The rule g * out would use the wrong numbers."
    )
    assert failure["repair"] == "e = e + 1 makes a new tensor and leaves the saved one alone."
    assert stopped(failure, picture) == "line 3 saved e at v0, line 4 made it v1"
    assert recording.frames[-1]["edges"] == {} and recording.frames[-1]["events"][-1]["kind"] == "error"


def test_of_two_saved_tensors_the_one_that_was_written_to_is_named(cell):
    names = cell("a = torch.ones(2, requires_grad=True)\ne = (a * 2).exp()\nf = (e * a).sum()\ne.add_(1)\n")
    recording = rehearse(names["f"], names=names)
    failure, picture = recording.failure, recording.picture
    assert failure["cause"].startswith("e was saved at version 0 by line 3 and is now version 1: line 4 wrote into it.")
    assert next(s for s in picture.saved if s.id == failure["saved"]).name == "e"
    assert "modified" not in failure and picture.source["text"][failure["wrote"] - 1] == "e.add_(1)"


@pytest.mark.parametrize(
    ("write", "repair"),
    [
        ("with torch.no_grad():\n    w.mul_(2)", "w = w.mul(2) makes a new tensor and leaves the saved one alone."),
        ("w.detach().mul_(2)", "Write to w after backward(), or keep a copy: w.clone()."),
        ("with torch.no_grad():\n    w -= 0.1 * w", "w = w - (0.1 * w) makes a new tensor and leaves the saved one alone."),
    ],
)
def test_a_write_that_was_not_recorded_has_its_line_too(cell, write, repair):
    names = cell(f"w = torch.tensor([3.0], requires_grad=True)\nloss = (w * w).sum()\n{write}\n")
    failure = rehearse(names["loss"], names=names).failure
    assert failure["lines"] == [2, 3 + write.count("\n")] and "modified" not in failure
    assert failure["repair"] == repair


def test_without_births_the_failure_is_told_with_less(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\ne = x.exp()\ne += 1\ns = e.sum()\n", noted=False)
    recording = rehearse(names["s"], names=names)
    assert (recording.failure["kind"], recording.failure["lines"]) == ("inplace", [None, None])
    assert stopped(recording.failure, recording.picture) == "ExpBackward0 saved e at v0, a write made it v1"
    assert recording.failure["repair"] == "Write to e after backward(), or keep a copy: e.clone()."


def test_the_message_is_the_one_backward_raises(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\ne = x.exp()\ne += 1\ns = e.sum()\n")
    recording = rehearse(names["s"], names=names)
    with pytest.raises(RuntimeError) as raised:
        names["s"].backward()
    assert recording.failure["message"] == str(raised.value) == str(recording.error)


def test_nan_is_born_where_finite_comes_in_and_not_finite_goes_out(cell):
    names = cell("x = torch.tensor([0.0, 4.0], requires_grad=True)\nr = x.sqrt()\ny = (r * 0).sum()\n")
    recording = rehearse(names["y"], names=names)
    failure = recording.failure
    assert (failure["kind"], recording.picture.by_id[failure["node"]].op, failure["step"]) == ("nan", "sqrt", 3)
    assert "infinite" not in failure
    assert failure["cause"].startswith("What arrived is finite. Element 0 of what leaves to x is NaN: 0 × ∞")
    assert failure["repair"] == "Keep x away from where sqrt has no finite slope: clamp it, or add a small number before sqrt."
    assert len(recording.frames) == 5  # the pass goes on
    assert {"kind": "error", "text": "NaN born here"} in recording.frames[3]["events"]


def test_infinity_counts_and_only_the_first_node_is_named():
    x = lab.tensor([[0.0, 1.0], [2.0, 0.0]], requires_grad=True)
    recording = rehearse((x.log() * lab.ones(2, 2)).sum(), names={"x": x})
    assert recording.failure["cause"].startswith("What arrived is finite. Element (0, 0) of what leaves to x is ∞")
    assert recording.failure["infinite"]
    assert {"kind": "error", "text": "infinity born here"} in recording.frames[3]["events"]


def test_a_nan_that_arrives_is_not_this_nodes_doing():
    x = lab.tensor([1.0], requires_grad=True)
    recording = rehearse((x * 2).sum(), lab.tensor(float("nan")), names={})
    assert recording.failure is None


def test_a_rule_that_raises_is_shown_and_the_pass_can_be_looked_at():
    class Broken(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise ValueError("no <b>gradient</b> today")

    x = lab.tensor(1.0, requires_grad=True)
    y = Broken.apply(x * 3) * 5
    recording = Recording.of(y, names={"x": x, "y": y})
    assert [recording.advance() for _ in range(4)] == [True, True, False, False]
    failure = recording.failure
    assert (failure["kind"], failure["message"], failure["step"]) == ("raised", "no <b>gradient</b> today", 2)
    assert failure["cause"] == "ValueError in the backward of Broken."
    assert isinstance(recording.error, ValueError) and recording.is_over
    assert recording._pass.failed is not None and recording._pass.grads[recording._pass.failed].item() == 5
    assert recording.frames[-1]["g"]["corner"] == [[5]] and x.grad is None


@pytest.mark.parametrize(
    "rule",
    [
        "class Sour(torch.autograd.Function):\n    forward = staticmethod(lambda ctx, x: x * 2)\n    @staticmethod\n"
        "    def backward(ctx, g):\n        if True:\n            return torch.ones(2) @ torch.ones(3)\ny = Sour.apply(x)\n",
        "def refuse(g):\n    torch.ones(2) @ torch.ones(3)\n    return g\ny = x * 2\ny.register_hook(refuse)\n",
    ],
)
def test_the_line_of_the_users_own_rule_that_raised_is_told_beside_the_line_that_called_it(cell, rule):
    source = "x = torch.ones(3, requires_grad=True)\n" + rule + "s = y.sum()\n"
    names = cell(source)
    recording = rehearse(names["s"], names=names)
    failure, picture = recording.failure, recording.picture
    line = 1 + next(i for i, text in enumerate(source.split("\n")) if "@ torch" in text)
    assert picture.source["text"][failure["raised"] - 1].strip().endswith("torch.ones(2) @ torch.ones(3)")
    assert f"(line {line})" in failure["cause"]
    assert picture.source["text"][picture.by_id[failure["node"]].line - 1].startswith("y = ")


def test_an_error_of_the_engines_own_rule_names_no_line(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\ns = x.exp().sum()\ns.backward()\n")
    recording = rehearse(names["s"], names=names)
    assert recording.failure["kind"] == "freed" and "raised" not in recording.failure


@pytest.mark.parametrize("at_leaf", [False, True])
def test_a_hook_that_raises_is_the_failure_of_its_node(at_leaf):
    x = lab.tensor(1.0, requires_grad=True)
    y = x * 3
    (x if at_leaf else y).register_hook(lambda g: 1 / 0)
    recording = rehearse(y * 2, names={"x": x, "y": y})
    assert recording.picture.by_id[recording.failure["node"]].name == ("x" if at_leaf else "y")
    assert recording.failure["kind"] == "raised" and "division by zero" in recording.failure["message"]
    name = "x" if at_leaf else "y"
    assert recording.failure["cause"] == f"ZeroDivisionError in a hook of {name}: its rule did not run."


def test_a_second_backward_says_what_the_first_one_did():
    x = lab.tensor([1.0], requires_grad=True)
    y = (x * x).sum()
    y.backward()
    recording = rehearse(y, names={"x": x, "y": y})
    assert recording.failure["kind"] == "freed" and "retain_graph=True" in recording.failure["repair"]
    assert stopped(recording.failure, recording.picture).startswith("Trying to backward through the graph a second time")


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("e += 1", "e = e + 1"), ("w -= lr * w.grad", "w = w - (lr * w.grad)"), ("e **= 2", "e = e ** 2"),
        ("m.e.mul_(2)", "m.e = m.e.mul(2)"), ("e.zero_()", "e = e.zero()"), ("e[0] = 1", ""), ("f(e)", ""), ("", ""),
    ],
)  # fmt: skip
def test_an_in_place_line_is_written_out_of_place(line, instead):
    assert _rewritten(line, "e") == instead


def test_the_finite_check_looks_at_tensors_arrays_and_slots():
    from autograd_lab.trace.failure import is_finite

    assert is_finite(np.ones(3)) and is_finite(lab.ones(2)) and is_finite([None, np.float32(1)])
    assert not is_finite(np.array([1, np.inf])) and not is_finite([np.float64("nan"), None])
