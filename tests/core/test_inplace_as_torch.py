"""Writing over tensors and views, versions and grad modes: each claim run here and in PyTorch."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def two(m):
    return m.tensor([1.0, 2.0], requires_grad=True)


def hooks_around_a_write(m):
    log, a = [], two(m)
    b = a * 2
    b.retain_grad()
    b.register_hook(lambda g: log.append(("before", g.tolist())))
    b.mul_(3)
    b.register_hook(lambda g: log.append(("after", g.tolist())))
    b.sum().backward()
    return log, b.grad, a.grad, b._version


def stale_views(m):
    a = m.ones(4, requires_grad=True)
    b = a * 2
    v, w = b[:2], b[1:]
    v.mul_(3)
    w.add_(v.sum())
    (b * b).sum().backward()
    return v, w, b, a.grad, [t.grad_fn.name() for t in (v, w, b)], b._version, v._base is b


def written_base(m):
    a = m.ones(4, requires_grad=True)
    b = a * 2
    v = b.view(2, 2)
    b.add_(1)
    (v * v).sum().backward()
    return a.grad, v.grad_fn.name()


def item_assignment(m):
    a, w = m.ones(2, 3, requires_grad=True), two(m)
    b = a * 1
    b[0] = 5
    b[:, 1] = w
    b[1, 2] *= 3
    b[b > 4] = w[0]
    (b * b).sum().backward()
    return b, a.grad, w.grad, b.grad_fn.name()


def optimizer_between(m):
    w = two(m)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    with m.no_grad():
        w -= 0.1 * w.grad
    loss.backward()


def data_is_silent(m):
    w = two(m)
    loss = (w * w).sum()
    w.data.mul_(2)
    loss.backward()
    return w.grad, w._version


def detach_shares(m):
    w = two(m)
    loss = (w * w).sum()
    w.detach().mul_(2)
    loss.backward()


def unsaved_is_free(m):
    a = two(m)
    b = a.exp()
    c = b + 1
    b.mul_(2) if False else c.mul_(2)
    c.sum().backward()
    return a.grad


def zero_dim_views(m):
    a = m.ones(3, requires_grad=True)
    b = a * 2
    s = b[1]
    s.mul_(5)
    b.sum().backward()
    return s, a.grad


def transposed(m):
    a = m.ones(2, 3, requires_grad=True)
    b = a * 2
    b.t()[0].mul_(4)
    b.t().add_(1)
    (b * b).sum().backward()
    return a.grad, b


def detached_in_place(m):
    a = two(m)
    b = a * 2
    b.detach_()
    return b.requires_grad, b.is_leaf, b.grad_fn


def made_to_require(m):
    base, w = m.zeros(4), two(m)
    view = base[:2]
    base[2:].add_(w)
    (base.sum() + view.sum()).backward()
    return base.requires_grad, view.requires_grad, w.grad


def no_grad_view(m):
    a = two(m) * 1
    with m.no_grad():
        v = a[:1]
    v.add_(1)


def write_without_recording(m):
    a = two(m)
    b = a * 2
    with m.no_grad():
        b.mul_(3)
    b.sum().backward()
    return a.grad, b, b.grad_fn.name(), b._version


def inference(m):
    with m.inference_mode():
        t = m.ones(2)
        t.add_(1)
    return t, t.is_inference(), (two(m) + t).requires_grad, t.requires_grad


def of_inference(m, what):
    with m.inference_mode():
        t = m.ones(2)
    return what(t)


def modes(m):
    seen = [m.is_grad_enabled()]
    with m.no_grad():
        seen.append(m.is_grad_enabled())
        with m.enable_grad():
            seen.append((two(m) * 2).requires_grad)
        m.set_grad_enabled(True)
        seen.append(m.is_grad_enabled())
    seen.append(m.is_grad_enabled())
    with m.set_grad_enabled(False):
        seen.append((two(m) * 2).requires_grad)
        seen.append(two(m).requires_grad)
    try:
        with m.no_grad():
            raise KeyError
    except KeyError:
        seen.append(m.is_grad_enabled())
    with m.inference_mode(False):
        seen.append(m.is_inference_mode_enabled())
    return seen


def gradient_in_another_order(m, write):
    """Memory of b that lies by rows, its gradient by columns, or the other way round."""
    a, w = m.arange(6.0, dtype=m.float64).reshape(2, 3).requires_grad_(), m.arange(6.0, dtype=m.float64).reshape(3, 2)
    b = a * 1
    b.view(-1)[0:2].mul_(2)
    (b.t() * w).sum().backward()
    told = [a.grad.clone()]
    c = a.t() * 1
    flat = c.t().view(-1)[1:3]
    write(flat, c)
    ((flat * flat).sum() + (c * w).sum()).backward()
    return *told, a.grad, c.stride()


def flag_off_and_on(m):
    a, told = m.ones(2, requires_grad=True), []
    a.register_hook(lambda g: told.append("hook"))
    b = a * 2
    b.grad_fn.next_functions[0][0].register_hook(lambda *_: told.append("post"))
    a.requires_grad_(False)
    b.sum().backward(retain_graph=True)
    told.append(a.grad)
    a.requires_grad_()
    c = a * 3
    (b + c).sum().backward()
    return told, a.grad, c.grad_fn.next_functions[0][0] is b.grad_fn.next_functions[0][0]


def both_saved_and_written(m):
    a, c = m.ones(2, 1, requires_grad=True), m.tensor(0.5)
    x = a * 1
    y = m.maximum(x, c)
    c.mul_(2)
    x.mul_(2)
    y.sum().backward()


def copied_over_itself(m):
    x = two(m)[:, None] * 1
    v = x.expand(2, 2, 1).detach()
    v[...] = x
    return v, v._version


CLAIMS = {
    "both saved and written": both_saved_and_written, "copied over itself": copied_over_itself,
    "flag of a piece whose base was written": lambda m: (lambda x: [x.chunk(2)[0], x.clamp_(0, 1)][0].requires_grad_().requires_grad)(two(m) * 1),
    "gradient in another order": lambda m: gradient_in_another_order(m, lambda flat, c: flat.mul_(3)), "base written, gradient in another order": lambda m: gradient_in_another_order(m, lambda flat, c: c.mul_(3)),
    "flag off and on": flag_off_and_on,
    "hooks around a write": hooks_around_a_write, "stale views": stale_views, "written base": written_base, "item assignment": item_assignment, "optimizer between": optimizer_between, "data is silent": data_is_silent,
    "detach shares": detach_shares, "unsaved is free": unsaved_is_free, "0-d views": zero_dim_views, "transposed": transposed, "detach_": detached_in_place, "detach_ of a view": lambda m: (two(m) * 2)[:1].detach_(),
    "made to require": made_to_require, "no_grad view": no_grad_view, "unrecorded write": write_without_recording, "inference": inference, "inference saved": lambda m: of_inference(m, lambda t: two(m) * t),
    "inference written": lambda m: of_inference(m, lambda t: t.add_(1)), "inference flag": lambda m: of_inference(m, lambda t: t.requires_grad_()), "inference version": lambda m: of_inference(m, lambda t: t._version),
    "modes": modes, "split piece": lambda m: (two(m) * 1).split(1)[0].add_(1), "unbind piece": lambda m: (two(m) * 1).unbind(0)[0].add_(1), "expanded": lambda m: m.ones(1).expand(3).add_(1), "larger": lambda m: m.ones(1).add_(m.ones(3)),
    "integers take no float": lambda m: m.tensor([1, 2]).mul_(1.5), "leaf under no_grad": lambda m: (lambda x: [m.no_grad().__enter__(), x.add_(1)._version, x.is_leaf, m.set_grad_enabled(True)][1:3])(two(m)),
    "leaf": lambda m: two(m).mul_(2), "-=": lambda m: two(m).__isub__(1), "view of a leaf": lambda m: two(m).view(2).mul_(2), "item of a leaf": lambda m: two(m).__setitem__(0, 1.0), "versions of views": lambda m: (lambda a: [a[0].add_(1)._version, a._version, a[1:]._version, a.clone()._version])(m.ones(3)),
    "zero-size": lambda m: (m.zeros(0, requires_grad=True) * 2).mul_(3).sum(), "exp_": lambda m: (lambda a: [(a * 1).exp_().sum().backward(), a.grad][1])(m.zeros(2, requires_grad=True)), "relu_": lambda m: (lambda a: [(a * 1).relu_().sum().backward(), a.grad][1])(m.tensor([-1.0, 2.0], requires_grad=True)),
    "copy_": lambda m: (lambda a, b: [(a * 1).copy_(b).sum().backward(), a.grad, b.grad][1:])(two(m), two(m)), "zero_": lambda m: (lambda a: [(a * 1).zero_().sum().backward(), a.grad][1])(two(m)), "fill_": lambda m: (lambda a: [(a * 1).fill_(3).sum().backward(), a.grad][1])(two(m)),
    "clamp_": lambda m: (lambda a: [(a * 1).clamp_(max=1.5).sum().backward(), a.grad][1])(two(m)), "pow_": lambda m: (lambda a: [(a * 1).pow_(3).sum().backward(), a.grad][1])(two(m)), "sub_ itself": lambda m: (lambda a: (lambda b: [b.sub_(b).sum().backward(), a.grad][1])(a * 1))(two(m)),
    "mul_ itself": lambda m: (lambda a: (lambda b: [b.mul_(b).sum().backward(), a.grad][1])(a * 1))(two(m)),
}  # fmt: skip


def outcome(m, claim):
    with m.set_grad_enabled(True):
        try:
            return str(CLAIMS[claim](m))
        except Exception as error:
            return type(error).__name__, str(error).split(" This view was created inside")[0].split(
                " If you are using DistributedDataParallel"
            )[0]


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    assert outcome(lab, claim) == outcome(torch, claim)
