"""The user's own Function: both styles, every marking, every misuse; run here and in PyTorch."""

import warnings

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def two(m):
    return m.tensor([1.0, 2.0], requires_grad=True)


def fn(m, forward, backward=None, name="A", **more):
    members = {"forward": staticmethod(forward)} | ({} if backward is None else {"backward": staticmethod(backward)})
    return type(name, (m.autograd.Function,), members | {k: staticmethod(v) for k, v in more.items()})


def square(ctx, x):
    ctx.save_for_backward(x)
    return x * x


def square_back(ctx, g):
    (x,) = ctx.saved_tensors
    return 2 * x * g


def walk(m, f, *args):
    x = two(m)
    y = f.apply(x, *args)
    y = y if isinstance(y, tuple) else (y,)
    sum(t.sum() for t in y if t.requires_grad).backward()
    return x.grad, y[0].grad_fn.name(), type(y[0].grad_fn).__name__


def double_backward(m):
    x = two(m)
    (g,) = m.autograd.grad(fn(m, square, square_back).apply(x).sum(), x, create_graph=True)
    return m.autograd.grad((g * g).sum(), x)


def once(m):
    x, A = two(m), fn(m, square, m.autograd.function.once_differentiable(square_back))
    (g,) = m.autograd.grad(A.apply(x).sum(), x, create_graph=True)
    g.sum().backward()


def dirty(m, leaf=False):
    def forward(ctx, x):
        x.mul_(3)
        ctx.mark_dirty(x)
        return x

    x = two(m)
    base = x if leaf else x * 1
    out = fn(m, forward, lambda ctx, g: g * 3).apply(base)
    out.sum().backward()
    return out is base, x.grad, base.grad_fn.name(), base._version


def not_differentiable(m):
    def forward(ctx, x):
        other = (x > 1.5).to(m.float32)
        ctx.mark_non_differentiable(other)
        return x * 2, other

    x = two(m)
    y, other = fn(m, forward, lambda ctx, g, h: g * 2 + h).apply(x)
    y.sum().backward()
    return x.grad, other.requires_grad, y.requires_grad


def materialized(m, value):
    told = []

    def forward(ctx, x):
        ctx.set_materialize_grads(value)
        return x * 2, x * 3

    def backward(ctx, g, h):
        told.append([None if t is None else t.tolist() for t in (g, h)])
        return g * 2

    x = two(m)
    fn(m, forward, backward).apply(x)[0].sum().backward()
    return told, x.grad


def materialized_by_attribute(m):
    def forward(ctx, x):
        ctx.materialize_grads = False
        return x * 2, x * 3

    x, told = two(m), []
    y = fn(m, forward, lambda ctx, g, h: (told.append(h), g)[1]).apply(x)[0]
    y.sum().backward()
    return told, hasattr(y.grad_fn, "materialize_grads")


def setup(m):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:1])
        ctx.k = inputs[1]

    return walk(
        m,
        fn(
            m,
            lambda x, k: x**k,
            lambda ctx, g: (g * ctx.k * ctx.saved_tensors[0] ** (ctx.k - 1), None),
            setup_context=setup_context,
        ),
        3,
    )


def modified(m):
    x = two(m)
    y = x * 1
    z = fn(m, square, square_back).apply(y)
    y.add_(1)
    z.sum().backward()


def twice(m):
    y = fn(m, square, square_back).apply(two(m)).sum()
    y.backward()
    y.backward()


def unchanged(m):
    x = two(m)
    y = fn(m, lambda ctx, x: x, lambda ctx, g: g * 5).apply(x)
    y.sum().backward()
    return y is x, x.grad, y.grad_fn.name()


def needs(m):
    told = []

    def backward(ctx, g, _=None):
        told.append(ctx.needs_input_grad)
        return g, g, None

    fn(m, lambda ctx, x, y, k: x * y, backward).apply(two(m), m.ones(2), 3).sum().backward()
    return told


def under_no_grad(m):
    with m.no_grad():
        return fn(m, square, square_back).apply(two(m)).requires_grad


def instance(m):
    return fn(m, square, square_back)()(two(m))


SAVE = lambda ctx, x: x * 2  # noqa: E731
CLAIMS = {
    "square": lambda m: walk(m, fn(m, square, square_back)), "double backward": double_backward, "once": once, "dirty": dirty, "dirty leaf": lambda m: dirty(m, True), "non-differentiable": not_differentiable,
    "zeros": lambda m: materialized(m, True), "not materialized": lambda m: materialized(m, False), "not materialized, by the attribute": materialized_by_attribute, "setup_context": setup, "modified": modified, "twice": twice, "unchanged": unchanged, "needs": needs, "no_grad": under_no_grad,
    "too few": lambda m: fn(m, lambda ctx, x, y: x * y, lambda ctx, g: g).apply(two(m), two(m)).sum().backward(), "too many": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: (g, g))), "trailing None": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: (g, None))),
    "for a number": lambda m: walk(m, fn(m, lambda ctx, x, k: x * k, lambda ctx, g: (g, g)), 3), "wrong shape": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: m.ones(3))), "broadcast": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: m.ones(3, 2))),
    "other dtype": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: g.double())), "not a tensor": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: 3.0)), "None": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: None)), "save a number": lambda m: walk(m, fn(m, lambda ctx, x: ctx.save_for_backward(3), square_back)),
    "no forward": lambda m: type("A", (m.autograd.Function,), {}).apply(two(m)), "no backward": lambda m: walk(m, fn(m, SAVE)), "raises": lambda m: walk(m, fn(m, SAVE, lambda ctx, g: {}["missing"])), "instance": instance, "other outputs": lambda m: str(fn(m, lambda ctx, x: (x * 2, "text", 3), lambda ctx, g, *_: g).apply(two(m))),
    "vjp": lambda m: walk(m, fn(m, square, vjp=square_back)), "attribute": lambda m: fn(m, square, square_back).apply(two(m)).grad_fn.nothing, "repr": lambda m: str(fn(m, square, square_back).apply(two(m)).grad_fn).split(" object")[0], "saved": lambda m: fn(m, square, square_back).apply(two(m)).grad_fn.saved_tensors,
}  # fmt: skip


def outcome_of(m, run):
    """(what it printed, or the class and text of what it raised; the warnings)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            told = str(run(m))
        except NameError:  # a mistake in the claim itself
            raise
        except Exception as error:
            told = type(error).__name__, str(error)
    return told, [(w.category, str(w.message)) for w in caught if "torch.jit" not in str(w.message)]


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    assert outcome_of(lab, CLAIMS[claim]) == outcome_of(torch, CLAIMS[claim])
