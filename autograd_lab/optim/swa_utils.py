"""Averages of a model's weights along training: stochastic weight averaging and exponential moving averages.

Izmailov and others, "Averaging weights leads to wider optima and better generalization" (2018).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..core.absent import missing
from ..core.device import device as core_device
from ..core.grad_mode import no_grad
from ..core.tensor import Tensor
from ..nn import Module
from ..nn.modules.batchnorm import _BatchNorm
from .lr_scheduler import LRScheduler

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def _checked(decay: float) -> float:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    return decay


def get_ema_avg_fn(decay: float = 0.999) -> Callable:
    """A rule for ``AveragedModel``: ``decay`` of what was, the rest of what is."""
    _checked(decay)

    def ema_update(averaged, current, num_averaged):
        return averaged * decay + current * (1 - decay)

    return no_grad()(ema_update)


def get_swa_avg_fn() -> Callable:
    """A rule for ``AveragedModel``: the mean of all so far."""

    def swa_update(averaged, current, num_averaged):
        return averaged + (current - averaged) / (num_averaged + 1)

    return no_grad()(swa_update)


def _of_lists(rule: Callable) -> Callable:
    def update(averaged, current, num_averaged):
        for a, b in zip(averaged, current):
            a.copy_(rule(a, b, num_averaged) if a.is_floating_point() or a.is_complex() else b)

    return no_grad()(update)


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable:
    """``get_ema_avg_fn`` for lists of tensors, which are written over."""
    return _of_lists(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> Callable:
    """``get_swa_avg_fn`` for lists of tensors, which are written over."""

    def nearer(averaged, current, num_averaged):
        return averaged + (current - averaged) * float(np.float32(1 / (num_averaged + 1)))  # PyTorch's count is a float32 here

    return _of_lists(nearer)


class AveragedModel(Module):
    """A copy of ``model`` whose parameters are an average of those it is shown by ``update_parameters``.

    ``avg_fn(averaged, current, n)`` gives the new average of one tensor, ``multi_avg_fn`` writes it over lists of them; without
    either it is the mean. ``use_buffers``: buffers are averaged too, else copied.

    >>> import autograd_lab as torch
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> averaged = torch.optim.swa_utils.AveragedModel(model)
    >>> for w in 1.0, 3.0:
    ...     _ = torch.nn.init.constant_(model.weight, w)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item()
    2.0
    """

    def __init__(self, model: Module, device=None, avg_fn: Callable | None = None, multi_avg_fn: Callable | None = None,
                 use_buffers: bool = False):  # fmt: skip
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        core_device(device or "cpu")
        from ..core.ops.create import tensor

        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def _tensors(self, model: Module) -> list[Tensor]:
        return [*model.parameters(), *(model.buffers() if self.use_buffers else ())]

    def update_parameters(self, model: Module) -> None:
        """Take the parameters of ``model`` into the average."""
        mine, others, n = self._tensors(self.module), self._tensors(model), int(self.n_averaged.item())
        with no_grad():
            if n == 0:
                for a, b in zip(mine, others):
                    a.detach().copy_(b.detach())
            elif self.multi_avg_fn is not None:
                self.multi_avg_fn([a.detach() for a in mine], [b.detach() for b in others], self.n_averaged)
            else:
                rule = self.avg_fn or get_swa_avg_fn()
                for a, b in zip(mine, others):
                    a.detach().copy_(rule(a.detach(), b.detach(), self.n_averaged))
            if not self.use_buffers:
                for a, b in zip(self.module.buffers(), model.buffers()):
                    a.detach().copy_(b.detach())
            self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Module, device=None) -> None:
    """Run ``model`` once over ``loader`` so that its batch normalisations have the statistics of its present weights."""
    core_device(device or "cpu")
    layers = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    if not layers:
        return
    momenta = {layer: layer.momentum for layer in layers}
    training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain mean over all batches
    with no_grad():
        for batch in loader:
            model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for layer, momentum in momenta.items():
        layer.momentum = momentum
    model.train(training)


class SWALR(LRScheduler):
    """From the learning rate it finds to ``swa_lr`` in ``anneal_epochs`` steps, along a cosine or a line; then it stays."""

    def __init__(self, optimizer, swa_lr, anneal_epochs: int = 10, anneal_strategy: str = "cos", last_epoch: int = -1):
        rates = list(swa_lr) if isinstance(swa_lr, (list, tuple)) else [swa_lr] * len(optimizer.param_groups)
        if len(rates) != len(optimizer.param_groups):
            raise ValueError(
                "swa_lr must have the same length as optimizer.param_groups. "
                f"swa_lr has {len(rates)}, optimizer.param_groups has {len(optimizer.param_groups)}"
            )
        for group, rate in zip(optimizer.param_groups, rates):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        self._anneal = (lambda t: (1 - math.cos(math.pi * t)) / 2) if anneal_strategy == "cos" else (lambda t: t)
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """How far it has come at ``step``, 0 to 1."""
        return self._anneal(max(0.0, min(1.0, step / max(1, self.anneal_epochs))))

    def get_lr(self):
        self._asked()
        step = self.last_epoch if self.anneal_epochs else max(1, self.last_epoch)
        now, before = self._share(step), self._share(step - 1)
        rates = []
        for group in self.optimizer.param_groups:
            end = group["swa_lr"]
            start = end if before == 1 else (group["lr"] - before * end) / (1 - before)
            rates.append(end * now + start * (1 - now))
        return rates


def __getattr__(name: str):
    raise missing("torch.optim.swa_utils", name)
