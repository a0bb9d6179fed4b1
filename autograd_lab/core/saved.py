"""What a node keeps, under the user's control: hooks that pack it when it is saved and unpack it when a rule wants it.

Without hooks nothing here runs. While hooks are open, every operation is announced (births.py), so a finished node can have
its saved values replaced by ``Packed`` ones; the node then becomes a node of a subclass that unpacks. The generated code, in
which a saved value is read without a test, knows nothing of it.
"""

from __future__ import annotations

import functools
from _thread import allocate_lock
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar

from . import births, errors, grad_mode
from .namespaces import NUMPY, TENSORS, sum_to
from .node import FREED, Node, Output
from .tensor import Tensor, wrap

_open: ContextVar[tuple] = ContextVar("saved_tensors_hooks", default=())
_refusal: ContextVar[str | None] = ContextVar("no_saved_tensors_hooks", default=None)
_users, _lock = 0, allocate_lock()  # how many blocks are open in all threads: operations are announced while any is


class Packed:
    """What a pack hook made of a saved tensor, and how to get the tensor back."""

    __slots__ = ("held", "point", "unpack")

    def __init__(self, tensor: Tensor, pack: Callable, unpack: Callable, point):
        before = tensor._counter[0] if type(tensor._counter) is list else 0
        with grad_mode.no_grad():
            held = pack(tensor)
        if (tensor._counter[0] if type(tensor._counter) is list else 0) != before:
            raise RuntimeError(errors.PACK_IN_PLACE)
        if held is tensor:  # kept outside the graph, or a node would own the tensor that owns the node
            held = wrap(tensor._array, None, tensor._counter)
        self.held, self.point, self.unpack = held, point, unpack

    def restore(self, point, as_tensor: bool):
        """The value for a rule: an array, or a tensor at its place in the graph."""
        tensor = self.unpack(self.held)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(tensor).__name__}"
            )
        return wrap(tensor._array, self.point or point, tensor._counter) if as_tensor else tensor._array


# ---------------------------------------------------------------------- nodes whose saved values are packed


class _Unpacking:
    """Mixed into a node's class: rules are run on unpacked values, one by one instead of by generated code."""

    __slots__ = ()

    def apply(self, g, keep):
        return self._apply(NUMPY, g, keep, False)

    def apply_tensors(self, g, keep):
        return self._apply(TENSORS, g, keep, True)

    def visit(self, g, keep, grads):
        _send(self.edges, self.apply(g, keep), grads)

    def visit_tensors(self, g, keep, grads):
        _send(self.edges, self.apply_tensors(g, keep), grads)

    def _apply(self, xp, g, keep, as_tensor):
        op = self.primitive
        saved = {name: op.unsave(self, name, as_tensor) for name in op.saves}
        wanted = zip(op.inputs, self.edges)
        grads = [op.rules[i](xp, g, saved) if point is not None and i in op.rules else None for i, point in wanted]
        if not keep:
            self.release()
        fit = self.fit if op.elementwise and len(op.inputs) == 2 else None
        if fit is not None:
            grads = [x if x is None else xp.cast(sum_to(xp, x, shape), dtype) for x, (shape, dtype) in zip(grads, fit)]
        return tuple(grads)


def _send(edges, sent, grads):
    for point, grad in zip(edges, sent):
        if point is not None and grad is not None:
            grads[point] = grads[point] + grad if point in grads else grad


@functools.cache
def _unpacking(cls):
    made = type(cls.__name__, (_Unpacking, cls), {"__slots__": ()})
    made.__module__ = cls.__module__
    return made


def pack_value(node, name: str, pack: Callable, unpack: Callable) -> None:
    """Replace what ``node`` saved under ``name`` by what ``pack`` makes of it. Constants are left alone, as in PyTorch."""
    if hasattr(node, "values"):  # several.py
        value = node.values[name]
        if name == "out":
            outs = value if isinstance(value, tuple) else (value,)
            points = [node if node.outputs == 1 else Output(node, i, v) for i, v in enumerate(outs)]
            packed = tuple(Packed(wrap(v, p), pack, unpack, None) for v, p in zip(outs, points))
            node.values[name] = packed if isinstance(value, tuple) else packed[0]
        elif isinstance(value, Tensor):
            node.values[name] = Packed(value, pack, unpack, value._node)
        elif isinstance(value, (tuple, list)):  # of an operation on a list; constants among them are arrays
            node.values[name] = [Packed(t, pack, unpack, t._node) if isinstance(t, Tensor) else t for t in value]
        return
    value = getattr(node, name)
    if name == "out":
        setattr(node, name, Packed(wrap(value, node, node.counter), pack, unpack, None))
    elif isinstance(value, Tensor):
        setattr(node, name, Packed(value, pack, unpack, value._node))
    else:
        return
    unpacking(node)


def unpacking(node) -> None:
    """Make ``node`` one that unpacks what it saved."""
    if not isinstance(node, _Unpacking):
        node.__class__ = _unpacking(type(node))


def current() -> tuple[Callable, Callable] | None:
    """The innermost open pair of hooks."""
    pairs = _open.get()
    return pairs[-1] if pairs else None


def _announced(op, inputs, params, out, node):
    hooks = current()
    if node is not None and hooks is not None and not isinstance(op, type):  # a Function packs for itself
        for name in op.holds:
            pack_value(node, name, *hooks)


# ---------------------------------------------------------------------- what users open


class saved_tensors_hooks:
    """Inside the block ``pack(tensor)`` says what is kept of each saved tensor, ``unpack`` makes the tensor of it again.

    ``pack`` is called once per saved value when an operation is recorded, ``unpack`` each time a rule reads it.
    """

    def __init__(self, pack_hook: Callable, unpack_hook: Callable):
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook
        self._tokens: list = []

    def __enter__(self):
        global _users
        if (why := _refusal.get()) is not None:
            raise RuntimeError(why)
        for hook in (self.pack_hook, self.unpack_hook):
            if not callable(hook):
                raise TypeError(f"saved_tensors_hooks takes two functions, but got {type(hook).__name__}")
        self._tokens.append(_open.set((*_open.get(), (self.pack_hook, self.unpack_hook))))
        with _lock:
            _users += 1
            if _users == 1:
                births.listen(_announced)

    def __exit__(self, *exc):
        global _users
        _open.reset(self._tokens.pop())
        with _lock:
            _users -= 1
            if _users == 0:
                births.unlisten(_announced)


class save_on_cpu(saved_tensors_hooks):
    """Keep saved tensors in the computer's memory.

    Here they always are, so they are kept as they are; a copy is only made for ``pin_memory``. As in PyTorch a write to one
    of them goes unnoticed then, and the gradient is that of the value written.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda"):
        super().__init__(lambda tensor: tensor.detach().clone() if pin_memory else tensor.detach(), lambda kept: kept)


@contextmanager
def disable_saved_tensors_hooks(error_message: str):
    """Inside the block, opening saved-tensor hooks raises ``error_message``; so does entering it while some are open."""
    if current() is not None:
        raise RuntimeError(error_message)
    token = _refusal.set(error_message)
    try:
        yield
    finally:
        _refusal.reset(token)


class MutationAllowed:
    """The state of one ``allow_mutation_on_saved_tensors`` block."""

    open = False

    def clear(self) -> None:
        self.open = False


@contextmanager
def allow_mutation_on_saved_tensors():
    """Inside the block saved tensors may be written to: each was copied when it was saved. Walk the graph inside it too."""
    state = MutationAllowed()
    if any(getattr(pack, "allows_mutation", False) for pack, _ in _open.get()):
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")

    def pack(tensor):
        return wrap(tensor._array.copy())

    def unpack(kept):
        assert state.open, (
            "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally "
            "recorded."
        )
        return kept

    pack.allows_mutation = True
    state.open = True
    try:
        with saved_tensors_hooks(pack, unpack):
            yield state
    finally:
        state.clear()


class SavedTensor:
    """``node._raw_saved_self``: the place where a value is saved; hooks can be put on it alone."""

    def __init__(self, node: Node, name: str):
        self._node, self._name = node, name

    def _value(self):
        return self._node.values if hasattr(self._node, "values") else getattr(self._node, self._name)

    @property
    def data(self) -> Tensor | None:
        """What is kept: the tensor, or what a pack hook made of it; None once it has been freed."""
        value = self._value()
        if value is FREED:
            return None
        return value.held if isinstance(value, Packed) else value if isinstance(value, Tensor) else self.unpack().detach()

    def register_hooks(self, pack_hook: Callable, unpack_hook: Callable) -> None:
        """Replace the saved value by ``pack_hook(value)`` now; ``unpack_hook`` gives it back when it is read."""
        value = self._value()
        if value is FREED:
            raise RuntimeError(errors.HOOKS_AFTER_FREE)
        if isinstance(value, Packed):
            raise RuntimeError(errors.HOOKS_TWICE)
        for hook in (pack_hook, unpack_hook):
            if not callable(hook):
                raise TypeError(f"register_hooks(): incompatible function arguments. {hook!r} cannot be called.")
        self._pack(pack_hook, unpack_hook)

    def _pack(self, pack_hook, unpack_hook) -> None:
        pack_value(self._node, self._name, pack_hook, unpack_hook)

    def unpack(self) -> Tensor:
        """The saved tensor."""
        return self._node.primitive.unsave(self._node, self._name)


SavedTensor.__module__ = "torch._C._autograd"
MutationAllowed.__name__ = MutationAllowed.__qualname__ = "_AllowMutationOnSavedContext"
for _word in (saved_tensors_hooks, save_on_cpu, disable_saved_tensors_hooks, allow_mutation_on_saved_tensors, MutationAllowed):
    _word.__module__ = "torch.autograd.graph"
