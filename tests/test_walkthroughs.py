"""What tutorials of automatic differentiation do, from start to end, here and in PyTorch: the same numbers, names and flags."""

import itertools

import numpy as np
import pytest

import autograd_lab as lab
import autograd_lab.func
import autograd_lab.utils.checkpoint

torch = pytest.importorskip("torch")
import torch.func  # noqa: E402
import torch.utils.checkpoint  # noqa: E402


def data(m, *shape, step=0.37):
    """Numbers between -1 and 1, the same in both libraries."""
    return (m.arange(float(np.prod(shape)), dtype=m.float64) * step + 0.3).sin().reshape(shape)


def weights(m, *sizes):
    return [data(m, *shape, step=0.11 + 0.07 * i).requires_grad_() for i, shape in enumerate(itertools.pairwise(sizes))]


def names_from(node, depth=4):
    """The names of the nodes below, as nested lists."""
    return node and depth and [node.name(), *(names_from(n, depth - 1) for n, _ in node.next_functions)]


# ---------------------------------------------------------------------- the first steps


def first_steps(m):
    """Two leaves, a vector of errors, a gradient given from outside; what is frozen and what is not."""
    a, b = (m.tensor(v, requires_grad=True) for v in ([2.0, 3.0], [6.0, 4.0]))
    q = 3 * a**3 - b**2
    q.backward(gradient=m.tensor([1.0, 1.0]))
    model = m.nn.Sequential(m.nn.Linear(3, 2), m.nn.Linear(2, 2))
    for p in model[0].parameters():
        p.requires_grad_(False)
    out = model(m.ones(1, 3))
    out.sum().backward()
    flags = [(p.requires_grad, p.grad is None) for p in model.parameters()]
    return a.grad, b.grad, 9 * a**2 == a.grad, -2 * b == b.grad, flags, names_from(q.grad_fn)


def polynomial_by_autograd(m):
    """A cubic fitted to a sine, weights changed by hand under no_grad."""
    x = m.linspace(-3, 3, 50, dtype=m.float64)
    y = m.sin(x)
    a, b, c, d = (m.tensor(v, dtype=m.float64, requires_grad=True) for v in (0.1, 0.2, -0.1, 0.3))
    losses = []
    for _ in range(30):
        loss = (a + b * x + c * x**2 + d * x**3 - y).pow(2).sum()
        losses.append(loss.item())
        loss.backward()
        with m.no_grad():
            for w in (a, b, c, d):
                w -= 1e-5 * w.grad
                w.grad = None
    return losses, a, b, c, d


def polynomial_by_a_function(m):
    """The same with a Legendre polynomial whose derivative is written by hand."""

    class Legendre(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return 0.5 * (5 * x**3 - 3 * x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 1.5 * (5 * x**2 - 1)

    x = m.linspace(-1, 1, 40, dtype=m.float64)
    w = [m.full((), v, dtype=m.float64, requires_grad=True) for v in (0.0, -1.0, 0.0, 0.3)]
    for _ in range(20):
        y = w[0] + w[1] * Legendre.apply(w[2] + w[3] * x)
        loss = (y - m.sin(x * np.pi)).pow(2).sum()
        loss.backward()
        with m.no_grad():
            for v in w:
                v -= 5e-3 * v.grad
                v.grad = None
    return [loss, *w, m.autograd.gradcheck(Legendre.apply, (x.detach().requires_grad_(),)), names_from(y.grad_fn)]


def two_moons(m):
    """A scalar hinge loss with a penalty on weights, point by point, as the smallest engines are shown."""
    t = m.linspace(0, np.pi, 10, dtype=m.float64)
    x = m.cat([m.stack([m.cos(t), m.sin(t)], 1), m.stack([1 - m.cos(t), 0.5 - m.sin(t)], 1)])
    y = m.cat([m.ones(10, dtype=m.float64), -m.ones(10, dtype=m.float64)])
    first, second, third = weights(m, 2, 8, 8, 1)
    told = []
    for k in range(15):
        scores = [((p @ first).relu() @ second).relu() @ third for p in x]
        losses = [(1 + -label * s).relu() for label, s in zip(y, scores)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum((w * w).sum() for w in (first, second, third))
        for w in (first, second, third):
            w.grad = None
        loss.sum().backward()
        for w in (first, second, third):
            w.data -= (1.0 - 0.9 * k / 15) * 0.1 * w.grad
        told.append((loss.item(), sum((label > 0) == (s.item() > 0) for label, s in zip(y.tolist(), scores))))
    return told


# ---------------------------------------------------------------------- Functions differentiated twice


def sinh_twice(m):
    """Backward may be differentiated where it reads inputs and outputs; what was kept on the way must be an output."""

    class Sinh(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            up, down = m.exp(x), m.exp(-x)
            ctx.save_for_backward(up, down)
            return (up - down) / 2, up, down

        @staticmethod
        def backward(ctx, g, g_up, g_down):
            up, down = ctx.saved_tensors
            return g * (up + down) / 2 + g_up * up - g_down * down

    x = data(m, 4).requires_grad_()
    y = Sinh.apply(x)[0]
    (first,) = m.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = m.autograd.grad(first.sum(), x)
    return first, second, m.autograd.gradgradcheck(lambda v: Sinh.apply(v)[0], x), names_from(first.grad_fn, 2)


def convolution_and_norm_in_one(m):
    """A convolution and a batch norm as one Function, which computes the convolution again instead of keeping its result."""

    class Fused(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, weight):
            ctx.save_for_backward(x, weight)
            y = m.nn.functional.conv2d(x, weight)
            ctx.mean, ctx.std = y.mean((0, 2, 3), keepdim=True), (y.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-3).sqrt()
            return (y - ctx.mean) / ctx.std

        @staticmethod
        @m.autograd.function.once_differentiable
        def backward(ctx, g):
            x, weight = ctx.saved_tensors
            y = m.nn.functional.conv2d(x, weight)
            hat = (y - ctx.mean) / ctx.std
            over = {"dim": (0, 2, 3), "keepdim": True}
            g = (g - g.mean(**over) - hat * (g * hat).mean(**over)) / ctx.std
            return (m.nn.grad.conv2d_input(x.shape, weight, g), m.nn.grad.conv2d_weight(x, weight.shape, g))

    x, weight = data(m, 2, 2, 5, 5).requires_grad_(), data(m, 3, 2, 3, 3, step=0.21).requires_grad_()
    fused = Fused.apply(x, weight)
    plain = m.nn.functional.batch_norm(m.nn.functional.conv2d(x, weight), None, None, training=True, eps=1e-3)
    ours = m.autograd.grad((fused * fused * fused).sum(), (x, weight))
    theirs = m.autograd.grad((plain * plain * plain).sum(), (x, weight))
    return fused, *ours, [m.allclose(a, b) for a, b in zip(ours, theirs)]


# ---------------------------------------------------------------------- hooks and memory


def saved_tensors(m):
    """What is saved, by name; packed by hooks; kept elsewhere for large ones only; refused."""
    x = data(m, 5).requires_grad_()
    y = x.pow(2)
    z = x.exp()
    told = [
        x.equal(y.grad_fn._saved_self),
        x is y.grad_fn._saved_self,
        z.equal(z.grad_fn._saved_result),
        z is z.grad_fn._saved_result,
    ]
    with m.autograd.graph.saved_tensors_hooks(lambda t: told.append(tuple(t.shape)) or t * 2, lambda t: t / 2):
        w = (x * x).sum() + x.sigmoid().sum()
    w.backward()
    kept = {}

    def pack(t):
        if t.numel() < 4:
            return t
        kept[len(kept)] = t
        return len(kept) - 1

    with m.autograd.graph.saved_tensors_hooks(pack, lambda t: kept[t] if isinstance(t, int) else t):
        v = (x[:2] * x[2:4]).sum() + (x * x).sum()
    v.backward()
    try:
        with m.autograd.graph.disable_saved_tensors_hooks("not here"), m.autograd.graph.save_on_cpu():
            pass
    except RuntimeError as error:
        told.append(str(error))
    return told, x.grad, len(kept)


def step_fused_into_backward(m):
    """Each parameter has an optimiser of its own, which steps as soon as its gradient is there, and frees it."""
    first, second = weights(m, 4, 3, 2)
    optimizers = {w: m.optim.Adam([w], lr=0.01) for w in (first, second)}
    order = []

    def step(w):
        optimizers[w].step()
        optimizers[w].zero_grad()
        order.append(tuple(w.shape))

    for w in (first, second):
        w.register_post_accumulate_grad_hook(step)
    for _ in range(5):
        (data(m, 6, 4) @ first @ second).tanh().pow(2).sum().backward()
    return first, second, order, [w.grad is None for w in (first, second)]


def gradients_layer_by_layer(m):
    """The gradients of hidden activations, caught by hooks and by retain_grad, with and without normalisation."""
    found = []
    for normed in (False, True):
        ws = weights(m, 4, 6, 6, 6, 1)
        x, hidden = data(m, 8, 4), []
        for w in ws:
            x = m.sigmoid(m.nn.functional.batch_norm(x @ w, None, None, training=True) if normed else x @ w)
            x.retain_grad()
            hidden.append(x)
        seen = []
        hidden[1].register_hook(lambda g, seen=seen: seen.append(g.abs().mean()))
        (1 - x).pow(2).mean().backward()
        found += [h.grad.abs().mean() for h in hidden] + seen + [w.grad for w in ws]
    return found


def checkpoints(m):
    """Segments computed again in the backward pass, of either kind, and how often they ran."""
    ran = []

    def segment(x):
        ran.append(m.is_grad_enabled())
        return (x @ w).tanh()

    (w,) = weights(m, 5, 5)
    told = []
    for options in ({"use_reentrant": False}, {"use_reentrant": True}, None):
        w.grad, x = None, data(m, 3, 5).requires_grad_()
        y = x
        for _ in range(3):
            y = segment(y) if options is None else m.utils.checkpoint.checkpoint(segment, y, **options)
        y.sum().backward()
        told += [w.grad, x.grad, list(ran)]
        ran.clear()
    return told


# ---------------------------------------------------------------------- functions of functions


def forward_mode(m):
    """Dual numbers by hand, through a module, and beside jvp."""
    fwAD = m.autograd.forward_ad
    x, t = data(m, 4), data(m, 4, step=0.5)
    with fwAD.dual_level():
        out = fwAD.make_dual(x, t).sin() * 3
        told = [*fwAD.unpack_dual(out), fwAD.unpack_dual(x).tangent is None]
    told.append(fwAD.unpack_dual(out).tangent is None)
    layer = m.nn.Linear(4, 2).double()
    names = [name for name, _ in layer.named_parameters()]
    params = {"weight": data(m, 2, 4), "bias": data(m, 2)}
    with fwAD.dual_level():
        for name in names:
            delattr(layer, name)
            setattr(layer, name, fwAD.make_dual(params[name], m.ones_like(params[name])))
        told.append(fwAD.unpack_dual(layer(x)).tangent)
    told += m.func.jvp(lambda v: v.sin() * 3, (x,), (t,))
    return told


def jacobians(m):
    """Row by row, by vmap, forwards and backwards; Hessians; products without the matrix."""
    weight, bias, x = data(m, 4, 6), data(m, 4, step=0.2), data(m, 6, step=0.6)

    def predict(weight, bias, x):
        return m.nn.functional.linear(x, weight, bias).tanh()

    leaf = x.clone().requires_grad_()
    y = predict(weight, bias, leaf)
    rows = m.stack([m.autograd.grad(y, leaf, v, retain_graph=True)[0] for v in m.eye(4, dtype=m.float64)])
    _, vjp = m.func.vjp(lambda v: predict(weight, bias, v), x)
    (by_vmap,) = m.func.vmap(vjp)(m.eye(4, dtype=m.float64))
    found = [
        rows,
        by_vmap,
        *m.func.jacrev(predict, argnums=(0, 2))(weight, bias, x),
        m.func.jacfwd(predict, argnums=2)(weight, bias, x),
    ]
    found += [
        m.func.hessian(lambda v: predict(weight, bias, v).sum())(x),
        m.func.jacfwd(m.func.jacrev(predict, 2), 2)(weight, bias, x),
    ]
    batch = data(m, 3, 6, step=0.4)
    found.append(m.func.vmap(m.func.jacrev(predict, argnums=2), in_dims=(None, None, 0))(weight, bias, batch))
    found.append(m.func.jvp(m.func.grad(lambda v: predict(weight, bias, v).sum()), (x,), (m.ones_like(x),))[1])
    found.append(m.autograd.functional.vhp(lambda v: predict(weight, bias, v).sum(), x, m.ones_like(x))[1])
    return found


def model(m):
    net = m.nn.Sequential(m.nn.Linear(4, 5), m.nn.Tanh(), m.nn.Linear(5, 3)).double()
    with m.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(data(m, *p.shape, step=0.2 + 0.1 * i))
    return net


def gradients_per_sample(m):
    """A gradient for each sample, by vmap of grad, beside a loop."""
    net, x, labels = model(m), data(m, 6, 4), m.tensor([0, 1, 2, 0, 1, 2])
    params = {k: v.detach() for k, v in net.named_parameters()}

    def loss(params, sample, label):
        out = m.func.functional_call(net, params, (sample.unsqueeze(0),))
        return m.nn.functional.cross_entropy(out, label.unsqueeze(0))

    found = m.func.vmap(m.func.grad(loss), in_dims=(None, 0, 0))(params, x, labels)
    for i in range(6):
        one = m.autograd.grad(m.nn.functional.cross_entropy(net(x[i : i + 1]), labels[i : i + 1]), list(net.parameters()))
        assert all(m.allclose(found[k][i], g) for k, g in zip(params, one))
    return found


def tangent_kernel(m):
    """The kernel of a network between two sets of points: products of Jacobians, whole and traced out."""
    net = model(m)
    params = {k: v.detach() for k, v in net.named_parameters()}

    def single(params, x):
        return m.func.functional_call(net, params, (x.unsqueeze(0),)).squeeze(0)

    def jacobian(x):
        found = m.func.vmap(m.func.jacrev(single), (None, 0))(params, x)
        return [j.flatten(2) for j in found.values()]

    one, other = jacobian(data(m, 3, 4)), jacobian(data(m, 2, 4, step=0.7))
    full = m.stack([m.einsum("Naf,Mbf->NMab", a, b) for a, b in zip(one, other)]).sum(0)
    return full, m.einsum("NMKK->NM", full)


def ensembles(m):
    """Several models as one, by stacked parameters and vmap."""
    nets = [model(m) for _ in range(3)]
    with m.no_grad():
        for i, net in enumerate(nets):
            net[0].bias += i
    params, buffers = m.func.stack_module_state(nets)
    params = {k: v.detach() for k, v in params.items()}

    def call(params, buffers, x):
        return m.func.functional_call(nets[0], (params, buffers), (x,))

    x = data(m, 3, 2, 4)
    return (
        m.func.vmap(call)(params, buffers, x),
        m.func.vmap(call, in_dims=(0, 0, None))(params, buffers, x[0]),
        {k: tuple(v.shape) for k, v in params.items()},
    )


PROGRAMS = (first_steps, polynomial_by_autograd, polynomial_by_a_function, two_moons, sinh_twice, convolution_and_norm_in_one, saved_tensors,
            step_fused_into_backward, gradients_layer_by_layer, checkpoints, forward_mode, jacobians, gradients_per_sample, tangent_kernel,
            ensembles)  # fmt: skip


def told(thing, m):
    """Tensors as (shape, dtype, flag, numbers), all else as it is."""
    if isinstance(thing, m.Tensor):
        return [tuple(thing.shape), str(thing.dtype), thing.requires_grad, np.array(thing.tolist())]
    if isinstance(thing, dict):
        return {key: told(value, m) for key, value in thing.items()}
    return [told(one, m) for one in thing] if isinstance(thing, (list, tuple)) else thing


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return np.allclose(a, b, rtol=1e-11, atol=1e-13)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == pytest.approx(b, rel=1e-11) if isinstance(a, float) else a == b


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_tutorial(program):
    ours, theirs = told(program(lab), lab), told(program(torch), torch)
    assert same(ours, theirs), (ours, theirs)
