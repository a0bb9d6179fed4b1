"""Functions as PyTorch's tutorials write them, in every style, differentiated once and twice, here and in PyTorch."""

import pytest

import autograd_lab as lab
import autograd_lab.func

from .test_autograd_notes import refusal
from .test_walkthroughs import data, names_from, same, told

torch = pytest.importorskip("torch")


def linear_in_two_styles(m):
    """A linear layer as a Function, with a context in forward and with one of its own, with and without a bias."""

    class Old(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, weight, bias=None):
            ctx.save_for_backward(x, weight, bias)
            out = x.mm(weight.t())
            return out if bias is None else out + bias

        @staticmethod
        def backward(ctx, g):
            x, weight, bias = ctx.saved_tensors
            needs = ctx.needs_input_grad
            return (
                g.mm(weight) if needs[0] else None,
                g.t().mm(x) if needs[1] else None,
                g.sum(0) if bias is not None and needs[2] else None,
            )

    class New(m.autograd.Function):
        @staticmethod
        def forward(x, weight, bias):
            out = x.mm(weight.t())
            return out if bias is None else out + bias

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        backward = Old.backward

    x, weight, bias = data(m, 3, 4).requires_grad_(), data(m, 2, 4, step=0.3).requires_grad_(), data(m, 2).requires_grad_()
    told = []
    for kind in (Old, New):
        for given in ((x, weight, bias), (x, weight, None), (x.detach(), weight, bias)):
            out = kind.apply(*given)
            wanted = [t for t in given if t is not None and t.requires_grad]
            told += [out, *m.autograd.grad((out**2).sum(), wanted), out.grad_fn.name(), m.autograd.gradcheck(kind.apply, given)]
    told.append(m.func.grad(lambda v: New.apply(v, weight.detach(), None).sin().sum())(x.detach()))
    return told


def cube_by_hand(m):
    """The second derivative written as a Function of its own."""

    class Slope(m.autograd.Function):
        @staticmethod
        def forward(ctx, g, x):
            ctx.save_for_backward(g, x)
            return g * 3 * x**2

        @staticmethod
        def backward(ctx, gg):
            g, x = ctx.saved_tensors
            return gg * 3 * x**2, gg * g * 6 * x

    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return Slope.apply(g, *ctx.saved_tensors)

    x = data(m, 4).requires_grad_()
    (first,) = m.autograd.grad(Cube.apply(x).sum(), x, create_graph=True)
    (second,) = m.autograd.grad(first.sum(), x, create_graph=True)
    return (
        first,
        second,
        m.autograd.grad(second.sum(), x),
        names_from(first.grad_fn, 2),
        m.autograd.gradgradcheck(Cube.apply, x),
    )


def saved_on_the_way(m):
    """Double backward where an intermediate was kept: as a hidden output it works; on the context alone it is lost in silence."""

    class Kept(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.root = x.sqrt()
            return x * ctx.root

        @staticmethod
        def backward(ctx, g):
            return g * 1.5 * ctx.root

    class Given(m.autograd.Function):
        @staticmethod
        def forward(x):
            root = x.sqrt()
            return x * root, root

        @staticmethod
        def setup_context(ctx, inputs, outputs):
            ctx.save_for_backward(inputs[0], outputs[1])

        @staticmethod
        def backward(ctx, g, g_root):
            _, root = ctx.saved_tensors
            return g * 1.5 * root + g_root * 0.5 / root

    x = (data(m, 3) + 2).requires_grad_()
    (lost,) = m.autograd.grad(Kept.apply(x).sum(), x, create_graph=True)
    (first,) = m.autograd.grad(Given.apply(x)[0].sum(), x, create_graph=True)
    return lost, first, m.autograd.grad(first.sum(), x), refusal(lambda: m.autograd.grad(lost.sum(), x))


def flags_of_a_context(m):
    """mark_dirty, mark_non_differentiable, gradients that stay None, once_differentiable."""

    class Sorted(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, places = x.sort()
            ctx.mark_non_differentiable(places)
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(places)
            return values, places

        @staticmethod
        @m.autograd.function.once_differentiable
        def backward(ctx, g, nothing):
            (places,) = ctx.saved_tensors
            seen.append((g is None, nothing is None))
            return None if g is None else m.zeros_like(g).scatter(0, places, g)

    class Doubled(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    seen, x = [], data(m, 4).requires_grad_()
    values, places = Sorted.apply(x)
    (g,) = m.autograd.grad((values * data(m, 4, step=0.5)).sum(), x, create_graph=True)
    y = x * 1
    z = Doubled.apply(y)
    return (
        (values, places, places.requires_grad, g, seen, z is y, y._version, y.grad_fn.name()),
        refusal(lambda: m.autograd.grad(g.sum(), x)),
        refusal(lambda: Doubled.apply(x)),
        m.autograd.grad(z.sum(), x),
    )


def function_with_every_mode(m):
    """One Function for backward, forward mode and vmap."""

    class Power(m.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x, n):
            return x**n

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, ctx.n = inputs
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * ctx.n * x ** (ctx.n - 1), None

        @staticmethod
        def jvp(ctx, t, _):
            (x,) = ctx.saved_tensors
            return t * ctx.n * x ** (ctx.n - 1)

    x, v = data(m, 3) + 2, data(m, 3, step=0.6)
    return (
        m.func.jvp(lambda x: Power.apply(x, 3), (x,), (v,)),
        m.func.vmap(m.func.grad(lambda x: Power.apply(x, 3)))(x),
        m.func.jacrev(lambda x: Power.apply(x, 2))(x),
        m.autograd.gradcheck(lambda x: Power.apply(x, 3), (x.clone().requires_grad_(),), check_forward_ad=True),
    )


def fused_bound_by_memory(m):
    """Convolution and batch norm in one Function which keeps nothing but what it was given: the same step as two layers."""

    def normal(y):
        over = {"dim": (0, 2, 3), "keepdim": True}
        mean = y.mean(**over)
        return (y - mean) / ((y - mean).pow(2).mean(**over) + 1e-5).sqrt()

    class Fused(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, weight):
            ctx.save_for_backward(x, weight)
            return normal(m.nn.functional.conv2d(x, weight))

        @staticmethod
        def backward(ctx, g):
            with m.enable_grad():
                x, weight = (t.detach().requires_grad_() for t in ctx.saved_tensors)
                return m.autograd.grad(normal(m.nn.functional.conv2d(x, weight)), (x, weight), g)

    x, weight = data(m, 2, 2, 4, 4).requires_grad_(), data(m, 2, 2, 3, 3, step=0.19).requires_grad_()
    out = Fused.apply(x, weight)
    kept = [tuple(t.shape) for t in out.grad_fn.saved_tensors]
    found = m.autograd.grad(out.pow(3).sum(), (x, weight))
    plain = m.nn.functional.batch_norm(m.nn.functional.conv2d(x, weight), None, None, training=True)
    beside = m.autograd.grad(plain.pow(3).sum(), (x, weight))
    return out, kept, found, [m.allclose(a, b, atol=1e-6) for a, b in zip(found, beside)]


PROGRAMS = (
    linear_in_two_styles,
    cube_by_hand,
    saved_on_the_way,
    flags_of_a_context,
    function_with_every_mode,
    fused_bound_by_memory,
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_function_of_a_tutorial(program):
    ours, theirs = told(program(lab), lab), told(program(torch), torch)
    assert same(ours, theirs), (ours, theirs)
