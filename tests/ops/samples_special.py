"""Samples of special functions: Bessel's, orthogonal polynomials, the incomplete gamma function; and of counting by intervals."""

from autograd_lab.core.ops import bessel, polynomials

from .samples import find


def plain(name, low=0.2, high=4.0):
    """Calls of a function that has no derivative: a matrix, a scalar, nothing, a transpose."""
    yield lambda m, t: find(m, name)(t(3, 4, low=low, high=high, grad=False))
    yield lambda m, t: find(m, name)(t(low=low, high=high))
    yield lambda m, t: find(m, name)(t(0, 3))
    yield lambda m, t: find(m, name)(t.turned(2, 3, low=low, high=high))


def polynomial(name):
    """By degree: one for all, one each, broadcast, below 0, given as a tensor."""
    yield lambda m, t: [find(m, name)(t(2, 3), n) for n in (0, 1, 2, 5, 9, -1)]
    yield lambda m, t: find(m, name)(t(2, 3), t.ints(3, high=8))
    yield lambda m, t: find(m, name)(t(2, 1), t.ints(3, high=8))
    yield lambda m, t: find(m, name)(0.3, t.ints(4).to(t.dtype))
    yield lambda m, t: find(m, name)(t(0, 3), 2)
    yield lambda m, t: find(m, name)(t.turned(2, 3), 3)


SAMPLES = {f"special.{name}": list(plain(f"special.{name}")) for name in bessel.WORDS}
SAMPLES |= {f"special.{name}": list(polynomial(f"special.{name}")) for name in polynomials.WORDS}
for name in ("igamma", "igammac", "special.gammainc", "special.gammaincc"):
    SAMPLES[name] = [
        lambda m, t, name=name: find(m, name)(t(3, 4, low=0.5, high=3, grad=False), t(3, 4, low=0.2, high=3)),
        lambda m, t, name=name: find(m, name)(t(3, low=0.5, high=3, grad=False), t(2, 1, low=0.2, high=3)),
        lambda m, t, name=name: find(m, name)(t(0, 3, low=0.5, grad=False), t(3, low=0.5)),
        lambda m, t, name=name: find(m, name)(t(3, low=0.5, grad=False), t.turned(2, 3, low=0.5)),
    ]
SAMPLES["igamma"] += [
    lambda m, t: t(3, low=0.5, grad=False).igamma(t(3, low=0.5)),
    lambda m, t: m.igamma(t(3, low=0.5), t(3, low=0.5)),  # its first variable has no derivative, and says so
]
SAMPLES["histogram"] = [
    lambda m, t: m.histogram(t(3, 4, grad=False), 5)[0],
    lambda m, t: t(3, 4, grad=False).histogram(4, range=(-0.5, 0.7), density=True),
    lambda m, t: m.histogram(t(6, grad=False), t.const(-1.0, 0.0, 0.5, 1.0), weight=t(6, low=0.1, grad=False)),
    lambda m, t: m.histogram(t(3, 4), 3)[0],
    lambda m, t: m.histogram(t.const(1.0, 1.0), 3),
]
SAMPLES["histogramdd"] = [
    lambda m, t: (lambda h, e: (h, *e))(*m.histogramdd(t(6, 2, grad=False), [3, 2])),
    lambda m, t: (lambda h, e: (h, *e))(
        *m.histogramdd(t(6, 2, grad=False), 3, range=[-1.0, 1.0, -0.5, 0.5], weight=t(6, low=0.1, grad=False), density=True)
    ),
]
SAMPLES["linalg.ldl_factor"] = [
    lambda m, t: m.linalg.ldl_factor(m.tensor([[0.0, 1, 2], [1, 0, 3], [2, 3, 0]], dtype=t.dtype)),
    lambda m, t: m.linalg.ldl_factor((lambda x: x + x.mT)(t(2, 3, 3))),
]
SAMPLES["linalg.ldl_factor_ex"] = [lambda m, t: m.linalg.ldl_factor_ex(t(3, 3, grad=False))]
SAMPLES["linalg.ldl_solve"] = [
    lambda m, t: m.linalg.ldl_solve(
        *m.linalg.ldl_factor(m.tensor([[0.0, 1, 2], [1, 0, 3], [2, 3, 0]], dtype=t.dtype)), t(3, 2)
    ),
    lambda m, t: m.linalg.ldl_solve(*m.linalg.ldl_factor(t(2, 3, 3, grad=False)), t(2, 3, 2, grad=False)),
]
