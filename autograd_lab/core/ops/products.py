"""Products of matrices and vectors, each with PyTorch's node."""

from __future__ import annotations

import math

import numpy as np

from ..complexes import is_complex
from ..namespaces import sum_to
from ..primitive import PRIMITIVES, primitive
from ..tensor import Tensor
from .convert import dim_of, dims_of
from .einsum import einsum  # noqa: F401  (one of this topic's words)
from .linalg import dot, matmul, mv
from .operands import CHECKS, check_bmm, check_dot, check_inner, check_mv, check_vectors
from .reshaping import unsafe_view

_call = {name: op.call for name, op in PRIMITIVES.items()}


def dot_word(x, tensor):
    """The sum of products of two vectors."""
    check_dot(x, tensor)
    return dot.call(x, tensor)


def mv_word(x, vec):
    """A matrix times a vector."""
    if not x._array.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    check_mv(1, x, vec, len(x._array))
    return mv.call(x, vec)


def vdot_word(x, other):
    """The sum of products of two vectors."""
    check_dot(x, other)
    return vdot.call(x, other)


@primitive(name="VdotBackward0", holomorphic=False)
def vdot(xp, x, y):
    """The sum of products of two vectors, the first conjugated."""
    return xp.cast(xp.sum((xp.conj(x) if is_complex(x) else x) * y), x.dtype)


@vdot.vjp("x")
def vdot_x(xp, g, y):
    return (xp.conj(g) if is_complex(g) else g) * y


@vdot.vjp("y")
def vdot_y(xp, g, x):
    return g * x


def bmm(x, mat2):
    """Products of two batches of matrices, both three-dimensional."""
    if x._array.ndim != 3 or mat2._array.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if x._array.ndim != 3 else "batch2 must be a 3D tensor")
    check_bmm(x, mat2)
    return _call["bmm"](x, mat2)


def inner(x, other):
    """Sums of products over the last dimensions."""
    check_inner(x, other)
    if not x._array.ndim or not other._array.ndim:
        return x * other
    return tensordot(x, other, ([-1], [-1]))


def outer(x, vec2):
    """All products of two vectors' elements."""
    check_vectors("outer", x, "self", vec2)
    return x.reshape(-1, 1) * vec2


ger = outer


# ---------------------------------------------------------------------- beta * x + alpha * product


def _whole(number, dtype: np.dtype) -> int:
    """The integer that a factor of integers is cut to."""
    number, limits = number.real if isinstance(number, complex) and not number.imag else number, np.iinfo(dtype)
    if isinstance(number, complex) or not limits.min <= number <= limits.max:
        kind = "int" if dtype == np.int32 else f"{dtype.name}_t"
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
    return int(number)


def _added(name, product, left, right, doc):
    """``beta * x + alpha * product(a, b)``; ``left`` and ``right`` carry g to a and b.

    As in PyTorch the gradient of a matrix that is the transpose of another lies by columns, so that the other's lies by rows:
    to bring a layer's weight its gradient by rows takes three times as long as to compute it.
    """

    def forward(xp, x, a, b, *, beta, alpha):
        term = product(xp, a, b)
        term = term * alpha if alpha != 1 else term
        return term if beta == 0 else (x if beta == 1 else x * beta) + term

    def added_x(xp, g, x_shape, beta):
        return sum_to(xp, g if beta == 1 else g * beta, x_shape)

    def added_a(xp, g, a_shape, b, alpha):
        return left(xp, g if alpha == 1 else g * alpha, b, a_shape)

    def added_b(xp, g, a, b_shape, alpha):
        return right(xp, g if alpha == 1 else g * alpha, a, b_shape)

    def added_by_columns(xp, g, a, b_shape, alpha):
        return xp.mT(xp.mm(xp.mT(g if alpha == 1 else g * alpha), a))

    if name == "addmm":
        added_b.by_columns = added_by_columns

    forward.__name__, forward.__doc__ = f"{name}_list", doc
    op = primitive(forward, name=f"{name.title()}Backward0")
    for which, rule in (("x", added_x), ("a", added_a), ("b", added_b)):
        op.vjp(which)(rule)

    def word(x, a, b, *, beta=1, alpha=1):
        if (check := CHECKS.get(name)) is not None:
            check(x, a, b)
        if x._array.dtype.kind in "iu" and name != "addr":  # which refuses them
            beta, alpha = _whole(beta, x._array.dtype), _whole(alpha, x._array.dtype)
        return op.call(x, a, b, beta, alpha)

    word.__doc__ = doc
    return word


addmm = _added("addmm", lambda xp, a, b: xp.mm(a, b), lambda xp, g, b, _: xp.mm(g, xp.mT(b)),
               lambda xp, g, a, _: xp.mm(xp.mT(a), g), "beta * x + alpha * (a @ b), matrices.")  # fmt: skip
addmv = _added("addmv", lambda xp, a, b: xp.matmul(a, b), lambda xp, g, b, _: xp.reshape(g, (-1, 1)) * b,
               lambda xp, g, a, _: xp.matmul(xp.mT(a), g), "beta * x + alpha * (a @ b), a matrix and a vector.")  # fmt: skip
addr = _added("addr", lambda xp, a, b: xp.reshape(a, (-1, 1)) * b, lambda xp, g, b, _: xp.matmul(g, b),
              lambda xp, g, a, _: xp.matmul(xp.mT(g), a), "beta * x + alpha * outer(a, b).")  # fmt: skip
baddbmm = _added("baddbmm", lambda xp, a, b: xp.matmul(a, b), lambda xp, g, b, _: xp.matmul(g, xp.mT(b)),
                 lambda xp, g, a, _: xp.matmul(xp.mT(a), g), "beta * x + alpha * (a @ b), batches of matrices.")  # fmt: skip
addbmm = _added("addbmm", lambda xp, a, b: xp.sum(xp.matmul(a, b), 0, False),
                lambda xp, g, b, shape: xp.matmul(xp.expand(g, (shape[0], *g.shape)), xp.mT(b)),
                lambda xp, g, a, shape: xp.matmul(xp.mT(a), xp.expand(g, (shape[0], *g.shape))),
                "beta * x + alpha * the sum of a batch's products.")  # fmt: skip

# ---------------------------------------------------------------------- made of the others


def tensordot(a, b, dims=2):
    """Sums of products over pairs of dimensions: so many last of a and first of b, or the two lists."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        left, right = range(a._array.ndim - dims, a._array.ndim), range(dims)
    else:
        left, right = dims
    check_inner(a, b)
    left, right = (dims_of(tuple(d), t._array.ndim) if len(d) else () for d, t in ((left, a), (right, b)))
    for i, j in zip(left, right):  # a size of 1 goes with any: the other is summed
        if a._array.shape[i] == 1 != b._array.shape[j]:
            b = b.sum(j, True)
        elif b._array.shape[j] == 1 != a._array.shape[i]:
            a = a.sum(i, True)
    a_free = [d for d in range(a._array.ndim) if d not in left]
    b_free = [d for d in range(b._array.ndim) if d not in right]
    a_sizes, b_sizes = [a._array.shape[d] for d in a_free], [b._array.shape[d] for d in b_free]
    k = math.prod(a._array.shape[d] for d in left)
    a, b = a.permute(*a_free, *left), b.permute(*right, *b_free)
    if not a_sizes and not b_sizes:
        flat = (t if t._array.ndim == 1 else t.reshape(k) for t in (a, b))
        return dot.call(*flat).view(())
    m = _call["mm"](a.reshape(math.prod(a_sizes), k), b.reshape(k, math.prod(b_sizes)))
    return m.reshape(*a_sizes, *b_sizes)


def kron(x, other):
    """Every element of x times the whole of ``other``, in blocks."""
    n = max(x._array.ndim, other._array.ndim)
    a, b = (1,) * (n - x._array.ndim) + x._array.shape, (1,) * (n - other._array.ndim) + other._array.shape
    left, right = (tuple(s for d in a for s in (d, 1)), tuple(s for d in b for s in (1, d)))
    seen, others = unsafe_view.call(x, left), unsafe_view.call(other, right)
    seen._counter, others._counter = x._shared_counter(), other._shared_counter()  # the users' memory: writes are noticed
    return unsafe_view.call(seen * others, tuple(p * q for p, q in zip(a, b)))


@primitive(elementwise=True, name="LinalgCrossBackward0")
def cross_along(xp, x, y, *, dim):
    """The vector product along ``dim``, of size 3."""
    return xp.np.cross(x, y, axis=dim)


@cross_along.vjp("x")
def cross_x(xp, g, y, dim):
    return xp.cross_along(y, g, dim)


@cross_along.vjp("y")
def cross_y(xp, g, x, dim):
    return xp.cross_along(g, x, dim)


def cross(x, other, dim=None):
    """The vector product along ``dim``, the first of size 3 unless told."""
    ndim = max(x._array.ndim, other._array.ndim)
    shape = np.broadcast_shapes(x._array.shape, other._array.shape)
    if x._array.dtype != other._array.dtype:
        raise RuntimeError(f"expected scalar type {x.dtype.kind} but found {other.dtype.kind}")
    dim = shape.index(3) - ndim if dim is None else dim_of(dim, ndim) - ndim
    return cross_along.call(*(t if t._array.ndim == ndim else t.expand(shape) for t in (x, other)), dim)


def chain_matmul(*matrices):
    """The product of several matrices, in the order that takes the fewest multiplications."""
    matrices = list(matrices[0]) if len(matrices) == 1 and isinstance(matrices[0], (tuple, list)) else list(matrices)
    return multi_dot(matrices) if len(matrices) > 1 else matrices[0]


def multi_dot(tensors):
    """The product of matrices, the first and last possibly vectors, in the order that takes the fewest multiplications."""
    first, *_, last = matrices = list(tensors)
    shape = (*first._array.shape[:-1], *last._array.shape[1:])
    if first._array.ndim == 1:
        matrices[0] = first.unsqueeze(0)
    if last._array.ndim == 1:
        matrices[-1] = last.unsqueeze(1)
    sizes = [m._array.shape[0] for m in matrices] + [matrices[-1]._array.shape[1]]
    return _multiplied(matrices, _order(sizes), 0, len(matrices) - 1).view(shape)


def _order(sizes):
    """{(i, j): the k after which the product of matrices i to j is split}: Cormen and others, "Introduction to algorithms", 15.2."""
    n = len(sizes) - 1
    cost, split = {(i, i): 0 for i in range(n)}, {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            costs = [cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)]
            cost[i, j] = min(costs)
            split[i, j] = i + costs.index(cost[i, j])
    return split


def _multiplied(matrices, split, i, j):
    if i == j:
        return matrices[i]
    k = split[i, j]
    return _call["mm"](_multiplied(matrices, split, i, k), _multiplied(matrices, split, k + 1, j))


def matrix_power(x, n):
    """A square matrix to an integer power."""
    if n < 0:
        from .decompositions import inv

        return matrix_power(inv(x), -n) if n < -1 else inv(x)
    if n < 2:
        from .create import eye

        return x.clone() if n else x.clone().copy_(eye(x._array.shape[-1], dtype=x.dtype, device=x.device))
    out = None
    while n:
        out = (x if out is None else matmul(out, x)) if n & 1 else out
        n >>= 1
        x = matmul(x, x) if n else x
    return out


@primitive(name="LinalgMatrixExpBackward0")
def matrix_exp(xp, x):
    """The exponential of square matrices."""
    return xp.expm(x)


@matrix_exp.vjp("x")
def matrix_exp_x(xp, g, x):
    """The upper right block of exp([[x', g], [0, x']])."""
    n, turned = x.shape[-1], xp.mT(x)
    block = xp.cat([xp.cat([turned, g], -1), xp.cat([g * 0, turned], -1)], -2)
    return xp.take(xp.matrix_exp(block), (..., slice(None, n), slice(n, None)))
