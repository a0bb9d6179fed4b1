"""A node as PyTorch shows one: hooks, metadata, ``_saved_*``, what ``dir(node)`` lists and what its class prints as.

None of it is needed to record or to walk a graph, so it stands apart from node.py, which is.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from weakref import WeakKeyDictionary

_SAVED, _RAW = "_saved_", "_raw_saved_"
_LISTED = ("_input_metadata", "_register_hook_dict", "_sequence_nr", "_set_sequence_nr", "metadata", "name", "next_functions",
           "register_hook", "register_prehook", "requires_grad")  # fmt: skip

# PyTorch's words, of all its nodes, for what they keep; a node has besides what its operation alone calls something
WORDS = frozenset("""
    A L LU Q R S S_sym_argsize_minus_1 U Vh accumulate adjoint align_corners alpha axis b batch1 batch1_sym_argsize_0
    batch1_sym_argsize_1 batch2 batch2_sym_argsize_2 beta bias_sym_sizes_opt buffer ceil_mode condition correction count_include_pad
    data delta dilation dim dim1 dim2 dimension dims divisor_override downscale_factor eigenvalues eigenvectors end eps exponent forward
    full_matrices groups imag include_self index indices initial input input2 input3 input_scale inverse k keepdim kernel_size left
    length lengths lower margin mask mat mat1 mat2 max maxnorm min mode negative_slope noise normalization normalized_shape offset
    offsets onesided ord other output_padding output_size p pad padding padding_idx pos_weight real reduce reduction result result0
    result1 result2 running_mean running_var scale scale_grad_by_freq scales scales_d scales_h scales_w self self_sym_argsize_minus_1
    self_sym_argsize_minus_2 self_sym_numel self_sym_sizes shifts size solution source source_dim sparse sparse_grad split_sizes src
    start step storage_offset stride target tau tensor tensor1 tensor2 training transpose transposed unitriangular upper upscale_factor
    value vec vec1 vec2 weight weight_sym_argsize_0 x1 x2
""".split())  # fmt: skip


class NodeType(type):
    """The class of node classes. They print and list their ancestry as PyTorch's do: ``<class 'MulBackward0'>``, object."""

    @property
    def __mro__(cls):  # type.mro(), which Python itself uses, is untouched
        return cls, object


class Mark:
    """Stands for a gathering point wherever a reference must not keep it alive; it dies with the point."""

    __slots__ = ("metadata", "said", "__weakref__")


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


class SavedWord:
    """``node._saved_self``, or ``node._raw_saved_self``, the place where it is: what a node keeps, by one of PyTorch's words.

    Each word is a descriptor, not left to ``__getattr__``: Python looks up every attribute of a class that has one the long way,
    and nodes are looked at some seventy times in the smallest training step.
    """

    __slots__ = ("raw", "word")

    def __init__(self, word: str, raw: bool):
        self.word, self.raw = word, raw

    def __get__(self, node, cls):
        if node is None:
            return self
        kept = _words(node).get(self.word)
        if kept is None:
            name = (_RAW if self.raw else _SAVED) + self.word
            raise AttributeError(f"'{cls.__name__}' object has no attribute '{name}'")
        from .saved import SavedTensor
        from .saved_words import shown

        if self.raw:
            return SavedTensor(node, kept.name)
        value = node.primitive.unsave(node, kept.name) if kept.name in node.primitive.saves else None
        return shown(value if kept.how is None else kept.how(value, node))


def saved_words(words) -> dict[str, SavedWord]:
    """The attributes for ``words``, by name."""
    return {_SAVED + word: SavedWord(word, False) for word in words} | {_RAW + word: SavedWord(word, True) for word in words}


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
        """PyTorch's list, ``_input_metadata`` too, which no node here remembers. What is there besides is this engine's own."""
        words = _words(self)
        raw = [_RAW + word for word, (name, _) in words.items() if name in self.primitive.holds]
        own = ["variable"] if hasattr(type(self), "variable") else []  # a sink's leaf
        return sorted([*object.__dir__(_nothing), "__call__", *_LISTED, *own, *raw, *(_SAVED + word for word in words)])


for _name, _place in saved_words(WORDS).items():
    setattr(Face, _name, _place)

_nothing = object()


def _words(node) -> dict:
    from .saved_words import words_of

    return words_of(node)
