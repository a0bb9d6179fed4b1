"""Local Jacobians are PyTorch's, whatever kind of node made the value, before it is freed and after."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.trace import Recording, rehearse
from autograd_lab.trace.jacobian import structure
from autograd_lab.trace.kept import FUNCTION, GONE

torch = pytest.importorskip("torch")

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], "f8")
OPERATIONS = {
    "elementwise": lambda t, x: x.tanh(),
    "broadcast": lambda t, x: x * t.tensor([2.0, 3.0, 4.0], dtype=t.float64),
    "smaller": lambda t, x: t.ones(4, 1, 3, dtype=t.float64) * x,
    "reduction": lambda t, x: x.sum(1),
    "softmax": lambda t, x: x.softmax(1),
    "product": lambda t, x: x @ t.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=t.float64),
    "view": lambda t, x: x.t(),
    "slice": lambda t, x: x[:, ::2],
    "index": lambda t, x: x[[1, 0, 1]],
    "list": lambda t, x: t.cat([t.ones(1, 3, dtype=t.float64), x]),
    "first of two": lambda t, x: x.max(1)[0],
    "scalar": lambda t, x: x.mean(),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("freed", [False, True])
def test_the_matrix_is_pytorchs(name, freed):
    x = lab.tensor(X, requires_grad=True)
    y = OPERATIONS[name](lab, x)
    loss = (y * y).sum()
    recording = Recording.of(loss) if freed else rehearse(loss)
    while recording.advance():
        pass
    (edge,) = [e for e in recording.picture.edges if e.src == recording.picture.points[x._current()]]
    ours = recording.kept.jacobian(edge)
    theirs = torch.autograd.functional.jacobian(lambda x: OPERATIONS[name](torch, x), torch.tensor(X)).numpy()
    np.testing.assert_allclose(ours, theirs.reshape(-1, X.size), rtol=1e-12)


def test_it_says_what_was_true_at_the_step_whatever_is_written_later():
    w = lab.tensor([1.0, 2.0], requires_grad=True)
    x = lab.tensor([3.0, 4.0], requires_grad=True)
    recording = Recording.of((w * x).sum())
    while recording.advance():
        pass
    with lab.no_grad():
        x.add_(100)
    by_w = next(e for e in recording.picture.edges if recording.picture.by_id[e.src].name == "w")
    assert recording.kept.jacobian(by_w).tolist() == [[3, 0], [0, 4]]


def test_an_in_place_write_to_a_view_has_one_too():
    base = lab.tensor([1.0, 2.0, 3.0], requires_grad=True) * 1
    base[:2].mul_(5)
    recording = Recording.of(base.sum())
    while recording.advance():
        pass
    picture = recording.picture
    edge = next(e for e in picture.edges if picture.by_id[e.dst].fn == "CopySlices" and e.slot == 0)
    assert recording.kept.jacobian(edge).tolist() == [[5, 0, 0], [0, 5, 0], [0, 0, 1]]


def test_a_function_of_the_users_is_not_run_again():
    calls = []

    class Twice(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            calls.append(1)
            return g * 2

    recording = rehearse(lab.sum(Twice.apply(lab.ones(2, requires_grad=True))))
    edge = next(e for e in recording.picture.edges if recording.picture.by_id[e.dst].kind == "function")
    with pytest.raises(ValueError, match="your own code"):
        recording.kept.jacobian(edge)
    assert calls == [1] and "your own code" in FUNCTION


def test_what_cannot_be_had_is_a_sentence():
    x = lab.ones(200, requires_grad=True)
    recording = rehearse((x * 2 + lab.ones(200)).sum())
    edges = recording.picture.edges
    with pytest.raises(ValueError, match="200 × 200 numbers are too many"):
        recording.kept.jacobian(edges[0])
    with pytest.raises(ValueError, match="no gradient comes this way"):
        recording.kept.jacobian(next(e for e in edges if e.blocked))
    with pytest.raises(ValueError, match=GONE):
        Recording.of(x.sum()).kept.jacobian(edges[0])
    z = lab.ones(2, dtype=lab.complex64, requires_grad=True)
    of_complex = rehearse((z * z).sum().abs())
    with pytest.raises(ValueError, match="two Jacobians"):
        of_complex.kept.jacobian(of_complex.picture.edges[0])


def test_forms_have_names():
    assert structure(np.zeros((2, 3))) == "zero"
    assert structure(np.array([[1.0]])) == "" and structure(np.eye(3)[[2, 0]]) == "selection"
    assert structure(np.array([[np.nan, 0], [0, 1]])) == "diagonal"
