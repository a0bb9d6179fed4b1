"""Words of the module for what tensors have as methods, tensors made like others, and windows: as PyTorch answers."""

import pytest

import autograd_lab as lab
from autograd_lab.core.ops.queries import IN_PLACE
from tests.nn.beside import calls, holds

ARGUMENTS = {"addmv_": ("m.eye(2)", "m.ones(2)"), "as_strided_": ("(1,)", "(1,)"), "clamp_": ("0.3", "0.6"), "clip_": ("0.3", "0.6"),
             "clamp_max_": ("0.4",), "clamp_min_": ("0.4",), "fill_": ("3.0",), "index_put_": ("(m.tensor([1]),)", "m.ones(1)"),
             "gcd_": ("m.tensor([4, 6])",), "lcm_": ("m.tensor([4, 6])",), "ldexp_": ("m.ones(2)",), "resize_as_": ("m.ones(2)",),
             "xlogy_": ("m.ones(2)",)}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_an_in_place_method_is_a_function_too(name):
    def claim(m):
        x = (
            m.tensor([6, 9])
            if name in ("gcd_", "lcm_")
            else m.tensor([0.3, 0.7]) + (1 if name in ("acosh_", "arccosh_") else 0)
        )
        out = getattr(m, name)(x, *(eval(a, {"m": m}) for a in ARGUMENTS.get(name, ())))
        return out is x, x, x._version

    holds(claim)


CALLS = """
m.numel(x) | m.is_nonzero(x) | m.is_nonzero(x[0, :1]) | m.is_nonzero(x[:0]) | m.is_same_size(x, x.T) | m.is_signed(x) | m.is_signed(x.byte()) | m.adjoint(x + 1j) | m.adjoint(x[0])
m.detach(x.requires_grad_()).requires_grad | m.scalar_tensor(3) | m.scalar_tensor(3, dtype=m.int64) | m.scalar_tensor(1j) | m.vander(x[0], 4, True) | m.vander(m.tensor([1, 2, 3])) | m.vander(x) | m.vander(x[0], 0)
x.nelement() | x.ndimension() | x.type_as(m.ones(1, dtype=m.int64)) | x.new_tensor([1, 2]) | x.new_tensor([1, 2], dtype=m.int8) | x.char() | x.byte() | x.new_empty(2, 3).shape | x.new_empty((2, 3), dtype=m.int16).dtype
x.new_zeros(2) | x.new_zeros((2, 1), dtype=m.int64) | x.new_zeros(size=(2,)) | x.new_ones(2, requires_grad=True).requires_grad | x.new_full((2,), 7, dtype=m.int32) | x.new_full((), fill_value=1.5)
m.hann_window(5) | m.hann_window(5, periodic=False) | m.hann_window(1) | m.hann_window(0) | m.hann_window(-1) | m.hann_window(2.5) | m.hann_window(3, requires_grad=True).requires_grad | m.hamming_window(4, True, 0.5, 0.4)
m.hamming_window(6, True, alpha=0.6) | m.bartlett_window(5, False) | m.bartlett_window(4) | m.blackman_window(4, dtype=m.float64) | m.kaiser_window(4) | m.kaiser_window(4, False, 5.0) | m.kaiser_window(1) | m.kaiser_window(7, True, beta=3.0)
m.logspace(0, 2, 3) | m.logspace(0, 2, 3, 2.0) | m.logspace(0, 1, 1) | m.logspace(0, 1, 0) | m.logspace(0, 1, -1) | m.logspace(0, 3, 4, dtype=m.int64) | m.logspace(0, 3, 4, base=-2)
"""  # fmt: skip


@pytest.mark.parametrize("call", calls(CALLS))
def test_a_word_answers_as_pytorch_does(call):
    holds(lambda m: eval(call, {"m": m, "x": m.arange(1.0, 7.0).reshape(2, 3)}), 1e-6)


def test_a_window_of_integers_is_refused():
    with pytest.raises(RuntimeError, match="hann_window expects floating point dtypes, got: long"):
        lab.hann_window(4, dtype=lab.int64)
