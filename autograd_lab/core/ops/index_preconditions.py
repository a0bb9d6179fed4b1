"""Preconditions of the words that take masks and tensors of positions, as preconditions.py has those of the others."""

from __future__ import annotations

import numpy as np

from ..mistakes import broadcast, mismatch
from ..refusals import no_kernel
from ..telling import tell, tell_once
from ..tensor import Tensor
from .convert import dim_of
from .preconditions import before, demand, kind, ndim, select


def _mask(x, mask, sentence: str) -> None:
    """``mask`` is boolean and goes with x."""
    demand(mask._array.dtype.kind == "b", sentence)
    try:
        np.broadcast_shapes(mask._array.shape, x._array.shape)
    except ValueError:
        raise RuntimeError(mismatch(mask._array.shape, x._array.shape)) from None


def _whole(index) -> bool:
    return index._array.dtype in (np.int32, np.int64)


def _length(x, dim: int) -> int:
    """The size of x along ``dim``; a number has one element."""
    return x._array.shape[dim_of(dim, ndim(x))] if ndim(x) else 1


def _within(index, n: int, sentence: str, error: type[Exception] = RuntimeError, negative: bool = False) -> None:
    """Every position lies in [0, n), or from -n on; ``sentence`` has a place for the first that does not."""
    outside = (index._array < (-n if negative else 0)) | (index._array >= n)
    if np.any(outside):
        raise error(sentence.format(np.asarray(index._array)[outside].flat[0]))


# ---------------------------------------------------------------------- masks


@before("masked_select")
def masked_select(x, mask):
    _mask(x, mask, "masked_select: expected BoolTensor for mask")


@before("masked_fill")
def masked_fill(x, mask, value):
    word = {"Long": "long int", "Short": "short", "Byte": "unsigned char", "Char": "signed char"}.get(
        kind(mask), kind(mask).lower()
    )
    _mask(x, mask, f"masked_fill_ only supports boolean masks, but got mask with dtype {word}")
    if isinstance(value, Tensor):
        told = f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {ndim(value)} dimension(s)."
        demand(not ndim(value), told)


@before("masked_scatter")
def masked_scatter(x, mask, source):
    told = f"masked_scatter: expected self and source to have same dtypes but got{kind(x)} and {kind(source)}"
    demand(x._array.dtype == source._array.dtype, told)
    _mask(x, mask, f"masked_scatter_ only supports boolean masks, but got mask with dtype {kind(mask)}")
    n = np.broadcast_to(mask._array, broadcast(x._array.shape, mask._array.shape)).sum()
    demand(source._array.size >= n, "Number of elements of source < number of ones in mask")


@before("where")
def where(condition, input=None, other=None):
    if input is not None:
        told = f"where expected condition to be a boolean tensor, but got a tensor with dtype {kind(condition)}"
        demand(kind(condition) in ("Bool", "Byte"), told)
        if kind(condition) == "Byte":
            told = "This behavior is deprecated and will be removed in a future version of PyTorch. Use a boolean condition instead."
            tell(f"where received a uint8 condition tensor. {told}")
        shapes = [t._array.shape for t in (condition, input, other) if isinstance(t, Tensor)]
        broadcast(*shapes)


# ---------------------------------------------------------------------- positions


@before("take")
def take(x, index):
    demand(kind(index) == "Long", f"take(): Expected a long tensor for index, but got {kind(index)}")
    _in_flat(x, index)


def _in_flat(x, index) -> None:
    n = x._array.size
    _within(index, n, f"out of range: tried to access index {{}} on a tensor of {n} elements.", IndexError, negative=True)


@before("put")
def put(x, index, source, accumulate=False):
    demand(kind(index) == "Long", f"put_(): Expected a long tensor for index, but got {kind(index)}")
    told = f"put_(): self and source expected to have the same dtype, but got self.dtype = {kind(x)} and source.dtype = {kind(source)}"
    demand(x._array.dtype == source._array.dtype, told)
    told = (
        "put_(): Expected source and index to have the same number of elements, but got "
        f"source.numel() = {source._array.size}, index.numel() = {index._array.size}"
    )
    demand(source._array.size == index._array.size, told, IndexError)
    _in_flat(x, index)


@before("gather")
def gather(x, dim, index, *, sparse_grad=False):
    dim = dim_of(dim, ndim(x))
    if not index._array.size:
        return
    demand(_whole(index), "gather(): Expected dtype int32/int64 for index")
    told = "Index tensor must have the same number of dimensions as input tensor"
    demand(max(ndim(index), 1) == max(ndim(x), 1), told)
    for i, (n, m) in enumerate(zip(index._array.shape, x._array.shape)):
        told = (
            f"Size does not match at dimension {i} expected index {list(index.shape)} to be no larger than self {list(x.shape)} "
            f"apart from dimension {dim}"
        )
        demand(i == dim or n <= m, told)
    n = _length(x, dim)
    _within(index, n, f"index {{}} is out of bounds for dimension {dim} with size {n}")


@before("take_along_dim")
def take_along_dim(x, indices, dim=None):
    told = f"torch.take_along_dim(): dtype of indices should be Long but got {kind(indices)}"
    demand(kind(indices) == "Long", told)
    if dim is not None:
        told = (
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{ndim(x)} dimensions for input, and {ndim(indices)} dimensions for indices"
        )
        demand(ndim(x) == ndim(indices), told)
        dim = dim_of(dim, ndim(x))
        broadcast(*((*t._array.shape[:dim], 1, *t._array.shape[dim + 1 :]) for t in (x, indices)))


@before("scatter", "scatter_add", "scatter_reduce")
def scatter(x, dim, index, src=None, reduction=None, *, value=None, reduce=None, include_self=True):
    if reduction is not None:
        told = f"reduce argument must be either sum, prod, mean, amax or amin, got {reduction}"
        demand(reduction in ("sum", "prod", "mean", "amax", "amin", "max", "min"), told)
    dim = dim_of(dim, ndim(x))
    demand(_whole(index) or not index._array.size, "scatter(): Expected dtype int32/int64 for index")
    if isinstance(src, Tensor):
        demand(src._array.dtype == x._array.dtype, "scatter(): Expected self.dtype to be equal to src.dtype")
    if not index._array.size:
        return
    told = "Index tensor must have the same number of dimensions as self tensor"
    demand(max(ndim(index), 1) == max(ndim(x), 1), told)
    if isinstance(src, Tensor):
        told = "Index tensor must have the same number of dimensions as src tensor"
        demand(max(ndim(index), 1) == max(ndim(src), 1), told)
        fits = all(n <= m for n, m in zip(index._array.shape, src._array.shape))
        rest = f" and to be no larger size than src {list(src.shape)}"
    else:
        fits, rest = True, ""
    fits = fits and all(n <= m for i, (n, m) in enumerate(zip(index._array.shape, x._array.shape)) if i != dim)
    told = f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension {dim}{rest}"
    demand(fits, told)
    n = _length(x, dim)
    _within(index, n, f"index {{}} is out of bounds for dimension {dim} with size {n}")
    how = {"max": "amax", "min": "amin"}.get(reduction, reduction)
    if (how in ("amax", "amin") and x._array.dtype.kind == "c") or (how == "mean" and x._array.dtype.kind == "b"):
        raise no_kernel(f"scatter_gather_tensor_cpu_reduce_{how}", x._array.dtype)


@before("index_select")
def index_select(x, dim, index):
    demand(ndim(index) < 2, "index_select(): Index is supposed to be a vector", IndexError)
    demand(_whole(index), "index_select(): Expected dtype int32 or int64 for index")
    many = index._array.size
    demand(ndim(x) or many == 1, f"index_select(): Index to scalar can have only 1 value, got {many} value(s)")
    _within(index, _length(x, dim), "index out of range in self", IndexError)


@before("index_add")
def index_add(x, dim, index, source, *, alpha=1):
    _gathered("index_add_()", x, dim, index, source)
    n = _length(x, dim)
    if ndim(x) < 2:  # of a vector PyTorch says less
        _within(index, n, "index out of range in self", IndexError)
    _within(index, n, f"index {{}} is out of bounds for dimension {dim_of(dim, ndim(x))} with size {n}")


def _gathered(word: str, x, dim, index, source) -> None:
    """``index`` names a place along ``dim`` for each slice of ``source``, which are like the slices of x."""
    told = f"with type: {kind(index)} and size: {list(index.shape)}"
    demand(ndim(index) < 2, f"{word}: Index is supposed to be a vector, but got dim: {ndim(index)} {told}", IndexError)
    demand(_whole(index), f"{word}: Expected dtype int32/int64 for index but got: {kind(index)}")
    told = f"{word}: self ({kind(x)}) and source ({kind(source)}) must have the same scalar type"
    demand(x._array.dtype == source._array.dtype, told)
    at = dim_of(dim, ndim(x))
    told = f"{word}: Indexing dim {at} is out of bounds of the source tensor with dim {ndim(source)}"
    demand(not at or at < ndim(source), told)
    n, m = source._array.shape[at] if ndim(source) else 1, index._array.size
    told = f"{word}: Number of indices ({m}) should be equal to source.size(dim): ({n}), for dim: {at}"
    demand(n == m, told)
    told = "source tensor shape must match self tensor shape, excluding the specified dimension."
    told += f" Got self.shape = {list(x.shape)} source.shape = {list(source.shape)}"
    shapes = (x._array.shape, source._array.shape)
    demand(_slice(x, at) == _slice(source, at) if all(shapes) else shapes[0] == shapes[1], told)


def _slice(x, dim: int) -> tuple:
    """The sizes of x but that along ``dim``."""
    return x._array.shape[:dim] + x._array.shape[dim + 1 :]


@before("index_copy")
def index_copy(x, dim, index, source):
    demand(ndim(index) < 2, f"index_copy_(): Index should have dimension 1 or 0 (got {ndim(index)})", IndexError)
    if ndim(source) and ndim(x):
        n, m = _length(source, dim), index._array.size
        at = dim_of(dim, ndim(x))
        slices = [_slice(t, at) for t in (x, source)]
        told = "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: {} at dimension {} and"
        told = (
            told.format(" ".join(map(str, slices[0])), at)
            + f" source slice shape: {' '.join(map(str, slices[1]))} at dimension 0."
        )
        demand(slices[0] == slices[1], told)
        demand(n == m, f"index_copy_(): Number of indices ({m}) should be equal to source.size(dim) ({n})", IndexError)
    demand(kind(index) == "Long", f"index_copy_(): Expected a long tensor for index, but got {kind(index)}")
    told = (
        f"index_copy_(): self and source expected to have the same dtype, but got (self) {kind(x)} and (source) {kind(source)}"
    )
    demand(x._array.dtype == source._array.dtype, told)
    n = _length(x, dim)
    _within(
        index, n, f"index_copy_(): index {{}} is out of bounds for dimension {dim_of(dim, ndim(x))} with size {n}", IndexError
    )


@before("index_fill")
def index_fill(x, dim, index, value):
    if isinstance(value, Tensor):
        told = f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {ndim(value)} dimension(s)."
        demand(not ndim(value), told)
    demand(kind(index) == "Long", "index_fill_(): Expected dtype int64 for index.", IndexError)
    demand(ndim(index) < 2, "Index has to be a vector/scalar")
    n = _length(x, dim)
    _within(
        index, n, f"index {{}} is out of bounds for dimension {dim_of(dim, ndim(x))} with size {n}", IndexError, negative=True
    )


def _slice_of(x, made, src) -> None:
    told = f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = {list(made)}"
    demand(tuple(made) == src._array.shape, told)


@before("diagonal_scatter")
def diagonal_scatter(x, src, offset=0, dim1=0, dim2=1):
    _slice_of(x, np.diagonal(x._array, offset, dim1, dim2).shape, src)


@before("slice_scatter")
def slice_scatter(x, src, dim=0, start=None, end=None, step=1):
    dim = dim_of(dim, ndim(x))
    demand(step > 0, "slice step must be positive")
    _slice_of(x, x._array[(slice(None),) * dim + (slice(start, end, step),)].shape, src)


@before("select_scatter")
def select_scatter(x, src, dim, index):
    select(x, dim, index)
    dim = dim_of(dim, ndim(x))
    _slice_of(x, x._array.shape[:dim] + x._array.shape[dim + 1 :], src)


@before("index_reduce")
def index_reduce(x, dim, index, source, reduce, *, include_self=True):
    told = f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}."
    demand(reduce in ("prod", "mean", "amax", "amin"), told)
    _gathered("index_reduce_()", x, dim, index, source)
    tell_once("index_reduce() is in beta and the API may change at any time.")
    _within(index, _length(x, dim), "index out of range in self", IndexError)


@before("index_put")
def index_put(x, indices, values, accumulate=False):
    kinds = "iub"
    told = "tensors used as indices must be long, int, byte or bool tensors"
    demand(all(i is None or i._array.dtype.kind in kinds for i in indices), told, IndexError)
