"""Which kinds of numbers words do not take, in PyTorch's sentences: matrices of integers, booleans in order, and the like.

What a primitive refuses stands in refusals.py; here are the words that are made of several, or that NumPy would answer.
"""

from __future__ import annotations

import math

from .. import dtypes
from ..device import values_of
from ..refusals import differing, exception, no_kernel, real_slopes
from ..tensor import Tensor
from .convert import dim_of
from .preconditions import before, demand, kind, ndim

# word -> (kinds of numbers, PyTorch's name of the kernel that has no code for them, or its sentence, as in refusals.py)
_NO_KERNEL = {
    **dict.fromkeys("linalg.lu linalg.lu_factor linalg.lu_factor_ex lu".split(), ("biu", "lu_cpu")),
    "geqrf": ("biu", "geqrf_cpu"),
    "kthvalue": ("b", "kthvalue_cpu"), "trace": ("b", "trace"),
    "argsort": ("c", "! Sort does not support complex dtypes on CPU"),
    "heaviside": ("c", "!heaviside is not yet implemented for complex tensors."),
    **{word: ("c", f"!{word} does not support complex inputs.") for word in ("isposinf", "isneginf")},
    **dict.fromkeys(("cross", "linalg.cross"), ("b", "cross")),
}  # fmt: skip


def _without_kernel(kinds: str, kernel: str):
    def asked(x, *args, **named):
        if x._array.dtype.kind in kinds:
            raise exception(kernel, x._array.dtype)

    return asked


for _word, (_kinds, _kernel) in _NO_KERNEL.items():
    before(_word)(_without_kernel(_kinds, _kernel))


def floating(word: str, x) -> None:
    """Raise for a matrix of integers."""
    if x._array.dtype.kind in "biu":
        raise RuntimeError(f"{word}: Expected a floating point or complex tensor as input. Got {kind(x)}")


@before("unique_consecutive")
def unique_consecutive(x, return_inverse=False, return_counts=False, dim=None):
    if x._array.dtype.kind == "c":
        raise no_kernel("unique" if dim is None else "unique_dim", x._array.dtype)


@before("linalg.eig", "linalg.eigvals")
def eig(x):
    demand(x._array.dtype.kind not in "biu", f"Unknown Complex ScalarType for {kind(x)}")


@before("linalg.cond")
def cond(x, p=None):
    floating("linalg.svd" if p in (None, "nuc", 2, -2) else "linalg.inv", x)


@before("linalg.matrix_norm")
def matrix_norm(x, *args, **named):
    floating("linalg.matrix_norm", x)


@before("linalg.pinv", "pinverse")
def pinv(x, *args, **named):
    told = "expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"
    demand(x._array.dtype.kind not in "biu", f"linalg.pinv({kind(x)}{{{list(x.shape)}}}): {told}")


@before("svd")
def svd(x, *args, **named):
    floating("linalg.svd", x)


@before("qr")
def qr(x, *args, **named):
    floating("linalg.qr", x)


@before("linalg.matrix_rank")
def matrix_rank(x, tol=None, hermitian=False, **named):
    demand(
        x._array.dtype.itemsize > 2 and x._array.dtype.kind in "fc",
        "This function doesn't handle types other than float and double",
    )
    if hermitian and ndim(x) > 1:
        rows, columns = x._array.shape[-2:]
        told = f"linalg.eigh: A must be batches of square matrices, but they are {rows} by {columns} matrices"
        demand(rows == columns, told)


@before("linalg.lstsq")
def lstsq(a, b, *args, **named):
    told = f"but got input's dtype {kind(a)} and other's dtype {kind(b)}"
    demand(kind(a) == kind(b), f"torch.linalg.lstsq: Expected input and other to have the same dtype, {told}")
    demand(a._array.dtype.kind not in "biu", "This function doesn't handle types other than float and double")


@before("linalg.householder_product", "orgqr")
def householder_product(x, tau):
    demand(ndim(x) >= 2, "torch.linalg.householder_product: input must have at least 2 dimensions.")
    reflecting("torch.linalg.householder_product", x, tau)
    word, rows, columns, many = "torch.linalg.householder_product", *x._array.shape[-2:], tau._array.shape[-1]
    demand(rows >= columns, f"{word}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    demand(columns >= many, f"{word}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    demand(kind(tau) == kind(x), f"{word}: tau dtype {kind(tau)} does not match input dtype {kind(x)}")
    if x._array.dtype.kind in "biu":
        raise no_kernel("orgqr_cpu", x._array.dtype)


def reflecting(word, x, tau):
    """Raise unless ``tau`` has a number for each reflection of ``x``: a dimension less."""
    told = f"but got tau.ndim equal to {ndim(tau)} and input.ndim is equal to {ndim(x)}"
    demand(ndim(x) - ndim(tau) == 1, f"{word}: Expected tau to have one dimension less than input, {told}")


@before("linalg.vecdot")
def vecdot(x, y, *, dim=-1):
    floating("linalg.vecdot", x)


@before("dist")
def dist(x, other, p=2):
    if (common := dtypes.promote(x._array.dtype, ndim(x), other._array.dtype, ndim(other))).kind in "biu":
        differing(x._array, other._array)
        told = f"norm(): input dtype should be either floating point or complex. Got {dtypes.BY_NUMPY[common].kind} instead."
        raise RuntimeError(told)


@before("cumsum_", "cumprod_")
def cumulated_over(x, dim, *, dtype=None):
    if dtype is not None and dtypes.as_numpy(dtype) != x._array.dtype:
        mine, other = (_IN_CXX.get(of, of) for of in (kind(x), dtypes.BY_NUMPY[dtypes.as_numpy(dtype)].kind))
        raise RuntimeError(f"Bad in-place call: input tensor dtype {mine} and output tensor dtype {other} should match")


_IN_CXX = {"Float": "float", "Double": "double", "Long": "long int", "Int": "int", "Short": "short int", "Char": "signed char",
           "Byte": "unsigned char", "Bool": "bool", "Half": "c10::Half", "BFloat16": "c10::BFloat16",
           "ComplexFloat": "c10::complex<float>", "ComplexDouble": "c10::complex<double>"}  # fmt: skip


@before("linalg.vander")
def vander(x, *, N=None):
    told = f"linalg.vander supports floating point, complex, and integer tensors, but got {kind(x)}"
    demand(x._array.dtype.kind != "b", told)


@before("linalg.lu_solve")
def lu_solve(factors, pivots, b, *, left=True, adjoint=False):
    floating("torch.linalg.lu_solve", factors)


@before("triangular_solve")
def triangular_solve(b, a, upper=True, transpose=False, unitriangular=False):
    told = f"torch.triangular_solve: Expected b to have at least 2 dimensions, but it has {ndim(b)} dimensions instead"
    demand(ndim(b) >= 2, told)
    told = f"Expected b and A to have the same dtype, but found b of type {kind(b)} and A of type {kind(a)} instead."
    demand(kind(a) == kind(b), told)
    (rows, columns), n = b._array.shape[-2:], a._array.shape[-1]
    told = f"each A matrix is {a._array.shape[-2]} by {n} but each b matrix is {rows} by {columns}"
    demand(rows == n, f"Incompatible matrix sizes for triangular_solve: {told}")
    if a._array.dtype.kind in "biu":
        raise no_kernel("triangular_solve_cpu", a._array.dtype)


# ---------------------------------------------------------------------- complex scalars for real tensors


@before(*"addbmm addcdiv addcmul addmm addmv addr baddbmm lerp histc index_add".split())
def real_scalars(x, *args, **named):
    given = (*args, *named.values())
    if any(type(n) is complex and n.imag for n in given):
        held = any(t._array.dtype.kind == "c" for t in (x, *given) if isinstance(t, Tensor))
        demand(held, f"value cannot be converted to type {_IN_C.get(kind(x), 'double')} without overflow")


_IN_C = {
    "Float": "float",
    "Double": "double",
    "Long": "int64_t",
    "Int": "int",
    "Short": "int16_t",
    "Char": "int8_t",
    "Byte": "uint8_t",
}


@before("renorm")
def renorm(x, p, dim, maxnorm):
    for name, value in (("p", p), ("maxnorm", maxnorm)):
        demand(type(value) is not complex, f"renorm: {name} must be real-valued")


@before("searchsorted")
def searchsorted(sorted_sequence, values, **named):
    _ordered(values)


@before("bucketize")
def bucketize(x, boundaries, **named):
    _ordered(x)


def _ordered(values):
    dtype = values._array.dtype if isinstance(values, Tensor) else dtypes.of_number(values)
    if dtype.kind in "bc":
        raise no_kernel("searchsorted_out_cpu", dtype)


@before("addr")
def addr(x, a, b, *, beta=1, alpha=1):
    for name, value in (("beta", beta), ("alpha", alpha)):
        told = f"Boolean {name} only supported for Boolean results."
        demand(type(value) is not bool or x._array.dtype.kind == "b", told)
        told = f"For integral input tensors, argument {name} must not be a floating point number."
        demand(type(value) is not float or x._array.dtype.kind not in "biu", told)


@before("histogramdd", "histogram")
def histogram(x, *args, **named):
    if x._array.dtype.kind not in "fV":
        raise no_kernel("histogramdd", x._array.dtype)


@before("histogramdd")
def histogramdd(x, bins, *args, **named):
    demand(ndim(x) >= 2, "torch.histogramdd: input tensor should have at least 2 dimensions")
    if isinstance(bins, (tuple, list)):
        n, told = x._array.shape[-1], "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        if bins and isinstance(bins[0], Tensor):
            told = f"torch.histogramdd: expected {n} sequences of bin edges for a {n}-dimensional histogram but got {len(bins)}"
        demand(len(bins) == n, told)


# ---------------------------------------------------------------------- booleans


@before("median", "nanmedian")
def median(x, dim=None, keepdim=False):
    if x._array.dtype.kind == "b":
        raise no_kernel("median_cpu" if dim is None else "median_out", x._array.dtype)


def _real_slopes(word: str):
    def asked(x, *args, **named):
        real_slopes(word, *(t for t in (x, *args, *named.values()) if isinstance(t, Tensor)))

    return asked


for _word in ("nan_to_num", "scatter_reduce", "index_reduce", "geqrf"):
    before(_word)(_real_slopes(_word))


def _of_bools(kernel: str):
    def asked(x, a, b, *, beta=1, alpha=1):
        if all(t._array.dtype.kind == "b" for t in (x, a, b)):
            raise no_kernel(kernel, x._array.dtype)

    return asked


for _word, _kernel in {
    "addmm": "addmm_impl_cpu_",
    "addbmm": "addmm_impl_cpu_",
    "addmv": "addmv_impl_cpu",
    "baddbmm": "baddbmm",
}.items():
    before(_word)(_of_bools(_kernel))


def _running(word: str):
    def asked(x, dim=None, *, dtype=None):
        if dtype is not None and dtypes.as_numpy(dtype).kind == "b":
            raise no_kernel(f"{word}_out_cpu", dtypes.as_numpy(dtype))

    return asked


for _word in ("cumsum", "cumprod"):
    before(_word)(_running(_word))


@before("mvlgamma")
def mvlgamma(x, p):
    demand(x._array.dtype.kind != "b", "The input tensor may not be a boolean tensor.")


@before("trapezoid", "trapz")
def trapezoid(y, x=None, *, dx=None, dim=-1):
    _integrable("trapezoid", y, x, dx)


@before("cumulative_trapezoid")
def cumulative_trapezoid(y, x=None, *, dx=None, dim=-1):
    _integrable("cumulative_trapezoid", y, x, dx)


def _integrable(word, y, x, dx):
    demand(not isinstance(dx, (bool, complex)), f"{word}: Currently, we only support dx as a real number")
    if any(t is not None and t._array.dtype.kind == "b" for t in (y, x)):
        told = "`y`" if x is None else "`x` or `y`"
        raise RuntimeError(f"{word}: received a bool input for {told}, but bool is not supported")


@before("isin")
def isin(elements, test_elements, **named):
    for x in (elements, test_elements):
        of = kind(x) if isinstance(x, Tensor) else dtypes.BY_NUMPY[dtypes.of_number(x)].kind
        demand(of != "Bool" and "Complex" not in of, f"Unsupported input type encountered for isin(): {of}")


@before("ldexp")
def ldexp(x, other):
    if x._array.dtype.kind in "fV" and isinstance(other, Tensor) and other._array.dtype.kind == "b":
        raise no_kernel("ldexp_cpu_exp", other._array.dtype)


@before("heaviside", "heaviside_")
def heaviside(x, values):
    demand(
        not isinstance(values, Tensor) or kind(x) == kind(values),
        "heaviside is not yet implemented for tensors with different dtypes.",
    )


@before("round")
def round(x, *, decimals=0):
    if decimals and x._array.dtype.kind in "biu":
        raise no_kernel("round_cpu", x._array.dtype)


@before("cov")
def cov(x, *, correction=1, fweights=None, aweights=None):
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is not None:
            told = f"but got {name} with {ndim(weights)} dimensions"
            demand(ndim(weights) < 2, f"cov(): expected {name} to have one or fewer dimensions {told}")
            wanted, kinds = ("integral", "iu") if name == "fweights" else ("floating point", "f")
            told = f"cov(): expected {name} to have {wanted} dtype but got {name} with {kind(weights)} dtype"
            demand(weights._array.dtype.kind in kinds, told)
            many, n = weights._array.size, x._array.shape[-1] if ndim(x) else 1
            told = f"cov(): expected {name} to have the same numel as there are observations in the input but got {many} != {n}"
            demand(many == n, told)
            demand((values_of(weights) >= 0).all(), f"cov(): {name} cannot be negative")


@before("diff")
def diff(x, n=1, dim=-1, prepend=None, append=None):
    for other in (prepend, append):
        demand(other is None or ndim(other) == ndim(x), "diff expects prepend or append to be the same dimension as input")
        for i, (size, beside) in enumerate(() if other is None else zip(x._array.shape, other._array.shape)):
            told = "diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension"
            told = f"{told}; input.size({i}) = {size}, but got tensor.size({i}) = {beside}"
            demand(size == beside or i == dim_of(dim, ndim(x)), told)


@before(*(f"fft.{word}" for word in "fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 fftn ifftn rfftn irfftn hfftn ihfftn".split()))
def transformed(x, s=None, dim=None, norm=None):
    if not ndim(x) and dim is not None:
        told = (
            f"Dimension specified as {dim[0] if isinstance(dim, (tuple, list)) and dim else dim} but tensor has no dimensions"
        )
        demand(isinstance(dim, (tuple, list)) and not dim, told, IndexError)


@before("fft.fftshift", "fft.ifftshift")
def shifted(x, dim=None):
    demand(dim is None or isinstance(dim, int) or len(dim), "`shifts` required")


@before("linalg.tensorsolve")
def tensorsolve(a, b, dims=None):
    if dims is not None:
        shape = [n for d, n in enumerate(a._array.shape) if d not in [e % ndim(a) for e in dims]]
        shape += [a._array.shape[d] for d in dims]
        last, first = math.prod(shape[ndim(b) :]), math.prod(shape[: ndim(b)])
        told = "prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim])"
        demand(last == first, f"Expected self to satisfy the requirement {told}, but got {last} != {first}")
    told = f"but found A of type {kind(a)} and B of type {kind(b)} instead"
    demand(kind(a) == kind(b), f"linalg.solve: Expected A and B to have the same dtype, {told}")


def _some(word: str):
    def asked(*tensors):
        given = tensors[0] if len(tensors) == 1 else tensors
        demand(not isinstance(given, (tuple, list)) or given, f"{word} expects a non-empty TensorList")

    return asked


for _word in ("hstack", "vstack", "dstack", "column_stack"):
    before(_word)(_some(_word))
