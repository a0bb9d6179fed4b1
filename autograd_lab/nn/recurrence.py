"""What recurrent layers compute: one cell over a sequence, step by step, so that every step is in the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.ops.later import function as _function
from ..core.tensor import Tensor
from . import functional

State = Any  # the hidden state: one tensor, or for LSTM the pair (h, c)


def tanh_cell(x: Tensor, h: Tensor, w_hh: Tensor, b_hh: Tensor | None) -> Tensor:
    """tanh(x + W h + b), ``x`` the input already times its weights."""
    return (functional.linear(h, w_hh, b_hh) + x).tanh()


def relu_cell(x: Tensor, h: Tensor, w_hh: Tensor, b_hh: Tensor | None) -> Tensor:
    """max(x + W h + b, 0)."""
    return (functional.linear(h, w_hh, b_hh) + x).relu()


def lstm_cell(x: Tensor, state: tuple[Tensor, Tensor], w_hh: Tensor, b_hh: Tensor | None, w_hr: Tensor | None = None):
    """(h, c): what is kept of c by the forget gate and added by the input gate; h is what the output gate shows of it."""
    h, c = state
    i, f, g, o = (functional.linear(h, w_hh, b_hh) + x).unsafe_chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    c = f * c + i * g
    h = o * c.tanh()
    return (h if w_hr is None else h @ w_hr.t()), c


def gru_cell(x: Tensor, h: Tensor, w_hh: Tensor, b_hh: Tensor | None) -> Tensor:
    """h moved towards a new value n by 1 - z; the reset gate r says what of h is in n."""
    (r, z, n), (hr, hz, hn) = x.unsafe_chunk(3, 1), functional.linear(h, w_hh, b_hh).unsafe_chunk(3, 1)
    r, z = (hr + r).sigmoid(), (hz + z).sigmoid()
    n = (n + hn * r).tanh()
    return (h - n) * z + n


def run(cell: Callable, xs: list[Tensor], state: State, weights: tuple) -> tuple[list[Tensor], State]:
    """The outputs at every step, and the last state."""
    outs = []
    for x in xs:
        state = cell(x, state, *weights)
        outs.append(_output(state))
    return outs, state


def _output(state: State) -> Tensor:
    return state[0] if isinstance(state, tuple) else state


def _each(state: State, change: Callable) -> State:
    return tuple(map(change, state)) if isinstance(state, tuple) else change(state)


def run_packed(cell: Callable, xs: list[Tensor], state: State, weights: tuple, reverse: bool) -> tuple[list[Tensor], State]:
    """``run`` over steps of which each has as many sequences left as its rows; the longest sequences are the first rows."""
    cat, outs = _function("cat"), []
    if reverse:  # from the last step back: shorter sequences join in
        first, rows = state, xs[-1].shape[0]
        state = _each(first, lambda t: t.narrow(0, 0, rows))
        for x in reversed(xs):
            if x.shape[0] > rows:
                fresh = _each(first, lambda t, a=rows, n=x.shape[0] - rows: t.narrow(0, a, n))
                state = tuple(map(cat, zip(state, fresh))) if isinstance(state, tuple) else cat([state, fresh])
                rows = x.shape[0]
            state = cell(x, state, *weights)
            outs.insert(0, _output(state))
        return outs, state
    ended, rows = [], xs[0].shape[0]
    for x in xs:
        if x.shape[0] < rows:  # some sequences have ended: their state is final
            ended.append(_each(state, lambda t, a=x.shape[0], n=rows - x.shape[0]: t.narrow(0, a, n)))
            state = _each(state, lambda t, n=x.shape[0]: t.narrow(0, 0, n))
            rows = x.shape[0]
        state = cell(x, state, *weights)
        outs.append(_output(state))
    parts = [state, *reversed(ended)]
    if len(parts) == 1:
        return outs, state
    return outs, tuple(map(cat, zip(*parts))) if isinstance(state, tuple) else cat(parts)


def layers(cell: Callable, x: Tensor, states: list[State], weights: list[tuple], *, directions: int, p: float, training: bool,
           batch_sizes: list[int] | None) -> tuple[Tensor, list[State]]:  # fmt: skip
    """All layers over ``x`` (T, N, in), or packed (steps, in); (T, N, directions * out) and the last state of each.

    ``weights`` has for each layer and direction (W_ih, b_ih, those of the cell).
    """
    cat, stack, last = _function("cat"), _function("stack"), []
    for i in range(0, len(weights), directions):
        made = []
        for j in range(directions):
            w_ih, b_ih, own = weights[i + j]
            inside = functional.linear(x, w_ih, b_ih)
            if batch_sizes is None:
                xs = list(inside.unbind(0))
                outs, state = run(cell, xs[::-1] if j else xs, states[i + j], own)
                outs = stack(outs[::-1] if j else outs, 0)
            else:
                outs, state = run_packed(cell, list(inside.split_with_sizes(batch_sizes)), states[i + j], own, bool(j))
                outs = cat(outs)
            made.append(outs)
            last.append(state)
        x = made[0] if directions == 1 else cat(made, -1)
        if p and training and i + directions < len(weights):
            x = functional.dropout(x, p, True)
    return x, last
