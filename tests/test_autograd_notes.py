"""What PyTorch's notes and tutorials of autograd show step by step, here and in PyTorch: the same numbers, names, flags and errors.

Beside ``test_walkthroughs.py``, which holds whole programs: mechanics, hooks, memory, forward mode, products without matrices.
"""

import threading

import pytest

import autograd_lab as lab
import autograd_lab.func

from .test_walkthroughs import data, model, names_from, same, told, weights

torch = pytest.importorskip("torch")


def refusal(function):
    """The first line of what it raises, or what it gives."""
    try:
        return function()
    except (RuntimeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}".split("\n")[0]


# ---------------------------------------------------------------------- mechanics


def kinks_and_constants(m):
    """What is not differentiable: corners, jumps, functions that are not defined, rounding."""
    x = m.tensor([-2.0, 0.0, 3.0], dtype=m.float64, requires_grad=True)
    found = []
    for f in (
        m.abs,
        m.relu,
        m.sqrt,
        m.sign,
        m.round,
        lambda v: v.clamp(0, 3),
        lambda v: v.max(),
        lambda v: v.norm() * 0,
        m.log,
    ):
        found.append(m.autograd.grad(f(x).sum(), x)[0].nan_to_num(-99))
    return found


def local_switches(m):
    """Frozen parameters, no_grad, inference mode, eval: four different things."""
    net, x = model(m), data(m, 2, 4)
    net[0].requires_grad_(False)
    out = net(x)
    out.sum().backward()
    frozen = [(p.requires_grad, p.grad is None) for p in net.parameters()]
    leaf = data(m, 3).requires_grad_()
    with m.no_grad():
        quiet = leaf * 2
        with m.enable_grad():
            loud = leaf * 2
    with m.inference_mode():
        never = leaf * 2
    kept = m.is_grad_enabled()
    net.eval()
    modes = [net.training, net(x).requires_grad, quiet.requires_grad, loud.requires_grad, never.is_inference(), kept]
    copy = never.clone().requires_grad_()
    return frozen, modes, refusal(lambda: (never * leaf).sum()), refusal(lambda: never.add_(1)), copy


def written_over(m):
    """In-place correctness: what was saved, leaves, views, and versions."""
    a = data(m, 3).requires_grad_()
    b = a.exp()
    versions = [b._version]
    c = b * 1
    b.add_(1)
    versions.append(b._version)
    d = a * 2
    d[0] = 7
    base = a * 3
    part = base[1:]
    part.mul_(a[:2])
    return (
        versions,
        refusal(lambda: c.sum().backward()),
        refusal(lambda: a.add_(1)),
        names_from(d.grad_fn, 2),
        m.autograd.grad(d.sum(), a, retain_graph=True),
        names_from(base.grad_fn, 2),
        part.grad_fn.name(),
        m.autograd.grad(base.sum(), a),
    )


def threads(m):
    """Several threads train on one set of parameters: gradients add up; each has a grad mode of its own."""
    (w,) = weights(m, 3, 2)
    shared = (data(m, 4, 3) @ w).tanh()
    modes = []

    def work(k):
        with m.set_grad_enabled(k != 3):
            modes.append((k, m.is_grad_enabled()))
        ((data(m, 4, 3, step=0.1 * k) @ w) ** 2).sum().backward()
        (shared * k).sum().backward(retain_graph=True)

    workers = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return m.round(w.grad, decimals=9), sorted(modes), m.is_grad_enabled()


def complex_steps(m):
    """The gradient of a real loss by a complex number points uphill: conj(d loss / d z)."""
    z = m.complex(data(m, 3), data(m, 3, step=0.7)).requires_grad_()
    target = m.complex(data(m, 3, step=0.2), data(m, 3, step=0.9))
    losses = []
    for _ in range(20):
        loss = (z * z - target).abs().pow(2).sum()
        (g,) = m.autograd.grad(loss, z)
        losses.append(loss.item())
        with m.no_grad():
            z -= 0.05 * g
    parts = m.view_as_real(z * z.conj())
    return losses, m.view_as_real(z.detach()), parts.grad_fn.name(), refusal(lambda: (z * z).sum().backward())


def hooks_in_order(m):
    """Tensor hooks see the gradient before nodes do; retained gradients come after hooks; a node's hooks stand around it."""
    seen = []
    a = data(m, 2).requires_grad_()
    b = a * 2
    b.retain_grad()
    b.register_hook(lambda g: seen.append("b") or g * 10)
    b.grad_fn.register_prehook(lambda gs: seen.append("before"))
    b.grad_fn.register_hook(lambda gi, go: seen.append("after"))
    a.register_hook(lambda g: seen.append("a"))
    a.register_post_accumulate_grad_hook(lambda leaf: seen.append(("there", leaf.grad is not None)))
    handle = b.register_hook(lambda g: seen.append("never"))
    handle.remove()
    both = m.autograd.graph.register_multi_grad_hook((a, b), lambda gs: seen.append(len(gs)))
    b.sin().sum().backward()
    both.remove()
    return seen, a.grad, b.grad


def gradients_as_a_graph(m):
    """Capture in ``inputs``, gradients given from outside, edges, and what cannot be walked twice."""
    a, b = (data(m, 3, step=s).requires_grad_() for s in (0.2, 0.4))
    c = a * b
    d = c.exp().sum()
    edge = m.autograd.graph.get_gradient_edge(c)
    found = m.autograd.grad(d, (a, c, edge), retain_graph=True)
    d.backward(inputs=[a], retain_graph=True)
    state = [a.grad is not None, b.grad is None]
    d.backward()
    return found, state, a.grad, b.grad, refusal(d.backward), refusal(lambda: m.autograd.grad(a.sum(), b))


# ---------------------------------------------------------------------- functions of functions


def products_without_matrices(m):
    """hvp and vhp four ways, and the Jacobian row by row and column by column."""
    F, x, v = m.autograd.functional, data(m, 4), data(m, 4, step=0.8)

    def f(x):
        return (x.sin() * x.roll(1)).sum() + (x**3).mean()

    forward_over_reverse = m.func.jvp(m.func.grad(f), (x,), (v,))[1]
    reverse_over_reverse = m.func.vjp(m.func.grad(f), x)[1](v)[0]
    reverse_over_forward = m.func.grad(lambda x: m.func.jvp(f, (x,), (v,))[1])(x)
    return (
        F.hvp(f, x, v),
        F.vhp(f, x, v),
        forward_over_reverse,
        reverse_over_reverse,
        reverse_over_forward,
        m.func.hessian(f)(x) @ v,
        F.jacobian(lambda x: x.cumsum(0).tanh(), x, vectorize=True),
        F.jacobian(lambda x: x.cumsum(0).tanh(), x, strategy="forward-mode", vectorize=True),
        F.hessian(f, x, create_graph=False),
    )


def dual_numbers_in_a_network(m):
    """Forward mode through modules by functional_call, through a custom level, and where it ends."""
    fw, net, x = m.autograd.forward_ad, model(m), data(m, 2, 4)
    params = {k: p.detach() for k, p in net.named_parameters()}
    tangents = {k: data(m, *p.shape, step=0.3) for k, p in params.items()}
    with fw.dual_level():
        duals = {k: fw.make_dual(params[k], tangents[k]) for k in params}
        primal, tangent = fw.unpack_dual(m.func.functional_call(net, duals, (x,)))
        plain = fw.unpack_dual(x).tangent
    by_jvp = m.func.jvp(lambda p: m.func.functional_call(net, p, (x,)), (params,), (tangents,))
    return primal, tangent, plain is None, by_jvp, refusal(lambda: fw.make_dual(x, x))


def memory_of_a_pass(m):
    """Hooks on what is saved: files by name in a dictionary, conversions, one node's own, and what packing must not do."""
    store, x = {}, data(m, 4).requires_grad_()

    def pack(t):
        store[len(store)] = t.detach().clone()
        return len(store) - 1

    with m.autograd.graph.saved_tensors_hooks(pack, store.__getitem__):
        y = (x.exp() * x).sum()
    packed = len(store)
    y.backward()
    z = x**2
    z.grad_fn._raw_saved_self.register_hooks(lambda t: t * 3, lambda t: t / 3)

    def hurting(t):
        return t.mul_(2)

    def harm():
        with m.autograd.graph.saved_tensors_hooks(hurting, lambda t: t):
            (x * 1).exp()

    again = refusal(lambda: z.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: t))
    with m.autograd.graph.save_on_cpu():
        away = (x.sin() * 2).sum()
    return packed, x.grad, m.autograd.grad(z.sum(), x), again, refusal(harm), m.autograd.grad(away, x)


PROGRAMS = (kinks_and_constants, local_switches, written_over, threads, complex_steps, hooks_in_order, gradients_as_a_graph,
            products_without_matrices, dual_numbers_in_a_network, memory_of_a_pass)  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_the_notes_show(program):
    ours, theirs = told(program(lab), lab), told(program(torch), torch)
    assert same(ours, theirs), (ours, theirs)
