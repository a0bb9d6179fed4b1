"""``differentiable=True``: the rules over tensors, recorded, so that a loss after some steps has a gradient by what they started from.

They are the rules of sgd.py, adam.py and adaptive.py once more, since those work on arrays and record nothing; the order of
operations, what is cloned and what is detached are PyTorch's, and so are the gradients. Parameters are no leaves here:

>>> import autograd_lab as torch
>>> lr = torch.tensor(0.1, requires_grad=True)
>>> w = torch.ones(2).clone()
>>> optimizer = torch.optim.SGD([w], lr=lr, differentiable=True)
>>> w.grad = torch.tensor([1.0, 2.0])
>>> optimizer.step()
>>> w.sum().backward()
>>> lr.grad
tensor(-3.)
"""

from __future__ import annotations

from collections.abc import Callable

from ..core import full_like
from ..core.ops.create import tensor, zeros_like
from ..core.ops.joining import cat
from ..core.ops.later import function
from ..core.tensor import Tensor

_view_as_real, _view_as_complex = function("view_as_real"), function("view_as_complex")


def stepped(kind: str, group: dict, state) -> None:
    """One step of every parameter of ``group`` that has a gradient, by the rule of the optimiser ``kind``."""
    if group.get("foreach") and kind != "SGD":
        raise AssertionError("_foreach ops don't support autograd")
    for p in group["params"]:
        if p.grad is not None:
            g = -p.grad if group["maximize"] else p.grad
            _RULES[kind](p, g, state[p], group)


def _scalar(setting):
    """A setting; as a 0-d tensor where it is a tensor of one element."""
    return setting.squeeze() if isinstance(setting, Tensor) and setting.dim() else setting


def _remember(state: dict, p: Tensor, *names: str) -> None:
    """Zeros of those names, and a step of 0, at first."""
    state.setdefault("step", tensor(0.0))
    for name in names:
        if name not in state:
            state[name] = zeros_like(p)


def _reals(p: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    """All of them as real numbers, over the same memory."""
    return tuple(map(_view_as_real, (p, *others))) if p.is_complex() else (p, *others)


def _wants(setting) -> bool:
    return isinstance(setting, Tensor) and setting.requires_grad


def _decayed(p: Tensor, g: Tensor, decay) -> Tensor:
    """The gradient of the loss and of decay / 2 |p|^2."""
    return g.add(p, alpha=decay) if decay != 0 else g


def _decayed_recorded(p: Tensor, g: Tensor, decay) -> Tensor:
    """The same, with a gradient by the decay; of SGD and Adam alone, as in PyTorch."""
    return g.addcmul_(p.clone(), decay) if _wants(decay) else _decayed(p, g, decay)


def _sgd(p, g, state, group):
    lr, momentum = _scalar(group["lr"]), group["momentum"]
    g = _decayed_recorded(p, g, group["weight_decay"])
    if momentum != 0:
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = state["momentum_buffer"] = g.detach().clone()
        else:
            buffer.mul_(momentum).add_(g, alpha=1 - group["dampening"])
        g = g.add(buffer, alpha=momentum) if group["nesterov"] else buffer
    if _wants(lr):
        p.addcmul_(g, lr, value=-1)
    else:
        p.add_(g, alpha=-lr)


def _adam(p, g, state, group):
    _remember(state, p, "exp_avg", "exp_avg_sq", *["max_exp_avg_sq"] * bool(group["amsgrad"]))
    lr, b1, b2 = _scalar(group["lr"]), *map(_scalar, group["betas"])
    if state["step"].requires_grad:
        raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
    step = state["step"]
    step += 1
    if group["weight_decay"] != 0:
        if group["decoupled_weight_decay"]:
            p.mul_(1 - lr * group["weight_decay"])
        else:
            g = _decayed_recorded(p, g, group["weight_decay"])
    p, g, m, v = _reals(p, g, state["exp_avg"], state["exp_avg_sq"])
    m.lerp_(g, 1 - b1)
    if _wants(b2):
        v.lerp_(g.square(), 1 - b2)
    else:
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
    step_size = (lr / (1 - b1 ** (step.clone() if _wants(b1) else step))).neg()
    bias = (1 - b2 ** (step.clone() if _wants(b2) else step)).sqrt()
    if group["amsgrad"]:
        (largest,) = _reals(state["max_exp_avg_sq"])
        v = largest.copy_(largest.clone().maximum(v))
    scale = (v.sqrt() / (bias * step_size)).add_(group["eps"] / step_size)
    p.addcdiv_(m.clone(), scale)


def _adamax(p, g, state, group):
    _remember(state, p, "exp_avg", "exp_inf")
    lr, (b1, b2) = _scalar(group["lr"]), group["betas"]
    state["step"] += 1
    g = _decayed(p, g, group["weight_decay"])
    p, g, m, largest = _reals(p, g, state["exp_avg"], state["exp_inf"])
    m.lerp_(g, 1 - b1)
    both = cat([largest.mul_(b2).unsqueeze(0), g.abs().add_(group["eps"]).unsqueeze_(0)], 0)
    largest.copy_(both.amax(0))
    p.addcdiv_(m, largest, value=-(lr / (1 - b1 ** state["step"].item())))


def _nadam(p, g, state, group):
    _remember(state, p, "exp_avg", "exp_avg_sq")
    state.setdefault("mu_product", tensor(1.0))
    lr, (b1, b2), decay = _scalar(group["lr"]), group["betas"], group["momentum_decay"]
    whole, g, m, v = _reals(p, g, state["exp_avg"], state["exp_avg_sq"])
    state["step"] += 1
    step = state["step"].item()
    if group["weight_decay"] != 0:
        if group["decoupled_weight_decay"]:
            whole.mul_(1 - lr * group["weight_decay"])
        else:
            g = _decayed(whole, g, group["weight_decay"])
    mu, mu_next = (b1 * (1 - 0.5 * 0.96 ** (s * decay)) for s in (step, step + 1))
    state["mu_product"] *= mu
    m.lerp_(g, 1 - b1)
    v.mul_(b2).addcmul_(g, g, value=1 - b2)
    scale = v.div(1 - b2**step).sqrt().add(group["eps"])
    product = state["mu_product"]
    g = g * (-lr * (1.0 - mu) / (1.0 - product))
    m = m * (-lr * mu_next / (1.0 - product * mu_next))
    whole.addcdiv_(g, scale)
    whole.addcdiv_(m, scale)


def _radam(p, g, state, group):
    _remember(state, p, "exp_avg", "exp_avg_sq")
    lr, (b1, b2) = _scalar(group["lr"]), group["betas"]
    p, g, m, v = _reals(p, g, state["exp_avg"], state["exp_avg_sq"])
    state["step"] += 1
    step = state["step"].item()
    if group["weight_decay"] != 0:
        if group["decoupled_weight_decay"]:
            p.mul_(1 - lr * group["weight_decay"])
        else:
            g = _decayed(p, g, group["weight_decay"])
    m.lerp_(g, 1 - b1)
    v.mul_(b2).addcmul_(g, g, value=1 - b2)
    unbiased = 1 - b2**step
    moved = m / (1 - b1**step) * lr
    longest = 2 / (1 - b2) - 1  # how many steps the mean of g squared looks back on, in the end and now
    length = longest - 2 * step * b2**step / unbiased
    if length > 5.0:
        known = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
        moved = moved * (unbiased**0.5 / v.sqrt().add(group["eps"])) * known
    p.add_(moved, alpha=-1.0)


def _rmsprop(p, g, state, group):
    _remember(state, p, "square_avg", *["momentum_buffer"] * (group["momentum"] > 0), *["grad_avg"] * bool(group["centered"]))
    lr, a = _scalar(group["lr"]), group["alpha"]
    state["step"] += 1
    g = _decayed(p, g, group["weight_decay"])
    p, g, v = _reals(p, g, state["square_avg"])
    v.mul_(a).addcmul_(g, g, value=1 - a)
    if group["centered"]:
        (mean,) = _reals(state["grad_avg"])
        mean.lerp_(g, 1 - a)
        scale = v.addcmul(mean, mean, value=-1).sqrt_()
    else:
        scale = v.sqrt()
    scale = scale.add(group["eps"])
    if group["momentum"] > 0:
        (buffer,) = _reals(state["momentum_buffer"])
        p.add_(buffer.mul_(group["momentum"]).addcdiv_(g, scale), alpha=-lr)
    else:
        p.addcdiv_(g, scale, value=-lr)


def _adagrad(p, g, state, group):
    lr, step = _scalar(group["lr"]), state["step"]
    step += 1
    g = _decayed(p, g, group["weight_decay"])
    rate = lr / (1 + (step.item() - 1) * group["lr_decay"])
    p, g, total = _reals(p, g, state["sum"])
    total.addcmul_(g, g, value=1)
    p.addcdiv_(g, total.sqrt() + group["eps"], value=-rate)


def _adadelta(p, g, state, group):
    _remember(state, p, "square_avg", "acc_delta")
    lr, rho, eps = _scalar(group["lr"]), group["rho"], group["eps"]
    state["step"] += 1
    g = _decayed(p, g, group["weight_decay"])
    _, g, v, steps = _reals(p, g, state["square_avg"], state["acc_delta"])
    v.mul_(rho).addcmul_(g, g, value=1 - rho)
    scale = v.add(eps).sqrt_()
    moved = steps.add(eps).sqrt_().clone()
    moved.div_(scale).mul_(g)
    steps.mul_(rho).addcmul_(moved, moved, value=1 - rho)
    p.add_(_view_as_complex(moved) if p.is_complex() else moved, alpha=-lr)


def _rprop(p, g, state, group):
    _remember(state, p, "prev")
    if "step_size" not in state:
        lr = _scalar(group["lr"])
        state["step_size"] = full_like(g, complex(lr, lr) if p.is_complex() else lr)
    state["step"] += 1
    (shrink, grow), (least, most) = group["etas"], group["step_sizes"]
    p, g, before, size = _reals(p, g, state["prev"], state["step_size"])
    sign = g.mul(before.clone()).sign()
    sign[sign.gt(0)] = grow
    sign[sign.lt(0)] = shrink
    sign[sign.eq(0)] = 1
    size.mul_(sign).clamp_(least, most)
    g = g.clone()
    g[sign.eq(shrink)] = 0
    p.addcmul_(g.sign(), size, value=-1)
    before.copy_(g)


def _asgd(p, g, state, group):
    _remember(state, p, "ax")
    lr = _scalar(group["lr"])
    if "eta" not in state:
        state |= {"eta": zeros_like(state["step"]).fill_(lr).detach(), "mu": tensor(1.0)}
    p, g, mean = _reals(p, g, state["ax"])
    state["step"] += 1
    g = _decayed(p, g, group["weight_decay"])
    eta, mu, step = state["eta"].item(), state["mu"], state["step"].item()
    p.mul_(1 - group["lambd"] * eta)
    p.add_(g, alpha=-eta)
    if mu.item() != 1:
        mean.add_(p.sub(mean).mul_(mu))
    else:
        mean.copy_(p)
    state["eta"].copy_(lr / (1 + group["lambd"] * lr * step) ** group["alpha"])
    mu.copy_(tensor(1 / max(1, step - group["t0"])))


_RULES: dict[str, Callable] = {
    "SGD": _sgd, "Adam": _adam, "AdamW": _adam, "Adamax": _adamax, "NAdam": _nadam, "RAdam": _radam, "RMSprop": _rmsprop,
    "Adagrad": _adagrad, "Adadelta": _adadelta, "Rprop": _rprop, "ASGD": _asgd,
}  # fmt: skip
