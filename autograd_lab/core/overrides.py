"""Arguments that bring their own meaning of an operation, by ``__torch_function__``: subclasses of Tensor, and what is like one.

A class that a user derives from Tensor is given, when it is made, methods that ask its ``__torch_function__`` first; a function
asks when it meets a kind of argument that it has not met before (guarded.py). So tensors that are just tensors pay nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from contextvars import ContextVar

from .exchange import Exchange
from .primitive import PRIMITIVES, RUNTIME
from .tensor import Tensor, wrap

_HERE = __name__.partition(".")[0]
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)  # inside of DisableTorchFunctionSubclass
_asking: set[type] = set()  # subclasses of Tensor that are to be asked
MET: list[set] = []  # the kinds of arguments that each guarded word has met and does not ask about again
ASIDE: dict[int, set] = {}  # the same, by the ids of those sets, while a mode is entered and they are empty
_switches: list[Callable[[bool], None]] = []  # to be told when a mode is entered, and when there is none any more
MODES: ContextVar[tuple] = ContextVar("modes", default=())  # those that are entered, innermost last (modes.py)

# the word that PyTorch names for an operator, where it is not the operator's own
SPOKEN = {
    "__add__": "add", "__radd__": "add", "__sub__": "sub", "__mul__": "mul", "__rmul__": "mul", "__truediv__": "div", "__div__": "div",
    "__rtruediv__": "__rdiv__", "__mod__": "remainder", "__pow__": "pow", "__matmul__": "matmul", "__neg__": "neg",
    "__pos__": "positive", "__abs__": "abs", "__ne__": "ne", "__lt__": "lt", "__gt__": "gt", "__le__": "le",
    "__ge__": "ge", "__rand__": "bitwise_and", "__ror__": "bitwise_or", "__rxor__": "bitwise_xor", "__iadd__": "add_",
    "__isub__": "sub_", "__imul__": "mul_", "__itruediv__": "div_", "__ipow__": "pow_", "__imod__": "remainder_",
    "__ifloordiv__": "floor_divide_", "__imatmul__": "matmul",
}  # fmt: skip
_OF_OTHERS = {"__eq__": "eq"}  # where it is not a subclass that is asked
_LEFT = {
    "__radd__": "add",
    "__rmul__": "mul",
    "__rsub__": "sub",
    "__rtruediv__": "div",
    "__rpow__": "pow",
    "__rmatmul__": "matmul",
}
_SIGNS = {"add": "+", "mul": "*", "sub": "-", "div": "/", "pow": "**", "matmul": "@"}
_DUNDERS = """__and__ __or__ __xor__ __invert__ __len__ __float__ __int__ __bool__ __complex__ __index__ __contains__ __getitem__
              __setitem__ __eq__ __repr__ __format__ __floordiv__ __rfloordiv__ __rmod__ __lshift__ __rlshift__ __rshift__
              __rrshift__ __iand__ __ior__ __ixor__ __ilshift__ __irshift__ __array__ __deepcopy__ __reduce_ex__""".split()  # fmt: skip
_OF_TWO = frozenset(
    """__add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ __truediv__ __rtruediv__ __itruediv__
    __mod__ __rmod__ __imod__ __pow__ __rpow__ __ipow__ __matmul__ __rmatmul__ __imatmul__ __floordiv__ __rfloordiv__ __ifloordiv__
    __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __and__ __or__ __xor__""".split()
)  # operators to which a TypeError means: ask the other
_OF_DATA = {"tensor", "as_tensor", "from_numpy"}  # functions that take no tensors, so none is asked
# of nn.functional those whose arguments PyTorch parses in C++, and those that it writes as (*args, **kwargs)
_PARSED = frozenset("""
    adaptive_avg_pool1d avg_pool1d avg_pool2d avg_pool3d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d
    conv_transpose2d conv_transpose3d cosine_similarity elu_ gelu hardshrink hardtanh_ leaky_relu_ linear logsigmoid
    native_channel_shuffle one_hot pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu relu_ rrelu_
    scaled_dot_product_attention selu_ softplus softshrink threshold_ adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
    fractional_max_pool2d fractional_max_pool3d max_pool1d max_pool2d max_pool3d""".split())  # fmt: skip
_IN_PYTHON = frozenset("""__len__ __rpow__ __rdiv__ __rsub__ __floordiv__ __rfloordiv__ __rmod__ __rlshift__ __rrshift__ __contains__
    __array__ __deepcopy__ __reduce_ex__ __format__ register_hook register_post_accumulate_grad_hook einsum""".split())  # fmt: skip
_OF_TENSORS_BY_NAME = ("backward", "norm")  # methods that are Python in PyTorch too
_UNASKED = {"as_subclass", "wrap", "home", "retain_grad"}


class DisableTorchFunctionSubclass:
    """Inside the block subclasses are not asked: operations are what they are of plain tensors."""

    def __enter__(self):
        self._before = _quiet.set(True)

    def __exit__(self, *exc):
        _quiet.reset(self._before)


def disabled(cls, func, types, args=(), kwargs=None):
    """The ``__torch_function__`` of a class whose tensors are nothing special: results are plain tensors."""
    with DisableTorchFunctionSubclass():
        return func(*args, **(kwargs or {}))


def _converting(cls, func, types, args=(), kwargs=None):
    """What ``func`` gives, its tensors as ones of this class; what a subclass is asked unless it says otherwise."""
    if not all(issubclass(cls, kind) for kind in types):
        return NotImplemented
    with DisableTorchFunctionSubclass():
        result = func(*args, **(kwargs or {}))
        return result if func in _AS_IT_IS else _converted(result, cls)


def _converted(result, cls):
    if cls is Tensor:
        return result
    if isinstance(result, Tensor) and not isinstance(result, cls):
        return result.as_subclass(cls)
    if type(result) in (tuple, list):
        return type(result)(_converted(each, cls) for each in result)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*(_converted(each, cls) for each in result))
    return result


def as_subclass(x: Tensor, cls: type):
    """x as a tensor of ``cls``, over the same memory; recorded."""
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        told = "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible."
        raise TypeError(f"{told} Make sure your class inherits from Tensor.")
    with DisableTorchFunctionSubclass():
        return _of_class(cls, PRIMITIVES["alias"].call(x))


def make_subclass(cls: type, data: Tensor, require_grad: bool = False):
    """A leaf of ``cls`` over the memory of ``data``."""
    with DisableTorchFunctionSubclass():
        made = _of_class(cls, wrap(data._materialise()))
        return made.requires_grad_() if require_grad else made


def _of_class(cls: type, x: Tensor):
    made = object.__new__(cls)
    made._array, made._node, made._counter, made._more = x._array, x._node, x._counter, x._more
    return made


# ---------------------------------------------------------------------- who is asked


def is_tensor_like(inp) -> bool:
    """Whether ``inp`` is a Tensor, or has a ``__torch_function__``."""
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def is_anyone_asked() -> bool:
    """Whether there is a subclass of Tensor that is asked."""
    return bool(_asking)


def _is_asked(kind: type) -> bool:
    return kind in _asking if issubclass(kind, Tensor) else hasattr(kind, "__torch_function__") and kind is not type


def overloaded(arguments: Iterable, plain: bool = False) -> list:
    """One argument of each type that is to be asked, subclasses before what they derive from; those in lists count.

    ``plain``: and one that is just a tensor.
    """
    found: list = []
    for argument in arguments:
        if type(argument) in (list, tuple):
            for each in overloaded(argument, plain):
                _insert(found, each)
        elif _is_asked(type(argument)) or (plain and type(argument) is Tensor):
            _insert(found, argument)
    return found


def _insert(found: list, argument) -> None:
    kind = type(argument)
    if kind not in map(type, found):
        place = next((i for i, other in enumerate(found) if issubclass(kind, type(other))), len(found))
        found.insert(place, argument)


def has_torch_function(relevant_args) -> bool:
    """Whether one of the arguments, or a mode that is entered, is to be asked for its own meaning of an operation."""
    return bool(MODES.get()) or (not _quiet.get() and bool(overloaded(relevant_args)))


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    """What the first ``__torch_function__`` answers that does not pass, a plain tensor's among them; TypeError if all pass."""
    return handled(public_api, relevant_args, args, kwargs, plain=True)


def handled(public_api, relevant_args, args, kwargs, plain=False):
    """``handle_torch_function``; without ``plain`` tensors that are just tensors are not asked."""
    asked = overloaded(relevant_args, plain)
    if (answer := _first_answer(public_api, asked, args, kwargs)) is not NotImplemented:
        return answer
    module = "torch" if public_api.__module__.startswith(__package__) else public_api.__module__
    raise _nobody(f"{module}.{public_api.__name__}".replace(_HERE, "torch"), asked)


def _nobody(name: str, asked: list) -> TypeError:
    kinds = [type(argument) for argument in asked]
    mode = f" nor in mode {MODES.get()[-1]}" if MODES.get() else ""
    return TypeError(f"no implementation found for '{name}' on types that implement __torch_function__: {kinds}{mode}")


def _first_answer(function, asked: list, args, kwargs):
    types = tuple(map(type, asked))
    if modes := MODES.get():
        outer = MODES.set(modes[:-1])  # what the mode calls is seen by those outside it
        try:
            answer = modes[-1].__torch_function__(function, types, args, kwargs)
        finally:
            MODES.reset(outer)
        if answer is not NotImplemented:
            return answer
    for argument in asked:
        answer = type(argument).__torch_function__(function, types, args, kwargs)
        if answer is not NotImplemented:
            return answer
    return NotImplemented


def asked_first(function, args: tuple, kwargs: dict, asked: list):
    """What one of ``asked`` answers to a word whose arguments PyTorch parses itself; TypeError if all pass."""
    args, kwargs, in_python = _as_handed_on(function, args, kwargs)
    if in_python and not _quiet.get():  # there plain tensors count too
        asked = overloaded((*args, *kwargs.values()), plain=True)
    answer = _first_answer(function, asked, args, kwargs)
    if answer is NotImplemented and in_python and (function.__module__ or "").startswith(_HERE + ".nn"):
        raise _nobody(f"torch.nn.functional.{function.__name__}", asked)
    if answer is NotImplemented:
        name = function.__name__ if getattr(Tensor, function.__name__, None) is not function else f"Tensor.{function.__name__}"
        kinds = f"  - mode object {MODES.get()[-1]}\n" if MODES.get() else ""
        kinds += "".join(f"  - tensor subclass {type(argument)}\n" for argument in asked)
        raise TypeError(
            f"Multiple dispatch failed for 'torch.{name}'; all __torch_function__ handlers returned NotImplemented:\n\n{kinds}"
        )
    return answer


def _as_handed_on(function, args: tuple, kwargs: dict):
    """What a word's ``__torch_function__`` is given of its arguments: of PyTorch's own in Python what has a default goes by name,
    of the others what the caller wrote, None for no names at all. And whether it is one of those in Python."""
    name, home = function.__name__, function.__module__ or ""
    if home == _HERE + ".nn.init":
        (bound := inspect.signature(function).bind(*args, **kwargs)).apply_defaults()
        return (), bound.arguments, True
    written = name in _PARSED or not home.endswith(("nn.functional", "core.differentiate"))
    if written and not (name in _OF_TENSORS_BY_NAME and function is getattr(Tensor, name, None)):
        return (args, kwargs, True) if name in _IN_PYTHON else (args, kwargs or None, False)
    signature = inspect.signature(function)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:  # for the word itself to say
        return args, kwargs or None, False
    bound.apply_defaults()
    by_name = {p.name for p in signature.parameters.values() if p.default is not p.empty}
    given = bound.arguments.items()
    return tuple(value for key, value in given if key not in by_name), {k: value for k, value in given if k in by_name}, True


def answered(function, args: tuple, kwargs: dict):
    """Whether some argument or a mode is to be asked, and if so (what it answers,): None, or a tuple of one."""
    asked = [] if _quiet.get() else overloaded((*args, *kwargs.values()))
    if function.__name__ == "from_numpy" or (not MODES.get() and (not asked or function.__name__ in _OF_DATA)):
        return None
    try:
        return (asked_first(function, args, kwargs, asked),)
    except Exception as error:
        error.__torch_function__ = True  # type: ignore[attr-defined]
        raise


def of_operator(name: str, *operands):
    """What an operand that is asked answers to the operator of that name; NotImplemented if none does, or it says TypeError."""
    try:
        own = answered(getattr(Tensor, (SPOKEN | _OF_OTHERS).get(name, name)), operands, {})
    except TypeError:
        return NotImplemented
    return NotImplemented if own is None else own[0]


def is_own(error) -> bool:
    """Whether ``error`` came out of a ``__torch_function__``, or says that all passed."""
    return hasattr(error, "__torch_function__")


# ---------------------------------------------------------------------- a subclass that a user makes


_words_of_modules: list[tuple[dict, list[str]]] = []


def ask_first(namespace: dict, names: Iterable[str]) -> None:
    """Let the functions ``names`` of a module ask their arguments first, from when there is a subclass of Tensor that is asked."""
    _words_of_modules.append((namespace, list(names)))
    if _asking:
        _intercept()


def while_a_mode_is_entered(switch: Callable[[bool], None]) -> None:
    """``switch(True)`` when a mode is entered, ``switch(False)`` when none is any more: for words that are to ask meanwhile."""
    _switches.append(switch)
    if ASIDE:
        switch(True)


def tell_of_modes(entered: bool) -> None:
    """A first mode is entered, or the last one left."""
    for switch in _switches:
        switch(entered)


def exchanged(namespace: dict, names: Iterable[str]) -> None:
    """Let functions of a module that ask nobody be exchanged, while a mode is entered, for ones that do."""
    own = {name: namespace[name] for name in names}
    while_a_mode_is_entered(lambda on: namespace.update({name: _function(word) if on else word for name, word in own.items()}))


def _intercept() -> None:
    while _words_of_modules:
        namespace, names = _words_of_modules.pop()
        namespace.update((name, _function(namespace[name])) for name in names)


def _function(own):
    @functools.wraps(own)
    def function(*args, **kwargs):
        if (answer := answered(function, args, kwargs)) is not None:
            return answer[0]
        return own(*args, **kwargs)

    return function


def _begun(cls, **options) -> None:
    """A class derived from Tensor: unless it is this package's, or asks for nothing, its words ask it first."""
    super(Tensor, cls).__init_subclass__(**options)
    if cls.__module__.partition(".")[0] == _HERE or cls.__torch_function__.__func__ is disabled:
        return
    if not _asking:  # from now on what is in a list counts
        for met in MET:
            met.difference_update(
                [kinds for kinds in met if not {list, tuple}.isdisjoint(kinds if type(kinds) is tuple else (kinds,))]
            )
    _asking.add(cls)
    _intercept()
    if any(base in _asking for base in cls.__mro__[1:]):
        return  # it inherits them
    for name, word in words():
        if name not in cls.__dict__:
            setattr(cls, name, word)


@functools.cache
def words() -> tuple[tuple[str, object], ...]:
    """(name, the word that asks first) of all that Tensor has."""
    found = {}
    for name, value in (vars(Exchange) | vars(Tensor)).items():
        if name in _DUNDERS or name in SPOKEN or name in _LEFT or (name[0] != "_" and name not in _UNASKED):
            found[name] = _property(value) if isinstance(value, property) else _method(name)
    return tuple(found.items())


def _property(own: property) -> property:
    def get(self):
        if _quiet.get():
            return own.__get__(self)
        return handled(own.__get__, (self,), (self,), None)

    def put(self, value):
        if _quiet.get():
            return own.__set__(self, value)
        return handled(own.__set__, (self, value), (self, value), None)

    return property(get, put, own.fdel, own.__doc__)


def asked_of(name: str, x, args: tuple, kwargs: dict):
    """What the method or operator ``name`` of x comes to where somebody is asked; of two operands Python asks the other after this."""
    word, given = getattr(Tensor, SPOKEN.get(name, name)), (x, *args)
    if name in _LEFT and isinstance(args[0], Tensor):  # Python asks a subclass first, on either side
        word, given = getattr(Tensor, _LEFT[name]), (args[0], x)
    try:
        return asked_first(word, given, kwargs, [] if _quiet.get() else overloaded((*given, *kwargs.values())))
    except TypeError:
        if name in _LEFT and isinstance(args[0], Tensor):
            kinds = f"'{type(given[0]).__name__}' and '{type(x).__name__}'"  # the other is just a tensor, and would not ask
            raise TypeError(f"unsupported operand type(s) for {_SIGNS[_LEFT[name]]}: {kinds}") from None
        if name in _OF_TWO:
            return NotImplemented
        raise


def _method(name: str):
    def method(self, *args, **kwargs):
        if _quiet.get():
            return getattr(Tensor, name)(self, *args, **kwargs)
        return asked_of(name, self, args, kwargs)

    method.__name__ = method.__qualname__ = name
    return method


RUNTIME["of_operator"] = of_operator
_AS_IT_IS = [Tensor._base.__get__, Tensor.grad.__get__]
Tensor.__torch_function__ = classmethod(_converting)
Tensor.__init_subclass__ = classmethod(_begun)
Tensor.as_subclass = as_subclass
Tensor._make_subclass = staticmethod(make_subclass)
