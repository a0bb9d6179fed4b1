"""What products of matrices refuse: operands of two dtypes, and batches that do not go together. PyTorch's words."""

from __future__ import annotations

from .. import dtypes
from ..mistakes import check_expand, dimension

_C_NAMES = {"float64": "double", "float32": "float", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "int64": "long int",
            "int32": "int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char", "complex64": "c10::complex<float>",
            "complex128": "c10::complex<double>"}  # fmt: skip


def _c_name(x) -> str:
    name = x.dtype.name
    return _C_NAMES.get(name, name)


def _kind(x) -> str:
    return dtypes.BY_NUMPY[x._array.dtype].kind


def check_mm(x, y) -> None:
    """Matrices."""
    if x._array.dtype != y._array.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {_c_name(x)} != {_c_name(y)}")


def check_bmm(x, y) -> None:
    """Two batches of matrices, three-dimensional."""
    if x._array.dtype != y._array.dtype:
        raise RuntimeError(f"expected scalar type {_kind(x)} but found {_kind(y)}")
    check_batch(x, y)


def check_batch(x, y) -> None:
    """Two batches of matrices: as many of one as of the other, and rows as long as columns are."""
    batch, _, inner = x._array.shape
    got = y._array.shape[:2]
    if got != (batch, inner):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {inner}] but got: [{got[0]}, {got[1]}]."
        )


def check_mv(ndim, matrix, vector, size, other=None) -> None:
    """A matrix and a vector, to be added to something of ``ndim`` dimensions and ``size`` elements, ``other`` if it is there."""
    a, b = matrix._array, vector._array
    if ndim > 1 or a.ndim != 2 or b.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {ndim}, {a.ndim}, {b.ndim}")
    rows, columns = a.shape
    if columns != b.size or size not in (rows, 1):
        raise RuntimeError(f"size mismatch, got input ({size}), mat ({rows}x{columns}), vec ({b.size})")
    three = _kind(vector if other is None else other), _kind(matrix), _kind(vector)
    if len(set(three)) > 1:
        raise RuntimeError("addmv input tensors must have the same dtype, but got {}, {}, and {}".format(*three))


def check_dot(x, y) -> None:
    """Two vectors of one size."""
    a, b = x._array, y._array
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {_kind(x)} and {_kind(y)}")
    if a.size != b.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the same number of elements, but got "
            f"{a.size} and {b.size} elements respectively"
        )


def check_inner(x, y) -> None:
    """Two tensors whose dimensions are summed over in pairs."""
    if x._array.dtype != y._array.dtype:
        raise RuntimeError("both inputs should have same dtype")


def check_addmm(x, a, b) -> None:
    """Something to add, and two matrices."""
    for t, which in ((a, "mat1"), (b, "mat2")):
        if t._array.ndim != 2:
            raise RuntimeError(f"{which} must be a matrix, got {t._array.ndim}-D tensor")
    (n, k), (rows, m), shape = a._array.shape, b._array.shape, x._array.shape
    if k != rows:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {rows}x{m})")
    if shape != (m,) and shape != (n, m):  # a bias needs no further look
        check_expand(shape, (n, m), x._array.dtype)
    _check_added(x, a, b)


def _check_added(x, a, b) -> None:
    if x._array.dtype != b._array.dtype:
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {_kind(x)} and {_kind(b)}")
    if a._array.dtype != b._array.dtype:
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {_kind(a)} and {_kind(b)}")


def check_addmv(x, a, b) -> None:
    """Something to add, a matrix and a vector."""
    check_mv(x._array.ndim, a, b, x._array.size, x)


def check_addr(x, a, b) -> None:
    """Something to add, and two vectors."""
    check_vectors("addr", a, "vec1", b)
    check_expand(x._array.shape, (a._array.size, b._array.size), x._array.dtype)


def check_vectors(name, first, first_name, second) -> None:
    """Two vectors."""
    for t, which in ((first, first_name), (second, "vec2")):
        if t._array.ndim != 1:
            raise RuntimeError(f"{name}: Expected 1-D argument {which}, but got {t._array.ndim}-D")


def check_baddbmm(x, a, b) -> None:
    """Something to add, and two batches of matrices."""
    _check_batches(a, b)
    check_expand(x._array.shape, (*a._array.shape[:2], b._array.shape[2]), x._array.dtype)
    if x._array.dtype != a._array.dtype:
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {_c_name(x)}, batch1: {_c_name(a)}, batch2: {_c_name(b)}"
        )
    check_bmm(a, b)


def _check_batches(a, b) -> None:
    for t, which in ((a, "batch1"), (b, "batch2")):
        if t._array.ndim != 3:
            raise RuntimeError(f"{which} must be a 3D tensor")


def check_addbmm(x, a, b) -> None:
    """Something to add, and two batches of matrices whose products are summed."""
    if b._array.ndim < 3 <= a._array.ndim:
        raise dimension(2, b._array.ndim)
    _check_batches(a, b)
    (n, rows, k), (m, inner, columns) = a._array.shape, b._array.shape
    if n != m:
        raise RuntimeError(f"batch1 and batch2 must have same number of batches, got {n} and {m}")
    if k != inner:
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({rows}x{k} and {inner}x{columns})")
    check_expand(x._array.shape, (rows, columns), x._array.dtype)
    _check_added(x, a, b)


CHECKS = {"addmm": check_addmm, "addmv": check_addmv, "addr": check_addr, "baddbmm": check_baddbmm, "addbmm": check_addbmm}
