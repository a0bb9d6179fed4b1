"""``torch.utils._debug_mode``: a log of every call, forwards and backwards, in PyTorch's notation.

>>> import autograd_lab as torch
>>> a = torch.ones(2, requires_grad=True)
>>> with DebugMode() as log:
...     (a * a).sum().backward()
>>> print(log.debug_string())
    aten::mul.Tensor(t: f32[2], t: f32[2])  ->  t: f32[2]
    aten::sum(t: f32[2])  ->  t: f32[]
    aten::ones_like(t: f32[], pin_memory=False, memory_format=torch.preserve_format)  ->  t: f32[]
    aten::expand(t: f32[], [2])  ->  t: f32[2]
    aten::mul.Tensor(t: f32[2], t: f32[2])  ->  t: f32[2]
    aten::mul.Tensor(t: f32[2], t: f32[2])  ->  t: f32[2]
    aten::add.Tensor(t: f32[2], t: f32[2])  ->  t: f32[2]
    aten::detach(t: f32[2])  ->  t: f32[2]
"""

from __future__ import annotations

from contextlib import ExitStack

from ..core import dispatch

__all__ = ["DebugMode"]

_LETTERS = {"float": "f", "int": "i", "uint": "u", "complex": "c", "bfloat": "bf"}
_PLACE = "device=cpu, pin_memory=False"
_MAKERS = ("zeros", "ones", "empty", "rand", "randn")


def _dtype(t) -> str:
    name = getattr(t.dtype, "name", str(t.dtype).removeprefix("torch."))
    word = name.rstrip("0123456789")
    return "b8" if name == "bool" else _LETTERS.get(word, word) + name[len(word) :]


def _shown(value) -> str:
    """A tensor as ``t: f32[2, 3]``, a list of them in quotes as PyTorch prints one, anything else as Python does."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"t: {_dtype(value)}{list(value.shape)}"
    if isinstance(value, (list, tuple)) and any(hasattr(v, "_array") for v in value):
        return str(type(value)(_shown(v) for v in value)) if type(value) in (list, tuple) else str(tuple(map(_shown, value)))
    return str(value)


def _made(word: str, given: dict) -> str | None:
    """The arguments of a function that makes tensors, as PyTorch's dispatcher gets them."""
    dtype = "" if given.get("dtype") is None else f"dtype={given['dtype']}, "
    if word in _MAKERS:
        asked = given.get("size") or given.get("args") or ()
        size = asked[0] if len(asked) == 1 and isinstance(asked[0], (tuple, list)) else asked
        return f"{list(size)}, {dtype}{_PLACE}"
    if word.removesuffix("_like") in _MAKERS:
        return f"{_shown(given['x'])}, {dtype}pin_memory=False"
    if word == "full":
        return f"{list(given['shape'])}, {given['fill_value']}, {dtype}{_PLACE}"
    return None


class DebugMode:
    """Inside the block every call is written down; ``debug_string()`` is the log, ``operators`` its lines."""

    def __init__(self):
        self.operators: list[str] = []

    def __enter__(self):
        self._open = ExitStack()
        self._open.enter_context(dispatch.watching(self._answer, self._told))
        return self

    def __exit__(self, *exc):
        self._open.close()

    def _answer(self, op, args, params):
        out = dispatch.run(op, args, params)
        word, given = dispatch.spelled(op, args, params)
        self._write(word, ", ".join(map(_shown, given)), out)
        return out

    def _told(self, word, args, out):
        if isinstance(args, dict):
            if (made := _made(word, args)) is not None:
                self._write(word, made, out)
            elif word == "tensor":
                self._write("lift_fresh", _shown(out), out)
            return
        more = ", pin_memory=False, memory_format=torch.preserve_format" if word == "ones_like" else ""
        self._write(word, ", ".join(map(_shown, args)) + more, out)

    def _write(self, word, arguments, out):
        self.operators.append(f"aten::{word}({arguments})  ->  {_shown(out)}")

    def debug_string(self) -> str:
        """The log, a call a line."""
        return "\n".join("    " + line for line in self.operators)
