"""Preconditions of the words that compute, as preconditions.py has those that rearrange."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..grad_mode import is_recording
from ..mistakes import broadcast, empty_dim
from ..refusals import no_kernel
from ..signatures import kind_of
from ..tensor import Tensor
from .convert import dim_of, must_be
from .kind_preconditions import floating
from .preconditions import before, chained, demand, kind, ndim


@before("diff")
def diff(x, n=1, dim=-1, prepend=None, append=None):
    demand(ndim(x), "diff expects input to be at least one-dimensional")
    demand(n >= 0, f"order must be non-negative but got {n}")


@before("cumsum", "cumprod", "prod", "nansum")
def totals(x, *_, dtype=None, **__):
    if dtype is not None and dtypes.as_numpy(dtype).kind in "biu":
        demand(
            not (x.requires_grad and is_recording()),
            f"Autograd not support dtype: {dtypes.BY_NUMPY[dtypes.as_numpy(dtype)].kind}",
        )


@before("mvlgamma")
def mvlgamma(x, p):
    demand(p >= 1, "p has to be greater than or equal to 1")


@before("quantile", "nanquantile")
def quantile(x, q, dim=None, keepdim=False, *, interpolation="linear"):
    demand(x._array.size, "quantile() input tensor must be non-empty")
    demand(kind(x) in ("Float", "Double"), "quantile() input tensor must be either float or double dtype")
    if isinstance(q, Tensor):
        demand(ndim(q) < 2, "quantile() q must be a scalar or 1D tensor")
        demand(q._array.dtype == x._array.dtype, "quantile() q tensor must be same dtype as the input tensor")
        demand(np.all((q._array >= 0) & (q._array <= 1)), "quantile() q values must be in the range [0, 1]")
    else:
        demand(0 <= q <= 1, f"quantile() q must be in the range [0, 1] but got {q:g}")


@before("kthvalue")
def kthvalue(x, k, dim=-1, keepdim=False):
    at = dim_of(dim, ndim(x))
    n = x._array.shape[at] if ndim(x) else 1
    if not n:
        raise empty_dim("kthvalue", at)
    demand(1 <= k <= n, f"kthvalue(): selected number k out of range for dimension {at}")


@before("cdist")
def cdist(x1, x2, p=2.0, compute_mode=None):
    for at, (name, t) in enumerate((("x1", x1), ("x2", x2)), 1):
        demand(isinstance(t, Tensor), f"cdist(): argument '{name}' (position {at}) must be Tensor, not {kind_of(t)}", TypeError)
    for name, t in (("X1", x1), ("X2", x2)):
        demand(ndim(t) >= 2, f"cdist only supports at least 2D tensors, {name} got: {ndim(t)}D")
        demand(t._array.dtype.kind in "fV", f"cdist only supports floating-point dtypes, {name} got: {kind(t)}")
    n, m = x1._array.shape[-1], x2._array.shape[-1]
    demand(n == m, f"X1 and X2 must have the same number of columns. X1: {n} X2: {m}")
    demand(p >= 0, "cdist only supports non-negative p values")


@before("searchsorted")
def searchsorted(sorted_sequence, values, *, out_int32=False, right=False, side=None, sorter=None):
    rows = sorted_sequence._array
    demand(rows.ndim, "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension")
    if isinstance(values, Tensor) and rows.ndim > 1:
        demand(
            ndim(values) == rows.ndim and values._array.shape[:-1] == rows.shape[:-1],
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and "
            f"input value tensor must match, but we got boundaries tensor {list(rows.shape)} and input value tensor "
            f"{list(values._array.shape)}",
        )


@before("bucketize")
def bucketize(x, boundaries, *, out_int32=False, right=False):
    demand(ndim(boundaries) == 1, f"boundaries tensor must be 1 dimension, but got dim({ndim(boundaries)})")


@before("isclose", "allclose")
def isclose(x, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    demand(x._array.dtype == other._array.dtype, f"{kind(x)} did not match {kind(other)}")
    demand(rtol >= 0, f"rtol must be greater than or equal to zero, but got {rtol:g}")
    demand(atol >= 0, f"atol must be greater than or equal to zero, but got {atol:g}")
    broadcast(x._array.shape, other._array.shape)


@before("bincount")
def bincount(x, weights=None, minlength=0):
    if x._array.dtype.kind not in "iu":
        raise no_kernel("bincount_cpu", x._array.dtype)
    told = "bincount only supports 1-d non-negative integral inputs."
    demand(ndim(x) == 1 and not np.any(x._array < 0), told)
    demand(minlength >= 0, "minlength should be >= 0")
    told = "weights should be 1-d and have the same length as input"
    demand(weights is None or weights._array.shape == x._array.shape, told)


@before("trapezoid", "trapz", "cumulative_trapezoid")
def trapezoid(y, x=None, *, dx=None, dim=-1):
    if x is not None and ndim(x) == 1:
        told = "trapezoid: There must be one `x` value for each sample point"
        demand(len(x._array) == y._array.shape[dim_of(dim, ndim(y))], told)


@before("repeat_interleave")
def repeat_interleave(x, repeats=None, dim=None, *, output_size=None):
    counts = x if repeats is None else repeats
    if repeats is None:
        demand(ndim(x) == 1, "repeat_interleave only accept 1D vector as repeat")
    if not isinstance(counts, Tensor):
        demand(counts >= 0, "Repeats must be non-negative")
        made = counts * (x._array.size if dim is None else x._array.shape[dim_of(dim, ndim(x))] if ndim(x) else 1)
        demand(output_size in (None, made), f"repeat_interleave: Invalid output_size, expected {made} but got {output_size}")
        return
    demand(output_size in (None, int(counts._array.sum())), "allocated size does not match required size")
    if repeats is not None:
        many = repeats._array.shape
        demand(len(many) < 2, "repeats must be 0-dim or 1-dim tensor")
        along = 0 if dim is None else dim_of(dim, ndim(x))
        n = x._array.size if dim is None or not ndim(x) else x._array.shape[along]
        told = "repeats must have the same size as input along dim, but got repeats.size(0) = {} and input.size({}) = {}"
        demand(many in ((), (1,), (n,)), told.format(*many or (1,), along, n))
    if counts._array.dtype not in (np.int32, np.int64):
        raise no_kernel("repeat_interleave_cpu", counts._array.dtype)


@before("histc")
def histc(x, bins=100, min=0, max=0):
    demand(bins > 0, f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    lacking = {"b": "linspace_cpu", "c": "aminmax_cpu" if min == max and x._array.size else "histogram_cpu"}
    if (dtype := x._array.dtype).kind in "biuc":
        raise no_kernel(lacking.get(dtype.kind, "histogram_cpu"), dtype)
    finite = math.isfinite(min) and math.isfinite(max)
    demand(finite, f"torch.histc: range of [{min:g}, {max:g}] is not finite")
    demand(min <= max, "torch.histc: max must be larger than min")


@before("float_power_")
def float_power_(x, exponent):
    wanted = "Double" if x._array.dtype.kind != "c" else "ComplexDouble"
    told = f"the base given to float_power_ has dtype {kind(x)} but the operation's result requires dtype {wanted}"
    demand(kind(x) == wanted, told)


@before("norm")
def norm(x, p="fro", dim=None, keepdim=False, dtype=None):
    demand(isinstance(x, Tensor), f"'{kind_of(x)}' object has no attribute 'layout'", AttributeError)
    if isinstance(p, str):
        demand(not isinstance(dim, float), "object of type 'float' has no len()", TypeError)
        demand(p in ("fro", "nuc"), f"linalg.matrix_norm: Order {p} not supported.")
        every = " ".join(map(str, range(ndim(x))))
        demand(p == "fro" or dim is not None or ndim(x) == 2, f"linalg.matrix_norm: dim must be a 2-tuple. Got {every}")
        demand(p == "fro" or dim is None or not isinstance(dim, int), f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    vector_norm(x)


@before("linalg.vector_norm")
def vector_norm(x, *args, **named):
    floating("linalg.vector_norm", x)


@before("unique")
def unique(x, sorted=True, return_inverse=False, return_counts=False, dim=None):
    _flags("_unique2", x, sorted=sorted, return_inverse=return_inverse, return_counts=return_counts)
    if dim is not None:
        must_be(int, "unique_dim", "dim", dim, 2)
        dim_of(dim, ndim(x))


@before("unique_consecutive")
def unique_consecutive(x, return_inverse=False, return_counts=False, dim=None):
    _flags("unique_consecutive", x, return_inverse=return_inverse, return_counts=return_counts)
    if dim is not None:
        must_be(int, "unique_consecutive", "dim", dim)
        dim_of(dim, ndim(x))


@before("lu")
def lu(x, pivot=True, get_infos=False):
    _flags("_lu_with_info", x, pivot=pivot)
    told = f"torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: {list(x.shape)} instead"
    demand(ndim(x) >= 2, told)


def _flags(word, x, **flags) -> None:
    demand(isinstance(x, Tensor), f"{word}(): argument 'input' (position 1) must be Tensor, not {kind_of(x)}", TypeError)
    for name, value in flags.items():
        demand(isinstance(value, bool), f"{word}(): argument '{name}' must be bool, not {kind_of(value)}", TypeError)


def _ranking(word: str, default: int | None = None):
    """There is something along ``dim`` to choose from."""

    def ask(x, dim=default, keepdim=False):
        if dim is not None:
            at = dim_of(dim, ndim(x))
            if ndim(x) and not x._array.shape[at]:
                raise empty_dim(word, at)

    return ask


for _word, _default in {"argmax": None, "argmin": None, "median": None, "nanmedian": None, "mode": -1}.items():
    before(_word)(_ranking(_word, _default))


@before("aminmax")
def aminmax(x, *, dim=None, keepdim=False):
    if dim is None:
        demand(x._array.size, "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    elif ndim(x):
        told = f"aminmax: Expected reduction dim {dim_of(dim, ndim(x))} to have non-zero size."
        demand(x._array.shape[dim_of(dim, ndim(x))], told, IndexError)


@before("std", "var", "std_mean", "var_mean", "any", "all", "nansum", "nanmean", "count_nonzero", "logsumexp")
def over(x, dim=None, *rest, **named):
    """There are such dimensions: NumPy lets a number have any."""
    if not ndim(x) and dim is not None and not isinstance(dim, bool):
        for d in dim if isinstance(dim, (tuple, list)) else (dim,):
            dim_of(d, 0)


@before("flatten")
def flatten(x, start_dim=0, end_dim=-1):
    start, end = dim_of(start_dim, ndim(x)), dim_of(end_dim, ndim(x))
    demand(start <= end, "flatten() has invalid args: start_dim cannot come after end_dim")


@before("istft")
def istft(x, n_fft, *rest, **named):
    demand(isinstance(n_fft, int), f"istft(): argument 'n_fft' (position 2) must be int, not {kind_of(n_fft)}", TypeError)
    told = "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
    demand(x._array.dtype.kind == "c", told)


@before(*"bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm".split())
def bits(x, other):
    """Shapes are compared before kinds of numbers."""
    if isinstance(x, Tensor) and isinstance(other, Tensor):
        broadcast(x._array.shape, other._array.shape)


# ---------------------------------------------------------------------- matrices


def _square(word: str):
    def ask(x, *rest, **named):
        demand(ndim(x) >= 2, f"{word}: The input tensor A must have at least 2 dimensions.")
        n, m = x._array.shape[-2:]
        demand(n == m, f"{word}: A must be batches of square matrices, but they are {n} by {m} matrices")
        told = f"{word}: Expected a floating point or complex tensor as input. Got {kind(x)}"
        demand(x._array.dtype.kind in dtypes.DIFFERENTIABLE, told)

    return ask


for _word in "inv det slogdet cholesky eigh matrix_exp".split():
    before(f"linalg.{_word}")(_square(f"linalg.{_word}"))
before("linalg.inv_ex", "inverse")(_square("linalg.inv"))
before("linalg.cholesky_ex")(_square("linalg.cholesky"))
before("linalg.eigvalsh")(_square("linalg.eigh"))
before("logdet")(_square("logdet"))
before("matrix_exp")(_square("linalg.matrix_exp"))
before("cholesky_inverse")(_square("cholesky_inverse"))
before("det")(_square("linalg.det"))
before("slogdet")(_square("linalg.slogdet"))


@before("matrix_power", "linalg.matrix_power")
def matrix_power(x, n):
    demand(isinstance(n, int), f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {kind_of(n)}", TypeError)
    demand(ndim(x) >= 2, "linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    rows, columns = x._array.shape[-2:]
    told = f"linalg.matrix_power: A must be batches of square matrices, but they are {rows} by {columns} matrices"
    demand(rows == columns, told)


@before("linalg.svd", "linalg.svdvals")
def svd(x, *rest, **named):
    demand(ndim(x) >= 2, "linalg.svd: The input tensor A must have at least 2 dimensions.")


@before("linalg.qr", "qr")
def qr(x, *rest, **named):
    demand(ndim(x) >= 2, "linalg.qr: The input tensor A must have at least 2 dimensions.")


@before("svd")
def svd_of_old(x, *rest, **named):
    demand(ndim(x) >= 2, f"linalg.svd: input should have at least 2 dimensions, but has {ndim(x)} dimensions instead")


@before("frexp")
def frexp(x):
    demand(kind(x) in ("Float", "Double", "Half", "BFloat16"), "torch.frexp() only supports floating-point dtypes")


@before("linalg.pinv", "pinverse")
def pinv(x, *rest, **named):
    told = "expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"
    told = f"linalg.pinv({kind(x)}{{{list(x.shape)}}}): {told}"
    demand(ndim(x) >= 2, told)


@before("linalg.matrix_norm")
def matrix_norm(x, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    demand(ndim(x) >= 2, "linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")


@before("linalg.norm")
def linalg_norm(x, ord=None, dim=None, keepdim=False, *, dtype=None):
    if isinstance(ord, str):
        demand(ord in ("fro", "nuc"), f"linalg.matrix_norm: Order {ord} not supported.")
    told = "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D."
    demand(ord is None or dim is not None or ndim(x) in (1, 2), told.format(ndim(x)))
    if isinstance(ord, str) and isinstance(dim, (int, tuple, list)):
        dims = (dim,) if isinstance(dim, int) else dim
        demand(len(dims) == 2, f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    vector_norm(x)


@before("linalg.cross")
def linalg_cross(x, other, *, dim=-1):
    a, b = x._array.shape, other._array.shape
    demand(len(a) == len(b), "linalg.cross: inputs must have the same number of dimensions.")
    demand(a, f"Dimension specified as {dim} but tensor has no dimensions", IndexError)
    at = dim_of(dim, len(a))
    told = f"linalg.cross: inputs dimension {dim} must have length 3. Got {a[at]} and {b[at]}"
    demand(a[at] == b[at] == 3, told)


@before("linalg.multi_dot")
def multi_dot(matrices):
    demand(len(matrices) > 1, f"multi_dot(): expected at least 2 tensors but got {len(matrices)}")
    for where, matrix in (("first", matrices[0]), ("last", matrices[-1])):
        demand(ndim(matrix) in (1, 2), f"multi_dot(): the {where} tensor must be 1D or 2D but got {ndim(matrix)}D")
    chained(matrices)


@before("linalg.lstsq")
def lstsq(a, b, *rest, **named):
    rows = b._array.shape[-2 if ndim(a) == ndim(b) else -1]
    demand(a._array.shape[-2] == rows, "torch.linalg.lstsq: input.size(-2) should match other.size(-2)")


@before("linalg.solve_triangular")
def solve_triangular(a, b, *, upper, left=True, unitriangular=False):
    for name, t in (("A", a), ("B", b)):
        demand(ndim(t) >= 2, f"linalg.solve_triangular: The input tensor {name} must have at least 2 dimensions.")


@before("addmm")
def addmm(x, a, b, *, beta=1, alpha=1):
    told = f"self and mat2 must have the same dtype, but got {kind(x)} and {kind(b)}"
    demand(x._array.dtype == b._array.dtype, told)


@before("linalg.solve", "linalg.solve_ex")
def solve(a, b, *, left=True, check_errors=False):
    _square("linalg.solve")(a)
    told = f"but found A of type {kind(a)} and B of type {kind(b)} instead"
    demand(a._array.dtype == b._array.dtype, f"linalg.solve: Expected A and B to have the same dtype, {told}")
    demand(ndim(b), "linalg.solve: The input tensor B must have at least 2 dimensions.")
    vector = ndim(b) == 1 or b._array.shape == a._array.shape[:-1]
    n, shape = a._array.shape[-1], (*b._array.shape, 1) if vector else b._array.shape
    told = (
        f"linalg.solve: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
        f"({a._array.shape[-2]}x{n} and {shape[-2]}x{shape[-1]})"
    )
    demand(shape[-2 if left else -1] == n, told)


@before("tril_indices", "triu_indices")
def corner_indices(row, col, offset=0, **named):
    demand(row >= 0, f"row must be non-negative, got{row}")
    demand(col >= 0, f"col must be non-negative, got{col}")
