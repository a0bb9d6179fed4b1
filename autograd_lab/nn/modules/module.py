"""``Module``: a layer, its parameters, buffers and sub-layers, found by name."""

from __future__ import annotations

import itertools
from types import FunctionType

from ...core import dtypes
from ...core.accumulate import clear_grad
from ...core.tensor import Tensor
from ..parameter import Buffer, Parameter, is_lazy
from . import registration
from .hooks import (
    Hooked,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from .registration import *  # noqa: F403  (the list of names is its __all__)
from .registration import BUFFERS, MODULES, PARAMETERS, registered
from .state import Stateful, _IncompatibleKeys
from .utils import check_cast, typename

__all__ = ["Module", "_IncompatibleKeys", "register_module_forward_hook", "register_module_forward_pre_hook",
           "register_module_full_backward_hook", "register_module_full_backward_pre_hook"]  # fmt: skip
__all__ += registration.__all__


class Module(Hooked, Stateful):
    """Subclass it, set parameters and layers as attributes in ``__init__``, and write ``forward``.

    >>> import autograd_lab as torch
    >>> class Line(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = torch.nn.Parameter(torch.ones(1))
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> [name for name, _ in Line().named_parameters()]
    ['slope']
    """

    training: bool

    def __init__(self, *args, **kwargs):
        for name in ("_parameters", "_buffers", "_modules"):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "_non_persistent_buffers_set", set())
        object.__setattr__(self, "training", True)
        self._start_hooks()
        self._start_state()
        if kwargs:
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if args:
            given = f"{len(args) + 1} were" if args else "1 was"
            raise TypeError(f"{type(self).__name__}.__init__() takes 1 positional argument but {given} given")

    def forward(self, *args, **kwargs):
        """What the module computes; written by subclasses."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # ------------------------------------------------------------------ attributes
    def __setattr__(self, name, value):
        own = self.__dict__
        parameters, modules, buffers = own.get("_parameters"), own.get("_modules"), own.get("_buffers")
        if isinstance(value, Parameter):
            _started(parameters, "parameters")
            self._forget(name, but=parameters)
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            _only_none(value, f"parameter '{name}' (torch.nn.Parameter or None expected)")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            _started(modules, "module")
            self._forget(name, but=modules)
            self._modules[name] = registered(MODULES, self, name, value)
        elif modules is not None and name in modules:
            _only_none(value, f"child module '{name}' (torch.nn.Module or None expected)")
            modules[name] = registered(MODULES, self, name, value)
        elif isinstance(value, Buffer) and (buffers is None or name not in buffers):
            _started(buffers, "buffer")
            self._forget(name)
            self.register_buffer(name, value, value.persistent)
        elif buffers is not None and name in buffers:
            if not isinstance(value, Tensor):
                _only_none(value, f"buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)")
            buffers[name] = registered(BUFFERS, self, name, value)
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name, but=None) -> None:
        """Remove what is called ``name``, wherever it is; in ``but`` it keeps its place."""
        for place in (self.__dict__, self._parameters, self._buffers, self._modules):
            if place is not but:
                place.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __getattr__(self, name):
        own = self.__dict__
        if "_parameters" in own:
            for found in (own["_parameters"], own["_modules"], own["_buffers"]):
                if name in found:
                    return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        for place in (self._parameters, self._buffers, self._modules):
            if name in place:
                del place[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self):
        found = {*object.__dir__(self), *self._parameters, *self._buffers, *self._modules}
        return sorted(name for name in found if not name[0].isdigit())

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under ``name``; None reserves the name."""
        _started(self.__dict__.get("_parameters"), "parameter")
        self._check_name(name, "parameter", self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To express "
                f"'{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = param if param is None else registered(PARAMETERS, self, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module's state but is not trained; it is saved unless not ``persistent``."""
        _started(self.__dict__.get("_buffers"), "buffer")
        self._check_name(name, "buffer", self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)")
        self._buffers[name] = registered(BUFFERS, self, name, tensor)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a sub-module under ``name``."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name(name, "module", self._modules)
        self._modules[name] = registered(MODULES, self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a sub-module under ``name``."""
        self.add_module(name, module)

    def _check_name(self, name, what: str, place) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {typename(name)}")
        if "." in name and what != "module":
            raise KeyError(f'{what} name can\'t contain "."')
        if name == "" and what != "module":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if hasattr(self, name) and name not in place:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'module name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError('module name can\'t be empty string ""')

    # ------------------------------------------------------------------ finding things
    def named_children(self):
        """(name, module) of the modules set on this one, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self):
        """The modules set on this one."""
        for _, m in self.named_children():
            yield m

    def named_modules(self, memo=None, prefix: str = "", remove_duplicate: bool = True):
        """(dotted name, module) of this module and all below it, each once."""
        memo = set() if memo is None else memo
        if self not in memo:
            if remove_duplicate:
                memo.add(self)
            yield prefix, self
            for name, module in self._modules.items():
                if module is not None:
                    yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True):
        """This module and all below it, each once unless not ``remove_duplicate``."""
        for _, m in self.named_modules(remove_duplicate=remove_duplicate):
            yield m

    def _named(self, place: str, recurse: bool, prefix: str, remove_duplicate: bool):
        seen = set()
        found = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in found:
            for name, tensor in getattr(module, place).items():
                if tensor is not None and id(tensor) not in seen:
                    if remove_duplicate:
                        seen.add(id(tensor))
                    yield f"{path}.{name}" if path else name, tensor

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """(dotted name, parameter), each once."""
        yield from self._named("_parameters", recurse, prefix, remove_duplicate)

    def parameters(self, recurse: bool = True):
        """All parameters, each once."""
        for _, p in self.named_parameters(recurse=recurse):
            yield p

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """(dotted name, buffer), each once."""
        yield from self._named("_buffers", recurse, prefix, remove_duplicate)

    def buffers(self, recurse: bool = True):
        """All buffers, each once."""
        for _, b in self.named_buffers(recurse=recurse):
            yield b

    def get_submodule(self, target: str) -> Module:
        """The module of that dotted name. AttributeError if there is none."""
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put ``module`` at that dotted name; with ``strict`` only in place of one that is there."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def _get(self, target: str, kind: str, place: str):
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        if name not in getattr(module, place):
            raise AttributeError(f"`{name}` is not {kind}")
        return getattr(module, name)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of that dotted name."""
        return self._get(target, "an nn.Parameter", "_parameters")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of that dotted name."""
        return self._get(target, "a buffer", "_buffers")

    # ------------------------------------------------------------------ modes and dtypes
    def train(self, mode: bool = True) -> Module:
        """Switch to training behaviour (dropout on), here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Module:
        """Switch to evaluation behaviour. It does not stop recording: that is ``no_grad``."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Freeze or thaw all parameters."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for p in self.parameters():
            clear_grad(p, set_to_none)

    def apply(self, fn) -> Module:
        """Call ``fn(module)`` on everything below and then on this module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def _apply(self, fn, recurse: bool = True) -> Module:
        """Replace the values of parameters, their gradients and buffers by ``fn`` of them."""
        for module in self.children() if recurse else ():
            module._apply(fn)
        for tensor in (*self._parameters.values(), *self._buffers.values()):
            if is_lazy(tensor):
                tensor.cast(fn)
        for p in self._parameters.values():
            if p is not None and not is_lazy(p):
                g, p.grad = p.grad, None
                p.data = fn(p.data)
                if g is not None:
                    p.grad = fn(g.data).requires_grad_(g.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None and not is_lazy(buffer):
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args, dtype=None, **kwargs) -> Module:
        """Cast parameters and buffers of floating dtype to ``dtype`` (or that of a tensor), and move all to ``device``."""
        for given in args:
            dtype = given.dtype if isinstance(given, Tensor) else given if isinstance(given, dtypes.dtype) else dtype
            if isinstance(given, Tensor):
                kwargs["device"] = given.device
            if not isinstance(given, (Tensor, dtypes.dtype, bool)):
                kwargs["device"] = given
        if dtype is not None:
            check_cast(dtype)
        device = kwargs.get("device")
        return self._apply(lambda t: t.to(device, dtype if t.dtype.is_floating_point or t.dtype.is_complex else None))

    def type(self, dst_type) -> Module:
        """Cast every parameter and buffer."""
        return self._apply(lambda t: t.type(dst_type))

    def _cast(self, name: str) -> Module:
        return self._apply(lambda t: t.to(dtype=dtypes.BY_NAME[name]) if t.dtype.is_floating_point else t)

    def double(self) -> Module:
        """Cast floating parameters and buffers to float64."""
        return self._cast("float64")

    def float(self) -> Module:
        """Cast floating parameters and buffers to float32."""
        return self._cast("float32")

    def half(self) -> Module:
        """Cast floating parameters and buffers to float16."""
        return self._cast("float16")

    def bfloat16(self) -> Module:
        """Cast floating parameters and buffers to bfloat16."""
        return self._cast("bfloat16")

    def cpu(self) -> Module:
        """Move every parameter and buffer into the computer's own memory."""
        return self.to("cpu")

    def cuda(self, device=None) -> Module:
        """Move every parameter and buffer to the GPU; refused as PyTorch refuses it where there is none."""
        return self._apply(lambda t: t.cuda(device))

    def share_memory(self) -> Module:
        """The module itself: one process computes here."""
        return self

    # ------------------------------------------------------------------ showing
    def extra_repr(self) -> str:
        """What stands between the brackets."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def _children_text(self):
        return [f"({name}): {m!r}" for name, m in self._modules.items()]

    def __repr__(self):
        extra = self.extra_repr()
        told, children = extra.split("\n") if extra else [], self._children_text()
        if len(told) <= 1 and not children:
            return f"{self._get_name()}({extra})"
        lines = itertools.chain(told, children)
        return f"{self._get_name()}(\n  " + "\n  ".join(line.replace("\n", "\n  ") for line in lines) + "\n)"


def _started(place, what: str) -> None:
    if place is None:
        raise AttributeError(f"cannot assign {what} before Module.__init__() call")


def _only_none(value, what: str) -> None:
    if value is not None:
        raise TypeError(f"cannot assign '{typename(value)}' as {what}")


for _word in (*vars(Hooked).values(), *vars(Stateful).values()):
    if isinstance(_word, FunctionType):  # what they refuse names Module, as in PyTorch
        _word.__qualname__ = f"Module.{_word.__name__}"
