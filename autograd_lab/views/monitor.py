"""``monitor(optimizer)``: the loss, the gradient norms and the update ratios of a training loop, while it runs.

It is told once a step, ``monitor.log(loss)``, and looks at the parameters only every k-th step: what a look costs and what a step
takes are measured, and k is such that looking takes a four-hundredth of the loop's time. It says which k. The page hears of it at
most twice a second. So it can be left on.

The update ratio of a parameter is how far one step moved it, by its length: ``|p_after - p_before| / |p_before|``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import ceil, sqrt
from numbers import Real
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.tensor import Tensor
from ..trace.names import caller_namespace, named_tensors
from ..trace.progress import in_notebook
from .cells import after_cells
from .text import clean, columns, number_text

if TYPE_CHECKING:
    from .widgets.monitor import MonitorWidget

SHARE = 0.0025  # of a loop's time that looking may take, and telling as much again
PAUSE = 0.5  # seconds between two messages to the page
POINTS = 600  # of each curve that are kept: beyond, every second one goes
DRAWN = 12  # parameters that are looked at; of more, the first


class Monitor:
    """What is known of a training run. ``steps`` is how many were logged; ``losses``, ``gradients`` and ``updates`` are curves.

    A curve is a list of (step, number). ``lr`` is the learning rate: the optimiser's, if it has one; setting it sets it there.
    """

    def __init__(self, parameters: dict[str, Tensor], optimizer: Any, lr: float | None, every: int | None):
        self.parameters, self.optimizer, self.every = parameters, optimizer, every
        self.steps = 0
        self.losses: list[tuple[int, float]] = []
        self.gradients: dict[str, list[tuple[int, float]]] = {name: [] for name in parameters}
        self.updates: dict[str, list[tuple[int, float]]] = {name: [] for name in parameters}
        self._lr = lr
        self._changed: list[Callable[[float], Any]] = []
        self._before: list[np.ndarray] | None = None  # the parameters at the last look
        self._stride = 1  # steps between two points of the loss
        self._apart = max(2, every) if every else 0  # steps between two looks, one with its comparison; 0: not yet known
        self._next = 0  # the step of the next look, or of the comparison that follows it
        self._looked, self._cost, self._tell_at = 0.0, 0.0, 0.0  # when the last look ended, what it took; when to tell the page
        self._told = 0  # steps the page has heard of
        self._widget: MonitorWidget | None = None

    # ------------------------------------------------------------------ the loop's side
    def log(self, loss: Any = None) -> None:
        """One step was taken: ``loss`` is its loss, a number or a Tensor of one element; ``.grad`` is looked at as it is now.

        To be called once a step, while the gradients are there: after ``backward()`` or after ``optimizer.step()``, always at the
        same place. ValueError for a loss of several elements.
        """
        step = self.steps
        self.steps = step + 1
        if loss is not None and step % self._stride == 0:
            self.losses.append((step, loss._array.item() if type(loss) is Tensor else float(loss)))
            if len(self.losses) > 2 * POINTS:
                self.losses = self.losses[::2]
                self._stride *= 2
        if step >= self._next:
            if self._before is None:
                self._look(step)
            else:
                self._compare(step)
        if self._widget is not None and (now := perf_counter()) >= self._tell_at:
            self._tell()
            self._tell_at = now + max(PAUSE, (perf_counter() - now) / SHARE)

    def _look(self, step: int) -> None:
        """The norms of the gradients now, and the parameters, to compare with those after the next step."""
        begun = perf_counter()
        self._before = []
        for name, p in self.parameters.items():
            self._before.append(p._array.copy())
            grad = p.grad
            if grad is not None:
                self._add(self.gradients[name], step, _norm(grad._array))
        self._next = step + 1
        self._looked = perf_counter()
        self._cost = self._looked - begun

    def _compare(self, step: int) -> None:
        begun = perf_counter()
        before, self._before = self._before or (), None
        for (name, p), old in zip(self.parameters.items(), before):
            if p._array.shape == old.shape and (size := _norm(old)):
                self._add(self.updates[name], step, _norm(p._array - old) / size)
        if self.every is None:
            self._pace(begun - self._looked, self._cost + perf_counter() - begun)
        self._next = step - 1 + self._apart

    def _pace(self, took: float, cost: float) -> None:
        """A step ``took`` so long and the look at it ``cost`` so much: how many steps the next look has to wait.

        From one look to the next at most twice as many or half as many: another program's turn within one of the two spans, or a
        pause between two cells, is no measure of the loop.
        """
        apart = ceil(cost / SHARE / max(took, 1e-6))
        self._apart = max(2, min(2 * self._apart, max(self._apart // 2, apart)) if self._apart else apart)

    def _add(self, curve: list[tuple[int, float]], step: int, value: float) -> None:
        curve.append((step, value))
        if len(curve) > POINTS:
            del curve[1::2]

    # ------------------------------------------------------------------ the learning rate
    @property
    def lr(self) -> float | None:
        return self.optimizer.param_groups[0]["lr"] if self.optimizer is not None else self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = float(lr)
        for group in self.optimizer.param_groups if self.optimizer is not None else ():
            group["lr"] = self._lr
        for changed in self._changed:
            changed(self._lr)
        if self._widget is not None:
            self._tell()

    def on_lr(self, changed: Callable[[float], Any]) -> Callable[[float], Any]:
        """Call ``changed(lr)`` whenever the learning rate is set, by the slider or here; to be used as a decorator too.

        A slider is heard between cells: a function that trains anew shows at once what another rate does.
        """
        self._changed.append(changed)
        return changed

    def clear(self) -> None:
        """Forget all curves: another run begins."""
        self.steps, self._stride, self._next, self._before = 0, 1, 0, None
        self._tell_at = 0.0
        self.losses.clear()
        for curve in (*self.gradients.values(), *self.updates.values()):
            curve.clear()

    # ------------------------------------------------------------------ showing
    def to_wire(self) -> dict[str, Any]:
        """What the page draws: JSON types only."""
        return {
            "steps": self.steps,
            "apart": self._apart,
            "lr": self.lr,
            "losses": _finite(self.losses),
            "gradients": {clean(name): _finite(curve) for name, curve in self.gradients.items()},
            "updates": {clean(name): _finite(curve) for name, curve in self.updates.items()},
        }

    def _tell(self) -> None:
        self._told = self.steps
        if self._widget is not None:
            self._widget.say(self.to_wire())

    def show(self) -> None:
        """Let the page draw what is known now; by itself it does so twice a second."""
        self._tell()

    def _tell_news(self, *_: Any) -> None:
        if self.steps != self._told:
            self._tell()

    def hear(self, message: Mapping[str, Any]) -> None:
        """What the page asks for: another learning rate."""
        lr = message.get("lr")
        if message.get("type") == "lr" and isinstance(lr, (int, float)) and 0 <= lr < float("inf"):
            self.lr = lr

    def __repr__(self) -> str:
        last = f", loss {number_text(self.losses[-1][1])}" if self.losses else ", told no loss: log(loss)" if self.steps else ""
        rate = "" if self.lr is None else f", lr {number_text(self.lr)}"
        apart = f", looks {self._apart} steps apart" if self._apart else ""
        head = f"Monitor({self.steps} steps{last}{rate}{apart})"
        rows = [(clean(name), _last(self.gradients[name]), _last(self.updates[name])) for name in self.parameters]
        return "\n".join([head, *("  " + line for line in columns([("parameter", "|grad|", "update ratio"), *rows]))])

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self)}
        if in_notebook():
            if self._widget is None:
                try:
                    from .widgets.monitor import MonitorWidget
                except ImportError:
                    return bundle
                self._widget = MonitorWidget(self)
                after_cells(self._tell_news)  # the last steps of a loop, which nothing follows
            shown: Any = self._widget._repr_mimebundle_() or {}
            shown = shown[0] if isinstance(shown, tuple) else shown
            bundle |= {mime: data for mime, data in shown.items() if mime != "text/plain"}
        return bundle


def _norm(array: np.ndarray) -> float:
    flat = array.ravel()
    if array.dtype.char in "fdFD":
        return sqrt(abs(np.vdot(flat, flat)))
    return float(np.linalg.norm(flat.astype(np.float64)))


def _last(curve: list[tuple[int, float]]) -> str:
    return number_text(curve[-1][1]) if curve else "-"


def _finite(curve: Iterable[tuple[int, float]]) -> list[list[float | None]]:
    """JSON has no NaN: what is not finite is None, and a gap in the curve."""
    return [[step, float(f"{value:.5g}") if abs(value) < float("inf") else None] for step, value in curve]


def monitor(
    watched: Any, *, lr: float | None = None, every: int | None = None, names: Mapping[str, Any] | None = None
) -> Monitor:
    """Follow a training loop: its loss, and of each parameter the norm of its gradient and how far a step moves it.

    ``watched`` is an optimiser, a module, a Tensor or several. Show the result in a cell, and call ``log(loss)`` once a step; the
    curves grow while the loop runs. ``lr`` gives a loop without an optimiser a learning rate, ``monitor.lr``, that the slider sets.
    ``every`` looks at the parameters every so many steps, at least 2, instead of as often as costs a four-hundredth of the loop's time.

    TypeError for something else, ValueError if there is no parameter in it or ``every`` is not positive.

    >>> import autograd_lab as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> monitor = torch.monitor(w, lr=0.1, every=1)
    >>> for _ in range(3):
    ...     loss = w * w
    ...     w.grad = None
    ...     loss.backward()
    ...     with torch.no_grad():
    ...         w -= monitor.lr * w.grad
    ...     monitor.log(loss)
    >>> monitor  # doctest: +NORMALIZE_WHITESPACE
    Monitor(3 steps, loss 0.4096, lr 0.1, looks 2 steps apart)
      parameter  |grad|  update ratio
      w          1.28    0.2
    """
    if lr is not None and not (isinstance(lr, Real) and 0 <= lr < float("inf")):
        raise ValueError(f"lr={lr!r}: a learning rate is a number, 0 or more.")
    if every is not None and every < 1:
        raise ValueError(f"every={every}: look every 1 step or more.")
    optimizer = watched if hasattr(watched, "param_groups") else None
    if optimizer is not None:
        found = [p for group in optimizer.param_groups for p in group["params"]]
    elif callable(getattr(watched, "named_parameters", None)):
        found = [p for _, p in watched.named_parameters()]
    else:
        found = [watched] if isinstance(watched, Tensor) else list(watched) if isinstance(watched, Iterable) else None
    if found is None or not all(isinstance(p, Tensor) for p in found):
        raise TypeError(f"monitor() follows an optimiser, a module or tensors, and this is of type {type(watched).__name__}.")
    if not found:
        raise ValueError("there is no parameter to follow.")
    known = {id(tensor): name for name, tensor in reversed([*named_tensors(caller_namespace() if names is None else names)])}
    parameters = {known.get(id(p), f"parameter {i}"): p for i, p in enumerate(found[:DRAWN])}
    return Monitor(parameters, optimizer, lr, every)
