"""Leaves, flags, .grad, backward() and grad(): each claim run here and in PyTorch."""

# ruff: noqa: B018, E731
import copy
import pickle
import re
import warnings

import pytest

import autograd_lab as lab

their_torch = pytest.importorskip("torch")
NOT_YET = ["is_leaf set", "grad_fn set", "retain_graph str", "pickle param"]  # said or named otherwise here


def claims(torch):
    """Name -> a function that shows it, run in either library."""
    found = {}

    def show(name, function):
        found[name] = function

    L = lambda *s: torch.ones(*s, requires_grad=True)
    T = lambda v, **k: torch.tensor(v, **k)

    # leaves
    def f():
        a = L(2)
        b = copy.deepcopy(a)
        return b.requires_grad, b.is_leaf, b is a, b.grad

    show("deepcopy leaf", f)

    def f():
        a = L(2)
        (a * 2).sum().backward()
        b = copy.deepcopy(a)
        return b.grad.tolist(), b.grad is a.grad

    show("deepcopy leaf grad", f)
    show("deepcopy nonleaf", lambda: copy.deepcopy(L(2) * 2))

    def f():
        p = torch.nn.Parameter(torch.ones(2))
        q = copy.deepcopy(p)
        return type(q).__name__, q.requires_grad, q.is_leaf

    show("deepcopy param", f)

    def f():
        a = L(2)
        b = pickle.loads(pickle.dumps(a))
        return b.tolist(), b.requires_grad, b.is_leaf

    show("pickle", f)

    def f():
        return pickle.loads(pickle.dumps(L(2) * 2)).requires_grad

    show("pickle nonleaf", f)

    def f():
        p = torch.nn.Parameter(torch.ones(2))
        q = pickle.loads(pickle.dumps(p))
        return type(q).__name__, q.requires_grad

    show("pickle param", f)
    show("copy.copy", lambda: (lambda a: (copy.copy(a) is a, copy.copy(a).requires_grad))(L(2)))
    Variable = torch.autograd.Variable
    show(
        "Variable",
        lambda: (
            type(Variable(torch.ones(2), requires_grad=True)).__name__,
            Variable(torch.ones(2), requires_grad=True).requires_grad,
            isinstance(torch.ones(2), Variable),
        ),
    )
    show("volatile", lambda: Variable(torch.ones(2), volatile=True).requires_grad)
    show(
        "FloatTensor",
        lambda: (
            torch.FloatTensor([1, 2]).dtype,
            torch.FloatTensor(2, 3).shape,
            torch.LongTensor([1]).dtype,
            isinstance(torch.ones(2), torch.FloatTensor),
            torch.ones(2).type(),
        ),
    )
    show("FloatTensor rg", lambda: torch.FloatTensor([1, 2]).requires_grad_().is_leaf)
    show("type str", lambda: torch.ones(2).type("torch.DoubleTensor").dtype)
    show("Parameter of nonleaf", lambda: (lambda p: (p.is_leaf, p.requires_grad, p.grad_fn))(torch.nn.Parameter(L(2) * 2)))
    show("Parameter int", lambda: torch.nn.Parameter(T([1, 2])))
    show("Parameter int no grad", lambda: torch.nn.Parameter(T([1, 2]), requires_grad=False).requires_grad)
    show("Parameter op", lambda: type(torch.nn.Parameter(torch.ones(2)) * 2).__name__)
    show(
        "rg off after", lambda: (lambda a: (lambda y: (a.requires_grad_(False), y.backward(), a.grad)[-1])((a * 2).sum()))(L(2))
    )

    def f():
        a = L(2)
        b = a.detach()
        b[0] = 5
        return a.tolist(), a._version, b._version

    show("detach shares", f)

    def f():
        a = L(2)
        b = a.data
        b[0] = 5
        return a.tolist(), a._version, b._version

    show("data shares", f)

    def f():
        a = L(2)
        c = a * 2
        c.detach_()
        return c.is_leaf, c.requires_grad, c.grad_fn

    show("detach_", f)
    show("detach_ leaf", lambda: (lambda a: (a.detach_().requires_grad, a.requires_grad))(L(2)))
    show("is_leaf set", lambda: setattr(L(2), "is_leaf", True))
    show("grad_fn set", lambda: setattr(L(2), "grad_fn", None))
    show("data set", lambda: (lambda a: (setattr(a, "data", torch.zeros(3)), a.shape, a.requires_grad))(L(2)))
    show("data set none", lambda: setattr(L(2), "data", None))
    show("data set int", lambda: setattr(L(2), "data", T([1, 2])))

    # grad
    def f():
        y = L(2) * 2
        y.grad
        y.grad

    show("nonleaf grad twice", f)

    def f():
        y = L(2) * 2
        with warnings.catch_warnings(record=True) as w:
            warnings.simplefilter("default")
            for _ in range(3):
                y.grad
            y.grad
        return len(w)

    show("once per loc", f)
    show("grad del", lambda: (lambda a: ((a * 2).sum().backward(), delattr(a, "grad"), a.grad)[-1])(L(2)))
    show("grad assign int", lambda: setattr(L(2), "grad", 3))
    show("grad assign wrong dtype", lambda: setattr(L(2), "grad", torch.ones(2, dtype=torch.float64)))
    show("grad assign self", lambda: (lambda a: setattr(a, "grad", a))(L(2)))
    show(
        "grad dtype",
        lambda: (lambda a: (setattr(a, "grad_dtype", torch.float64), a.grad_dtype, (a * 2).sum().backward(), a.grad.dtype)[1:])(
            L(2)
        ),
    )
    show("grad dtype none", lambda: (lambda a: (setattr(a, "grad_dtype", None), a.grad_dtype))(L(2)))
    show("grad dtype nonleaf", lambda: (L(2) * 2).grad_dtype)
    show("retain leaf", lambda: (lambda a: (a.retain_grad(), a.retains_grad))(L(2)))
    show("retain no", lambda: torch.ones(2).retain_grad())

    def f():
        a = L(2)
        b = a * 2
        b.retain_grad()
        b.sum().backward(retain_graph=True)
        b.sum().backward()
        return b.grad.tolist()

    show("retain twice", f)

    def f():
        a = L(2)
        b = a * 2
        b.retain_grad()
        torch.autograd.grad(b.sum(), a)
        return b.grad

    show("retain with grad", f)
    # backward
    show("nonscalar", lambda: (L(2) * 2).backward())
    show("const", lambda: torch.ones(()).backward())
    show("int", lambda: T(3).backward())
    show("wrong shape", lambda: (L(2) * 2).backward(torch.ones(3)))
    show("float grad", lambda: (L(2) * 2).backward(1.0))
    show("list grad", lambda: (L(2) * 2).backward([1.0, 2.0]))
    show("two one", lambda: torch.autograd.backward([L(2).sum(), L(2).sum()], [torch.ones(())]))
    show("backward None", lambda: torch.autograd.backward(None))
    show("unused", lambda: torch.autograd.grad(L(2).sum(), L(2)))
    show("unused ok", lambda: torch.autograd.grad(L(2).sum(), L(2), allow_unused=True))
    show("materialize", lambda: torch.autograd.grad(L(2).sum(), L(2), materialize_grads=True))
    show("mat+unused False", lambda: torch.autograd.grad(L(2).sum(), L(2), allow_unused=False, materialize_grads=True))
    show("no inputs", lambda: torch.autograd.grad(L(2).sum(), []))
    show("not rg", lambda: torch.autograd.grad(L(2).sum(), torch.ones(2)))
    show("inputs empty", lambda: L(2).sum().backward(inputs=[]))
    show(
        "inputs nonleaf",
        lambda: (lambda a: (lambda b: (b.sum().backward(inputs=[b]), b.grad.tolist(), a.grad)[1:])(a * 2))(L(2)),
    )
    show("dict", lambda: (lambda a: {k: v.tolist() for k, v in torch.autograd.grad((a * 2).sum(), {"x": a}).items()})(L(2)))
    show("grad_variables", lambda: torch.autograd.backward([(L(2) * 2)], grad_variables=[torch.ones(2)]))
    show(
        "batched",
        lambda: (lambda a: [t.tolist() for t in torch.autograd.grad(a * 2, a, torch.eye(2), is_grads_batched=True)])(L(2)),
    )
    show(
        "edge",
        lambda: (lambda a: [t.tolist() for t in torch.autograd.grad((a * 2).sum(), torch.autograd.graph.get_gradient_edge(a))])(
            L(2)
        ),
    )

    def f():
        a = L(2)
        y = (a * a).sum()
        y.backward()
        y.backward()

    show("second", f)

    def f():
        a = L(2)
        y = (a + 1).sum()
        y.backward()
        y.backward()
        return a.grad.tolist()

    show("second add", f)
    show("create_graph", lambda: (lambda a: ((a * a).sum().backward(create_graph=True), a.grad.requires_grad))(L(2)))
    show("only_inputs", lambda: torch.autograd.grad(L(2).sum(), L(2), only_inputs=False, allow_unused=True))
    show("tensor root str", lambda: torch.autograd.backward("a"))
    show("grad str", lambda: torch.autograd.grad("a", L(2)))
    show("backward kw", lambda: L(2).sum().backward(foo=1))
    show("retain_graph str", lambda: L(2).sum().backward(retain_graph="a"))
    show(
        "grad_outputs none list",
        lambda: [t.tolist() for t in (lambda a: torch.autograd.grad([a.sum(), (a * 2).sum()], a, [None, None]))(L(2))],
    )
    show("grad outputs mismatch", lambda: (lambda a: torch.autograd.grad(a * 2, a, torch.ones(3)))(L(2)))
    show("complex", lambda: (L(2) * 2).backward(torch.ones(2, dtype=torch.complex64)))
    show("dtype", lambda: (lambda a: ((a * 2).backward(torch.ones(2, dtype=torch.float64)), a.grad.dtype)[1])(L(2)))

    return found


def outcome(function):
    """What it gives or raises, and each warning's class and first line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = str(function())
        except Exception as error:
            result = type(error).__name__, str(error).split("\n")[0]
    said = [(w.category.__name__, str(w.message).split("\n")[0].split(" (Triggered")[0]) for w in caught]
    return re.sub("autograd_lab", "torch", str(result)), said


OURS, THEIRS = claims(lab), claims(their_torch)


@pytest.fixture(autouse=True)
def every_warning():
    """PyTorch gives some warnings once a process; here each time, whatever ran before."""
    before = their_torch.is_warn_always_enabled()
    their_torch.set_warn_always(True)
    yield
    their_torch.set_warn_always(before)


@pytest.mark.parametrize("name", [name for name in OURS if name not in NOT_YET])
def test_as_torch(name):
    with lab.set_grad_enabled(True), their_torch.set_grad_enabled(True):
        assert outcome(OURS[name]) == outcome(THEIRS[name])
