"""What hooks of nodes return, wrong and right; what a Function's backward is given for outputs that are no tensors; edges as roots."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

PRE = {
    "a tensor": lambda m: lambda gs: gs[0], "too many": lambda m: lambda gs: (gs[0], gs[0]), "a number": lambda m: lambda gs: 1,
    "a tuple of a number": lambda m: lambda gs: (1,), "nothing in it": lambda m: lambda gs: (), "a list": lambda m: lambda gs: [gs[0]],
    "another size": lambda m: lambda gs: (m.ones(3),), "None in it": lambda m: lambda gs: (None,), "five times": lambda m: lambda gs: (gs[0] * 5,),
}  # fmt: skip
POST = {
    "a tensor": lambda m: lambda gi, go: gi[0], "too few": lambda m: lambda gi, go: (gi[0],), "a number": lambda m: lambda gi, go: 1,
    "numbers": lambda m: lambda gi, go: (1, None), "another size": lambda m: lambda gi, go: (m.ones(3), None),
    "nothing": lambda m: lambda gi, go: (None, None), "one for None": lambda m: lambda gi, go: (gi[0], m.ones(2)), "doubled": lambda m: lambda gi, go: (gi[0] * 2, None),
}  # fmt: skip


def outcome(m, register, hook):
    a = m.ones(2, requires_grad=True)
    b = a * 2
    getattr(b.grad_fn, register)(hook(m))
    try:
        b.sum().backward()
    except Exception as error:
        return type(error).__name__, str(error)
    return None if a.grad is None else a.grad.tolist()


@pytest.mark.parametrize("returns", PRE)
def test_prehooks(returns):
    assert outcome(lab, "register_prehook", PRE[returns]) == outcome(torch, "register_prehook", PRE[returns])


@pytest.mark.parametrize("returns", POST)
def test_posthooks(returns):
    assert outcome(lab, "register_hook", POST[returns]) == outcome(torch, "register_hook", POST[returns])


def of_a_function(m):
    told = []

    class Mixed(m.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return "text", a * 2, None, a.sum()

        @staticmethod
        def backward(ctx, *gradients):
            told.extend(None if g is None else g.tolist() for g in gradients)
            return gradients[1] * 2 + gradients[3]

    a = m.ones(2, requires_grad=True)
    Mixed.apply(a)[1].sum().backward()
    return told, a.grad.tolist()


def test_what_is_no_tensor_has_its_place_among_the_gradients():
    assert of_a_function(lab) == of_a_function(torch)


def returned_as_it_is(m):
    class Same(m.autograd.Function):
        @staticmethod
        def forward(a):
            return a, a * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, g, h):
            return g + 2 * h

    Same.apply(m.ones(2, requires_grad=True))


def both_rules(m):
    class Both(m.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, g):
            return g

        @staticmethod
        def vjp(ctx, g):
            return g

    Both.apply(m.ones(2, requires_grad=True)).sum().backward()


@pytest.mark.parametrize("mistake", [returned_as_it_is, both_rules])
def test_functions_that_cannot_be(mistake):
    told = []
    for m in (lab, torch):
        with pytest.raises(RuntimeError) as raised:
            mistake(m)
        told.append(str(raised.value))
    assert told[0] == told[1]


def from_an_edge(m):
    a = m.ones(2, requires_grad=True)
    edge = m.autograd.graph.get_gradient_edge((a * 2).sum())
    m.autograd.backward(edge, m.tensor(3.0))
    return a.grad.tolist()


def batched(m):
    a, b = m.ones(3, requires_grad=True), m.ones(2, requires_grad=True)
    z = a**2
    rows = m.autograd.grad(z, [a, b], m.eye(3), is_grads_batched=True, allow_unused=True)
    with pytest.raises(RuntimeError, match="second time"):  # the last example frees the graph
        m.autograd.grad(z, a, m.ones(3))
    return rows[0].tolist(), rows[1]


@pytest.mark.parametrize("way", [from_an_edge, batched])
def test_roots_and_batches(way):
    assert way(lab) == way(torch)
