"""What a function that is differentiated by ``func`` has from outside: such tensors it may read, and not write to.

A write would outlive the call, and what the transform gives would depend on how often it was called. What a function has
from outside is found when the transform begins: in its closure, its defaults and the globals that it names, in the object
whose method it is, in the lists and the modules there. The arguments of the transform are not among it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType

import numpy as np

from .tensor import Tensor
from .transforms import outside

_LARGEST = 5000  # objects that are looked through: a list of data is not read to its end
_PACKAGE = __name__.partition(".")[0]
_OF_LAYERS = ("_parameters", "_buffers", "_modules")
_BY_VALUE = {"fill_over": "fill_.Scalar", "fill_with": "fill_.Tensor", "masked_fill": "masked_fill_.Scalar",
             "lerp": "lerp_.Scalar", "pow": "pow_.Scalar", "scatter": "scatter_.value",
             "set": "set_.source_Tensor", "squeeze": "squeeze_.dim"}  # fmt: skip
_OF_TENSORS = {"masked_fill", "lerp", "pow", "scatter"}  # with a tensor as their last argument they are another overload


def captured(func, replaced, passed) -> dict[int, object]:
    """Tensors that ``func`` has from outside, and their memory, by id.

    Of its arguments those that are ``replaced`` by the transform's own share their memory, which may be written to; those
    ``passed`` as they are may be written to themselves.
    """
    tensors, seen, todo = {}, set(), [func]
    while todo and len(seen) < _LARGEST:
        thing = todo.pop()
        if id(thing) not in seen:
            seen.add(id(thing))
            if isinstance(thing, Tensor):
                tensors[id(thing)] = thing
            else:
                todo.extend(_inside(thing))
    if not tensors:
        return tensors
    for argument in passed:
        tensors.pop(id(argument), None)
    found = {id(memory): memory for memory in map(_memory, tensors.values())}
    for argument in (*replaced, *passed):
        found.pop(id(_memory(argument)), None)
    return tensors | found


def _memory(x: Tensor):
    array = x._materialise()
    while isinstance(owner := getattr(array, "base", None), np.ndarray):
        array = owner
    return array


def _inside(thing):
    """What ``thing`` leads to."""
    if isinstance(thing, FunctionType):
        cells = [cell.cell_contents for cell in thing.__closure__ or () if _is_filled(cell)]
        outside = thing.__globals__
        ours = str(outside.get("__name__")).partition(".")[0] == _PACKAGE
        named = () if ours else _names(thing.__code__)
        given = *(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()
        return [*cells, *given, *(outside[name] for name in named if name in outside)]
    if isinstance(thing, MethodType):
        return thing.__self__, thing.__func__
    if isinstance(thing, partial):
        return thing.func, *thing.args, *thing.keywords.values()
    if isinstance(thing, Mapping):
        return list(thing.values())[:_LARGEST]
    if isinstance(thing, (list, tuple, set)):
        return list(thing)[:_LARGEST]
    if isinstance(thing, (type, ModuleType, np.ndarray)):
        return ()
    own = getattr(thing, "__dict__", {})
    if "_parameters" in own:
        rest = [v for name, v in own.items() if not name.startswith("_") and isinstance(v, (Tensor, list, tuple, dict))]
        return [*rest, *(own[name] for name in _OF_LAYERS)]
    known = type(thing).__module__.partition(".")[0] in (_PACKAGE, "builtins")
    return () if known else [*own.values(), *vars(type(thing)).values()]


def _is_filled(cell) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a name that has no value yet
        return False


def _names(code: CodeType) -> set[str]:
    return set(code.co_names).union(*(_names(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def refuse_captured(op, x: Tensor, args: tuple = ()) -> None:
    """Raise if x is one of those that a running transform's function has from outside. ``op``: what is to be written, or its name."""
    if not {id(x), id(x._base), id(_memory(x))}.isdisjoint(outside.get()):
        raise RuntimeError(
            "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place operation "
            f"({_spelled(op, args)}) that would mutate a captured Tensor. This is not supported; please rewrite the function being "
            "transformed to explicitly accept the mutated Tensor(s) as inputs."
        )


def _spelled(op, args) -> str:
    """As PyTorch's dispatcher calls it: ``aten::add_.Tensor``."""
    from .dispatch import OVERLOADS, word_of

    name = op if isinstance(op, str) else getattr(op, "__name__", "")
    if not name.isidentifier():  # one that was written where it is used: by whom it was called
        frame = sys._getframe(3)
        while frame is not None and not re.fullmatch(r"[a-z]\w*", frame.f_code.co_name):
            frame = frame.f_back
        name = "" if frame is None else frame.f_code.co_name.rstrip("_")
    if name in _BY_VALUE:
        said = _BY_VALUE[name]
        return "aten::" + (said.replace("Scalar", "Tensor") if name in _OF_TENSORS and isinstance(args[-1], Tensor) else said)
    word = word_of(op) if hasattr(op, "node_name") and name != "copy" else name.removesuffix("_word")
    overload = OVERLOADS.get(name)
    return f"aten::{word}_" + (f".{overload}" if overload == "Tensor" else "")
