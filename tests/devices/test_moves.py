"""Tensors on a device of JAX's: how they get there and back, what is refused, views and writes through the shared store."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.devices import DeviceArray

jax = pytest.importorskip("jax")
JAX = "jax:cpu"
NO_GPU = not any(d.platform == "gpu" for d in jax.devices())


def test_it_says_where_it_is():
    x = lab.tensor([1.0, 2.0], device=JAX, requires_grad=True)
    assert repr(x) == "tensor([1., 2.], device='jax:cpu', requires_grad=True)"
    assert (str(x.device), x.is_leaf, x.is_cuda, x.get_device()) == (JAX, True, False, -1)
    assert str(lab.zeros(2).device) == "cpu" and lab.ones_like(x).device == x.device
    with pytest.warns(UserWarning, match=r"^To copy construct from a tensor"):
        assert lab.tensor(x.detach()).device == x.device
    assert type(x._array) is DeviceArray and isinstance(x._array.value, jax.Array) and x.dtype is lab.float32


def test_there_and_back_is_recorded():
    x = lab.tensor([1.0, 2.0], dtype=lab.float64, requires_grad=True)
    there = x.to(JAX)
    assert there.grad_fn.name() == "ToCopyBackward0" and there.to(JAX) is there and x.cpu() is x
    (there.exp() * there).sum().cpu().backward()
    assert x.grad is not None and str(x.grad.device) == "cpu"
    np.testing.assert_allclose(x.grad.numpy(), np.exp([1.0, 2.0]) * [2.0, 3.0], 1e-14)
    (g,) = lab.autograd.grad((x.to(JAX) ** 3).sum().cpu(), x, create_graph=True)
    np.testing.assert_allclose(lab.autograd.grad(g.sum(), x)[0].numpy(), [6.0, 12.0], 1e-14)


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
@pytest.mark.parametrize("ask", [
    lambda: lab.ones(2).to("cuda"), lambda: lab.ones(2).cuda(), lambda: lab.ones(2, device="cuda:0"), lambda: lab.ones(2).to(lab.device("cuda")),
    lambda: lab.nn.Linear(2, 2).to("cuda"), lambda: lab.nn.Linear(2, 2, device="cuda"), lambda: lab.nn.Linear(2, 2).cuda(),
])  # fmt: skip
def test_without_a_gpu_it_says_so(ask):
    with pytest.raises(AssertionError, match=r"^Torch not compiled with CUDA enabled$"):
        ask()


def test_unknown_devices_are_refused():
    with pytest.raises(RuntimeError, match=r"knows the devices cpu, cuda and jax:<platform>.*'mps' was asked for"):
        lab.ones(2).to("mps")
    with pytest.raises(RuntimeError, match=r"^no device 'jax:tpu' \(jax sees: "):
        lab.ones(2).to("jax:tpu")


def test_mixed_devices():
    x, y = lab.ones(2, 2), lab.ones(2, 2, device=JAX)
    for mixed in (
        lambda: x + y,
        lambda: y * x,
        lambda: x @ y,
        lambda: lab.cat([x, y]),
        lambda: lab.where(y > 0, y, x),
        lambda: y.add_(x),
    ):
        with pytest.raises(
            RuntimeError, match=r"^Expected all tensors to be on the same device, but found at least two devices"
        ):
            mixed()
    assert str((y + lab.tensor(2.0)).device) == JAX  # a single number goes along, as in PyTorch


def test_numpy_is_refused():
    with pytest.raises(TypeError, match=r"^can't convert jax:cpu device type tensor to numpy. Use Tensor.cpu\(\) to copy"):
        lab.ones(2, device=JAX).numpy()


VIEWS = {
    "row": lambda x: x[1], "rows": lambda x: x[1:], "column": lambda x: x[:, 2], "strided": lambda x: x[::2, 1::2], "transposed": lambda x: x.t(),
    "viewed": lambda x: x.view(4, 3), "narrowed": lambda x: x.t()[1:3].t(), "diagonal": lambda x: x.diagonal(), "unsqueezed": lambda x: x.unsqueeze(1),
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_to_a_view_is_one_to_its_base(name):
    """Values, versions, histories and gradients: what NumPy's memory does."""
    told = []
    for device in ("cpu", JAX):
        leaf = lab.arange(12, dtype=lab.float64, device=device).reshape(3, 4).requires_grad_()
        base = leaf * 1.5
        other, view = base[0], VIEWS[name](base)
        view.mul_(3.0)
        with lab.no_grad():
            VIEWS[name](base).add_(1.0)
        out = (base * base).sum() + other.sum() + view.sum()
        out.backward()
        told.append([base.tolist(), other.tolist(), view.tolist(), base._version, view._version, type(base.grad_fn).__name__,
                     type(view.grad_fn).__name__, out.item(), leaf.grad.tolist()])  # fmt: skip
    assert told[0][3:7] == told[1][3:7]
    for here, there in zip(told[0], told[1]):
        if not isinstance(here, str):
            np.testing.assert_allclose(there, here, 1e-14)


def test_what_was_saved_and_written_over_is_noticed():
    x = lab.ones(2, device=JAX, requires_grad=True)
    y = x.exp()
    y.mul_(2.0)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match=r"leaf Variable that requires grad"):
        x.mul_(2.0)


def test_a_network_learns_there_what_it_learns_here():
    losses = []
    for device in ("cpu", JAX):
        lab.manual_seed(0)
        net = lab.nn.Sequential(lab.nn.Linear(3, 8), lab.nn.Tanh(), lab.nn.Linear(8, 1)).to(device, lab.float64)
        x, y = lab.randn(16, 3, dtype=lab.float64).to(device), lab.randn(16, 1, dtype=lab.float64).to(device)
        optimizer = lab.optim.Adam(net.parameters(), lr=0.05)
        for _ in range(5):
            optimizer.zero_grad()
            loss = lab.nn.functional.mse_loss(net(x), y)
            loss.backward()
            optimizer.step()
        assert {str(p.device) for p in net.parameters()} == {device} and str(net[0].weight.grad.device) == device
        losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_it_is_drawn_stepped_and_explained():
    x = lab.tensor([1.0, 2.0], device=JAX, requires_grad=True)
    with lab.core.births.noting():
        y = (x.tanh() * 2).sum()
        assert "TanhBackward0" in str(lab.graph(y))
        y.backward()
        assert "a gradient has arrived" in str(lab.why(x))


def test_nothing_of_it_is_loaded_before_it_is_asked_for():
    import subprocess
    import sys

    code = "import sys, autograd_lab as t; t.ones(2).to('cpu'); t.device('cuda'); print('autograd_lab.devices' in sys.modules, 'jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == [
        "False",
        "False",
    ]
