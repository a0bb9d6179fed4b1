"""``grad``, ``vjp``, ``jvp`` and the Jacobians: functions in, functions out, nested as one likes.

A transform runs its function on tensors of its own. Those of an outer transform, and tensors of the caller's that require
gradients, stay connected, so ``grad(grad(f))`` differentiates twice. What only the transform's own tensors could reach is cut
off at the end: ``grad(f)(x)`` of a plain ``x`` is a plain tensor. Forward mode is a vjp differentiated with respect to its
vector, which nests; one level of true forward mode is ``autograd.forward_ad``.
"""

from __future__ import annotations

import functools

import numpy as np

from ..core import dtypes, errors
from ..core.context import transposing
from ..core.device import beside
from ..core.differentiate import grad as gradients_of
from ..core.ops.joining import stack
from ..core.tensor import Tensor, wrap, zeros_beside
from .own import own_of, parted, reaches, released, transforming
from .trees import leaves, mapped, rebuilt, shape_of
from .vectorized import check_randomness, drawing


def _chosen(args, argnums):
    """The arguments to differentiate: (their positions, whether one was asked for)."""
    single = isinstance(argnums, int)
    if not single and not (isinstance(argnums, tuple) and all(isinstance(n, int) for n in argnums)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = (argnums,) if single else argnums
    if len(set(numbers)) < len(numbers):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise RuntimeError(f"Got argnum={n}, but only {len(args)} positional inputs")
    return [n % len(args) for n in numbers], single


def _filled(found, like):
    return [zeros_beside(x) if g is None else g for g, x in zip(found, like)]


def _pulled(outputs, inputs, vectors):
    """vectors . J, zeros where independent; can be differentiated again."""
    live = [(o, v) for o, v in zip(outputs, vectors) if o.requires_grad]
    if not live:
        return _filled([None] * len(inputs), inputs)
    outputs, vectors = zip(*live)
    return _filled(gradients_of(outputs, inputs, vectors, allow_unused=True, create_graph=True), inputs)


def _call(func, args, has_aux, where):
    made = func(*args)
    if not has_aux:
        return made, None
    if not (isinstance(made, tuple) and len(made) == 2):
        raise RuntimeError(f"{where}: output of function f should be a tuple: (output, aux) if has_aux is True")
    for t in leaves(made[1]):
        if not isinstance(t, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(t)}")
    return made


def _only_tensors(tree, where):
    """The leaves of what a function returned."""
    found = leaves(tree)
    for t in found:
        if not isinstance(t, Tensor):
            raise RuntimeError(f"{where} to return only tensors, got unsupported type {type(t)}")
    return found


def _only_floats(outputs) -> None:
    """Raise if one of the outputs has no gradient by its dtype."""
    for t in outputs:
        if not is_floating(t):
            raise RuntimeError(
                f"vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype {t.dtype}"
            )


def _may_move(tree, what: str) -> None:
    """Raise if one of these, which have tangents or are some, is of integers."""
    for t in leaves(tree):
        if isinstance(t, Tensor) and not is_floating(t):
            raise ValueError(f"Expected {what} to be floating point or complex, but got: {t.dtype}")


def is_floating(t: Tensor) -> bool:
    """Whether t can have a gradient by its dtype, a complex one too."""
    return t._array.dtype.kind in dtypes.DIFFERENTIABLE


def _owned(tree):
    """The tree on tensors of the transform's own."""
    for t in leaves(tree):
        if not isinstance(t, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(t)}")
    return mapped(own_of, tree)


_OF_VJP, _OF_JVP = "vjp(f, *primals)", "jvp(f, primals, tangents)"


def grad_and_value(func, argnums=0, has_aux=False):
    """A function that returns (the gradient of ``func``, its value). ``func`` must return one number."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        numbers, single = _chosen(args, argnums)
        with transforming("grad", func, *parted(args, numbers, kwargs)) as recorded:
            args = list(args)
            for n in numbers:
                args[n] = _owned(args[n])
            own = [t for n in numbers for t in leaves(args[n])]
            value, aux = _call(functools.partial(func, **kwargs), args, has_aux, "grad_and_value(f)(*args)")
            if not isinstance(value, Tensor):
                raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(value)}")
            if value.ndim:
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with {value.ndim} dims. "
                    "Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            if value.is_complex():
                raise RuntimeError(errors.NOT_REAL.format(value.dtype))
            flat = iter(_pulled([value], own, [wrap(beside(np.ones((), value._array.dtype), value._array))]))
            found = tuple(rebuilt(args[n], flat) for n in numbers)
            found, value, aux = released((found[0] if single else found, value, aux), own, recorded)
        return (found, (value, aux)) if has_aux else (found, value)

    return wrapper


def grad(func, argnums=0, has_aux=False):
    """A function that returns the gradient of ``func``, which must return one number, in its argument ``argnums``.

    >>> import autograd_lab as torch
    >>> grad(lambda x: x**3)(torch.tensor(2.0))
    tensor(12.)
    >>> grad(grad(lambda x: x**3))(torch.tensor(2.0))
    tensor(12.)
    """

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        found, value = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return wrapper


def vjp(func, *primals, has_aux=False):
    """(``func(*primals)``, a function from vectors like the output to the tuple of their products with the Jacobians)."""
    with transforming("vjp", func, primals) as recorded:
        inside = _owned(primals)
        own = leaves(inside)
        made, aux = _call(func, inside, has_aux, _OF_VJP)
    outputs = _only_tensors(made, f"{_OF_VJP}: expected f(*primals)")
    _only_floats(outputs)

    def pull(cotangents, *more):
        cotangents = (cotangents, *more) if more else cotangents
        vectors = leaves(cotangents)
        if shape_of(cotangents) != shape_of(made):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. "
                f"cotangents: {shape_of(cotangents)}, primal output: {shape_of(made)}"
            )
        with transforming("vjp") as recorded:
            found = rebuilt(primals, iter(_pulled(outputs, own, vectors)))
        return released(found, own, recorded)

    shown = released((made, aux), own, recorded)
    return (shown[0], pull, shown[1]) if has_aux else (shown[0], pull)


def _push(func, primals, tangents, has_aux):
    """(output, its tangents, aux, own tensors)."""
    _may_move(primals, "primal")
    _may_move(tangents, "tangent")
    inside = mapped(own_of, primals)
    own = leaves(inside)
    made, aux = _call(func, inside, has_aux, _OF_JVP)
    outputs = _only_tensors(made, f"{_OF_JVP}: expected f(*primals)")
    moving = [is_floating(o) for o in outputs]  # what else f returns stands still
    us = [zeros_beside(o).requires_grad_() for o, moves in zip(outputs, moving) if moves]
    with transposing():
        pulled = _pulled([o for o, moves in zip(outputs, moving) if moves], own, us)
    live = [(p, t) for p, t in zip(pulled, tangents) if p.requires_grad]
    found = (
        gradients_of([p for p, _ in live], us, [t for _, t in live], allow_unused=True, create_graph=True)
        if live
        else [None] * len(us)
    )
    found = iter(found)
    moved = [next(found) if moves else None for moves in moving]
    return made, rebuilt(made, iter(_filled(moved, outputs))), aux, own + us


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """(``func(*primals)``, how it moves when the primals move along ``tangents``); both are tuples."""
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    if not leaves(primals):
        raise RuntimeError(f"{_OF_JVP}: Expected primals to contain at least one Tensor.")
    if shape_of(primals) != shape_of(tangents):
        raise RuntimeError(
            f"{_OF_JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 "
            f"tensors, tangents also must be. Got primals with structure {shape_of(primals)} and tangents with structure "
            f"{shape_of(tangents)}"
        )
    for what, tree in (("primals", primals), ("tangents", tangents)):
        for t in leaves(tree):
            if not isinstance(t, Tensor):
                raise RuntimeError(f"{_OF_JVP}: Expected {what} to only contain Tensors, got {type(t)}")
    for p, t in zip(leaves(primals), leaves(tangents)):
        if p.shape != t.shape:
            raise errors.tangent_shape(p.shape, t.shape)
    with transforming("jvp", func, primals) as recorded:
        made, moved, aux, own = _push(func, primals, leaves(tangents), has_aux)
        if strict and any(not any(reaches(out, own)) for out in leaves(made)):
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed with "
                "strict=True."
            )
    made, moved, aux = released((made, moved, aux), own, recorded)
    return (made, moved, aux) if has_aux else (made, moved)


def linearize(func, *primals):
    """(``func(*primals)``, the function from tangents to the output's tangents)."""

    def push(*tangents):
        if shape_of(tangents) != shape_of(primals):
            raise RuntimeError(
                f"Expected the tangents {shape_of(tangents)} to have the same argspec as the primals {shape_of(primals)}"
            )
        for i, (p, t) in enumerate(zip(leaves(primals), leaves(tangents))):
            if p.shape != t.shape:
                raise RuntimeError(
                    f"tangent:{i} with shape {t.shape} in flattened pytree doesn't match the shape {p.shape} of the corresponding "
                    "primal."
                )
            if p.dtype != t.dtype:
                raise RuntimeError(
                    f"tangent:{i} with dtype {t.dtype} in flattened pytree doesn't match the dtype {p.dtype} of the corresponding primal."
                )
        return jvp(func, primals, tangents)[1]

    _may_move(primals, "primal")
    return func(*primals), push


# ---------------------------------------------------------------------- Jacobians


def _units(like: Tensor):
    for k in range(like.numel()):
        unit = np.zeros(like.numel(), like._array.dtype)
        unit[k] = 1
        yield wrap(beside(unit.reshape(like._array.shape), like._array))


def _joined(pieces, shape, like, dim=0):
    if not pieces:
        return wrap(beside(np.zeros(shape, like._array.dtype), like._array))
    return stack([p.reshape(-1) for p in pieces], dim).reshape(shape)


def _refuse_complex(word: str, which: str, tensors) -> None:
    """RuntimeError if one of them is complex: such Jacobians are not of one number for each pair of elements."""
    for i, t in enumerate(tensors):
        if isinstance(t, Tensor) and t.is_complex():
            raise RuntimeError(
                f"{word}: Expected all {which} to be real but received complex tensor at flattened input idx: {i}"
            )


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None):
    """The Jacobian of ``func``, one backward pass an output element; of shape ``output.shape + input.shape``."""
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        _refuse_complex("jacrev", "inputs", leaves(list(args)))
        numbers, single = _chosen(args, argnums)
        with transforming("jacrev", func, *parted(args, numbers, kwargs)) as recorded:
            args = list(args)
            for n in numbers:
                args[n] = mapped(own_of, args[n])
            own = [t for n in numbers for t in leaves(args[n])]
            made, aux = _call(functools.partial(func, **kwargs), args, has_aux, _OF_VJP)
            blocks = []
            outs = _only_tensors(made, f"{_OF_VJP}: expected f(*primals)")
            _only_floats(outs)
            _refuse_complex("jacrev", "outputs", outs)
            for out in outs:
                rows = [_pulled([out], own, [unit]) for unit in _units(out)]
                flat = iter([_joined([row[j] for row in rows], out.shape + t.shape, t) for j, t in enumerate(own)])
                block = tuple(rebuilt(args[n], flat) for n in numbers)
                blocks.append(block[0] if single else block)
            found, aux = released((rebuilt(made, iter(blocks)), aux), own, recorded)
        return (found, aux) if has_aux else found

    return wrapper


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    """The Jacobian of ``func``, one pushforward an input element; of shape ``output.shape + input.shape``."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        check_randomness(randomness)
        _refuse_complex("jacfwd", "inputs", leaves(list(args)))
        numbers, single = _chosen(args, argnums)
        given = [t for n in numbers for t in leaves(args[n])]

        def of_chosen(*xs):
            flat, full = iter(xs), list(args)
            for n in numbers:
                full[n] = rebuilt(args[n], flat)
            return func(*full, **kwargs)

        columns, made, aux, own = [], None, None, []
        with transforming("jacfwd", func, *parted(args, numbers, kwargs)) as recorded, drawing(randomness) as anew:
            for j, t in enumerate(given):
                for unit in _units(t):
                    anew()
                    tangents = [unit if i == j else zeros_beside(x) for i, x in enumerate(given)]
                    made, moved, aux, mine = _push(of_chosen, tuple(given), tangents, has_aux)
                    _refuse_complex("jacfwd", "outputs", leaves(made))
                    columns.append((j, leaves(moved)))
                    own += mine
            blocks = []
            for k, out in enumerate(leaves(made)):
                flat = iter(
                    [_joined([c[k] for i, c in columns if i == j], out.shape + t.shape, t, -1) for j, t in enumerate(given)]
                )
                block = tuple(rebuilt(args[n], flat) for n in numbers)
                blocks.append(block[0] if single else block)
            found, aux = released((rebuilt(made, iter(blocks)), aux), own, recorded)
        return (found, aux) if has_aux else found

    return wrapper


def hessian(func, argnums=0):
    """The second derivatives of ``func``: forward over reverse.

    >>> import autograd_lab as torch
    >>> hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
