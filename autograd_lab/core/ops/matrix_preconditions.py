"""What words of linear algebra ask of their matrices, in PyTorch's sentences."""

from __future__ import annotations

import math

import numpy as np

from ..device import values_of
from ..mistakes import along
from ..refusals import no_kernel
from .convert import dim_of
from .kind_preconditions import floating, reflecting
from .preconditions import before, demand, kind, ndim


def _matrices(sentence: str):
    """Ask for at least 2 dimensions; the sentence may tell the size."""

    def asked(x, *args, **named):
        demand(ndim(x) >= 2, sentence.format(list(x.shape)))

    return asked


for _word, _sentence in {
    "linalg.matrix_rank": "torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.",
    "linalg.lu": "linalg.lu: Expected tensor with 2 or more dimensions. Got size: {} instead",
    **dict.fromkeys(
        ("linalg.lu_factor", "linalg.lu_factor_ex"),
        "torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: {} instead",
    ),
    "linalg.cond": "linalg.cond: The input tensor must have at least 2 dimensions.",
    "geqrf": "torch.geqrf: input must have at least 2 dimensions.",
}.items():
    before(_word)(_matrices(_sentence))


@before("pca_lowrank", "svd_lowrank")
def low_rank(x, *args, **named):
    demand(ndim(x) >= 2, f"not enough values to unpack (expected 2, got {ndim(x)})", ValueError)


@before("linalg.lstsq")
def lstsq(a, b, rcond=None, *, driver=None):
    demand(ndim(a) >= 2, "torch.linalg.lstsq: input must have at least 2 dimensions")
    demand(ndim(b) >= 1, "torch.linalg.lstsq: other must have at least 1 dimension")
    vector = ndim(a) - 1 == ndim(b) and b._array.shape == a._array.shape[:-1]
    narrow = vector or ndim(b) == 1
    demand(
        b._array.shape[-1 if narrow else -2] == a._array.shape[-2],
        f"torch.linalg.lstsq: input.size(-2) should match other.size({-1 if narrow else -2})",
    )
    drivers = ("gels", "gelsy", "gelsd", "gelss")
    told = f"torch.linalg.lstsq: parameter `driver` should be one of ({', '.join(drivers)})"
    demand(driver in (None, *drivers), told)


@before("linalg.svdvals")
def svdvals(x, *, driver=None):
    floating("linalg.svd", x)


@before("linalg.svd")
def svd(x, full_matrices=True, *, driver=None):
    floating("linalg.svd", x)


@before("linalg.qr")
def qr(x, mode="reduced"):
    floating("linalg.qr", x)


@before("linalg.eig", "linalg.eigvals")
def eig(x):
    if x._array.dtype.kind in "fc":
        demand(np.isfinite(values_of(x)).all(), "torch.linalg.eig: input tensor should not contain infs or NaNs.")


@before("linalg.ldl_factor", "linalg.ldl_factor_ex")
def ldl_factor(x, *, hermitian=False, check_errors=False):
    demand(ndim(x) >= 2, "torch.linalg.ldl_factor_ex: The input tensor A must have at least 2 dimensions.")
    n, m = x._array.shape[-2:]
    demand(n == m, f"torch.linalg.ldl_factor_ex: A must be batches of square matrices, but they are {n} by {m} matrices")
    floating("torch.linalg.ldl_factor_ex", x)
    if x._array.dtype.itemsize == 2:
        raise no_kernel("ldl_factor_kernel_cpu", x._array.dtype)


@before("linalg.ldl_solve")
def ldl_solve(LD, pivots, B, *, hermitian=False):
    word = "torch.linalg.ldl_solve"
    demand(ndim(LD) >= 2, f"{word}: The input tensor A must have at least 2 dimensions.")
    n, m = LD._array.shape[-2:]
    demand(n == m, f"{word}: A must be batches of square matrices, but they are {n} by {m} matrices")
    floating(word, LD)
    demand(ndim(B), "Dimension specified as -2 but tensor has no dimensions", IndexError)
    dim_of(-2, ndim(B))  # a right side is a matrix
    rows, columns = B._array.shape[-2:]
    told = f"each A matrix is {n} by {n} but each b matrix is {rows} by {columns}"
    demand(rows == n, f"Incompatible matrix sizes for {word}: {told}")
    told = f"Expected b and A to have the same dtype, but found b of type {kind(B)} and A of type {kind(LD)} instead."
    demand(kind(B) == kind(LD), told)
    demand(pivots._array.dtype.kind in "iu", f"{word}: Expected pivots to be integers. Got {kind(pivots)}")
    told = f"{word}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} instead"
    demand(pivots._array.shape == LD._array.shape[:-1], told)


# ---------------------------------------------------------------------- norms


@before("linalg.matrix_norm")
def matrix_norm(x, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    if isinstance(dim, int):
        raise TypeError("linalg.matrix_norm(): argument 'dim' must be tuple of ints, not int")
    demand(ndim(x) >= 2, "linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    demand(len(dim) == 2, f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    if isinstance(ord, str):
        demand(ord in ("fro", "nuc"), f"linalg.matrix_norm: Order {ord} not supported.")
    else:
        demand(abs(ord) in (1, 2, math.inf), f"linalg.matrix_norm: Order {ord:g} not supported.")
    rows, columns = (d % ndim(x) if -ndim(x) <= d < ndim(x) else d for d in dim)
    demand(rows != columns, f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")


@before("linalg.norm")
def norm(x, ord=None, dim=None, keepdim=False, *, dtype=None):
    demand(
        dim is None or isinstance(dim, int) or len(dim) in (1, 2),
        "linalg.norm: If dim is specified, it must be of length 1 or 2.",
    )
    pair = isinstance(dim, (tuple, list)) and len(dim) == 2
    if isinstance(ord, str) or (ord is not None and pair):
        matrix_norm(x, ord, dim if pair else (-2, -1))


@before("linalg.cond")
def cond(x, p=None):
    if p not in (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        shown = p if isinstance(p, str) else f"{p:g}"
        raise RuntimeError(f"linalg.cond got an invalid norm type: {shown}")


@before("renorm")
def renorm(x, p, dim, maxnorm):
    floating("linalg.vector_norm", x)
    demand(p > 0, "renorm: non-positive-norm not supported")
    demand(maxnorm >= 0, f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    demand(ndim(x) > 1, f"renorm: input needs at least 2 dimensions, got {ndim(x)} dimensions")


@before("pdist")
def pdist(x, p=2.0):
    demand(ndim(x) == 2, f"pdist only supports 2D tensors, got: {ndim(x)}D")
    demand(p >= 0, "pdist only supports non-negative p values")


# ---------------------------------------------------------------------- products


@before("tensordot")
def tensordot(a, b, dims=2):
    if isinstance(dims, (tuple, list)) and len(dims) == 2 and all(isinstance(d, (tuple, list)) for d in dims):
        demand(len(dims[0]) == len(dims[1]), "both dimension lists should have same length")


@before("linalg.tensorsolve")
def tensorsolve(a, b, dims=None):
    if dims is None:
        last, first = math.prod(a._array.shape[ndim(b) :]), b._array.size
        told = "prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim])"
        demand(last == first, f"Expected self to satisfy the requirement {told}, but got {last} != {first}")


@before("linalg.solve_triangular")
def solve_triangular(a, b, *, upper, left=True, unitriangular=False):
    if ndim(a) >= 2:
        rows, columns = a._array.shape[-2:]
        told = f"A must be batches of square matrices, but they are {rows} by {columns} matrices"
        demand(rows == columns, f"linalg.solve_triangular: {told}")
        _equations("linalg.solve_triangular", a, b, left)


def _equations(word, a, b, left):
    """The rows, or without ``left`` the columns, of b are as many as a has."""
    if ndim(b) >= 2:
        shown, told = " and ".join(f"{t._array.shape[-2]}x{t._array.shape[-1]}" for t in (a, b)), "AX = B" if left else "XA = B"
        fits = b._array.shape[-2 if left else -1] == a._array.shape[-1]
        demand(fits, f"{word}: Incompatible shapes of A and B for the equation {told} ({shown})")


@before("inner")
def inner(x, other):
    if ndim(x) and ndim(other):
        told = f"inner() the last dimension must match on both input tensors but got shapes {list(x.shape)} and {list(other.shape)}"
        demand(x._array.shape[-1] == other._array.shape[-1], told)


@before("cross")
def cross(x, other, dim=None):
    if dim is None:
        demand(3 in x._array.shape, "no dimension of size 3 in input")


@before("ormqr")
def ormqr(x, tau, other, left=True, transpose=False):
    demand(ndim(x) >= 2, "torch.ormqr: input must have at least 2 dimensions.")
    demand(ndim(other) >= 2, "torch.ormqr: other must have at least 2 dimensions.")
    side = -2 if left else -1
    rows, columns, size = *x._array.shape[-2:], other._array.shape[side]
    told = f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]"
    demand(not ndim(tau) or size >= tau._array.shape[-1], told)
    demand(size == rows, f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    told = f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])"
    demand(not ndim(tau) or tau._array.shape[-1] == min(size, columns), told)
    reflecting("torch.ormqr", x, tau)
    for name, t in (("tau", tau), ("other", other)):
        told = f"but input has dtype{kind(x)} and {name} has dtype {kind(t)}"
        demand(kind(x) == kind(t), f"torch.ormqr: Expected input and {name} to have the same dtype, {told}")


@before("cholesky_solve")
def cholesky_solve(b, a, upper=False):
    for name, t in (("b", b), ("u", a)):
        demand(ndim(t) >= 2, f"{name} should have at least 2 dimensions, but has {ndim(t)} dimensions instead")
    told = f"Expected b and A to have the same dtype, but found b of type {kind(b)} and A of type {kind(a)} instead."
    demand(kind(a) == kind(b), told)
    (n, m), rows = a._array.shape[-2:], b._array.shape[-2]
    demand(n == m, f"A must be batches of square matrices, but they are {n} by {m} matrices")
    told = f"Incompatible matrix sizes for cholesky_solve: each A matrix is {n} by {n} but each b matrix is {rows} by {b._array.shape[-1]}"
    demand(n == rows, told)
    if b._array.dtype.kind in "biu":
        raise no_kernel("cholesky_solve_cpu", b._array.dtype)


@before("cov")
def cov(x, **named):
    told = f"cov(): expected input to have two or fewer dimensions but got an input with {ndim(x)} dimensions"
    demand(ndim(x) <= 2, told)


@before("corrcoef")
def corrcoef(x):
    told = f"corrcoef(): expected input to have two or fewer dimensions but got an input with {ndim(x)} dimensions"
    demand(ndim(x) <= 2, told)


@before("linalg.vander")
def vander(x, *, N=None):
    length = x._array.shape[-1] if ndim(x) else 1
    demand((length if N is None else N) > 1, "N must be greater than 1.")


@before("linalg.tensorinv")
def tensorinv(x, ind=2):
    demand(ind > 0, f"Expected a strictly positive integer for 'ind', but got {ind}")
    last, first = math.prod(x._array.shape[ind:]), math.prod(x._array.shape[:ind])
    told = (
        f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {last} != {first}"
    )
    demand(last == first, told)


@before("lu_unpack")
def lu_unpack(factors, pivots, unpack_data=True, unpack_pivots=True):
    if unpack_pivots:
        told = "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype."
        told += "\nNote: this function is intended to be used with the output produced by torch.linalg.lu_factor"
        demand(pivots._array.dtype == np.int32, told)


@before("linalg.lu_solve")
def lu_solve(factors, pivots, b, *, left=True, adjoint=False):
    word = "linalg.lu_solve"
    told = f"{word}: Expected LU and B to have the same dtype, but found LU of type {kind(factors)} and B of type {kind(b)} instead"
    demand(kind(factors) == kind(b), told)
    demand(pivots._array.dtype == np.int32, f"{word}: pivots should be a Tensor of scalar type torch.int32")
    demand(ndim(factors) >= 2, f"torch.{word}: The input tensor A must have at least 2 dimensions.")
    n, m = factors._array.shape[-2:]
    demand(n == m, f"torch.{word}: A must be batches of square matrices, but they are {n} by {m} matrices")
    demand(ndim(b) >= 2, f"{word}: The input tensor B must have at least 2 dimensions.")
    _equations(word, factors, b, left)
    many = along(pivots._array.shape, -1)
    demand(many == n, f"{word}: Number of pivots per batch should be same as the dimension of the matrix")
    told = f"{word}: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} instead"
    demand(pivots._array.shape == factors._array.shape[:-1], told)
    places, asked = values_of(pivots), "Did you properly pass the result of lu_factor?"
    demand((places >= 1).all(), f"Pivots given to lu_solve must all be greater or equal to 1. {asked}")
    demand((places <= n).all(), f"Pivots given to lu_solve must all be smaller or equal to LU.size(-2). {asked}")
