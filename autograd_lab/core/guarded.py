"""Words that refuse what does not fit them: asked about once for each combination of kinds of arguments, and when they fail.

Python takes ``torch.exp(1.5)``, ``x.tril(1.5)`` or ``x.std(2.0)`` where NumPy does, and PyTorch does not: a wrong call that
returns an answer is the worst. So a word looks at the types of its arguments, which takes 0.1 us, and the first time it meets
a combination it asks signatures.py whether they fit. What Python or NumPy says of a call that fails is replaced by what
PyTorch says of it.
"""

from __future__ import annotations

import functools
import inspect
import re
from ast import literal_eval

from .mistakes import of_numpy
from .signatures import by_place, complaint, kind_of, of_old, settled

_LISTS = (list, tuple)
_NOTHING = object()


def _kinds(args: tuple, kwargs: dict) -> tuple:
    """The types of all arguments, of a list's elements too."""
    kinds = [(type(x), *{type(e) for e in x}) if isinstance(x, _LISTS) else type(x) for x in (*args, *kwargs.values())]
    return (*kinds, *kwargs)


def placed_as(function, order: str):
    """Of a function that PyTorch too has in Python: what the word it calls is given. ``order``: their names, or a value.

    None of a call that does not fit the function itself, of which Python says so.
    """
    parameters = inspect.signature(function).parameters

    def seen(args: tuple, kwargs: dict) -> tuple | None:
        given = dict(zip(parameters, args)) | kwargs
        if len(args) > len(parameters) or not given.keys() <= parameters.keys():
            return None
        values = [given.get(n, parameters[n].default) if n in parameters else literal_eval(n) for n in order.split()]
        return None if any(v is inspect.Parameter.empty for v in values) else (tuple(values), {})

    return seen


def _lacking(kind: str, word: str, function, error, args: tuple, kwargs: dict) -> TypeError | None:
    """What is said where an operand is no tensor, of a word whose arguments PyTorch does not parse: its name and place."""
    found = re.match(r"'([\w.]+)' object has no attribute '_(?:array|more|node)'", str(error))
    if type(error) is not AttributeError or found is None:
        return None
    names = list(inspect.signature(function).parameters)[kind == "m" :]
    places = [
        *((n, f" (position {i})", v) for i, (n, v) in enumerate(zip(names, args), 1)),
        *((n, "", v) for n, v in kwargs.items()),
    ]
    for name, where, value in places:
        if kind_of(value) == found[1]:
            return TypeError(
                f"{word}(): argument '{'input' if name == 'x' else name}'{where} must be Tensor, not {kind_of(value)}"
            )
    return None


def guarded(kind: str, word: str, function, spell=None, seen=None):
    """``function`` (``kind`` ``f``) or method (``m``), which refuses what PyTorch refuses, in its words.

    ``spell(function, word)``, if given, is what is called when there are keywords: the same, with PyTorch's names for them
    and ``out=``. It is asked for when the first come, since hundreds of words are guarded at import. ``seen``: what ``word``
    is given of the function's arguments, where that is another word (``placed_as``).
    """
    spelled = None
    met: set = set()  # combinations of types that fit, whatever the values; one type for a call of one argument
    bare: list = []  # something once a call without arguments has been found to fit
    unnamed: set = set()  # (how many arguments stand in their places, the names of the others) of calls by names we do not have

    def blamed(error, args, kwargs):
        """What PyTorch says of this call, if the arguments are to blame for the error."""
        if (placed := (args, kwargs) if seen is None else seen(args, kwargs)) is not None:
            if (blame := complaint(kind, word, *placed)) is not None:
                return blame
        if error is None:
            return None
        if type(error) is TypeError and "required positional argument" in str(error) and "'x'" in str(error):
            return TypeError(re.sub(r"^[\w.<>]+\(\)", f"{word}()", str(error)).replace("'x'", "'input'"))
        return _lacking(kind, word, function, error, args, kwargs) or of_numpy(error)

    def otherwise(error, args, kwargs):
        """The arguments as they are given today, if it failed because they are given as they once were, or by place, not name."""
        if type(error) is not TypeError or seen is not None:
            return None
        misnamed = kwargs and any(sign in str(error) for sign in ("unexpected keyword", "missing "))
        if misnamed and (len(args), *kwargs) not in unnamed and (placed := by_place(kind, word, args, kwargs)) is not None:
            unnamed.add((len(args), *kwargs))
            return placed
        return of_old(kind, word, args, kwargs) if len(args) > 1 else None

    def meet(args, kwargs):
        """Raise unless arguments of these types fit."""
        kinds = _kinds(args, kwargs)
        if kinds in met:
            return
        if (placed := (args, kwargs) if seen is None else seen(args, kwargs)) is None:
            return
        if (blame := complaint(kind, word, *placed)) is not None:
            raise blame
        fits, elements_count = settled(kind, word, *placed)
        if fits:
            met.add(kinds)
            if not elements_count:  # a shorter way next time
                met.add(_short(args, kwargs))
                if len(args) == 1 and not kwargs:
                    met.add(type(args[0]))
            if not args and not kwargs:
                bare.append(True)

    def refused(args, kwargs):
        """What to raise where an operator has found that an operand is neither tensor nor number."""
        return blamed(None, args, kwargs) or TypeError(f"{word}(): wrong operands")

    def call(first=_NOTHING, second=_NOTHING, /, *others, **kwargs):
        if first is _NOTHING or others or kwargs:
            args = () if first is _NOTHING else (first,) if second is _NOTHING else (first, second, *others)
            return at_length(args, kwargs)
        try:  # by far the commonest, and quicker said so
            if second is _NOTHING:
                if type(first) not in met:
                    meet((first,), kwargs)
                result = function(first)
            else:
                if (type(first), type(second)) not in met:
                    meet((first, second), kwargs)
                result = function(first, second)
        except Exception as error:
            blame = blamed(error, (first,) if second is _NOTHING else (first, second), kwargs)
            if blame is None:
                raise
            raise blame from None
        if result is NotImplemented:
            raise refused((first, second), kwargs)
        return result

    def at_length(args, kwargs):
        nonlocal spelled
        if _short(args, kwargs) not in met:
            meet(args, kwargs)
        if unnamed and (len(args), *kwargs) in unnamed:
            args, kwargs = by_place(kind, word, args, kwargs) or (args, kwargs)
        if spelled is None:
            spelled = function if spell is None else spell(function, word)
        try:
            result = (spelled if kwargs else function)(*args, **kwargs)
        except Exception as error:
            if (again := otherwise(error, args, kwargs)) is not None:
                return at_length(*again)
            blame = blamed(error, args, kwargs)
            if blame is None:
                raise
            raise blame from None
        if result is NotImplemented:
            raise refused(args, kwargs)
        return result

    def method(self, /, *others, **kwargs):
        try:
            if kwargs or len(others) > 1:
                if (_short(others, kwargs) if kwargs else tuple(map(type, others))) not in met:
                    meet(others, kwargs)
                if unnamed and (len(others), *kwargs) in unnamed:
                    others, kwargs = by_place(kind, word, others, kwargs) or (others, kwargs)
                result = function(self, *others, **kwargs)
            elif others:
                if type(others[0]) not in met:
                    meet(others, kwargs)
                result = function(self, others[0])
            else:
                if not bare:
                    meet(others, kwargs)
                result = function(self)
        except Exception as error:
            if (again := otherwise(error, others, kwargs)) is not None:
                return method(self, *again[0], **again[1])
            blame = blamed(error, others, kwargs)
            if blame is None:
                raise
            raise blame from None
        if result is NotImplemented:
            raise refused(others, kwargs)
        return result

    return functools.update_wrapper(method if kind == "m" else call, function)


def _short(args: tuple, kwargs: dict) -> tuple:
    return (*map(type, args), *kwargs, *map(type, kwargs.values()))
