"""A call that does not fit: PyTorch's complaint about the number, the names and the kinds of its arguments.

``signatures.txt`` says what every word of PyTorch's takes, a line each: ``f`` for a function, ``m`` for a method, its name, and
its signatures, most specific last. guarded.py asks here before a word meets arguments of kinds it has not met before, and
after it has failed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import dtypes, too_large
from .device import device
from .size import Size
from .telling import tell
from .tensor import Tensor

# code in the table -> PyTorch's name of the kind
KINDS = {"T": "Tensor", "N": "Tensor", "S": "Number", "i": "int", "f": "float", "b": "bool", "I": "tuple of ints", "J": "tuple of ints",
         "F": "tuple of floats", "L": "tuple of Tensors", "C": "tuple of Scalars", "d": "torch.dtype", "v": "torch.device",
         "l": "torch.layout", "r": "torch.Storage", "g": "torch.Generator", "m": "torch.memory_format", "s": "str",
         "x": "object"}  # fmt: skip
_ALIASES = {"dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",)}


class Parameter(NamedTuple):
    """One argument: ``J`` takes an int for a tuple of one, ``N`` a number for a tensor."""

    name: str
    kind: str
    nullable: bool
    default: str | None  # as text; None if it must be given
    keyword_only: bool

    def __str__(self):
        return f"{KINDS[self.kind]} {self.name}" + ("" if self.default is None else f" = {self.default}")

    def takes(self, value) -> bool:
        return (value is None and self.nullable) or _CHECKS[self.kind](value)


class Signature(NamedTuple):
    """One way to call a word. ``hidden``: an old one that PyTorch still takes and does not list."""

    parameters: tuple[Parameter, ...]
    hidden: bool

    positional = property(lambda self: sum(not p.keyword_only for p in self.parameters))
    required = property(lambda self: sum(p.default is None for p in self.parameters))

    def __str__(self):
        told = [str(p) for p in self.parameters]
        if self.positional < len(told):
            told.insert(self.positional, "*")
        return f"({', '.join(told)})"


# ---------------------------------------------------------------------- what fits a kind


def _is_int(x) -> bool:
    return (isinstance(x, (int, np.integer)) and not isinstance(x, bool)) or (
        isinstance(x, Tensor) and x._array.ndim == 0 and x._array.dtype.kind in "iu"
    )


def _is_number(x) -> bool:
    return isinstance(x, (int, float, complex, np.number, np.bool_)) or (
        isinstance(x, Tensor) and x._array.ndim == 0 and not x.requires_grad
    )


def _is_list_of(check):
    return lambda x: isinstance(x, (tuple, list)) and (not x or check(x[0]))


_CHECKS: dict[str, Callable] = {
    "T": lambda x: isinstance(x, Tensor), "N": lambda x: isinstance(x, Tensor) or _is_number(x), "S": _is_number, "i": _is_int,
    "f": lambda x: isinstance(x, (int, float, np.number)) or (isinstance(x, Tensor) and _is_number(x)),
    "b": lambda x: isinstance(x, (bool, np.bool_)), "I": _is_list_of(_is_int),
    "J": lambda x: _is_list_of(_is_int)(x) or _is_int(x), "F": lambda x: isinstance(x, (tuple, list, float)),
    "L": lambda x: isinstance(x, (tuple, list)), "C": lambda x: isinstance(x, (tuple, list)),
    "d": lambda x: isinstance(x, (dtypes.dtype, np.dtype)) or (isinstance(x, type) and x in (float, int, bool, complex)),
    "v": lambda x: type(x) is int or isinstance(x, str) or (hasattr(x, "type") and not isinstance(x, Tensor)),
    "l": lambda x: True, "r": lambda x: False,  # of which there are none here
    "g": lambda x: hasattr(x, "manual_seed"), "m": lambda x: type(x).__name__ == "memory_format", "s": lambda x: isinstance(x, str),
    "x": lambda x: True,
}  # fmt: skip


# ---------------------------------------------------------------------- the table


@functools.cache
def table() -> dict[tuple[str, str], str]:
    """(``f`` or ``m``, word) -> its signatures, as they are written. Each is read when its word is used: all would take 10 ms."""
    from pathlib import Path

    lines = Path(__file__).with_name("signatures.txt").read_text().splitlines()
    return {(kind, word): rest for kind, word, rest in (f"{line} ".split(" ", 2) for line in lines)}


@functools.cache
def signatures_of(kind: str, word: str) -> tuple[Signature, ...] | None:
    """The ways to call a word; None if PyTorch does not parse its arguments itself."""
    if (written := table().get((kind, word))) is None:
        return None
    return tuple(_signature(text) for text in written.strip().split(" | ")) if written.strip() else (Signature((), False),)


def _signature(text: str) -> Signature:
    parameters, keyword_only = [], False
    hidden = text[0] == "-"
    for part in text[1:].split("; "):
        if part == "*":
            keyword_only = True
        elif part:
            kind, rest = part.split(":", 1)
            name, equals, default = rest.partition("=")
            if hidden and name == "other":
                kind = "N"  # of ``add`` and ``sub``, which take a number there too
            parameters.append(
                Parameter(name, kind[0], kind.endswith("?") or default == "()", default if equals else None, keyword_only)
            )
    return Signature(tuple(parameters), hidden)


# ---------------------------------------------------------------------- a call


def complaint(kind: str, word: str, args: tuple, kwargs: dict) -> TypeError | None:
    """PyTorch's refusal of ``word(*args, **kwargs)``; None if some signature takes it, or the word is not known.

    ``kind`` is ``f`` or ``m``; a method's ``args`` do not hold the tensor itself.
    """
    signatures = signatures_of(kind, word)
    if signatures is None:
        return None
    if kind == "m" and len(signatures) == 1 and not signatures[0].parameters:
        if kwargs:
            return TypeError(f"TensorBase.{word}() takes no keyword arguments")
        return TypeError(f"TensorBase.{word}() takes no arguments ({len(args)} given)") if args else None
    found = [_misfit(word, s, args, kwargs) for s in signatures]
    if None in found:
        return _element(word, signatures[found.index(None)], kind == "m", args, kwargs)
    if len(signatures) == 1:
        return TypeError(found[0])
    count = len(args) + len(kwargs)
    near = [i for i, s in enumerate(signatures) if s.required <= count <= len(s.parameters) and not s.hidden]
    if len(near) == 1:
        return TypeError(found[near[0]])
    return TypeError(_listing(word, [s for s in signatures if not s.hidden], args, kwargs))


def refuse_inner(word: str, written: str, args: tuple) -> None:
    """Raise what PyTorch says of arguments that its word in Python hands on to ``word``, whose signatures are ``written`` so."""
    signatures = [_signature(text) for text in written.split(" | ")]
    fitting = next((s for s in signatures if _misfit(word, s, args, {}) is None), None)
    if fitting is None:
        raise TypeError(_listing(word, signatures, args, {}))
    if (blame := too_large.in_call(word, fitting.parameters, args, {})) is not None:
        raise blame


def overflow(kind: str, word: str, args: tuple, kwargs: dict) -> Exception | None:
    """PyTorch's refusal of an integer of more than 64 bits in a call that fits otherwise; None if there is none."""
    if next(too_large.among((*args, *kwargs.values())), None) is None:
        return None
    fitting = next((s for s in signatures_of(kind, word) or () if _misfit(word, s, args, kwargs) is None), None)
    return None if fitting is None else too_large.in_call(word, fitting.parameters, args, kwargs)


_warned = False


def of_old(kind: str, word: str, args: tuple, kwargs: dict) -> tuple[tuple, dict] | None:
    """The arguments as they are given today, if a scalar stands where PyTorch once took it: ``add(x, alpha, y)``.

    Warns as PyTorch does, at the first such call of all. None if the call is not of that kind.
    """
    global _warned
    signatures = signatures_of(kind, word) or ()
    fitting = next((s for s in signatures if _misfit(word, s, args, kwargs) is None), None)
    places = () if fitting is None else zip(fitting.parameters, args)
    if fitting is None or not {"alpha", "beta", "value"} & {p.name for p, _ in places}:
        return None
    if fitting.hidden and not _warned:
        _warned = True
        shown = (str(s).replace("Tensor self", "Tensor input") for s in (fitting, *(s for s in signatures if not s.hidden)))
        old, *new = (f"\n\t{word}{text}" for text in shown)
        told = f"This overload of {word} is deprecated:{old}\nConsider using one of the following signatures instead:{''.join(new)}"
        tell(told)
    named = dict(zip((p.name for p in fitting.parameters), args))
    scalars = {name: value for name, value in named.items() if name in ("alpha", "beta", "value")}
    return tuple(value for name, value in named.items() if name not in scalars), kwargs | scalars


def by_place(kind: str, word: str, args: tuple, kwargs: dict) -> tuple[tuple, dict] | None:
    """The arguments with those that have a place standing there: ``x.view(size=(2, 3))`` is ``x.view((2, 3))``; None if none has."""
    signatures = signatures_of(kind, word) or ()
    fitting = next((s for s in signatures if _misfit(word, s, args, kwargs) is None), None)
    if fitting is None:
        return None
    placed, rest = list(args), dict(kwargs)
    for p in fitting.parameters[len(args) : fitting.positional]:
        name = next((n for n in (p.name, *_ALIASES.get(p.name, ())) if n in rest), None)
        if name is None:
            break
        placed.append(rest.pop(name))
    return (tuple(placed), rest) if len(rest) < len(kwargs) else None


def as_numbers(kind: str, word: str, args: tuple, kwargs: dict) -> tuple[tuple, dict] | None:
    """The arguments with numbers for the tensors that stand where a number does: ``torch.isclose(x, y, rtol=t)``; None if none does."""
    if not any(isinstance(value, Tensor) for value in (*args, *kwargs.values())):
        return None
    signatures = signatures_of(kind, word) or ()
    fitting = next((s for s in signatures if _misfit(word, s, args, kwargs) is None), None)
    if fitting is None:
        return None
    named = {name: p.kind for p in fitting.parameters for name in (p.name, *_ALIASES.get(p.name, ()))}
    places = (*(p.kind for p in fitting.parameters[: len(args)]), *("x" for _ in args[len(fitting.parameters) :]))

    def number(of: str, value):
        return value.item() if of in "SfiJ" and isinstance(value, Tensor) else value

    made = tuple(map(number, places, args)), {name: number(named[name], value) for name, value in kwargs.items()}
    changed = any(a is not b for a, b in zip((*made[0], *made[1].values()), (*args, *kwargs.values())))
    return made if changed else None


def settled(kind: str, word: str, args: tuple, kwargs: dict) -> tuple[bool, bool]:
    """(Whether any call with arguments of these types fits as this one does, whether the types of lists' elements count).

    A tensor taken for a number is the first kind of call that does not settle it: another may have more elements. What is in a
    list of tensors, or of data, the word finds out itself.
    """
    signatures = signatures_of(kind, word)
    if signatures is None:
        return True, False
    fitting = next((s for s in signatures if _misfit(word, s, args, kwargs) is None), None)
    if fitting is None:
        return False, True
    if len(args) > len(fitting.parameters):  # x.view(2, 3)
        return all(type(n) is int for n in args), False
    named = {name: p for p in fitting.parameters for name in (p.name, *_ALIASES.get(p.name, ()))}
    pairs = [*zip(fitting.parameters, args), *((named[key], value) for key, value in kwargs.items())]
    count = any(isinstance(value, (tuple, list)) and p.kind not in "Lx" for p, value in pairs)
    return not any(_by_value(p, value) for p, value in pairs), count


def _by_value(p: Parameter, value) -> bool:
    """Whether it takes more than the type of ``value`` to know that it fits ``p``."""
    if isinstance(value, (tuple, list)):
        return p.kind in "IJ" and not all(type(e) is int for e in value)
    return (isinstance(value, Tensor) and p.kind not in "TNx") or (p.kind == "d" and isinstance(value, type))


def _element(word: str, signature, offset: int, args: tuple, kwargs: dict) -> TypeError | None:
    """What is wrong with an element of a list of tensors or integers."""
    for i, p in enumerate(signature.parameters):
        value = args[i] if i < len(args) else kwargs.get(p.name)
        if p.kind in "IJ" and i == 0 and len(args) > signature.positional:
            value = args  # x.view(2, 3)
        if p.kind in "IJ" and isinstance(value, (tuple, list)):
            for at, element in enumerate(value):
                if not _is_int(element):
                    told = f'failed to unpack the object at pos {at + 1} with error "type must be tuple of ints,but got '
                    return TypeError(f"{word}(): argument '{p.name}' {told}{kind_of(element)}\"")
        if p.kind == "L" and p.name != "out" and isinstance(value, (tuple, list)):
            for at, element in enumerate(value):
                if not isinstance(element, Tensor) and not (element is None and p.nullable):
                    told = f"expected Tensor as element {at} in argument {i + offset}, but got {type(element).__name__}"
                    return TypeError(told)
    return None


def _misfit(word: str, signature: Signature, args: tuple, kwargs: dict) -> str | None:
    """Why the arguments do not fit the signature; None if they do."""
    most, given, used = signature.positional, len(args), 0
    spread = (
        most == 1 and signature.parameters[0].kind in "IJ" and bool(args) and _is_int(args[0])
    )  # x.view(2, 3) for x.view((2, 3))
    if given > most and not spread:
        return _too_many(word, signature, given)
    at = 0
    for i, p in enumerate(signature.parameters):
        positional = at < given
        if positional and p.keyword_only:
            return _too_many(word, signature, given)
        names = (p.name, *_ALIASES.get(p.name, ()))
        name = next((n for n in names if n in kwargs), None) if not positional else None
        if not positional and name is None:
            if p.default is None:
                return _missing(word, signature.parameters[i:])
            continue
        value = args[at] if positional else kwargs[name]
        if p.takes(value):
            at, used = at + positional, used + (not positional)
        elif spread and positional and at == 0 and _is_int(value):
            at = given
        elif p.kind in "IJ" and isinstance(value, (tuple, list)):
            i, element = next((i, v) for i, v in enumerate(value) if not _is_int(v))
            where = f" (position {at + 1})" if positional else ""
            return f"{word}(): argument '{p.name}'{where} must be {KINDS[p.kind]}, but found element of type {kind_of(element)} at pos {i}"
        elif positional:
            return f"{word}(): argument '{p.name}' (position {at + 1}) must be {KINDS[p.kind]}, not {kind_of(value)}"
        else:
            return f"{word}(): argument '{p.name}' must be {KINDS[p.kind]}, not {kind_of(value)}"
    if used == len(kwargs):
        return None
    for key in kwargs:
        place = next((i for i, p in enumerate(signature.parameters) if key in (p.name, *_ALIASES.get(p.name, ()))), None)
        known = place is not None and (
            key == (name := signature.parameters[place].name) or not (place < given or name in kwargs)
        )
        if not known:  # of an alias of what is given already PyTorch does not know
            return f"{word}() got an unexpected keyword argument '{key}'"
        if place < given:
            return f"{word}() got multiple values for argument '{key}'"
    return None


def _too_many(word, signature, given) -> str:
    least, most = signature.required, signature.positional
    if least != most:
        return f"{word}() takes from {least} to {most} positional arguments but {given} were given"
    return f"{word}() takes {most} positional argument{'s' * (most != 1)} but {given} {'was' if given == 1 else 'were'} given"


def _missing(word, parameters) -> str:
    names = [f'"{p.name}"' for p in parameters if p.default is None]
    return (
        f"{word}() missing {len(names)} required positional argument{'s' * (len(names) == 1)}: {', '.join(names)}"  # its plural
    )


def _listing(word, options, args, kwargs) -> str:
    got = [kind_of(value) for value in args] + [
        f"{key}={kind_of(value)}" for key, value in reversed(kwargs.items())
    ]  # its order
    text = f"{word}() received an invalid combination of arguments - "
    if len(options) == 1 and (strange := [k for k in kwargs if all(k != p.name for p in options[0].parameters)]):
        return text + "got unrecognized keyword arguments: " + ", ".join(strange)
    if len(options) == 1 and len(args) + len(kwargs) == len(options[0].parameters) - (
        "out" not in kwargs and _has_out(options[0])
    ):
        fits = [p.takes(v) for p, v in zip(options[0].parameters, args)]
        got[: len(args)] = [kind if fit else f"!{kind}!" for kind, fit in zip(got, fits)]
    told = f"({', '.join(got)}{'' if args or not kwargs else ', '})"
    if len(options) == 1:
        return f"{text}got {told}, but expected {options[0]}"
    return f"{text}got {told}, but expected one of:\n" + "".join(f" * {s}\n{_unmatched(s, args, kwargs)}" for s in options)


def _unmatched(signature, args, kwargs) -> str:
    """The line below a listed signature of as many parts as there are arguments: the keywords or kinds that do not match.

    PyTorch reads the signature's text for it, so a star is a part too, and a default is taken for the name.
    """
    parts = [part.rpartition(" ") for part in str(signature)[1:-1].split(", ")]
    if len(parts) != len(args) + len(kwargs):
        return ""
    told, names = "      didn't match because some of the", [name for _, _, name in parts]
    if strange := [key for key in reversed(kwargs) if key not in names[len(args) :]]:
        return f"{told} keywords were incorrect: {', '.join(strange)}\n"
    values = [*(("", value) for value in args), *((f"{name}=", kwargs[name]) for name in names[len(args) :])]
    shown = [_marked(wanted, key, value) for (wanted, _, _), (key, value) in zip(parts, values)]
    return f"{told} arguments have invalid types: ({', '.join(shown)}{'' if args else ', '})\n"


def _marked(wanted: str, key: str, value) -> str:
    """The kind of a value, between exclamation marks unless its name is that of the ``wanted`` kind."""
    fits = kind_of(value) in (("float", "int") if wanted == "float" else (wanted,))
    brackets = "[]" if isinstance(value, list) else "(,)" if isinstance(value, tuple) and len(value) == 1 else "()"
    elements = ", ".join(map(kind_of, value)) if isinstance(value, (tuple, list)) else ""
    inside = f" of {brackets[0]}{elements}{brackets[1:]}" if isinstance(value, (tuple, list)) else ""
    return f"{key}{kind_of(value)}{inside}" if fits else f"!{key}{kind_of(value)}{inside}!"


def _has_out(signature) -> bool:
    return any(p.name == "out" for p in signature.parameters)


_OF_TORCH = (dtypes.dtype, device, Size)


def kind_of(value) -> str:
    """CPython's name of the type, which has the module of one that is written in C."""
    kind = type(value)
    if kind in _OF_TORCH:
        return f"torch.{kind.__name__}"
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__
