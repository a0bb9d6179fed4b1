"""What a training run tells: numbers that NumPy gives too, in bounded memory, and a learning rate that goes both ways."""

import math

import numpy as np
import pytest

import autograd_lab as torch


def trained(steps, **options):
    """Steps of SGD on |w|^2, followed by a monitor."""
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    monitor = torch.monitor(optimizer, names={"w": w}, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        optimizer.step()
        monitor.log(loss)
    return monitor


def test_curves_are_what_numpy_computes():
    monitor = trained(4, every=1)
    assert monitor.steps == 4
    assert np.allclose([v for _, v in monitor.losses], [25 * 0.64**k for k in range(4)])
    assert [k for k, _ in monitor.gradients["w"]] == [0, 2]  # a look, then the comparison with what the next step left
    assert np.allclose([v for _, v in monitor.gradients["w"]], [10, 6.4])
    assert [k for k, _ in monitor.updates["w"]] == [1, 3]
    assert np.allclose([v for _, v in monitor.updates["w"]], [0.2, 0.2])


def test_however_long_the_run_the_curves_stay_short(monkeypatch):
    from autograd_lab.views.monitor import POINTS

    monitor = torch.monitor(torch.ones(2, requires_grad=True), every=1)
    for k in range(5 * POINTS):
        monitor.log(k)
    assert len(monitor.losses) <= 2 * POINTS and len(monitor.updates["parameter 0"]) <= POINTS
    assert monitor.losses[0] == (0, 0) and monitor.losses[-1][0] > 5 * POINTS - 10
    assert all(value == step for step, value in monitor.losses)


def test_looks_wait_for_what_they_cost(monkeypatch):
    import importlib

    module = importlib.import_module("autograd_lab.views.monitor")
    now = [0.0]

    def clock():
        now[0] += 1e-4  # a look reads the clock twice: it costs 0.1 ms
        return now[0]

    monkeypatch.setattr(module, "perf_counter", clock)
    w = torch.ones(2, requires_grad=True)
    monitor = torch.monitor(w, names={"w": w})
    for _ in range(2000):
        w.grad = torch.ones(2)
        monitor.log(1.0)
    # a look and its comparison cost 0.2 ms, the step between them takes 0.1: a four-hundredth of 800 such steps
    apart = round(2e-4 / module.SHARE / 1e-4)
    assert [step for step, _ in monitor.gradients["w"]] == list(range(0, 2000, apart))
    assert [step for step, _ in monitor.updates["w"]] == list(range(1, 2000, apart))
    assert monitor.to_wire()["apart"] == apart and f"looks {apart} steps apart" in repr(monitor)


def test_a_pause_between_two_cells_is_no_measure_of_the_loop():
    monitor = torch.monitor(torch.ones(2, requires_grad=True))
    monitor._pace(1e-3, 1e-4)
    assert monitor._apart == 40
    monitor._pace(60.0, 1e-4)  # the reader had lunch between a look and its comparison
    assert monitor._apart == 20
    monitor._pace(1e-3, 1.0)  # another program ran during the look
    assert monitor._apart == 40
    for _ in range(10):
        monitor._pace(60.0, 1e-4)
    assert monitor._apart == 2  # a look, and the comparison that follows it


def test_the_learning_rate_is_the_optimisers():
    monitor = trained(1)
    heard = []
    monitor.on_lr(heard.append)
    assert monitor.lr == 0.1
    monitor.hear({"type": "lr", "lr": 0.5})
    assert monitor.optimizer.param_groups[0]["lr"] == 0.5 and heard == [0.5]
    for bad in ({"type": "lr", "lr": float("nan")}, {"type": "lr", "lr": "1"}, {"type": "lr"}, {"type": "step"}):
        monitor.hear(bad)
    assert monitor.lr == 0.5
    alone = torch.monitor(torch.ones(1, requires_grad=True))
    assert alone.lr is None


def test_a_module_gives_its_parameters_by_the_learners_names():
    model = torch.nn.Linear(3, 2)
    assert list(torch.monitor(model).parameters) == ["model.weight", "model.bias"]
    assert list(torch.monitor(model.parameters(), names={}).parameters) == ["parameter 0", "parameter 1"]


def test_what_is_not_finite_travels_as_a_gap():
    monitor = torch.monitor(torch.ones(1, requires_grad=True), every=1)
    for loss in (1.0, math.nan, math.inf, 2.0):
        monitor.log(loss)
    assert monitor.to_wire()["losses"] == [[0, 1.0], [1, None], [2, None], [3, 2.0]]


def test_clear_begins_again():
    monitor = trained(3, every=1)
    monitor.clear()
    assert monitor.to_wire() == {"steps": 0, "apart": 2, "lr": 0.1, "losses": [], "gradients": {"w": []}, "updates": {"w": []}}


def test_who_gives_no_loss_is_told_how():
    watch = torch.monitor(torch.ones(2, requires_grad=True), names={})
    assert "loss" not in repr(watch)
    watch.log()
    assert repr(watch).startswith("Monitor(1 steps, told no loss: log(loss)")
    watch.log(0.5)
    assert "loss 0.5" in repr(watch) and "no loss" not in repr(watch)


def test_what_cannot_be_followed_is_refused():
    with pytest.raises(TypeError, match="of type int"):
        torch.monitor(3)
    with pytest.raises(ValueError, match="no parameter"):
        torch.monitor([])
    with pytest.raises(ValueError, match="every=0"):
        torch.monitor(torch.ones(1), every=0)


def test_the_widget_gets_the_curves_and_gives_the_rate():
    pytest.importorskip("anywidget")
    from autograd_lab.views.widgets import MonitorWidget

    monitor = trained(2, every=1)
    widget = monitor._widget = MonitorWidget(monitor)
    assert widget.curves == monitor.to_wire()
    monitor.log(0.5)
    monitor.show()
    assert widget.curves["steps"] == 3
    widget._handle_custom_msg({"type": "lr", "lr": 0.25}, [])
    assert monitor.lr == 0.25 and widget.curves["lr"] == 0.25


@pytest.mark.parametrize("lr", ["a", -1, float("nan"), float("inf")])
def test_a_learning_rate_is_a_number_from_zero_on(lr):
    with pytest.raises(ValueError, match="a learning rate is a number, 0 or more"):
        torch.monitor(torch.ones(2, requires_grad=True), lr=lr)
