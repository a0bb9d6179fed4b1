"""Derivatives of functions, not of graphs: ``jacobian``, ``hessian``, and their products with vectors.

All take ``func`` and ``inputs`` (a tensor, or a tuple of them) and answer in kind: a tensor for a tensor, a tuple for a
tuple. ``func`` runs on fresh tensors, so a tensor it captures is not mistaken for an input. With ``create_graph=True`` the
answers can be differentiated; with ``strict=True`` an output or a derivative that does not depend on an input is an error,
not zeros. Forward mode is what ``jvp`` and ``hvp`` get by differentiating a vjp with respect to its vector, as in PyTorch.
"""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np

from ..core import errors
from ..core.context import transposing
from ..core.device import beside
from ..core.differentiate import grad
from ..core.grad_mode import enable_grad
from ..core.ops.joining import stack
from ..core.tensor import Tensor, wrap, zeros_beside
from .names import face as _face

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

__getattr__, __dir__ = _face("functional", globals())


# ---------------------------------------------------------------------- tuples in, tuples out


def _tuple(x, what: str, where: str):
    """(x as a tuple of tensors, whether it was one)."""
    listed = isinstance(x, tuple)
    xs = tuple(x) if listed else (x,)
    for i, t in enumerate(xs):
        if not isinstance(t, Tensor):
            raise TypeError(
                f"The {what} given to {where} must be either a Tensor or a tuple of Tensors but the "
                + (f"value at index {i} has type {type(t)}." if listed else f"given {what} has type {type(t)}.")
            )
    return xs, listed


def _alike(values, listed: bool):
    return tuple(values) if listed else values[0]


def _fresh(inputs, create_graph: bool):
    """Inputs that want gradients and that nobody else holds; connected to the caller's graph if that is asked for."""
    return tuple(t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_() for t in inputs)


def _call(func, inputs, where: str, strict: bool):
    outputs, listed = _tuple(func(*inputs), "outputs of the user-provided function", where)
    if strict:
        for i, out in enumerate(outputs):
            if not out.requires_grad:
                raise RuntimeError(
                    f"Output {i} of the user-provided function does not require gradients. The outputs must be computed in a "
                    "differentiable manner from the input when running in strict mode."
                )
    return outputs, listed


def _refuse_complex(outputs) -> None:
    """Raise if what is to be differentiated without a vector is complex."""
    for out in outputs:
        if out.requires_grad and out.is_complex():
            raise RuntimeError(errors.NOT_REAL.format(out.dtype))


def _grads(outputs, inputs, vectors, create_graph: bool):
    """d(outputs . vectors) / d inputs, None where independent."""
    live = [(out, v) for out, v in zip(outputs, vectors) if out.requires_grad]
    if not live:
        return (None,) * len(inputs)
    outputs, vectors = zip(*live)
    return grad(outputs, inputs, vectors, allow_unused=True, create_graph=create_graph, retain_graph=True)


def _filled(grads, like, strict: bool, sentence: str, needed: str | None = None):
    """Zeros for None, or in strict mode an error saying of which one; ``needed``: another, of what cannot be differentiated."""
    for i, g in enumerate(grads):
        if g is None and strict:
            raise RuntimeError(sentence.format(i=i))
        if needed is not None and not g.requires_grad:
            raise RuntimeError(needed.format(i=i))
    return tuple(zeros_beside(x) if g is None else g for g, x in zip(grads, like))


def _depends(grads, sentence: str):
    for i, g in enumerate(grads):
        if not g.requires_grad:
            raise RuntimeError(sentence.format(i=i))


def _finished(tensors, create_graph: bool):
    return tuple(tensors) if create_graph else tuple(t.detach() for t in tensors)


def _vectors(v, like, is_tuple: bool, where: str, default: str):
    """``v`` checked against what it is to be multiplied with; ones if it may be left out."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(default)
        if like[0].is_complex():
            raise RuntimeError(errors.NOT_REAL.format(like[0].dtype))
        return (wrap(beside(np.ones(like[0].shape, like[0]._array.dtype), like[0]._array)),)
    vs, _ = _tuple(v, "v", where)
    if len(vs) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}."
            if is_tuple
            else "The given v should contain a single Tensor."
        )
    for i, (mine, other) in enumerate(zip(vs, like)):
        if mine.shape != other.shape:
            prefix = f"Entry {i} in " if is_tuple else ""
            raise RuntimeError(f"{prefix}v has invalid size: should be {other.shape} but got {mine.shape}.")
    return vs


_OF_OUTPUT = "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
_OF_INPUT = "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
_INDEPENDENT = "The output of the user-provided function is independent of input {i}. This is not allowed in strict mode."
_JACOBIAN_INDEPENDENT = (
    "The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict mode when "
    "create_graph=True."
)
_HESSIAN_INDEPENDENT = (
    "The hessian of the user-provided function is independent of input {i}. This is not allowed in strict mode when "
    "create_graph=True."
)
_LINEAR = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {i} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
    "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for example)."
)


# ---------------------------------------------------------------------- products with vectors


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(inputs), v . J): the gradient of ``(func(inputs) * v).sum()``; ``v`` has the outputs' shapes.

    >>> import autograd_lab as torch
    >>> vjp(lambda x: x * x, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    inputs, listed = _tuple(inputs, "inputs", "vjp")
    with enable_grad():
        inputs = _fresh(inputs, create_graph)
        outputs, several = _call(func, inputs, "vjp", strict)
        vs = _vectors(v, outputs, several, "vjp", _OF_OUTPUT)
        needed = _JACOBIAN_INDEPENDENT if strict and create_graph else None
        found = _filled(_grads(outputs, inputs, vs, create_graph), inputs, strict, _INDEPENDENT, needed)
    return _alike(_finished(outputs, create_graph), several), _alike(_finished(found, create_graph), listed)


def _double_backward(outputs, inputs, vs, create_graph: bool, strict: bool, by_jvp: bool = False):
    """J . v: a vjp is linear in its vector u, so its derivative along v with respect to u is the jvp.

    ``by_jvp``: of a Function it is what its ``jvp`` says.
    """
    us = tuple(zeros_beside(out).requires_grad_() for out in outputs)
    with transposing() if by_jvp else nullcontext():
        pulled = _filled(_grads(outputs, inputs, us, True), inputs, strict, _INDEPENDENT)
    found = _grads(pulled, us, vs, create_graph)
    return _filled(found, outputs, strict, (
        "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the double backward "
        "trick to compute forward mode gradients. This is not allowed in strict mode."))  # fmt: skip


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(inputs), J . v): how the outputs move when the inputs move along ``v``, which has the inputs' shapes.

    >>> import autograd_lab as torch
    >>> jvp(lambda x: x * x, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    inputs, listed = _tuple(inputs, "inputs", "jvp")
    vs = _vectors(v, inputs, listed, "jvp", _OF_INPUT)
    with enable_grad():
        inputs = _fresh(inputs, create_graph)
        outputs, several = _call(func, inputs, "jvp", strict)
        found = _double_backward(outputs, inputs, vs, create_graph, strict)
        if strict and create_graph:
            _depends(found, _JACOBIAN_INDEPENDENT)
    return _alike(_finished(outputs, create_graph), several), _alike(_finished(found, create_graph), several)


def _one_number(outputs, several: bool, where: str):
    if several:
        raise RuntimeError(f"The function given to {where} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {where} should contain a single element")
    return outputs[0].squeeze()


def _slope(func, inputs, where: str, strict: bool):
    """(output, its gradient, which can be differentiated again)."""
    outputs, several = _call(func, inputs, where, strict)
    _one_number(outputs, several, where)
    _refuse_complex(outputs)
    ones = (wrap(beside(np.ones(outputs[0].shape, outputs[0]._array.dtype), outputs[0]._array)),)
    return outputs, _filled(_grads(outputs, inputs, ones, True), inputs, strict, _INDEPENDENT)


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(inputs), v . H) for a ``func`` that returns one number; ``v`` has the inputs' shapes."""
    inputs, listed = _tuple(inputs, "inputs", "vhp")
    vs = _vectors(v, inputs, listed, "vhp", _OF_INPUT)
    with enable_grad():
        inputs = _fresh(inputs, create_graph)
        outputs, slope = _slope(func, inputs, "vhp", strict)
        if strict:
            _depends(slope, _LINEAR)
        found = _filled(_grads(slope, inputs, vs, create_graph), inputs, strict, _INDEPENDENT)
        if strict and create_graph:
            _depends(found, _HESSIAN_INDEPENDENT)
    return _finished(outputs, create_graph)[0], _alike(_finished(found, create_graph), listed)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(inputs), H . v) by forward over reverse; ``vhp`` gives the same numbers for less.

    >>> import autograd_lab as torch
    >>> hvp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    inputs, listed = _tuple(inputs, "inputs", "hvp")
    vs = _vectors(v, inputs, listed, "hvp", _OF_INPUT)
    with enable_grad():
        inputs = _fresh(inputs, create_graph)
        outputs, slope = _slope(func, inputs, "hvp", strict)
        if strict:
            _depends(slope, _LINEAR)
        found = _double_backward(slope, inputs, vs, create_graph, strict)
        if strict and create_graph:
            _depends(found, _HESSIAN_INDEPENDENT)
    return _finished(outputs, create_graph)[0], _alike(_finished(found, create_graph), listed)


# ---------------------------------------------------------------------- whole matrices


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """d outputs / d inputs, of shape ``output.shape + input.shape``; a tuple per output of tuples per input where several.

    Rows by reverse mode, one backward pass an output element; columns with ``strategy="forward-mode"``, one pushforward an
    input element. ``vectorize`` changes nothing but which options may be combined.

    >>> import autograd_lab as torch
    >>> jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
            'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    forward = strategy == "forward-mode"
    for option, given, kind in (("create_graph", create_graph, NotImplementedError), ("strict", strict, RuntimeError)):
        if forward and given:
            raise kind(
                f'torch.autograd.functional.jacobian: `{option}=True` and `strategy="forward-mode"` are not supported together '
                f'(yet). Please either set `{option}=False` or `strategy="reverse-mode"`.'
            )
    if forward and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
        )
    inputs, listed = _tuple(inputs, "inputs", "jacobian")
    with enable_grad():
        inputs = _fresh(inputs, create_graph)
        outputs, several = _call(func, inputs, "jacobian", strict)
        if strict and vectorize:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please "
                "either set `strict=False` or `vectorize=False`."
            )
        if not vectorize:
            _refuse_complex(out for out in outputs if out.numel())
        make = _columns if forward else _rows
        blocks = [make(i, out, inputs, create_graph, strict) for i, out in enumerate(outputs)]
    return _alike([_alike(_finished(row, create_graph), listed) for row in blocks], several)


def _units(like):
    """Each of the tensors that are 1 in one place."""
    for k in range(like.numel()):
        unit = np.zeros(like.numel(), like._array.dtype)
        unit[k] = 1
        yield wrap(beside(unit.reshape(like.shape), like._array))


def _rows(i, out, inputs, create_graph, strict):
    """The blocks d out / d input for each input."""
    found = [[] for _ in inputs]
    for unit in _units(out):
        row = _grads((out,), inputs, (unit,), create_graph)
        if strict:
            for j, g in enumerate(row):
                if g is None:
                    raise RuntimeError(f"Output {i} of the user-provided function is independent of input {j}. This is not allowed "
                                       "in strict mode.")  # fmt: skip
                if create_graph and not g.requires_grad:
                    raise RuntimeError(_JACOBIAN_INDEPENDENT.format(i=i))  # PyTorch counts outputs here, too
        row = _filled(row, inputs, False, "")
        for column, g in zip(found, row):
            column.append(g)
    return [_joined(column, out.shape + t.shape, t) for column, t in zip(found, inputs)]


def _columns(i, out, inputs, create_graph, strict):
    blocks = []
    for t in inputs:
        columns = [_double_backward((out,), (t,), (unit,), False, False, True)[0].reshape(-1) for unit in _units(t)]
        block = stack(columns, 1) if columns else wrap(beside(np.zeros((out.numel(), 0), out._array.dtype), out._array))
        blocks.append(block.reshape(out.shape + t.shape))
    return blocks


def _joined(pieces, shape, like):
    return stack(pieces).view(shape) if pieces else wrap(beside(np.zeros(shape, like._array.dtype), like._array))


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    """The second derivatives of a ``func`` that returns one number, of shape ``input.shape + input.shape``.

    >>> import autograd_lab as torch
    >>> hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    inputs, listed = _tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def slope(*xs):
        if outer_jacobian_strategy == "forward-mode":
            xs = tuple(x if x.requires_grad else x.requires_grad_() for x in xs)
        outputs, several = _call(func, xs, "hessian", strict)
        _one_number(outputs, several, "hessian")
        ones = (wrap(beside(np.ones(outputs[0].shape, outputs[0]._array.dtype), outputs[0]._array)),)
        return _filled(_grads(outputs, xs, ones, True), xs, strict, _LINEAR, _LINEAR if strict else None)

    blocks = jacobian(slope, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return _alike([_alike(row, listed) for row in blocks], listed)
