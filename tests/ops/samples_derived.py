"""Samples of words made of others."""

SAMPLES = {
    "clamp_min": [lambda m, t: m.clamp_min(t(3, 4), 0.1), lambda m, t: t(3, 4).clamp_min(t(4))],
    "clamp_max": [lambda m, t: m.clamp_max(t(3, 4), 0.1), lambda m, t: t(3, 4).clamp_max(t(4))],
    "rsub": [lambda m, t: m.rsub(t(3), 2), lambda m, t: m.rsub(t(3), t(3), alpha=0.5)],
    "diff": [lambda m, t: m.diff(t(3, 4)), lambda m, t: t(4, 3).diff(2, 0), lambda m, t: m.diff(t(3, 4), prepend=t(3, 1), append=t(3, 2))],
    "trapezoid": [lambda m, t: m.trapezoid(t(3, 4)), lambda m, t: m.trapezoid(t(3, 4), t(4)), lambda m, t: m.trapezoid(t(3, 4), dx=0.5, dim=0)],
    "trapz": [lambda m, t: m.trapz(t(3, 4))],
    "cumulative_trapezoid": [lambda m, t: m.cumulative_trapezoid(t(3, 4)), lambda m, t: m.cumulative_trapezoid(t(3, 4), t(3, 4), dim=0)],
    "cov": [lambda m, t: m.cov(t(3, 4)), lambda m, t: t(4).cov(), lambda m, t: m.cov(t(2, 4), correction=0, fweights=t.ints(4, low=1), aweights=t(4, low=0.1, grad=False))],
    "corrcoef": [lambda m, t: m.corrcoef(t(3, 4))],
    "block_diag": [lambda m, t: m.block_diag(t(2, 2), t(3), t(1, 2))],
    "cartesian_prod": [lambda m, t: m.cartesian_prod(t(2), t(3))],
    "combinations": [lambda m, t: m.combinations(t(4)), lambda m, t: m.combinations(t(3), 3, with_replacement=True)],
    "frexp": [lambda m, t: m.frexp(t(4, low=0.3, high=5))[0]],
    "gradient": [lambda m, t: [g * 1 for g in m.gradient(t(4, 5))], lambda m, t: [g * 1 for g in m.gradient(t(5), spacing=0.5)]],
    "fill": [lambda m, t: m.fill(t(3, 4), 0.5), lambda m, t: (t(3, 4) * 1).fill_(0.5), lambda m, t: (t(2) * 1).fill_(t())],
    **{name: [lambda m, t, name=name: getattr(m, name)(t(3))] for name in "alias_copy".split()},
    **{name: [lambda m, t, name=name, more=more: [o * 1 for o in out] if isinstance(out := getattr(m, name)(t(2, 3), *more), tuple | list) else out * 1] for name, more in {
        "expand_copy": ((4, 2, 3),), "diagonal_copy": (), "as_strided_copy": ((2, 2), (1, 2)), "permute_copy": ((1, 0),), "split_with_sizes_copy": ([1, 2], 1), "squeeze_copy": (),
        "select_copy": (1, 2), "slice_copy": (1, 0, 3, 2), "split_copy": (2, 1), "unsqueeze_copy": (0,), "transpose_copy": (0, 1), "t_copy": (), "unbind_copy": (), "unfold_copy": (1, 2, 1), "view_copy": ((6,),)}.items()},
    "detach_copy": [lambda m, t: m.detach_copy(t(3, grad=False))],
    "view_as_complex_copy": [lambda m, t: m.view_as_real(m.view_as_complex_copy(t(3, 2, grad=False)))],
    "view_as_real_copy": [lambda m, t: m.view_as_real_copy(m.complex(t(3), t(3)))],
}  # fmt: skip


def some(m):
    """A mask with at least two True in every row and column."""
    return m.tensor([[True, True, False, True], [True, False, True, True], [False, True, True, True]])


def masked(name, *arguments, **options):
    """Of some elements and of all; where there is nothing, log_softmax is -inf, which has no slope, so its exponential is taken."""
    after = (lambda x: x.exp()) if name == "log_softmax" else lambda x: x * 1
    yield lambda m, t: after(getattr(m.masked, name)(t(3, 4), *arguments, mask=some(m), **options))
    yield lambda m, t: after(getattr(m.masked, name)(t(3, 4), *arguments, **options))


AROUND = "sum prod amax amin mean norm var std logsumexp".split()
SAMPLES |= {
    f"masked.{name}": [
        *masked(name),
        *masked(name, dim=1, keepdim=True),
        lambda m, t, name=name: getattr(m.masked, name)(t(3, 4), dim=0, mask=m.tensor([[True], [True], [False]])),
    ]
    for name in AROUND
}
SAMPLES |= {f"masked.{name}": list(masked(name, 1)) for name in "cumsum cumprod softmax log_softmax softmin median".split()}
SAMPLES["masked.var"] += masked("var", unbiased=False)
SAMPLES["masked.norm"] += masked("norm", 3, 1)
SAMPLES["masked.normalize"] = list(masked("normalize", 2.0, 1))
SAMPLES["masked.logaddexp"] = [lambda m, t: m.masked.logaddexp(t(3, 4), t(3, 4), input_mask=some(m))]
