"""The user's function run again by PyTorch: the same source, with PyTorch's names where ours were.

A function written for ``import autograd_lab as torch`` is a function for PyTorch, so it is not imitated here but moved: its
code object gets globals in which our modules, words, dtypes, layers and tensors are PyTorch's. What it calls of the user's
moves with it, functions, classes and objects. Nothing of ours is left inside, so PyTorch's whole answer is independent.
"""

from __future__ import annotations

import dis
import functools
import importlib
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core import Tensor, dtypes, scopes
from ..core.dtypes import DIFFERENTIABLE
from ..core.node import AccumulateGrad
from ..nn.modules.hooks import Everywhere
from .again import Unable
from .arguments import Constant, Slot
from .compare import far_apart
from .lower import wide
from .numeric import BESIDE
from .observed import Observed
from .subject import Subject, weights

MISSING = 'torch is not installed (pip install "autograd-lab[torch]")'
_OURS = __name__.partition(".")[0]
_KEPT = """_parameters _buffers _modules _forward_hooks _forward_hooks_with_kwargs _forward_hooks_always_called _forward_pre_hooks
           _forward_pre_hooks_with_kwargs""".split()  # of a layer: backward's hooks are no matter, for what has some is skipped
_PLACES = (
    "",
    ".nn",
    ".nn.functional",
    ".nn.init",
    ".nn.modules.linear",
    ".linalg",
    ".special",
    ".fft",
    ".func",
    ".autograd",
    ".optim",
    ".nn.utils",
    ".nn.utils.parametrize",
    ".utils.checkpoint",
)
_ELSEWHERE = (  # classes that are private, or in a module of another name: (name, our module, PyTorch's)
    ("_WeightNorm", "parametrizations", "parametrizations"),
    ("_SpectralNorm", "parametrizations", "parametrizations"),
    ("_Orthogonal", "orthogonality", "parametrizations"),
    ("WeightNorm", "reparametrise", "weight_norm"),
    ("SpectralNorm", "reparametrise", "spectral_norm"),
)


def torch_is_missing() -> str:
    """Why PyTorch cannot be used; empty when it can."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return MISSING
    return ""


def gradients(subject: Subject, leaf_values: Sequence, cotangents: Sequence) -> tuple[list, list]:
    """(values, gradients of the leaves) of ``subject``'s function at ``leaf_values`` under PyTorch, as NumPy arrays.

    What it takes from outside is widened where PyTorch refuses it beside the leaves, as for `subject.of_function`. Raises
    Unable when something has no counterpart in PyTorch, and whatever the function itself raises.
    """
    try:
        return _gradients(subject, leaf_values, cotangents, widened=False)
    except RuntimeError as error:
        if any(v.dtype.itemsize < 8 for v in map(np.asarray, leaf_values) if v.dtype.kind in DIFFERENTIABLE):
            raise
        try:
            return _gradients(subject, leaf_values, cotangents, widened=True)
        except RuntimeError:
            raise error from None


def _gradients(subject: Subject, leaf_values: Sequence, cotangents: Sequence, widened: bool) -> tuple[list, list]:
    import torch

    assert subject.arguments is not None
    leaves = [_theirs(a).requires_grad_() for a in leaf_values]
    own = len(leaves) - len(subject.captured)
    move = Move(dict(zip(subject.captured, leaves[own:])), leaves, widened)
    with subject.around():
        default, function, args = dtypes.default.name, move(subject.function), move(subject.arguments.args)
    with warnings.catch_warnings(), torch.enable_grad(), _made_in(default):
        warnings.simplefilter("ignore")  # what PyTorch has to say of the function, it says when the user runs it there
        every = [t for t in _tensors_in(function(*args)) if t is not None]
        outputs = [t for i, t in enumerate(every) if i in subject.chosen]
        if not all(t.requires_grad for t in outputs):
            raise Unable("its result does not depend on the leaves there")
        seeds = [_theirs(c).to(o.dtype).reshape(o.shape) for c, o in zip(cotangents, outputs)]
        found = torch.autograd.grad(outputs, leaves, seeds, allow_unused=True)
    return [*map(_array, outputs)], [np.zeros(np.shape(a)) if g is None else _array(g) for g, a in zip(found, leaf_values)]


@contextmanager
def _made_in(name: str) -> Iterator[None]:
    """Inside the block PyTorch makes tensors of the dtype called ``name`` unless told otherwise."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, name))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _theirs(array):
    """A tensor of PyTorch's with the values of ``array``, bfloat16 too, which it takes from no array."""
    import torch

    array = np.array(array)
    return torch.from_numpy(array) if array.dtype.kind != "V" else torch.from_numpy(array.astype(np.float32)).bfloat16()


def _array(tensor) -> np.ndarray:
    """What a tensor of PyTorch's holds; of bfloat16 in float32, where each of its numbers is one."""
    import torch

    tensor = tensor.detach().resolve_conj().resolve_neg()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


def _tensors_in(result):
    if isinstance(result, (list, tuple)):
        for part in result:
            yield from _tensors_in(part)
    elif isinstance(result, dict):
        for part in result.values():
            yield from _tensors_in(part)
    else:
        yield result


@functools.cache
def _words() -> dict[int, object]:
    """id of a word of ours -> PyTorch's word of the same name in the same place."""
    import torch

    found: dict[int, object] = {id(Tensor): torch.Tensor}
    for place in _PLACES:
        try:
            ours, theirs = importlib.import_module(_OURS + place), importlib.import_module("torch" + place)
        except ImportError:
            continue
        for name in dir(ours):
            word = getattr(ours, name, None)
            if name.startswith("_") or not hasattr(theirs, name):
                continue
            if callable(word) or type(word).__module__.startswith(_OURS):  # not inf and pi, which are plain numbers
                found.setdefault(id(word), getattr(theirs, name))
                _kept.append(word)
    for name, ours, theirs in _ELSEWHERE:
        word = getattr(importlib.import_module(f"{_OURS}.nn.utils.{ours}"), name)
        found[id(word)] = getattr(importlib.import_module(f"torch.nn.utils.{theirs}"), name)
    return found


_kept: list = []  # what _words knows by id stays alive


class Move:
    """Make of anything what it would be under PyTorch.

    ``captured``: sink of a captured tensor -> PyTorch's leaf in its place; ``leaves``: what goes where an argument has a Slot;
    ``widened``: whether tensors from outside are in double precision.
    """

    def __init__(self, captured: dict[AccumulateGrad, object], leaves: Sequence, widened: bool):
        self.captured, self.leaves, self.words, self.widened = captured, leaves, _words(), widened
        self.known: dict[int, tuple] = {}  # id -> (the thing, kept alive, what it became)
        self.globals: dict[int, dict] = {}
        self.unfinished: dict[type, list] = {}  # a class being rebuilt -> the cells of its methods that must hold it

    def __call__(self, value: Any) -> Any:
        if id(value) in self.words:
            return self.words[id(value)]
        if id(value) in self.known:
            return self.known[id(value)][1]
        for kinds, move in self._moves:
            if isinstance(value, kinds):
                return move(self, value)
        if isinstance(value, type):
            return self._class(value) if _is_the_users(value) or _is_ours(value) else value
        if _is_ours(type(value)) and "__wrapped__" in vars(value):  # a compiled function, by PyTorch's own words
            return self(value.__wrapped__)
        if _is_ours(type(value)) and not hasattr(value, "_parameters") and not hasattr(value, "compute_weight"):
            raise Unable(f"PyTorch has no counterpart of this {type(value).__name__}")
        if hasattr(value, "__dict__") and (_is_the_users(type(value)) or _is_ours(type(value))):
            return self._object(value)
        return value

    def _remember(self, value, moved):
        self.known[id(value)] = value, moved
        return moved

    def _module(self, module):
        name = module.__name__
        if name.partition(".")[0] != _OURS:
            return module
        try:
            return importlib.import_module("torch" + name[len(_OURS) :])
        except ImportError:
            raise Unable(f"PyTorch has no module {name}") from None

    def _tensor(self, tensor):
        point = tensor._current()
        if point in self.captured:
            return self.captured[point]
        if point is not None and type(point) is not AccumulateGrad:
            raise Unable("it uses a result that was computed outside of it")
        return self._remember(tensor, _theirs(wide(tensor._array) if self.widened else tensor._array))

    def _constant(self, constant):
        return _theirs(constant.array)

    def _function(self, function):
        if hasattr(function, "of"):
            return _gradient_of(self(function.of))
        if _is_ours(function):
            raise Unable(f"PyTorch has no {function.__name__}")
        scope = self.globals.setdefault(id(function.__globals__), dict(function.__globals__))
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        moved = types.FunctionType(function.__code__, scope, function.__name__, None, cells)
        self._remember(function, moved)
        for name in _globals_of(function.__code__):
            if name in function.__globals__:
                scope[name] = self(function.__globals__[name])
        for cell, old in zip(cells, function.__closure__ or ()):
            self._fill(cell, old)
        moved.__defaults__, moved.__kwdefaults__ = self(function.__defaults__), self(function.__kwdefaults__)
        return moved

    def _fill(self, cell, old):
        try:
            held = old.cell_contents
        except ValueError:  # not assigned yet
            return
        if isinstance(held, type) and held in self.unfinished:
            self.unfinished[held].append(cell)
        else:
            cell.cell_contents = self(held)

    def _class(self, cls):
        if _is_ours(cls):
            raise Unable(f"PyTorch has no {cls.__name__}")
        cells = self.unfinished[cls] = []
        bases: tuple[type, ...] = tuple(map(self, cls.__bases__))
        body = {
            name: self._member(value)
            for name, value in vars(cls).items()
            if name not in ("__dict__", "__weakref__", "_node_type", "__classcell__")
        }
        moved = self._remember(cls, type(bases[0])(cls.__name__, bases, body))
        for cell in cells:
            cell.cell_contents = moved
        del self.unfinished[cls]
        return moved

    def _member(self, value):
        if isinstance(value, (staticmethod, classmethod)):
            return type(value)(self(value.__func__))
        if isinstance(value, property):
            return property(*(f and self(f) for f in (value.fget, value.fset, value.fdel)))
        return self(value)

    def _object(self, value):
        plain = getattr(type(value), "_unparametrized", None)  # of a parametrised layer: the class it had before
        kind = self(plain or type(value))
        moved = self._remember(value, kind.__new__(kind))
        if hasattr(value, "_parameters"):  # a layer: PyTorch's own machinery, the user's attributes
            import torch

            if Everywhere.before or Everywhere.after:
                raise Unable("hooks of all modules are set, which PyTorch does not have")
            torch.nn.Module.__init__(moved)
            for place in _KEPT:
                moved.__dict__[place].update({name: self(x) for name, x in value.__dict__[place].items()})
            attributes = {
                name: x.detach() if isinstance(x, Tensor) else x  # a result that it keeps, it makes anew
                for name, x in vars(value).items()
                if not name.startswith("_") or (type(x) in (bool, int, str) and name not in vars(moved))
            }
        else:
            attributes = vars(value)
        moved.__dict__.update({name: self(x) for name, x in attributes.items()})
        if hasattr(moved, "_init_flat_weights"):  # a recurrent layer keeps its weights a second time, in their order
            moved._flat_weights_names = list(moved._parameters)
            moved._init_flat_weights()
        _told_as_there(moved, bool(plain))
        return moved

    def _sequence(self, values):
        if hasattr(values, "_fields"):
            return type(values)(*map(self, values))
        return type(values)(map(self, values)) if type(values) in (list, tuple, set, frozenset) else values

    def _mapping(self, values):
        return type(values)((key, self(value)) for key, value in values.items()) if type(values) is dict else values

    _moves: Sequence = (
        (Slot, lambda self, slot: self.leaves[slot.index]),
        (Constant, _constant),
        (types.ModuleType, _module),
        (Tensor, _tensor),
        (types.FunctionType, _function),
        (types.MethodType, lambda self, method: getattr(self(method.__self__), method.__name__)),
        (functools.partial, lambda self, p: functools.partial(self(p.func), *self(p.args), **self(p.keywords))),
        ((list, tuple, set, frozenset), _sequence),
        (dict, _mapping),
    )


def _told_as_there(moved, parametrised: bool) -> None:
    """What layers whose weights are made of others keep in another form there."""
    import torch

    ready, parametrize = torch.nn.utils.parametrizations, torch.nn.utils.parametrize
    if type(moved).__name__ in ("_WeightNorm", "WeightNorm") and moved.dim is None:
        moved.dim = -1
    if isinstance(moved, ready._Orthogonal):
        moved.orthogonal_map = ready._OrthMaps[moved.orthogonal_map]
    if parametrised:
        parametrize._inject_new_class(moved)
        for name in moved.parametrizations:
            parametrize._inject_property(moved, name)


def _gradient_of(function):
    """What subject.gradient_of makes of a function, by PyTorch."""
    import torch

    def gradient(*args):
        tensors = [t for t in _tensors_in(args) if isinstance(t, torch.Tensor) and t.requires_grad]
        outputs = [t for t in _tensors_in(function(*args)) if t.requires_grad]
        seeds = [torch.from_numpy(w).to(t.dtype) for w, t in zip(weights([t.shape for t in outputs]), outputs)]
        found = torch.autograd.grad(outputs, tensors, seeds, create_graph=True, allow_unused=True)
        return [g for g in found if g is not None and g.requires_grad]

    return gradient


def _globals_of(code) -> set[str]:
    """The global names that a function, and the functions written inside it, look up."""
    found = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return found.union(*(_globals_of(c) for c in code.co_consts if isinstance(c, types.CodeType)))


def _is_ours(thing) -> bool:
    code = getattr(thing, "__code__", None)
    return scopes.is_ours(code) if code is not None else getattr(thing, "__module__", "").partition(".")[0] == _OURS


def _is_the_users(cls) -> bool:
    """Whether a class was written by the user, not by a library."""
    name = cls.__module__.partition(".")[0]
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
    return name not in sys.stdlib_module_names - {"__main__"} and "site-packages" not in file


def agrees_beside(subject: Subject, seen: Observed, cotangents, eps: float, factor: float) -> bool:
    """Whether the function has a kink here, and PyTorch's gradients are ours at three points near it."""
    seed = np.random.default_rng(3)
    own = len(subject.values) - len(subject.captured)

    def moved(by):
        return [v + by * seed.standard_normal(np.shape(v)) if i < own else v for i, v in enumerate(subject.values)]

    def same(ours, theirs):
        return all(far_apart(x, w, eps, factor)[0] <= factor for x, w in zip(ours, theirs))

    try:
        if all(same(subject.gradients_at(moved(64 * eps)), seen.leaf_gradients) for _ in range(3)):
            return False  # smooth here
        near = [moved(BESIDE) for _ in range(3)]
        return all(same(subject.gradients_at(v), gradients(subject, v, cotangents)[1]) for v in near)
    except Exception:  # (the function may refuse other values)
        return False
