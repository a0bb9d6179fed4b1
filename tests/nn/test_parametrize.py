"""Parametrised tensors beside PyTorch's: values, gradients, states, text, removal, refusals."""

import copy

import pytest

from .beside import holds, lab


def symmetric(m):
    class Symmetric(m.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, a):
            return a.triu()

    return Symmetric()


def doubled(m):
    class Doubled(m.nn.Module):
        def forward(self, x):
            return x * 2

    return Doubled()


def split(m):
    class Split(m.nn.Module):
        def forward(self, a, b):
            return a + b

        def right_inverse(self, x):
            return x / 4, x * 3 / 4

    return Split()


def used(m, layer, *more):
    out = layer(m.randn(2, 3))
    (out * out).sum().backward()
    return (
        repr(layer),
        out,
        layer.weight,
        list(layer.state_dict()),
        layer.state_dict(),
        {n: p.grad for n, p in layer.named_parameters()},
        *more,
    )


def registered(m, *makers, **options):
    layer = m.nn.Linear(3, 3)
    for make in makers:
        m.nn.utils.parametrize.register_parametrization(layer, "weight", make(m), **options)
    return layer


def assigned(m):
    layer = registered(m, symmetric)
    layer.weight = m.ones(3, 3)
    return layer.weight, layer.parametrizations.weight.original


def removed(m, *makers, **options):
    layer = registered(m, *makers)
    layer(m.ones(1, 3))
    out = m.nn.utils.parametrize.remove_parametrizations(layer, "weight", **options)
    return repr(out), list(out.state_dict()), out.weight, type(out.weight).__name__, m.nn.utils.parametrize.is_parametrized(out)


def counted(m):
    told = []

    class Told(m.nn.Module):
        def forward(self, x):
            told.append(1)
            return x

    layer = m.nn.utils.parametrize.register_parametrization(m.nn.Linear(3, 3), "weight", Told())
    told.clear()
    with m.nn.utils.parametrize.cached():
        layer(m.ones(1, 3)), layer(m.ones(1, 3)), layer.weight
    inside = len(told)
    layer(m.ones(1, 3))
    return inside, len(told)


def parametrizations(m):
    return m.nn.utils.parametrizations


CLAIMS = {
    "one": lambda m: used(m, registered(m, symmetric)), "two": lambda m: used(m, registered(m, symmetric, doubled)), "without an inverse": lambda m: used(m, registered(m, doubled)),
    "of two tensors": lambda m: used(m, registered(m, split)), "assigned": assigned, "assigned without an inverse": lambda m: setattr(registered(m, doubled), "weight", m.ones(3, 3)),
    "removed": lambda m: removed(m, symmetric), "removed, as it was": lambda m: removed(m, doubled, leave_parametrized=False), "removed of two": lambda m: removed(m, split),
    "removed of two, as it was": lambda m: removed(m, split, leave_parametrized=False), "removed, not there": lambda m: m.nn.utils.parametrize.remove_parametrizations(m.nn.Linear(1, 1), "weight"),
    "not there": lambda m: m.nn.utils.parametrize.register_parametrization(m.nn.Linear(1, 1), "wait", doubled(m)), "cached": counted,
    "another shape": lambda m: m.nn.utils.parametrize.register_parametrization(m.nn.Linear(2, 3), "weight", m.nn.Flatten(0)),
    "class before": lambda m: [m.nn.utils.parametrize.type_before_parametrizations(of) is m.nn.Linear
                               for of in (registered(m, doubled), m.nn.Linear(1, 1))],
    "asked": lambda m: [m.nn.utils.parametrize.is_parametrized(registered(m, doubled), n) for n in (None, "weight", "bias")],
    "of a buffer": lambda m: (lambda b: (m.nn.utils.parametrize.register_parametrization(b, "running_mean", doubled(m)), b.running_mean, list(b.state_dict()), [n for n, _ in b.named_buffers()])[1:])(m.nn.BatchNorm1d(2)),
    "weight_norm": lambda m: used(m, parametrizations(m).weight_norm(m.nn.Linear(3, 2))), "weight_norm along 1": lambda m: used(m, parametrizations(m).weight_norm(m.nn.Linear(3, 2), dim=1)),
    "spectral_norm": lambda m: used(m, parametrizations(m).spectral_norm(m.nn.Linear(3, 2))), "spectral_norm, evaluated": lambda m: used(m, parametrizations(m).spectral_norm(m.nn.Linear(3, 2)).eval()),
    "spectral_norm, not there": lambda m: parametrizations(m).spectral_norm(m.nn.Linear(3, 2), "wait"), "spectral_norm, no step": lambda m: parametrizations(m).spectral_norm(m.nn.Linear(3, 2), n_power_iterations=0),
    "trained": lambda m: (lambda s, o: ([(o.zero_grad(), (s(m.ones(1, 3)) ** 2).sum().backward(), o.step()) for _ in range(3)], s.state_dict())[1])(*(lambda s: (s, m.optim.SGD(s.parameters(), lr=0.1)))(registered(m, symmetric))),
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    holds(CLAIMS[claim], 2e-5)


def test_a_copy_is_parametrised_by_itself():
    layer = registered(lab, symmetric)
    copied = copy.deepcopy(layer)
    copied.parametrizations.weight.original.data.zero_()
    assert copied.weight.abs().sum() == 0 and layer.weight.abs().sum() > 0
    lab.nn.utils.parametrize.remove_parametrizations(copied, "weight")
    assert lab.nn.utils.parametrize.is_parametrized(layer) and layer.weight.abs().sum() > 0
