"""What ``dir()`` lists of PyTorch's autograd modules, here under the same names: their words, and what they import.

People do ``from torch.autograd.graph import Any`` without noticing, and look around with ``dir``. So each module lists what
PyTorch's lists and no more, and every name listed is there: its own words, or what is imported from where `ORIGINS` says,
when it is first asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

LISTED = {
    "graph": "Any Callable Generator GradientEdge Iterable Iterator Literal MutableMapping NamedTuple Node Optional RemovableHandle "
    "Sequence TYPE_CHECKING TorchDispatchMode TypeAlias Union Variable WeakKeyDictionary WeakValueDictionary abc "
    "allow_mutation_on_saved_tensors cast contextlib contextvars defaultdict deque disable_saved_tensors_hooks functools "
    "get_gradient_edge increment_version log logging region_activation_memory_budget register_multi_grad_hook save_on_cpu "
    "saved_tensors_hooks set_override_stale_capture_stream set_warn_on_accumulate_grad_stream_mismatch threading torch",
    "autograd": "DeviceType Function Mapping NestedIOFunction ProfilerActivity ProfilerConfig ProfilerEvent ProfilerState "
    "SavedTensor Sequence Variable anomaly_mode backward cast detect_anomaly enable_grad enforce_grad_layout_policy forward_ad "
    "function functional grad grad_mode gradcheck gradgradcheck graph handle_torch_function has_torch_function inference_mode "
    "is_multithreading_enabled is_tensor_like is_view_replay_enabled kineto_available no_grad overload profiler profiler_legacy "
    "profiler_util set_detect_anomaly set_grad_enabled set_multithreading_enabled torch variable warnings",
    "functional": "fwAD hessian hvp jacobian jvp torch vhp vjp",
    "forward_ad": "Any NamedTuple UnpackedDualTensor dual_level enter_dual_level exit_dual_level make_dual os torch unpack_dual",
}
_TYPING = "Any Literal NamedTuple Optional TYPE_CHECKING TypeAlias Union cast overload"
_ABC = "Callable Generator Iterable Iterator Mapping MutableMapping Sequence"
_PROFILER = "DeviceType ProfilerActivity ProfilerConfig ProfilerEvent ProfilerState kineto_available"
_OVERRIDES = "handle_torch_function has_torch_function is_tensor_like"
_MODES = "enforce_grad_layout_policy is_multithreading_enabled is_view_replay_enabled set_multithreading_enabled"
ORIGINS: dict[str, str] = (
    dict.fromkeys(_TYPING.split(), "typing")
    | dict.fromkeys(_ABC.split(), "collections.abc")
    | dict.fromkeys("defaultdict deque".split(), "collections")
    | dict.fromkeys("WeakKeyDictionary WeakValueDictionary".split(), "weakref")
    | dict.fromkeys(_PROFILER.split(), "autograd_lab.autograd.profiler_types")
    | dict.fromkeys(_OVERRIDES.split(), "autograd_lab.autograd.overrides")
    | dict.fromkeys(_MODES.split(), "autograd_lab.core.grad_mode")
    | {"NestedIOFunction": "autograd_lab.autograd.function", "Variable": "autograd_lab.autograd.variable",
       "TorchDispatchMode": "autograd_lab.utils._python_dispatch"}
)  # fmt: skip
_OURS = "anomaly_mode forward_ad functional profiler profiler_legacy profiler_util"
MODULES = {"torch": "autograd_lab", "fwAD": "autograd_lab.autograd.forward_ad"} | {
    name: f"autograd_lab.autograd.{name}" for name in _OURS.split()
} | {name: name for name in ("abc", "contextlib", "contextvars", "functools", "logging", "os", "threading", "warnings")}  # fmt: skip


def face(module: str, here: dict) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for the module whose ``globals()`` is ``here``."""
    listed = LISTED[module].split()

    def __getattr__(name: str) -> Any:
        if name in listed:
            if name in MODULES:
                return importlib.import_module(MODULES[name])
            if name == "log":
                import logging

                return logging.getLogger(here["__name__"])
            if name in ORIGINS:
                return getattr(importlib.import_module(ORIGINS[name]), name)
        full = "torch.autograd" if module == "autograd" else f"torch.autograd.{module}"
        raise AttributeError(f"module '{full}' has no attribute '{name}'")

    def __dir__() -> list[str]:
        return sorted({*listed, *(name for name in here if name.startswith("_"))})

    return __getattr__, __dir__
