"""Transforms of short pieces of a signal, and the signal again from them: `stft` and `istft`.

Griffin and Lim (1984): the signal whose transforms come nearest is the windowed pieces overlapped and added, divided by what
the windows' squares add up to.
"""

from __future__ import annotations

import numpy as np

from ..node import apart, called
from ..signatures import refuse_inner
from ..tensor import Tensor
from .convolution import pad_constant
from .create import leaf
from .parts import pairs_of
from .preconditions import demand, kind, ndim
from .spectral import back, half, whole

BORDERS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # PyTorch's word: NumPy's


def _bordered(x, n, mode):
    """x with ``n`` more at either end of its last dimension."""
    if mode == "constant":
        return pad_constant(x, [n, n], 0)
    if mode not in BORDERS:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    size = x._array.shape[-1] if ndim(x) else 1
    if mode == "reflect" and n >= size:
        shape = [1] * (3 - ndim(x)) + list(x._array.shape)
        told = f"Expected 2D or 3D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {shape}"
        demand(size, told)
        told = f"but got: padding ({n}, {n}) at dimension 2 of input {shape}"
        demand(False, f"Argument #4: Padding size should be less than the corresponding input dimension, {told}")
    where = np.pad(np.arange(size), n, BORDERS[mode])
    return x.index_select(ndim(x) - 1, leaf(where))


def _told(value) -> str:
    """An argument as PyTorch tells it: a window by its type and shape, True as 1."""
    if isinstance(value, Tensor):
        return f"{value.type()}{{{list(value.shape)}}}"
    return "None" if value is None else f"{value:d}"


def _described(word: str, type_name: str, x, **arguments) -> str:
    """The call, as PyTorch's messages repeat it."""
    return f"{word}({type_name}{list(x.shape)}, {', '.join(f'{name}={_told(value)}' for name, value in arguments.items())})"


def _is_complex(x) -> bool:
    return x is not None and x._array.dtype.kind == "c"


def _centred(window, length: int, n_fft: int, like):
    """``window``, ones by default, in the middle of ``n_fft`` numbers."""
    window = leaf(np.ones(length, like._array.real.dtype)) if window is None else window
    left = (n_fft - length) // 2
    return pad_constant(window, [left, n_fft - length - left], 0)


_OPTIONS = "b:normalized=False; b?:onesided=None; b?:return_complex=None; b?:align_to_window=None"
_TAKEN = "+T:input; i:n_fft; i?:hop_length=None; i?:win_length=None; T?:window=None; {}" + _OPTIONS
_WRITTEN = " | ".join((_TAKEN.format("b:center=True; s:pad_mode=reflect; "), _TAKEN.format("")))


def stft(x, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", normalized=False,
         onesided=None, return_complex=None, align_to_window=None):  # fmt: skip
    """Transforms of ``n_fft`` numbers each, ``hop_length`` apart: (batch, frequencies, frames)."""
    if align_to_window:
        raise NotImplementedError("stft: align_to_window is not supported; leave it out, or pad first and pass center=False")
    demand(align_to_window is None or not center, "stft align_to_window should only be set when center = false.")
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    given = (x, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, align_to_window)
    refuse_inner("stft", _WRITTEN, given)
    is_real = not (_is_complex(x) or _is_complex(window))
    if return_complex is None:
        demand(not is_real, "stft requires the return_complex parameter be given for real inputs, and will further require that "
                            "return_complex=True in a future PyTorch release.")  # fmt: skip
        return_complex = True
    if center and n_fft > 0:
        x = _bordered(x, n_fft // 2, pad_mode)
    said = _described("stft", x.type(), x, n_fft=n_fft, hop_length=hop, win_length=length, window=window, normalized=normalized,
                      onesided=onesided, return_complex=return_complex, align_to_window=None) + " : expected "  # fmt: skip
    demand(x._array.dtype.kind not in "biu", f"{said}a tensor of floating point or complex values")
    demand(1 <= ndim(x) <= 2, f"{said}a 1D or 2D tensor")
    size = x._array.shape[-1]
    demand(0 < n_fft <= size, f"{said}0 < n_fft < {size}, but got n_fft={n_fft}")
    demand(hop > 0, f"{said}hop_length > 0, but got hop_length={hop}")
    demand(0 < length <= n_fft, f"{said}0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and window._array.shape != (length,):
        told = f"a 1D window tensor of size equal to win_length={length}, but got window with size {list(window.shape)}"
        demand(False, said + told)
    onesided = is_real if onesided is None else onesided
    demand(is_real or not onesided, "Cannot have onesided output if window or input is complex")
    if x._array.dtype.itemsize == 2:
        raise RuntimeError(f"MKL FFT doesn't support tensors of type: {kind(x)}")
    single = ndim(x) == 1
    frames = (x.unsqueeze(0) if single else x).unfold(-1, n_fft, hop)
    if window is not None or length < n_fft:
        frames = frames * _centred(window, length, n_fft, x)
    norm, last = "ortho" if normalized else "backward", (ndim(frames) - 1,)
    out = half("stft", frames, last, [n_fft], norm, True) if onesided else whole(frames, last, [n_fft], norm, True)
    out = called(out.transpose(-1, -2), "TransposeBackward1")
    out = apart(called(out.squeeze(0), "SqueezeBackward4") if single else out)
    return out if return_complex else pairs_of.call(out)


def istft(x, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None, length=None,
          return_complex=False):  # fmt: skip
    """The signal of which x is the stft, frames overlapped and added, by the windows' squares."""
    hop = n_fft // 4 if hop_length is None else hop_length
    size = n_fft if win_length is None else win_length
    call = _described("istft", f"CPU{x.dtype.kind}Type", x, n_fft=n_fft, hop_length=hop, win_length=size, window=window,
                      center=center, normalized=normalized, onesided=onesided, length=length, return_complex=return_complex)  # fmt: skip
    demand(x._array.size, f"{call} : input tensor cannot be empty.")
    demand(ndim(x) > 1, "Dimension out of range (expected to be in range of [-2, 1], but got -3)", IndexError)
    demand(ndim(x) <= 3, f"{call} : expected a tensor with 3 or 4 dimensions, but got {ndim(x) + 1}")
    frequencies, frames = x._array.shape[-2:]
    onesided = frequencies != n_fft if onesided is None else onesided
    wanted, name = (n_fft // 2 + 1, "n_fft / 2 + 1") if onesided else (n_fft, "n_fft")
    told = f"to match {name} when onesided={onesided}, but got {frequencies}"
    demand(frequencies == wanted, f"{call} : expected the frequency dimension (3rd to the last) of the input tensor {told}")
    demand(0 < hop <= size, f"{call} : expected 0 < hop_length <= win_length")
    demand(0 < size <= n_fft, f"{call} : expected 0 < win_length <= n_fft")
    demand(window is None or window._array.shape == (size,), f"{call} : Invalid window shape")
    if return_complex:
        demand(not onesided, "Cannot have onesided output if window or input is complex")
    else:
        demand(not _is_complex(window), "Complex windows are incompatible with return_complex=False")
    single = ndim(x) == 2
    spectra = (x.unsqueeze(0) if single else x).transpose(-1, -2)
    norm, last = "ortho" if normalized else "backward", (ndim(spectra) - 1,)
    if return_complex:
        pieces = whole(spectra, last, [n_fft], norm, False)
    else:
        spectra = spectra if onesided else spectra.narrow(-1, 0, n_fft // 2 + 1)
        pieces = back("istft", spectra, last, [n_fft], norm, False)
    window = _centred(window, size, n_fft, pieces)
    total = n_fft + hop * (frames - 1)
    where = leaf((np.arange(frames)[:, None] * hop + np.arange(n_fft)).reshape(-1))
    pieces = pieces * window
    flat = pieces.reshape(*pieces.shape[:-2], -1)
    out = flat.new_zeros(*flat.shape[:-1], total).index_add(ndim(flat) - 1, where, flat)
    squares = (window * window).expand(frames, n_fft).reshape(-1)
    envelope = squares.new_zeros(total).index_add(0, where, squares)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else total - (n_fft // 2 if center else 0)
    cut = max(min(end, total), start)
    out, envelope = out.narrow(-1, start, cut - start), envelope.narrow(0, start, cut - start)
    demand(cut > start, "min(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
                        "'dim' argument.")  # fmt: skip
    if float(np.abs(envelope._array).min()) < 1e-11:  # PyTorch's own limit
        raise RuntimeError(f"{call} window overlap add min: 1. The windows leave some place uncovered; use more overlap")
    out = out / envelope
    out = pad_constant(out, [0, end - cut], 0) if end > cut else out
    return out.squeeze(0) if single else out
