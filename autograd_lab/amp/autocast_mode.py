"""``autocast``: inside it, operations choose their dtype. A region, a decorator, and the questions one may ask about it."""

from __future__ import annotations

import functools
import threading
import warnings
from typing import Any

from ..core import dtypes
from ..core.tensor import Tensor
from .policies import Words, applies

FLOAT32, FLOAT16, BFLOAT16 = (dtypes.BY_NAME[name] for name in ("float32", "float16", "bfloat16"))


# the names PyTorch knows; there is one device here
DEVICES = (
    """cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu mtia privateuseone""".split()
)


def _checked(device_type: str) -> str:
    """The device's type without its number."""
    name = device_type.partition(":")[0]
    if name not in DEVICES:
        raise RuntimeError(f"Expected one of {', '.join(DEVICES)} device type at start of device string: {device_type}")
    return name


class _State(threading.local):
    """One thread's: whether it is inside, in which dtype, the copies made so far, and whether a word is being answered."""

    def __init__(self):
        self.enabled, self.dtype, self.cache_enabled = False, BFLOAT16, True
        self.nesting, self.answering = 0, False
        self.copies: dict[int, tuple[Tensor, Tensor]] = {}


_state = _State()


def _answer(policy: str, name: str, word, args: tuple, params: dict):
    """What a listed word does: cast by its policy, then run as if there were no autocast."""
    if not _state.enabled or _state.answering or not applies(name, args, params):
        return word(*args, **params)
    dtype = FLOAT32 if policy == "float32" else _state.dtype
    if policy == "widest" and any(t.dtype is FLOAT32 for t in _tensors((args, params))):
        dtype = FLOAT32
    if policy != "kept":
        args, params = _cast(args, dtype), _cast(params, dtype)
    _state.answering = True
    try:
        return word(*args, **params)
    finally:
        _state.answering = False


_words = Words(_answer)


def _tensors(value):
    """Every floating tensor in nested tuples, lists and dicts that autocast may cast; float64 is left alone."""
    if isinstance(value, Tensor):
        if value.dtype in (FLOAT32, FLOAT16, BFLOAT16):
            yield value
    elif isinstance(value, (tuple, list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors(each)


def _cast(value: Any, dtype) -> Any:
    """``value`` with its tensors in ``dtype``."""
    if isinstance(value, Tensor):
        return next((_copy(t, dtype) for t in _tensors(value)), value)
    if isinstance(value, dict):
        return {key: _cast(each, dtype) for key, each in value.items()}
    return type(value)(_cast(each, dtype) for each in value) if type(value) in (tuple, list) else value


def _copy(x: Tensor, dtype) -> Tensor:
    """x in ``dtype``; the copy of a leaf that requires a gradient is kept until the outermost region ends."""
    if x.dtype is dtype:
        return x
    if (
        not (_state.cache_enabled and dtype is not FLOAT32 and x.dtype is FLOAT32 and x.is_leaf and x.requires_grad)
        or x._is_view()
    ):
        return x.to(dtype)
    if id(x) not in _state.copies:
        _state.copies[id(x)] = x, x.to(dtype)  # x itself too, so that its id is not another's
    return _state.copies[id(x)][1]


class autocast:
    """Inside it operations take 16-bit or float32 operands by PyTorch's lists: a ``with`` block or a decorator.

    ``device_type``: ``"cpu"``; others are disabled with PyTorch's warning. ``dtype``: bfloat16 unless given, or float16.
    ``cache_enabled``: whether the copy of a parameter is kept for its next use in the region.
    """

    def __init__(self, device_type: str, dtype=None, enabled: bool = True, cache_enabled: bool | None = None):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = _checked(device_type)
        self.fast_dtype = get_autocast_dtype(self.device) if dtype is None else dtype
        self._cache_enabled = _state.cache_enabled if cache_enabled is None else cache_enabled
        if enabled and self.device != "cpu":
            because = "is not available or torch_xla is imported" if self.device == "cuda" else "is not available"
            warnings.warn(f"{self.device.upper()} {because}. Disabling autocast.", UserWarning, stacklevel=2)
            enabled = False
        if enabled and self.fast_dtype not in (BFLOAT16, FLOAT16):
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.", UserWarning, stacklevel=2)  # fmt: skip
            enabled = False
        self._enabled = enabled
        self._before: list[tuple] = []

    def __enter__(self) -> autocast:
        self._before.append((_state.enabled, _state.dtype, _state.cache_enabled))
        _state.nesting += 1
        if self.device == "cpu":
            set_autocast_enabled("cpu", self._enabled)
            _state.dtype = self.fast_dtype
        _state.cache_enabled = self._cache_enabled
        return self

    def __exit__(self, *exc) -> None:
        enabled, _state.dtype, _state.cache_enabled = self._before.pop()
        set_autocast_enabled("cpu", enabled)
        _state.nesting -= 1
        if not _state.nesting:
            clear_autocast_cache()

    def __call__(self, function):
        """``function`` run inside such a region."""

        @functools.wraps(function)
        def inside(*args, **params):
            with self:
                return function(*args, **params)

        return inside


def is_autocast_available(device_type: str) -> bool:
    """Whether autocast can be enabled for such a device; RuntimeError if there is no device of that name."""
    return _checked(device_type) == "cpu"


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether this thread is inside autocast. As in PyTorch the question without a device is about CUDA: False."""
    return _state.enabled and device_type == "cpu"


def set_autocast_enabled(device_type: str, enabled: bool) -> None:
    """Switch autocast on or off for this thread, as a region does."""
    if device_type != "cpu" or _state.enabled == enabled:
        return
    if enabled:
        _words.enter()
    else:
        _words.leave()
    _state.enabled = enabled


def get_autocast_dtype(device_type: str):
    """The dtype operations are lowered to: bfloat16 on the CPU unless a region says otherwise."""
    return _state.dtype if _checked(device_type) == "cpu" else FLOAT16


def set_autocast_dtype(device_type: str, dtype) -> None:
    """Choose the dtype operations are lowered to in this thread."""
    if device_type == "cpu":
        _state.dtype = dtype


def is_autocast_cache_enabled() -> bool:
    """Whether the 16-bit copy of a parameter is kept for its next use."""
    return _state.cache_enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Choose whether copies of parameters are kept."""
    _state.cache_enabled = enabled


def clear_autocast_cache() -> None:
    """Forget the copies made so far."""
    _state.copies.clear()


def custom_fwd(fwd=None, *, device_type: str, cast_inputs=None):
    """For ``Function.forward``: remember the region for ``custom_bwd``; with ``cast_inputs`` cast tensors and run outside it."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(*args, **params):
        args[0]._dtype = get_autocast_dtype(device_type)
        args[0]._fwd_used_autocast = is_autocast_enabled(device_type)
        if cast_inputs is None or not args[0]._fwd_used_autocast:
            return fwd(*args, **params)
        args[0]._fwd_used_autocast = False
        with autocast(device_type, enabled=False):
            return fwd(*_cast(args, cast_inputs), **_cast(params, cast_inputs))

    return decorated


def custom_bwd(bwd=None, *, device_type: str):
    """For ``Function.backward``: run it in the region its ``forward`` ran in."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(*args, **params):
        with autocast(device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **params)

    return decorated
