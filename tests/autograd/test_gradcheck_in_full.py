"""gradcheck and forward mode, argument by argument, real and complex: PyTorch's verdicts, numbers and refusals."""

import inspect
import warnings

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

CLAIMS = {}


def claim(name, run):
    assert name not in CLAIMS, name
    CLAIMS[name] = run


def gc(m):
    return m.autograd.gradcheck


def ggc(m):
    return m.autograd.gradgradcheck


def x(m):
    return m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True)


def z(m):
    return m.tensor([1.0 + 2j, 0.5 - 1j], dtype=m.complex128, requires_grad=True)


def F(m, fwd, bwd, **k):
    return type(
        "F",
        (m.autograd.Function,),
        {"forward": staticmethod(fwd), "backward": staticmethod(bwd), **{a: staticmethod(v) for a, v in k.items()}},
    ).apply


claim("cplx in", lambda m: gc(m)(lambda a: (a * a).abs(), z(m)))
claim("cplx out", lambda m: gc(m)(lambda a: a * a, z(m)))
claim("cplx real in", lambda m: gc(m)(lambda a: m.complex(a, a * 2), x(m)))
claim("cplx wrong", lambda m: gc(m)(F(m, lambda c, a: a * 2, lambda c, g: g * 3), z(m)))
claim("cplx fast", lambda m: gc(m)(lambda a: a * a, z(m), fast_mode=True))
claim("cplx gg", lambda m: ggc(m)(lambda a: a * a * a, z(m)))
claim("cplx to real", lambda m: gc(m)(lambda a: a.real * 2 + a.imag, z(m)))
claim("cplx conj", lambda m: gc(m)(lambda a: a.conj() * a, z(m)))
claim("cplx exp", lambda m: gc(m)(lambda a: a.exp(), z(m)))
claim("cplx fwd", lambda m: gc(m)(lambda a: a * a, z(m), check_forward_ad=True))
claim("f32", lambda m: gc(m)(lambda a: a * 2, m.ones(2, requires_grad=True), eps=1e-2, atol=1e-2))
claim("batched", lambda m: gc(m)(lambda a: a * a, x(m), check_batched_grad=True))
claim(
    "batched fwd",
    lambda m: gc(m)(lambda a: a * a, x(m), check_batched_grad=True, check_forward_ad=True, check_batched_forward_grad=True),
)
claim("batched fwd no fwd", lambda m: gc(m)(lambda a: a * a, x(m), check_batched_forward_grad=True))
claim("fast batched", lambda m: gc(m)(lambda a: a * a, x(m), fast_mode=True, check_batched_grad=True))
claim("fwd", lambda m: gc(m)(lambda a: a.exp() * a, x(m), check_forward_ad=True))
claim("fwd only", lambda m: gc(m)(lambda a: a.exp(), x(m), check_forward_ad=True, check_backward_ad=False))
claim(
    "fwd wrong",
    lambda m: gc(m)(F(m, lambda c, a: a * 2, lambda c, g: g * 2, jvp=lambda c, t: t * 3), x(m), check_forward_ad=True),
)
claim("fwd none", lambda m: gc(m)(F(m, lambda c, a: a * 2, lambda c, g: g * 2), x(m), check_forward_ad=True))
claim("fast fwd", lambda m: gc(m)(lambda a: a.exp(), x(m), check_forward_ad=True, fast_mode=True))
claim("dtypes", lambda m: gc(m)(lambda a: a * 2, x(m), check_grad_dtypes=True))
claim("undefined", lambda m: gc(m)(F(m, lambda c, a: (a * 2, a * 3), lambda c, g, h: g * 2 + h * 3), x(m)))
claim(
    "undef none",
    lambda m: gc(m)(
        F(m, lambda c, a: (c.set_materialize_grads(False), (a * 2, a * 3))[1], lambda c, g, h: g * 2 + h * 3), x(m)
    ),
)
claim("raise false", lambda m: gc(m)(F(m, lambda c, a: a * 2, lambda c, g: g * 3), x(m), raise_exception=False))
claim("in not leaf", lambda m: gc(m)(lambda a: a * 2, x(m) * 1))
claim("list out", lambda m: gc(m)(lambda a: [a * 2, a * 3], x(m)))
claim("tuple in", lambda m: gc(m)(lambda a, b: a * b, (x(m), x(m))))
claim("number in", lambda m: gc(m)(lambda a, k: a * k, (x(m), 3)))
claim("out not tensor", lambda m: gc(m)(lambda a: 3, x(m)))
claim("no args", lambda m: gc(m)(lambda: 3, ()))
claim("nondet", lambda m: gc(m)(lambda a: a * 2, x(m), nondet_tol=0.1))
claim("masked", lambda m: gc(m)(lambda a: a * 2, x(m), masked=True))
claim("inplace fn", lambda m: gc(m)(lambda a: a.clone().mul_(2), x(m)))
claim("scalar", lambda m: gc(m)(lambda a: a**2, m.tensor(2.0, dtype=m.float64, requires_grad=True)))
claim("empty", lambda m: gc(m)(lambda a: a * 2, m.zeros(0, dtype=m.float64, requires_grad=True)))
claim("wrong shape bwd", lambda m: gc(m)(F(m, lambda c, a: a * 2, lambda c, g: g[:1]), x(m)))
claim("bwd raises", lambda m: gc(m)(F(m, lambda c, a: a * 2, lambda c, g: 1 / 0), x(m)))
claim("gg", lambda m: ggc(m)(lambda a: a**3, x(m)))
claim("gg grad_outputs", lambda m: ggc(m)(lambda a: a**3, x(m), m.ones(2, dtype=m.float64, requires_grad=True)))
claim(
    "gg wrong",
    lambda m: ggc(m)(
        F(m, lambda c, a: (c.save_for_backward(a), a**2)[1], lambda c, g: g * 2 * c.saved_tensors[0].detach()), x(m)
    ),
)
claim("gg fwdrev", lambda m: ggc(m)(lambda a: a**3, x(m), check_fwd_over_rev=True))
claim("gg fast", lambda m: ggc(m)(lambda a: a**3, x(m), fast_mode=True))
claim("gg noncontig", lambda m: ggc(m)(lambda a: a**3, x(m), gen_non_contig_grad_outputs=True))
claim("gg false", lambda m: ggc(m)(lambda a: a**3, x(m), check_rev_over_rev=False))
claim("gg linear", lambda m: ggc(m)(lambda a: a * 3, x(m)))
claim("gg batched", lambda m: ggc(m)(lambda a: a**3, x(m), check_batched_grad=True))


def fw(m):
    return m.autograd.forward_ad


def lv(m, f):
    with fw(m).dual_level():
        return f(fw(m))


claim("fw nested", lambda m: lv(m, lambda w: lv(m, lambda w: 1)))
claim("fw repr", lambda m: lv(m, lambda w: str(w.make_dual(m.ones(2), m.ones(2)))))
claim("fw exit", lambda m: fw(m).exit_dual_level())
claim("fw unpack outside", lambda m: fw(m).unpack_dual(m.ones(2)))
claim("fw make outside", lambda m: fw(m).make_dual(m.ones(2), m.ones(2)))
claim("fw level neg", lambda m: lv(m, lambda w: w.unpack_dual(m.ones(2), level=-1)))
claim("fw make level", lambda m: lv(m, lambda w: w.make_dual(m.ones(2), m.ones(2), level=0).shape))
claim("fw dtype", lambda m: lv(m, lambda w: w.unpack_dual(w.make_dual(m.ones(2), m.ones(2, dtype=m.float64)))))
claim("fw view", lambda m: lv(m, lambda w: w.unpack_dual(w.make_dual(m.ones(2), m.ones(2))[:1])))
claim("fw inplace", lambda m: lv(m, lambda w: (d := w.make_dual(m.ones(2), m.ones(2)), d.mul_(3), w.unpack_dual(d))[2]))
claim("fw nograd", lambda m: lv(m, lambda w: ngf(m, w)))
claim("fw detach", lambda m: lv(m, lambda w: w.unpack_dual(w.make_dual(m.ones(2), m.ones(2)).detach())))
claim("fw set_fwd", lambda m: lv(m, lambda w: ngf2(m, w)))
claim("fw after", lambda m: (d := lv(m, lambda w: w.make_dual(m.ones(2), m.ones(2))), fw(m).unpack_dual(d))[1])
claim(
    "fw reqgrad",
    lambda m: lv(
        m,
        lambda w: (
            p := w.unpack_dual(w.make_dual(x(m), m.ones(2, dtype=m.float64)) ** 2),
            p.primal.requires_grad,
            p.tangent.requires_grad,
        )[1:],
    ),
)
claim(
    "fw backward tangent",
    lambda m: (
        a := x(m),
        lv(m, lambda w: w.unpack_dual(w.make_dual(a, m.ones(2, dtype=m.float64)) ** 3).tangent.sum().backward()),
        a.grad,
    )[2],
)


def ngf(m, w):
    with m.no_grad():
        return w.unpack_dual(w.make_dual(m.ones(2), m.ones(2)) * 2)


def ngf2(m, w):
    with fw(m)._set_fwd_grad_enabled(False):
        return w.unpack_dual(w.make_dual(m.ones(2), m.ones(2)) * 2)


def on_complex(m, function):
    with m.autograd.forward_ad.dual_level():
        z = m.tensor([1.0 + 2j, 0.5 - 1j], dtype=m.complex128)
        tangent = m.tensor([0.3 - 1j, 2 + 0.5j], dtype=m.complex128)
        return m.autograd.forward_ad.unpack_dual(function(m, m.autograd.forward_ad.make_dual(z, tangent))).tangent


ON_COMPLEX = {
    "mul": lambda m, a: a * a,
    "exp": lambda m, a: a.exp(),
    "conj": lambda m, a: a.conj() * 2,
    "real": lambda m, a: a.real * 3,
    "imag": lambda m, a: a.imag,
    "abs": lambda m, a: a.abs(),
    "sum": lambda m, a: (a * 3j).sum(),
    "mm": lambda m, a: a[None] @ a[:, None],
    "div": lambda m, a: 1 / a,
    "pow": lambda m, a: a**3,
    "sin": lambda m, a: a.sin(),
    "angle": lambda m, a: a.angle(),
    "cat": lambda m, a: m.cat([a, a * 2]),
    "idx": lambda m, a: a[1:],
    "prod": lambda m, a: a.prod(),
    "log": lambda m, a: a.log(),
    "sqrt": lambda m, a: a.sqrt(),
    "mulreal": lambda m, a: a * m.tensor([1.0, 2.0], dtype=m.float64),
}
for name, function in ON_COMPLEX.items():
    claim(f"forward mode of complex {name}", lambda m, function=function: on_complex(m, function))


def plain(x):
    if isinstance(x, tuple | list):
        return [type(x).__name__, *map(plain, x)]
    if hasattr(x, "requires_grad"):
        return np.round(np.array(x.detach().tolist()), 9).tolist(), str(x.dtype), x.requires_grad
    return str(x)


def outcome(m, name):
    """(result, or the exception's first line; the warnings)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = plain(CLAIMS[name](m))
        except NameError:  # a mistake in the claim itself
            raise
        except Exception as error:
            found = type(error).__name__, str(error).split("\n")[0]
    return found, [(w.category.__name__, str(w.message)) for w in caught if "torch.jit" not in str(w.message)]


@pytest.mark.parametrize("name", CLAIMS)
def test_as_torch(name):
    assert outcome(lab, name) == outcome(torch, name)


@pytest.mark.parametrize("name", ["gradcheck", "gradgradcheck"])
def test_signatures_are_torchs(name):
    ours, theirs = (
        [(p.name, p.default, p.kind) for p in inspect.signature(getattr(m.autograd, name)).parameters.values()]
        for m in (lab, torch)
    )
    assert ours == theirs
