"""A rate for every element: by the size of its gradients so far, or by their signs."""

from __future__ import annotations

import numpy as np

from ..core.tensor import wrap
from .optimizer import Optimizer, check_positive, count, decayed, flat, kept, number, real, remember


class RMSprop(Optimizer):
    """g over the root of the running mean of g squared."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, capturable=False,
                 foreach=None, maximize=False, differentiable=False):  # fmt: skip
        check_positive(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(params, {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
                                  "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach,
                                  "maximize": maximize, "differentiable": differentiable})  # fmt: skip

    def update(self, p, g, state, group):
        count(state)
        a, (v,) = group["alpha"], remember(state, p, "square_avg")
        buffer = remember(state, p, "momentum_buffer")[0] if group["momentum"] else None
        g = decayed(p, g, group)
        v *= a
        v += g * g * (1 - a)
        if group["centered"]:
            (mean,) = remember(state, p, "grad_avg")
            mean += (g - mean) * (1 - a)
            v = v - mean * mean
        moved = np.sqrt(v)
        moved += group["eps"]
        moved = g / moved
        if buffer is not None:
            buffer *= group["momentum"]
            buffer += moved
            moved = buffer
        p -= moved * number(group["lr"])


class Adagrad(Optimizer):
    """g over the root of the sum of all g squared so far (Duchi et al. 2011)."""

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, *,
                 maximize=False, differentiable=False, fused=None):  # fmt: skip
        check_positive(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=initial_accumulator_value,
                       eps=eps)  # fmt: skip
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
                                  "initial_accumulator_value": initial_accumulator_value, "foreach": foreach,
                                  "maximize": maximize, "differentiable": differentiable, "fused": fused})  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                first = np.full_like(flat(p), initial_accumulator_value)
                self.state[p] = {"step": wrap(np.zeros((), "f4")), "sum": kept(first, flat(p))}

    def update(self, p, g, state, group):
        t = count(state)
        (total,) = remember(state, p, "sum")
        g = decayed(p, g, group)
        total += g * g
        scale = np.sqrt(total)
        scale += group["eps"]
        scale = g / scale
        scale *= number(group["lr"]) / (1 + (t - 1) * group["lr_decay"])
        p -= scale


class Adadelta(Optimizer):
    """g times the root mean square of past steps over that of past gradients (Zeiler 2012)."""

    _recorded_on = ("cuda", "xpu", "hpu", "privateuseone")

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None, *, capturable=False, maximize=False,
                 differentiable=False):  # fmt: skip
        check_positive(lr=lr)
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}")
        check_positive(eps=eps, weight_decay=weight_decay)
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
                                  "capturable": capturable, "foreach": foreach, "differentiable": differentiable})  # fmt: skip

    def update(self, p, g, state, group):
        count(state)
        rho, eps = group["rho"], group["eps"]
        v, steps = remember(state, p, "square_avg", "acc_delta")
        g = decayed(p, g, group)
        v *= rho
        v += g * g * (1 - rho)
        moved = np.sqrt((steps + eps) / (v + eps)) * g
        steps *= rho
        steps += moved * moved * (1 - rho)
        p -= moved * number(group["lr"])


class Rprop(Optimizer):
    """Steps that grow while the gradient keeps its sign and shrink when it changes (Riedmiller and Braun 1993)."""

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable=False, foreach=None, maximize=False,
                 differentiable=False):  # fmt: skip
        check_positive(lr=lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
                                  "differentiable": differentiable, "capturable": capturable})  # fmt: skip

    def update(self, p, g, state, group):
        count(state)
        (before,) = remember(state, p, "prev")
        if "step_size" not in state:
            state["step_size"] = kept(np.full_like(p, number(group["lr"])), p)
        size, (shrink, grow) = real(state["step_size"]._materialise()), group["etas"]
        same = np.sign(g * before)
        size *= np.where(same > 0, grow, np.where(same < 0, shrink, 1)).astype(p.dtype)
        np.clip(size, *group["step_sizes"], out=size)
        g = np.where(same < 0, 0, g).astype(p.dtype)
        p -= np.sign(g) * size
        before[...] = g
