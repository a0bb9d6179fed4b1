"""Muon: gradient descent whose steps are made orthogonal, and Adafactor: Adam whose memory is factored. Both for matrices."""

from __future__ import annotations

import math

import numpy as np

from ..core.dtypes import BY_NUMPY
from ..core.inplace import bump
from ..core.limits import limits_of
from ..core.tensor import Tensor, wrap
from .optimizer import Optimizer, count, number, remember


def _check(**settings) -> None:
    for name, value in settings.items():
        if isinstance(value, Tensor) and value.numel() != 1:
            raise ValueError(f"Tensor {name.replace('Learning rate', 'lr')} must be 1-element")
        if value < 0:
            raise ValueError(f"{name} should be >= 0 but is: {value}")


class Muon(Optimizer):
    """Momentum whose step is replaced by the nearest orthogonal matrix (Jordan 2024); only for matrices.

    The iteration that finds it runs in bfloat16, as in PyTorch.
    """

    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, ns_coefficients=(3.4445, -4.775, 2.0315),
                 eps=1e-7, ns_steps=5, adjust_lr_fn=None):  # fmt: skip
        _check(**{"Learning rate": lr, "momentum": momentum, "weight decay": weight_decay})
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
                                  "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps,
                                  "adjust_lr_fn": adjust_lr_fn})  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(f"Muon only supports 2D parameters whereas we found a parameter with size: {p.shape}")

    def update(self, p, g, state, group):
        if p.base is not None and p.base.dtype.kind == "c":
            raise RuntimeError("Muon does not support complex parameters")
        (buffer,) = remember(state, p, "momentum_buffer")
        momentum, lr = group["momentum"], number(group["lr"])
        buffer += (g - buffer) * (1 - momentum)
        moved = g + (buffer - g) * momentum if group["nesterov"] else buffer
        step = orthogonal(moved, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = p.shape
        fitted = {"match_rms_adamw": 0.2 * math.sqrt(max(rows, columns))}.get(
            group["adjust_lr_fn"], math.sqrt(max(1, rows / columns))
        )
        p *= 1 - lr * group["weight_decay"]
        p -= step.astype(p.dtype) * (lr * fitted)

    def written(self, p, group):
        super().written(p, group)
        bump(p)  # the decay, and the step


def orthogonal(matrix: np.ndarray, coefficients, steps: int, eps: float) -> np.ndarray:
    """Nearly U V' of U S V': a polynomial of the fifth degree moves every singular value towards 1, each time rounded to bfloat16."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    import ml_dtypes

    def rounded(x):
        return np.asarray(x, "f4").astype(ml_dtypes.bfloat16).astype("f4")

    a, b, c = coefficients
    x = rounded(matrix)
    x = x.T if matrix.shape[0] > matrix.shape[1] else x
    x = rounded(x / max(rounded(np.linalg.norm(x)), rounded(eps)))
    for _ in range(steps):
        gram = rounded(x @ x.T)
        x = rounded(a * x + rounded(b * gram + c * (gram @ gram)) @ x)
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Adafactor(Optimizer):
    """g over the root of a running mean of g squared, of which a matrix keeps only rows and columns (Shazeer and Stern 2018)."""

    def __init__(
        self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, foreach=None, maximize=False
    ):
        _check(**{"Learning rate": lr})
        if beta2_decay > 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and eps[0] < 0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if eps[1] < 0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if d < 1:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        _check(weight_decay=weight_decay)
        super().__init__(params, {"lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
                                  "foreach": foreach, "maximize": maximize})  # fmt: skip

    def update(self, p, g, state, group):
        if p.base is not None and p.base.dtype.kind == "c":
            raise RuntimeError("Adafactor does not support complex parameters")
        lr, t, (small, least) = number(group["lr"]), count(state), group["eps"]
        small = float(limits_of(BY_NUMPY[p.dtype].numpy).eps) if small is None else small
        new = t ** group["beta2_decay"]
        rate = max(least, np.linalg.norm(p) / math.sqrt(p.size)) * min(lr, 1 / math.sqrt(t))
        p *= 1 - lr * group["weight_decay"]
        if p.ndim > 1:
            rows, columns = (
                _kept(state, "row_var", (*p.shape[:-1], 1), p),
                _kept(state, "col_var", (*p.shape[:-2], 1, p.shape[-1]), p),
            )
            rows += (np.mean(g * g, -1, keepdims=True) - rows) * new
            columns += (np.mean(g * g, -2, keepdims=True) - columns) * new
            square = rows @ columns / np.maximum(rows.mean(-2, keepdims=True), small)
        else:
            square = _kept(state, "variance", p.shape, p)
            square += (g * g - square) * new
        moved = g / np.sqrt(np.maximum(square, small * small))
        p -= moved * (rate / max(1.0, np.linalg.norm(moved) / (math.sqrt(moved.size) * group["d"])))

    def written(self, p, group):
        super().written(p, group)
        if group["weight_decay"]:
            bump(p)  # that, too


def _kept(state: dict, name: str, shape, p: np.ndarray) -> np.ndarray:
    if name not in state:
        state[name] = wrap(np.zeros(shape, p.dtype))
    return state[name]._materialise()
