"""Switches of the whole library answer as PyTorch's."""

import pytest
import torch

import autograd_lab as lab
from autograd_lab.core import overrides
from autograd_lab.overrides import TorchFunctionMode
from tests.nn.beside import calls, holds

CALLS = """
m.are_deterministic_algorithms_enabled() | m.use_deterministic_algorithms(True) or m.get_deterministic_debug_mode() | m.use_deterministic_algorithms(1)
m.use_deterministic_algorithms(True, warn_only=True) or (m.are_deterministic_algorithms_enabled(), m.is_deterministic_algorithms_warn_only_enabled())
m.set_deterministic_debug_mode('warn') or m.get_deterministic_debug_mode() | m.set_deterministic_debug_mode('bad') | m.set_deterministic_debug_mode(7)
m.get_float32_matmul_precision() | m.set_float32_matmul_precision('high') or m.get_float32_matmul_precision() | m.set_float32_matmul_precision('bad')
str(m.get_default_device()) | m.set_default_device('cpu') | m.set_default_device('bad') | m.set_num_threads(0) | m.set_num_threads(1.5) | m.set_num_interop_threads(0)
m.set_default_tensor_type(m.DoubleTensor) or m.get_default_dtype() | m.set_default_tensor_type('torch.DoubleTensor') or m.ones(1) | m.set_default_tensor_type(3)
m.is_warn_always_enabled() | m.set_warn_always(True) or m.is_warn_always_enabled() | m.set_warn_always(3) | m.set_anomaly_enabled(True) or m.is_anomaly_enabled()
m.cpu.is_available() | m.cpu.device_count() | m.cpu.current_device() | m.cpu.synchronize()
"""  # fmt: skip


@pytest.fixture(autouse=True)
def _as_before():
    yield
    for m in (lab, torch):
        m.use_deterministic_algorithms(False)
        m.set_float32_matmul_precision("highest")
        m.set_default_dtype(m.float32)
        m.set_warn_always(False)
        m.set_anomaly_enabled(False)


@pytest.mark.parametrize("call", calls(CALLS))
def test_a_switch(call):
    holds(lambda m: eval(call, {"m": m}), warnings="bad" in call and "matmul" in call)


def test_threads_of_a_product():
    before = lab.get_num_threads()
    try:
        lab.set_num_threads(1)
        assert lab.get_num_threads() == 1
    finally:
        lab.set_num_threads(before)
    assert lab.get_num_threads() == before


def test_tensors_are_made_on_the_default_device():
    pytest.importorskip("jax")
    from autograd_lab import nn

    with lab.device("jax:cpu"):
        layers = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        made = [
            lab.tensor([1.0]),
            lab.arange(3),
            lab.fft.fftfreq(4),
            lab.hann_window(4),
            *layers.parameters(),
            *layers.buffers(),
        ]
        assert {str(t.device) for t in made} == {"jax:cpu"} == {str(lab.get_default_device())}
        with lab.device("cpu"):
            assert str(lab.ones(1).device) == "cpu"
        assert [str(lab.ones(1).device), str(lab.ones(1, device="cpu").device)] == ["jax:cpu", "cpu"]
    lab.set_default_device("jax:cpu")
    try:
        assert str(lab.ones(1).device) == "jax:cpu"
    finally:
        lab.set_default_device(None)
    assert str(lab.ones(1).device) == "cpu"


def test_nothing_is_left_of_a_mode_when_it_is_left():
    methods, met = dict(vars(lab.Tensor)), overrides.MET
    lab.exp(lab.ones(2))
    fits = [set(kinds) for kinds in met]
    with Looks() as looks, pytest.raises(KeyError):
        lab.ones(2).exp()
        raise KeyError
    assert looks.seen == ["ones", "exp"]
    now = vars(lab.Tensor)
    assert all(now[name] is word for name, word in methods.items()) and now.keys() == methods.keys()
    assert all(before <= kinds for before, kinds in zip(fits, met)) and not overrides.ASIDE


class Looks(TorchFunctionMode):
    def __init__(self):
        self.seen = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.seen.append(func.__name__)
        return func(*args, **(kwargs or {}))
