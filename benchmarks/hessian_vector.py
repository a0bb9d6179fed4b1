"""W7: a Hessian-vector product of a tanh network's mean squared error: ``grad`` with a graph, then ``grad`` of that.

By hand it is Pearlmutter's method: push a direction v forward through the network and back through its gradient (``r_``
is the derivative of a value in direction v; Pearlmutter 1994, "Fast exact multiplication by the Hessian").
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .measure import OURS, Workload


def data(sizes, batch):
    """x, target, parameters [w1, b1, w2, b2, ...] and a direction of the same shapes, in float32."""
    random = np.random.default_rng(0)
    shapes = [s for n_in, n_out in pairwise(sizes) for s in ((n_in, n_out), (n_out,))]
    made = lambda shape: (random.standard_normal(shape) / np.sqrt(shape[0])).astype("f4")  # noqa: E731
    return made((batch, sizes[0])), made((batch, sizes[-1])), [made(s) for s in shapes], [made(s) for s in shapes]


def by_hand(sizes, batch):
    x, target, params, v = data(sizes, batch)
    weights, biases, v_weights, v_biases = params[::2], params[1::2], v[::2], v[1::2]
    last = len(weights) - 1

    def product():
        hidden, r_hidden = [x], [None]
        for i, (w, b, v_w, v_b) in enumerate(zip(weights, biases, v_weights, v_biases)):
            z = hidden[-1] @ w + b
            r_z = hidden[-1] @ v_w + v_b
            if i:
                r_z += r_hidden[-1] @ w
            if i < last:
                z = np.tanh(z)
                r_z *= 1 - z * z
            hidden.append(z)
            r_hidden.append(r_z)
        scale = np.float32(2 / target.size)
        g, r_g = (hidden[-1] - target) * scale, r_hidden[-1] * scale
        out = []
        for i in range(last, -1, -1):
            if i < last:
                h, r_h = hidden[i + 1], r_hidden[i + 1]
                slope = 1 - h * h
                g, r_g = g * slope, r_g * slope - g * (2 * h * r_h)
            r_w = hidden[i].T @ r_g
            if i:
                r_w += r_hidden[i].T @ g
            out += [r_g.sum(0), r_w]
            if i:
                g, r_g = g @ weights[i].T, r_g @ weights[i].T + g @ v_weights[i].T
        return out[::-1]

    return product


def with_tensors(sizes, batch, torch):
    x, target, params, v = data(sizes, batch)
    x, target = torch.from_numpy(x), torch.from_numpy(target)
    params = [torch.from_numpy(p).requires_grad_() for p in params]
    v = [torch.from_numpy(p) for p in v]
    grad = torch.autograd.grad

    def product():
        h = x
        for i in range(0, len(params), 2):
            h = h.mm(params[i]) + params[i + 1]
            if i < len(params) - 2:
                h = h.tanh()
        error = h - target
        return grad(grad((error * error).mean(), params, create_graph=True), params, v)

    return product


def with_hips(sizes, batch, autograd):
    import autograd.numpy as anp

    x, target, params, v = data(sizes, batch)

    def loss_of(params):
        h = x
        for i in range(0, len(params), 2):
            h = anp.dot(h, params[i]) + params[i + 1]
            if i < len(params) - 2:
                h = anp.tanh(h)
        error = h - target
        return anp.mean(error * error)

    first = autograd.grad(loss_of)

    def product():
        backwards, _ = autograd.make_vjp(first)(params)
        return backwards(v)

    return product


def workload(name, sizes, batch, goals) -> Workload:
    def build(peers):
        import autograd_lab

        made = {OURS: with_tensors(sizes, batch, autograd_lab), "numpy": by_hand(sizes, batch)}
        if "torch" in peers:
            made["torch"] = with_tensors(sizes, batch, peers["torch"])
        if "HIPS autograd" in peers:
            made["HIPS autograd"] = with_hips(sizes, batch, peers["HIPS autograd"])
        return made

    title = f"Hessian-vector product of a {'-'.join(map(str, sizes))} tanh network, batch {batch}"
    return Workload(name, title, goals, build, {"micrograd": "no second derivatives"})


SMALL = workload("W7 small", (20, 50, 50, 1), 32, {"numpy": 3.0, "torch": 0.65, "HIPS autograd": 0.20})
LARGE = workload("W7 large", (1000, 100, 100, 1), 64, {"numpy": 1.75, "torch": 0.90, "HIPS autograd": 0.55})
