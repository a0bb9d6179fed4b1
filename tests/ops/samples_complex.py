"""Samples of complex numbers and transforms. Leaves are real, and so is what comes out: parts stand as a last dimension of 2."""


def c(m, t, *shape, **options):
    """Complex numbers of two real leaves."""
    return m.complex(t(*shape, **options), t(*shape, **options))


def out(m, z):
    return m.view_as_real(z.resolve_conj()) if z.is_complex() else z


def over(word):
    """A call of ``word`` on complex numbers, its real and imaginary parts."""
    return lambda m, t: out(m, word(m, t))


SAMPLES = {
    "complex": [over(lambda m, t: m.complex(t(3), t(3))), over(lambda m, t: m.complex(t(2, 1), t(3))), over(lambda m, t: m.complex(t(), t())), lambda m, t: m.complex(t(0, 3), t(3)).abs()],
    "polar": [over(lambda m, t: m.polar(t(3, low=0.1), t(3))), over(lambda m, t: m.polar(t(2, 1, low=0.1), t(3)))],
    "view_as_real": [lambda m, t: m.view_as_real(c(m, t, 2, 3)), lambda m, t: m.view_as_real(c(m, t))],
    "view_as_complex": [over(lambda m, t: m.view_as_complex(t(3, 2)))],
    "real": [lambda m, t: m.real(c(m, t, 3)), lambda m, t: c(m, t, 2, 3).real * 1, lambda m, t: m.real(t(3))],
    "imag": [lambda m, t: m.imag(c(m, t, 3)), lambda m, t: c(m, t, 2, 3).imag * 1, lambda m, t: c(m, t, 2, 3).mH.imag * 2],
    "conj": [over(lambda m, t: m.conj(c(m, t, 3))), over(lambda m, t: c(m, t, 3).conj() * c(m, t, 3)), lambda m, t: t(3).conj()],
    "conj_physical": [over(lambda m, t: m.conj_physical(c(m, t, 3))), over(lambda m, t: (c(m, t, 3)).conj_physical_())],
    "resolve_conj": [over(lambda m, t: m.resolve_conj(c(m, t, 3)))], "resolve_neg": [over(lambda m, t: m.resolve_neg(c(m, t, 3))), lambda m, t: c(m, t, 3).conj().imag.resolve_neg()],
    "complex arithmetic": [over(lambda m, t, f=f: f(c(m, t, 2, 3), c(m, t, 3, low=0.2))) for f in (
        lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x * y.real, lambda x, y: x.imag / y,
        lambda x, y: x * 2.5, lambda x, y: 1j * x, lambda x, y: (1 + 2j) / y, lambda x, y: y**2, lambda x, y: y**-1, lambda x, y: y ** (0.5 + 1j),
        lambda x, y: y**x, lambda x, y: -x, lambda x, y: 2 - x, lambda x, y: x.abs(), lambda x, y: x.angle(), lambda x, y: x.sgn(), lambda x, y: x @ y.T if y.ndim > 1 else x @ y,
        lambda x, y: x.t() @ x, lambda x, y: x.H @ x, lambda x, y: x.mean(), lambda x, y: x.sum(0), lambda x, y: y.prod(), lambda x, y: y.cumsum(0), lambda x, y: y.cumprod(0))],
    "complex functions": [over(lambda m, t, name=name: getattr(m, name)(c(m, t, 2, 3, low=0.2, high=0.8))) for name in """exp expm1 log log1p log2 log10 sin cos tan
        asin acos atan sinh cosh tanh asinh atanh sigmoid sqrt rsqrt reciprocal square abs angle sgn""".split()],
    "complex indexing": [over(lambda m, t, f=f: f(m, c(m, t, 4, 3))) for f in (
        lambda m, z: z[1], lambda m, z: z[[0, 0, 2]], lambda m, z: z.T.reshape(-1), lambda m, z: m.cat([z, z * 2]), lambda m, z: z.flip(0).roll(1, 1), lambda m, z: m.stack(z.unbind(1)),
        lambda m, z: m.where(z.real > 0, z, z * 2j), lambda m, z: z.tril(), lambda m, z: z.expand(2, 4, 3), lambda m, z: z.gather(0, m.tensor([[0, 1, 0]])), lambda m, z: z.masked_fill(z.real > 0, 1j))],
}  # fmt: skip

F = "fft."
SAMPLES |= {
    F + name: [
        over(lambda m, t, name=name: getattr(m.fft, name)(c(m, t, 2, 4))),
        over(lambda m, t, name=name: getattr(m.fft, name)(c(m, t, 2, 5), 6, norm="ortho")),
        over(lambda m, t, name=name: getattr(m.fft, name)(t(3, 4), 3, 0, "forward")),
    ]
    for name in "fft ifft hfft irfft".split()
}
SAMPLES |= {
    F + name: [
        over(lambda m, t, name=name: getattr(m.fft, name)(t(2, 5))),
        over(lambda m, t, name=name: getattr(m.fft, name)(t(4, 3), 6, 0, norm="ortho")),
    ]
    for name in "rfft ihfft".split()
}
SAMPLES |= {
    F + name: [
        over(lambda m, t, name=name: getattr(m.fft, name)(c(m, t, 2, 3, 4))),
        over(lambda m, t, name=name: getattr(m.fft, name)(c(m, t, 3, 4), (2, 5), norm="forward")),
    ]
    for name in "fft2 ifft2 fftn ifftn hfft2 irfft2 hfftn irfftn".split()
}
SAMPLES |= {
    F + name: [
        over(lambda m, t, name=name: getattr(m.fft, name)(t(2, 3, 4))),
        over(lambda m, t, name=name: getattr(m.fft, name)(t(3, 4), (2, 5), norm="ortho")),
    ]
    for name in "rfft2 ihfft2 rfftn ihfftn".split()
}
SAMPLES |= {
    F + name: [
        lambda m, t, name=name: getattr(m.fft, name)(t(3, 4)),
        lambda m, t, name=name: getattr(m.fft, name)(t(3, 4), 0),
    ]
    for name in ("fftshift", "ifftshift")
}
SAMPLES |= {
    F + name: [lambda m, t, name=name: getattr(m.fft, name)(5, 0.5, dtype=t(1).dtype)] for name in ("fftfreq", "rfftfreq")
}
SAMPLES |= {
    "stft": [
        lambda m, t: m.stft(t(16), 4, return_complex=True).abs(),
        lambda m, t: m.stft(t(2, 16), 6, 2, 4, t(4), normalized=True, onesided=False, pad_mode="constant", return_complex=True).abs(),
        lambda m, t: m.stft(t(16), 4, center=False, return_complex=False),
    ],
    "istft": [lambda m, t: m.istft(c(m, t, 3, 5), 4, window=t(4, low=0.5, grad=False)),
              lambda m, t: m.istft(c(m, t, 2, 3, 5), 4, 2, window=t(4, low=0.5), length=8)],
}  # fmt: skip
