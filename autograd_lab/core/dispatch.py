"""Every operation as a call that somebody watches, with the name and the arguments PyTorch's dispatcher gives it.

``watching(answer, told)``: inside the block each primitive answers ``answer(op, args, params)``, which runs it with
``run(op, args, params)``. A backward pass then walks step by step and its rules run on tensors, so that what they compute
comes the same way; where PyTorch has one fused function for a rule (`FUSED`) the rule runs on arrays as always and is told of
as that one call. What is no primitive (a gradient's seed, a leaf's ``.grad``, a new tensor) is told of: ``told(word, args, out)``.
Outside such blocks nothing of this exists and nothing is paid.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from . import births, grad_mode
from .backward import chosen, observers, pass_type
from .primitive import Primitive, interpreted_by
from .tensor import Tensor, wrap

# PyTorch's word where it is not that of the node in lower case.
WORDS = {"to": "_to_copy", "pow_scalar": "pow", "pow_tensor": "pow", "rpow": "pow", "softmax": "_softmax",
         "log_softmax": "_log_softmax", "unsafe_view": "_unsafe_view"}  # fmt: skip
OVERLOADS = {"add": "Tensor", "sub": "Tensor", "mul": "Tensor", "div": "Tensor", "rsub": "Scalar", "add_scaled": "Tensor",
             "sub_scaled": "Tensor", "rsub_scaled": "Tensor", "pow_scalar": "Tensor_Scalar",
             "pow_tensor": "Tensor_Tensor", "rpow": "Scalar", "transpose": "int", "select": "int", "slice": "Tensor",
             "max_dim": "dim", "min_dim": "dim", "where_mask_op": "self", "scatter": "src"}  # fmt: skip
OVER_A_DIM = {"sum": "dim_IntList", "mean": "dim", "var": "correction", "std": "correction"}  # and none over all
FUSED = {"relu": "threshold_backward", "sigmoid": "sigmoid_backward", "tanh": "tanh_backward", "softmax": "_softmax_backward_data",
         "log_softmax": "_log_softmax_backward_data", "gelu": "gelu_backward", "silu": "silu_backward", "elu": "elu_backward",
         "softplus": "softplus_backward", "leaky_relu": "leaky_relu_backward", "select": "select_backward",
         "slice": "slice_backward", "mse_loss_list": "mse_loss_backward"}  # fmt: skip


def word_of(op) -> str:
    """PyTorch's name of a primitive: that of its node, in lower case."""
    word = WORDS.get(op.__name__)
    if word is None:
        camel = re.sub(r"Backward\d*$", "", op.node_name) if op.rules else op.__name__
        word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", camel).lower()
    return word


def spelled(op, args, params) -> tuple[str, list]:
    """(``mul.Tensor``, its arguments as PyTorch orders them) of a call of ``op``."""
    word, overload = word_of(op), OVERLOADS.get(op.__name__)
    known = dict(zip((*op.inputs, *op.params), args)) if not op.variadic else dict(zip(op.params, ()))
    tensors = list(args[: len(op.inputs)]) if not op.variadic else [list(args)]
    values = dict(op.params) | {name: value for name, value in known.items() if name in op.params} | params
    if op.__name__ in OVER_A_DIM:
        dim, keepdim = values.get("dim"), values.get("keepdim")
        if dim is None:
            return word, tensors
        return f"{word}.{OVER_A_DIM[op.__name__]}", [
            *tensors,
            [dim] if isinstance(dim, int) else list(dim),
            *([True] if keepdim else []),
        ]
    given = [list(v) if isinstance(v, tuple) else v for name, v in values.items() if v is not op.params[name]]
    return f"{word}.{overload}" if overload else word, [*tensors, *given]


def run(op, args, params):
    """What ``op`` makes of its arguments, as if nobody watched."""
    op.interpreter = None  # its own, before the class's
    try:
        if type(op) is Primitive:
            op.build()  # writing its code at first use is none of the call
        return op.call(*args, **params)
    finally:
        del op.interpreter
        op.postpone()


class _Watch:
    """What one ``watching`` asks for. ``answer`` as a bound method stays itself on the class of primitives."""

    def __init__(self, answer, told):
        self._answer, self.told = answer, told

    def answer(self, op, args, params):
        return self._answer(op, args, params)

    def __call__(self, step) -> None:
        """An observer, so that passes go step by step."""

    def seeded(self, output, seed) -> None:
        """``backward()`` made the gradient of ``output`` with respect to itself."""
        self.told("ones_like", (output,), seed)

    def made(self, op, inputs, params, out, node) -> None:
        """A tensor was made of no other: tell by which function, with its arguments."""
        if op in ("detach", "data"):
            self.told("detach", inputs, out)
        elif op == "tensor" and (call := _factory()) is not None:
            self.told(call[0], call[1], out)


def _factory() -> tuple[str, dict] | None:
    """(name, arguments) of the function that is making a leaf; None if it is not one of those users call."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_name != "leaf":
        frame = frame.f_back
    if frame is None or frame.f_back is None:
        return None
    frame = frame.f_back
    home, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
    return (name, dict(frame.f_locals)) if home.endswith("ops.create") else None


class OnTensors:
    """A backward pass whose rules run on tensors, so that they are seen; stands before the class of pass that would have run."""

    __slots__ = ()
    told: Callable
    create_graph: bool
    keep: bool
    grads: dict

    def _apply(self, node, g):
        op = node.primitive
        if self.create_graph or not isinstance(op, Primitive):
            return super()._apply(node, g)
        if op.__name__ in FUSED:
            return self._fused(FUSED[op.__name__], node, g)
        seed = [None if x is None else wrap(x) for x in g] if node.outputs > 1 else wrap(g)
        with grad_mode.no_grad():
            return tuple(None if sent is None else sent._array for sent in node.apply_tensors(seed, self.keep))

    def _fused(self, word, node, g):
        kept = [wrap(v) if hasattr(v, "dtype") else getattr(v, "_array", v) for v in node.saved().values()]
        sent = super()._apply(node, g)
        out = next((wrap(s) for s in sent if s is not None), None)
        self.told(word, (wrap(g) if node.outputs == 1 else g, *kept), out)
        return sent

    def _gather(self, point, grad):
        old = self.grads.get(point)
        if old is None or isinstance(old, (Tensor, list)):
            return super()._gather(point, grad)
        with grad_mode.no_grad():
            self.grads[point] = (wrap(old) + wrap(grad))._array

    def _sink(self, sink, g):
        before = sink.grad
        sent = super()._sink(sink, g)
        if sink.grad is not None and not self.create_graph and (before is None or sink.grad is before):
            if before is None and getattr(g, "base", None) is not None:  # lent memory, such as an expanded gradient's: copied
                self.told("new_empty_strided", (wrap(g), *_layout(sink.grad)), sink.grad)
                self.told("copy_", (sink.grad, wrap(g)), sink.grad)
            elif before is None:
                self.told("detach", (sink.grad,), sink.grad)
            else:
                self.told("add_.Tensor", (before, sent if isinstance(sent, Tensor) else wrap(sent)), before)
        return sent


def _layout(t):
    """Size and strides, and then what PyTorch adds in every call."""
    return list(t.shape), list(t.stride()), f"dtype={t.dtype}, layout=torch.strided, device=cpu"


@contextmanager
def watching(
    answer: Callable, told: Callable[[str, Any, Any], None], mixin: type = OnTensors, factories: bool = True
) -> Iterator[None]:
    """See the module's docstring. ``mixin`` is a subclass of ``OnTensors`` to put before the class of pass that would run."""
    watch = _Watch(answer, told)
    with ExitStack() as stack:
        stack.enter_context(interpreted_by(watch.answer))
        base = pass_type()
        kind = type(base.__name__, (mixin, base), {"__slots__": (), "told": staticmethod(told)})
        stack.callback(chosen.reset, chosen.set(kind))
        observers.append(watch)
        stack.callback(observers.remove, watch)
        if factories:
            births.listen(watch.made)
            stack.callback(births.unlisten, watch.made)
        yield
