"""W3: a chain of operations on a 4-vector, up to a million long: forward, backward, free, and bytes an operation.

Each contestant has a process of its own (``python -m benchmarks.chain torch mul 10000`` prints one JSON line): what a
million nodes leave behind in an allocator or a garbage collector must not be charged to the next one.

``mul`` is ``y * c`` again and again; ``tanh`` alternates ``y * c`` and ``tanh(y)``, so every other node saves its output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from .goals import Measured

CONSTANT = 1.0000001
LENGTHS = (10_000, 100_000, 1_000_000)
LONGEST = {"HIPS autograd": 100_000, "micrograd": 10_000}  # beyond it HIPS takes half a minute; micrograd recurses
GOALS = {"forward": 1.0, "backward": 0.35, "free": 0.5, "bytes": 0.45}  # ours over torch's
BYTES = {"mul": 200, "tanh": 360}  # of ours, an operation
GROWTH = 2.5  # the time of an operation in a chain of a million beside one of ten thousand


def own_goals(kind: str, length: int, phase: str, value: float, first: float) -> list[Measured]:
    """What is asked of our own figures; ``first`` is the phase's in the shortest chain."""
    name = f"W3 {kind} {length:,}"
    if phase == "bytes":
        return [Measured(name, "bytes an operation", value, BYTES[kind])]
    return [Measured(name, f"{LENGTHS[0]:,}, {phase}", value / first, GROWTH)] if length == LENGTHS[-1] and first else []


def resident() -> int:
    """Bytes of memory in use now (on Linux), or at most so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def lengthen(y, kind: str, length: int, tanh):
    """``length`` operations on y."""
    if kind == "mul":
        for _ in range(length):
            y = y * CONSTANT
    else:
        for _ in range(length // 2):
            y = tanh(y * CONSTANT)
    return y


def measured(forward, backward, length: int) -> dict:
    """Microseconds an operation of each phase, bytes an operation after forward, and the gradient.

    ``forward()`` returns whatever holds the graph; ``backward(it)`` returns the gradient as a NumPy array.
    """
    backward(forward(100))  # warm up
    before, begun = resident(), time.process_time()
    held = [forward(length)]
    after_forward, memory = time.process_time(), resident() - before
    gradient = backward(held[0])
    after_backward = time.process_time()
    held.clear()
    phases = after_forward - begun, after_backward - after_forward, time.process_time() - after_backward
    return {
        **{name: seconds / length * 1e6 for name, seconds in zip(("forward", "backward", "free"), phases)},
        "bytes": memory / length,
        "gradient": [float(g) for g in gradient],
    }


def with_tensors(torch, kind, length):
    import numpy as np

    x = torch.from_numpy(np.ones(4, "f4")).requires_grad_()

    def backward(y):
        x.grad = None
        y.backward(torch.ones(4))
        return x.grad.numpy()

    return measured(lambda n: lengthen(x, kind, n, torch.tanh), backward, length)


def with_hips(kind, length):
    import autograd
    import autograd.numpy as anp

    x = anp.ones(4, "f4")
    forward = lambda n: autograd.make_vjp(lambda x: lengthen(x, kind, n, anp.tanh))(x)[0]  # noqa: E731
    return measured(forward, lambda backwards: backwards(anp.ones(4, "f4")), length)


def by_hand(kind, length):
    import numpy as np

    def forward(n):
        saved, y = [], np.ones(4, "f4")
        for i in range(n):
            y = np.tanh(y) if kind == "tanh" and i % 2 else y * CONSTANT
            saved.append(y)
        return saved

    def backward(saved):
        g = np.ones(4, "f4")
        for i in range(len(saved) - 1, -1, -1):
            g = g * (1 - saved[i] * saved[i]) if kind == "tanh" and i % 2 else g * CONSTANT
        return g

    return measured(forward, backward, length)


def with_micrograd(kind, length):
    """On one scalar; it recurses over the graph, so even 10,000 is too deep."""
    from micrograd.engine import Value

    leaf = Value(1.0)

    def backward(y):
        leaf.grad = 0
        y.backward()
        return [leaf.grad]

    return measured(lambda n: lengthen(leaf, "mul", n, None), backward, length)


def contestant(name: str, kind: str, length: int) -> dict:
    """Run one chain in this process."""
    if name == "numpy":
        return by_hand(kind, length)
    if name == "HIPS autograd":
        return with_hips(kind, length)
    if name == "micrograd":
        return with_micrograd(kind, length)
    import importlib

    torch = importlib.import_module(name)
    if name == "torch":
        torch.set_num_threads(1)
    return with_tensors(torch, kind, length)


def in_own_process(name: str, kind: str, length: int) -> dict:
    """The same in a fresh interpreter; {"error": its last line} if it fails."""
    command = [sys.executable, "-m", "benchmarks.chain", name, kind, str(length)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]}
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(contestant(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
