"""``torch.autograd``'s face: backward, grad, Function, Variable, and ``graph``."""

from __future__ import annotations

import warnings

from .core import grad_mode
from .core.differentiate import backward, grad
from .core.function import Function, once_differentiable
from .core.node import Edge, edge_of
from .core.tensor import Tensor

__all__ = ["Function", "Variable", "backward", "function", "grad", "grad_mode", "graph", "no_grad", "enable_grad"]
no_grad, enable_grad, set_grad_enabled = grad_mode.no_grad, grad_mode.enable_grad, grad_mode.set_grad_enabled


class _VariableType(type):
    def __instancecheck__(cls, x):
        return isinstance(x, Tensor)


class Variable(metaclass=_VariableType):
    """The old name for a tensor that may require a gradient; makes a plain tensor over the same memory."""

    def __new__(cls, data, requires_grad=False, volatile=None):
        if volatile is not None:
            warnings.warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.", UserWarning,
                          stacklevel=2)  # fmt: skip
        out = data.detach()
        if requires_grad:
            out.requires_grad_()
        return out


Variable.__module__ = "torch.autograd.variable"


class GradientEdge(Edge):
    """A place a gradient can be asked for: a node and one of its outputs."""

    def __repr__(self):
        return f"GradientEdge(node={self.node}, output_nr={self.slot}, ownership_token=None)"


class graph:
    """What ``torch.autograd.graph`` offers: edges, and version counters by hand."""

    GradientEdge = GradientEdge

    @staticmethod
    def get_gradient_edge(t):
        return GradientEdge(*edge_of(t._current()))

    @staticmethod
    def increment_version(t):
        from .core.inplace import bump

        bump(t)

    @staticmethod
    def register_multi_grad_hook(tensors, hook):
        """Call ``hook([gradients])`` once all of them have arrived."""
        found = {}

        def note(i, g):
            found[i] = g
            if len(found) == len(tensors):
                grads = [found[k] for k in range(len(tensors))]
                found.clear()
                hook(grads)

        return [t.register_hook(lambda g, i=i: note(i, g)) for i, t in enumerate(tensors)]


class function:
    """What ``torch.autograd.function`` offers."""

    Function, once_differentiable = Function, once_differentiable


