"""What a function under ``vmap`` may not do with an example, and PyTorch's sentence for each: its first sentence, then what to do.

A rule is given ``depends(value)``, the size of the batch and the arguments of a call, and tells what to raise, or None. A word
alone, without a rule, may not be called on what depends on the example.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.tensor import Tensor

ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to "
    "rewrite what you're doing with other operations."
)
FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet: choose "
    "with torch.where instead."
)
WITHIN = (
    "vmap: It looks like you're either (1) calling .item() on a Tensor or (2) attempting to use a Tensor in some data-dependent "
    "control flow or (3) encountering this error in PyTorch internals. For both, use other operations: torch.where to choose."
)
STORAGE = "Cannot access data pointer of Tensor that doesn't have storage"
_COPIED = NotImplementedError("Cannot access storage of BatchedTensorImpl")
_DYNAMIC = (
    "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::{}. Each example may "
    "have another number of results: mark what is meant with torch.where, which keeps the shape."
)
_MASKED = (
    "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over indexing with a boolean "
    "mask: use torch.where or masked_fill, which keep the shape."
)
_SELECTED = (
    "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because for each batch this "
    "would return a differently shaped Tensor. Use torch.where, which keeps the shape."
)
_WRITTEN = (
    "vmap: {0}(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more elements than "
    "`self`. This happened due to `other` being vmapped over but `self` not being vmapped over. Make `self` of the example, with "
    "torch.zeros_like(example) or example.new_zeros(...), or use the out-of-place operation."
)
_DATA = "accessing `data` under vmap transform is not allowed"
_DATA_SET = "mutating directly with `.data` under vmap transform is not allowed."


def _any(told):
    """Not of anything that depends on the example."""
    return lambda depends, size, args: told if any(map(depends, args)) else None


def _masks(key) -> list:
    return [k for k in (key if isinstance(key, tuple) else (key,)) if isinstance(k, Tensor) and k._array.dtype.kind == "b"]


def _read(depends, size, args):
    return _MASKED if any(map(depends, _masks(args[1]))) else None


def _writing(rule: Callable) -> Callable:
    """The rule of a word that writes over its first argument."""
    rule.writes = True  # type: ignore[attr-defined]
    return rule


@_writing
def _set(depends, size, args):
    x, key, value = args
    if depends(x):
        return _read(depends, size, args)
    if not (depends(value) or depends(key)):
        return None
    indexed = any(isinstance(k, (Tensor, list, np.ndarray)) for k in (key if isinstance(key, tuple) else (key,)))
    return _WRITTEN.format("index_put_" if indexed else "inplace arithmetic")


def _written(name: str) -> Callable:
    def rule(depends, size, args):
        x, *others = args
        return _WRITTEN.format(name) if not depends(x) and any(map(depends, others)) else None

    return _writing(rule)


@_writing
def _widened(depends, size, args):
    x, *others = args
    if depends(x) or not any(map(depends, others)):
        return None
    wide = np.broadcast_shapes(*(t._array.shape for t in args if isinstance(t, Tensor)))
    return f"output with shape {list(x.shape)} doesn't match the broadcast shape {[size, *wide]}"


def _shown(depends, size, args):
    return ITEM if args[0]._array.ndim == 0 and depends(args[0]) else None


def _where(depends, size, args):
    return _DYNAMIC.format("where") if len(args) == 1 and depends(args[0]) else None


def _listed(depends, size, args):
    return ITEM if args and isinstance(args[0], (list, tuple)) and depends(args[0]) else None


_SEARCHES = {
    "nonzero": _any(_DYNAMIC.format("nonzero")), "unique": _any(_DYNAMIC.format("_unique2")),
    "unique_consecutive": _any(_DYNAMIC.format("unique_consecutive")), "is_nonzero": _any(FLOW),
    "equal": _any("Batching rule not implemented for aten::equal. Compare with (x == y).all(), which is a tensor."),
    "allclose": _any("vmap over torch.allclose isn't supported yet. Compare with torch.isclose(x, y).all(), which is a tensor."),
    "masked_select": lambda depends, size, args: _SELECTED if depends(args[1]) else None,
}  # fmt: skip
_WRITES = {  # how PyTorch calls it -> the in-place words that it so calls
    "inplace arithmetic": "__imul__ __isub__ __itruediv__ clamp_max_ clamp_min_ copy_ div_ divide_ logical_and_ logical_or_ "
                          "logical_xor_ masked_fill_ mul_ multiply_ sub_ true_divide_",
    "{}": "fill_ index_add_ index_fill_ index_put_ scatter_add_ scatter_reduce_",
    "aten::{}": "addbmm_ addcdiv_ addcmul_ addmm_ addmv_ addr_ baddbmm_ clamp_ clip_ float_power_ floor_divide_ fmod_ heaviside_ "
                "index_copy_ index_reduce_ lerp_ masked_scatter_ pow_ put_ remainder_ scatter_ subtract_ xlogy_",
    "aten::pow_": "__ipow__",
}  # fmt: skip
_WIDENED = "__iadd__ add_ atan2_ bitwise_and_ bitwise_or_ bitwise_xor_ copysign_"

# a method of tensors -> its rule, or what is said of one that depends on the example
OF_TENSORS: dict[str, Callable | str | Exception] = {
    **dict.fromkeys("item __float__ __int__ __complex__ __index__ __contains__".split(), ITEM), "__bool__": FLOW, "__format__": _shown,
    **dict.fromkeys("tolist numpy __array__ data_ptr apply_ map_".split(), STORAGE),
    **dict.fromkeys("__copy__ __deepcopy__ __reduce_ex__".split(), _COPIED), **_SEARCHES, "__getitem__": _read, "__setitem__": _set,
    **{word: _written(name.format(word)) for name, words in _WRITES.items() for word in words.split()},
    **dict.fromkeys(_WIDENED.split(), _widened),
}  # fmt: skip
# a function of the package -> its rule
OF_PACKAGE: dict[str, Callable] = {**_SEARCHES, "where": _where, "tensor": _listed}
OF_DATA = _DATA, _DATA_SET  # what is said when ``data`` is read of what depends on the example, and when it is set at all


def concerns(rule, args: tuple) -> bool:
    """Whether a call with these arguments may be refused, whatever they depend on."""
    if getattr(rule, "writes", False):
        return any(map(_is_tensor, args[1:]))
    return not callable(rule) or rule(_is_tensor, 0, args) is not None


def _is_tensor(value) -> bool:
    return any(map(_is_tensor, value)) if isinstance(value, (tuple, list)) else isinstance(value, Tensor)
