"""A module's state as a dict of names and tensors, and back: ``state_dict`` and ``load_state_dict``."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...core.grad_mode import no_grad
from ...core.hooks import RemovableHandle
from ...core.telling import tell
from ...core.tensor import Tensor
from ..parameter import Parameter

if TYPE_CHECKING:
    from .module import Module


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` returns: the names found on one side only."""

    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if self.missing_keys or self.unexpected_keys else "<All keys matched successfully>"

    __str__ = __repr__


class Stateful:
    """What a Module inherits to give and take its state."""

    _version = 1
    _plain_state_hooks: set  # ids of those that may not replace the dict
    _state_dict_hooks: OrderedDict
    _state_dict_pre_hooks: OrderedDict
    _load_state_dict_pre_hooks: OrderedDict
    _load_state_dict_post_hooks: OrderedDict

    def _start_state(self) -> None:
        for name in ("_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks"):
            object.__setattr__(self, name, OrderedDict())
        object.__setattr__(self, "_plain_state_hooks", set())

    # ------------------------------------------------------------------ giving
    def state_dict(self: Module, *args, destination=None, prefix: str = "", keep_vars: bool = False) -> OrderedDict:
        """Name -> tensor of all parameters and persistent buffers; the tensors share the module's memory.

        ``keep_vars`` gives the parameters themselves instead of tensors outside the graph.
        """
        if args:
            tell("Positional args are being deprecated, use kwargs instead. Refer to https://pytorch.org/docs/main/generated/"
                 "torch.nn.Module.html#torch.nn.Module.state_dict for details.", FutureWarning)  # fmt: skip
        destination, prefix, keep_vars = (*args, *(destination, prefix, keep_vars)[len(args) :])
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        about = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = about
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for id, hook in self._state_dict_hooks.items():
            changed = hook(self, destination, prefix, about)
            if changed is not None:
                if id in self._plain_state_hooks:
                    raise RuntimeError("state_dict post-hook must return None")
                destination = changed
        return destination

    def _save_to_state_dict(self: Module, destination, prefix: str, keep_vars: bool) -> None:
        """This module's own part of the state; a subclass may add to it."""
        for place in (self._parameters, self._buffers):
            for name, tensor in place.items():
                if tensor is not None and name not in self._non_persistent_buffers_set:
                    destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if (key := prefix + "_extra_state") and type(self).get_extra_state is not Stateful.get_extra_state:
            destination[key] = self.get_extra_state()

    def get_extra_state(self):
        """What else a subclass wants in its state."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called. Write it, and set_extra_state, in "
            "your class."
        )

    def set_extra_state(self, state) -> None:
        """Take back what ``get_extra_state`` gave."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called. Write it, and get_extra_state, in "
            "your class."
        )

    # ------------------------------------------------------------------ taking
    def load_state_dict(self: Module, state_dict, strict: bool = True, assign: bool = False) -> _IncompatibleKeys:
        """Copy values in by name. With ``strict``, names on one side only are an error; ``assign`` takes the tensors themselves."""
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata, state = getattr(state_dict, "_metadata", None), OrderedDict(state_dict)
        missing, unexpected, told = [], [], []
        if metadata is not None:
            state._metadata = metadata
        if assign:
            metadata = {} if metadata is None else dict(metadata)
            metadata["assign"] = True

        def load(module, state, prefix=""):
            about = {} if metadata is None else dict(metadata.get(prefix[:-1], {}))
            if assign:
                about["assign_to_params_buffers"] = True
            module._load_from_state_dict(state, prefix, about, True, missing, unexpected, told)
            for name, child in module._modules.items():
                if child is not None:
                    inside = f"{prefix}{name}."
                    load(child, {k: v for k, v in state.items() if k.startswith(inside)}, inside)
            keys = _IncompatibleKeys(missing, unexpected)
            for hook in module._load_state_dict_post_hooks.values():
                hook(module, keys)

        load(self, state)
        if strict:
            for keys, what in ((unexpected, "Unexpected"), (missing, "Missing")):
                if keys:
                    told.insert(0, "{} key(s) in state_dict: {}. ".format(what, ", ".join(f'"{k}"' for k in keys)))
        if told:
            raise RuntimeError("Error(s) in loading state_dict for {}:\n\t{}".format(type(self).__name__, "\n\t".join(told)))
        return _IncompatibleKeys(missing, unexpected)

    def _load_from_state_dict(
        self: Module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        """Take this module's own part; a subclass may read older layouts."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        own = {n: t for place in (self._parameters, self._buffers) for n, t in place.items() if t is not None}
        for name in self._non_persistent_buffers_set:
            own.pop(name, None)
        for name, tensor in own.items():
            key = prefix + name
            if key not in state_dict:
                missing_keys.extend([key] if strict else ())
                continue
            given = state_dict[key]
            if not isinstance(given, Tensor):
                error_msgs.append(
                    f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint but '
                    f"received {type(given)}"
                )
            elif given.shape != tensor.shape and not (not tensor.ndim and given.shape == (1,)):
                error_msgs.append(
                    f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in current "
                    f"model is {tensor.shape}."
                )
            elif assign:
                if isinstance(tensor, Parameter):
                    given = (
                        given.requires_grad_(tensor.requires_grad)
                        if isinstance(given, Parameter)
                        else Parameter(given, tensor.requires_grad)
                    )
                setattr(self, name, given)
            else:
                with no_grad():
                    tensor.copy_(given[0] if given.ndim > tensor.ndim else given)
        extra = prefix + "_extra_state"
        has_extra = type(self).set_extra_state is not Stateful.set_extra_state
        if has_extra and extra in state_dict:
            self.set_extra_state(state_dict[extra])
        elif has_extra and strict:
            missing_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and not (key == extra and has_extra):
                    head, *below = key[len(prefix) :].split(".")
                    if (head not in self._modules) if below else (head not in own):
                        unexpected_keys.append(key)

    # ------------------------------------------------------------------ hooks
    def register_state_dict_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before the state is given."""
        return RemovableHandle(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` when the state is there; it may change the dict."""
        handle = RemovableHandle(self._state_dict_hooks, hook)
        self._plain_state_hooks.add(handle.id)
        return handle

    def _register_state_dict_hook(self, hook) -> RemovableHandle:
        """The same, and what ``hook`` returns replaces the dict."""
        return RemovableHandle(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, errors)`` before loading."""
        return RemovableHandle(self._load_state_dict_pre_hooks, lambda *args: hook(self, *args))

    def register_load_state_dict_post_hook(self, hook) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after loading; it may change the keys."""
        return RemovableHandle(self._load_state_dict_post_hooks, hook)
