"""Special functions, elementwise: the error function's, gamma's and Bessel's families. SciPy computes them."""

from __future__ import annotations

import math

from ..node import renamed
from ..primitive import primitive
from ..tensor import Tensor
from .convert import as_tensor, by_number
from .underivable import underivable

# ---------------------------------------------------------------------- the error function and the normal distribution


@primitive(floating=True)
def erf(xp, x):
    """The error function: 2/sqrt(pi) times the integral of exp(-t²) from 0 to x."""
    return xp.erf(x)


@erf.partial("x")
def erf_dx(xp, x):
    return 2 / math.sqrt(math.pi) * xp.exp(-(x * x))


@primitive(floating=True)
def erfc(xp, x):
    """1 - erf(x), exact where erf is nearly 1."""
    return xp.erfc(x)


@erfc.partial("x")
def erfc_dx(xp, x):
    return -2 / math.sqrt(math.pi) * xp.exp(-(x * x))


@primitive(floating=True, name="SpecialErfcxBackward0")
def erfcx(xp, x):
    """exp(x²) erfc(x)."""
    return xp.erfcx(x)


@erfcx.partial("x")
def erfcx_dx(xp, x, out):
    return 2 * (x * out - 1 / math.sqrt(math.pi))


@primitive(floating=True)
def erfinv(xp, x):
    """The inverse of erf."""
    return xp.erfinv(x)


@erfinv.partial("x")
def erfinv_dx(xp, x):
    y = xp.erfinv(x)  # found once more: PyTorch saves x, so that a write to it is noticed
    return math.sqrt(math.pi) / 2 * xp.exp(y * y)


_add, _mul = by_number("add"), by_number("mul")


def ndtr(x):
    """The normal distribution's cumulative probability."""
    return _mul(_add(erf.call(_mul(x, math.sqrt(0.5))), 1), 0.5)


@primitive(floating=True, name="SpecialLogNdtrBackward0")
def log_ndtr(xp, x):
    """log of ndtr, exact far below 0."""
    return xp.log_ndtr(x)


@log_ndtr.partial("x")
def log_ndtr_dx(xp, x, out):  # which is saved, as in PyTorch, so that a write is noticed
    return math.sqrt(2 / math.pi) / xp.erfcx(x * -math.sqrt(0.5))


@primitive(floating=True, name="SpecialNdtriBackward0")
def ndtri(xp, x):
    """The inverse of ndtr: quantiles of the normal distribution."""
    return xp.ndtri(x)


@ndtri.partial("x")
def ndtri_dx(xp, out):
    return math.sqrt(2 * math.pi) * xp.exp(out * out / 2)


# ---------------------------------------------------------------------- gamma


@primitive(floating=True)
def lgamma(xp, x):
    """log |gamma(x)|."""
    return _log_gamma(xp, x)


def _log_gamma(xp, x):
    return xp.lgamma(xp.where_mask(x == -math.inf, math.inf, x))  # of which SciPy says -inf, and C infinity


@lgamma.partial("x")
def lgamma_dx(xp, x):
    return xp.digamma(x)


@primitive(floating=True)
def digamma(xp, x):
    """The derivative of lgamma."""
    return xp.digamma(x)


@digamma.partial("x")
def digamma_dx(xp, x):
    return xp.polygamma_of(x, 1)


@primitive(floating=True, name="PolygammaBackward0")
def polygamma_of(xp, x, *, n):
    """The n-th derivative of digamma."""
    return xp.polygamma_of(x, n)


@polygamma_of.partial("x")
def polygamma_dx(xp, x, n):
    return xp.polygamma_of(x, n + 1)


def polygamma(n, x):
    """The ``n``-th derivative of digamma; ``x.polygamma(n)`` as a method."""
    if isinstance(n, Tensor):
        n, x = x, n
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_of.call(x, n)


@primitive(floating=True, name="MvlgammaBackward0")
def mvlgamma(xp, x, *, p):
    """log of the multivariate gamma function of dimension ``p``: a constant and lgamma(x - j/2), summed over j < p."""
    total = _log_gamma(xp, x)
    for j in range(1, p):
        total = total + _log_gamma(xp, x - j / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


@mvlgamma.vjp("x")
def mvlgamma_x(xp, g, x, p):
    slope = xp.digamma(x)
    for j in range(1, p):
        slope = slope + xp.digamma(x - j / 2)
    return g * slope


@primitive(elementwise=True, floating=True)
def igamma(xp, a, x):
    """The regularised lower incomplete gamma function: the integral of exp(-t) t**(a - 1) from 0 to x over gamma(a)."""
    return xp.gammainc(a, x)


@igamma.vjp("x")
def igamma_x(xp, g, a, x):
    return g * xp.exp((a - 1) * xp.log(x) - x - xp.lgamma(a))


@primitive(elementwise=True, floating=True)
def igammac(xp, a, x):
    """1 - igamma, exact where that is small: the integral from x on."""
    return xp.gammaincc(a, x)


@igammac.vjp("x")
def igammac_x(xp, g, a, x):
    return -g * xp.exp((a - 1) * xp.log(x) - x - xp.lgamma(a))


def _but_in_the_first(op, told):
    """``op``, which PyTorch differentiates in its second variable only, and says so of the first: "the derivative for 'zeta'"."""

    def word(x, other):
        out = op.call(x, other)
        if isinstance(x, Tensor) and x.requires_grad:
            error = NotImplementedError(f"the derivative for '{told}' is not implemented.")
            return underivable(error, out.detach(), x, other, name=op.node_name)
        return out

    word.__name__, word.__doc__ = op.__name__, op.__doc__
    return word


igamma_word, igammac_word = _but_in_the_first(igamma, "igamma: input"), _but_in_the_first(igammac, "igammac: input")


@primitive(elementwise=True, floating=True, name="SpecialZetaBackward0")
def zeta(xp, x, q):
    """Hurwitz's zeta function: the sum of 1 / (k + q)**x over k >= 0."""
    return xp.zeta(x, q)


@zeta.vjp("q")
def zeta_q(xp, g, x, q):
    return g * -x * xp.zeta(x + 1, q)


# ---------------------------------------------------------------------- modified Bessel functions


@primitive(floating=True, name="I0Backward0")
def i0(xp, x):
    """Modified Bessel function of order 0."""
    return xp.i0(x)


@i0.partial("x")
def i0_dx(xp, x):
    return xp.i1(x)


@primitive(floating=True, name="SpecialI0EBackward0")
def i0e(xp, x):
    """exp(-|x|) i0(x)."""
    return xp.i0e(x)


@i0e.partial("x")
def i0e_dx(xp, x, out):
    return xp.i1e(x) - xp.sign(x) * out


@primitive(floating=True, name="SpecialI1Backward0")
def i1(xp, x):
    """Modified Bessel function of order 1."""
    return xp.i1(x)


@i1.partial("x")
def i1_dx(xp, x, out):
    return _half_of_nan(xp, x, xp.i0(x) - _over(xp, out, x))


@primitive(floating=True, name="SpecialI1EBackward0")
def i1e(xp, x):
    """exp(-|x|) i1(x)."""
    return xp.i1e(x)


@i1e.partial("x")
def i1e_dx(xp, x, out):
    return _half_of_nan(xp, x, xp.i0e(x) - xp.sign(x) * out - _over(xp, out, x))


def _over(xp, out, x):
    """out / x, whose limit at 0 is a half for both Bessel functions of order 1."""
    return xp.where_mask(x == 0, 0.5, out / xp.where_mask(x == 0, 1, x))


def _half_of_nan(xp, x, slope):
    """The slope, and at nan a half, as at 0: PyTorch asks whether x is away from 0, and nan is not."""
    return xp.where_mask(x != x, 0.5, slope)


# ---------------------------------------------------------------------- entropies and logarithms times a factor


@primitive(floating=True, name="SpecialEntrBackward0")
def entr(xp, x):
    """-x log(x), 0 at 0, -inf below."""
    return xp.entr(x)


@entr.vjp("x")
def entr_x(xp, g, x):
    return g * (-1 - xp.log(x))


@primitive(elementwise=True, floating=True)
def xlogy(xp, x, y):
    """x log(y), 0 where x is 0."""
    return xp.xlogy(x, y)


@xlogy.vjp("x")
def xlogy_x(xp, g, x, y):
    return xp.where_mask((x == 0) & (y <= 0), 0, g * xp.log(y))


@xlogy.vjp("y")
def xlogy_y(xp, g, x, y):
    return g * x / y


@primitive(elementwise=True, floating=True, name="SpecialXlog1PyBackward0")
def xlog1py(xp, x, y):
    """x log(1 + y), 0 where x is 0."""
    return xp.xlog1py(x, y)


@xlog1py.vjp("x")
def xlog1py_x(xp, g, x, y):
    return xp.where_mask((x == 0) & (y <= -1), 0, g * xp.log1p(y))


@xlog1py.vjp("y")
def xlog1py_y(xp, g, x, y):
    return g * x / (y + 1)


def _of_a_number(op, name, told=None):
    """``op`` of two tensors, or of a tensor and a number, whose node PyTorch numbers otherwise: 1 if it is the first, 2 the second."""
    call = op.call if told is None else _but_in_the_first(op, told)

    def word(x, other):
        out = call(as_tensor(x, other), as_tensor(other, x))
        if out._node is not None and not (isinstance(x, Tensor) and isinstance(other, Tensor)):
            renamed(out._node, name + ("2" if isinstance(x, Tensor) else "1"))
        return out

    word.__name__, word.__doc__ = op.__name__, op.__doc__
    return word


xlogy_word = _of_a_number(xlogy, "XlogyBackward")
xlog1py_word, zeta_word = _of_a_number(xlog1py, "SpecialXlog1PyBackward"), _of_a_number(zeta, "SpecialZetaBackward", "zeta")


@primitive(floating=True)
def logit(xp, x, *, eps=None):
    """log(x / (1 - x)), the inverse of sigmoid; ``eps`` first limits x to [eps, 1 - eps]: where these overlap, to the lower."""
    if eps is not None:
        x = xp.where_mask(x < eps, float(eps), xp.where_mask(x > 1 - eps, 1 - eps, x))
    return xp.log(x / (1 - x))


@logit.vjp("x")
def logit_x(xp, g, x, eps):
    outside = (x < 0) | (x > 1) if eps is None else (x < eps) | (x > 1 - eps)
    return xp.where_mask(outside, math.nan if eps is None else 0, g / (x * (1 - x)))


multigammaln, psi, gammaln, gammainc, gammaincc = mvlgamma, digamma, lgamma, igamma_word, igammac_word
