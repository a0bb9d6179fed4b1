"""A node as PyTorch shows one: hooks, metadata, ``_saved_*``, what ``dir(node)`` lists and what its class prints as.

None of it is needed to record or to walk a graph, so it stands apart from node.py, which is.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from weakref import WeakKeyDictionary

_SAVED, _RAW = "_saved_", "_raw_saved_"
_LISTED = ("_input_metadata", "_register_hook_dict", "_sequence_nr", "_set_sequence_nr", "metadata", "name", "next_functions",
           "register_hook", "register_prehook", "requires_grad")  # fmt: skip


class NodeType(type):
    """The class of node classes. They print and list their ancestry as PyTorch's do: ``<class 'MulBackward0'>``, object."""

    @property
    def __mro__(cls):  # type.mro(), which Python itself uses, is untouched
        return cls, object


class Mark:
    """Stands for a gathering point wherever a reference must not keep it alive; it dies with the point."""

    __slots__ = ("metadata", "__weakref__")


def mark_of(point) -> Mark:
    """The point's mark, made on first use."""
    mark = getattr(point, "mark", None)
    if mark is None:
        mark = point.mark = Mark()
    return mark


class Points(MutableMapping):
    """Gathering points, or their marks, as keys that are not kept alive."""

    def __init__(self):
        self._by_mark: WeakKeyDictionary[Mark, object] = WeakKeyDictionary()

    def __getitem__(self, point):
        return self._by_mark[point if type(point) is Mark else mark_of(point)]

    def __setitem__(self, point, value):
        self._by_mark[mark_of(point)] = value

    def __delitem__(self, point):
        del self._by_mark[point if type(point) is Mark else mark_of(point)]

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._by_mark)

    def __len__(self) -> int:
        return len(self._by_mark)


class Face(metaclass=NodeType):
    """What users may ask of any gathering point."""

    __slots__ = ()
    primitive = None
    requires_grad = True

    def _sequence_nr(self) -> int:
        return self.seq

    def _set_sequence_nr(self, number: int) -> None:
        self.seq = number

    @property
    def metadata(self) -> dict:
        """A dict to keep what one likes about this node; anomaly mode keeps the forward traceback here."""
        mark = mark_of(self)
        if not hasattr(mark, "metadata"):
            mark.metadata = {}
        return mark.metadata

    def register_hook(self, fn):
        """Call ``fn(grad_inputs, grad_outputs)`` after this node has run."""
        from .hooks import RemovableHandle, hooks_of

        return RemovableHandle(hooks_of(self).post, fn)

    def register_prehook(self, fn):
        """Call ``fn(grad_outputs)`` before this node runs; what it returns replaces them."""
        from .hooks import RemovableHandle, hooks_of

        return RemovableHandle(hooks_of(self).pre, fn)

    def _register_hook_dict(self, hooks: dict) -> None:
        for hook in hooks.values():
            self.register_hook(hook)

    def __dir__(self):
        """PyTorch's list: what is there besides is this engine's own."""
        words = _words(self)
        raw = [_RAW + word for word, (name, _) in words.items() if name in self.primitive.holds]
        own = ["variable"] if hasattr(type(self), "variable") else []  # a sink's leaf
        return sorted([*object.__dir__(_nothing), "__call__", *_LISTED, *own, *raw, *(_SAVED + word for word in words)])

    def __getattr__(self, name):
        """``_saved_self``, ``_saved_other``, ``_saved_result``: PyTorch's words for what is saved; ``_raw_saved_self``: its place."""
        raw = name.startswith(_RAW)
        if raw or name.startswith(_SAVED):
            word = _words(self).get(name.removeprefix(_RAW if raw else _SAVED))
            if word is not None:
                from .saved import SavedTensor
                from .saved_words import shown

                if raw:
                    return SavedTensor(self, word.name)
                value = self.primitive.unsave(self, word.name) if word.name in self.primitive.saves else None
                return shown(value if word.how is None else word.how(value, self))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


_nothing = object()


def _words(node) -> dict:
    from .saved_words import words_of

    return words_of(node)
