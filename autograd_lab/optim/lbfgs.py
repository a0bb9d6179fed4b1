"""L-BFGS: Newton's direction from the last steps and the changes of the gradient, and a search along it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.grad_mode import enable_grad, no_grad
from ..core.tensor import Tensor, wrap
from .optimizer import Optimizer, check_positive, number, real

# Constants of the strong Wolfe conditions: enough decrease, enough flattening (Nocedal and Wright, 2nd ed., ch. 3).
C1, C2 = 1e-4, 0.9


def cubic_minimum(x1, f1, g1, x2, f2, g2, bounds=None) -> float:
    """Where the cubic through two values and slopes is least, within ``bounds`` (the two points by default)."""
    low, high = bounds if bounds is not None else (min(x1, x2), max(x1, x2))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if square < 0:
        return (low + high) / 2.0
    d2 = np.sqrt(square)
    if x1 <= x2:
        found = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    else:
        found = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(found, low), high)


def strong_wolfe(evaluate, t: float, d: np.ndarray, f: float, g: np.ndarray, slope: float, tolerance: float, most: int = 25):
    """(loss, gradient, step, evaluations) along ``d`` from step ``t``, where the loss has fallen and flattened enough.

    First the step grows until a minimum is bracketed, then the bracket shrinks, ``most`` times together. ``evaluate(t)`` gives
    loss and gradient.
    """
    reach = np.abs(d).max()
    f_new, g_new = evaluate(t)
    evaluations, slope_new = 1, g_new @ d
    before = 0.0, f, g, slope
    done, bracket = False, []
    for tried in range(most):
        here = t, f_new, g_new, slope_new
        if f_new > f + C1 * t * slope or (tried > 1 and f_new >= before[1]):
            bracket = [before, here]
            break
        if abs(slope_new) <= -C2 * slope:
            bracket, done = [here], True
            break
        if slope_new >= 0:
            bracket = [before, here]
            break
        bounds = t + 0.01 * (t - before[0]), t * 10
        t = cubic_minimum(before[0], before[1], before[3], t, f_new, slope_new, bounds)
        before = here
        f_new, g_new = evaluate(t)
        evaluations += 1
        slope_new = g_new @ d
    else:
        bracket, tried = [(0.0, f, g, slope), (t, f_new, g_new, slope_new)], most
    stuck = False
    low, high = (0, 1) if bracket[0][1] <= bracket[-1][1] else (1, 0)
    while not done and tried < most:
        (ta, fa, _, sa), (tb, fb, _, sb) = bracket
        width = abs(tb - ta)
        if width * reach < tolerance:
            break
        t = cubic_minimum(ta, fa, sa, tb, fb, sb)
        least, largest = min(ta, tb), max(ta, tb)
        if min(largest - t, t - least) / width < 0.1:  # too near an end: step inside, at the second time
            if stuck or t >= largest or t <= least:
                t = largest - 0.1 * width if abs(t - largest) < abs(t - least) else least + 0.1 * width
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        f_new, g_new = evaluate(t)
        evaluations += 1
        slope_new = g_new @ d
        tried += 1
        here = t, f_new, g_new, slope_new
        if f_new > f + C1 * t * slope or f_new >= bracket[low][1]:
            bracket[high] = here
            low, high = (0, 1) if bracket[0][1] <= bracket[1][1] else (1, 0)
        else:
            if abs(slope_new) <= -C2 * slope:
                done = True
            elif slope_new * (bracket[high][0] - bracket[low][0]) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = here
    t, f_new, g_new, _ = bracket[low if len(bracket) > 1 else 0]
    return f_new, g_new, t, evaluations


class LBFGS(Optimizer):
    """Up to ``max_iter`` quasi-Newton steps a call of ``step(closure)``; the closure clears gradients, computes, goes backward.

    ``line_search_fn``: None for steps of ``lr``, or "strong_wolfe". One group of parameters only.
    """

    def __init__(self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9, history_size=100,
                 line_search_fn=None):  # fmt: skip
        check_positive(lr=lr)
        super().__init__(params, {"lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                                  "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
                                  "history_size": history_size, "line_search_fn": line_search_fn})  # fmt: skip
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Tensor]:
        return self.param_groups[0]["params"]

    def _gradient(self) -> np.ndarray:
        """All gradients as one vector; zeros where there is none."""
        parts = [np.zeros_like(p._materialise()) if p.grad is None else p.grad._array for p in self._params]
        return np.concatenate([real(part).reshape(-1) for part in parts])

    def _move(self, t: float, d: np.ndarray) -> None:
        """Every parameter by its part of ``t * d``."""
        at = 0
        for p in self._params:
            array = p._materialise()
            n = real(array).size
            part = d[at : at + n] * t
            array += (part.view(array.dtype) if array.dtype.kind == "c" else part).reshape(array.shape)
            self.written(p, self.param_groups[0])
            at += n

    def _place(self, arrays: list[np.ndarray]) -> None:
        for p, array in zip(self._params, arrays):
            p._materialise()[...] = array
            self.written(p, self.param_groups[0])

    def _step(self, closure=None):
        self._opt_called = True
        if closure is None:
            raise TypeError("LBFGS.step() missing 1 required positional argument: 'closure'")
        with no_grad():
            return self._descend(closure, self.param_groups[0], self.state[self._params[0]])

    def _descend(self, closure, group, state):
        def called():
            with enable_grad():
                return closure()

        def evaluate() -> float:
            return _value(called())

        lr, small, most = number(group["lr"]), group["tolerance_change"], group["max_eval"]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        original, evaluations = called(), 1
        loss = _value(original)
        state["func_evals"] += 1
        g = self._gradient()
        if np.abs(g).max() <= group["tolerance_grad"]:
            return original
        memory = _Memory(state, group["history_size"])
        d, t = memory.d, state.get("t")
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = memory.direction(g, d, t, first=state["n_iter"] == 1)
            t = min(1.0, 1.0 / np.abs(g).sum()) * lr if state["n_iter"] == 1 else lr
            slope, before = g @ d, loss
            if slope > -small:
                break
            found = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                start = [p._materialise().copy() for p in self._params]

                def along(t, start=start, d=d):
                    self._move(t, d)
                    value, gradient = evaluate(), self._gradient()
                    self._place(start)
                    return value, gradient

                left = min(25, most - evaluations)  # what max_eval leaves to the search
                loss, g, t, found = strong_wolfe(along, t, d, loss, g, slope, 1e-9, left)
                self._move(t, d)
            else:
                self._move(t, d)
                if iteration != group["max_iter"]:
                    loss, g, found = evaluate(), self._gradient(), 1
            evaluations += found
            state["func_evals"] += found
            if (iteration == group["max_iter"] or evaluations >= most or np.abs(g).max() <= group["tolerance_grad"]
                    or np.abs(d * t).max() <= small or abs(loss - before) < small):  # fmt: skip
                break
        memory.keep(state, d, t, before if group["max_iter"] else loss)
        return original


class _Memory:
    """The last steps and changes of the gradient, from which a direction is made by two loops over them."""

    def __init__(self, state: dict[str, Any], size: int):
        self.size = size
        self.d = _array(state.get("d"))
        self.changes, self.steps = ([_array(v) for v in state.get(name) or []] for name in ("old_dirs", "old_stps"))
        self.inverse = [float(r) for r in state.get("ro") or []]
        self.scale, self.before = float(state.get("H_diag", 1)), _array(state.get("prev_flat_grad"))
        self.dtype = None

    def direction(self, g: np.ndarray, d: np.ndarray | None, t: float | None, first: bool) -> np.ndarray:
        """-H g, H the inverse Hessian that the memory implies; the last step is taken into it first."""
        if first:
            self.changes, self.steps, self.inverse, self.scale = [], [], [], 1.0
            self.before = g
            return -g
        y, s = g - self.before, d * t
        ys = float(y @ s)
        if ys > 1e-10:
            if len(self.changes) == self.size:
                del self.changes[0], self.steps[0], self.inverse[0]
            self.changes.append(y)
            self.steps.append(s)
            self.inverse.append(1.0 / ys)
            self.scale = ys / float(y @ y)
        self.before = g
        q, al = -g, [0.0] * len(self.changes)
        for i in reversed(range(len(self.changes))):
            al[i] = float(self.steps[i] @ q) * self.inverse[i]
            q = q - self.changes[i] * al[i]
        r = q * self.scale
        for i in range(len(self.changes)):
            r = r + self.steps[i] * (al[i] - float(self.changes[i] @ r) * self.inverse[i])
        return r

    def keep(self, state: dict[str, Any], d, t, loss) -> None:
        """Into ``state``, by PyTorch's names."""
        state |= {"d": _tensor(d), "t": t, "old_dirs": [_tensor(v) for v in self.changes],
                  "old_stps": [_tensor(v) for v in self.steps], "ro": [_tensor(np.asarray(r)) for r in self.inverse],
                  "H_diag": self.scale, "prev_flat_grad": _tensor(self.before), "prev_loss": loss}  # fmt: skip


def _value(loss) -> float:
    return float(loss.detach() if isinstance(loss, Tensor) else loss)


def _array(value):
    return value._array if isinstance(value, Tensor) else value


def _tensor(array):
    return None if array is None else wrap(np.asarray(array))
