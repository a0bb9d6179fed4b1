"""Attention: values averaged by how well their keys answer a query."""

from __future__ import annotations

import contextlib
import enum
import math

import numpy as np

from ..core.absent import missing
from ..core.device import beside
from ..core.ops import activations as _act
from ..core.ops.convert import must_be
from ..core.ops.convolution import pad_constant
from ..core.ops.later import function as _function
from ..core.signatures import kind_of
from ..core.telling import tell
from ..core.tensor import Tensor, wrap
from .noise import dropout

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


class SDPBackend(enum.IntEnum):
    """PyTorch's ways to compute attention; here there is one, as ``MATH``."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextlib.contextmanager
def sdpa_kernel(backends, set_priority: bool = False):
    """Let a block choose among ways to compute attention: results do not depend on it, so nothing changes."""
    chosen = backends if isinstance(backends, list) else [backends]
    if not all(isinstance(backend, SDPBackend) for backend in chosen):
        told = f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {type(backends).__name__}"
        raise AssertionError(told)
    yield


def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
                                 is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False) -> Tensor:  # fmt: skip
    """softmax(query @ key' * scale + mask) @ value; a boolean mask says what takes part."""
    _attended(query, key, value, attn_mask, dropout_p)
    must_be(bool, "scaled_dot_product_attention", "is_causal", is_causal)
    if query._array.dtype.kind in "fV" and query._array.itemsize == 2:  # rounded scores, being exponents, would weigh otherwise
        mask = attn_mask.float() if attn_mask is not None and attn_mask.is_floating_point() else attn_mask
        wide = query.float(), key.float(), value.float()
        return scaled_dot_product_attention(*wide, mask, dropout_p, is_causal, scale, enable_gqa).to(query.dtype)
    scale = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale
    if enable_gqa:
        if query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]:
            raise RuntimeError("Number of heads in key and value must divide the number of heads in query")
        key, value = (t.repeat_interleave(query.shape[-3] // t.shape[-3], -3) for t in (key, value))
    scores = query @ key.mT * scale
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
        attn_mask = wrap(np.tril(np.ones((query.shape[-2], key.shape[-2]), bool)))
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -math.inf) if attn_mask._array.dtype.kind == "b" else scores + attn_mask
    return dropout(_shares(scores, attn_mask is not None), dropout_p, dropout_p > 0) @ value


def _shares(scores: Tensor, masked: bool) -> Tensor:
    """The softmax of scores; 0, not 0 / 0, for a query from which a mask hides every key."""
    blind = (scores._array == -math.inf).all(-1, keepdims=True) if masked else None
    if blind is None or not blind.any():
        return _act.softmax(scores, -1)
    blind = wrap(blind)
    return _act.softmax(scores.masked_fill(blind, 0.0), -1).masked_fill(blind, 0.0)


# what the dispatcher calls the types, in the sentence about masks
_IN_C = {"float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double", "bool": "bool", "int64": "long int",
         "int32": "int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char"}  # fmt: skip


def _attended(query, key, value, mask, dropout_p) -> None:
    """Raise what PyTorch raises of ranks, dtypes and the mask."""
    if mask is not None and not isinstance(mask, Tensor):
        told = f"argument 'attn_mask' (position 4) must be Tensor, not {kind_of(mask)}"
        raise TypeError(f"scaled_dot_product_attention(): {told}")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {query.ndim} key.dim: {key.ndim} and "
            f"value.dim: {value.ndim} instead."
        )
    names = [_IN_C.get(str(t.dtype).removeprefix("torch."), str(t.dtype)) for t in (query, key, value)]
    if len(set(names)) > 1:
        told = f"query.dtype: {names[0]} key.dtype: {names[1]} and value.dtype: {names[2]} instead."
        raise RuntimeError(f"Expected query, key, and value to have the same dtype, but got {told}")
    if mask is not None and mask.dtype is not query.dtype and str(mask.dtype) not in ("torch.bool", "torch.float32"):
        told = f"attn_mask.dtype: {_IN_C.get(str(mask.dtype).removeprefix('torch.'), mask.dtype)} and  query.dtype: {names[0]} instead."
        raise RuntimeError(f"Expected attn_mask dtype to be bool or float or to match query dtype, but got {told}")
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p:g}")


def canonical_mask(
    mask: Tensor | None, name: str, like: Tensor, beside: Tensor | None = None, beside_name: str = ""
) -> Tensor | None:
    """A mask as numbers to add: minus infinity where a boolean one is True. Warns where ``beside`` is of another dtype."""
    if mask is None:
        return None
    if mask._array.dtype.kind not in "fVb":
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if beside is not None and beside.dtype is not mask.dtype:
        tell(f"Support for mismatched {name} and {beside_name} is deprecated. Use same type for both instead.")
    return mask if mask._array.dtype.kind in "fV" else wrap(np.where(mask._array, -np.inf, 0).astype(like._array.dtype))


def _projected(query, key, value, weight, bias, separate, width):
    """Queries, keys and values by their weights: three matrices, or one that holds them all."""
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    if separate is not None:
        return [_linear(x, w, b) for x, w, b in zip((query, key, value), separate, biases)]
    if query is key and key is value:
        made = _linear(query, weight, bias)
        made = made.unflatten(-1, (3, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return [made[0], made[1], made[2]]
    if key is value:
        own, both = weight.split([width, 2 * width])
        own_bias, both_bias = (None, None) if bias is None else bias.split([width, 2 * width])
        made = _linear(key, both, both_bias).unflatten(-1, (2, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return [_linear(query, own, own_bias), made[0], made[1]]
    return [_linear(x, w, b) for x, w, b in zip((query, key, value), weight.chunk(3), biases)]


def _linear(x, weight, bias):
    from .functional import linear

    return linear(x, weight, bias)


def _checked(query, key, value, key_padding_mask, attn_mask, heads) -> bool:
    """Whether there is a batch dimension; AssertionError where ranks or shapes do not fit."""
    dims = query.dim()
    if dims not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor")
    what = "unbatched (2-D)" if dims == 2 else "batched (3-D)"
    if key.dim() != dims or value.dim() != dims:
        raise AssertionError(
            f"For {what} `query`, expected `key` and `value` to be {dims}-D but found "
            f"{key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != dims - 1:
        raise AssertionError(
            f"For {what} `query`, expected `key_padding_mask` to be `None` or {dims - 1}-D but found {key_padding_mask.dim()}-D "
            "tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"For {what} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D tensor instead"
            )
        if dims == 2 and attn_mask.dim() == 3 and attn_mask.shape != (wanted := (heads, query.shape[0], key.shape[0])):
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}")
    return dims == 3


def multi_head_attention_forward(query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
                                 in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None,
                                 bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor,
                                 out_proj_bias: Tensor | None, training: bool = True, key_padding_mask: Tensor | None = None,
                                 need_weights: bool = True, attn_mask: Tensor | None = None,
                                 use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
                                 k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None,
                                 static_k: Tensor | None = None, static_v: Tensor | None = None,
                                 average_attn_weights: bool = True, is_causal: bool = False):  # fmt: skip
    """Attention by several heads of ``query`` (L, N, E) over ``key`` and ``value`` (S, N, E): (L, N, E) and the weights.

    AssertionError or RuntimeError where ranks, shapes or masks do not fit.
    """
    batched = _checked(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = _alike(query, key, value, lambda t: t.unsqueeze(1))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    _check_widths(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    length, batch, width = query._array.shape
    groups, head = batch * num_heads, width // num_heads
    separate = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    if separate is None and in_proj_weight is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    for given, name, other in ((bias_k, "bias_k", bias_v), (bias_v, "bias_v", bias_k)):
        if given is not None and other is None:
            raise AssertionError(f"{name} is set but {'bias_v' if name == 'bias_k' else 'bias_k'} is None")
    q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias, separate, width)
    mask, padding = canonical_mask(attn_mask, "attn_mask", q), canonical_mask(key_padding_mask, "key_padding_mask", q)
    if mask is not None:
        wanted = (length, k.shape[0]) if mask.dim() == 2 else (groups, length, k.shape[0])
        if mask.shape != wanted:
            raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {wanted}.")
        mask = mask.unsqueeze(0) if mask.dim() == 2 else mask

    own = k.shape[0]
    cat = _function("cat")
    if bias_k is not None and bias_v is not None:  # one more key and value, trained
        k, v = cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)])
    q, k, v = (t.view(t.shape[0], groups, head).transpose(0, 1) for t in (q, k, v))
    k, v = k if static_k is None else static_k, v if static_v is None else static_v
    if add_zero_attn:  # one more, of zeros
        zeros = wrap(beside(np.zeros((groups, 1, head), k._array.dtype), k._array))
        k, v = cat([k, zeros], 1), cat([v, zeros], 1)
    mask, padding = (_widened(m, k.shape[1] - own) for m in (mask, padding))
    if padding is not None:
        for dim, wanted in enumerate((batch, k.shape[1])):
            if padding.shape[dim] != wanted:
                raise AssertionError(f"Expected key_padded_mask.shape[{dim}] to be {wanted}, but got {padding.shape[dim]}")
        padding = padding.view(batch, 1, 1, k.shape[1]).expand(-1, num_heads, -1, -1).reshape(groups, 1, k.shape[1])
        mask = padding if mask is None else mask + padding

    p, weights = dropout_p if training else 0.0, None
    if need_weights:
        scores = (q * math.sqrt(1.0 / head)).bmm(k.transpose(-2, -1))
        weights = dropout(_act.softmax(scores if mask is None else scores + mask, -1), p, p > 0)
        out = weights.bmm(v)
    else:
        causal = is_causal and padding is None
        if mask is not None:
            mask = None if causal else mask.unsqueeze(0) if mask.shape[0] == 1 else mask.view(batch, num_heads, -1, k.shape[1])
        q, k, v = (t.view(batch, num_heads, t.shape[1], head) for t in (q, k, v))
        out = scaled_dot_product_attention(q, k, v, mask, p, causal).reshape(groups, length, head)
    out = _linear(out.transpose(0, 1).reshape(length * batch, width), out_proj_weight, out_proj_bias)
    out = out.view(length, batch, out.shape[1])
    if weights is not None:
        weights = weights.view(batch, num_heads, length, weights.shape[2])
        weights = weights.mean(1) if average_attn_weights else weights
    return (out, weights) if batched else (out.squeeze(1), None if weights is None else weights.squeeze(0))


def _alike(query, key, value, change):
    """``change`` of all three; what was one tensor stays one, so that one product projects it."""
    made = change(query)
    other = made if key is query else change(key)
    return made, other, other if value is key else change(value)


def _check_widths(query, key, value, width, heads, separate) -> None:
    if query.shape[-1] != width:
        raise AssertionError(f"was expecting embedding dimension of {width}, but got {query.shape[-1]}")
    if width % heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {heads}")
    if separate:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    elif key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _widened(mask: Tensor | None, n: int) -> Tensor | None:
    """``mask`` with ``n`` more columns that hide nothing."""
    return mask if mask is None or not n else pad_constant(mask, [0, n])


def __getattr__(name: str):
    raise missing("torch.nn.attention", name)
