"""``torch.fft``'s face."""

from __future__ import annotations

from .core.absent import missing as _missing
from .core.guarded import guarded as _guarded
from .core.ops import spectral as _spectral
from .core.ops.convert import face as _face

_NAMES = """fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft hfft2 ihfft2 hfftn ihfftn fftshift
            ifftshift""".split()
_WORDS = {name: _face(getattr(_spectral, name), name, "fft.") for name in _NAMES}
_WORDS |= {"fftfreq": _spectral.fftfreq, "rfftfreq": _spectral.rfftfreq}
globals().update({name: _guarded("f", f"fft_{name}", word) for name, word in _WORDS.items()})
__all__ = sorted(_WORDS)


def __getattr__(name: str):
    raise _missing("torch.fft", name)
