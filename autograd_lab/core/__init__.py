"""A reverse-mode autodiff engine over NumPy with PyTorch's names and semantics.

Reading order: ``ops/elementwise.py`` (what an operation is), ``primitive.py`` and ``codegen.py`` (what a declaration turns
into; ``print(PRIMITIVES["mul"].source)``), ``node.py`` (what is recorded), ``backward.py`` (how it is walked), then
``inplace.py`` and ``function.py``. `births.py` says where everything came from. Decisions stand beside what they govern.
"""

from __future__ import annotations

from math import e, inf, nan, pi

from . import births, dtypes, floating, heap  # noqa: F401  (births is for the floors above, the last two set things to our ways)
from .anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from .backward import BackwardPass, BackwardStep
from .device import device
from .differentiate import grad
from .dtypes import (
    can_cast,
    dtype,
    get_default_dtype,
    is_complex,
    is_floating_point,
    promote_types,
    result_type,
    set_default_dtype,
)
from .exchange import from_dlpack
from .formatting import set_printoptions
from .grad_mode import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
from .guarded import guarded
from .ops import METHODS, create
from .ops.aliasing import asarray
from .ops.convert import face
from .ops.create import (
    TYPED,
    arange,
    as_tensor,
    bernoulli,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    normal,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    zeros,
    zeros_like,
)
from .ops.shape import eigh
from .primitive import PRIMITIVES, primitive  # noqa: F401  (primitive is for whoever adds an operation)
from .random import Generator, get_rng_state, manual_seed, set_rng_state
from .size import Size
from .tensor import Tensor


def _spelled(function, name: str):
    """``function`` with PyTorch's names for its parameters and ``out=``; a primitive's dispatcher does not tell them."""
    return face(next((op for op in PRIMITIVES.values() if op.call is function), function), name)


globals().update({name: guarded("f", name, word, _spelled) for name, word in METHODS.items()})
globals().update(dtypes.BY_NAME)
globals().update(TYPED)
globals().update({alias: dtypes.BY_NAME[name] for alias, name in dtypes.ALIASES.items() if alias not in METHODS})
globals().update({name: guarded("f", name, globals()[name], _spelled) for name in create.MAKERS})
for _name in "can_cast promote_types result_type is_complex is_floating_point".split():
    globals()[_name] = guarded("f", _name, globals()[_name])
tensor = guarded(
    "f", "tensor", create.tensor
)  # the function, said once more: a type checker takes the name for the module beside it


def _told(word: str, asked, what: str):
    """``asked`` as PyTorch's function of no arguments."""

    def function(*args) -> bool:
        if args:
            raise TypeError(f"torch.{word}() takes no arguments ({len(args)} given)")
        return asked()

    function.__name__ = function.__qualname__ = word
    function.__doc__ = f"Whether {what}."
    return function


is_grad_enabled = _told("is_grad_enabled", is_grad_enabled, "operations are recorded for backward")
is_inference_mode_enabled = _told(
    "is_inference_mode_enabled", is_inference_mode_enabled, "tensors that are made are inference tensors"
)


def is_tensor(x) -> bool:
    """Whether x is a Tensor."""
    return isinstance(x, Tensor)


__all__ = [*METHODS, *dtypes.BY_NAME, *(a for a in dtypes.ALIASES if a not in METHODS), *TYPED,
           "BackwardPass", "BackwardStep", "Generator", "PRIMITIVES", "Size", "Tensor", "arange", "as_tensor", "asarray",
           "bernoulli", "can_cast", "device", "dtype", "e", "eigh", "empty", "empty_like", "enable_grad", "eye", "from_dlpack",
           "from_numpy", "full", "full_like", "get_default_dtype", "get_rng_state", "grad", "inf", "inference_mode",
           "is_anomaly_check_nan_enabled",
           "is_anomaly_enabled", "is_complex", "is_floating_point", "is_grad_enabled",
           "is_inference_mode_enabled", "is_tensor", "linspace", "manual_seed",
           "nan", "no_grad", "normal", "ones", "ones_like", "pi", "promote_types", "rand", "rand_like", "randint", "randint_like",
           "randn", "randn_like", "randperm", "result_type", "set_anomaly_enabled", "set_default_dtype", "set_grad_enabled",
           "set_printoptions", "set_rng_state",
           "tensor", "zeros", "zeros_like"]  # fmt: skip
