"""Layers that learn their width from the first input, beside PyTorch's."""

import copy

import pytest

from .beside import holds, lab

LAYERS = {
    "LazyLinear(3)": (2, 4), "LazyLinear(2, bias=False)": (5,), "LazyConv1d(4, 3, groups=2)": (2, 2, 5), "LazyConv2d(3, 2, padding=1)": (1, 2, 4, 4), "LazyConv3d(1, 2)": (1, 2, 2, 2, 2),
    "LazyConvTranspose1d(3, 2)": (2, 2, 4), "LazyConvTranspose2d(3, 2, stride=2, bias=False)": (1, 2, 3, 3), "LazyConvTranspose3d(2, 1)": (1, 2, 2, 2, 2), "LazyBatchNorm1d()": (4, 3),
    "LazyBatchNorm2d(momentum=0.3)": (2, 3, 2, 2), "LazyBatchNorm3d(affine=False)": (2, 3, 2, 2, 1), "LazyInstanceNorm1d()": (2, 3, 4), "LazyInstanceNorm2d(affine=False)": (2, 3, 4, 4),
    "LazyInstanceNorm3d(track_running_stats=False)": (1, 2, 2, 2, 2),
}  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
def test_a_lazy_layer_becomes_what_it_stands_for(layer):
    def claim(m):
        made, x = eval(f"m.nn.{layer}"), m.randn(*LAYERS[layer])
        told = repr(made), list(made.state_dict()), [repr(p) for p in made.parameters()]
        first = list(made.parameters())
        m.manual_seed(1)
        out = made(x)
        out.sum().backward()
        same = [a is b for a, b in zip(first, made.parameters())]
        return *told, same, out, repr(made), type(made).__name__, made.state_dict(), [p.grad for p in made.parameters()]

    holds(claim, 3e-5)


def test_a_lazy_network_trains():
    def claim(m):
        net = m.nn.Sequential(
            m.nn.LazyConv2d(2, 3), m.nn.LazyBatchNorm2d(), m.nn.ReLU(), m.nn.Flatten(), m.nn.LazyLinear(1)
        ).double()
        optimizer = m.optim.SGD(net.parameters(), lr=0.1)
        x = m.randn(3, 1, 4, 4, dtype=m.float64)
        for _ in range(3):
            optimizer.zero_grad()
            (net(x) ** 2).sum().backward()
            optimizer.step()
        return net, net.state_dict()

    holds(claim, 1e-9)


def test_a_state_gives_a_lazy_layer_its_width():
    def claim(m):
        lazy, layer = m.nn.LazyLinear(3), m.nn.Linear(4, 3)
        told = repr(lazy.load_state_dict(layer.state_dict()))
        return told, lazy.weight, lazy(m.ones(1, 4)), type(lazy).__name__

    holds(claim)


def test_a_copy_of_a_lazy_network_is_lazy():
    net = lab.nn.Sequential(lab.nn.LazyLinear(2)).double()
    copied = copy.deepcopy(net)
    net(lab.ones(1, 3, dtype=lab.float64))
    assert repr(copied[0]) == "LazyLinear(in_features=0, out_features=2, bias=True)" and copied[0].weight.dtype is lab.float64


REFUSALS = ["LazyLinear(2).weight.shape", "LazyConv2d(2, 2)(m.ones(3))", "LazyConv2d(4, 2, groups=4)(m.ones(1, 2, 3, 3))", "LazyBatchNorm2d()(m.ones(2, 3))",
            "Linear(2, 2).load_state_dict(m.nn.LazyLinear(2).state_dict())"]  # fmt: skip


@pytest.mark.parametrize("claim", REFUSALS)
def test_refusal(claim):
    holds(lambda m: eval(f"m.nn.{claim}"))


@pytest.mark.parametrize("use", [lambda w: w * 2, lambda w: w.sum(), lambda w: w.numel(), lambda w: lab.nn.init.zeros_(w)])
def test_what_has_no_shape_yet_is_not_computed_with(use):
    with pytest.raises(ValueError, match=r"Attempted to use an uninitialized parameter.* Call `forward` with a dummy batch"):
        use(lab.nn.LazyLinear(2).weight)
