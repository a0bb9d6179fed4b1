"""``torch.autograd``'s face. The engine is ``core``; what is built on top of it for users stands here, under PyTorch's names.

``functional``, ``forward_ad`` and ``profiler`` are loaded when first asked for.
"""

from __future__ import annotations

import importlib

from ..core import grad_mode
from ..core.anomaly import detect_anomaly, set_detect_anomaly
from ..core.differentiate import backward, grad
from ..core.function import Function
from ..core.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..core.saved import SavedTensor
from . import function, graph, variable
from .graph import preserve_version_counter as _unsafe_preserve_version_counter  # noqa: F401  (a name of torch.autograd)
from .names import face as _face
from .variable import Variable

__all__ = ["Function", "SavedTensor", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "forward_ad",
           "function", "functional", "grad", "grad_mode", "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad",
           "profiler", "set_detect_anomaly", "set_grad_enabled", "variable"]  # fmt: skip

_listed, __dir__ = _face("autograd", globals())


def __getattr__(name: str):
    if name in ("gradcheck", "gradgradcheck"):  # PyTorch names the module and the function alike: the function wins
        module = importlib.import_module(".gradcheck", __name__)
        globals().update(gradcheck=module.gradcheck, gradgradcheck=module.gradgradcheck)
        return globals()[name]
    return _listed(name)
