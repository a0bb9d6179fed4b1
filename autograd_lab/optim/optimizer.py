"""``Optimizer``: groups of parameters with their settings, and what is remembered of each parameter between steps."""

from __future__ import annotations

import warnings
from collections import defaultdict

from ..core.grad_mode import enable_grad, no_grad
from ..core.tensor import Tensor


class Optimizer:
    """Subclasses write ``update(p, g, state, group)``, which changes ``p`` in place; it runs unrecorded."""

    def __init__(self, params, defaults: dict):
        if isinstance(params, Tensor):
            raise TypeError(
                f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got {params.type()}"
            )
        self.defaults, self.state, self.param_groups = defaults, defaultdict(dict), []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(dict(group))

    def add_param_group(self, group: dict) -> None:
        """Take in parameters with settings of their own; what the dict does not say comes from the optimiser's."""
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else [p[1] if isinstance(p, tuple) else p for p in params]
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        if len({id(p) for p in params}) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see "
                "github.com/pytorch/pytorch/issues/40967 for more information", UserWarning, stacklevel=4)  # fmt: skip
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(p) in known for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**self.defaults, **group, "params": params})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    if set_to_none:
                        p.grad = None
                    else:
                        p.grad = p.grad.detach()
                        p.grad.zero_()

    def step(self, closure=None):
        """Change every parameter that has a gradient. ``closure`` computes the loss anew; its value is returned."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        g = -p.grad if group.get("maximize") else p.grad
                        self.update(p, g.detach(), self.state[p], group)
        return loss

    def update(self, p: Tensor, g: Tensor, state: dict, group: dict) -> None:
        """Change ``p``, whose gradient is ``g``; ``state`` is this parameter's own from step to step."""
        raise NotImplementedError

    def state_dict(self) -> dict:
        """Settings and memory, parameters by number."""
        number = {id(p): i for i, p in enumerate(p for g in self.param_groups for p in g["params"])}
        groups = [{**g, "params": [number[id(p)] for p in g["params"]]} for g in self.param_groups]
        return {"state": {number[id(p)]: dict(s) for p, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict) -> None:
        """Go on from a ``state_dict`` of an optimiser over parameters in the same order."""
        params = [p for g in self.param_groups for p in g["params"]]
        for group, saved in zip(self.param_groups, state_dict["param_groups"]):
            group.update({k: v for k, v in saved.items() if k != "params"})
        self.state = defaultdict(dict)
        for i, memory in state_dict["state"].items():
            self.state[params[i]] = {k: v.clone() if isinstance(v, Tensor) else v for k, v in memory.items()}

    def __repr__(self):
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def check_positive(**settings) -> None:
    """Raise for a negative setting, in PyTorch's words."""
    words = {"lr": "learning rate", "momentum": "momentum value", "weight_decay": "weight_decay value", "eps": "epsilon value",
             "alpha": "alpha value", "lr_decay": "lr_decay value"}  # fmt: skip
    for name, value in settings.items():
        if value < 0:
            raise ValueError(f"Invalid {words[name]}: {value}")
