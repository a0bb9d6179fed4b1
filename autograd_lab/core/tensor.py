"""Tensor: an array, where it came from, and its version. Four words; everything rare lives behind ``_more``.

``_array``    a NumPy array, or a NumPy *scalar* for a 0-d result: ``s * s`` takes 31 ns on scalars and 209 on 0-d arrays,
              which is six-fold on scalar graphs. ``_materialise()`` makes it an array when memory must be shared.
``_node``     its gathering point (node.py), None if it does not require a gradient
``_counter``  its version counter, a one-element list shared with views and ``detach()``; None means "0, and not shared"
``_more``     None, or what few tensors have: a base, a retained gradient
Operations and operators are bound from a table in ``ops``; this file knows none of them.
"""

from __future__ import annotations

import warnings
import weakref
from collections import OrderedDict
from sys import getrefcount
from typing import TYPE_CHECKING, Any

import numpy as np

from . import births, dtypes, errors, grad_mode
from .device import CPU, beside, device_of, is_here
from .exchange import Exchange
from .grad_mode import APART, UNTRACKED
from .hooks import RemovableHandle, hooks_of
from .layout import SEEN_OTHERWISE
from .mistakes import along
from .more import OWN, More
from .node import AccumulateGrad, loses, node_at, renamed
from .size import sized


class Tensor(Exchange):
    """A multi-dimensional array that can require a gradient. Build one with ``tensor(data)``."""

    __slots__ = ("_array", "_node", "_counter", "_more", "__weakref__", "__dict__")  # the last for what users hang on it

    def __new__(cls, *data, **options):
        """``Tensor([[1, 2]])`` float32 data; ``Tensor(3, 5)`` uninitialised, of that shape."""
        if options.keys() - {"device"}:
            raise errors.old_constructor(data, options)
        array = np.zeros(data, "f4") if data and all(type(n) is int for n in data) else None
        if array is None:
            array = np.array(errors.checked_data(data[0]) if data else [], "f4")
        self = object.__new__(cls)
        self._array, self._node, self._counter, self._more = array, None, None, None
        if births.note is not None:
            births.note("tensor", (), {}, self, None)
        return self

    if TYPE_CHECKING:  # ops hangs methods and operators on; a type checker reads no table

        def __getattr__(self, name: str) -> Any: ...
        def _operator(self, other: Any) -> Tensor: ...

        __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __isub__ = __mul__ = __rmul__ = __imul__ = _operator
        __truediv__ = __rtruediv__ = __itruediv__ = __matmul__ = __pow__ = __rpow__ = __getitem__ = _operator
        __lt__ = __le__ = __gt__ = __ge__ = __and__ = __or__ = _operator

        def __neg__(self) -> Tensor: ...
        def __setitem__(self, key: Any, value: Any) -> None: ...

    def __hash__(self) -> int:  # a tensor is equal to what has its elements, but a key by identity
        return id(self)

    # ---------------------------------------------------------------- what it is
    shape = property(lambda self: sized(self._array.shape))
    ndim = property(lambda self: self._array.ndim)
    dtype = property(lambda self: dtypes.BY_NUMPY[self._array.dtype])
    is_leaf = property(lambda self: self._current() is None or type(self._node) is AccumulateGrad)
    device = property(lambda self: CPU if type(self._array) is np.ndarray else device_of(self._array))
    is_cuda = property(lambda self: self.device.type == "cuda")
    itemsize = property(lambda self: self._array.itemsize)
    nbytes = property(lambda self: self._array.nbytes)

    @property
    def grad_fn(self):
        """The node that made this tensor; None for a leaf."""
        return node_at(self._current())

    output_nr = property(lambda self: getattr(self._node, "slot", 0))

    @property
    def requires_grad(self) -> bool:
        more = self._more
        if more is not None and more.base is not None and more.base._node is not None:
            return True
        return self._current() is not None

    @requires_grad.setter
    def requires_grad(self, flag):
        errors.check_flag(flag)
        if self.grad_fn is not None:
            raise RuntimeError(errors.FLAG_OF_NON_LEAF if flag else errors.FLAG_OFF_NON_LEAF)
        if flag and self._array.dtype.kind not in dtypes.DIFFERENTIABLE:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self._set_flag(flag)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` and return the tensor."""
        if requires_grad and (self._node is not None or self.grad_fn is not None) and not loses(self._node):
            return self
        if self._node is not None and self.grad_fn is not None:  # of a view gone stale PyTorch asks no more than that
            raise RuntimeError(errors.FLAG_OFF_NON_LEAF)
        if requires_grad and self._array.dtype.kind not in dtypes.DIFFERENTIABLE:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        self._set_flag(requires_grad)
        return self

    def _set_flag(self, flag):
        if flag and (self._node is None or loses(self._node)):
            if self.is_inference() and not grad_mode.is_inference_mode_enabled():
                raise RuntimeError(errors.INFERENCE_FLAG)
            kept = None if self._more is None else self._more.sink
            if kept is None:
                self._node = AccumulateGrad(self)
            else:  # graphs from before the flag was off lead there, and so do hooks
                self._node, self._more.sink, kept.wanted = kept, None, True
                kept.array, kept.dtype = self._array, self._array.dtype
            if births.note is not None:
                births.note_leaf(self)
            if self._more is not None:
                self._node.grad, self._more.grad = self._more.grad, None
                if self._more.grad_dtype is not OWN:
                    self._node.dtype = dtypes.as_numpy(self._more.grad_dtype)
        elif not flag and self._node is not None and self._node.wanted is not None:
            sink, self._node = self._node, None
            sink.wanted = False  # graphs that still lead here deliver nothing
            if sink.grad is not None:
                self._get_more().grad, sink.grad = sink.grad, None
            if sink.hooks is not None or getrefcount(sink) > 2:  # else only this function knows it
                self._get_more().sink = sink

    # ---------------------------------------------------------------- gradient
    @property
    def grad(self) -> Tensor | None:
        """What backward passes have accumulated: for a leaf, or where ``retain_grad()`` was asked for."""
        if type(node := self._node) is AccumulateGrad:
            return node.grad
        more = self._more
        if self._node is not None and (more is None or (more.grad is None and more.retain is None)):
            warnings.warn(errors.NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return None if more is None else more.grad

    @grad.setter
    def grad(self, g):
        if g is not None:
            errors.check_grad(self, g)
        if type(node := self._node) is AccumulateGrad:
            if g is None and node.grad is not None:
                node.cleared = births.place() if births.note is not None else (None, 0)
            node.grad = g
        else:
            self._get_more().grad = g

    grad = grad.deleter(lambda self: setattr(self, "grad", None))

    @property
    def grad_dtype(self):
        """The dtype ``.grad`` is kept in: the leaf's own unless set; None for whatever arrives."""
        if not self.is_leaf:
            raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
        if self._node is not None:
            return None if self._node.dtype is None else dtypes.BY_NUMPY[self._node.dtype]
        return self.dtype if self._more is None or self._more.grad_dtype is OWN else self._more.grad_dtype

    @grad_dtype.setter
    def grad_dtype(self, d):
        if not self.is_leaf:
            raise RuntimeError("grad_dtype can only be set on leaf tensors.")
        if d is not None and not isinstance(d, dtypes.dtype):
            raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(d).__name__}")
        g = self.grad
        if g is not None and d is not None and g.dtype is not d:
            raise RuntimeError(
                f"Cannot set grad_dtype to '{d.kind}' because there is already a gradient with dtype '{g.dtype.kind.lower()}'. "
                "Please clear the gradient (.grad = None) before changing grad_dtype, or ensure the new grad_dtype matches the "
                "existing gradient's dtype."
            )
        if self._node is not None:
            self._node.dtype = dtypes.as_numpy(d)
        else:
            self._get_more().grad_dtype = d

    def register_hook(self, hook) -> RemovableHandle:
        """Call ``hook(grad)`` when this tensor's gradient is complete; a returned tensor replaces it."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return RemovableHandle(hooks_of(self._current()).tensor, hook)

    def register_post_accumulate_grad_hook(self, hook) -> RemovableHandle:
        """Call ``hook(leaf)`` each time ``leaf.grad`` has been added to."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return RemovableHandle(hooks_of(self._node).post_accumulate, hook)

    @property
    def _backward_hooks(self):
        """The tensor hooks by the ids of their handles; None if there were never any."""
        hooks = getattr(self._node, "hooks", None)
        return None if hooks is None else OrderedDict(hooks.tensor)

    def retain_grad(self, *args) -> None:
        """Keep this non-leaf's gradient in ``.grad`` too. Nothing to do for a leaf."""
        if args:
            raise TypeError(f"TensorBase.retain_grad() takes no arguments ({len(args)} given)")
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.is_leaf or self.retains_grad:
            return
        me = weakref.ref(self)  # the node must not own the tensor that owns it

        def keep(g):
            tensor = me()
            if tensor is not None:
                # a copy: the same gradient may also be returned by grad(), and written to
                tensor._more.grad = g.clone() if tensor._more.grad is None else tensor._more.grad + g

        keep.tensor = me  # whose .grad it is, for those who look on
        self._get_more().retain = keep
        hooks_of(self._node).retain[id(keep)] = keep

    retains_grad = property(lambda self: self._more is not None and self._more.retain is not None)

    # ---------------------------------------------------------------- memory, versions, views
    @property
    def _version(self) -> int:
        if self._counter is UNTRACKED:
            raise RuntimeError(errors.INFERENCE_VERSION)
        return 0 if self._counter is None or self._counter is APART else self._counter[0]

    def _shared_counter(self):
        if self._counter is None:
            self._counter = [0]
        return self._counter

    def _materialise(self) -> np.ndarray:
        """The value as a real array, so that memory can be shared with it."""
        if type(self._array) is not np.ndarray and is_here(self._array):
            self._array = np.array(self._array)
            if type(self._node) is AccumulateGrad:
                self._node.array = self._array
        return self._array

    def _get_more(self) -> More:
        self._more = self._more or More()
        return self._more

    def _current(self):
        """The gathering point, rebuilt first if this is a view whose base has been written to."""
        if self._more is not None:
            self._refresh()
        return self._node

    def _refresh(self):
        """Rebuild a stale view's node: *before* its consumer's number is drawn, or newest-first were no topological order."""
        more = self._more
        if more.watched and type(self._node) is AccumulateGrad:
            more.watched = self._node.is_held()
        if more.base is None or more.stamp == self._counter[0]:
            return
        if more.base._more is not None and more.base._more.turns != more.turns:
            from .turning import found_again

            found_again(self)
        if more.base._node is None:
            more.stamp = self._counter[0]
            return
        if more.origin is not None:
            if grad_mode.is_recording():
                raise errors.fixed_view(more.origin, self._node, base_written=True)
            return
        more.stamp = self._counter[0]
        if self._node is not None and self.is_leaf:
            return
        from .primitive import PRIMITIVES

        recording = grad_mode.is_recording()
        try:  # not `with`: Ctrl-C between the lines that enter or leave a mode would let it stay
            grad_mode.set_recording(True)
            before, self._node = self._node, PRIMITIVES["as_strided"](more.base, more.path)._node
            if (last := more.path[-1][0]).__name__ in SEEN_OTHERWISE:
                renamed(self._node, last.node_name)  # strides say nothing of it: PyTorch makes such a view anew
            if more.retain is not None and before is not None and before.hooks is not None:
                before.hooks.retain.pop(id(more.retain), None)  # it is the gradient of what the view is now
                hooks_of(self._node).retain[id(more.retain)] = more.retain
        except BaseException:
            more.stamp = None  # still stale
            raise
        finally:
            grad_mode.set_recording(recording)

    def _lend(self, out: Tensor, step, mirrors: bool = False) -> Tensor:
        """Make ``out`` a view of this tensor, reached by ``step`` = (primitive, params), if it shares memory at all or ``mirrors``."""
        made, mine = out._array, self._array
        owner = made.base  # NumPy's word for whose memory it is; it settles nearly every case
        if owner is not mine and (owner is None or owner is not mine.base) and not (mirrors or np.may_share_memory(made, mine)):
            return out
        counter, parent = self._counter, self._more
        if counter is None:
            self._counter = counter = [0]
        elif counter is UNTRACKED or counter is APART:
            out._counter = UNTRACKED
            return out
        origin = None if grad_mode.is_recording() else grad_mode.without_recording()
        if parent is None or (base := parent.base) is None:
            base, path, turns = self, (step,), 0 if parent is None else parent.turns
        else:
            path, turns = (*parent.path, step), 0 if base._more is None else base._more.turns
            origin = origin or parent.origin
        out._counter, out._more = counter, More(base, path, counter[0], origin, turns)
        if out._node is None and base._node is not None:
            out._node = sink = AccumulateGrad(out)
            sink.wanted, AccumulateGrad.lose_some = None, True
        return out

    def _is_view(self) -> bool:
        return self._base is not None

    _base = property(lambda self: None if self._more is None else self._more.base)

    def is_inference(self) -> bool:
        return self._counter is UNTRACKED or self._counter is APART

    def detach(self) -> Tensor:
        """The same memory and version counter, outside the graph."""
        return self._apart(self._shared_counter(), "detach")

    def detach_(self) -> Tensor:
        if self._is_view():
            raise RuntimeError(errors.DETACH_VIEW)
        self._node = None
        return self

    @property
    def data(self) -> Tensor:
        """The same memory with a version counter of its own: changes through it go unseen by autograd."""
        return self._apart(None, "data")

    def _apart(self, counter, word) -> Tensor:
        """The same memory outside the graph."""
        out = wrap(self._materialise(), None, APART if self.is_inference() else counter)
        if self._more is not None:
            self._more.tell_whole(self, out)
        if births.note is not None:
            births.note(word, (self,), {}, out, None)
        return out

    @data.setter
    def data(self, other):
        errors.check_data(self, other)
        self._array = other._materialise()
        if self.is_inference() or other.is_inference():
            self._counter = APART if other.is_inference() else None
        if type(self._node) is AccumulateGrad:
            self._node.array, self._node.dtype = self._array, self._array.dtype

    # ---------------------------------------------------------------- its memory
    def dim(self) -> int:
        return self._array.ndim

    def size(self, dim=None):
        return self.shape if dim is None else along(self._array.shape, dim)

    def numel(self) -> int:
        return self._array.size

    def stride(self, dim=None):
        steps = tuple(s // self._array.itemsize for s in self._materialise().strides)
        return steps if dim is None else along(steps, dim)

    def element_size(self) -> int:
        return self._array.itemsize

    def is_floating_point(self) -> bool:
        return self._array.dtype.kind in "fV"

    def is_complex(self) -> bool:
        return self._array.dtype.kind == "c"

    def is_signed(self) -> bool:
        return self._array.dtype.kind not in "bu"


def wrap(array, node=None, counter=None) -> Tensor:
    """A tensor around an array, nothing copied."""
    out = object.__new__(Tensor)
    out._array, out._node, out._counter, out._more = array, node, counter, None
    return out


def zeros_beside(x: Tensor) -> Tensor:
    """Zeros of x's shape and dtype, where x is."""
    return wrap(beside(np.zeros(x._array.shape, x._array.dtype), x._array))


Tensor.__module__ = "torch"
Exchange.home = Tensor
