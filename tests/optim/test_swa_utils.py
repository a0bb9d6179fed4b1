"""Averages of weights beside PyTorch's."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")
from torch.optim import swa_utils  # noqa: E402, F401  (found as torch.optim.swa_utils below)


@pytest.mark.parametrize("options", [
    "", "avg_fn=u.get_ema_avg_fn(0.9)", "avg_fn=u.get_swa_avg_fn()", "multi_avg_fn=u.get_ema_multi_avg_fn(0.5)",
    "multi_avg_fn=u.get_swa_multi_avg_fn()", "use_buffers=True", "avg_fn=lambda a, b, n: a + b * n",
])  # fmt: skip
def test_the_same_average(options, holds):
    def claim(m):
        m.manual_seed(0)
        model = m.nn.Sequential(m.nn.Linear(3, 4), m.nn.BatchNorm1d(4)).double()
        averaged = m.optim.swa_utils.AveragedModel(model, **eval(f"dict({options})", {"u": m.optim.swa_utils}))
        optimizer = m.optim.SGD(model.parameters(), lr=0.1)
        batches = [m.randn(6, 3, dtype=m.float64) for _ in range(4)]
        for x in batches:
            optimizer.zero_grad()
            (model(x) * m.arange(4.0)).sin().sum().backward()
            optimizer.step()
            averaged.update_parameters(model)
        before = dict(averaged.state_dict())
        m.optim.swa_utils.update_bn([(x, None) for x in batches], averaged)
        return before, dict(averaged.state_dict()), averaged(batches[0]), averaged.module[1].momentum, averaged.training

    holds(claim, 1e-9)


@pytest.mark.parametrize(
    ("rate", "options"),
    [(0.05, ""), (0.2, "anneal_epochs=3, anneal_strategy='linear'"), (2.0, "anneal_epochs=0"), ([0.1], "anneal_epochs=4")],
)
def test_the_same_rates(rate, options, holds):
    def claim(m):
        optimizer = m.optim.SGD([m.ones(1, requires_grad=True)], lr=1.0)
        scheduler, rates = m.optim.swa_utils.SWALR(optimizer, rate, **eval(f"dict({options})")), []
        for _ in range(12):
            optimizer.step()
            scheduler.step()
            rates.append(scheduler.get_last_lr()[0])
        return rates

    holds(claim, 1e-12)


@pytest.mark.parametrize("wrong", [
    "AveragedModel(m.nn.Linear(1, 1), avg_fn=print, multi_avg_fn=print)", "get_ema_avg_fn(1.5)", "SWALR(o, [0.1, 0.2])", "SWALR(o, 0.1, 1.5)",
    "SWALR(o, 0.1, anneal_strategy='sine')",
])  # fmt: skip
def test_refusals(wrong, holds):
    def claim(m):
        eval(f"m.optim.swa_utils.{wrong}", {"m": m, "o": m.optim.SGD([m.ones(1)], lr=0.1)})

    holds(claim)


def test_a_model_without_batch_normalisation_is_left_alone():
    model = lab.nn.Linear(1, 1)
    lab.optim.swa_utils.update_bn(iter(lambda: pytest.fail("the loader was asked"), None), model)
