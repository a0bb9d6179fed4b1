"""Hooks on what is saved: called as often, in the order and with what PyTorch calls them; and the same gradients come out."""

import gc
import weakref

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.face import mark_of
from autograd_lab.utils import checkpoint as _  # noqa: F401  (found as lab.utils.checkpoint below)

torch = pytest.importorskip("torch")
import torch.utils.checkpoint  # noqa: E402

PACKABLE = {
    "square": lambda m, a: a * a, "exp": lambda m, a: a.exp(), "constant": lambda m, a: a * 2, "in place": lambda m, a: (a * 1.0).exp_(), "tanh times": lambda m, a: a.tanh() * a,
    "cat": lambda m, a: m.cat([a, a]) * a[0], "broadcast": lambda m, a: a[None] * a[:, None], "matmul": lambda m, a: a[None] @ a[:, None], "softmax": lambda m, a: a.softmax(0),
    "function": lambda m, a: function(m)(a), "pow": lambda m, a: a**3, "max of all": lambda m, a: a.max() * 2,
}  # fmt: skip


def function(m):
    class Triple(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = x * 3
            ctx.save_for_backward(x, out, None)
            return out

        @staticmethod
        def backward(ctx, g):
            x, out, nothing = ctx.saved_tensors
            assert nothing is None
            return g * x * out

    return Triple.apply


def walk(m, name, hooks):
    told = []
    a = m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True)
    with hooks(m, told):
        y = PACKABLE[name](m, a)
    (g,) = m.autograd.grad(y.sum(), a, create_graph=True)
    first = list(told)
    second = m.autograd.grad((g * g).sum(), a, allow_unused=True)[0] if g.requires_grad else None
    return first, g.tolist(), None if second is None else second.tolist()


def counting(m, told):
    def pack(t):
        told.append(("pack", tuple(t.shape)))
        return t.detach().clone()

    def unpack(kept):
        told.append(("unpack", tuple(kept.shape)))
        return kept

    return m.autograd.graph.saved_tensors_hooks(pack, unpack)


@pytest.mark.parametrize("name", PACKABLE)
def test_hooks_are_called_as_by_torch(name):
    ours, theirs = walk(lab, name, counting), walk(torch, name, counting)
    assert sorted(ours[0]) == sorted(theirs[0])
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-12)
    assert (ours[2] is None) == (theirs[2] is None)
    if ours[2] is not None:
        np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-12)


@pytest.mark.parametrize("name", PACKABLE)
def test_packing_changes_no_gradient(name):
    for hooks in (
        lambda m, _: m.autograd.graph.save_on_cpu(),
        lambda m, _: m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t),
    ):
        packed = walk(lab, name, hooks)
        plain = walk(lab, name, lambda m, _: m.enable_grad())
        assert packed[1:] == plain[1:]


def outcome(m, claim):
    try:
        return str(CLAIMS[claim](m))
    except Exception as error:
        return type(error).__name__, str(error).splitlines()[0]


def hooked(m, pack, unpack, then=lambda m, y: y.sum().backward()):
    a = m.ones(2, requires_grad=True)
    with m.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = a * a
    then(m, y)
    return a.grad


def nested(m):
    told = []
    graph = m.autograd.graph
    with graph.saved_tensors_hooks(lambda t: told.append("outer") or t, lambda t: t):
        a = m.ones(2, requires_grad=True).exp()
        with graph.saved_tensors_hooks(lambda t: told.append("inner") or t, lambda t: t):
            a.exp()
        a.exp()
    a.exp()
    return told


def raw(m, *pairs):
    a = m.ones(2, requires_grad=True)
    y = a.exp()
    place = y.grad_fn._raw_saved_result
    for pair in pairs:
        place.register_hooks(*pair)
    y.sum().backward()
    return a.grad


def freed(m, word):
    y = m.ones(2, requires_grad=True).exp()
    y.sum().backward()
    if word == "hooks":
        y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda t: t)
    return getattr(y.grad_fn, word)


def mutated(m, inside):
    a = m.ones(2, requires_grad=True)
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        b = a * 1
        y = (b * b).sum()
        b.mul_(5)
        if inside:
            y.backward()
    if not inside:
        y.backward()
    return a.grad


def refused(m):
    with (
        m.autograd.graph.disable_saved_tensors_hooks("not here"),
        m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t),
    ):
        return "never"


IDENTITY = (lambda t: t, lambda t: t)
CLAIMS = {
    "identity": lambda m: hooked(m, *IDENTITY), "zeros": lambda m: hooked(m, lambda t: t * 0, lambda t: t), "to text and back": lambda m: hooked(m, lambda t: t.tolist(), lambda k: m.tensor(k)),
    "pack in place": lambda m: hooked(m, lambda t: t.mul_(2), lambda t: t), "unpack a number": lambda m: hooked(m, lambda t: t, lambda t: 3), "nested": nested, "refused": refused,
    "raw hooks": lambda m: raw(m, (lambda t: t * 0, lambda t: t)), "raw hooks twice": lambda m: raw(m, IDENTITY, IDENTITY), "after freeing": lambda m: freed(m, "_saved_result"), "hooks after freeing": lambda m: freed(m, "hooks"),
    "mutation": lambda m: mutated(m, True), "mutation, walked outside": lambda m: mutated(m, False),
    "a second walk": lambda m: hooked(m, *IDENTITY, lambda m, y: (y.sum().backward(), y.sum().backward())),
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    assert outcome(lab, claim) == outcome(torch, claim)


def test_a_packed_node_goes_by_reference_counting():
    gc.disable()
    try:
        with lab.autograd.graph.saved_tensors_hooks(*IDENTITY):
            y = lab.ones(2, requires_grad=True).exp().tanh()
        alive = [weakref.ref(mark_of(node)) for node in (y.grad_fn, y.grad_fn.next_functions[0][0])]
        del y
        assert [node() for node in alive] == [None, None]
    finally:
        gc.enable()


# ---------------------------------------------------------------------- checkpoints


def checkpointed(m, function, reentrant, x=None):
    x = m.tensor([0.5, 1.5], dtype=m.float64, requires_grad=True) if x is None else x
    m.utils.checkpoint.checkpoint(function, x, use_reentrant=reentrant).sum().backward()
    return x.grad.tolist()


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoints_give_the_same_gradients(reentrant):
    def function(x):
        return (x.exp() * x).sin().tanh() * x

    ours, theirs = checkpointed(lab, function, reentrant), checkpointed(torch, function, reentrant)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_checkpoint_saves_nothing_and_runs_twice_with_the_same_random_numbers():
    calls, saved = [], []

    def function(x):
        calls.append(1)
        return (x * lab.rand(2, dtype=lab.float64)).exp().sin()

    lab.manual_seed(0)
    x = lab.ones(2, dtype=lab.float64, requires_grad=True)
    y = lab.utils.checkpoint.checkpoint(function, x, use_reentrant=False)
    after = lab.rand(1).item()
    saved = y.grad_fn.next_functions[0].node.saved()
    assert not any(isinstance(value, (np.ndarray, lab.Tensor)) for value in saved.values())
    y.sum().backward()
    lab.manual_seed(0)
    z = lab.ones(2, dtype=lab.float64, requires_grad=True)
    function(z).sum().backward()
    assert x.grad.tolist() == z.grad.tolist() and len(calls) == 3
    assert lab.rand(1).item() == after  # the recomputation left the stream as it was


def changing(m, second):
    calls = []

    def function(x):
        calls.append(1)
        return x.exp().sin() if len(calls) == 1 else second(x)

    return function


def reentrant_grad(m):
    x = m.ones(2, requires_grad=True)
    return m.autograd.grad(m.utils.checkpoint.checkpoint(lambda x: x.exp(), x, use_reentrant=True).sum(), x)


CHECKPOINTS = {
    "fewer saved": lambda m: checkpointed(m, changing(m, lambda x: x.exp()), False), "another shape": lambda m: checkpointed(m, changing(m, lambda x: m.cat([x, x]).exp().sin()), False),
    "grad of the older way": reentrant_grad,
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoints_that_go_wrong(name):
    told = []
    for m in (lab, torch):
        with pytest.raises(Exception) as raised:  # noqa: PT011
            CHECKPOINTS[name](m)
        told.append((type(raised.value).__name__, str(raised.value).split("\n\n")[0]))
    assert told[0] == told[1]


def test_the_parameter_must_be_said():
    for m in (lab, torch):
        with pytest.warns(UserWarning, match="the use_reentrant parameter should be passed explicitly"):
            m.utils.checkpoint.checkpoint(lambda x: x.exp(), m.ones(2, requires_grad=True))
        with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
            m.utils.checkpoint.checkpoint(lambda x: x.exp(), m.ones(2), use_reentrant=True)
