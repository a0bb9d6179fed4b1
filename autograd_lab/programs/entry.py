"""The way into a program, written once as plain Python: is this call one that the program holds for, and what are its arrays?

`compile` asks of every call what it asked of the first: the arguments' types, shapes, dtypes and flags, the names the function
reads, the tensors it takes from outside. Walking all that costs more than a small program takes to run; a function written for
the one program asks the same in a tenth of the time. It answers None for whatever it was not written for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import Tensor, dtypes
from ..core.grad_mode import is_recording
from .guards import MISSING, Length, Watch, is_still

if TYPE_CHECKING:
    from .program import Program

LONGEST = 1_000  # places to look at; a larger function has other costs


class _NotPlain(Exception):
    """An argument that no line can be written for."""


def entry_of(program: Program, watch: Watch, args) -> Callable[[tuple], tuple | None] | None:
    """A function of a call's arguments: (the tensors of the program's inputs, their arrays), or None if it is another call.

    None instead of a function where the arguments are not plain: the caller then asks in the long way.
    """
    if len(watch.places) > LONGEST:
        return None
    written = _Entry(program)
    try:
        return written.write(watch, args)
    except _NotPlain:
        return None


class _Entry:
    """The text of one entry and the objects it names."""

    def __init__(self, program: Program):
        self.program = program
        self.scope: dict[str, Any] = {"Tensor": Tensor, "recording": is_recording, "is_still": is_still, "missing": MISSING}
        self.scope["dtypes"] = dtypes
        self.known: dict[int, str] = {}
        self.lines: list[str] = []
        self.tensors: list[str] = []  # the locals that hold the arguments' tensors, in order
        self.count = 0

    def write(self, watch: Watch, args) -> Callable:
        self._refuse_if(f"recording() is not {is_recording()} or dtypes.default is not {self._constant(dtypes.default)}")
        self._sequence("args", args)
        given, arrays = [], []
        for i in self.program.inputs:
            if i.position is None:
                t = self._constant(i.tensor)
                wanted = True if i.var.wants else False if i.var.dtype.kind in "fc" and is_recording() else None
                arrays.append(self._array(t, i.var.example, wanted))
            else:
                t = self.tensors[i.position]
                arrays.append(f"{t}_array")
            given.append(t)
        for place in watch.places:
            self._place(place)
        text = [
            "def enter(args):",
            "    try:",
            *(f"        {line}" for line in self.lines),
            "    except missing: return None",
            f"    return ({''.join(f'{t}, ' for t in given)}), ({''.join(f'{a}, ' for a in arrays)})",
        ]
        exec(compile("\n".join(text), f"<autograd_lab entry of {self.program.name}>", "exec"), self.scope)
        return self.scope["enter"]

    # ------------------------------------------------------------------ arguments
    def _argument(self, name: str, value: Any) -> None:
        kind = type(value)
        if isinstance(value, Tensor):
            self._refuse_if(f"type({name}) is not {self._constant(kind)}")
            example = self.program.inputs[len(self.tensors)].var.example
            self._array(name, example, value.requires_grad)
            self.tensors.append(name)
        elif kind is list or kind is tuple:
            self._refuse_if(f"type({name}) is not {self._constant(kind)}")
            self._sequence(name, value)
        elif kind is dict:
            keys = self._constant(tuple(value))
            self._refuse_if(f"type({name}) is not {self._constant(dict)} or tuple({name}) != {keys}")
            self._sequence(name, tuple(value.values()), ".values()")
        elif value is None or kind is bool:
            self._refuse_if(f"{name} is not {value}")
        elif kind is int or kind is str or (kind is float and value == value and value):
            self._refuse_if(f"type({name}) is not {self._constant(kind)} or {name} != {self._constant(value)}")
        else:
            raise _NotPlain

    def _sequence(self, name: str, values, items: str = "") -> None:
        self._refuse_if(f"len({name}) != {len(values)}")
        names = [self._local() for _ in values]
        if names:
            self.lines.append(f"{', '.join(names)}, = {name}{items}")
        for local, value in zip(names, values):
            self._argument(local, value)

    def _array(self, t: str, example, wanted: bool | None) -> str:
        """Lines that put the array of the tensor ``t`` into a local, if it is like ``example`` and its flag is ``wanted``."""
        array = f"{t}_array"
        kind, shape, dtype = (self._constant(v) for v in (type(example), np.shape(example), example.dtype))
        self.lines.append(f"{array} = {t}._array")
        self._refuse_if(f"type({array}) is not {kind} or {array}.dtype is not {dtype} or {array}.shape != {shape}")
        if wanted is not None:
            flag = f"({t}._node is not None if {t}._more is None else {t}.requires_grad)"
            self._refuse_if(f"{flag} is not {wanted}")
        return array

    # ------------------------------------------------------------------ names
    def _place(self, place) -> None:
        owner, key = self._constant(place.owner), self._constant(place.key)
        now = place.text.replace("owner", owner).replace("key", key)
        if type(place.then) is Length:
            self.lines.append(f"now = {now}")
            self._refuse_if(f"now is not {self._constant(place.then.of)} or len(now) != {place.then.length}")
        else:
            then = self._constant(place.then)
            self._refuse_if(f"{now} is not {then} and not is_still({now}, {then})")

    # ------------------------------------------------------------------ writing
    def _refuse_if(self, condition: str) -> None:
        self.lines.append(f"if {condition}: return None")

    def _local(self) -> str:
        self.count += 1
        return f"x{self.count}"

    def _constant(self, value: Any) -> str:
        if id(value) not in self.known:
            self.known[id(value)] = name = f"c{len(self.known)}"
            self.scope[name] = value  # also keeps it, and so its id
        return self.known[id(value)]
