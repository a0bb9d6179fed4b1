"""``save`` and ``load``: tensors and what holds them, as safetensors files. No pickle, so reading a file runs nothing.

A dict of tensors, such as a ``state_dict()``, becomes a safetensors file under the dict's names: PyTorch, JAX and others read
it, and theirs are read here. What holds the tensors (their order, nested dicts, lists, numbers: an optimizer's state) is
described beside them, as JSON in the file's metadata.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from .core import dtypes
from .core.device import is_here, on_host
from .core.hooks import warn_if_has_hooks
from .core.ops.create import leaf
from .core.size import Size
from .core.tensor import Tensor

_METADATA = "autograd_lab"  # the name of the description in the file's metadata
_NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32", "I16": "int16",
          "I8": "int8", "U8": "uint8", "BOOL": "bool", "C64": "complex64"}  # fmt: skip
_PICKLE = (
    "this is a pickle, PyTorch's own format, which may run code when it is read and is therefore not read here. In PyTorch, write "
    "the tensors with `safetensors.torch.save_file(module.state_dict(), path)` and load that."
)
_NO_GPU = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on a CPU-only "
    "machine, please use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
)


def save(obj: Any, f, pickle_module=None, pickle_protocol: int = 2, _use_new_zipfile_serialization: bool = True) -> None:
    """Write ``obj`` to ``f``, a path or a file opened for writing bytes.

    ``obj``: a tensor, or dicts, lists and tuples of tensors, numbers, strings, None and dtypes. Anything else raises TypeError.
    The rest says how PyTorch's pickle is written; there is none here.

    >>> import io
    >>> import autograd_lab as torch
    >>> file = io.BytesIO()
    >>> torch.save({"w": torch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'w': tensor([1., 1.])}
    """
    arrays: dict[str, np.ndarray] = {}
    described = _described(obj, "", arrays)
    data = _safetensors("numpy").save(arrays, {_METADATA: json.dumps(described)})
    if isinstance(f, (str, os.PathLike)):
        with open(f, "wb") as file:
            file.write(data)
    else:
        f.write(data)


def load(f, map_location=None, pickle_module=None, *, weights_only: bool | None = None, mmap: bool | None = None) -> Any:
    """What ``save`` wrote to ``f``, a path or a file opened for reading bytes; of any other safetensors file a dict of tensors.

    A pickle is refused with ValueError. ``map_location``: the device to put them on; without it each goes where it was when it was
    saved. The rest changes nothing: there are only weights in such a file.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            data = file.read()
    else:
        data = f.read()
    if data[:4] == b"PK\x03\x04" or data[:1] == b"\x80":
        raise ValueError(f"load: {_PICKLE}")
    library = _safetensors("_safetensors_rust")
    try:
        found = library.deserialize(data)
    except library.SafetensorError as error:
        raise ValueError(f"load: this is no safetensors file ({error})") from None
    arrays = {name: _array(view) for name, view in found}
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    described = header.get("__metadata__", {}).get(_METADATA)
    try:
        if described is None:
            return {name: leaf(array[()], device=map_location) for name, array in arrays.items()}
        return _rebuilt(json.loads(described), arrays, map_location)
    except AssertionError:
        raise RuntimeError(_NO_GPU) from None


def _safetensors(module: str):
    """A module of the safetensors package."""
    import importlib

    try:
        return importlib.import_module(f"safetensors.{module}")
    except ImportError:
        raise ImportError('save and load need safetensors; install it with: pip install "autograd-lab[files]"') from None


def _array(view: dict) -> np.ndarray:
    name = _NAMES.get(view["dtype"])
    if name is None:
        raise ValueError(f"load: the file holds {view['dtype']} elements, which there is no dtype for")
    # copied: bytes are read-only, and tensors are not
    return np.frombuffer(view["data"], dtypes.BY_NAME[name].numpy).reshape(view["shape"]).copy()


def _described(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """``value`` as JSON, its tensors put into ``arrays`` under their paths: [kind, content, ...]."""
    if isinstance(value, Tensor):
        name, array = path or "tensor", value._array
        if type(value) is Tensor:
            warn_if_has_hooks(value)
        there = [] if is_here(array) else [str(value.device)]
        dtype, array = dtypes.BY_NUMPY[array.dtype].name, np.array(on_host(array), order="C")  # an array, also of a scalar
        if array.dtype.kind == "c":  # safetensors has no complex128
            array = array.reshape(*array.shape, 1).view(f"f{array.itemsize // 2}")
        if name in arrays:
            raise ValueError(f"save: two tensors would be called {name!r}; rename one of the keys that make this path")
        arrays[name] = array
        return ["tensor", name, dtype, value.requires_grad and value.is_leaf, *there]
    if isinstance(value, dict):
        if bad := next((key for key in value if type(key) not in (str, int, float, bool)), None):
            raise TypeError(f"save: {_at(path)} has the key {bad!r}; keys are strings or numbers")
        return ["dict", [[key, _described(each, f"{path}.{key}" if path else str(key), arrays)] for key, each in value.items()]]
    if isinstance(value, (list, tuple)):
        kind = "size" if isinstance(value, Size) else "list" if isinstance(value, list) else "tuple"
        return [kind, [_described(each, f"{path}.{i}" if path else str(i), arrays) for i, each in enumerate(value)]]
    if isinstance(value, dtypes.dtype):
        return ["dtype", value.name]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) in (bool, int, float, str):
        return ["is", value]
    raise TypeError(
        f"save: {_at(path)} is a {type(value).__name__}. Tensors, numbers, strings, None, and dicts, lists and tuples of them can be "
        "saved; of a module save module.state_dict()."
    )


def _at(path: str) -> str:
    return repr(path) if path else "the object"


def _rebuilt(described: list, arrays: dict[str, np.ndarray], device) -> Any:
    """The value that ``_described`` described, its tensors on ``device``, or if it is None where they were."""
    kind, content, *more = described
    if kind == "tensor":
        dtype, requires_grad, *there = more
        array = arrays[content]
        if dtype.startswith("complex"):
            array = array.view(dtypes.BY_NAME[dtype].numpy)[..., 0]
        return leaf(array[()], requires_grad, device or (there[0] if there else None))
    if kind == "dict":
        return {key: _rebuilt(each, arrays, device) for key, each in content}
    if kind in ("list", "tuple", "size"):
        return {"list": list, "tuple": tuple, "size": Size}[kind](_rebuilt(each, arrays, device) for each in content)
    return dtypes.BY_NAME[content] if kind == "dtype" else content
