"""See and trust gradients: ``import autograd_lab as torch``.

PyTorch's names come first and mean what they mean there. Our own words are few: ``graph``, ``step``, ``export``, ``leaves``,
``check`` and ``why`` (``on`` and ``off``: whether operations note their lines), each also a ``%autograd`` line in a notebook.

Importing this pulls in NumPy and nothing else; jax, ipywidgets, graphviz and the rest are loaded by the first call that
needs them.

>>> import autograd_lab as torch
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any

_collecting = gc.isenabled()
gc.disable()  # what is declared is there to stay: to look through it for garbage, time and again, is an eighth of the import
try:
    from . import autograd, core
    from .core import *  # noqa: F403  (the list of names is core's __all__)
    from .core import births
    from .core.absent import missing
    from .core.device import found_by
    from .core.guarded import guarded
    from .core.ops import later, queries
finally:
    if _collecting:
        if not gc.get_freeze_count():  # frozen and thawed they are old, and no collection begins with looking through them
            gc.freeze()
            gc.unfreeze()
        gc.enable()

__version__ = "0.1.0"

_OWN_WORDS = {
    "graph": ".views.graph",
    "step": ".stepped",
    "leaves": ".views.leaves",
    "export": ".views.export",
    "check": ".checked",
    "assert_gradients": ".checked",
    "compile": ".programs.compiled",
    "why": ".trace.why",
    "monitor": ".views.monitor",
    "watch": ".views.watch",
    "unwatch": ".views.watch",
}
_AUTOCAST = """autocast clear_autocast_cache get_autocast_dtype is_autocast_cache_enabled is_autocast_enabled
               set_autocast_cache_enabled set_autocast_dtype set_autocast_enabled"""
_LOADED_LATER = _OWN_WORDS | dict.fromkeys(_AUTOCAST.split(), ".amp")  # name -> the module that has it
_LOADED_LATER |= {"vmap": ".func", "load": ".serialization", "save": ".serialization"}
_OF_THE_DISPATCHER = """
    adaptive_avg_pool1d adaptive_max_pool1d affine_grid_generator alpha_dropout alpha_dropout_ avg_pool1d batch_norm bilinear
    binary_cross_entropy_with_logits celu celu_ channel_shuffle constant_pad_nd conv1d conv2d conv3d conv_tbc conv_transpose1d
    conv_transpose2d conv_transpose3d convolution cosine_embedding_loss cosine_similarity ctc_loss dropout dropout_ embedding
    embedding_bag embedding_renorm_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ grid_sampler
    grid_sampler_2d grid_sampler_3d group_norm gru gru_cell hardshrink hinge_embedding_loss instance_norm kl_div layer_norm lstm lstm_cell
    margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d max_pool3d
    native_batch_norm native_channel_shuffle native_dropout native_group_norm native_layer_norm norm_except_dim pairwise_distance
    pixel_shuffle
    pixel_unshuffle poisson_nll_loss prelu relu_ rms_norm rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell rrelu rrelu_ selu selu_
    threshold threshold_ triplet_margin_loss""".split()  # torch.dropout beside torch.nn.functional.dropout
_LOADED_LATER |= dict.fromkeys(_OF_THE_DISPATCHER, ".nn.aten")
_WINDOWS = "bartlett_window blackman_window hamming_window hann_window kaiser_window logspace".split()
_LOADED_LATER |= dict.fromkeys(_WINDOWS, ".core.ops.windows")
_LOADED_LATER |= dict.fromkeys(queries.__all__, ".core.ops.queries")
_LOADED_LATER |= dict.fromkeys(("binomial", "poisson"), ".core.ops.counts")
_LOADED_LATER |= dict.fromkeys(("empty_permuted", "empty_strided", "frombuffer"), ".core.ops.memory")
_LOADED_LATER |= dict.fromkeys(("frobenius_norm", "nuclear_norm", "range"), ".core.ops.older")
_GUARDED = {*_LOADED_LATER} - {*_OWN_WORDS, *_AUTOCAST.split(), "load", "save", "vmap"}
_FORMATS = "channels_last channels_last_3d contiguous_format layout memory_format preserve_format strided".split()
_LOADED_LATER |= dict.fromkeys(_FORMATS, ".core.ops.memory_formats")
_SETTINGS = """
    are_deterministic_algorithms_enabled get_deterministic_debug_mode get_float32_matmul_precision
    get_num_interop_threads get_num_threads is_deterministic_algorithms_warn_only_enabled is_warn_always_enabled
    set_default_tensor_type set_deterministic_debug_mode set_float32_matmul_precision
    set_flush_denormal set_num_interop_threads set_num_threads set_warn_always use_deterministic_algorithms""".split()
_LOADED_LATER |= dict.fromkeys(_SETTINGS, ".core.settings")
_LOADED_LATER |= dict.fromkeys(("get_default_device", "set_default_device"), ".core.default_device")
_LOADED_LATER |= {"finfo": ".core.limits", "iinfo": ".core.limits"}
_LOADED_LATER |= {"GradScaler": ".amp", "seed": ".random", "initial_seed": ".random", "default_generator": ".random"}
newaxis = None
on, off = births.start, births.stop  # %autograd on, %autograd off
_SUBMODULES = (
    "amp",
    "cpu",
    "crosscheck",
    "cuda",
    "debug",
    "devices",
    "fft",
    "func",
    "lessons",
    "linalg",
    "magics",
    "masked",
    "nn",
    "optim",
    "overrides",
    "programs",
    "random",
    "return_types",
    "special",
    "static",
    "trace",
    "utils",
    "views",
)

__all__ = [*core.__all__, *later.WORDS, "autograd", "load_ipython_extension", *_LOADED_LATER]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:  # before the words: "trace" is both, and the package can be called as torch.trace
        return importlib.import_module(f".{name}", __name__)
    if name in later.WORDS:
        globals()[name] = value = guarded("f", name, later.function(name))  # declared now that it is used
        return value
    if name in _LOADED_LATER:
        value = getattr(importlib.import_module(_LOADED_LATER[name], __name__), name)
        value = guarded("f", name, value) if name in _GUARDED else value
        globals()[name] = value
        return value
    raise missing("torch", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *later.WORDS, *_LOADED_LATER, *_SUBMODULES})


def load_ipython_extension(ipython) -> None:
    """``%load_ext autograd_lab``: the ``%autograd`` magic, and births noted from now on."""
    from .magics import load_ipython_extension as load

    load(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "autograd-lab"}]


found_by(lambda: importlib.import_module(".devices", __name__))

if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
    births.start()  # a notebook: every operation remembers its line
