"""Which kinds of numbers an operation does not take, in PyTorch's words.

PyTorch has a kernel for some dtypes of each operation and says so of the others; NumPy computes floor of a boolean and orders
complex numbers. Where NumPy would answer and PyTorch does not, the dispatcher asks this table (codegen.py); where NumPy
refuses, its error is told in these words (mistakes.py). Floats are in no row, so that nobody pays who differentiates.
"""

from __future__ import annotations

import numpy as np

from . import dtypes, grad_mode
from .complexes import MET

INTEGERS, COMPLEX, BOOL = "biu", "c", "b"  # kinds of NumPy's dtypes
_NO_KERNEL = "\"{name}\" not implemented for '{kind}'"
_NO_BOOL = "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or " \
           "`logical_not()` operator instead."  # fmt: skip
NO_BOOLS = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
)
_NO_NEGATION = "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or " \
               "`logical_not()` operator instead."  # fmt: skip
_ROUNDINGS = "{name} is not supported for complex inputs"

# primitive -> ((kinds, PyTorch's name of the kernel or its sentence), ...)
REFUSED: dict[str, tuple[tuple[str, str], ...]] = {
    "abs": ((BOOL, "abs_cpu"),),
    "relu": ((BOOL, "!Boolean inputs not supported for relu"), (COMPLEX, "clamp is not supported for complex types")),
    "clamp": ((COMPLEX, "clamp is not supported for complex types"),),
    "softmax": ((INTEGERS + COMPLEX, "softmax_lastdim_kernel_impl"),),
    "log_softmax": ((INTEGERS + COMPLEX, "log_softmax_lastdim_kernel_impl"),),
    **{
        name: ((INTEGERS, f"{name}_cpu"),)
        for name in "elu leaky_relu silu mish softplus hardswish hardsigmoid hardshrink glu".split()
    },
    "celu": ((INTEGERS, "elu_cpu"),),
    "softshrink": ((INTEGERS, "softshrink_check"),),
    "logsigmoid": ((INTEGERS, "log_sigmoid_cpu"),),
    "lerp_scalar": ((INTEGERS, "lerp_kernel_scalar"),),
    "neg": ((BOOL, "!" + _NO_NEGATION),),
    "floor": ((BOOL, "floor_vml_cpu"), (COMPLEX, _ROUNDINGS.format(name="floor"))),
    "ceil": ((BOOL, "ceil_vml_cpu"), (COMPLEX, _ROUNDINGS.format(name="ceil"))),
    "trunc": ((BOOL, "trunc_vml_cpu"), (COMPLEX, _ROUNDINGS.format(name="trunc"))),
    "round": ((BOOL + COMPLEX, "round_vml_cpu"),),
    "frac": ((INTEGERS + COMPLEX, "frac_cpu"),),
    "sign": ((COMPLEX, "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."),),
    **{name: ((INTEGERS + COMPLEX, f"{name}_cpu"),) for name in "igamma igammac logaddexp2 nextafter".split()},
    "logaddexp": ((INTEGERS, "logaddexp_cpu"),),
    "lerp_tensor": ((INTEGERS, "lerp_kernel_tensor"),),
    "erf": ((COMPLEX, "erf_vml_cpu"),),
    "hypot": ((INTEGERS + COMPLEX, "hypot_cpu"),),
    "atan2": ((COMPLEX, "atan2_cpu"),),
    "maximum": ((COMPLEX, "!maximum not implemented for complex tensors."),),
    "minimum": ((COMPLEX, "!minimum not implemented for complex tensors."),),
    "fmax": ((COMPLEX, "!fmax not implemented for complex tensors."),),
    "fmin": ((COMPLEX, "!fmin not implemented for complex tensors."),),
    "amax": ((COMPLEX, "max_values_cpu"),),
    "amin": ((COMPLEX, "min_values_cpu"),),
    "max_all": ((COMPLEX, "max_all"),),
    "min_all": ((COMPLEX, "min_all"),),
    "median_all": ((BOOL + COMPLEX, "median_cpu"),),
    "dot": ((BOOL, "dot"),),
    "floor_divide": ((BOOL + COMPLEX, "div_floor_cpu"),),
    "fmod_tensor": ((BOOL + COMPLEX, "fmod_cpu"),),
    "fmod_scalar": ((BOOL + COMPLEX, "fmod_cpu"),),
    "remainder_tensor": ((BOOL + COMPLEX, "remainder_cpu"),),
    "remainder_scalar": ((BOOL + COMPLEX, "remainder_cpu"),),
    "pow_tensor": ((BOOL, "pow"),),
    "mm": ((BOOL, "addmm_impl_cpu_"),),
    "bmm": ((BOOL, "bmm"),),
    "hardtanh": ((BOOL, "!Bool inputs not supported for hardtanh"),),
    "threshold": ((BOOL, "threshold_cpu"),),
    "convolve": ((BOOL, "slow_conv2d_cpu"),),
}
# primitive -> the same of complex numbers alone: asked only where some have been met (complexes.py), so that nobody else pays
OF_COMPLEX = {
    **dict.fromkeys("hardtanh clamp_tensors clamp_min_number clamp_max_number".split(), "clamp is not supported for complex types"),
    **{name: f"{name}_cpu" for name in "elu leaky_relu mish softplus hardswish hardsigmoid hardshrink".split()},
    **{name: f"{name}_cpu" for name in "glu threshold logit xlogy xlog1py zeta copysign".split()},
    **{name: f"{name}_cpu" for name in "i0e i1 i1e entr ndtri erfcx log_ndtr".split()},
    **{name: f"{name}_vml_cpu" for name in "erfc erfinv i0 lgamma".split()},
    **{name: f"!{name} is not supported for complex tensors." for name in ("deg2rad", "rad2deg")},
    "copysign_scalar": "copysign_cpu", "aminmax_over": "aminmax_cpu", "clamp_min_tensor": "maximum_cpu", "clamp_max_tensor": "minimum_cpu",
    "adaptivemaxpool2d": "adaptive_max_pool2d", "adaptivemaxpool3d": "adaptive_max_pool3d", "mvlgamma": "arange_cpu",
    "nanmedian_all": "median_cpu", "median_along": "median_out", "nanmedian_along": "median_out", "round_decimals": "round_cpu",
    "celu": "elu_cpu", "softshrink": "softshrink_check", "logsigmoid": "log_sigmoid_cpu", "prelu_kernel": "prelu_cpu", "digamma": "digamma",
    "mse_loss": "mse_cpu", "smooth_l1_loss": "smooth_l1_cpu", "huber_loss": "huber_cpu", "layer_normal": "LayerNormKernelImpl",
    "group_normal": "GroupNormKernelImpl", "batch_normal": "batch_norm",
    "maxpool2dwithindices": "max_pool2d", "maxpool3dwithindices": "max_pool3d",
    "nansum_over": "!nansum on CPU does not support complex inputs",
    "min_dim": "!min(): does not support complex input", "max_dim": "!max(): does not support complex input",
    **{f"{name}_along": f"{name}_cpu" for name in "cummax cummin mode kthvalue".split()},
    "adaptiveavgpool2d_by": "adaptive_avg_pool2d", "adaptiveavgpool3d_by": "adaptive_avg_pool3d",
    "upsamplenearest1d_by": "compute_indices_weights_nearest", "upsamplenearest3d_by": "compute_indices_weights_nearest",
    "upsamplelinear1d_by": "compute_indices_weights_linear",
    **{f"upsample{mode}2d_by": f"upsample_{mode}2d_channels_last" for mode in ("nearest", "bilinear")},
    "upsamplebicubic2d_by": "compute_indices_weights_cubic", "upsampletrilinear3d_by": "compute_indices_weights_linear",
    "upsamplenearestexact2d_by": "upsample_nearest2d_channels_last",
    "mean_windows": "avg_pool2d", "binary_cross_entropy_with_logits": "log_sigmoid_cpu",
}  # fmt: skip
SUBTRACTIONS = frozenset(("sub", "rsub", "sub_scaled", "rsub_scaled"))  # refuse a bool beside anything
DIVISIONS = frozenset(("floor_divide", "fmod_tensor", "fmod_scalar", "remainder_tensor", "remainder_scalar", "div_rounded"))


def kinds_of(name: str) -> str:
    """All kinds the primitive of that name refuses."""
    return "".join(kinds for kinds, _ in REFUSED.get(name, ())) + COMPLEX * (bool(MET) and name in OF_COMPLEX)


def refused(name: str, dtype: np.dtype) -> Exception | None:
    """PyTorch's exception for the primitive ``name`` on numbers of ``dtype``; None if it takes them."""
    for kinds, says in (*REFUSED.get(name, ()), *(((COMPLEX, OF_COMPLEX[name]),) if name in OF_COMPLEX else ())):
        if dtype.kind in kinds:
            return exception(says, dtype)
    return None


def exception(says: str, dtype: np.dtype) -> Exception:
    """What the tables say: a kernel's name, a sentence, or after ``!`` the sentence of a RuntimeError."""
    if says.startswith("!"):
        return RuntimeError(says[1:])
    return no_kernel(says, dtype) if " " not in says else NotImplementedError(says)


def no_kernel(name: str, dtype: np.dtype) -> NotImplementedError:
    """PyTorch's exception where a kernel has no code for ``dtype``."""
    return NotImplementedError(_NO_KERNEL.format(name=name, kind=dtypes.BY_NUMPY[dtype].kind))


def floats_only(kernel: str, *tensors) -> None:
    """Raise where PyTorch has this ``kernel`` of floating numbers alone and one of ``tensors`` holds others."""
    for t in tensors:
        if t is not None and t._array.dtype.kind in "biu":
            raise no_kernel(kernel, t._array.dtype)


def real_slopes(word: str, *tensors) -> None:
    """Raise where PyTorch computes ``word`` of complex numbers and does not differentiate it, and one of ``tensors`` asks for that."""
    for t in tensors:
        if t is not None and t._array.dtype.kind == "c" and t.requires_grad and grad_mode.is_recording():
            raise RuntimeError(f"{word} does not support automatic differentiation for outputs with complex dtype.")


def of_bools(x: np.dtype, y: np.dtype) -> RuntimeError | None:
    """The exception for a difference of which one operand or both are boolean."""
    bools = (x.kind == "b") + (y.kind == "b")
    return RuntimeError(NO_BOOLS if bools == 2 else _NO_BOOL) if bools else None


def of_a_bool(other) -> RuntimeError:
    """The exception for a difference of True or False and ``other``."""
    beside = np.asarray(getattr(other, "_array", other))
    return RuntimeError(NO_BOOLS if beside.dtype.kind == "b" else _NO_BOOL)


def differing(x, y) -> None:
    """Raise unless the two arrays may be subtracted."""
    if (error := of_bools(x.dtype, y.dtype)) is not None:
        raise error


def explained(name: str, arrays) -> Exception | None:
    """The exception for what NumPy refused ``arrays``; None if these tables do not know it."""
    wanted = [
        dtypes.of_number(a) if type(a) is complex else a.dtype for a in arrays if hasattr(a, "dtype") or type(a) is complex
    ]
    if name in SUBTRACTIONS and len(wanted) == 2:
        return of_bools(*wanted)
    return next((error for dtype in wanted if (error := refused(name, dtype)) is not None), None)


def by_zero(y) -> None:
    """Raise as PyTorch does where an integer is divided by 0."""
    kind = y.dtype.kind if hasattr(y, "dtype") else np.asarray(y).dtype.kind
    if kind in INTEGERS and not np.all(y):
        raise RuntimeError("ZeroDivisionError")
