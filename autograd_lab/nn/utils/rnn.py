"""Sequences of different lengths: padded into one tensor, or packed so that no padding is computed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.absent import missing
from ...core.ops.later import function as _function
from ...core.tensor import Tensor, wrap

__all__ = ["PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
           "pad_sequence", "unpack_sequence", "unpad_sequence"]  # fmt: skip


class PackedSequence(NamedTuple):
    """Step after step the elements of all sequences that are that long; the longest sequences first."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None

    def to(self, *args, **kwargs) -> PackedSequence:
        """The same with the elements cast."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def double(self) -> PackedSequence:
        return self.to(dtype=self.data.double().dtype)

    def float(self) -> PackedSequence:
        return self.to(dtype=self.data.float().dtype)

    def cpu(self) -> PackedSequence:
        return self

    is_cuda = property(lambda self: False)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes one."""
    return None if permutation is None else wrap(np.argsort(permutation._array))


def pad_sequence(sequences, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Tensor:
    """Sequences (T_i, ...) as one tensor (T, N, ...), T the longest; (N, T, ...) if ``batch_first``.

    >>> import autograd_lab as torch
    >>> torch.nn.utils.rnn.pad_sequence([torch.tensor([1, 2]), torch.tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    longest, full = max(s.shape[0] for s in sequences), _function("cat")
    padded = []
    for s in sequences:
        rest = wrap(np.full((longest - s.shape[0], *s.shape[1:]), padding_value, s._array.dtype))
        parts = [s, rest] if padding_side == "right" else [rest, s]
        padded.append(full(parts) if rest._array.size else s)
    return _function("stack")(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences without their padding."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:n] for row, n in zip(rows.unbind(0), lengths.tolist())]


def pack_padded_sequence(input: Tensor, lengths, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """``input`` (T, N, ...) without its padding, ``lengths`` of the N sequences; sorted first unless they are."""
    sizes = np.asarray(lengths._array if isinstance(lengths, Tensor) else lengths, np.int64)
    order = back = None
    if not enforce_sorted:
        order = wrap(np.argsort(-sizes, kind="stable"))
        back, sizes = invert_permutation(order), sizes[order._array]
        input = input.index_select(0 if batch_first else 1, order)
    x = input.transpose(0, 1) if batch_first else input
    if len(sizes) != x.shape[1]:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} (batch_size={x.shape[1]})")
    if (sizes <= 0).any():
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if (np.diff(sizes) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` "
            "to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
        )
    counts = (sizes[None, :] > np.arange(sizes[0])[:, None]).sum(1)
    data = _function("cat")([x[t, :n] for t, n in enumerate(counts.tolist())])
    return PackedSequence(data, wrap(counts), order, back)


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0,
                        total_length: int | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
    """(padded (T, N, ...), lengths (N,)) in the order the sequences had before they were packed."""
    counts = sequence.batch_sizes._array
    if total_length is not None and total_length < len(counts):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {len(counts)}"
        )
    batch, cat, dtype = int(counts[0]), _function("cat"), sequence.data._array.dtype
    rest = tuple(sequence.data.shape[1:])
    steps = []
    for step in sequence.data.split_with_sizes(counts.tolist()):
        gap = batch - step.shape[0]
        steps.append(cat([step, wrap(np.full((gap, *rest), padding_value, dtype))]) if gap else step)
    steps += [wrap(np.full((batch, *rest), padding_value, dtype))] * ((total_length or len(counts)) - len(counts))
    out = _function("stack")(steps, 0)
    lengths = wrap((counts[:, None] > np.arange(batch)[None, :]).sum(0))
    out = out.transpose(0, 1) if batch_first else out
    if sequence.unsorted_indices is not None:
        back = sequence.unsorted_indices
        return out.index_select(0 if batch_first else 1, back), lengths[back]
    return out, lengths


def pack_sequence(sequences, enforce_sorted: bool = True) -> PackedSequence:
    """Sequences of different lengths packed."""
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that were packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def __getattr__(name: str):
    raise missing("torch.nn.utils.rnn", name)
