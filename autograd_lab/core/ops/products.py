"""Products of matrices and vectors, each with PyTorch's node; einsum is one node."""

from __future__ import annotations

import math

import numpy as np

from ..mistakes import check_expand
from ..namespaces import sum_to
from ..primitive import PRIMITIVES, primitive
from ..several import several
from ..tensor import Tensor
from .convert import dim_of, dims_of
from .linalg import check_dot, dot, matmul, mv

_call = {name: op.call for name, op in PRIMITIVES.items()}


def dot_word(x, tensor):
    """The sum of products of two vectors."""
    check_dot(x, tensor)
    return dot.call(x, tensor)


def mv_word(x, vec):
    """A matrix times a vector."""
    a, b = x._array, vec._array
    if not a.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    _check_mv(1, a, b, len(a))
    return mv.call(x, vec)


def _check_mv(ndim, matrix, vector, size) -> None:
    """Raise unless a vector of ``size`` (``ndim`` dimensions) can take matrix @ vector."""
    if ndim > 1 or matrix.ndim != 2 or vector.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {ndim}, {matrix.ndim}, {vector.ndim}")
    rows, columns = matrix.shape
    if columns != vector.size or size not in (rows, 1):
        raise RuntimeError(f"size mismatch, got input ({size}), mat ({rows}x{columns}), vec ({vector.size})")


def vdot_word(x, other):
    """The sum of products of two vectors."""
    check_dot(x, other)
    return vdot.call(x, other)


@primitive(name="VdotBackward0")
def vdot(xp, x, y):
    """The sum of products of two vectors."""
    return xp.sum(x * y)


@vdot.vjp("x")
def vdot_x(xp, g, y):
    return g * y


@vdot.vjp("y")
def vdot_y(xp, g, x):
    return g * x


def bmm(x, mat2):
    """Products of two batches of matrices, both three-dimensional."""
    if x._array.ndim != 3 or mat2._array.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if x._array.ndim != 3 else "batch2 must be a 3D tensor")
    batch, _, inner = x._array.shape
    got = mat2._array.shape[:2]
    if got != (batch, inner):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {inner}] but got: [{got[0]}, {got[1]}]."
        )
    return _call["bmm"](x, mat2)


def inner(x, other):
    """Sums of products over the last dimensions."""
    if not x._array.ndim or not other._array.ndim:
        return x * other
    return tensordot(x, other, ([-1], [-1]))


def outer(x, vec2):
    """All products of two vectors' elements."""
    _check_vectors("outer", x, "self", vec2)
    return x.reshape(-1, 1) * vec2.reshape(1, -1)


ger = outer


def _check_vectors(name, first, first_name, second) -> None:
    for t, which in ((first, first_name), (second, "vec2")):
        if t._array.ndim != 1:
            raise RuntimeError(f"{name}: Expected 1-D argument {which}, but got {t._array.ndim}-D")


# ---------------------------------------------------------------------- beta * x + alpha * product


def _check_addmm(x, a, b) -> None:
    for t, which in ((a, "mat1"), (b, "mat2")):
        if t._array.ndim != 2:
            raise RuntimeError(f"{which} must be a matrix, got {t._array.ndim}-D tensor")
    (n, k), (rows, m), shape = a._array.shape, b._array.shape, x._array.shape
    if k != rows:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {rows}x{m})")
    if shape != (m,) and shape != (n, m):  # a bias needs no further look
        check_expand(shape, (n, m), x._array.dtype)


def _check_addmv(x, a, b) -> None:
    _check_mv(x._array.ndim, a._array, b._array, x._array.size)


def _check_addr(x, a, b) -> None:
    _check_vectors("addr", a, "vec1", b)
    check_expand(x._array.shape, (a._array.size, b._array.size), x._array.dtype)


_CHECKS = {"addmm": _check_addmm, "addmv": _check_addmv, "addr": _check_addr}


def _added(name, product, left, right, doc):
    """``beta * x + alpha * product(a, b)``; ``left`` and ``right`` carry g to a and b."""

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

    forward.__name__, forward.__doc__ = f"{name}_list", doc
    op = primitive(forward, name=f"{name.title()}Backward0")
    for which, rule in (("x", added_x), ("a", added_a), ("b", added_b)):
        op.vjp(which)(rule)

    def word(x, a, b, *, beta=1, alpha=1):
        if (check := _CHECKS.get(name)) is not None:
            check(x, a, b)
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

# ---------------------------------------------------------------------- einsum


@several(name="EinsumBackward0")
def einsum_list(xp, *xs, equation):
    """Sums of products over named indices; every index of an operand occurs once in it."""
    return xp.np.einsum(equation, *xs, optimize=len(xs) > 2) if xp.np is np else xp.np.einsum(equation, *xs)


@einsum_list.vjp("xs")
def einsum_xs(xp, g, xs, equation):
    """The operand and the output change places; an index only this operand has is laid out again."""
    terms, out = equation.split("->")
    terms = terms.split(",")
    grads = []
    for i, mine in enumerate(terms):
        others = [t for j, t in enumerate(terms) if j != i]
        found = set(out).union(*others)
        wanted = "".join(c for c in mine if c in found)
        part = xp.einsum_list(g, *(x for j, x in enumerate(xs) if j != i), equation=f"{','.join([out, *others])}->{wanted}")
        shape = xs[i].shape
        sizes = dict(zip(wanted, part.shape))
        part = xp.reshape(part, tuple(sizes.get(c, 1) for c in mine))
        full = tuple(sizes.get(c, n) for c, n in zip(mine, shape))
        grads.append(sum_to(xp, xp.expand(part, full), shape))
    return grads


def einsum(equation, *operands):
    """Sums of products over named indices: ``einsum("ij,jk->ik", a, b)``. ``...`` stands for any further dimensions."""
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = operands[0]
    if not isinstance(equation, str):
        raise NotImplementedError("einsum: the format with sublists is not supported; pass an equation such as 'ij,jk->ik'")
    left, arrow, out = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(f"einsum(): the equation names {len(terms)} operands, but {len(operands)} were given")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in equation]
    extra = max((x._array.ndim - len(t.replace("...", "")) for t, x in zip(terms, operands) if "..." in t), default=0)
    names = "".join(free[:extra])
    if not arrow:
        letters = "".join(terms).replace(".", "")
        out = ("..." if "..." in left else "") + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    plain, given = [], []
    for term, x in zip(terms, operands):
        own = x._array.ndim - len(term.replace("...", ""))
        term = term.replace("...", names[extra - own :] if own else "")
        if len(term) != x._array.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(term)}) does not match the number of dimensions "
                f"({x._array.ndim}) for an operand and no ellipsis was given"
            )
        for c in [c for c in dict.fromkeys(term) if term.count(c) > 1]:
            while term.count(c) > 1:
                first, second = [i for i, d in enumerate(term) if d == c][:2]
                x = x.diagonal(0, first, second)
                term = "".join(d for i, d in enumerate(term) if i not in (first, second)) + c
        plain.append(term)
        given.append(x)
    return einsum_list(*given, equation=f"{','.join(plain)}->{out.replace('...', names)}")


# ---------------------------------------------------------------------- made of the others


def tensordot(a, b, dims=2):
    """Sums of products over pairs of dimensions: so many last of a and first of b, or the two lists."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        left, right = range(a._array.ndim - dims, a._array.ndim), range(dims)
    else:
        left, right = dims
    left, right = (dims_of(tuple(d), t._array.ndim) if len(d) else () for d, t in ((left, a), (right, b)))
    a_free = [d for d in range(a._array.ndim) if d not in left]
    b_free = [d for d in range(b._array.ndim) if d not in right]
    a_sizes, b_sizes = [a._array.shape[d] for d in a_free], [b._array.shape[d] for d in b_free]
    k = math.prod(a._array.shape[d] for d in left)
    m = _call["mm"](
        a.permute(*a_free, *left).reshape(math.prod(a_sizes), k), b.permute(*right, *b_free).reshape(k, math.prod(b_sizes))
    )
    return m.reshape(*a_sizes, *b_sizes) if a_sizes or b_sizes else m.reshape(())


def kron(x, other):
    """Every element of x times the whole of ``other``, in blocks."""
    n = max(x._array.ndim, other._array.ndim)
    a, b = (1,) * (n - x._array.ndim) + x._array.shape, (1,) * (n - other._array.ndim) + other._array.shape
    left = x.reshape(tuple(s for d in a for s in (d, 1)))
    return (left * other.reshape(tuple(s for d in b for s in (1, d)))).reshape(tuple(p * q for p, q in zip(a, b)))


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
    dim = shape.index(3) - ndim if dim is None else dim_of(dim, ndim) - ndim
    return cross_along.call(*(t if t._array.ndim == ndim else t.expand(shape) for t in (x, other)), dim)


def chain_matmul(*matrices):
    """The product of several matrices, from the left."""
    matrices = list(matrices[0]) if len(matrices) == 1 and isinstance(matrices[0], (tuple, list)) else list(matrices)
    out = matrices[0]
    for m in matrices[1:]:
        out = matmul(out, m)
    return out


def matrix_power(x, n):
    """A square matrix to an integer power."""
    if n < 0:
        return matrix_power(_call["inverse"](x), -n)
    out = None
    while n:
        out = (x if out is None else matmul(out, x)) if n & 1 else out
        n >>= 1
        x = matmul(x, x) if n else x
    if out is None:
        from .create import eye

        out = eye(x._array.shape[-1], dtype=x.dtype).expand(x._array.shape) + x * 0
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
