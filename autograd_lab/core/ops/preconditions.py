"""What a word asks of its arguments' values before it is called, in PyTorch's sentences: shapes, sizes, ranges, dtypes.

NumPy answers some of these calls (a negative number of pieces, a mask that is no mask) and refuses others in words nobody
searches for. Kinds of arguments are signatures.py's business; here they fit already. A function has the parameters of its
words; ``convert.face`` puts it before them, so that words without one pay nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from .. import dtypes
from ..mistakes import broadcast
from ..signatures import kind_of
from ..tensor import Tensor
from ..too_large import checked_longs
from .convert import dim_of

ASKED: dict[str, Callable] = {}  # word -> what is asked


def before(*words):
    """Ask this of the words' arguments, after what is asked already."""

    def registered(function):
        for word in words:
            ASKED[word] = _both(ASKED[word], function) if word in ASKED else function
        return function

    return registered


def _both(one, other):
    """Ask two things of a word."""

    def asked(*args, **named):
        one(*args, **named)
        other(*args, **named)

    return asked


# Python counts pieces and rows by integers of any size
before(*"chunk unsafe_chunk unsafe_split tril triu tril_indices triu_indices roll unfold_copy diff cov".split())(checked_longs)


def demand(fits, sentence: str, error: type[Exception] = RuntimeError) -> None:
    """Raise unless it ``fits``."""
    if not fits:
        raise error(sentence)


def kind(x) -> str:
    return dtypes.BY_NUMPY[x._array.dtype].kind


def ndim(x) -> int:
    return x._array.ndim


def all_tensors(tensors) -> tuple:
    """The tensors of ``f(a, b)`` or ``f([a, b])``; TypeError if one is none."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    for i, t in enumerate(given):
        demand(isinstance(t, Tensor), f"expected Tensor as element {i} in argument 0, but got {kind_of(t)}", TypeError)
    return tuple(given)


# ---------------------------------------------------------------------- pieces


@before("chunk", "unsafe_chunk")
def chunk(x, chunks, dim=0):
    demand(ndim(x), "chunk expects at least a 1-dimensional tensor")
    demand(chunks > 0, f"chunk expects `chunks` to be greater than 0, got: {chunks}")


@before("split", "unsafe_split")
def split(tensor, split_size_or_sections, dim=0):
    size = split_size_or_sections
    for name, value in (("split_size", size), ("dim", dim)):
        if isinstance(value, bool) or (name == "dim" and not isinstance(value, (int, np.integer))):
            raise TypeError(f"split(): argument '{name}' must be int, not {kind_of(value)}")
    if not isinstance(size, int):
        return split_with_sizes(tensor, size, dim)
    demand(ndim(tensor), "split expects at least a 1-dimensional tensor")
    demand(size >= 0, f"split expects split_size be non-negative, but got split_size={size}")
    n = tensor._array.shape[dim_of(dim, ndim(tensor))]
    demand(size or not n, f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")


@before("split_with_sizes", "unsafe_split_with_sizes", "split_with_sizes_copy")
def split_with_sizes(x, sizes, dim=0):
    told = "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, "
    demand(isinstance(sizes, (tuple, list)), told + f"not {kind_of(sizes)}", TypeError)
    for at, n in enumerate(sizes):
        whole = isinstance(n, (int, np.integer)) or (isinstance(n, Tensor) and n._array.ndim == 0)
        demand(whole, told + f"but found element of type {kind_of(n)} at pos {at}", TypeError)
    demand(ndim(x), "split expects at least a 1-dimensional tensor")
    told = f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(sizes)}"
    demand(all(n >= 0 for n in sizes), told)


@before("tensor_split")
def tensor_split(x, sections, dim=0):
    demand(ndim(x), "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    if isinstance(sections, Tensor):
        told = f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {kind(sections)}"
        demand(kind(sections) == "Long", told)
        told = "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with "
        demand(ndim(sections) < 2, f"{told}{ndim(sections)} dims")
    if isinstance(sections, int):
        demand(sections > 0, f"number of sections must be larger than 0, got {sections}")


def _cutting(word, dim):
    def cut(x, sections):
        least = max(dim, 1) if word != "vsplit" else 2
        least = 3 if word == "dsplit" else least
        told = f"torch.{word} requires a tensor with at least {least} dimension, but got a tensor with {ndim(x)} dimensions!"
        demand(ndim(x) >= least, told)
        at = 0 if word == "hsplit" and ndim(x) == 1 else dim
        n = x._array.shape[at]
        if isinstance(sections, int):
            demand(
                sections > 0 and n % sections == 0,
                f"torch.{word} attempted to split along dimension {at}, but the size of the dimension {n} is not divisible by "
                f"the split_size {sections}!",
            )

    before(word)(cut)


for _word, _dim in {"hsplit": 1, "vsplit": 0, "dsplit": 2}.items():
    _cutting(_word, _dim)


@before("flipud")
def flipud(x):
    demand(ndim(x), "Input must be >= 1-d.")


@before("narrow", "narrow_copy")
def narrow(x, dim, start, length):
    demand(ndim(x), "narrow() cannot be applied to a 0-dim tensor.")
    demand(length >= 0, "narrow(): length must be non-negative.")
    whole = not isinstance(start, Tensor) or (not ndim(start) and start._array.dtype.kind in "iu")
    demand(whole, "start must be an 0-dim integral Tensor.")
    n, start = x._array.shape[dim_of(dim, ndim(x))], int(start)
    told = f"start out of range (expected to be in range of [{-n}, {n}], but got {start})"
    demand(-n <= start <= n, told, IndexError)
    start = start + n if start < 0 else start
    demand(start + length <= n, f"start ({start}) + length ({length}) exceeds dimension size ({n}).")


@before("select")
def select(x, dim, index):
    demand(ndim(x), "select() cannot be applied to a 0-dim tensor.", IndexError)
    dim = dim_of(dim, ndim(x))
    n = x._array.shape[dim]
    told = f"select(): index {index} out of range for tensor of size {list(x._array.shape)} at dimension {dim}"
    demand(-n <= index < n, told, IndexError)


@before("unfold", "unfold_copy")
def unfold(x, dimension, size, step):
    n = x._array.shape[dim_of(dimension, ndim(x))] if ndim(x) else 1
    told = f"maximum size for tensor at dimension {dimension} is {n} but size is {size}"
    demand(size <= n, told)
    demand(step > 0, f"step is {step} but must be > 0")


@before("unflatten")
def unflatten(x, dim, sizes):
    whole = isinstance(dim, (int, np.integer)) and not isinstance(dim, bool)
    demand(whole, f"unflatten(): argument 'dim' (position 1) must be int, not {kind_of(dim)}", TypeError)
    told = f"unflatten(): argument 'sizes' (position 2) must be tuple of ints, not {kind_of(sizes)}"
    demand(isinstance(sizes, (tuple, list)), told, TypeError)
    demand(len(sizes), "unflatten: sizes must be non-empty")
    n = x._array.shape[dim_of(dim, ndim(x))] if ndim(x) else 1
    told = "unflatten got an unexpected error:\n"
    demand(list(sizes).count(-1) < 2, told + "only one dimension can be inferred")
    wrong = next((i for i, m in enumerate(sizes) if m < -1), None)
    demand(
        wrong is None,
        f"{told}invalid shape dimension {wrong is not None and sizes[wrong]} at index {wrong} of shape {list(sizes)}",
    )
    known = math.prod(m for m in sizes if m != -1)
    ambiguous = "because the unspecified dimension size -1 can be any value and is ambiguous"
    none = f"{told}cannot reshape tensor of 0 elements into shape {list(sizes)} {ambiguous}"
    demand(known or n or -1 not in sizes, none)
    told = f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({n}) in the input tensor"
    demand(known == n if -1 not in sizes else n % known == 0 if known else not n, told)


# ---------------------------------------------------------------------- rearranging


@before("roll")
def roll(x, shifts, dims=()):
    shifts, dims = (v if isinstance(v, (tuple, list)) else (v,) for v in (shifts, dims))
    demand(shifts, "`shifts` required")
    told = f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}"
    demand(len(shifts) == len(dims) or (not dims and len(shifts) == 1), told)
    demand(ndim(x) or not dims, f"Dimension specified as {dims[0] if dims else 0} but tensor has no dimensions", IndexError)


@before("flip")
def flip(x, *given, dims=None):
    dims = given if dims is None else (dims,)
    dims = [dim_of(d, ndim(x)) for d in (dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims)]
    for i, d in enumerate(dims):
        demand(d not in dims[:i], f"dim {d} appears multiple times in the list of dims")


@before("rot90")
def rot90(x, k=1, dims=(0, 1)):
    demand(len(dims) == 2, f"expected total rotation dims == 2, but got dims = {len(dims)}")
    demand(ndim(x) >= 2, f"expected total dims >= 2, but got total dims = {ndim(x)}")
    told = f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
    demand(dims[0] != dims[1] and abs(dims[0] - dims[1]) != ndim(x), told)


@before("repeat", "tile")
def repeat(x, *sizes):
    sizes = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    shape = (1,) * (len(sizes) - ndim(x)) + x._array.shape
    sizes = (1,) * (len(shape) - len(sizes)) + tuple(sizes) if len(sizes) < len(shape) else tuple(sizes)
    made = [n * k for n, k in zip(shape, sizes)]
    if (least := min(made, default=0)) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {least}: {made}")


@before("tril")
def tril(x, diagonal=0):
    demand(ndim(x) >= 2, "tril: input tensor must have at least 2 dimensions")


@before("triu")
def triu(x, diagonal=0):
    demand(ndim(x) >= 2, "triu: input tensor must have at least 2 dimensions")


@before("diagonal", "diagonal_copy")
def diagonal(x, offset=0, dim1=0, dim2=1):
    _of_a_plane(dim1, dim2, ndim(x))


def _of_a_plane(dim1, dim2, n):
    demand(dim_of(dim1, n) != dim_of(dim2, n), f"diagonal dimensions cannot be identical {dim1}, {dim2}")


@before("linalg.diagonal")
def linalg_diagonal(x, *, offset=0, dim1=-2, dim2=-1):
    _of_a_plane(dim1, dim2, ndim(x))


@before("diagonal_scatter")
def diagonal_scatter(x, src, offset=0, dim1=0, dim2=1):
    _of_a_plane(dim1, dim2, ndim(x))


@before("diag_embed")
def diag_embed(x, offset=0, dim1=-2, dim2=-1):
    _of_a_plane(dim1, dim2, ndim(x) + 1)


@before("trace")
def trace(x):
    demand(ndim(x) == 2, f"trace: expected a matrix, but got tensor with dim {ndim(x)}")


# ---------------------------------------------------------------------- several tensors


@before("broadcast_tensors")
def broadcast_tensors(*tensors):
    broadcast(*(t._array.shape for t in all_tensors(tensors)))


@before("broadcast_shapes")
def broadcast_shapes(*shapes):
    made: list[int] = []
    for n, shape in enumerate(shapes):
        if not isinstance(shape, (int, tuple, list)):
            raise RuntimeError(f"Input shapes should be of type ints, a tuple of ints, or a list of ints, got {shape}")
        shape = [int(shape)] if isinstance(shape, int) else list(shape)
        made = [1] * (len(shape) - len(made)) + made
        for i in range(-1, -1 - len(shape), -1):
            if shape[i] != 1 and made[i] != 1 and shape[i] != made[i]:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[i]} at {i}! Mismatching argument at index "
                    f"{n} had {tuple(shape)}; but expected shape should be broadcastable to {made}"
                )
            made[i] = max(made[i], shape[i])


@before("atleast_1d", "atleast_2d", "atleast_3d")
def atleast(*tensors):
    all_tensors(tensors)


@before("meshgrid")
def meshgrid(*tensors, indexing=None):
    tensors = all_tensors(tensors)
    demand(tensors, "meshgrid expects a non-empty TensorList")
    for t in tensors:
        sizes = "".join(f" {n}" for n in t._array.shape)
        told = f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {sizes}"
        demand(ndim(t) < 2, told)
        demand(t._array.dtype == tensors[0]._array.dtype, "meshgrid expects all tensors to have the same dtype")
    demand(indexing in ("ij", "xy", None), f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')


@before("cartesian_prod")
def cartesian_prod(*tensors):
    tensors = all_tensors((tensors,))
    demand(tensors, "meshgrid expects a non-empty TensorList")
    for t in tensors:
        demand(ndim(t) == 1, f"Expect a 1D vector, but got shape {list(t._array.shape)}")
        demand(t._array.dtype == tensors[0]._array.dtype, "meshgrid expects all tensors to have the same dtype")


@before("block_diag")
def block_diag(*tensors):
    for i, t in enumerate(all_tensors((tensors,))):
        told = f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {ndim(t)} dimensions"
        demand(ndim(t) <= 2, told)


@before("chain_matmul")
def chain_matmul(*matrices):
    matrices = all_tensors(matrices)
    demand(matrices, "chain_matmul(): Expected one or more matrices")
    for t in matrices:
        demand(ndim(t) == 2, f"Tensor dimension is {ndim(t)}, expected 2 instead.")
    chained(matrices)


def chained(matrices) -> None:
    """Each has as many rows as the one before has columns."""
    for i, (a, b) in enumerate(itertools.pairwise(matrices)):
        told = f"multi_dot(): tensors {i} and {i + 1} with shapes {list(a.shape)} and {list(b.shape)} cannot be multiplied"
        demand(a._array.shape[-1] == b._array.shape[0], told)


@before("combinations")
def combinations(x, r=2, with_replacement=False):
    demand(ndim(x) == 1, f"Expect a 1D vector, but got shape {list(x._array.shape)}")
    demand(r >= 0, f"Expect a non-negative number, but got {r}")


@before("tensordot")
def tensordot(a, b, dims=2, out=None):
    if isinstance(dims, int):
        demand(dims >= 0, f"tensordot expects dims >= 0, but got dims={dims}")
        demand(dims <= min(ndim(a), ndim(b)), f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        pairs = zip(range(-dims, 0), range(dims))
    else:
        both = dims.tolist() if isinstance(dims, Tensor) else dims
        told = "int or tuple[list[int], list[int]] or list[list[int]] containing two lists"
        demand(isinstance(both, (tuple, list)) and len(both) == 2, f"tensordot expects dims to be {told}, but got dims={dims}")
        pairs = zip(*((d,) if isinstance(d, int) else d for d in both))
    for i, j in pairs:
        n, m = a._array.shape[dim_of(i, ndim(a))], b._array.shape[dim_of(j, ndim(b))]
        told = f"contracted dimensions need to match, but first has size {n} in dim {i} and second has size {m} in dim {j}"
        demand(n == m or 1 in (n, m), told)


@before("cross")
def cross(x, other, dim=None):
    a, b = x._array.shape, other._array.shape
    demand(len(a) == len(b), "linalg.cross: inputs must have the same number of dimensions.")
    if dim is not None:
        at = dim_of(dim, len(a))
        told = f"linalg.cross: inputs dimension {dim} must have length 3. Got {a[at]} and {b[at]}"
        demand(a[at] == b[at] == 3, told)
    broadcast(a, b)
