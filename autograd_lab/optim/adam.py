"""Adam and its kin: the running mean of the gradient over a running measure of its size."""

from __future__ import annotations

import numpy as np

from ..core.inplace import bump
from ..core.tensor import wrap
from .optimizer import Optimizer, check_betas, check_positive, count, decayed, precisely, remember


def moments(g: np.ndarray, m: np.ndarray, v: np.ndarray, b1: float, b2: float) -> None:
    """Move the running means of g and of g squared."""
    m += (g - m) * float(1 - b1)
    v *= float(b2)
    v += g * g * float(1 - b2)


class Adam(Optimizer):
    """Steps of about lr: the running mean of g over the root of the running mean of g squared (Kingma and Ba 2015)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None,
                 maximize=False, capturable=False, differentiable=False, fused=None, decoupled_weight_decay=False):  # fmt: skip
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
                                  "maximize": maximize, "foreach": foreach, "capturable": capturable,
                                  "differentiable": differentiable, "fused": fused,
                                  "decoupled_weight_decay": decoupled_weight_decay})  # fmt: skip

    def update(self, p, g, state, group):
        (b1, b2), lr = group["betas"], precisely(group["lr"])
        t = count(state)
        m, v = remember(state, p, "exp_avg", "exp_avg_sq")
        if group["decoupled_weight_decay"]:
            p *= float(1 - lr * group["weight_decay"])
        else:
            g = decayed(p, g, group)
        moments(g, m, v, b1, b2)
        if group["amsgrad"]:
            (largest,) = remember(state, p, "max_exp_avg_sq")
            v = np.maximum(largest, v, out=largest)
        scale = np.sqrt(v)
        scale /= float((1 - b2**t) ** 0.5)
        scale += group["eps"]
        scale = m / scale
        scale *= float(lr / (1 - b1**t))
        p -= scale

    def written(self, p, group):
        super().written(p, group)
        if group["decoupled_weight_decay"] and group["weight_decay"]:
            bump(p)  # that, too


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves (Loshchilov and Hutter 2019)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False,
                 foreach=None, capturable=False, differentiable=False, fused=None):  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, foreach=foreach, capturable=capturable,
                         differentiable=differentiable, fused=fused, decoupled_weight_decay=True)  # fmt: skip


class Adamax(Optimizer):
    """Adam with the largest |g| in place of the root mean square."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, foreach=None, *, maximize=False,
                 differentiable=False, capturable=False):  # fmt: skip
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
                                  "maximize": maximize, "differentiable": differentiable, "capturable": capturable})  # fmt: skip

    def update(self, p, g, state, group):
        b1, b2 = group["betas"]
        t = count(state)
        m, largest = remember(state, p, "exp_avg", "exp_inf")
        g = decayed(p, g, group)
        m += (g - m) * float(1 - b1)
        largest *= float(b2)
        np.maximum(largest, np.abs(g) + group["eps"], out=largest)
        p -= m / largest * float(precisely(group["lr"]) / (1 - b1**t))


class NAdam(Optimizer):
    """Adam with Nesterov's look ahead (Dozat 2016)."""

    _recorded = "params, mu_products and state_steps"

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3,
                 decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False, differentiable=False):  # fmt: skip
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay, momentum_decay=momentum_decay)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
                                  "momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay,
                                  "maximize": maximize, "foreach": foreach, "capturable": capturable,
                                  "differentiable": differentiable})  # fmt: skip

    def update(self, p, g, state, group):
        (b1, b2), lr, decay = group["betas"], precisely(group["lr"]), group["momentum_decay"]
        t = count(state)
        if "mu_product" not in state:
            state["mu_product"] = wrap(np.ones((), "f4"))
        m, v = remember(state, p, "exp_avg", "exp_avg_sq")
        if group["decoupled_weight_decay"]:
            p *= float(1 - lr * group["weight_decay"])
        else:
            g = decayed(p, g, group)
        mu, mu_next = (b1 * (1 - 0.5 * 0.96 ** (s * decay)) for s in (t, t + 1))
        so_far = state["mu_product"]._materialise()
        so_far *= mu
        product = float(so_far)
        moments(g, m, v, b1, b2)
        scale = np.sqrt(v / float(1 - b2**t))
        scale += group["eps"]
        p -= g / scale * float(lr * (1 - mu) / (1 - product))
        p -= m / scale * float(lr * mu_next / (1 - product * mu_next))

    def written(self, p, group):
        super().written(p, group)
        bump(p)  # the gradient's share and the momentum's
        if group["decoupled_weight_decay"] and group["weight_decay"]:
            bump(p)


class RAdam(Optimizer):
    """Adam that waits with the denominator until its variance is known (Liu et al. 2020)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, decoupled_weight_decay=False, *, foreach=None,
                 maximize=False, capturable=False, differentiable=False):  # fmt: skip
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
                                  "foreach": foreach, "capturable": capturable,
                                  "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable})  # fmt: skip

    def update(self, p, g, state, group):
        (b1, b2), lr = group["betas"], precisely(group["lr"])
        t = count(state)
        m, v = remember(state, p, "exp_avg", "exp_avg_sq")
        if group["decoupled_weight_decay"]:
            p *= float(1 - lr * group["weight_decay"])
        else:
            g = decayed(p, g, group)
        moments(g, m, v, b1, b2)
        longest = 2 / (1 - b2) - 1  # how many steps the mean of g squared looks back on, in the end and now
        length = longest - 2 * t * b2**t / (1 - b2**t)
        moved = m / (1 - b1**t)
        if length > 5:
            known = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
            moved *= (1 - b2**t) ** 0.5 / (np.sqrt(v) + group["eps"])
            moved *= known
        p -= moved * float(lr)

    def written(self, p, group):
        super().written(p, group)
        if group["decoupled_weight_decay"] and group["weight_decay"]:
            bump(p)  # that, too
