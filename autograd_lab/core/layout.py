"""How NumPy arrays lie in memory: questions about strides, and about views that read memory as another dtype."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .mirrors import MIRRORED


def is_part(view, whole) -> bool:
    """Whether what is written to ``view`` is written to ``whole``.

    A path leads to a view from its own base; from memory with other strides ``view(-1)`` leads to a copy.
    """
    return view.flags.writeable and np.may_share_memory(view, whole)


def overlaps_itself(array) -> bool:
    """Whether two elements may lie at one place in memory."""
    span = array.itemsize
    for stride, n in sorted((abs(s), n) for s, n in zip(array.strides, array.shape) if n > 1):
        if stride < span:
            return True
        span += stride * (n - 1)
    return False


def broadcast_strides(x, shape) -> tuple[int, ...]:
    """x's strides when it is seen as ``shape``: 0 where a dimension is repeated."""
    return _seen_as(shape, x.shape, x.strides)


@lru_cache(4096)
def _seen_as(shape, own, strides):
    """Remembered, because the same few layers come again and again."""
    lead = len(shape) - len(own)
    return (0,) * lead + tuple(0 if n == 1 and m != 1 else s for n, m, s in zip(own, shape[lead:], strides))


def is_dense(array) -> bool:
    """Whether the elements fill a piece of memory, in whatever order of the dimensions."""
    return _fills(array.shape, array.strides, array.itemsize)


def _fills(shape, strides, size) -> bool:
    for stride, n in sorted(zip(strides, shape)):
        if n != 1:
            if stride != size:
                return False
            size *= n
    return True


def line_of(array):
    """All memory from the first element to the last, in one dimension; strides must not be negative."""
    span = 1 + sum((n - 1) * step // array.itemsize for n, step in zip(array.shape, array.strides))
    return np.lib.stride_tricks.as_strided(array, (span,), (array.itemsize,))


# What PyTorch makes of a tensor whose elements do not lie in order, these give in order, so that `.view` may see it otherwise.
# NumPy lays the results of all functions out as their operands.
IN_ORDER = frozenset(
    "sum mean amax amin prod norm vector_norm_of how_many var_over std_over var_mean_over std_mean_over logsumexp_over nansum_over max_dim "
    "min_dim median_along nanmedian_along kthvalue_along mode_along aminmax_over softmax log_softmax cumsum cumprod_along "
    "logcumsumexp_along cummax_along cummin_along gather roll index_select renormed masked_fill_number masked_fill_tensor logsigmoid "
    "padded tril triu stack_list tiled layer_normal rpow cross_along".split()
)
# These compute element by element as those declared ``elementwise`` do, and promote by themselves.
POINTWISE = frozenset("clamp_tensors lerp_tensor addcmul_list addcdiv_list mse_loss huber_loss smooth_l1_loss".split())
# And this, of memory of which this is true (it stands in the text of a dispatcher).
IN_ORDER_IF = {"index": "({x}.ndim < 3 or nested_in_order({x}))"}


def stands_for_one(array) -> bool:
    """Whether ``array`` is none, but what stands for one while a program is captured."""
    return hasattr(array, "stands_for_an_array")


def as_array(value, dtype=None):
    """``np.asarray``; what stands for an array stays itself, so that a program does not hold for these values alone, and so does
    an array on a device."""
    if isinstance(value, np.ndarray):
        return np.asarray(value, dtype)
    if stands_for_one(value) or hasattr(value, "on_host"):
        return value if dtype is None else value.astype(dtype)
    return np.asarray(value, dtype)


def in_order(array):
    """``array``, or a copy of it whose elements lie in order."""
    if type(array) is np.ndarray and array.ndim > 1 and not array.flags.c_contiguous:
        return np.ascontiguousarray(array)
    return array


def is_nested(op) -> bool:
    """Whether what primitive ``op`` gives lies in memory as its operands do (`laid_by`)."""
    alike = op.elementwise or op.__name__ in POINTWISE or len(op.inputs) == 1
    return alike and not op.view and op.__name__ not in IN_ORDER and op.__name__ not in IN_ORDER_IF


def laid_out(op, made, *operands):
    """What the dispatcher of primitive ``op`` makes of its result; a mask that it has is the first operand."""
    name = op.__name__
    if name in IN_ORDER or (name in IN_ORDER_IF and _CONDITION[name](operands[0])):
        return tuple(map(in_order, made)) if isinstance(made, tuple) else in_order(made)
    return laid_by(made, operands) if is_nested(op) and type(made) is np.ndarray and made.ndim > 1 else made


def nested_in_order(array) -> bool:
    """Whether each dimension steps at least as far as the next: elements in order, with or without gaps."""
    return all(a >= b for a, b in zip(array.strides, array.strides[1:]))


_CONDITION = {name: eval(f"lambda x: {text.format(x='x')}") for name, text in IN_ORDER_IF.items()}


def laid_as(array, like):
    """``array``, or a copy of it, laid out as ``like``, which is of the same shape: its dimensions are nested in that order."""
    if not (type(array) is np.ndarray is type(like)) or array.ndim < 2 or like.flags.c_contiguous or 0 in like.strides:
        return array
    out = np.empty_like(like, array.dtype)
    out[...] = array
    return out


@lru_cache(4096)
def nesting(shape, operands) -> tuple[int, ...]:
    """The dimensions of an elementwise result, the slowest in memory first, as PyTorch nests them.

    ``operands``: the shape, strides and itemsize of each.
    They are sorted by insertion, from the last to the first. Of two the one with the smaller step lies within the other, and the
    first operand that has a step in both decides; where those are equal, the smaller dimension lies within. Where none decides,
    the next but one is asked, and may change places with it.
    """
    steps = [_seen_as(shape, *operand[:2]) for operand in operands]
    order = list(range(len(shape)))[::-1]
    if len({*operands}) == 1 and operands[0][0] == shape and _fills(*operands[0]):
        order.sort(key=steps[0].__getitem__)
        return tuple(order[::-1])
    for i in range(1, len(order)):
        at = i
        for j in range(i - 1, -1, -1):
            within = _lies_within(steps, shape, order[at], order[j])
            if within:
                order[j], order[at] = order[at], order[j]
                at = j
            elif within is False:
                break
    return tuple(order[::-1])


def _lies_within(steps, shape, inner, outer) -> bool | None:
    """Whether dimension ``inner`` is to lie within ``outer``; None if no operand says."""
    for of in steps:
        a, b = of[inner], of[outer]
        if a and b:
            if a != b:
                return a < b
            if shape[inner] < shape[outer]:
                return True
    return None


def laid_by(made, operands):
    """``made``, what an elementwise function gives of ``operands``, or a copy of it that lies as PyTorch's does.

    NumPy lets each operand speak against turning two dimensions round, PyTorch lets the first decide.
    """
    if len(operands) == 1 and (0 not in operands[0].strides or operands[0].shape != made.shape):
        return made  # NumPy's rule is the same, or ``made`` is not elementwise
    if all(x.flags.c_contiguous for x in operands):
        return made
    order = nesting(made.shape, tuple([(x.shape, x.strides, x.itemsize) for x in operands]))
    if made.transpose(order).flags.c_contiguous:
        return made
    out = np.empty([made.shape[d] for d in order], made.dtype).transpose(sorted(order, key=order.__getitem__))
    out[...] = made
    return out


def is_basic(key) -> bool:
    """Integers, slices, None and ... only: NumPy gives a view."""
    return all(type(k) in (int, slice, type(None), type(...)) for k in (key if type(key) is tuple else (key,)))


# ---------------------------------------------------------------------- complex numbers seen as pairs or conjugates, and back

DTYPE_CHANGES = frozenset(("pairs_of", "from_pairs"))
SEEN_OTHERWISE = DTYPE_CHANGES.union(MIRRORED)


def complex_step(path) -> int | None:
    """The place of the last step of a view's path that shows other numbers than lie there, or pairs of them."""
    return next((i for i in range(len(path) - 1, -1, -1) if path[i][0].__name__ in SEEN_OTHERWISE), None)


def dtype_of_base(dtype, path):
    """The dtype of what ``path`` leads from, if it leads to ``dtype``."""
    width = dtype.itemsize // (2 if dtype.kind == "c" else 1)
    for op, _ in path:
        if op.__name__ in DTYPE_CHANGES:  # the first of them says what the base is
            return np.dtype(f"c{2 * width}" if op.__name__ == "pairs_of" else f"f{width}")
    return dtype


def put_through(xp, plain, step: int, g, shape, path):
    """``xp.put_view`` along a path whose ``step`` is such a one: its rule leads back through it. ``plain``: NumPy's namespace."""
    op, params = path[step]
    before = plain.take_view(np.broadcast_to(np.zeros((), dtype_of_base(np.dtype(g.dtype), path)), shape), path[:step])
    if rest := path[step + 1 :]:
        g = xp.put_view(g, op.forward(plain, before, **params).shape, rest)
    return xp.put_view(op.rules["x"](xp, g, {}), shape, path[:step])


def write_through(xp, base, part, path, put):
    """``base`` with ``part`` where a path leads that has such a step: written to what is seen there, and that back.

    ``put(base, part, path)`` gives a base written to along a path.
    """
    step = complex_step(path)
    op, params = path[step]
    before = xp.take_view(base, path[:step])
    shown = put(op.forward(xp, before, **params), part, path[step + 1 :])
    return put(base, op.rules["x"](xp, shown, {}), path[:step])


def over_through(plain, out, path, value) -> None:
    """``plain.over_view`` along such a path."""

    def put(base, part, path):
        made = np.array(base, order="C")
        plain.over_view(made, path, part)
        return made

    out[...] = write_through(plain, out, value, path, put)
