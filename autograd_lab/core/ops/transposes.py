"""``x.T`` and its kin, which PyTorch has only of matrices, and warns of elsewhere."""

from __future__ import annotations

import warnings

from .shape import permute, transpose

_permute, _transpose = permute.call, transpose.call
_REVERSED = (
    "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a "
    "future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
    "reverse the dimensions of a tensor."
)


def T(x):
    """x with its dimensions reversed."""
    n = x._array.ndim
    if n != 2:
        told = "Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases." if n == 0 else _REVERSED
        warnings.warn(told, UserWarning, stacklevel=2)
    return _permute(x, tuple(range(n))[::-1])


def mT(x):
    """x with its last two dimensions exchanged."""
    if x._array.ndim == 0:
        told = "Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases."
        warnings.warn(told, UserWarning, stacklevel=2)
        return x
    _matrices("tensor.mT", x)
    return _transpose(x, -2, -1)


def H(x):
    """A matrix, transposed and conjugated."""
    n = x._array.ndim
    if n == 0:
        return _of_a_number(x, "Tensor.H")
    if n != 2:
        more = " For batches of matrices, consider using tensor.mH" if n > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor.{more}")
    return conjugated(_transpose(x, 0, 1))


def mH(x):
    """Matrices, transposed and conjugated."""
    return _of_matrices(x, "tensor.mH") if x._array.ndim else _of_a_number(x, "Tensor.mH")


def adjoint(input):
    """Conjugated and transposed: the last two dimensions."""
    return _of_matrices(input, "tensor.adjoint()") if input._array.ndim else _of_a_number(input, "adjoint()")


def _of_matrices(x, word: str):
    _matrices(word, x)
    return conjugated(_transpose(x, -2, -1))


def _of_a_number(x, word: str):
    warnings.warn(f"{word} is deprecated on 0-D tensors. Consider using x.conj().", UserWarning, stacklevel=3)
    return conjugated(x)


def conjugated(x):
    return x.conj() if x._array.dtype.kind == "c" else x


def _matrices(word: str, x) -> None:
    if x._array.ndim < 2:
        raise RuntimeError(f"{word} is only supported on matrices or batches of matrices. Got {x._array.ndim}-D tensor.")
