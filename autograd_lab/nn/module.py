"""``Module``: a layer, its parameters, buffers and sub-layers, found by name; hooks around its forward and its backward."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from contextlib import contextmanager

from ..core.function import Function
from ..core.grad_mode import no_grad
from ..core.hooks import RemovableHandle
from ..core.tensor import Tensor
from .parameter import Buffer, Parameter


class Module:
    """Subclass it, set parameters and layers as attributes in ``__init__``, and write ``forward``."""

    training: bool

    def __init__(self):
        for name in ("_parameters", "_buffers", "_modules", "_before", "_after", "_before_backward", "_after_backward"):
            object.__setattr__(self, name, OrderedDict())
        object.__setattr__(self, "_not_persistent", set())
        object.__setattr__(self, "training", True)

    def forward(self, *args, **kwargs):
        """What the module computes; written by subclasses."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        for hook in list(self._before.values()):
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        watched = self._before_backward or self._after_backward
        if watched:
            walk = _BackwardHooks(self)
            args = walk.inputs(args)
        out = self.forward(*args, **kwargs)
        for hook in list(self._after.values()):
            changed = hook(self, args, out)
            out = out if changed is None else changed
        return walk.outputs(out) if watched else out

    # ------------------------------------------------------------------ attributes
    def __setattr__(self, name, value):
        kinds = {"_parameters": Parameter, "_modules": Module, "_buffers": Buffer}
        for place, kind in kinds.items():
            if isinstance(value, kind):
                if place not in self.__dict__:
                    what = {"_parameters": "parameters", "_modules": "module", "_buffers": "buffer"}[place]
                    raise AttributeError(f"cannot assign {what} before Module.__init__() call")
                for other in kinds:
                    self.__dict__[other].pop(name, None)
                self.__dict__.pop(name, None)
                self.__dict__[place][name] = value
                return
        parameters = self.__dict__.get("_parameters", {})
        if name in parameters:
            if value is not None:
                kind = value.type() if isinstance(value, Tensor) else type(value).__name__
                raise TypeError(f"cannot assign '{kind}' as parameter '{name}' (torch.nn.Parameter or None expected)")
            parameters[name] = None
        elif name in self.__dict__.get("_buffers", {}):
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name):
        for place in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(place, {})
            if name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        for place in (self._parameters, self._buffers, self._modules):
            if name in place:
                del place[name]
                return
        object.__delattr__(self, name)

    def __dir__(self):
        return [*object.__dir__(self), *self._parameters, *self._buffers, *self._modules]

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under ``name``; None reserves the name."""
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module's state but is not trained."""
        self._buffers[name] = tensor
        if not persistent:
            self._not_persistent.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a sub-module under ``name``."""
        self._modules[name] = module

    register_module = add_module

    # ------------------------------------------------------------------ finding things
    def named_children(self):
        return ((name, m) for name, m in self._modules.items() if m is not None)

    def children(self):
        """The modules set on this one."""
        return (m for _, m in self.named_children())

    def named_modules(self, memo=None, prefix: str = "", remove_duplicate: bool = True):
        """(dotted name, module) of this module and all below it, each once."""
        memo = set() if memo is None else memo
        if self not in memo or not remove_duplicate:
            memo.add(self)
            yield prefix, self
            for name, module in self.named_children():
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self):
        """This module and all below it."""
        return (m for _, m in self.named_modules())

    def _named(self, place: str, recurse: bool, prefix: str = ""):
        seen = set()
        for path, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, tensor in getattr(module, place).items():
                if tensor is not None and id(tensor) not in seen:
                    seen.add(id(tensor))
                    yield f"{path}.{name}" if path else name, tensor

    def named_parameters(self, prefix: str = "", recurse: bool = True):
        return self._named("_parameters", recurse, prefix)

    def parameters(self, recurse: bool = True):
        """All parameters, each once."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True):
        return self._named("_buffers", recurse, prefix)

    def buffers(self, recurse: bool = True):
        return (b for _, b in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module of that dotted name."""
        module = self
        for name in target.split(".") if target else ():
            module = getattr(module, name)
        return module

    # ------------------------------------------------------------------ state
    def state_dict(self, prefix: str = "") -> OrderedDict:
        """Name -> tensor of all parameters and persistent buffers; the tensors share the module's memory."""
        found = OrderedDict()
        for path, module in self.named_modules():
            for place in (module._parameters, module._buffers):
                for name, tensor in place.items():
                    if tensor is not None and name not in module._not_persistent:
                        found[prefix + (f"{path}.{name}" if path else name)] = tensor.detach()
        return found

    def load_state_dict(self, state_dict, strict: bool = True) -> str:
        """Copy values in by name. With ``strict``, names on one side only are an error."""
        mine = self.state_dict()
        missing, unexpected = [n for n in mine if n not in state_dict], [n for n in state_dict if n not in mine]
        told = []
        if strict and unexpected:
            told.append("Unexpected key(s) in state_dict: " + ", ".join(f'"{n}"' for n in unexpected) + ". ")
        if strict and missing:
            told.append("Missing key(s) in state_dict: " + ", ".join(f'"{n}"' for n in missing) + ". ")
        for name in mine:
            if name in state_dict and state_dict[name].shape != mine[name].shape:
                told.append(
                    f"size mismatch for {name}: copying a param with shape {state_dict[name].shape} from checkpoint, the shape in "
                    f"current model is {mine[name].shape}."
                )
        if told:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(told))
        with no_grad():
            for name, tensor in mine.items():
                if name in state_dict:
                    tensor.copy_(state_dict[name])
        return "<All keys matched successfully>"

    def train(self, mode: bool = True) -> Module:
        """Switch to training behaviour (dropout on), here and below."""
        for module in self.modules():
            object.__setattr__(module, "training", mode)
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
            if p.grad is not None:
                if set_to_none:
                    p.grad = None
                else:
                    p.grad = p.grad.detach()
                    p.grad.zero_()

    def apply(self, fn) -> Module:
        """Call ``fn(module)`` on everything below and then on this module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, *args, dtype=None, **kwargs) -> Module:
        """Cast parameters and buffers of floating dtype."""
        for module in self.modules():
            for place in (module._parameters, module._buffers):
                for tensor in place.values():
                    if tensor is not None and tensor.is_floating_point():
                        tensor.data = tensor.data.to(*args, dtype=dtype)
        return self

    def double(self) -> Module:
        return self.to(dtype="float64")

    def float(self) -> Module:
        return self.to(dtype="float32")

    def cpu(self) -> Module:
        return self

    # ------------------------------------------------------------------ hooks
    def register_forward_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments."""
        return RemovableHandle(self._before, hook)

    def register_forward_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output."""
        return RemovableHandle(self._after, hook)

    def register_full_backward_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are there; what it returns replaces them."""
        return RemovableHandle(self._before_backward, hook)

    def register_full_backward_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the inputs' gradients are there; what it returns replaces them."""
        return RemovableHandle(self._after_backward, hook)

    # ------------------------------------------------------------------ showing
    def extra_repr(self) -> str:
        """What stands between the brackets."""
        return ""

    def __repr__(self):
        lines = [f"({name}): " + repr(m).replace("\n", "\n  ") for name, m in self._modules.items()]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        return f"{type(self).__name__}({extra}\n  " + "\n  ".join(lines) + "\n)"


class BackwardHookFunction(Function):
    """The identity on several tensors: a node at the edge of a module, for its backward hooks to stand at."""

    @staticmethod
    def forward(ctx, *tensors):
        return tuple(t.detach() for t in tensors) if len(tensors) > 1 else tensors[0].detach()

    @staticmethod
    def backward(ctx, *gradients):
        return gradients


class _BackwardHooks:
    """One call of a module with backward hooks: nodes before and after what it computes."""

    def __init__(self, module):
        self.module, self.grad_outputs, self.input_node, self.count = module, None, None, 0

    def inputs(self, args):
        tensors = [a for a in args if isinstance(a, Tensor)]
        self.count = len(tensors)
        if not any(t.requires_grad for t in tensors):
            return args
        through = BackwardHookFunction.apply(*tensors)
        through = iter(through if isinstance(through, tuple) else (through,))
        args = tuple(next(through) if isinstance(a, Tensor) else a for a in args)
        self.input_node = next(a.grad_fn for a in args if isinstance(a, Tensor))
        self.input_node.register_hook(self.inputs_have_arrived)
        return args

    def outputs(self, out):
        outs = out if isinstance(out, tuple) else (out,)
        tensors = [o for o in outs if isinstance(o, Tensor)]
        if not any(t.requires_grad for t in tensors):
            return out
        through = BackwardHookFunction.apply(*tensors)
        through = iter(through if isinstance(through, tuple) else (through,))
        outs = tuple(next(through) if isinstance(o, Tensor) else o for o in outs)
        next(o.grad_fn for o in outs if isinstance(o, Tensor)).register_prehook(self.outputs_have_arrived)
        return outs if isinstance(out, tuple) else outs[0]

    def outputs_have_arrived(self, grad_outputs):
        for hook in list(self.module._before_backward.values()):
            changed = hook(self.module, grad_outputs)
            if changed is not None:
                grad_outputs = changed if isinstance(changed, tuple) else (changed,)
        self.grad_outputs = grad_outputs
        if self.input_node is None:
            if self.module._after_backward:
                warnings.warn(
                    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
                    "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module."
                    "register_full_backward_hook for more details.", UserWarning, stacklevel=2)  # fmt: skip
            self.inputs_have_arrived((None,) * self.count, None)
        return grad_outputs

    def inputs_have_arrived(self, grad_inputs, _):
        for hook in list(self.module._after_backward.values()):
            changed = hook(self.module, grad_inputs, self.grad_outputs)
            if changed is not None:
                grad_inputs = changed if isinstance(changed, tuple) else (changed,)
        return grad_inputs


@contextmanager
def with_tensors(module: Module, tensors: dict, strict: bool = False):
    """Inside the block the module uses these tensors instead of its own of those names."""
    before = []
    try:
        for path, tensor in tensors.items():
            owner, _, name = path.rpartition(".")
            holder = module.get_submodule(owner)
            place = next((p for p in (holder._parameters, holder._buffers) if name in p), None)
            if place is None:
                raise RuntimeError(f"Unexpected key '{path}': the module has no parameter or buffer of that name")
            before.append((place, name, place[name]))
            place[name] = tensor
        if strict and (missing := [n for n in module.state_dict() if n not in tensors]):
            raise RuntimeError(f"Missing key(s): {', '.join(missing)}")
        yield
    finally:
        for place, name, tensor in reversed(before):
            place[name] = tensor
