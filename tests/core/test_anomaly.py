"""Anomaly mode: a backward that goes wrong names the forward lines that led to it."""

import warnings
from pathlib import Path

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def square_root_of_less_than_nothing(m):
    x = m.tensor([-1.0], requires_grad=True)
    return x.sqrt().sum()


def told(m, make, *, outside=False, check_nan=True):
    """(what was raised, the warnings) of a backward under anomaly mode."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = make(m) if outside else None
        try:
            with m.autograd.detect_anomaly(check_nan=check_nan):
                (made if outside else make(m)).backward()
            raised = None
        except Exception as error:
            raised = str(error)
    return raised, [str(w.message) for w in caught]


CASES = {
    "nan": (square_root_of_less_than_nothing, {}), "made outside": (square_root_of_less_than_nothing, {"outside": True}),
    "nan let through": (square_root_of_less_than_nothing, {"check_nan": False}),
    "infinity": (lambda m: m.zeros(1, requires_grad=True).sqrt().sum(), {}), "0 / 0": (lambda m: (lambda x: (x / x).sum())(m.zeros(1, requires_grad=True)), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_as_torch(name):
    make, options = CASES[name]
    ours, theirs = told(lab, make, **options), told(torch, make, **options)
    assert ours[0] == theirs[0]
    assert [text.splitlines()[0] for text in ours[1]] == [text.splitlines()[0].split(" (Triggered")[0] for text in theirs[1]]


def test_the_users_line_stands_in_the_traceback():
    _, (_, text) = told(lab, square_root_of_less_than_nothing)
    assert "return x.sqrt().sum()" in text and str(Path(lab.__file__).parent) not in text


def test_an_in_place_change_is_traced_to_the_operation_that_saved_the_value():
    def change(m):
        a = m.ones(2, requires_grad=True)
        b = a.exp()
        b.add_(1)
        return b.sum()

    ours, theirs = told(lab, change), told(torch, change)
    assert ours[0] == theirs[0] and "Good luck!" in ours[0]
    assert ours[1][-1].startswith("Error detected in ExpBackward0. Traceback of forward call") and "a.exp()" in ours[1][-1]


def test_a_gradients_gradient_tells_of_both():
    def second(m):
        x = m.tensor([0.0], requires_grad=True)
        (g,) = m.autograd.grad((x**1.5).sum(), x, create_graph=True)
        return (g * 0 / g).sum()  # the slope of the slope is infinite at 0

    raised, texts = told(lab, second)
    assert "returned nan values" in raised
    assert any("Previous calculation was induced by" in text or "Traceback of forward call" in text for text in texts)


def test_the_state_is_put_back():
    for m in (lab, torch):
        assert not m.is_anomaly_enabled() and m.is_anomaly_check_nan_enabled()
        with m.autograd.set_detect_anomaly(True, check_nan=False):
            assert m.is_anomaly_enabled() and not m.is_anomaly_check_nan_enabled()
            with m.autograd.set_detect_anomaly(False):
                assert not m.is_anomaly_enabled()
            assert m.is_anomaly_enabled()
        assert not m.is_anomaly_enabled() and m.is_anomaly_check_nan_enabled()
    x = lab.tensor([-1.0], requires_grad=True)
    x.sqrt().sum().backward()
    assert x.grad.isnan().all()


def test_metadata_is_a_dict_of_the_nodes_own():
    for m in (lab, torch):
        node = m.ones(1, requires_grad=True).exp().grad_fn
        assert node.metadata == {}
        node.metadata["mine"] = 3
        assert node.metadata == {"mine": 3}
