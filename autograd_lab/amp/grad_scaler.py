"""``GradScaler``: multiply the loss so that small gradients survive 16 bits, divide before the step, skip what overflowed."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.grad_mode import no_grad
from ..core.ops.create import tensor
from ..core.tensor import Tensor

READY, UNSCALED, STEPPED = "ready", "unscaled", "stepped"  # an optimiser's gradients, since the last update()


class _Progress:
    """How far one optimiser has come in this iteration, and whether a gradient of its was infinite or nan."""

    def __init__(self):
        self.stage = READY
        self.found_inf: bool | None = None


class GradScaler:
    """``scale(loss).backward()``, ``step(optimizer)``, ``update()``: a loss scale that finds its own size.

    It starts at ``init_scale``; after ``growth_interval`` iterations without an infinite or nan gradient it is multiplied by
    ``growth_factor``, after one with such a gradient, whose step is skipped, by ``backoff_factor``.
    """

    def __init__(self, device: str = "cuda", init_scale: float = 2.0**16, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True):  # fmt: skip
        if enabled and device == "cuda":
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling. Write GradScaler('cpu').",
                UserWarning, stacklevel=2)  # fmt: skip
            enabled = False
        if enabled:
            assert growth_factor > 1.0, "The growth factor must be > 1.0."
            assert backoff_factor < 1.0, "The backoff factor must be < 1.0."
        self._device, self._enabled, self._init_scale = device, enabled, init_scale
        self._growth_factor, self._backoff_factor, self._growth_interval = growth_factor, backoff_factor, growth_interval
        self._scale: Tensor | None = None
        self._growth_tracker, self._progress = 0, defaultdict(_Progress)

    def _started(self, doing: str) -> Tensor:
        assert self._scale is not None, (
            f"Attempted {doing} but _scale is None.  This may indicate your script did not use scaler.scale(loss or outputs) "
            "earlier in the iteration."
        )
        return self._scale

    def scale(self, outputs: Any) -> Any:
        """A tensor, or each in an iterable, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            if self._scale is None:
                self._scale = tensor(float(self._init_scale))
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            made = map(self.scale, outputs)
            return type(outputs)(made) if isinstance(outputs, (list, tuple)) else made
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer) -> None:
        """Divide the optimiser's gradients by the scale, once an iteration; do it yourself to clip or look at them."""
        if not self._enabled:
            return
        scale, progress = self._started("unscale_"), self._progress[id(optimizer)]
        if progress.stage is UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if progress.stage is STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        inverse = float(np.float32(1.0 / scale.item()))
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if p.grad.dtype.name == "float16":
                    raise ValueError("Attempting to unscale FP16 gradients. Keep the parameters in float32 and use autocast.")
                progress.found_inf = bool(progress.found_inf) or not bool(np.isfinite(p.grad._array).all())
                with no_grad():
                    p.grad.mul_(inverse)
        progress.stage = UNSCALED

    def step(self, optimizer, *args, **kwargs):
        """``optimizer.step()``, unless a gradient is infinite or nan; gradients are unscaled first if they are not yet."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._started("step")
        progress = self._progress[id(optimizer)]
        if progress.stage is STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if progress.stage is READY:
            self.unscale_(optimizer)
        assert progress.found_inf is not None, "No inf checks were recorded for this optimizer."
        result = None if progress.found_inf else optimizer.step(*args, **kwargs)
        progress.stage = STEPPED
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Grow or shrink the scale by what the gradients of this iteration were, or set it; call it last."""
        if not self._enabled:
            return
        scale = self._started("update")
        if new_scale is not None:
            with no_grad():
                scale.copy_(new_scale) if isinstance(new_scale, Tensor) else scale.fill_(new_scale)
        else:
            found = [progress.found_inf for progress in self._progress.values() if progress.found_inf is not None]
            assert found, "No inf checks were recorded prior to update."
            self._adapt(scale, any(found))
        self._progress.clear()

    def _adapt(self, scale: Tensor, found_inf: bool) -> None:
        self._growth_tracker = 0 if found_inf else self._growth_tracker + 1
        factor = self._backoff_factor if found_inf else 1.0
        if self._growth_tracker == self._growth_interval:
            self._growth_tracker = 0
            if math.isfinite(np.float32(scale.item() * self._growth_factor)):
                factor = self._growth_factor
        with no_grad():
            scale.mul_(factor)

    def get_scale(self) -> float:
        """The scale as a Python number; 1.0 when disabled."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        """What the scale grows by."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Choose what the scale grows by."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale shrinks by."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Choose what the scale shrinks by."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """How many iterations in a row without an infinity let the scale grow."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Choose how many iterations in a row without an infinity let the scale grow."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether this scaler does anything."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """All of it, to be saved between two iterations; {} when disabled."""
        if not self._enabled:
            return {}
        return {"scale": self.get_scale(), "growth_factor": self._growth_factor, "backoff_factor": self._backoff_factor,
                "growth_interval": self._growth_interval, "_growth_tracker": self._growth_tracker}  # fmt: skip

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale = state_dict["scale"]
        if self._scale is not None:
            self._scale.fill_(state_dict["scale"])
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval, self._growth_tracker = state_dict["growth_interval"], state_dict["_growth_tracker"]
