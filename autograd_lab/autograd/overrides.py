"""Arguments that bring their own meaning of an operation, by ``__torch_function__``: whether there are any, and asking them."""

from __future__ import annotations

from ..core.overrides import handle_torch_function, has_torch_function, is_tensor_like

__all__ = ["handle_torch_function", "has_torch_function", "is_tensor_like"]
