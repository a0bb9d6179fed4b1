"""Rates that fall, or rise to their height at first: by steps, by a factor, along a line or a power."""

from __future__ import annotations

import types
from bisect import bisect_right
from collections import Counter

from .base import LRScheduler


class _ByFactor(LRScheduler):
    """Every epoch multiplies the rates by ``factor()``, so that what else changes them is kept."""

    def factor(self) -> float:
        """This epoch's factor."""
        raise NotImplementedError

    def get_lr(self) -> list:
        self._asked()
        factor = self.factor()
        return self._rates() if factor == 1 else [rate * factor for rate in self._rates()]


class StepLR(_ByFactor):
    """Times ``gamma`` every ``step_size`` epochs."""

    def __init__(self, optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def factor(self) -> float:
        return self.gamma if self.last_epoch and self.last_epoch % self.step_size == 0 else 1

    def _get_closed_form_lr(self):
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(_ByFactor):
    """Times ``gamma`` at each of the ``milestones``."""

    def __init__(self, optimizer, milestones, gamma: float = 0.1, last_epoch: int = -1):
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def factor(self) -> float:
        return self.gamma ** self.milestones[self.last_epoch] if self.last_epoch in self.milestones else 1

    def _get_closed_form_lr(self):
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


class ExponentialLR(_ByFactor):
    """Times ``gamma`` every epoch."""

    def __init__(self, optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def factor(self) -> float:
        return 1 if self._is_initial else self.gamma

    def _get_closed_form_lr(self):
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class ConstantLR(_ByFactor):
    """``factor`` times the rate until epoch ``total_iters``, then the rate."""

    def __init__(self, optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1):
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters  # type: ignore[method-assign]
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._asked()
        factor: float = self.factor  # type: ignore[assignment]
        if self.last_epoch == 0:
            return [rate * factor for rate in self._rates()]
        return [rate * (1.0 / factor) for rate in self._rates()] if self.last_epoch == self.total_iters else self._rates()

    def _get_closed_form_lr(self):
        factor: float = self.factor  # type: ignore[assignment]
        return [base * (factor + (self.last_epoch >= self.total_iters) * (1 - factor)) for base in self.base_lrs]


class LinearLR(_ByFactor):
    """From ``start_factor`` to ``end_factor`` times the rate along a line of ``total_iters`` epochs."""

    def __init__(
        self, optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5, last_epoch: int = -1
    ):
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def factor(self) -> float:
        start, rise, epoch = self.start_factor, self.end_factor - self.start_factor, self.last_epoch
        if epoch == 0:
            return start
        return 1 if self._is_initial or epoch > self.total_iters else 1 + rise / (self.total_iters * start + (epoch - 1) * rise)

    def _get_closed_form_lr(self):
        part = min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * (self.start_factor + (self.end_factor - self.start_factor) * part) for base in self.base_lrs]


class PolynomialLR(_ByFactor):
    """(1 - epoch / total_iters) to the ``power`` times the rate."""

    def __init__(self, optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1):
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def factor(self) -> float:
        epoch, total = self.last_epoch, self.total_iters
        if self._is_initial or epoch > total:
            return 1
        return ((1.0 - epoch / total) / (1.0 - (epoch - 1) / total)) ** self.power

    def _get_closed_form_lr(self):
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]


class LambdaLR(LRScheduler):
    """The first rate times ``lr_lambda(epoch)``: one function, or one a group."""

    def __init__(self, optimizer, lr_lambda, last_epoch: int = -1):
        groups = len(optimizer.param_groups)
        if not isinstance(lr_lambda, (list, tuple)):
            lr_lambda = [lr_lambda] * groups
        if len(lr_lambda) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
        self.optimizer, self.lr_lambdas = optimizer, list(lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict:
        """Everything but the optimiser and plain functions; of callable objects, what they hold."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "lr_lambdas")}
        state["lr_lambdas"] = [None if isinstance(f, types.FunctionType) else f.__dict__.copy() for f in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        state = dict(state_dict)
        for function, held in zip(self.lr_lambdas, state.pop("lr_lambdas")):
            if held is not None:
                function.__dict__.update(held)
        self.__dict__.update(state)

    def get_lr(self) -> list:
        self._asked()
        return [base * function(self.last_epoch) for function, base in zip(self.lr_lambdas, self.base_lrs)]


class MultiplicativeLR(LambdaLR):
    """Times ``lr_lambda(epoch)`` every epoch."""

    def get_lr(self) -> list:
        self._asked()
        if self._is_initial:
            return self._rates()
        return [rate * function(self.last_epoch) for function, rate in zip(self.lr_lambdas, self._rates())]
