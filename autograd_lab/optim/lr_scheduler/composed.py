"""Schedulers of schedulers: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right

from .base import LRScheduler, copied, set_lr


def _checked(schedulers, optimizer, name: str) -> None:
    for i, scheduler in enumerate(schedulers):
        if not hasattr(scheduler, "optimizer"):
            raise TypeError(f"{name} at index {i} should have `optimizer` as its attribute.")
        if scheduler.optimizer is not optimizer:
            raise ValueError(
                f"{name} expects all schedulers to belong to the same optimizer, but got scheduler {type(scheduler).__name__} at index "
                f"{i} has {scheduler.optimizer}, which is different from {type(optimizer).__name__}."
            )


class _Composed(LRScheduler):
    _schedulers: list

    def state_dict(self) -> dict:
        """Everything but the optimiser, each scheduler's state in its place."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "_schedulers")}
        state["_schedulers"] = [scheduler.state_dict() for scheduler in self._schedulers]
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        state = dict(state_dict)
        for scheduler, held in zip(self._schedulers, state.pop("_schedulers")):
            scheduler.load_state_dict(held)
        self.__dict__.update(state)


class SequentialLR(_Composed):
    """Each scheduler until its milestone, where the next begins anew."""

    def __init__(self, optimizer, schedulers, milestones, last_epoch: int = -1):
        if len(schedulers) < 1:
            raise ValueError(f"{type(self).__name__} expects at least one scheduler, but got no scheduler.")
        _checked(schedulers, optimizer, type(self).__name__)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but "
                f"got number of schedulers {len(schedulers)} and the number of milestones to be equal to {len(milestones)}"
            )
        self._schedulers, self._milestones, self.last_epoch, self.optimizer = schedulers, milestones, last_epoch + 1, optimizer
        for group in optimizer.param_groups:  # as before the schedulers were made
            set_lr(group, group["initial_lr"])
        for scheduler in schedulers:
            scheduler.last_epoch -= 1
        self._begin(schedulers[0])
        self._last_lr = schedulers[0].get_last_lr()

    def _begin(self, scheduler) -> None:
        scheduler._is_initial = True
        scheduler._update_lr() if hasattr(scheduler, "_update_lr") and type(
            scheduler
        ).step is LRScheduler.step else scheduler.step()
        scheduler._is_initial = False

    def step(self) -> None:  # type: ignore[override]
        """The next epoch's rates."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._update_lr(0) if type(scheduler).step is LRScheduler.step else scheduler.step(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composed):
    """All schedulers every epoch, each changing what the others made of the rates."""

    def __init__(self, schedulers, optimizer=None):
        if len(schedulers) < 1:
            raise ValueError(f"{type(self).__name__} expects at least one scheduler to be chained, but got no scheduler.")
        self.optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        _checked(schedulers, self.optimizer, type(self).__name__)
        self._schedulers = list(schedulers)
        self._last_lr = [copied(group["lr"]) for group in self._schedulers[-1].optimizer.param_groups]

    def step(self) -> None:  # type: ignore[override]
        """The next epoch's rates."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = [copied(group["lr"]) for group in self._schedulers[-1].optimizer.param_groups]
