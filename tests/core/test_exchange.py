"""Tensors and the world outside: numbers, NumPy's functions, DLPack, pickles, copies."""

import copy
import pickle

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import telling

torch = pytest.importorskip("torch")


def leaf(m, *values):
    return m.tensor(list(values) or [1.0, 2.0], requires_grad=True)


def with_grad(m):
    x = leaf(m)
    (x * x).sum().backward()
    return x


CLAIMS = {
    "pickled leaf": lambda m: pickle.loads(pickle.dumps(leaf(m))), "pickled non-leaf": lambda m: pickle.loads(pickle.dumps(leaf(m) * 2)),
    "pickled devices": lambda m: pickle.loads(pickle.dumps([m.device("cpu"), m.device("cuda", 1), m.device("cuda:0")])),
    "deep copy of a device": lambda m: copy.deepcopy({m.device("cpu"): m.ones(1).device}),
    "a pickle has no grad": lambda m: pickle.loads(pickle.dumps(with_grad(m))).grad, "a deep copy has": lambda m: copy.deepcopy(with_grad(m)).grad,
    "deep copy of a non-leaf": lambda m: copy.deepcopy(leaf(m) * 2), "shallow copy of a non-leaf": lambda m: copy.copy(leaf(m) * 2),
    "deep copies of one": lambda m: (lambda a: [y is z for y in copy.deepcopy([a, a]) for z in [copy.deepcopy([a, a])[0]]])(leaf(m)),
    "float": lambda m: float(m.tensor(1.5)), "float of many": lambda m: float(m.ones(2)), "int of one": lambda m: int(m.tensor([[3]])), "complex": lambda m: complex(m.tensor(1.0)),
    "item of many": lambda m: m.ones(2).item(), "len of 0-d": lambda m: len(m.tensor(1.0)), "iteration over 0-d": lambda m: list(m.tensor(1.0)),
    "bool of none": lambda m: bool(m.ones(0)), "bool of many": lambda m: bool(m.ones(2)), "index": lambda m: range(3)[m.tensor(1)], "float index": lambda m: range(3)[m.tensor(1.0)],
    "contains": lambda m: (1 in leaf(m), 3 in leaf(m)), "format": lambda m: f"{m.tensor(1.234):.2f} {leaf(m)}", "numpy of grad": lambda m: leaf(m).numpy(),
    "numpy by force": lambda m: leaf(m).numpy(force=True).tolist(), "asarray of grad": lambda m: np.asarray(leaf(m)),
    "unrecorded numpy": lambda m: m.no_grad()(lambda: (leaf(m).numpy().tolist(), np.asarray(leaf(m) * 2).tolist()))(),
    "resize": lambda m: m.ones(2).clone().resize_(2, 1).shape,
    "resize of grad": lambda m: leaf(m).resize_(3), "dlpack out of grad": lambda m: leaf(m).__dlpack__(), "dlpack": lambda m: np.from_dlpack(m.ones(2)).tolist(),
    "dlpack in": lambda m: m.from_dlpack(np.ones(2)), "numpy number times": lambda m: (np.float64(2) * leaf(m), np.float32(2) * m.ones(2)), "sin": lambda m: np.sin(m.zeros(2)) if m is lab else m.zeros(2),
}  # fmt: skip


def outcome(m, claim):
    try:
        return str(CLAIMS[claim](m))
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    assert outcome(lab, claim) == outcome(torch, claim)


FUNCTIONS = {
    "sin": lambda n, x: n.sin(x), "add": lambda n, x: n.add(x, 1), "array first": lambda n, x: np.array([[2.0], [3.0]]) * x, "array minus": lambda n, x: np.ones(2) - x,
    "array over": lambda n, x: np.ones((2, 2)) / x, "array @": lambda n, x: np.array([[1.0, 2.0]]) @ x, "power": lambda n, x: n.power(x, 3), "rpow": lambda n, x: np.array([2.0, 3.0]) ** x,
    "maximum": lambda n, x: n.maximum(x, x[::-1] if isinstance(x, np.ndarray) else x.flip(0)), "sum": lambda n, x: n.sum(x, axis=0), "sum keeping": lambda n, x: n.sum(x * x, axis=0, keepdims=True),
    "mean": lambda n, x: n.mean(x), "var": lambda n, x: n.var(x), "std": lambda n, x: n.std(x, ddof=1), "max": lambda n, x: n.max(x, axis=0), "prod": lambda n, x: n.prod(x),
    "dot": lambda n, x: n.dot(x, x), "reshape": lambda n, x: n.reshape(x, (2, 1)), "transpose": lambda n, x: n.transpose(x[:, None] * x), "concatenate": lambda n, x: n.concatenate([x, x * 2]),
    "stack": lambda n, x: n.stack([x, np.ones(2)], axis=1), "where": lambda n, x: n.where(x > 1, x * x, x), "clip": lambda n, x: n.clip(x, 0, 1.5), "expand_dims": lambda n, x: n.expand_dims(x, 0),
    "cumsum": lambda n, x: n.cumsum(x), "norm": lambda n, x: n.linalg.norm(x), "copy": lambda n, x: n.copy(x), "sqrt": lambda n, x: n.sqrt(x) + n.absolute(-x) + n.square(x),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numpys_functions_are_recorded(name):
    data = np.array([1.25, 2.5])
    x = lab.tensor(data, requires_grad=True)
    ours = FUNCTIONS[name](np, x)
    assert isinstance(ours, lab.Tensor) and ours.requires_grad
    np.testing.assert_allclose(ours.detach().numpy(), FUNCTIONS[name](np, data))
    ours.sum().backward()
    eps = 1e-6
    numeric = [
        (np.sum(FUNCTIONS[name](np, data + eps * e)) - np.sum(FUNCTIONS[name](np, data - eps * e))) / (2 * eps)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(x.grad.numpy(), numeric, rtol=1e-5, atol=1e-8)


def test_what_is_not_recorded_loses_no_gradient():
    assert np.percentile(lab.ones(3), 50) == 1
    with pytest.raises(RuntimeError, match="requires grad"):
        np.cov(lab.ones(3, requires_grad=True))
    out = np.zeros(2)
    np.add(out, lab.ones(2), out=out)
    assert out.tolist() == [1, 1]
    assert np.add.reduce(lab.ones(3)) == 3


def test_a_read_only_array_is_copied_and_told_of_once(monkeypatch):
    monkeypatch.setattr(telling, "_said", set())
    fixed = np.ones(2)
    fixed.flags.writeable = False
    with pytest.warns(UserWarning, match="The given NumPy array is not writable, and PyTorch does not support non-writable"):
        t = lab.from_numpy(fixed)
    t.add_(1)
    lab.as_tensor(fixed)[0] = 5  # silent by now
    assert t.tolist() == [2, 2] and fixed.tolist() == [1, 1]


@pytest.mark.parametrize("make", ["tensor", "as_tensor", "from_numpy"])
@pytest.mark.parametrize("kind", ["uint16", "uint64", "longdouble", "U1", "M8[D]", ">f8"])
def test_arrays_of_other_kinds_are_refused_in_words(make, kind):
    with pytest.raises(
        (TypeError, ValueError), match=r"can't convert np\.ndarray of type numpy|different from the native byte order"
    ):
        getattr(lab, make)(np.zeros(2, kind))


def test_whole_numbers_of_any_width_become_another_dtype():
    assert lab.tensor(np.arange(3, dtype=np.uint16), dtype=lab.int32).tolist() == [0, 1, 2]
    assert lab.as_tensor(np.arange(3, dtype=np.uint64), dtype=lab.float32).dtype is lab.float32
