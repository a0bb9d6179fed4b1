"""``torch.autograd.forward_ad``: tensors that carry a tangent through what is computed from them.

>>> import autograd_lab as torch
>>> with dual_level():
...     x = make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0]))
...     unpack_dual(x**2)
UnpackedDualTensor(primal=tensor([1., 4.]), tangent=tensor([2., 0.]))
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import NamedTuple

from ..core import dtypes, forward
from ..core.grad_mode import is_inference_mode_enabled
from ..core.signatures import kind_of
from ..core.tensor import Tensor
from .names import face as _face

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

__getattr__, __dir__ = _face("forward_ad", globals())


class UnpackedDualTensor(NamedTuple):
    """A tensor and the tangent it carried; None if it carried none."""

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Start to carry tangents; one level at a time, as in PyTorch."""
    forward.open_level()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Stop, and drop all tangents."""
    if not forward.is_open:
        raise RuntimeError("Dual level must be a positive number.")
    if level not in (None, 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    forward.close_level()


class dual_level:
    """``with dual_level():`` tangents are carried inside the block and dropped at its end."""

    def __enter__(self):
        return enter_dual_level()

    def __exit__(self, *exc):
        exit_dual_level()


@contextmanager
def _set_fwd_grad_enabled(mode: bool):
    """Inside the block, whether tangents travel."""
    before, forward._busy = forward._busy, not mode
    try:
        yield
    finally:
        forward._busy = before


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A tensor over ``tensor``'s memory that carries ``tangent``, which has its shape."""
    if not forward.is_open:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for what, t in (("primal", tensor), ("tangent", tangent)):
        if not isinstance(t, Tensor):
            raise AttributeError(f"'{type(t).__name__}' object has no attribute 'is_floating_point'")
        if t.dtype.numpy.kind not in dtypes.DIFFERENTIABLE:
            raise ValueError(f"Expected {what} to be floating point or complex, but got: {t.dtype}")
    if forward.tangent_of(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not supported."
        )
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    dual = tensor.view(tensor.shape) if tensor.requires_grad else tensor.detach()
    forward.set_tangent(dual, tangent)
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """(the tensor without its tangent, the tangent or None)."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"_unpack_dual(): argument 'dual' (position 1) must be Tensor, not {kind_of(tensor)}")
    tangent = forward.tangent_of(tensor) if forward.is_open and not is_inference_mode_enabled() else None
    if tangent is None:
        return UnpackedDualTensor(tensor, None)
    with forward.undisturbed():
        primal = tensor.view(tensor.shape) if tensor.requires_grad else tensor.detach()
    forward.set_tangent(primal, None)
    return UnpackedDualTensor(primal, tangent)
