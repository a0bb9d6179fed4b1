"""Saving and loading: what is written comes back, other libraries read it, and pickles are refused."""

import io
import pickle
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest
import safetensors.torch
import torch

import autograd_lab as lab
from autograd_lab.core import dtypes


def again(obj):
    file = io.BytesIO()
    lab.save(obj, file)
    file.seek(0)
    return lab.load(file)


@pytest.mark.parametrize("name", dtypes.BY_NAME)
@pytest.mark.parametrize("shape", [(2, 3), (), (0, 4)])
def test_every_dtype_comes_back(name, shape):
    x = lab.tensor(np.random.default_rng(0).integers(0, 2, shape)).to(getattr(lab, name))
    for y in (again(x), again({"x": x})["x"], again([x, {"y": x}])[1]["y"]):
        assert y.dtype is x.dtype and y.shape == x.shape and y.tolist() == x.tolist() and not y.requires_grad


def test_views_are_written_in_their_own_order():
    x = lab.arange(6.0).reshape(2, 3)
    assert again(x.t()).tolist() == x.t().tolist() and again(x[:, 1]).tolist() == [1, 4]


def test_the_flag_comes_back_and_the_graph_does_not():
    x = lab.ones(2, requires_grad=True)
    assert again(x).requires_grad and not again(x * 2).requires_grad
    y = again(x)
    (y * 3).sum().backward()
    assert y.grad.tolist() == [3, 3]


def test_loaded_tensors_can_be_written():
    assert again({"x": lab.zeros(2)})["x"].add_(1).tolist() == [1, 1]


def test_a_state_dict_is_a_file_that_pytorch_reads(tmp_path):
    net = lab.nn.Sequential(lab.nn.Linear(3, 2), lab.nn.Linear(2, 1))
    lab.save(net.state_dict(), tmp_path / "net.safetensors")
    theirs = safetensors.torch.load_file(tmp_path / "net.safetensors")
    assert {name: t.tolist() for name, t in theirs.items()} == {name: t.tolist() for name, t in net.state_dict().items()}
    other = lab.nn.Sequential(lab.nn.Linear(3, 2), lab.nn.Linear(2, 1))
    other.load_state_dict(lab.load(str(tmp_path / "net.safetensors"), map_location="cpu", weights_only=True))
    assert other[0].weight.tolist() == net[0].weight.tolist()


def test_pytorchs_files_are_read(tmp_path):
    theirs = {"a": torch.randn(2, 3), "b": torch.ones(2, dtype=torch.bfloat16), "c.d": torch.tensor(5)}
    safetensors.torch.save_file(theirs, tmp_path / "theirs.safetensors")
    ours = lab.load(tmp_path / "theirs.safetensors")
    assert {name: t.tolist() for name, t in ours.items()} == {name: t.tolist() for name, t in theirs.items()}
    assert ours["b"].dtype is lab.bfloat16 and ours["c.d"].shape == ()


def test_an_optimizers_state_comes_back():
    w = lab.ones(2, requires_grad=True)
    optimizer = lab.optim.SGD([w], lr=0.1, momentum=0.9)
    (w * 2).sum().backward()
    optimizer.step()
    state = again({"optimizer": optimizer.state_dict(), "epoch": 3, "best": float("inf"), "name": "x", "nothing": None})
    assert state["epoch"] == 3 and state["best"] == float("inf") and state["nothing"] is None and state["name"] == "x"
    fresh = lab.optim.SGD([w], lr=0.5, momentum=0.1)
    fresh.load_state_dict(state["optimizer"])
    assert fresh.param_groups[0]["lr"] == 0.1 and fresh.param_groups[0]["momentum"] == 0.9
    assert fresh.state[w]["momentum_buffer"].tolist() == [2, 2]


def test_what_holds_tensors_comes_back():
    held = {
        "a": [lab.ones(1), (1, 2.5, True)],
        3: OrderedDict(x=lab.zeros(2)),
        "dtype": lab.float16,
        "size": lab.ones(2, 3).shape,
    }
    back = again(held)
    assert back["a"][0].tolist() == [1] and back["a"][1] == (1, 2.5, True) and back[3]["x"].tolist() == [0, 0]
    assert back["dtype"] is lab.float16 and back["size"] == (2, 3) and type(back["size"]) is type(held["size"])


def test_order_of_names_is_kept():
    assert list(again({"z": lab.ones(1), "a": lab.ones(2), "m": lab.ones(3)})) == ["z", "a", "m"]


@pytest.mark.parametrize("module, says", [(lab.nn.Linear(1, 1), "is a Linear"), ({"a": [object()]}, "'a.0' is a object")])
def test_what_cannot_be_saved_says_where_it_is(module, says):
    with pytest.raises(TypeError, match=says):
        again(module)


def test_names_that_meet_are_refused():
    with pytest.raises(ValueError, match=r"two tensors would be called 'a\.b'"):
        again({"a.b": lab.ones(1), "a": {"b": lab.ones(1)}})


def test_pickles_are_refused(tmp_path):
    torch.save({"a": torch.ones(1)}, tmp_path / "theirs.pt")
    with pytest.raises(ValueError, match="may run code when it is read"):
        lab.load(tmp_path / "theirs.pt")
    with pytest.raises(ValueError, match=r"safetensors\.torch\.save_file"):
        lab.load(io.BytesIO(pickle.dumps([1, 2])))
    with pytest.raises(ValueError, match="no safetensors file"):
        lab.load(io.BytesIO(b"something else entirely"))


def test_a_tensor_goes_where_it_was_or_where_it_is_wanted():
    jax = pytest.importorskip("jax")
    file = io.BytesIO()
    lab.save([lab.ones(1, device="jax:cpu"), lab.ones(1)], file)
    for wanted, devices in ((None, ["jax:cpu", "cpu"]), ("cpu", ["cpu", "cpu"]), ("jax:cpu", ["jax:cpu", "jax:cpu"])):
        file.seek(0)
        assert [str(t.device) for t in lab.load(file, map_location=wanted)] == devices
    if not any(d.platform == "gpu" for d in jax.devices()):
        file.seek(0)
        with pytest.raises(RuntimeError, match=r"^Attempting to deserialize object on a CUDA device but"):
            lab.load(file, map_location="cuda:0")


def test_without_the_package_says_what_to_install():
    code = """
import io, sys
sys.modules["safetensors"] = None
import autograd_lab as torch
try:
    torch.save(torch.ones(2), io.BytesIO())
except ImportError as error:
    assert 'pip install "autograd-lab[files]"' in str(error), error
else:
    raise SystemExit("written by nothing")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
