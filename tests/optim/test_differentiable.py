"""``differentiable=True``: gradients through some steps, by the first weights and the settings, beside PyTorch's."""

import pytest

import autograd_lab as lab
from autograd_lab import optim  # noqa: F401  (found as lab.optim below)

KINDS = {
    "SGD": ["", "momentum=0.9, nesterov=True", "momentum=0.8, dampening=0.1, weight_decay=0.1", "maximize=True"],
    "Adam": ["", "amsgrad=True", "weight_decay=0.1, maximize=True"], "AdamW": ["", "weight_decay=0.2"],
    "Adamax": ["weight_decay=0.1"], "NAdam": ["", "weight_decay=0.1", "weight_decay=0.1, decoupled_weight_decay=True"],
    "RAdam": ["", "betas=(0.5, 0.6)", "weight_decay=0.1, decoupled_weight_decay=True"],
    "RMSprop": ["", "momentum=0.9", "centered=True, momentum=0.5, weight_decay=0.1"], "Adagrad": ["", "lr_decay=0.1, weight_decay=0.1"],
    "Adadelta": ["", "weight_decay=0.1"], "Rprop": [""], "ASGD": ["", "weight_decay=0.1", "t0=0"],
}  # fmt: skip
CASES = [(kind, options) for kind, settings in KINDS.items() for options in settings]


def told(function):
    """What it gives; of an error its type and first sentence, without the name of the node that PyTorch adds."""
    try:
        return function()
    except (RuntimeError, TypeError, AssertionError) as error:
        return [type(error).__name__, str(error).splitlines()[0].partition(", which is")[0].partition(". ")[0]]


def trained(m, kind, steps, dtype, settings):
    """Some steps down from weights w0: the gradient, at the end, by them and by the settings that require one."""
    z = m.tensor([0.5 + 1j, -2.0 + 0.3j] if dtype == "complex128" else [0.5, -2.0], dtype=getattr(m, dtype))
    w0 = z.requires_grad_()
    w = w0.clone()
    optimizer = getattr(m.optim, kind)([w], differentiable=True, **settings)
    for _ in range(steps):
        loss = ((w * w.conj()).real ** 2).sum() + (w * w.flip(0)).sum().real
        (w.grad,) = m.autograd.grad(loss, w, create_graph=True)
        optimizer.step()
    (w * w.conj()).real.sum().backward()
    by = [w0, *(v for v in settings.values() if hasattr(v, "grad"))]
    return [
        w.detach().tolist(),
        w.grad_fn.name(),
        sorted(optimizer.state[w]),
        *(None if t.grad is None else t.grad.tolist() for t in by),
    ]


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("rate", ["0.05", "m.tensor(0.05, dtype=m.float64, requires_grad=True)"])
@pytest.mark.parametrize(("kind", "options"), CASES)
def test_a_loss_after_some_steps(kind, options, rate, dtype, holds):
    def claim(m):
        settings = eval(f"dict(lr={rate}, {options})", {"m": m})
        return [told(lambda: trained(m, kind, steps, dtype, settings)) for steps in (1, 2, 3)]

    holds(claim, warnings=False)


DECAYING = [(kind, "lr=0.1, weight_decay=t(0.1)") for kind in KINDS if kind != "Rprop"]
AVERAGING = [(kind, "lr=t(0.01), betas=(t(0.9), t(0.99))") for kind in ("Adam", "AdamW", "NAdam", "RAdam", "Adamax")]


@pytest.mark.parametrize(("kind", "settings"), DECAYING + AVERAGING)
def test_settings_that_require_a_gradient(kind, settings, holds):
    def claim(m):
        def given():
            return eval(f"dict({settings})", {"t": lambda v: m.tensor(v, dtype=m.float64, requires_grad=True)})

        return told(lambda: trained(m, kind, 2, "float64", given()))

    holds(claim)


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_refuses_and_when_it_records(kind, holds):
    def claim(m):
        leaf = m.ones(2, requires_grad=True)
        leaf.grad = m.ones(2)
        inner = m.ones(2, requires_grad=True) * 1
        inner.grad = m.ones(2)
        make = getattr(m.optim, kind)
        said = [
            told(lambda: make([leaf], lr=0.1, differentiable=True).step()),
            told(lambda: make([inner], lr=0.1, differentiable=True, foreach=True).step()),
        ]
        optimizer = make([inner], lr=0.1, differentiable=True)
        with m.no_grad():
            optimizer.step()
        return [*said, inner.grad_fn.name(), told(lambda: optimizer.step(m.is_grad_enabled))]

    holds(claim)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "Adagrad"])
def test_fused_steps_are_not_recorded(kind):
    with pytest.raises(RuntimeError, match="`fused` does not support `differentiable`"):
        getattr(lab.optim, kind)([lab.ones(1)], lr=0.1, differentiable=True, fused=True)
