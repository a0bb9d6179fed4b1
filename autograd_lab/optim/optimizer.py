"""``Optimizer``: groups of parameters with their settings, and what is remembered of each parameter between steps.

The rules are written over NumPy arrays, in place: a step makes as few arrays as its formula allows, records nothing, and
counts one write for each parameter, so that a graph that still needs the old value will say so.
"""

from __future__ import annotations

import copy
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core import births, inplace
from ..core.accumulate import clear_grad
from ..core.device import is_here, on_host, placed
from ..core.grad_mode import enable_grad, no_grad
from ..core.hooks import RemovableHandle
from ..core.tensor import Tensor, wrap


class Optimizer:
    """Subclasses write ``update(p, g, state, group)`` over arrays, which changes ``p`` in place."""

    _recorded = "params and state_steps"  # what PyTorch's ``capturable`` wants on a device, and which devices
    _recorded_on: Iterable[str] = ("cuda", "xpu", "hpu", "privateuseone", "xla")

    def __init__(self, params, defaults: dict[str, Any]):
        self.defaults = defaults
        self._start_hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got {params.type()}"
            )
        if defaults.get("fused") and defaults.get("foreach"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
        if defaults.get("differentiable") and defaults.get("fused"):
            raise RuntimeError("`fused` does not support `differentiable`")
        self.state: defaultdict = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(dict(group))

    def _start_hooks(self) -> None:
        self._hooks: dict[str, OrderedDict] = {when: OrderedDict() for when in
                       ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_pre", "load_post")}  # fmt: skip

    # ------------------------------------------------------------------ groups
    def add_param_group(self, param_group: dict) -> None:
        """Take in parameters with settings of their own; what the dict does not say comes from the optimiser's."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change "
                "between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        named = [p for p in params if isinstance(p, tuple)]
        if named and len(named) < len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        param_group["params"] = [p[1] for p in named] if named else params
        if named:
            param_group["param_names"] = [p[0] for p in named]
        for p in param_group["params"]:
            if not isinstance(p, Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is " + type(p).__name__)
            if not (self.defaults.get("differentiable") or p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        params = param_group["params"]
        if len({id(p) for p in params}) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see "
                "github.com/pytorch/pytorch/issues/40967 for more information", UserWarning, stacklevel=4)  # fmt: skip
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(p) in known for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        if self.param_groups and ("param_names" in param_group) != ("param_names" in self.param_groups[0]):
            mine, others = ("with names", "no param groups are") if named else ("without names", "other param groups are")
            raise ValueError(
                "all optimizer param groups should be with/without names. "
                f"cannot add param group {mine} to the optimizer, as {others} named"
            )
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                clear_grad(p, set_to_none)

    # ------------------------------------------------------------------ a step
    def step(self, closure=None):
        """Change every parameter that has a gradient. ``closure`` computes the loss anew; its value is returned."""
        if self._hooks["step_pre"] or self._hooks["step_post"]:
            return self._step_hooked(closure)
        return self._step(closure)

    def _step_hooked(self, closure):
        args, kwargs = ((self,) if closure is None else (self, closure)), {}
        for hook in self._hooks["step_pre"].values():
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"{type(self).step} must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                    )
                args, kwargs = changed
        out = type(self)._step(*args, **kwargs)
        for hook in self._hooks["step_post"].values():
            hook(self, args, kwargs)
        return out

    def _step(self, closure=None):
        if type(self).update is Optimizer.update and type(self)._step is Optimizer._step:
            raise NotImplementedError
        self._opt_called = True  # schedulers want to be stepped after
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                if group.get("capturable") and not group.get("fused"):
                    self._refuse_capturing(group["params"])
                self.settle(group)
                if self.defaults.get("differentiable"):
                    self._step_recorded(group)
                    continue
                for p in group["params"]:
                    if p.grad is not None:
                        g, memory = p.grad._array, flat(p)
                        self.update(memory, real(-g if group.get("maximize") else g), self.state[p], group)
                        if not is_here(p._array):
                            p._array[...] = placed(memory, p.device)
                        self.written(p, group)
        return loss

    def _step_recorded(self, group: dict) -> None:
        from .differentiable import stepped

        kind = next(kind.__name__ for kind in type(self).__mro__ if kind.__module__.startswith(__package__))
        with enable_grad():
            stepped(kind, group, self.state)

    def _refuse_capturing(self, params: list) -> None:
        """``capturable=True`` is for steps that a GPU records, and PyTorch refuses it of parameters on the CPU."""
        if any(p.grad is not None and p.device.type == "cpu" for p in params):
            raise AssertionError(
                f"If capturable=True, {self._recorded} must be on supported devices: {list(self._recorded_on)}."
            )

    def settle(self, group: dict) -> None:
        """What a rule does once a group before its parameters."""

    def update(self, p: np.ndarray, g: np.ndarray, state: dict, group: dict) -> None:
        """Change ``p``, whose gradient is ``g``; ``state`` is this parameter's own from step to step."""
        raise NotImplementedError

    def written(self, p: Tensor, group: dict) -> None:
        """Count the write just done; where PyTorch's rule takes two, its errors say so: "is at version 2"."""
        inplace.bump(p)
        if births.note is not None:
            births.note_write(p, p._current())

    # ------------------------------------------------------------------ state
    def state_dict(self) -> dict[str, Any]:
        """Settings and memory, parameters by number."""
        for hook in self._hooks["state_dict_pre"].values():
            hook(self)
        number: dict[int, int] = {}
        for group in self.param_groups:
            for p in group["params"]:
                number.setdefault(id(p), len(number))
        groups = [
            {**{k: v for k, v in g.items() if k != "params"}, "params": [number[id(p)] for p in g["params"]]}
            for g in self.param_groups
        ]
        state = {number[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        made = {"state": state, "param_groups": groups}
        for hook in self._hooks["state_dict_post"].values():
            changed = hook(self, made)
            made = made if changed is None else changed
        return made

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a ``state_dict`` of an optimiser over parameters in the same order."""
        state_dict = dict(state_dict)
        for hook in self._hooks["load_pre"].values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        mine, saved = self.param_groups, copy.deepcopy(state_dict["param_groups"])
        if len(mine) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(mine, saved)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
        owner = {n: p for a, b in zip(saved, mine) for n, p in zip(a["params"], b["params"])}
        state: defaultdict = defaultdict(dict)
        for key, memory in state_dict["state"].items():
            if key in owner:
                state[owner[key]] = {name: _cast(owner[key], name, value) for name, value in memory.items()}
            else:
                state[key] = memory
        groups = []
        for own, given in zip(mine, saved):
            if "param_names" in own and "param_names" not in given:
                given["param_names"] = own["param_names"]
            groups.append({**given, "params": own["params"]})
        self.state, self.param_groups = state, groups
        for hook in self._hooks["load_post"].values():
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start_hooks()

    # ------------------------------------------------------------------ hooks
    def _register(self, when: str, hook, prepend: bool = False) -> RemovableHandle:
        handle = RemovableHandle(self._hooks[when], hook)
        if prepend:
            self._hooks[when].move_to_end(handle.id, last=False)
        return handle

    def register_step_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; ``args`` begin with the optimizer. (args, kwargs) replaces them."""
        return self._register("step_pre", hook)

    def register_step_post_hook(self, hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return self._register("step_post", hook)

    def register_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before the state is given."""
        return self._register("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` when the state is there; what it returns replaces it."""
        return self._register("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before loading; what it returns replaces it."""
        return self._register("load_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after loading."""
        return self._register("load_post", hook, prepend)

    def __repr__(self):
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


# ---------------------------------------------------------------------- arrays


def real(array: np.ndarray) -> np.ndarray:
    """A complex array as one of real numbers, sharing its memory: the rules treat both parts alike."""
    array = on_host(array)
    if array.dtype.kind != "c":
        return array
    return (
        np.ndarray(2 * array.size, array.real.dtype, array)
        if array.flags.c_contiguous
        else array.reshape(-1).view(array.real.dtype)
    )


def flat(p: Tensor) -> np.ndarray:
    """The parameter's memory, to be written; of one on a device a copy, which is put back there."""
    array = p._materialise()
    if array.dtype.kind == "c" and not array.flags.c_contiguous:
        raise NotImplementedError(
            "optimizer: a complex parameter must be contiguous; make it so with p.data = p.data.contiguous()"
        )
    return real(array)


def remember(state: dict, p: np.ndarray, *names: str) -> tuple[np.ndarray, ...]:
    """The arrays of those names kept in ``state``; zeros like ``p`` at first."""
    out = []
    for name in names:
        if name not in state:
            state[name] = kept(np.zeros_like(p), p)
        out.append(real(state[name]._materialise()))
    return tuple(out)


def kept(array: np.ndarray, p: np.ndarray) -> Tensor:
    """``array`` as a tensor to be remembered of ``p``: of its shape and dtype, also where ``p`` is ``real`` of a complex one."""
    if type(p.base) is np.ndarray and p.base.dtype.kind == "c":
        array = np.ascontiguousarray(array).view(p.base.dtype).reshape(p.base.shape)
    return wrap(array)


def count(state: dict) -> int:
    """One more step; PyTorch keeps the number in a float32 tensor."""
    if "step" not in state:
        state["step"] = wrap(np.zeros((), "f4"))
    steps = state["step"]._materialise()
    steps += 1
    return int(steps)


def number(value) -> float:
    """A setting that may be a tensor of one element."""
    return value.item() if isinstance(value, Tensor) else value


def precisely(value):
    """A setting for what is computed of settings alone: a tensor's in its own precision, in which PyTorch then rounds that too."""
    return value._array[()] if isinstance(value, Tensor) else value


def decayed(p: np.ndarray, g: np.ndarray, group: dict) -> np.ndarray:
    """The gradient of the loss and of weight_decay / 2 |p|^2."""
    return g + p * number(group["weight_decay"]) if group["weight_decay"] else g


def _cast(p: Tensor, name: str, value):
    if isinstance(value, Tensor):
        return value.clone() if name == "step" or not p.is_floating_point() else value.to(p.dtype, copy=True)
    if isinstance(value, dict):
        return {k: _cast(p, name, v) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return type(value)(_cast(p, name, v) for v in value)  # type: ignore[call-arg]
    return value


# ---------------------------------------------------------------------- settings

_WORDS = {"lr": "learning rate", "momentum": "momentum value", "weight_decay": "weight_decay value", "eps": "epsilon value",
          "alpha": "alpha value", "lr_decay": "lr_decay value", "rho": "rho value", "momentum_decay": "momentum_decay value",
          "initial_accumulator_value": "initial_accumulator_value value"}  # fmt: skip


def check_positive(**settings) -> None:
    """Raise for a negative setting, or a learning rate of several numbers, in PyTorch's words."""
    for name, value in settings.items():
        if isinstance(value, Tensor) and value.numel() != 1:
            raise ValueError(f"Tensor {name} must be 1-element")
    for name, value in settings.items():
        if value < 0.0:
            raise ValueError(f"Invalid {_WORDS[name]}: {value}")


def check_betas(betas) -> None:
    """Raise unless both are in [0, 1)."""
    for i, beta in enumerate((betas[0], betas[1])):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
