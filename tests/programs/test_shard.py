"""Data parallel on eight simulated devices: the gradients of one device. In a process of its own, since devices are made once."""

import json
import os
import socket
import subprocess
import sys
from types import MappingProxyType

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.programs import Program, Unable

SETUP = """
import jax, numpy as np, autograd_lab as lab
from autograd_lab import nn
from autograd_lab.programs import Program
mesh = jax.sharding.Mesh(np.array(jax.devices()), ("data",))
assert mesh.shape["data"] == 8
r = np.random.default_rng(0)

def agree(loss, batch, **options):
    program = Program.capture(loss, *(lab.tensor(a) for a in batch))
    lab.manual_seed(0)
    one = program.run(*batch)
    lab.manual_seed(0)
    many = program.shard(mesh, **options)(*batch)
    assert len(one.gradients) > 0 and abs(one.value - many.value) <= 1e-12 * abs(one.value)
    for name, g in one.gradients.items():
        assert np.abs(g - many.gradients[name]).max() <= 1e-12 * max(1.0, np.abs(g).max()), name
    return program
"""

NET = """
w1, w2 = (lab.tensor(r.standard_normal(s), requires_grad=True) for s in ((10, 32), (32, 4)))
agree(lambda x, y: (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).mean(), (r.standard_normal((64, 10)), r.standard_normal((64, 4))), data=("x", "y"))
"""

CNN = """
k, w = lab.tensor(r.standard_normal((4, 1, 3, 3)), requires_grad=True), lab.tensor(r.standard_normal((4 * 3 * 3, 3)), requires_grad=True)
def loss(batch):
    h = nn.functional.max_pool2d(nn.functional.conv2d(batch, k, padding=1).relu(), 2)
    return (h.flatten(1) @ w).tanh().pow(2).mean()
agree(loss, (r.standard_normal((16, 1, 6, 6)),))
"""

TRANSFORMER = """
d = 8
q, k, v, o, up, down = (lab.tensor(r.standard_normal((d, d)) / 3, requires_grad=True) for _ in range(6))
def loss(batch):
    scores = ((batch @ q) @ (batch @ k).transpose(1, 2)) / d**0.5
    h = batch + (scores.softmax(-1) @ (batch @ v)) @ o
    h = nn.functional.layer_norm(h, (d,))
    return (h + (h @ up).relu() @ down).pow(2).mean()
agree(loss, (r.standard_normal((16, 5, d)),))
"""

DROPOUT = """
w = lab.tensor(r.standard_normal((10, 4)), requires_grad=True)
def loss(batch):
    return (nn.functional.dropout(batch @ w, 0.3) * lab.rand(64, 4, dtype=lab.float64)).pow(2).mean()
agree(loss, (r.standard_normal((64, 10)),))
"""

TRAINING = """
w, b = lab.tensor(r.standard_normal((3, 1)), requires_grad=True), lab.tensor(np.zeros(1), requires_grad=True)
x = r.standard_normal((64, 3)); y = x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3
step = Program.capture(lambda x, y: ((x @ w + b - y) ** 2).mean(), lab.tensor(x), lab.tensor(y)).shard(mesh, data=("x", "y"))
losses = []
for _ in range(200):
    run = step(x, y)
    losses.append(run.value)
    with lab.no_grad():
        for leaf, g in zip((w, b), run.gradients.values()):
            leaf.sub_(lab.tensor(g) * 0.1)
assert losses[-1] < 1e-6 < losses[0] and np.allclose(w.detach().numpy().ravel(), [1, -2, 0.5], atol=1e-3)
"""

AVERAGES = """
net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
count = lab.zeros((), dtype=lab.float64)
def loss(batch):
    count.add_(1)
    return net(batch).pow(2).mean()
batch = r.standard_normal((64, 3))
program = Program.capture(loss, lab.tensor(batch))
norm, kept = net[1], {name: b.clone() for name, b in net.named_buffers()}
one = program.run(batch)
here = [b.numpy().copy() for b in (*net.buffers(), count)]
net.load_state_dict(kept, strict=False)
count.zero_()
many = program.shard(mesh)(batch)
for a, b in zip(here, (*net.buffers(), count)):
    assert np.abs(a - b.numpy()).max() <= 1e-12, (a, b)
assert count.item() == 1 and norm.num_batches_tracked.item() == 1 and norm.running_mean.abs().max() > 0
for name, g in one.gradients.items():
    assert np.abs(g - many.gradients[name]).max() <= 1e-12, name
"""


PROGRAMS = {
    "two-layer net": NET, "cnn": CNN, "transformer block": TRANSFORMER, "dropout": DROPOUT, "training": TRAINING,
    "running averages": AVERAGES,
}  # fmt: skip
EACH = """
import json, sys, traceback
setup, programs = json.load(sys.stdin)
errors = {}
for name, code in programs.items():
    try:
        exec(setup + code, {})
        errors[name] = ""
    except Exception:
        errors[name] = traceback.format_exc()
print(json.dumps(errors))
"""


@pytest.fixture(scope="module")
def errors():
    """What goes wrong on eight devices: {name of the program: traceback, empty if nothing does}. One process for all, with names of
    their own: to start it takes longer than what any of them does."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8 --xla_cpu_multi_thread_eigen=false"
    env = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    given = json.dumps([SETUP, PROGRAMS])
    done = subprocess.run([sys.executable, "-c", EACH], input=given, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return MappingProxyType(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", PROGRAMS)
def test_eight_devices_give_the_gradients_of_one(name, errors):
    assert not errors[name], errors[name][-3000:]


PROCESS = """
import sys
import jax, numpy as np
jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize(f"127.0.0.1:{sys.argv[2]}", 2, int(sys.argv[1]))
import autograd_lab as lab
from autograd_lab.programs import Program
r = np.random.default_rng(0)
w, batch = lab.tensor(r.standard_normal((3, 2)), requires_grad=True), r.standard_normal((8, 3))
program = Program.capture(lambda batch: (batch @ w).tanh().pow(2).mean(), lab.tensor(batch))
mesh = jax.sharding.Mesh(np.array(jax.devices()), ("data",))
assert mesh.shape["data"] == 4
one, many = program.run(batch), program.shard(mesh)(batch)
for g, h in zip(one.gradients.values(), many.gradients.values()):
    assert np.abs(g - h).max() <= 1e-12
"""


def test_two_processes_of_two_devices_each_as_on_a_cluster():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"
    env = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", PROCESS]
    both = [subprocess.Popen([*command, str(rank), port], env=env, stderr=subprocess.PIPE, text=True) for rank in (0, 1)]
    try:
        said = [process.communicate(timeout=300)[1] for process in both]
    finally:
        for process in both:
            process.kill()
    assert [process.returncode for process in both] == [0, 0], "\n".join(text[-2000:] for text in said)


def program():
    w = lab.ones(3, 1, requires_grad=True)
    return Program.capture(lambda batch: (batch @ w).sum(), lab.ones(5, 3))


def test_sentences_come_before_those_of_jax():
    jax = pytest.importorskip("jax")
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",))
    with pytest.raises(TypeError, match="takes a mesh of devices, not None: jax"):
        program().shard(None)
    with pytest.raises(ValueError, match="the mesh has no axis 'model'; its axes are 'data'"):
        program().shard(mesh, axis="model")
    with pytest.raises(ValueError, match="has no argument 'x' to split; its tensors are batch: say data="):
        program().shard(mesh, data="x")
    for data in (0, None, 1.5, (0, 1)):
        with pytest.raises(TypeError, match="data= takes the name of an argument, or several"):
            program().shard(mesh, data=data)
    assert program().shard(mesh)(lab.ones(5, 3)).value == 15

    class Eight:
        axis_names, shape = ("data",), {"data": 8}

    with pytest.raises(ValueError, match="batch has 5 rows, which 8 devices cannot share equally"):
        program().shard(Eight())
    with pytest.raises(ValueError, match="does not return a single number"):
        Program.capture(lambda batch: batch * 2, lab.ones(2, requires_grad=True)).shard(mesh)


def test_another_branch_is_refused_there_too():
    jax = pytest.importorskip("jax")
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",))
    x = lab.ones(2, requires_grad=True)
    sharded = Program.capture(lambda batch: batch.sum() if batch.sum() > 0 else -batch.sum(), x).shard(mesh)
    assert sharded(x).value == 2
    with pytest.raises(Unable, match="takes another branch here"):
        sharded(-x)


def test_an_index_out_of_bounds_is_refused_there_too():
    jax = pytest.importorskip("jax")
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",))
    x = lab.ones(3, requires_grad=True)
    sharded = Program.capture(lambda w, batch: w[batch].sum(), x, lab.tensor([0, 1])).shard(mesh)
    assert sharded(x, lab.tensor([2, -3])).value == 2
    with pytest.raises(IndexError, match="index 3 is out of bounds for dimension 0 with size 3"):
        sharded(x, lab.tensor([2, 3]))
