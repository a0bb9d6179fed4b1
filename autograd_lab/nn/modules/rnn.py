"""Recurrent layers over sequences, RNN, LSTM and GRU, and their cells over one step."""

from __future__ import annotations

import math
import numbers
import warnings

from ...core import empty
from ...core.ops.create import zeros
from ...core.ops.later import function as _function
from ...core.tensor import Tensor
from .. import functional, init, recurrence
from ..parameter import Parameter
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_CELLS = {"LSTM": recurrence.lstm_cell, "GRU": recurrence.gru_cell, "RNN_TANH": recurrence.tanh_cell,
          "RNN_RELU": recurrence.relu_cell}  # fmt: skip


class RNNBase(Module):
    """Layer l has ``weight_ih_l<l>``, ``weight_hh_l<l>``, ``bias_ih_l<l>``, ``bias_hh_l<l>``; ``..._reverse`` reads backwards.

    ``weight_ih`` is (gates * hidden, in); all start uniform on +-1/sqrt(hidden).
    """

    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device=None,
                 dtype=None):  # fmt: skip
        super().__init__()
        _check_settings(mode, input_size, hidden_size, num_layers, dropout, proj_size, bias=bias, batch_first=batch_first)
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self._flat_weights_names, self._all_weights = [], []
        gates, out = _GATES[mode] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            inside = input_size if layer == 0 else out * self._directions
            for ending in ("", "_reverse")[: self._directions]:
                shapes = {"weight_ih": (gates, inside), "weight_hh": (gates, out)}
                if bias:
                    shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = [f"{name}_l{layer}{ending}" for name in shapes]
                for name, shape in zip(names, shapes.values()):
                    setattr(self, name, Parameter(empty(shape, dtype=dtype, device=device)))
                self._flat_weights_names += names
                self._all_weights.append(names)
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: weights lie as they lie."""

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    # ------------------------------------------------------------------ checks
    def check_input(self, input: Tensor, batch_sizes) -> None:
        """RuntimeError unless ``input`` has the right rank and width."""
        wanted = 2 if batch_sizes is not None else 3
        if input.dim() != wanted:
            raise RuntimeError(f"input must have {wanted} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}")

    def _check_state(self, h: Tensor, batch: int, width: int, what: str) -> None:
        wanted = self.num_layers * self._directions, batch, width
        if tuple(h.shape) != wanted:
            raise RuntimeError(f"Expected {what} size {wanted}, got {list(h.shape)}")

    # ------------------------------------------------------------------ forward
    def forward(self, input, hx=None):
        """``input`` (T, N, in), (N, T, in) if ``batch_first``, (T, in) or a PackedSequence -> every output, the last states."""
        from ..utils.rnn import PackedSequence

        if isinstance(input, PackedSequence):
            data, sizes, order, back = input
            self.check_input(data, sizes)
            out, last = self._run(data, self._state(hx, sizes.tolist()[0], data, order), sizes.tolist())
            last = last if back is None else recurrence._each(last, lambda t: t.index_select(1, back))
            return PackedSequence(out, sizes, order, back), last
        if input.dim() not in (2, 3):
            raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        batched, side = input.dim() == 3, 0 if self.batch_first else 1
        hx = self._batched_state(hx, batched)
        x = input if batched else input.unsqueeze(side)
        batch = x.size(side)
        self.check_input(x, None)
        state = self._state(hx, batch, x, None)
        if not x.size(1 - side):
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        out, last = self._run(x.transpose(0, 1) if self.batch_first else x, state, None)
        out = out.transpose(0, 1) if self.batch_first else out
        if not batched:
            return out.squeeze(side), recurrence._each(last, lambda t: t.squeeze(1))
        return out, last

    def _batched_state(self, hx, batched: bool):
        """``hx`` with a batch dimension; RuntimeError where its rank is not the input's."""
        if hx is None:
            return None
        ranks = [t.dim() for t in hx] if isinstance(hx, tuple) else [hx.dim()]
        n, kind = (3, "batched 3-D") if batched else (2, "unbatched 2-D")
        if any(rank != n for rank in ranks):
            if len(ranks) == 2:
                raise RuntimeError(
                    f"For {kind} input, hx and cx should also be {n}-D but got ({ranks[0]}-D, {ranks[1]}-D) tensors"
                )
            raise RuntimeError(f"For {kind} input, hx should also be {n}-D but got {ranks[0]}-D tensor")
        return hx if batched else recurrence._each(hx, lambda t: t.unsqueeze(1))

    def _state(self, hx, batch: int, x: Tensor, order):
        """The first state, checked; zeros where none is given."""
        out, lstm = self.proj_size or self.hidden_size, self.mode == "LSTM"
        if hx is None:
            lead = self.num_layers * self._directions, batch
            h = zeros(*lead, out, dtype=x.dtype, device=x.device)
            return (h, zeros(*lead, self.hidden_size, dtype=x.dtype, device=x.device)) if lstm else h
        if lstm:
            self._check_state(hx[0], batch, out, "hidden[0]")
            self._check_state(hx[1], batch, self.hidden_size, "hidden[1]")
            hx = tuple(hx)
        else:
            self._check_state(hx, batch, out, "hidden")
        return hx if order is None else recurrence._each(hx, lambda t: t.index_select(1, order))

    def _run(self, x: Tensor, state, batch_sizes):
        weights = []
        for w_ih, w_hh, *rest in self.all_weights:
            b_ih, b_hh, *more = rest if self.bias else (None, None, *rest)
            weights.append((w_ih, b_ih, (w_hh, b_hh, *more)))
        parts = [t.unbind(0) for t in state] if isinstance(state, tuple) else None
        states = list(zip(*parts)) if parts else list(state.unbind(0))
        out, last = recurrence.layers(_CELLS[self.mode], x, states, weights, directions=self._directions, p=self.dropout,
                                      training=self.training, batch_sizes=batch_sizes)  # fmt: skip
        stack = _function("stack")
        return out, tuple(stack(list(t)) for t in zip(*last)) if parts else stack(last)

    def extra_repr(self) -> str:
        told = [f"{self.input_size}, {self.hidden_size}"]
        told += [f"proj_size={self.proj_size}"] if self.proj_size else []
        told += [f"num_layers={self.num_layers}"] if self.num_layers != 1 else []
        told += [f"bias={self.bias}"] if self.bias is not True else []
        told += [f"batch_first={self.batch_first}"] if self.batch_first else []
        told += [f"dropout={self.dropout}"] if self.dropout else []
        told += [f"bidirectional={self.bidirectional}"] if self.bidirectional else []
        return ", ".join(told)


def _check_settings(mode, input_size, hidden_size, num_layers, dropout, proj_size, **switches) -> None:
    if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):
        raise ValueError("dropout should be a number in range [0, 1] representing the probability of an element being zeroed")
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than "
            f"1, but got dropout={dropout} and num_layers={num_layers}", stacklevel=4)  # fmt: skip
    for name, switch in switches.items():
        if not isinstance(switch, bool):
            raise TypeError(f"{name} should be of type bool, got: {type(switch).__name__}")
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if mode not in _GATES:
        raise ValueError("Unrecognized RNN mode: " + mode)


def _without_projection(options: dict) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it, over a sequence."""

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", *args, **kwargs):
        _without_projection(kwargs)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory over a sequence: a cell state kept, added to and shown by gates; states are pairs (h, c).

    >>> import autograd_lab as torch
    >>> out, (h, c) = torch.nn.LSTM(2, 3)(torch.ones(5, 1, 2))
    >>> out.shape, h.shape
    (torch.Size([5, 1, 3]), torch.Size([1, 1, 3]))
    """

    def __init__(self, *args, **kwargs):
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Gated recurrent units over a sequence: a reset gate and an update gate."""

    def __init__(self, *args, **kwargs):
        _without_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


# ---------------------------------------------------------------------- one step


class RNNCellBase(Module):
    """``weight_ih`` (gates * hidden, in), ``weight_hh`` (gates * hidden, hidden), and biases."""

    mode: str

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((gates, input_size), dtype=dtype, device=device))
        self.weight_hh = Parameter(empty((gates, hidden_size), dtype=dtype, device=device))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(gates, dtype=dtype, device=device)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        told = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            told += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return told if nonlinearity == "tanh" else f"{told}, nonlinearity={nonlinearity}"

    def _stepped(self, input: Tensor, hx, mode: str):
        name = self._get_name()
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for i, h in enumerate(hx if isinstance(hx, tuple) else () if hx is None else (hx,)):
            if h.dim() not in (1, 2):
                which = f"hx[{i}]" if isinstance(hx, tuple) else "hidden"
                raise ValueError(f"{name}: Expected {which} to be 1D or 2D, got {h.dim()}D instead")
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if x.size(1) != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {x.size(1)} expected {self.input_size}")
        if hx is None:
            h = zeros(x.size(0), self.hidden_size, dtype=x.dtype, device=x.device)
            hx = (h, h) if mode == "LSTM" else h
        elif not batched:
            hx = recurrence._each(hx, lambda t: t.unsqueeze(0))
        for i, h in enumerate(hx if isinstance(hx, tuple) else (hx,)):
            if h.size(1) != self.hidden_size:
                raise RuntimeError(f"hidden{i} has inconsistent hidden_size: got {h.size(1)}, expected {self.hidden_size}")
        state = _CELLS[mode](functional.linear(x, self.weight_ih, self.bias_ih), hx, self.weight_hh, self.bias_hh)
        return state if batched else recurrence._each(state, lambda t: t.squeeze(0))


class RNNCell(RNNCellBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device=None, dtype=None
    ):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._stepped(input, hx, f"RNN_{self.nonlinearity.upper()}")


class LSTMCell(RNNCellBase):
    """One step of an LSTM: (h, c) from ``input`` and the last (h, c)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        return self._stepped(input, hx, "LSTM")


class GRUCell(RNNCellBase):
    """One step of a GRU: h from ``input`` and the last h."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._stepped(input, hx, "GRU")
