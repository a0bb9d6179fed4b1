"""``torch.special``'s face."""

from __future__ import annotations

from .core.absent import missing as _missing
from .core.guarded import guarded as _guarded
from .core.ops import bessel as _bessel
from .core.ops import later as _later
from .core.ops import polynomials as _polynomials
from .core.ops import special as _special
from .core.ops.convert import face as _face
from .core.primitive import PRIMITIVES as _PRIMITIVES

_OWN = "erfcx log_ndtr ndtr ndtri i0e i1 i1e entr xlog1py zeta gammainc gammaincc".split()
_SHARED = "erf erfc erfinv digamma polygamma i0 logit xlogy exp2 sinc round logsumexp".split()
_WORDS = {name: _face(getattr(_special, f"{name}_word", None) or getattr(_special, name), name, "special.") for name in _OWN}
_WORDS |= {name: _later.function(name) for name in _SHARED}
_WORDS |= {name: _face(getattr(m, name), name, "special.") for m in (_bessel, _polynomials) for name in m.WORDS}
_WORDS |= {"gammaln": _later.function("lgamma"), "psi": _later.function("digamma"), "multigammaln": _later.function("mvlgamma")}
_WORDS |= {name: _face(_PRIMITIVES[op], name, "special.") for name, op in
           {"expit": "sigmoid", "expm1": "expm1", "log1p": "log1p"}.items()}  # fmt: skip
_WORDS |= {name: _later.function(name) for name in ("softmax", "log_softmax")}
globals().update({name: _guarded("f", f"special_{name}", word) for name, word in _WORDS.items()})
__all__ = sorted(_WORDS)


def __getattr__(name: str):
    raise _missing("torch.special", name)
