"""Which file declares which word, so that a word is declared when it is first used.

Declaring everything at import would cost more than NumPy's own. Until then a method of Tensor is a ``Later``, which loads
its topic and puts the function in its own place; the package finds functions here from its ``__getattr__``.
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import NamedTuple

from ..guarded import guarded
from ..inplace import in_place
from ..namespaces import TENSORS, Arrays
from ..primitive import PRIMITIVES
from ..tensor import Tensor
from .convert import face
from .guards import operating


class Topic(NamedTuple):
    """The words one file declares: functions that are also methods, functions only, which have an in-place method, methods only."""

    words: str
    functions: str = ""
    in_place: str = ""
    methods: str = ""


_TRIGONOMETRY = """tan asin acos atan sinh cosh asinh acosh atanh arcsin arccos arctan arcsinh arccosh arctanh
                   sinc deg2rad rad2deg atan2 arctan2 hypot"""
_SPECIAL = "erf erfc erfinv lgamma digamma polygamma mvlgamma i0 logit xlogy igamma igammac"
_POINTWISE = "exp2 log2 log10 rsqrt square ldexp float_power sgn copysign nan_to_num lerp addcmul addcdiv"
_ROUNDING = "trunc fix ceil frac fmod remainder floor_divide round nextafter"
_COMPARE = """eq ne lt le gt ge not_equal less less_equal greater greater_equal logical_and logical_or logical_xor logical_not
              bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_left_shift bitwise_right_shift gcd lcm heaviside"""
_SCATTERING = "scatter scatter_add index_add index_copy index_fill index_put"

TOPICS = {
    "arithmetic": Topic("", "rsub"),
    "trigonometry": Topic(_TRIGONOMETRY, in_place=_TRIGONOMETRY),
    "special": Topic(_SPECIAL, in_place=_SPECIAL),
    "pointwise": Topic(_POINTWISE + " logaddexp logaddexp2 fmax fmin positive angle", in_place=_POINTWISE),
    "rounding": Topic(_ROUNDING, in_place=_ROUNDING),
    "compare": Topic(_COMPARE + " isnan isinf isfinite isposinf isneginf isreal signbit isclose allclose equal", "isin",
                     in_place=_COMPARE),
    "statistics": Topic("""var std var_mean std_mean logsumexp logcumsumexp cumsum cumprod cummax cummin aminmax nansum nanmean prod
                           count_nonzero any all argmax argmin""", in_place="cumsum cumprod"),
    "order": Topic("median nanmedian kthvalue mode quantile nanquantile"),
    "sorting": Topic("sort argsort msort topk unique unique_consecutive bincount histc", "searchsorted bucketize"),
    "histograms": Topic("histogram", "histogramdd"),
    "rearrange": Topic("""movedim moveaxis swapaxes swapdims transpose unflatten flatten ravel squeeze unsqueeze broadcast_to
                          sum_to_size reshape_as repeat tile repeat_interleave roll flip fliplr flipud rot90 unfold"""),
    "joining": Topic("""split split_with_sizes unsafe_split unsafe_split_with_sizes chunk unsafe_chunk unbind tensor_split hsplit
                        vsplit dsplit narrow narrow_copy select""",
                     """cat concat concatenate stack hstack vstack row_stack dstack column_stack broadcast_tensors broadcast_shapes
                        atleast_1d atleast_2d atleast_3d meshgrid"""),
    "gathering": Topic(
        "gather take take_along_dim index_select masked_select nonzero argwhere masked_fill fill", "where", in_place="masked_fill"
    ),
    "scattering": Topic(_SCATTERING + " put masked_scatter select_scatter slice_scatter", in_place=_SCATTERING + " put masked_scatter"),
    "combining": Topic("scatter_reduce index_reduce", in_place="scatter_reduce index_reduce"),
    "segments": Topic("", "segment_reduce"),
    "strides": Topic("as_strided as_strided_scatter"),
    "overwriting": Topic("", methods="addmm_ baddbmm_ addbmm_ fill_diagonal_ apply_ map_ map2_ resize_as_"),
    "products": Topic("mv dot vdot bmm inner outer ger addmm addmv addr baddbmm addbmm kron cross matrix_power matrix_exp",
                      "einsum tensordot chain_matmul", in_place="addmv addr"),
    "determinants": Topic("det slogdet logdet"),
    "decompositions": Topic("qr cholesky svd"),
    "cholesky": Topic("cholesky_inverse cholesky_solve"),
    "norms": Topic("norm dist renorm pinverse", "cdist pdist", in_place="renorm"),
    "named": Topic("triangular_solve lu_solve lu", "lu_unpack"),
    "eigen": Topic("", "svd_lowrank pca_lowrank"),
    "reflections": Topic("geqrf orgqr ormqr"),
    "activations": Topic("softmax log_softmax", methods="hardshrink prelu"),
    "derived": Topic(
        """clamp_min clamp_max diff cov corrcoef frexp""",
        """trapezoid trapz cumulative_trapezoid block_diag cartesian_prod combinations alias_copy expand_copy
           as_strided_copy permute_copy split_with_sizes_copy squeeze_copy unsqueeze_copy transpose_copy t_copy unbind_copy
           unfold_copy view_copy gradient detach_copy select_copy slice_copy split_copy view_as_complex_copy view_as_real_copy""",
        in_place="clamp_min clamp_max",
    ),
    "parts": Topic("conj conj_physical resolve_conj resolve_neg is_conj is_neg", "real imag view_as_real view_as_complex complex polar",
                   in_place="conj_physical"),
    "short_time": Topic("stft istft"),
    "diagonals": Topic("tril triu diagonal diag diag_embed diagflat trace diagonal_scatter", "tril_indices triu_indices diagonal_copy",
                       in_place="tril triu"),
}  # fmt: skip

WORDS = {word: topic for topic, names in TOPICS.items() for word in (*names.words.split(), *names.functions.split())}


def function(name: str):
    """The function of that name, its topic loaded. KeyError if there is none."""
    return _found(WORDS[name], name)


def _found(topic: str, name: str):
    module = importlib.import_module(f".{topic}", __package__)
    own = getattr(module, f"{name}_word", None) or getattr(module, name)
    if own not in _faces:
        _faces[own] = face(own, name)
    return _faces[own]


def primitive(topic: str, name: str):
    """A primitive of a topic, which is loaded if need be."""
    return getattr(importlib.import_module(f".{topic}", __package__), name)


_faces: dict = {}


def load_all() -> None:
    """Declare everything: for those who list the primitives."""
    for topic in TOPICS:
        importlib.import_module(f".{topic}", __package__)


class Later:
    """Stands on Tensor for a method whose topic is not loaded yet."""

    def __init__(self, name: str, place: str, make=None):
        self.name, self.place, self.make = name, place, make

    def __get__(self, tensor, cls=None):
        method = function(self.name) if self.name in WORDS else None
        if self.make is not None:
            method = self.make(self.name, method)
        method = operating(method, self.place) if self.place.startswith("__") else guarded("m", self.place, method)
        setattr(Tensor, self.place, method)
        return method if tensor is None else method.__get__(tensor, cls)


def asked(name):
    """What is asked of the word's arguments before it is called; None if nothing is."""
    from . import kind_preconditions, matrix_preconditions, number_preconditions, preconditions  # noqa: F401  (they add to the last's table)

    return preconditions.ASKED.get(name)


def _inverted(_, word):
    """``~x``, which is for integers and booleans."""

    def invert(x):
        if x._array.dtype.kind not in "biu":
            raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
        return word(x)

    return invert


def _writing(name, word):
    """The in-place method of a word."""

    own = asked(name) if hasattr(word, "call") else None  # what is written over is the primitive itself, of which nobody asks
    asks = [ask for ask in (asked(name + "_"), own) if ask is not None]

    def method(x, *args, **kwargs):
        for ask in asks:
            ask(x, *args, **kwargs)
        return in_place(word, x, *args, **kwargs)

    method.__name__ = method.__qualname__ = name + "_"
    method.__doc__ = f"``{name}``, written over x."
    return method


def _turned(name, word):
    """The reflected operator: ``2 % x``."""
    return lambda x, other: word(other, x)


OPERATORS = {"mod": "remainder", "floordiv": "floor_divide", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
             "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift"}  # fmt: skip


def _part(name, x):
    return function(name)(x)


def _set_part(name, x, value):
    part = function(name)(x)
    part.copy_(value) if isinstance(value, Tensor) else part.fill_(value)


def bind() -> None:
    """Hang every word on Tensor."""
    for names in TOPICS.values():
        for name in names.words.split():
            setattr(Tensor, name, Later(name, name))
        for name in names.in_place.split():
            setattr(Tensor, name + "_", Later(name, name + "_", _writing))
    for topic, names in TOPICS.items():
        for name in names.methods.split():
            setattr(Tensor, name, Later(name, name, lambda name, _, topic=topic: _found(topic, name)))
    for operator, name in OPERATORS.items():
        setattr(Tensor, f"__{operator}__", Later(name, f"__{operator}__"))
        setattr(Tensor, f"__r{operator}__", Later(name, f"__r{operator}__", _turned))
        setattr(Tensor, f"__i{operator}__", Later(name, f"__i{operator}__", _writing))
    Tensor.real, Tensor.imag = (property(partial(_part, name), partial(_set_part, name)) for name in ("real", "imag"))
    Tensor.__invert__ = Later("bitwise_not", "__invert__", _inverted)
    Tensor.where = Later("where", "where", lambda _, word: lambda x, condition, other: word(condition, x, other))
    Tensor.__pos__ = Later("positive", "__pos__")
    Arrays.primitives = PRIMITIVES
    TENSORS.later = lambda name: function(name) if name in WORDS else None
