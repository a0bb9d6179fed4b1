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
from types import FunctionType

from .mistakes import of_numpy
from .overrides import ASIDE, MET, answered, is_anyone_asked, is_own, overloaded
from .signatures import as_numbers, by_place, complaint, kind_of, of_old, overflow, settled
from .tensor import Tensor

_LISTS = (list, tuple)
# words that compute with a number as it comes, and would make a tensor of tensors with one of no dimensions; others look at it
_OF_NUMBERS = frozenset(
    """
    addbmm addbmm_ addcdiv addcdiv_ addcmul addcmul_ addmm addmm_ addmv addmv_ addr addr_ baddbmm baddbmm_ cauchy_ celu celu_ elu elu_
    exponential_ hardshrink huber_loss leaky_relu leaky_relu_ log_normal_ logit logit_ rrelu rrelu_ smooth_l1_loss softshrink
    special_logit std std_mean threshold threshold_ var var_mean
""".split()
)
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


class _Guard:
    """What is asked of one word's arguments, and which of them have been found to fit.

    One for the hundreds of words that are guarded at import, so that each is two small functions of its own and not eight.
    """

    __slots__ = ("bare", "function", "kind", "met", "public", "seen", "unnamed", "word")

    def __init__(self, kind: str, word: str, function, seen):
        self.kind, self.word, self.function, self.seen = kind, word, function, seen
        self.met: set = set()  # combinations of types that fit, whatever the values; one type for a call of one argument
        MET.append(self.met)
        self.public = function  # what users have under this name
        self.bare: list = []  # something once a call without arguments has been found to fit
        # (how many arguments stand in their places, the names of the others) of calls by names we do not have
        self.unnamed: set = set()

    def placed(self, args, kwargs):
        """The arguments that the word itself is given; None if the call does not fit the function before it."""
        return (args, kwargs) if self.seen is None else self.seen(args, kwargs)

    def blamed(self, error, args, kwargs):
        """What PyTorch says of this call, if the arguments are to blame for the error."""
        kind, word = self.kind, self.word
        if is_own(error):  # of a __torch_function__, which knows what it says
            return None
        if (placed := self.placed(args, kwargs)) is not None:
            if (blame := complaint(kind, word, *placed)) is not None:
                return blame
        if error is None:
            return None
        if placed is not None and (blame := overflow(kind, word, *placed)) is not None:
            return blame
        if type(error) is TypeError and "required positional argument" in str(error) and "'x'" in str(error):
            return TypeError(re.sub(r"^[\w.<>]+\(\)", f"{word}()", str(error)).replace("'x'", "'input'"))
        return _lacking(kind, word, self.function, error, args, kwargs) or of_numpy(error)

    def otherwise(self, error, args, kwargs):
        """The arguments as they are given today, if it failed because they are given as they once were, or by place, not name.

        A tensor for a number is given as the number, where the word does not take it itself.
        """
        if self.seen is not None or is_own(error):
            return None
        if (numbers := as_numbers(self.kind, self.word, args, kwargs)) is not None:
            return numbers
        if type(error) is not TypeError:
            return None
        kind, word, shape = self.kind, self.word, (len(args), *kwargs)
        misnamed = kwargs and any(sign in str(error) for sign in ("unexpected keyword", "missing ", "multiple values"))
        if misnamed and shape not in self.unnamed and (placed := by_place(kind, word, args, kwargs)) is not None:
            self.unnamed.add(shape)
            return placed
        return of_old(kind, word, args, kwargs) if len(args) > 1 else None

    def answered(self, args, kwargs):
        """(What it answers,) if an argument is asked for its own meaning of the word, else None."""
        return answered(self.public if self.kind == "f" else getattr(Tensor, self.word, self.public), args, kwargs)

    def late(self, error, args, kwargs):
        """The same, after the word itself has failed: what is in a list is not looked at before."""
        return None if is_own(error) else self.answered(args, kwargs)

    def meet(self, args, kwargs, *owner):
        """Raise unless arguments of these types fit; what is ``answered`` by one that is asked, ``owner``'s methods among them."""
        kinds, met = _kinds(args, kwargs), self.met
        if kinds in met:
            return None
        if (own := self.answered((*owner, *args), kwargs)) is not None:
            return own
        if ASIDE:  # a mode is entered: it is asked each time, also about what fits
            met = ASIDE.setdefault(id(met), set())
            if kinds in met:
                return None
        if (placed := self.placed(args, kwargs)) is None:
            return None
        if (blame := complaint(self.kind, self.word, *placed)) is not None:
            raise blame
        if overloaded((*args, *kwargs.values())):
            return None  # it is asked again where it may be
        fits, elements_count = settled(self.kind, self.word, *placed)
        if fits:
            met.add(kinds)
            if not (
                elements_count or (is_anyone_asked() and any(isinstance(x, _LISTS) for x in args))
            ):  # a shorter way next time
                met.add(_short(args, kwargs))
                if len(args) == 1 and not kwargs:
                    met.add(type(args[0]))
            if not args and not kwargs:
                self.bare.append(True)
        elif self.word in _OF_NUMBERS and (numbers := as_numbers(self.kind, self.word, *placed)) is not None:
            if self.seen is None:
                return (self.public(*owner, *numbers[0], **numbers[1]),)
            return (self._with_numbers(placed, numbers, args, kwargs),)
        return None

    def _with_numbers(self, placed, numbers, args, kwargs):
        """What a function answers with ``numbers`` for those of the ``placed`` tensors that stand where a number does."""
        pairs = zip((*placed[0], *placed[1].values()), (*numbers[0], *numbers[1].values()))
        number = {id(tensor): value for tensor, value in pairs if tensor is not value}
        return self.public(
            *(number.get(id(x), x) if i else x for i, x in enumerate(args)),
            **{name: number.get(id(x), x) for name, x in kwargs.items()},
        )

    def refused(self, args, kwargs):
        """What to raise where an operator has found that an operand is neither tensor nor number."""
        return self.blamed(None, args, kwargs) or TypeError(f"{self.word}(): wrong operands")


def guarded(kind: str, word: str, function, spell=None, seen=None):
    """``function`` (``kind`` ``f``) or method (``m``), which refuses what PyTorch refuses, in its words.

    ``spell(function, word)``, if given, is what is called when there are keywords: the same, with PyTorch's names for them
    and ``out=``. It is asked for when the first come, since hundreds of words are guarded at import. ``seen``: what ``word``
    is given of the function's arguments, where that is another word (``placed_as``).
    """
    guard = _Guard(kind, word, function, seen)
    made = guard.public = _guarded_method(guard, function) if kind == "m" else _guarded_function(guard, function, spell)
    if type(function) is not FunctionType:
        return functools.update_wrapper(made, function)
    # the same of what has all that functions have, without asking: hundreds are guarded at import
    made.__module__, made.__name__, made.__qualname__ = function.__module__, function.__name__, function.__qualname__
    made.__doc__, made.__annotations__ = function.__doc__, function.__annotations__
    made.__dict__.update(function.__dict__)
    made.__wrapped__ = function
    if seen is None:
        made.__name__ = word
    return made


def _guarded_function(guard: _Guard, function, spell):
    kind, word, met, unnamed = guard.kind, guard.word, guard.met, guard.unnamed
    spelled = None

    def call(first=_NOTHING, second=_NOTHING, /, *others, **kwargs):
        if first is _NOTHING or others or kwargs:
            args = () if first is _NOTHING else (first,) if second is _NOTHING else (first, second, *others)
            return at_length(args, kwargs)
        try:  # by far the commonest, and quicker said so
            if second is _NOTHING:
                if type(first) not in met and (own := guard.meet((first,), kwargs)) is not None:
                    return own[0]
                result = function(first)
            else:
                if (type(first), type(second)) not in met and (own := guard.meet((first, second), kwargs)) is not None:
                    return own[0]
                result = function(first, second)
        except Exception as error:
            args = (first,) if second is _NOTHING else (first, second)
            if (own := guard.late(error, args, kwargs)) is not None:
                return own[0]
            blame = guard.blamed(error, args, kwargs)
            if blame is None:
                raise
            raise blame from None
        if result is NotImplemented:
            raise guard.refused((first, second), kwargs)
        return result

    def at_length(args, kwargs):
        nonlocal spelled
        if _short(args, kwargs) not in met and (own := guard.meet(args, kwargs)) is not None:
            return own[0]
        if unnamed and (len(args), *kwargs) in unnamed:
            args, kwargs = by_place(kind, word, args, kwargs) or (args, kwargs)
        if spelled is None:
            spelled = function if spell is None else spell(function, word)
        try:
            result = (spelled if kwargs else function)(*args, **kwargs)
        except Exception as error:
            if (own := guard.late(error, args, kwargs)) is not None:
                return own[0]
            if (again := guard.otherwise(error, args, kwargs)) is not None:
                return at_length(*again)
            blame = guard.blamed(error, args, kwargs)
            if blame is None:
                raise
            raise blame from None
        if result is NotImplemented:
            raise guard.refused(args, kwargs)
        return result

    return call


def _guarded_method(guard: _Guard, function):
    kind, word, met, bare, unnamed = guard.kind, guard.word, guard.met, guard.bare, guard.unnamed

    def method(self, /, *others, **kwargs):
        try:
            if kwargs or len(others) > 1:
                if (_short(others, kwargs) if kwargs else tuple(map(type, others))) not in met:
                    if (own := guard.meet(others, kwargs, self)) is not None:
                        return own[0]
                if unnamed and (len(others), *kwargs) in unnamed:
                    others, kwargs = by_place(kind, word, others, kwargs) or (others, kwargs)
                result = function(self, *others, **kwargs)
            elif others:
                if type(others[0]) not in met and (own := guard.meet(others, kwargs, self)) is not None:
                    return own[0]
                result = function(self, others[0])
            else:
                if not bare and (own := guard.meet(others, kwargs, self)) is not None:
                    return own[0]
                result = function(self)
        except Exception as error:
            if (again := guard.otherwise(error, others, kwargs)) is not None:
                return method(self, *again[0], **again[1])
            blame = guard.blamed(error, others, kwargs)
            if blame is None:
                raise
            raise blame from None
        if result is NotImplemented:
            raise guard.refused(others, kwargs)
        return result

    return method


def _short(args: tuple, kwargs: dict) -> tuple:
    return (*map(type, args), *kwargs, *map(type, kwargs.values()))
