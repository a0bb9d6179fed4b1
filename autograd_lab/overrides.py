"""``torch.overrides``: whether arguments bring their own meaning of a function, and asking them for it.

>>> import autograd_lab as torch
>>> class Counted:
...     @classmethod
...     def __torch_function__(cls, func, types, args=(), kwargs=None):
...         return f"asked for {torch.overrides.resolve_name(func)}"
>>> torch.overrides.is_tensor_like(Counted()), torch.add(Counted(), 1)
(True, 'asked for torch.add')
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from . import autograd as _autograd
from .core.absent import missing as _missing
from .core.modes import BaseTorchFunctionMode, TorchFunctionMode
from .core.modes import pop_mode as _pop_mode  # noqa: F401  (these three are said with an underscore in PyTorch too)
from .core.modes import pop_mode_temporarily as _pop_mode_temporarily  # noqa: F401
from .core.modes import push_mode as _push_mode  # noqa: F401
from .core.overrides import exchanged as _exchanged
from .core.overrides import handle_torch_function, has_torch_function, is_tensor_like
from .core.tensor import Tensor

__all__ = ["BaseTorchFunctionMode", "TorchFunctionMode", "handle_torch_function", "has_torch_function",
           "has_torch_function_unary", "has_torch_function_variadic",
           "is_tensor_like", "is_tensor_method_or_property", "resolve_name", "wrap_torch_function"]  # fmt: skip


def has_torch_function_unary(argument) -> bool:
    """``has_torch_function`` of one argument."""
    return has_torch_function((argument,))


def has_torch_function_variadic(*arguments) -> bool:
    """``has_torch_function`` of arguments given one by one."""
    return has_torch_function(arguments)


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[Callable], Callable]:
    """Let a function ask, of those of its arguments that ``dispatcher`` names, any that has a ``__torch_function__``.

    >>> import autograd_lab as torch
    >>> @torch.overrides.wrap_torch_function(lambda a: (a,))
    ... def twice(a):
    ...     return a * 2
    >>> twice(torch.ones(1))
    tensor([2.])
    """

    def inner(func):
        @functools.wraps(func)
        def wrapped(*args, **kwargs):
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return wrapped

    return inner


def is_tensor_method_or_property(func: Callable) -> bool:
    """Whether ``func`` is a method of tensors, or reads one of their properties."""
    return _of_tensors(func) is not None and getattr(func, "__name__", "") != "__set__"


def _of_tensors(func) -> str | None:
    of_property = getattr(func, "__name__", None) in ("__get__", "__set__")  # Tensor.grad.__get__
    owner = getattr(func, "__self__", None) if of_property else func
    static = inspect.getattr_static  # of a word that is exchanged while a mode is entered, its own
    name = next((n for n in dir(Tensor) if getattr(word := static(Tensor, n), "own", word) is owner), None)
    return f"{name}.{func.__name__}" if name is not None and of_property else name


def resolve_name(f: Callable) -> str | None:
    """The name under which a function of the package's is found, ``torch.add``; None for others."""
    if (name := _of_tensors(f)) is not None:
        return f"torch.Tensor.{name}"
    import autograd_lab as package

    name = getattr(f, "__name__", "")
    for space in ("", "nn.functional", "nn.init", "linalg", "fft", "special"):
        module: Any = package
        for part in space.split(".") if space else ():
            module = getattr(module, part)
        own = name.removeprefix(f"{space}_")  # of linalg_inv, as it calls itself
        if getattr(module, own, None) is f:
            return ".".join(("torch", space, own) if space else ("torch", own))
    return None


_exchanged(_autograd.__dict__, ["backward", "grad"])


def __getattr__(name: str):
    raise _missing("torch.overrides", name)
