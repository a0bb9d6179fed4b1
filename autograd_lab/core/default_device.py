"""``set_default_device`` and ``with device(...)``: where tensors are made whose makers say nothing of it.

Elsewhere than in the computer's own memory that is a mode, as in PyTorch: it gives ``device=`` to the functions that make tensors.
It stands outside of all other modes, and there is one at a time.
"""

from __future__ import annotations

from contextvars import ContextVar

from .device import CPU, device, wanted_device
from .modes import TorchFunctionMode, pop_mode, push_mode
from .overrides import MODES

# the functions that take it; ``*_like`` go where what they imitate is
MAKERS = frozenset("""empty empty_permuted empty_strided ones arange bartlett_window blackman_window eye fft_fftfreq fft_rfftfreq full
    hamming_window hann_window kaiser_window linspace logspace rand randn randint randperm range tril_indices triu_indices zeros
    asarray tensor as_tensor scalar_tensor""".split())  # fmt: skip
_current: ContextVar[device | None] = ContextVar("default device", default=None)
_blocks: ContextVar[tuple] = ContextVar("with device", default=())
_set: ContextVar[DeviceContext | None] = ContextVar("set_default_device", default=None)


class DeviceContext(TorchFunctionMode):
    """Inside the block tensors are made on ``device``."""

    def __init__(self, device_):
        self.device = device(device_)
        self.prev_mode: DeviceContext | None = None

    def __enter__(self):
        self.old_device = _current.get()
        _current.set(self.device)
        others = _without_any()
        self.prev_mode = others[0]
        if wanted_device(self.device) is not None:
            push_mode(self)
        _pushed(others[1:])
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        _current.set(self.old_device)
        _, *others = _without_any()
        if self.prev_mode is not None:
            push_mode(self.prev_mode)
        _pushed(others)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func.__name__ in MAKERS and kwargs.get("device") is None:
            kwargs["device"] = self.device
        return func(*args, **kwargs)


def _without_any() -> list:
    """Leave all modes: [the ``DeviceContext`` among them or None, the others, outermost first]."""
    left = [pop_mode() for _ in MODES.get()][::-1]
    found = [mode for mode in left if isinstance(mode, DeviceContext)]
    return [found[0] if found else None, *(mode for mode in left if not isinstance(mode, DeviceContext))]


def _pushed(modes: list) -> None:
    for mode in modes:
        push_mode(mode)


def entered(which: device) -> device:
    """``with device(...)`` begins."""
    context = DeviceContext(which).__enter__()
    _blocks.set((*_blocks.get(), context))
    return which


def left(*exc) -> None:
    """``with device(...)`` ends."""
    *rest, context = _blocks.get()
    _blocks.set(tuple(rest))
    context.__exit__(*exc)


def get_default_device() -> device:
    """Where tensors are made, the CPU at first."""
    return CPU if (current := _current.get()) is None else current


def set_default_device(device) -> None:
    """Make tensors on ``device`` from now on where nothing else is said, in this thread; None for the CPU as at first."""
    if (before := _set.get()) is not None:
        before.__exit__(None, None, None)
    _set.set(None)
    if device is not None:
        _set.set(DeviceContext(device).__enter__())
