"""PyTorch's own random numbers: after ``manual_seed(0)`` the same draws, bit for bit in float32 and float64.

The source is the Mersenne twister with its original seeding, which NumPy also has. What turns its 32-bit words into numbers
is PyTorch's: 24 bits a float32, 53 bits of two words a float64, Box-Muller for normals, one at a time below 16 elements and
in blocks of 16 from there on. The blocks use the polynomials of PyTorch's AVX2 kernel, fused multiply-adds included, since
NumPy's logarithm differs from them in the last bit of one number in seven.
"""

from __future__ import annotations

import math
import os

import numpy as np

_F = np.float32
# What PyTorch's CPU generator writes down of itself; ``normal_y`` is the second of a pair of normals, if it is kept.
_STATE = np.dtype([("seed", "u8"), ("left", "i4"), ("seeded", "i4"), ("next", "u8"), ("words", "u8", 624), ("normal_x", "f8"),
                   ("normal_y", "f8"), ("normal_rho", "f8"), ("is_kept", "i8"), ("float_normal", "i8")])  # fmt: skip
_MASK24, _MASK53 = np.uint64((1 << 24) - 1), np.uint64((1 << 53) - 1)


class Generator:
    """A source of random numbers. ``manual_seed`` starts it anew, ``get_state``/``set_state`` carry it over."""

    def __init__(self, device="cpu"):
        self.device = device
        self._bits = self._spare = None  # made on first use: importing ``numpy.random`` takes 10 ms
        # (its 624 words, how many are drawn) until the next draw, and whether NumPy's has yet to be set to them: that takes and gives
        # them one by one, and who carries a state to and fro, as checkpointing does, often draws nothing meanwhile
        self._standing, self._due = None, False
        self._seed = int.from_bytes(os.urandom(8), "little")

    def manual_seed(self, seed: int) -> Generator:
        """Start anew; only the low 32 bits of ``seed`` count, as in PyTorch."""
        if not -(2**63) <= (seed := int(seed)) < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed & 0xFFFFFFFFFFFFFFFF
        self._bits = self._spare = self._standing = None
        self._due = False
        return self

    def seed(self) -> int:
        """Start anew from a seed nobody chose, and return it."""
        return self.manual_seed(int.from_bytes(os.urandom(8), "little")).initial_seed()

    def initial_seed(self) -> int:
        return self._seed

    def get_state(self):
        """Everything the next draw depends on: a tensor of bytes (5056,), PyTorch's own."""
        from .tensor import wrap

        if self._standing is None:
            state = self._engine().state["state"]
            self._standing = state["key"], state["pos"]
        (key, at), kept = self._standing, np.zeros(1, _STATE)
        at %= 624
        kept["seed"], kept["seeded"], kept["left"], kept["next"], kept["words"] = (
            self._seed,
            1,
            625 - (at or 624),
            at,
            key,
        )
        if self._spare is not None:
            kept["normal_y"], kept["is_kept"] = self._spare, 1
        return wrap(kept.view(np.uint8))

    def set_state(self, new_state) -> Generator:
        """Go on as from ``new_state``. TypeError for what is no tensor of bytes, RuntimeError for one of another size."""
        array = getattr(new_state, "_array", None)
        if array is None or array.dtype != np.uint8:
            told = f"expected a torch.ByteTensor, but got {type(new_state).__name__}"
            raise TypeError(told if array is None else "RNG state must be a torch.ByteTensor")
        if array.size != _STATE.itemsize:
            told = f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input RNG state size to be {array.size}"
            raise RuntimeError(told)
        kept = np.ascontiguousarray(array).view(_STATE)[0]
        self._seed, self._spare = int(kept["seed"]), float(kept["normal_y"]) if kept["is_kept"] else None
        self._standing = kept["words"].astype(np.uint32), 624 if kept["left"] == 1 else int(kept["next"])
        self._due = True
        return self

    def clone_state(self) -> Generator:
        """Another generator, which draws from here on what this one would."""
        return Generator(self.device).set_state(self.get_state())

    # ------------------------------------------------------------------ words and uniform numbers
    def _engine(self):
        if self._bits is None:
            from numpy.random import MT19937

            self._bits = MT19937()
            self._bits._legacy_seeding(self._seed & 0xFFFFFFFF)
        if self._due:
            key, at = self._standing
            self._bits.state, self._due = {"bit_generator": "MT19937", "state": {"key": key, "pos": at}}, False
        return self._bits

    def words(self, n: int) -> np.ndarray:
        """``n`` 32-bit words, as uint64."""
        if refusal is not None:
            raise RuntimeError(refusal)
        engine, self._standing = self._engine(), None
        return engine.random_raw(n)

    def words64(self, n: int) -> np.ndarray:
        """``n`` 64-bit words, the first draw of each pair in the high half."""
        pairs = self.words(2 * n).reshape(n, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def uniform(self, n: int, dtype, low=0.0, high=1.0) -> np.ndarray:
        """``n`` numbers in [low, high): of 2**53 values in float64, of 2**24 otherwise; of complex ones each part."""
        if np.dtype(dtype).kind == "c":
            return self.uniform(2 * n, _part(dtype), low, high).view(dtype)
        if np.dtype(dtype).itemsize == 2:  # rounded once; to ``low``, as in PyTorch, what rounding takes to ``high``
            made = _fma(((self.words(n) & _MASK24) / 2.0**24).astype(_F), _F(high) - _F(low), _F(low)).astype(dtype)
            made[made == dtype.type(high)] = low
            return made
        if dtype == np.float64:
            made = (self.words64(n) & _MASK53) / 2.0**53
        else:
            made = ((self.words(n) & _MASK24) / 2.0**24).astype(dtype)
        if low == 0 and high == 1:
            return made
        low, high = dtype.type(low), dtype.type(high)
        return _fma(made, high - low, low) if dtype == np.float32 else made * (high - low) + low

    def integers(self, low: int, high: int, n: int) -> np.ndarray:
        """``n`` int64 in [low, high): a word modulo the range, a double word from 2**28 on."""
        span = np.uint64(high - low)
        words = self.words64(n) if high - low >= 1 << 28 else self.words(n)
        return (words % span).astype(np.int64) + low

    def permutation(self, n: int) -> np.ndarray:
        """0 .. n-1 shuffled by Fisher and Yates from the front."""
        out = list(range(n))
        for i, word in enumerate(self.words(max(n - 1, 0)).tolist()):
            j = i + word % (n - i)
            out[i], out[j] = out[j], out[i]
        return np.array(out, np.int64)

    # ------------------------------------------------------------------ normal numbers
    def normal(self, n: int, dtype, mean=0.0, std=1.0) -> np.ndarray:
        """``n`` normal numbers; of complex ones each part has half the variance."""
        if np.dtype(dtype).kind == "c":
            return self.normal(2 * n, _part(dtype), 0.0, std / math.sqrt(2)).view(dtype) + np.dtype(dtype).type(mean)
        if n < 16:
            return np.array([self._one_normal() * std + mean for _ in range(n)]).astype(dtype)
        if np.dtype(dtype).itemsize == 2:  # float16 and bfloat16: the last block's numbers follow those of whole blocks
            out = np.empty(n, _F)
            out[: n - n % 16] = self.normal(n - n % 16, _F, mean, std)
            if n % 16:
                out[-16:] = self.normal(16, _F, mean, std)
            return out.astype(dtype)
        uniform = self.uniform(n, dtype)
        whole = n - n % 16
        out = np.empty(n, dtype)
        out[:whole] = _box_muller(uniform[:whole])
        if n % 16:  # the last block overlaps the one before it, from fresh numbers
            out[-16:] = _box_muller(self.uniform(16, dtype))
        if mean == 0 and std == 1:
            return out
        return _fma(out, _F(std), _F(mean)) if dtype == np.float32 else out * std + mean

    def normals(self, n: int) -> np.ndarray:
        """``n`` standard normal float64, drawn one at a time however many they are."""
        return np.array([self._one_normal() for _ in range(n)], np.float64)

    def _one_normal(self) -> float:
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        u, v = self.uniform(2, np.float64).tolist()
        radius, angle = math.sqrt(-2 * math.log1p(-v)), 2 * math.pi * u
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)


def _part(dtype) -> np.dtype:
    """The floating dtype of a complex number's parts."""
    return np.dtype(np.dtype(dtype).type(0).real.dtype)


def _box_muller(uniform: np.ndarray) -> np.ndarray:
    """Standard normals from uniforms, in blocks of 16: eight radii, then eight angles."""
    blocks = uniform.reshape(-1, 16)
    u, v = 1 - blocks[:, :8], blocks[:, 8:]
    if uniform.dtype == np.float64:
        radius, angle = np.sqrt(-2 * np.log(u)), 2 * math.pi * v
        sine, cosine = np.sin(angle), np.cos(angle)
    else:
        radius = np.sqrt(_F(-2) * _log(u))
        sine, cosine = _sine_cosine(_F(2 * math.pi) * v)
    return np.concatenate([radius * cosine, radius * sine], axis=1).reshape(-1)


# ---------------------------------------------------------------------- Cephes in float32, as AVX2 with FMA computes it


def _fma(a, b, c):
    """a * b + c rounded once: the product of two float32 is exact in float64."""
    return (a.astype("f8") * np.asarray(b, "f8") + np.asarray(c, "f8")).astype("f4")


def _polynomial(x, first, *rest):
    y = np.full_like(x, first)
    for coefficient in rest:
        y = _fma(y, x, _F(coefficient))
    return y


def _log(x):
    """Natural logarithm of positive float32."""
    bits = np.maximum(x, _F(1.17549435e-38)).view("i4")
    exponent = ((bits >> 23) - 0x7F).astype("f4") + _F(1)
    x = ((bits & ~0x7F800000) | 0x3F000000).view("f4")
    low = x < _F(0.707106781186547524)
    x = x - _F(1) + np.where(low, x, _F(0))
    exponent -= low
    z = x * x
    y = x * _polynomial(x, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)  # fmt: skip
    y = _fma(y, z, exponent * _F(-2.12194440e-4))
    return _fma(exponent, _F(0.693359375), x + _fma(z, _F(-0.5), y))


def _sine_cosine(x):
    """Sine and cosine of float32 in [0, 2 pi]."""
    octant = ((x * _F(1.27323954473516)).astype("i4") + 1) & ~1
    y = octant.astype("f4")
    for part in (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8):
        x = _fma(y, _F(part), x)
    z = x * x
    cosine = _polynomial(z, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2) * z
    cosine = _fma(cosine, z, -(z * _F(0.5))) + _F(1)
    sine = _polynomial(z, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1) * z
    sine = _fma(sine, x, x)
    straight = (octant & 2) == 0
    sine, cosine = np.where(straight, sine, cosine), np.where(straight, cosine, sine)
    return np.where((octant & 4) != 0, -sine, sine), np.where(((octant - 2) & 4) == 0, -cosine, cosine)


default = Generator()
refusal: str | None = None  # why no number may be drawn now: func.vmap sets it


def source(generator: Generator | None = None) -> Generator:
    """What to draw from: the generator that was given, else the default one. Where a program is captured it writes down what is drawn."""
    return generator or default


def manual_seed(seed: int) -> Generator:
    """Start the default generator anew. The numbers that follow are PyTorch's.

    >>> from autograd_lab.core import manual_seed, randn
    >>> _ = manual_seed(0)
    >>> randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    return default.manual_seed(seed)


def get_rng_state():
    """Everything the next random number depends on."""
    return default.get_state()


def set_rng_state(new_state) -> None:
    """Go on as from ``new_state``."""
    default.set_state(new_state)
