"""W5: a training step of a two-layer transformer, one head, width 64, 32 places, batch 8; norm and softmax spelled out or fused.

The network is written once, for anything with ``+``, ``*`` and ``@``; by hand it is the same with a backward of one's own.
"""

from __future__ import annotations

import numpy as np

from .measure import OURS, Workload

BATCH, PLACES, WIDTH, HIDDEN, LAYERS, TINY = 8, 32, 64, 128, 2, 1e-5
SCALE = WIDTH**-0.5
SHAPES = [(WIDTH, WIDTH)] * 4 + [(WIDTH, HIDDEN), (HIDDEN, WIDTH)]


def data():
    """x, target and six weights a layer, in float32."""
    random = np.random.default_rng(0)
    x, target = (random.standard_normal((BATCH, PLACES, WIDTH)).astype("f4") for _ in range(2))
    return x, target, [(random.standard_normal(s) * s[0] ** -0.5).astype("f4") for _ in range(LAYERS) for s in SHAPES]


def network(x, weights, norm, softmax, swap, relu):
    for i in range(0, len(weights), len(SHAPES)):
        w_q, w_k, w_v, w_o, w_1, w_2 = weights[i : i + len(SHAPES)]
        n = norm(x)
        x = x + softmax((n @ w_q) @ swap(n @ w_k) * SCALE) @ (n @ w_v) @ w_o
        x = x + relu(norm(x) @ w_1) @ w_2
    return x


def by_hand():
    x0, target, weights = data()
    flat = lambda a: a.reshape(-1, a.shape[-1])  # noqa: E731
    times = lambda a, w: (flat(a) @ w).reshape(*a.shape[:-1], -1)  # noqa: E731
    mean = lambda a: np.add.reduce(a, -1, keepdims=True) * np.float32(1 / a.shape[-1])  # noqa: E731

    def norm(x):
        c = x - mean(x)
        s = 1 / np.sqrt(mean(c * c) + np.float32(TINY))
        return c * s, s

    def norm_back(g, n, s):
        return (g - mean(g) - n * mean(g * n)) * s

    def step():
        x, kept, grads = x0, [], []
        for i in range(0, len(weights), len(SHAPES)):
            w = w_q, w_k, w_v, w_o, w_1, w_2 = weights[i : i + len(SHAPES)]
            n, s = norm(x)
            q, k, v = times(n, w_q), times(n, w_k), times(n, w_v)
            e = q @ k.swapaxes(1, 2) * np.float32(SCALE)
            e = np.exp(e - np.maximum.reduce(e, -1, keepdims=True))
            p = e / np.add.reduce(e, -1, keepdims=True)
            a = p @ v
            x = x + times(a, w_o)
            n2, s2 = norm(x)
            r = np.maximum(times(n2, w_1), 0)
            x = x + times(r, w_2)
            kept.append((w, n, s, q, k, v, p, a, n2, s2, r))
        error = x - target
        loss, g = mean(flat(error * error).reshape(-1))[0], error * np.float32(2 / error.size)
        for (w_q, w_k, w_v, w_o, w_1, w_2), n, s, q, k, v, p, a, n2, s2, r in reversed(kept):
            g_r = times(g, w_2.T) * (r > 0)
            g_1, g_2 = flat(n2).T @ flat(g_r), flat(r).T @ flat(g)
            g = g + norm_back(times(g_r, w_1.T), n2, s2)
            g_a = times(g, w_o.T)
            g_p, g_v = g_a @ v.swapaxes(1, 2), p.swapaxes(1, 2) @ g_a
            g_e = p * (g_p - np.add.reduce(g_p * p, -1, keepdims=True)) * np.float32(SCALE)
            g_q, g_k = g_e @ k, g_e.swapaxes(1, 2) @ q
            grads = [*(flat(n).T @ flat(y) for y in (g_q, g_k, g_v)), flat(a).T @ flat(g), g_1, g_2, *grads]
            g = g + norm_back(times(g_q, w_q.T) + times(g_k, w_k.T) + times(g_v, w_v.T), n, s)
        return loss, *grads

    return step


def with_tensors(torch, fused):
    x, target, weights = data()
    x, target, weights = torch.from_numpy(x), torch.from_numpy(target), [torch.from_numpy(w).requires_grad_() for w in weights]

    def norm(x):
        c = x - x.mean(-1, True)
        return c / ((c * c).mean(-1, True) + TINY).sqrt()

    def softmax(x):
        e = (x - x.detach().amax(-1, True)).exp()
        return e / e.sum(-1, True)

    if fused:
        layer_norm = torch.nn.functional.layer_norm
        norm, softmax = (lambda x: layer_norm(x, (WIDTH,), eps=TINY)), (lambda x: x.softmax(-1))

    def step():
        for w in weights:
            w.grad = None
        out = network(x, weights, norm, softmax, lambda t: t.transpose(1, 2), torch.relu)
        loss = (out - target).pow(2).mean()
        loss.backward()
        return loss, *(w.grad for w in weights)

    return step


def with_hips(autograd):
    import autograd.numpy as anp

    x, target, weights = data()

    def norm(x):
        c = x - anp.mean(x, -1, keepdims=True)
        return c / anp.sqrt(anp.mean(c * c, -1, keepdims=True) + TINY)

    def softmax(x):
        e = anp.exp(x - anp.max(x, -1, keepdims=True))
        return e / anp.sum(e, -1, keepdims=True)

    def loss_of(weights):
        out = network(x, weights, norm, softmax, lambda t: anp.swapaxes(t, 1, 2), lambda t: anp.maximum(t, 0))
        return anp.mean((out - target) ** 2)

    value_and_grad = autograd.value_and_grad(loss_of)

    def step():
        loss, grads = value_and_grad(weights)
        return loss, *grads

    return step


def workload(name, fused, goals) -> Workload:
    def build(peers):
        import autograd_lab

        made = {OURS: with_tensors(autograd_lab, fused), "numpy": by_hand()}
        if "torch" in peers:
            made["torch"] = with_tensors(peers["torch"], fused)
        if "HIPS autograd" in peers and not fused:
            made["HIPS autograd"] = with_hips(peers["HIPS autograd"])
        return made

    absent = {"micrograd": "scalars only"} | ({"HIPS autograd": "has none fused"} if fused else {})
    title = f"two-layer transformer, a step, norm and softmax {'fused' if fused else 'spelled out'}"
    return Workload(name, title, goals, build, absent)


PRIMITIVES = workload("W5", False, {"numpy": 1.20, "torch": 0.95, "HIPS autograd": 0.40})
FUSED = workload("W5 fused", True, {"numpy": 1.12, "torch": 1.0})
