"""The rules by which a parameter follows its gradient. PyTorch's settings; those about GPUs are accepted and mean nothing."""

from __future__ import annotations

from .optimizer import Optimizer, check_positive


def _zeros(p):
    return p.detach() * 0


class SGD(Optimizer):
    """p -= lr * g, with momentum, dampening, Nesterov's variant and weight decay."""

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False, foreach=None,
                 differentiable=False, fused=None):  # fmt: skip
        check_positive(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                                  "nesterov": nesterov, "maximize": maximize, "foreach": foreach,
                                  "differentiable": differentiable, "fused": fused})  # fmt: skip

    def update(self, p, g, state, group):
        if group["weight_decay"]:
            g = g + p * group["weight_decay"]
        if group["momentum"]:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = g.clone()
            else:
                state["momentum_buffer"].mul_(group["momentum"]).add_(g, alpha=1 - group["dampening"])
            v = state["momentum_buffer"]
            g = g + v * group["momentum"] if group["nesterov"] else v
        p.sub_(g * group["lr"])


class Adam(Optimizer):
    """Steps of about lr: the running mean of g over the root of the running mean of g squared (Kingma and Ba 2015)."""

    decoupled = False

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None,
                 maximize=False, capturable=False, differentiable=False, fused=None, decoupled_weight_decay=False):  # fmt: skip
        check_positive(lr=lr, eps=eps, weight_decay=weight_decay)
        for i, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
                                  "maximize": maximize, "foreach": foreach, "capturable": capturable,
                                  "differentiable": differentiable, "fused": fused,
                                  "decoupled_weight_decay": decoupled_weight_decay or self.decoupled})  # fmt: skip

    def update(self, p, g, state, group):
        if not state:
            state.update(step=0, exp_avg=_zeros(p), exp_avg_sq=_zeros(p))
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = _zeros(p)
        state["step"] += 1
        (b1, b2), lr = group["betas"], group["lr"]
        if group["weight_decay"]:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * group["weight_decay"])
            else:
                g = g + p * group["weight_decay"]
        state["exp_avg"].mul_(b1).add_(g, alpha=1 - b1)
        state["exp_avg_sq"].mul_(b2).add_(g * g, alpha=1 - b2)
        squares = state["exp_avg_sq"]
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = squares = state["max_exp_avg_sq"].maximum(squares)
        scale = squares.sqrt() / (1 - b2 ** state["step"]) ** 0.5 + group["eps"]
        p.sub_(state["exp_avg"] / scale * (lr / (1 - b1 ** state["step"])))


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves (Loshchilov and Hutter 2019)."""

    decoupled = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, **options):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **options)


class RMSprop(Optimizer):
    """g over the root of the running mean of g squared."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *, capturable=False,
                 foreach=None, maximize=False, differentiable=False):  # fmt: skip
        check_positive(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(params, {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
                                  "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach,
                                  "maximize": maximize, "differentiable": differentiable})  # fmt: skip

    def update(self, p, g, state, group):
        if not state:
            state.update(step=0, square_avg=_zeros(p))
        state["step"] += 1
        if group["weight_decay"]:
            g = g + p * group["weight_decay"]
        a = group["alpha"]
        state["square_avg"].mul_(a).add_(g * g, alpha=1 - a)
        squares = state["square_avg"]
        if group["centered"]:
            mean = state.setdefault("grad_avg", _zeros(p))
            mean.mul_(a).add_(g, alpha=1 - a)
            squares = squares - mean * mean
        moved = g / (squares.sqrt() + group["eps"])
        if group["momentum"]:
            buffer = state.setdefault("momentum_buffer", _zeros(p))
            moved = buffer.mul_(group["momentum"]).add_(moved)
        p.sub_(moved * group["lr"])


class Adagrad(Optimizer):
    """g over the root of the sum of all g squared so far."""

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, *,
                 maximize=False, differentiable=False, fused=None):  # fmt: skip
        check_positive(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
                                  "initial_accumulator_value": initial_accumulator_value, "foreach": foreach,
                                  "maximize": maximize, "differentiable": differentiable, "fused": fused})  # fmt: skip

    def update(self, p, g, state, group):
        if not state:
            state.update(step=0, sum=_zeros(p) + group["initial_accumulator_value"])
        state["step"] += 1
        if group["weight_decay"]:
            g = g + p * group["weight_decay"]
        state["sum"].add_(g * g)
        lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        p.sub_(g / (state["sum"].sqrt() + group["eps"]) * lr)
