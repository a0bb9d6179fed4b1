"""What a short function computes, as text: ``1 - out * out``, to be written where it would be called."""

from __future__ import annotations

import dis

from .namespaces import NAMES
from .products import LARGE

_WORDS = frozenset(NAMES)


class NotPlain(Exception):
    """A function does more than arithmetic on its arguments."""


class Term:
    """Stands for an argument while a rule is tried out, and writes down what is done with it: ``1 - out * out``.

    What cannot be written down raises: a test, an attribute, a value used twice (it would be computed twice).
    """

    def __init__(self, text: str, is_name: bool = False, of: str = ""):
        self.text, self.is_name, self.used = text, is_name, False
        self.of = text if is_name else of  # the argument whose elements these are, if they are no others

    def __getattr__(self, _):
        raise NotPlain

    __bool__ = __iter__ = __len__ = __getitem__ = __getattr__


class World:
    """Stands for the namespace: ``xp.tanh(x)`` becomes ``NUMPY.tanh(x)``."""

    def __init__(self, name: str):
        self.name = name

    def __getattr__(self, function):
        return lambda *args: Term(f"{self.name}.{function}({', '.join(map(_written, args))})")


def _written(value) -> str:
    if type(value) is Term:
        if value.used and not value.is_name:
            raise NotPlain
        value.used = True
        return value.text
    if type(value) in (int, float, bool):
        return repr(value)
    raise NotPlain


for _name, _sign in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}.items():
    setattr(Term, f"__{_name}__", lambda x, y, _sign=_sign: Term(f"({_written(x)} {_sign} {_written(y)})"))
    setattr(Term, f"__r{_name}__", lambda x, y, _sign=_sign: Term(f"({_written(y)} {_sign} {_written(x)})"))
for _name, _sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items():
    setattr(Term, f"__{_name}__", lambda x, y, _sign=_sign: Term(f"({_written(x)} {_sign} {_written(y)})"))
Term.__neg__ = lambda x: Term(f"(-{_written(x)})")

_JUMPS = {*dis.hasjrel, *dis.hasjabs}


class Numpys(World):
    """The namespace of NumPy arrays, with products of matrices written out."""

    def mT(self, x):
        return Term(f"{self.name}.mT({_written(x)})", of=x.of)

    def mm(self, x, y):
        """Products that are not large are ``dot``, as in `products.product`: without its call, 0.05 us of 1."""
        if not (x.of and y.of):
            return self.__getattr__("mm")(x, y)
        call = self.__getattr__("large_mm")(x, y)
        left, rows = (x.of, f"len({x.of})") if x.is_name else (f"{x.of}.T", f"{x.of}.shape[1]")
        right, columns = (y.of, f"{y.of}.shape[1]") if y.is_name else (f"{y.of}.T", f"len({y.of})")
        return Term(f"({left}.dot({right}) if {rows} * {columns} < {LARGE} else {call.text})")


def as_text(function, world: str, names, kind: type[World] = World) -> str | None:
    """What ``function(xp, *names)`` computes, as one expression, if it is plain arithmetic: ``(1 - (out * out))``.

    Such a function is written into the text instead of called: 55 ns each, and most are no more than a line. It is plain
    if it has no branch, looks nothing up but the namespace's functions (a global may change later), and Terms survive it.
    """
    code = getattr(function, "__code__", None)
    if code is None or code.co_freevars or not _JUMPS.isdisjoint(code.co_code[::2]) or not _WORDS.issuperset(code.co_names):
        return None
    terms = {name: Term(name, True) for name in names}
    try:
        keywords = {name: terms[name] for name in code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]}
        arrays = [terms[name] for name in names if name not in keywords]
        return _written(function(kind(world), *arrays, **keywords))
    except Exception:  # NotPlain, or what else a function does with something that is no array
        return None
