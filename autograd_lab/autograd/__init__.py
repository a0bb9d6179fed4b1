"""``torch.autograd``'s face. The engine is ``core``; what is built on top of it for users stands here, under PyTorch's names.

What not every program needs is loaded when first asked for: ``Function``, ``Variable``, ``graph``, ``functional``, ``profiler`` ...
"""

from __future__ import annotations

import importlib

from ..core import grad_mode
from ..core.anomaly import detect_anomaly, set_detect_anomaly
from ..core.differentiate import backward, grad
from ..core.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..core.saved import SavedTensor
from .names import face as _face

__all__ = ["Function", "SavedTensor", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "forward_ad",
           "function", "functional", "grad", "grad_mode", "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad",
           "profiler", "set_detect_anomaly", "set_grad_enabled", "variable"]  # fmt: skip

# name -> the module that has it, and what it is called there
_LOADED_LATER = {"Function": (".function", "Function"), "Variable": (".variable", "Variable"),
                 "_unsafe_preserve_version_counter": (".graph", "preserve_version_counter")}  # fmt: skip
_listed, _names = _face("autograd", globals())


def __dir__() -> list[str]:
    return sorted({*_names(), *_LOADED_LATER})


def __getattr__(name: str):
    if name in ("function", "graph", "variable"):
        return importlib.import_module(f".{name}", __name__)
    if name in _LOADED_LATER:
        module, called = _LOADED_LATER[name]
        globals()[name] = value = getattr(importlib.import_module(module, __name__), called)
        return value
    if name in ("gradcheck", "gradgradcheck"):  # PyTorch names the module and the function alike: the function wins
        module = importlib.import_module(".gradcheck", __name__)
        globals().update(gradcheck=module.gradcheck, gradgradcheck=module.gradgradcheck)
        return globals()[name]
    return _listed(name)
