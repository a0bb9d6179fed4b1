"""Operations that PyTorch never gave a derivative: they compute, and their node says so when it is walked."""

from __future__ import annotations

from ..flat_writes import without_derivative
from ..grad_mode import is_recording
from ..namespaces import TENSORS
from ..node import Refusing, renamed
from ..primitive import RUNTIME
from ..tensor import Tensor


def underivable(told: str | Exception, out: Tensor, *operands, name: str | None = None) -> Tensor:
    """``out``, computed of ``operands`` without a record, with a node that refuses to be walked if one of them has a history.

    ``told`` is PyTorch's word for the operation, as in ``aten::heaviside``, or the exception to raise; ``name`` the node's
    name, if it is not ``NotImplemented``.
    """
    asking = [t for t in operands if isinstance(t, Tensor) and t.requires_grad]
    if not asking or not is_recording():
        return out
    if isinstance(told, str):
        out._node = without_derivative(told, *asking)
    else:
        out._node = Refusing(told, tuple(t._current() for t in asking), RUNTIME["draw"]())
    if name is not None:
        renamed(out._node, name)
    return out


def undifferentiated(word: str) -> str:
    """The name of what stands for the gradient of ``word`` where it is recorded itself, and PyTorch gave that no derivative."""
    name = f"{word}_backward"

    def refuse(grad, x):
        return underivable(f"aten::{name}", TENSORS.clone(grad), grad, x)

    TENSORS.register(name, refuse)
    return name
