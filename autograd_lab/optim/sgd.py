"""Gradient descent, with momentum or with its iterates averaged. PyTorch's settings; those about GPUs mean nothing here."""

from __future__ import annotations

import numpy as np

from ..core.inplace import bump
from ..core.tensor import wrap
from .optimizer import Optimizer, check_positive, count, decayed, kept, number, precisely, real, remember


class SGD(Optimizer):
    """p -= lr * g, with momentum, dampening, Nesterov's variant and weight decay.

    >>> import autograd_lab as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False, foreach=None,
                 differentiable=False, fused=None):  # fmt: skip
        check_positive(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                                  "nesterov": nesterov, "maximize": maximize, "foreach": foreach,
                                  "differentiable": differentiable, "fused": fused})  # fmt: skip

    def _step(self, closure=None):
        out = super()._step(closure)
        for p in [p for p, memory in self.state.items() if not memory]:
            del self.state[p]  # without momentum nothing is remembered
        return out

    def update(self, p, g, state, group):
        g = decayed(p, g, group)
        if group["momentum"]:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = kept(np.array(g), p)
                v = g
            else:
                v = real(state["momentum_buffer"]._materialise())
                v *= group["momentum"]
                v += g if group["dampening"] == 0 else g * (1 - group["dampening"])
            g = g + v * group["momentum"] if group["nesterov"] else v
        p -= g * number(group["lr"])


class ASGD(Optimizer):
    """Gradient descent of falling rate, and the mean of its iterates in ``ax`` (Polyak and Juditsky 1992)."""

    _recorded = "params, mus, etas, and state_steps"

    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, foreach=None, maximize=False,
                 differentiable=False, capturable=False):  # fmt: skip
        check_positive(lr=lr, weight_decay=weight_decay)
        super().__init__(params, {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay,
                                  "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
                                  "capturable": capturable})  # fmt: skip

    def update(self, p, g, state, group):
        lr = precisely(group["lr"])
        step = count(state)
        if "eta" not in state:
            state |= {"eta": wrap(np.array(lr, "f4")), "mu": wrap(np.ones((), "f4"))}
        (ax,) = remember(state, p, "ax")
        eta, mu = float(state["eta"]._array), float(state["mu"]._array)
        g = decayed(p, g, group)
        p *= 1 - group["lambd"] * eta
        p -= g * eta
        if mu == 1:
            ax[...] = p
        else:
            ax += (p - ax) * mu
        state["eta"]._materialise()[...] = lr / (1 + group["lambd"] * lr * step) ** group["alpha"]
        state["mu"]._materialise()[...] = 1 / max(1, step - group["t0"])

    def written(self, p, group):
        super().written(p, group)
        bump(p)  # the decay, and the step
