"""Tables of vectors: one row for each integer, or bags of rows reduced to one."""

from __future__ import annotations

import numpy as np

from ..core.device import beside, looked_at
from ..core.dtypes import kept_name
from ..core.grad_mode import no_grad
from ..core.node import called
from ..core.ops import lookup as _lookup
from ..core.ops.convert import must_be
from ..core.ops.index import indices_of
from ..core.ops.told import told
from ..core.places import watch, watch_also
from ..core.telling import tell
from ..core.tensor import Tensor, wrap
from ..core.too_large import checked_longs

__all__ = ["embedding", "embedding_bag", "one_hot"]


def _renorm(weight: Tensor, index: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Shorten the rows in use to ``max_norm``, in place and unrecorded, as PyTorch does before it reads them."""
    rows = np.unique(index)
    lengths = np.linalg.norm(weight._array[rows], norm_type, axis=1)
    long = lengths > max_norm
    if long.any():
        with no_grad():
            shrunk = weight._array[rows[long]] * (max_norm / (lengths[long] + 1e-7))[:, None]
            weight.detach().index_copy_(0, wrap(rows[long]), wrap(shrunk.astype(weight._array.dtype)))


def _read(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, word="embedding"):
    """(the integers, what each row's gradient is multiplied by, None for 1), after the rows were shortened if asked for."""
    index = indices_of(input)
    if word == "embedding" and weight._array.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    if index.dtype not in (np.int32, np.int64):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{kept_name(index.dtype)} instead (while checking arguments for {word})"
        )
    if weight._array.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    n = weight._array.shape[0]
    if padding_idx is not None:
        must_be(int, "embedding", "padding_idx", padding_idx, 3)
    if padding_idx is not None and not -n <= padding_idx < n:
        raise AssertionError("Padding_idx must be within num_embeddings")
    if index.size and (index.min() < 0 or index.max() >= n):
        if word == "embedding":
            raise IndexError("index out of range in self")
        wrong = int(index[(index < 0) | (index >= n)][0])
        raise RuntimeError(f"{word}: Expected idx >= 0 && idx < num_embeddings but found idx to be {wrong}")
    if max_norm is not None:
        _renorm(weight, np.asarray(index), max_norm, norm_type)
    scale = None
    if scale_grad_by_freq:
        scale = 1 / np.bincount(index.reshape(-1), minlength=n)[index]
    if padding_idx is not None:
        scale = (index != padding_idx % n) * (1.0 if scale is None else scale)
    return index, None if scale is None else scale.astype(weight._array.dtype)[..., None]


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
              scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:  # fmt: skip
    """Rows of ``weight`` at the integers ``input``; row ``padding_idx`` gets no gradient.

    ``max_norm`` shortens the rows used, in ``weight`` itself; ``scale_grad_by_freq`` divides a row's gradient by how often it
    was used. IndexError for an integer outside of the table.
    """
    if sparse:
        raise NotImplementedError("embedding: sparse=True is not supported; leave it out, the gradient is then dense")
    index, scale = _read(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)
    out = watch(_lookup.embedding.call(weight, (index,), scale), input, key_of=lambda index: (index,))
    if scale is None:
        return out
    return told(out, padding_idx=-1 if padding_idx is None else padding_idx, scale_grad_by_freq=bool(scale_grad_by_freq))


def embedding_bag(input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None,
                  norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
                  per_sample_weights: Tensor | None = None, include_last_offset: bool = False,
                  padding_idx: int | None = None) -> Tensor:  # fmt: skip
    """The sum, mean or maximum of the rows of each bag: a row of ``input``, or what lies between two ``offsets``.

    An empty bag gives zeros; row ``padding_idx`` is in no bag; ``per_sample_weights`` multiply the rows of a sum.
    """
    if weight._array.dtype == np.int64 and input._array.dtype.kind == "f":
        tell(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is deprecated, and "
            "should now be `embedding_bag(input, weight, ...)`."
        )
        input, weight = weight, input
    if sparse:
        raise NotImplementedError("embedding_bag: sparse=True is not supported; leave it out, the gradient is then dense")
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({tuple(per_sample_weights.shape)}) is not None, then it must have the same "
            f"shape as the input ({tuple(input.shape)})"
        )
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='{mode}'). "
            "Please open a feature request on GitHub."
        )
    input, starts, per_sample_weights = _flat(input, offsets, per_sample_weights, include_last_offset)
    index, scale = _read(input, weight, None, max_norm, norm_type, scale_grad_by_freq, "embedding_bag")
    kept = None if padding_idx is None else np.flatnonzero(np.asarray(looked_at(index) != padding_idx % weight.shape[0]))
    bag, shape = np.searchsorted(starts, np.arange(len(index)), side="right") - 1, (len(starts), weight.shape[1])
    if kept is not None:
        index, bag, scale = index[kept], bag[kept], None if scale is None else scale[kept]

    def key_of(index):
        return (index if kept is None else index[kept],)

    if mode == "max":
        rows = watch(_lookup.embedding.call(weight, (index,), None), input, key_of=key_of)
        out = wrap(beside(np.zeros(shape, weight._array.dtype), weight._array))
        pooled = out.index_put((wrap(np.unique(bag)),), rows.gather(0, wrap(_first_largest(looked_at(rows._array), bag))))
        called(pooled, "EmbeddingBagBackward0")
        return pooled if offsets is None else watch_also(pooled, offsets)
    counts = np.maximum(np.bincount(bag, minlength=shape[0]), 1)[:, None].astype(weight._array.dtype)
    one = wrap(beside(np.ones((), weight._array.dtype), weight._array))
    share, over = one if per_sample_weights is None else per_sample_weights, counts if mode == "mean" else None
    pooled = _lookup.bags_of_rows.call(weight, share, (index,), bag, shape, scale, kept, over)
    watch(pooled, input, key_of=key_of)
    return pooled if offsets is None else watch_also(pooled, offsets)


def _flat(input, offsets, per_sample_weights, include_last_offset):
    """(the rows of all bags behind one another, where each bag starts, the rows' weights)."""
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. "
                f"However, found offsets of type {type(offsets)}"
            )
        starts = np.arange(input.shape[0]) * input.shape[1]
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
        input = input.reshape(-1)
    elif input.dim() == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.dim() != 1:
            raise ValueError("offsets has to be a 1D Tensor")
        starts = looked_at(offsets._array)[: -1 if include_last_offset else None]
        if len(starts) and starts[0] != 0:
            raise RuntimeError(
                "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got "
                f"{starts[0]}"
            )
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    return input, starts, per_sample_weights


def _first_largest(rows: np.ndarray, bag: np.ndarray) -> np.ndarray:
    """The row in which each column of each bag that is not empty is largest, the first of equals; ``bag`` is in order."""
    starts = np.flatnonzero(np.diff(bag, prepend=-1))
    ends = [*starts[1:], len(bag)]
    found = [start + rows[start:end].argmax(0) for start, end in zip(starts, ends)]
    return np.stack(found) if found else np.empty((0, rows.shape[1]), np.int64)


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """1 at each integer's place along a new last dimension, 0 elsewhere."""
    must_be(int, "one_hot", "num_classes", num_classes, 2)
    checked_longs(num_classes)
    index = indices_of(input)
    if index.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not index.size and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if index.size and index.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes != -1 and index.size and index.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    n = int(index.max()) + 1 if num_classes == -1 else num_classes
    return wrap(beside((index[..., None] == np.arange(n)).astype(np.int64, order="C"), input._array))
