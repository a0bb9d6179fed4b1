"""Checkpoints and hooks on what is saved, argument by argument: values, calls and refusals are PyTorch's."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
import autograd_lab.utils.checkpoint

torch = pytest.importorskip("torch")
import torch.utils.checkpoint  # noqa: E402

CLAIMS = {}


def claim(name, run):
    assert name not in CLAIMS, name
    CLAIMS[name] = run


def C(m):
    return m.utils.checkpoint


def wr(m, f, *a, **k):
    return C(m).checkpoint(f, *a, **k)


def x(m):
    return m.tensor([0.5, 1.5], dtype=m.float64, requires_grad=True)


def run(m, f, re, grad=False, **k):
    a = x(m)
    y = wr(m, f, a, use_reentrant=re, **k)
    y.sum().backward()
    return y, a.grad


for re in (False, True):
    claim(f"plain{re}", lambda m, re=re: run(m, lambda a: a.exp() * a, re))
    claim(f"noprng{re}", lambda m, re=re: run(m, lambda a: a.exp() * a, re, preserve_rng_state=False))
    claim(
        f"tuple{re}",
        lambda m, re=re: (
            a := x(m),
            o := wr(m, lambda a: (a * 2, a.exp()), a, use_reentrant=re),
            sum(q.sum() for q in o).backward(),
            o,
            a.grad,
        )[3:],
    )
    claim(
        f"nontensor{re}",
        lambda m, re=re: (a := x(m), o := wr(m, lambda a, k: a * k, a, 3, use_reentrant=re), o.sum().backward(), a.grad)[3:],
    )
    claim(f"none out{re}", lambda m, re=re: wr(m, lambda a: None, x(m), use_reentrant=re))
    claim(f"num out{re}", lambda m, re=re: wr(m, lambda a: (a * 2, 3), x(m), use_reentrant=re))
    claim(
        f"kw{re}",
        lambda m, re=re: (
            a := x(m),
            o := wr(m, lambda a, k=1: a.exp() * k, a, k=3, use_reentrant=re),
            o.sum().backward(),
            a.grad,
        )[3:],
    )
    claim(f"nograd input{re}", lambda m, re=re: wr(m, lambda a: a.exp(), x(m).detach(), use_reentrant=re))
    claim(
        f"captured{re}",
        lambda m, re=re: (
            w := x(m),
            a := x(m).detach(),
            o := wr(m, lambda a: (a * w).exp(), a, use_reentrant=re),
            o.requires_grad and o.sum().backward(),
            w.grad,
        )[3:],
    )
    claim(f"under no_grad{re}", lambda m, re=re: ng(m, re))
    claim(f"raises{re}", lambda m, re=re: wr(m, lambda a: 1 / 0, x(m), use_reentrant=re))
    claim(f"nested{re}", lambda m, re=re: run(m, lambda a: wr(m, lambda b: b.exp(), a.sin(), use_reentrant=re) * a, re))
    claim(
        f"twice{re}",
        lambda m, re=re: (
            a := x(m),
            o := wr(m, lambda a: a.exp().sin(), a, use_reentrant=re),
            o.sum().backward(),
            o.sum().backward(),
        ),
    )
    claim(
        f"twice retain{re}",
        lambda m, re=re: (
            a := x(m),
            o := wr(m, lambda a: a.exp().sin(), a, use_reentrant=re),
            o.sum().backward(retain_graph=True),
            o.sum().backward(),
            a.grad,
        )[4:],
    )
    claim(f"create_graph{re}", lambda m, re=re: cg(m, re))
    claim(
        f"inplace input{re}",
        lambda m, re=re: (
            a := x(m) * 1,
            o := wr(m, lambda a: a.exp().sin(), a, use_reentrant=re),
            a.add_(1),
            o.sum().backward(),
        ),
    )
    claim(f"rng{re}", lambda m, re=re: rng(m, re))
    claim(f"retain{re}", lambda m, re=re: ret(m, re))
    claim(f"seq{re}", lambda m, re=re: seq(m, re))
    claim(f"seq bad{re}", lambda m, re=re: C(m).checkpoint_sequential([m.sin, m.exp], 5, x(m), use_reentrant=re))
    claim(f"hooks{re}", lambda m, re=re: hk(m, re))
    claim(f"detach{re}", lambda m, re=re: run(m, lambda a: a.detach().exp(), re))
    claim(f"ident{re}", lambda m, re=re: run(m, lambda a: a, re))
    claim(f"mode{re}", lambda m, re=re: md(m, re))
    claim(f"inside inplace{re}", lambda m, re=re: run(m, lambda a: a.exp().mul_(2).sin(), re))
    claim(
        f"backward partial{re}",
        lambda m, re=re: (
            a := x(m),
            o := wr(m, lambda a: (a.exp(), a.sin()), a, use_reentrant=re),
            o[0].sum().backward(),
            a.grad,
        )[3:],
    )
    claim(f"ctxfn{re}", lambda m, re=re: run(m, lambda a: a.exp(), re, context_fn=lambda: (m.no_grad(), m.enable_grad())))
    claim(f"det{re}", lambda m, re=re: run(m, lambda a: a.exp(), re, determinism_check="x"))
    claim(f"debug{re}", lambda m, re=re: run(m, lambda a: a.exp(), re, debug=True))
    claim(
        f"inputs{re}",
        lambda m, re=re: (a := x(m), o := wr(m, lambda a: a.exp(), a, use_reentrant=re), o.sum().backward(inputs=[a]), a.grad)[
            3:
        ],
    )
    claim(
        f"list arg{re}",
        lambda m, re=re: (a := x(m), o := wr(m, lambda xs: xs[0].exp(), [a], use_reentrant=re), o.sum().backward(), a.grad)[3:],
    )


def ng(m, re):
    with m.no_grad():
        return wr(m, lambda a: a.exp(), x(m), use_reentrant=re)


def cg(m, re):
    a = x(m)
    o = wr(m, lambda a: a.exp() * a, a, use_reentrant=re)
    (g,) = m.autograd.grad(o.sum(), a, create_graph=True)
    return m.autograd.grad(g.sum(), a)


def rng(m, re):
    m.manual_seed(0)
    a = x(m)
    o = wr(m, lambda a: a * m.rand(2, dtype=m.float64), a, use_reentrant=re)
    r = m.rand(1)
    o.sum().backward()
    return a.grad, r, m.rand(1), o


def ret(m, re):
    told = []

    def f(a):
        told.append(m.is_grad_enabled())
        return a.exp()

    run(m, f, re)
    return told


def seq(m, re):
    calls = []

    def mk(i):
        return lambda t: (calls.append(i), t.sin())[1]

    a = x(m)
    o = C(m).checkpoint_sequential([mk(i) for i in range(5)], 2, a, use_reentrant=re)
    o.sum().backward()
    return calls, o, a.grad


def hk(m, re):
    told = []
    a = x(m)
    a.register_hook(lambda g: told.append(g))
    o = wr(m, lambda a: a.exp(), a, use_reentrant=re)
    o.register_hook(lambda g: told.append(g * 2))
    o.sum().backward()
    return told


def md(m, re):
    n = wr(m, lambda a: a.exp(), x(m), use_reentrant=re).grad_fn
    return n.name()


early = []


def es(m, on):
    n = []

    def f(a):
        b = a.exp()
        c = b.sin()
        n.append(1)
        return c * 1 + 2

    a = x(m)
    with C(m).set_checkpoint_early_stop(on):
        o = wr(m, f, a, use_reentrant=False)
    o.sum().backward()
    return len(n)


claim("early on", lambda m: es(m, True))
claim("early off", lambda m: es(m, False))


def fewer(m, second, **k):
    n = []

    def f(a):
        n.append(1)
        return a.exp().sin() if len(n) == 1 else second(m, a)

    a = x(m)
    o = wr(m, f, a, use_reentrant=False, **k)
    o.sum().backward()
    return a.grad


claim("more", lambda m: fewer(m, lambda m, a: a.exp().sin().cos()))
claim("less", lambda m: fewer(m, lambda m, a: a.exp()))
claim("none", lambda m: fewer(m, lambda m, a: a * 1))
claim("dtype", lambda m: fewer(m, lambda m, a: a.float().exp().sin()))
claim("dtype none", lambda m: fewer(m, lambda m, a: a.float().exp().sin().double(), determinism_check="none"))


def G(m):
    return m.autograd.graph


def ent(c):
    with c:
        return 1


claim("sth none", lambda m: sth(m, lambda t: None, lambda t: None))
claim("sth raise", lambda m: sth(m, lambda t: 1 / 0, lambda t: t))
claim("sth unraise", lambda m: sth(m, lambda t: t, lambda t: 1 / 0))
claim("sth shape", lambda m: sth(m, lambda t: t[:1], lambda t: t))
claim("sth leaf", lambda m: sth(m, lambda t: told.append((t.requires_grad, t.is_leaf)) or t, lambda t: t))
told = []


def sth(m, p, u):
    a = x(m)
    with G(m).saved_tensors_hooks(p, u):
        y = a.exp() * a
    y.sum().backward()
    return a.grad


def shd(m, wh):
    ptr = []

    def p(t):
        ptr.append((t.requires_grad, t.is_leaf, t._version, t.grad_fn and t.grad_fn.name()))
        return t

    a = x(m)
    with G(m).saved_tensors_hooks(p, lambda t: t):
        wh(m, a)
    return ptr


claim("disable", lambda m: dis(m))


def dis(m):
    with G(m).disable_saved_tensors_hooks("nope"), G(m).save_on_cpu():
        pass


claim("disable in", lambda m: dis2(m))


def dis2(m):
    with G(m).save_on_cpu(), G(m).disable_saved_tensors_hooks("nope"):
        return (x(m) * 2).exp()


claim("disable deco", lambda m: G(m).disable_saved_tensors_hooks("no")(lambda: ent(G(m).save_on_cpu()))())
claim("allow nested", lambda m: alw(m))


def alw(m):
    with G(m).allow_mutation_on_saved_tensors(), G(m).allow_mutation_on_saved_tensors():
        pass


claim("allow clear", lambda m: alc(m))


def alc(m):
    with G(m).allow_mutation_on_saved_tensors() as c:
        a = x(m)
        b = a.clone()
        y = (b * b).sum()
        b.sin_()
        c.clear()
        y.backward()


claim("allow views", lambda m: alv(m))


def alv(m):
    with G(m).allow_mutation_on_saved_tensors():
        a = x(m)
        b = a.clone()
        y = (b[:1] * b).sum()
        b.sin_()
        y.backward()
        return a.grad


claim("allow inside hooks", lambda m: ali(m))


def ali(m):
    with G(m).save_on_cpu(), G(m).allow_mutation_on_saved_tensors():
        pass


claim("save_on_cpu pin", lambda m: ent(G(m).save_on_cpu(pin_memory=True)))
claim("saved attr", lambda m: (n := (x(m) * 2).exp().grad_fn, n._saved_result, n._raw_saved_result)[1])


def other_the_second_time(m, *counts, **options):
    """``counts``: how many values the function saves the first time and the second."""
    runs = iter(counts)

    def f(t):
        for _ in range(next(runs)):
            t = t.sin()
        return t

    m.utils.checkpoint.checkpoint(f, x(m), use_reentrant=False, **options).sum().backward()


claim("more the second time", lambda m: other_the_second_time(m, 1, 3, early_stop=False))
claim("less the second time", lambda m: other_the_second_time(m, 3, 1))


def plain(x):
    if isinstance(x, tuple | list):
        return [type(x).__name__, *map(plain, x)]
    if hasattr(x, "requires_grad") and hasattr(x, "tolist"):
        return np.round(np.array(x.detach().tolist()), 9).tolist(), str(x.dtype), x.requires_grad
    return str(x).partition(" object at ")[0]


def outcome(m, name):
    """(result, or the exception up to an empty line; the warnings)."""
    told.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = plain(CLAIMS[name](m))
        except NameError:  # a mistake in the claim itself
            raise
        except Exception as error:
            found = type(error).__name__, str(error).split("\n\n")[0]
    return found, [(w.category, str(w.message)) for w in caught]


@pytest.mark.parametrize("name", CLAIMS)
def test_as_torch(name):
    assert outcome(lab, name) == outcome(torch, name)
