"""Symmetric matrices that need not be positive: Bunch and Kaufman's L D L', by LAPACK. Not differentiated, as in PyTorch."""

from __future__ import annotations

import numpy as np

from ..device import on_the_host
from ..namespaces import NUMPY
from ..return_types import returned
from .create import leaf
from .underivable import underivable


def _lapack(name, hermitian, *arrays):
    kind = "he" if hermitian and arrays[0].dtype.kind == "c" else "sy"
    return NUMPY._linalg().get_lapack_funcs((kind + name,), arrays)[0]


def _factored(x, hermitian):
    array = x._array
    packed, pivots = np.empty(array.shape, array.dtype), np.empty(array.shape[:-1], np.int32)
    info = np.zeros(array.shape[:-2], np.int32)
    factor = _lapack("trf", hermitian, array)
    for place in np.ndindex(array.shape[:-2]):
        ldu, order, info[place] = factor(np.tril(array[place]), lower=1)
        packed[place], pivots[place] = np.tril(ldu), order
    found = leaf(packed), leaf(pivots), leaf(info[()])
    return (underivable("aten::linalg_ldl_factor_ex", found[0], x), *found[1:])


@on_the_host
def ldl_factor_ex(x, *, hermitian=False, check_errors=False):
    """(L and D in one matrix, exchanges, 0 for success or the number of the first pivot that is 0), from the lower triangle."""
    found = _factored(x, hermitian)
    if check_errors:
        _check(found[2], "linalg.ldl_factor_ex")
    return returned("linalg_ldl_factor_ex")(*found)


@on_the_host
def ldl_factor(x, *, hermitian=False):
    """(L and D in one matrix, exchanges) with L D L' = x, of which the lower triangle is read."""
    found = _factored(x, hermitian)
    _check(found[2], "torch.linalg.ldl_factor_ex")
    return returned("linalg_ldl_factor")(*found[:2])


def _check(info, word):
    from .singular import LinAlgError

    if info._array.any():
        first = int(np.asarray(info._array).flat[np.flatnonzero(info._array)[0]])
        raise LinAlgError(f"{word}: The matrix is singular: D[{first},{first}] is zero.")


@on_the_host
def ldl_solve(LD, pivots, B, *, hermitian=False):
    """The solution of a system from ``ldl_factor``'s answer."""
    a, order, b = LD._array, pivots._array, B._array
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, order = np.broadcast_to(a, (*lead, *a.shape[-2:])), np.broadcast_to(order, (*lead, order.shape[-1]))
    b = np.broadcast_to(b, (*lead, *b.shape[-2:]))
    out, solve = np.empty(b.shape, b.dtype), _lapack("trs", hermitian, a, b)
    for place in np.ndindex(lead) if b.size else ():
        out[place], _ = solve(a[place], order[place], b[place], lower=1)
    return underivable("aten::linalg_ldl_solve", leaf(out), LD, B)
