"""What NumPy complains about, in PyTorch's words: shapes that do not go together, dimensions and indices that do not exist.

The dispatchers catch NumPy's error, which costs nothing until there is one, and raise what is made of it here: PyTorch's class
and first sentence. What is not recognised is raised as it was.
"""

from __future__ import annotations

import re

import numpy as np

from . import dtypes, refusals, too_large

NUMPYS = (ValueError, IndexError, TypeError, OverflowError)  # what NumPy raises for a user's mistake


def raise_told(error: BaseException) -> None:
    """Raise PyTorch's exception for NumPy's in a rule, or where a leaf accumulates: what was saved has other sizes by now.

    That is ``x.data = y``. Return for any other error, and for a hook's own.
    """
    found = re.match(r"operands could not be broadcast together with shapes \(([\d,]*)\) \(([\d,]*)\)", str(error))
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    if found is None or at is None or not at.tb_frame.f_globals.get("__name__", _RULES).startswith(_RULES):
        return
    raise RuntimeError(mismatch(*(tuple(map(int, filter(None, sizes.split(",")))) for sizes in found.groups()))) from None


_RULES = __name__.rpartition(".")[0]


def explained(op, error: Exception, arrays: tuple, params: dict) -> Exception:
    """PyTorch's exception for NumPy's ``error`` in ``op``; the same error if it is not NumPy's or not known."""
    if isinstance(error, np.exceptions.AxisError):
        return dimension(error.axis, error.ndim)
    if isinstance(error, TypeError) and (told := refusals.explained(op.__name__, arrays)) is not None:
        return told
    text, shapes = str(error), [np.shape(a) for a in arrays]
    if (
        isinstance(error, (OverflowError, IndexError))
        and (large := next(too_large.among((*arrays, *params.values())), None)) is not None
    ):
        if "dim" in params or "key" in params:
            return too_large.not_a_long()
        if not any(isinstance(v, tuple) and large in v for v in params.values()):  # a size, of which the word knows its place
            return too_large.not_a_scalar(large)
    if "out of bounds for" in text and isinstance(error, OverflowError):
        return dtypes.unfit(arrays[0].dtype)
    if op.__name__ in _TELLERS and (told := _TELLERS[op.__name__](text, shapes, params)) is not None:
        return RuntimeError(told)
    if ("broadcast together" in text or "broadcast to a single shape" in text) and len(shapes) >= 2:
        return RuntimeError(mismatch(*_first_apart(shapes)))
    if re.search("duplicate value in 'axis'|repeated axis", text):
        dims = params["dim"] if "dim" in params else params["dims"]
        return repeated([d % len(shapes[0]) for d in dims])
    if text == "Integers to negative integer powers are not allowed." and op.__name__ != "pow_tensor":  # of tensors there are
        return RuntimeError(text)
    if "empty sequence" in text and params.get("dim") is not None:
        return empty_dim(op.__name__.removesuffix("_dim"), params["dim"])
    if (
        "out of bounds" in text
        or "too many indices" in text
        or "valid indices" in text
        or "did not match" in text
        or "indexing arrays" in text
    ):
        return indexing(text, shapes[0], params)
    if "which has no identity" in text:
        word = op.__name__.removesuffix("_dim").removesuffix("_all").removesuffix("_over")
        dims = params.get("dim")
        if dims is not None and dims != () and shapes[0]:
            return empty_dim(word, next(d for d in (dims if isinstance(dims, tuple) else (dims,)) if not shapes[0][d]))
        return RuntimeError(
            f"{word}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )
    return error


def _first_apart(shapes: list) -> tuple:
    """What the first shapes broadcast to, and the first that does not go with it."""
    so_far = shapes[0]
    for shape in shapes[1:]:
        try:
            so_far = np.broadcast_shapes(so_far, shape)
        except ValueError:
            return so_far, shape
    return shapes[0], shapes[-1]


_TWO_SHAPES = r"operands could not be broadcast together with shapes (\(.*?\)) (\(.*?\))"
_IN_ALL = r"shape mismatch: objects cannot be broadcast to a single shape\.  Mismatch is between .*?(\(.*?\)) and .*?(\(.*?\))"


def of_numpy(error: Exception) -> Exception | None:
    """PyTorch's exception for an error of NumPy's that says all there is to say; None for others."""
    if isinstance(error, np.exceptions.AxisError):
        return dimension(error.axis, error.ndim)
    if isinstance(error, ValueError) and (found := re.match(_TWO_SHAPES, str(error)) or re.match(_IN_ALL, str(error))):
        shapes = [tuple(int(n) for n in re.findall(r"\d+", text)) for text in found.groups()]
        return RuntimeError(mismatch(*shapes))
    if isinstance(error, ValueError) and str(error).startswith(("array is too big", "Maximum allowed ")):
        return RuntimeError("Storage size calculation overflowed: there are more bytes than 64 bits can count")
    return None


def dimension(dim: int, ndim: int) -> IndexError:
    """There is no dimension ``dim``."""
    n = max(ndim, 1)
    return IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")


def repeated(dims) -> RuntimeError:
    """One of ``dims``, counted from the front, is there twice."""
    twice = next(d for i, d in enumerate(dims) if d in dims[:i])
    return RuntimeError(f"dim {twice} appears multiple times in the list of dims")


def empty_dim(word: str, dim: int) -> IndexError:
    """There is no largest of nothing."""
    return IndexError(
        f"{word}(): Expected reduction dim {dim} to have non-zero size. Specify the reduction dim with the 'dim' argument."
    )


def checked_dim(dim: int, ndim: int) -> int:
    """``dim`` counted from the front; raises if there is no such dimension."""
    n = max(ndim, 1)
    if not -n <= dim < n:
        raise dimension(dim, ndim)
    return dim % n


def along(sizes: tuple, dim: int):
    """What ``sizes`` says of dimension ``dim``; of a tensor without dimensions PyTorch says that none can be named."""
    if not sizes:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return sizes[checked_dim(dim, len(sizes))]


def mismatch(a: tuple, b: tuple) -> str:
    """Which sizes of two shapes keep them from being broadcast."""
    n = max(len(a), len(b))
    wide_a, wide_b = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    for i in reversed(range(n)):
        if wide_a[i] != wide_b[i] and 1 not in (wide_a[i], wide_b[i]):
            return f"The size of tensor a ({wide_a[i]}) must match the size of tensor b ({wide_b[i]}) at non-singleton dimension {i}"
    return f"shapes {list(a)} and {list(b)} cannot be broadcast"


def broadcast(*shapes: tuple) -> tuple:
    """What the shapes broadcast to; PyTorch's RuntimeError if they do not."""
    if all(shape == shapes[0] for shape in shapes):
        return shapes[0] if shapes else ()
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise RuntimeError(mismatch(*_first_apart(list(shapes)))) from None


def _is_of_numbers(key) -> bool:
    """Whether an index picks single places and slices alone, no list or tensor of places."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(part is None or part is ... or isinstance(part, int | slice) for part in parts)


def indexing(text: str, shape: tuple, params: dict) -> IndexError:
    """What is wrong with an index."""
    if found := re.search(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", text):
        if found[3] == "0" and not _is_of_numbers(params.get("key")):
            return IndexError("index is out of bounds for dimension with size 0")
        return IndexError("index {} is out of bounds for dimension {} with size {}".format(*found.groups()))
    if found := re.match(r"shape mismatch: indexing arrays could not be broadcast together with shapes (.*)", text):
        told = ", ".join(f"[{', '.join(re.findall(chr(92) + 'd+', s))}]" for s in re.findall(r"\(.*?\)", found.group(1)))
        return IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {told}")
    if "too many indices" in text:
        return IndexError(f"too many indices for tensor of dimension {len(shape)}")
    if found := re.search(r"along axis (\d+); size of axis is (\d+) but size of corresponding boolean axis is (\d+)", text):
        axis, size, mask = map(int, found.groups())
        return IndexError(
            f"The shape of the mask [{mask}] at index {axis} does not match the shape of the indexed tensor [{size}] at index {axis}"
        )
    got = type(params.get("key")).__name__
    return IndexError(
        f"only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {got})"
    )


# ---------------------------------------------------------------------- operations with sentences of their own


def _mm(text, shapes, params):
    (a, b) = shapes
    rows = int(np.prod(a[:-1]))
    return f"mat1 and mat2 shapes cannot be multiplied ({rows}x{a[-1]} and {b[0]}x{b[-1]})"


def _bmm(text, shapes, params):
    (a, b) = shapes
    if a[:-2] != b[:-2] and len(a) == len(b):
        return mismatch(a[:-2], b[:-2])
    if len(a) == len(b) == 2 and a[0] == 1:  # a vector made a row
        return f"size mismatch, got input ({b[0]}), mat ({b[1]}x{b[0]}), vec ({a[1]})"
    batch = int(np.prod(a[:-2]))
    return f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {a[-1]}] but got: [{batch}, {b[-2]}]."


def no_size(shape) -> str | None:
    """What PyTorch says of the first size that is below -1, which NumPy takes for -1; None if there is none."""
    for i, n in enumerate(shape):
        if isinstance(n, int) and n < -1:
            return f"invalid shape dimension {n} at index {i} of shape {list(shape)}"
    return None


def _view(text, shapes, params):
    asked = list(params["shape"])
    if (told := no_size(asked)) is not None:
        return told
    if asked.count(-1) > 1:
        return "only one dimension can be inferred"
    if 0 in asked and 0 in shapes[0]:
        why = "because the unspecified dimension size -1 can be any value and is ambiguous"
        return f"cannot reshape tensor of 0 elements into shape {asked} {why}"
    return f"shape '{asked}' is invalid for input of size {int(np.prod(shapes[0]))}"


def _permute(text, shapes, params):
    dims = params["dims"]
    if len(dims) == len(shapes[0]):
        return "permute(): duplicate dims are not allowed."
    return (
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
        f"dimensions i.e. input.dim() = {len(shapes[0])} is not equal to len(dims) = {len(dims)}"
    )


def _cat(text, shapes, params):
    dim = params["dim"]
    for shape in shapes[1:]:
        if len(shape) != len(shapes[0]):
            return f"Tensors must have same number of dimensions: got {len(shapes[0])} and {len(shape)}"
        for i, (n, m) in enumerate(zip(shapes[0], shape)):
            if i != dim % len(shape) and n != m:
                return (
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got size {m} for tensor number "
                    f"{shapes.index(shape)} in the list."
                )
    return None


def _stack(text, shapes, params):
    for i, shape in enumerate(shapes):
        if shape != shapes[0]:
            return f"stack expects each tensor to be equal size, but got {list(shapes[0])} at entry 0 and {list(shape)} at entry {i}"
    return None


def _index_put(text, shapes, params):
    try:
        result = np.zeros(shapes[0], bool)[params["key"]].shape
    except IndexError:
        return None
    value = list(without_leading_ones(shapes[1]))
    return f"shape mismatch: value tensor of shape {value} cannot be broadcast to indexing result of shape {list(result)}"


def without_leading_ones(shape: tuple) -> tuple:
    """What an assigned value's shape is told as."""
    lead = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return shape[lead:]


_TELLERS = {"index_put": _index_put, "mm": _mm, "bmm": _bmm, "permute": _permute, "cat_list": _cat, "stack_list": _stack}
_TELLERS |= dict.fromkeys(("view", "reshape_alias", "unsafe_view"), _view)


def check_expand(shape: tuple, wanted: tuple, dtype) -> None:
    """Raise if ``shape`` cannot be expanded to ``wanted``."""
    if len(wanted) < len(shape):
        kind = dtypes.type_name(dtype)
        raise RuntimeError(
            f"expand({kind}{{{list(shape)}}}, size={list(wanted)}): the number of sizes provided ({len(wanted)}) must be greater "
            f"or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    lead = len(wanted) - len(shape)
    if any(n < -1 for n in wanted[:lead]):
        raise RuntimeError(f"numel: integer multiplication overflow. No size is below -1, which keeps one: {list(wanted)}")
    if -1 in wanted[:lead]:
        told = f"isn't allowed in a leading, non-existing dimension {wanted.index(-1)}"
        raise RuntimeError(f"The expanded size of the tensor (-1) {told}")
    for i, (n, m) in reversed(list(enumerate(zip(shape, wanted[lead:])))):
        if n != m and n != 1 and m != -1:
            raise RuntimeError(
                f"The expanded size of the tensor ({m}) must match the existing size ({n}) at non-singleton dimension {i + lead}.  "
                f"Target sizes: {list(wanted)}.  Tensor sizes: {list(shape)}"
            )
