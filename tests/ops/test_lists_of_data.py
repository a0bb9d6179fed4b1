"""What ``tensor(data)`` makes of lists and tensors: the dtypes and warnings of PyTorch."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import complexes
from autograd_lab.core.ops import lists_of_data

torch = pytest.importorskip("torch")

DATA = {
    "NumPy's numbers": lambda m: [np.float64(1), 2.0], "of 32 bits": lambda m: [np.float32(1), 1], "whole ones": lambda m: [np.int32(1), 1], "of two kinds": lambda m: [np.float32(1), np.float64(2)],
    "arrays": lambda m: [np.array([1.0, 2.0]), np.array([1.0, 2.0])], "an array without dimensions": lambda m: [np.array(1.0)], "Python's": lambda m: [1, 2.5], "booleans": lambda m: [True, 1],
    "complex": lambda m: [np.complex128(1)], "Python's complex": lambda m: [1 + 0j, 1], "tensors": lambda m: [m.tensor(1.0, dtype=m.float64), 2.5], "short tensors": lambda m: [m.tensor(1, dtype=m.int32), 2],
    "tensors of two kinds": lambda m: [m.tensor(1, dtype=m.int32), m.tensor(1.0, dtype=m.float16)], "nested": lambda m: [[m.tensor(1.0, dtype=m.float64)], (1.0,)],
    "a tensor of several": lambda m: [m.ones(2)], "a tracked number": lambda m: [m.ones(1, requires_grad=True), 1.0], "a tensor": lambda m: m.ones(2, dtype=m.float64), "a complex tensor": lambda m: m.ones(2) * 1j,
}  # fmt: skip


@pytest.mark.parametrize(("data", "dtype"), [*((data, None) for data in DATA), ("tensors", "float32"), ("a tensor", "int32")])
def test_dtypes_and_warnings_are_pytorchs(data, dtype, monkeypatch):
    monkeypatch.setattr(lists_of_data, "_warned", True)  # PyTorch says these once a process, and the next once too
    monkeypatch.setattr(complexes, "_told", True)

    def made(m):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = str(m.tensor(DATA[data](m), dtype=dtype and getattr(m, dtype)).dtype)
            except Exception as error:
                result = type(error).__name__, str(error).split("\n")[0]
        once = ("Casting complex", "Creating a tensor from a list", "Converting a tensor with requires_grad")
        said = [
            (w.category.__name__, str(w.message).split("\n")[0], w.filename)
            for w in caught
            if not str(w.message).startswith(once)
        ]
        return result, said

    assert made(lab) == made(torch)


def test_lists_of_arrays_and_lost_imaginary_parts_are_told_of_once(monkeypatch):
    monkeypatch.setattr(lists_of_data, "_warned", False)
    monkeypatch.setattr(complexes, "_told", False)
    with pytest.warns(UserWarning, match="Creating a tensor from a list of numpy.ndarrays is extremely slow"):
        lab.tensor([np.ones(2)])
    for lose in (lambda z: z.to(lab.float32), lab.zeros(2).copy_, lambda z: lab.zeros(2).__setitem__(0, z[0])):
        monkeypatch.setattr(complexes, "_told", False)
        with pytest.warns(UserWarning, match="Casting complex values to real discards the imaginary part"):
            lose(lab.ones(2) * 1j)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lab.tensor([np.ones(2)])
        (lab.ones(2) * 1j).float()


def test_a_tracked_number_in_a_list_is_told_of():
    with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar") as told:
        assert not lab.tensor([lab.ones(1, requires_grad=True), 1.0]).requires_grad
    assert told[0].filename == __file__


def test_new_tensor_of_a_tensor_says_what_to_write_instead():
    with pytest.warns(UserWarning, match="rather than tensor.new_tensor\\(sourceTensor\\)") as told:
        assert lab.ones(1).new_tensor(lab.ones(2, dtype=lab.float64, requires_grad=True)).dtype == lab.float32
    assert told[0].filename == __file__
