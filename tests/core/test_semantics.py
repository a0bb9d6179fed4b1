"""What the engine promises, each claim on its own."""

import gc
import threading
import weakref

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.core.backward import BackwardPass
from autograd_lab.core.differentiate import start_gradients
from autograd_lab.core.namespaces import TENSORS, namespace_of
from autograd_lab.core.primitive import PRIMITIVES


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_a_rule_may_only_read_what_exists():
    @torch.primitive
    def thing(xp, x):
        return x

    with pytest.raises(TypeError, match="may read x, out, x_shape, x_dtype"):

        @thing.vjp("x")
        def thing_x(xp, g, y):
            return g

    del PRIMITIVES["thing"]


def test_the_node_saves_exactly_what_the_rules_name():
    x, c = ones(2), torch.ones(2)
    assert set((x * c).grad_fn.saved()) == {"x", "y"} and (x * c).grad_fn.x is None  # only y's rule would read x
    assert x.tanh().grad_fn.saved().keys() == {"out"}
    assert x.sum().grad_fn.saved().keys() == {"x_shape", "dim", "keepdim"}


def test_no_cycles_and_nothing_left():
    gc.collect()
    gc.disable()
    try:
        x = ones(3)
        y = (x.exp() * x).tanh()
        alive = weakref.ref(y.grad_fn)
        y.sum().backward()
        del y
        assert alive() is None
    finally:
        gc.enable()


def test_a_million_nodes_deep():
    x = y = ones(1)
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1.0]


def test_stale_view_is_rebuilt_before_its_consumer():
    a = ones(4)
    b = a * 2
    c = b[:2]
    b.mul_(3)
    loss = c.sum()
    assert c.grad_fn.name() == "AsStridedBackward0" and c.grad_fn.seq < loss.grad_fn.seq
    loss.backward()
    assert a.grad.tolist() == [6, 6, 0, 0]


def test_view_of_view_in_place():
    a = ones(4, 4)
    b = a * 1
    v = b[1:3].T[0]
    v.mul_(5)
    assert b.grad_fn.name() == "CopySlices" and v._base is b
    b.sum().backward()
    want = np.ones((4, 4))
    want[1:3, 0] = 5
    assert np.array_equal(a.grad._array, want)


def test_copy_slices_can_be_differentiated_again():
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = a * a
    b[:2].add_(a[1:] * a[:2])
    (g,) = torch.grad(b.sum(), a, create_graph=True)
    (h,) = torch.grad((g * g).sum(), a)
    x = np.array([1.0, 2, 3])

    def gradient(x):  # of x0^2 + x0 x1 + x1^2 + x1 x2 + x2^2
        return np.array([2 * x[0] + x[1], x[0] + 2 * x[1] + x[2], x[1] + 2 * x[2]])

    eps = 1e-6
    numeric = [((gradient(x + eps * e) ** 2).sum() - (gradient(x - eps * e) ** 2).sum()) / (2 * eps) for e in np.eye(3)]
    assert np.allclose(g._array, gradient(x)) and np.allclose(h._array, numeric)


def test_in_place_on_non_requiring_base_makes_it_require():
    base, w = torch.zeros(4), ones(2)
    view = base[:2]
    base[2:].add_(w)
    assert base.requires_grad and view.requires_grad
    (base.sum() + view.sum()).backward()
    assert w.grad.tolist() == [1, 1]


def test_a_failing_rule_leaves_the_pass_inspectable():
    class Boom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise KeyError("boom")

    for advance in (BackwardPass.run, BackwardPass.step):
        x = ones(2)
        y = Boom.apply(x * 3)
        loss = y.sum()
        run = BackwardPass((loss,), start_gradients((loss,), None))
        with pytest.raises(KeyError):
            while advance(run) is not None:
                pass
        assert run.failed is y.grad_fn and run.grads[run.failed].tolist() == [1, 1]
        assert run.order[run.position - 1] is run.failed and x.grad is None


def test_steps_say_what_happened():
    x = ones(2)
    loss = (x * x).sum()
    run = BackwardPass((loss,), start_gradients((loss,), None))
    steps = []
    while (step := run.step()) is not None:
        steps.append(step)
    assert [s.node.name() for s in steps] == ["SumBackward0", "MulBackward0", "AccumulateGrad"]
    assert steps[1].freed == ("y", "x") and steps[1].accumulated[0].tolist() == [2, 2]


def test_reentrant_and_two_threads():
    x = ones(2)
    y = x * 2
    seen = []

    def inner(g):
        z = ones(1)
        with torch.enable_grad():
            (z * 3).sum().backward()
        seen.append(z.grad.item())

    y.register_hook(inner)
    y.sum().backward()
    assert seen == [3] and x.grad.tolist() == [2, 2]

    shared = ones(50)
    trunk = (shared * 2).tanh()
    results = []

    def work():
        for _ in range(50):
            results.append(torch.grad(trunk.sum(), shared, retain_graph=True)[0]._array)

    threads = [threading.Thread(target=work) for _ in range(2)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert len(results) == 100 and all(np.array_equal(r, results[0]) for r in results)


def test_first_gradient_is_taken_over_only_if_nobody_else_has_it():
    w, x = torch.randn(3, 3, requires_grad=True), torch.randn(3, 3)
    pointers = []
    node = (x @ w).grad_fn
    original = type(node).visit

    def spy(self, g, keep, grads):
        original(self, g, keep, grads)
        pointers.append(grads[w._node].__array_interface__["data"][0])

    type(node).visit = spy
    try:
        (x @ w).sum().backward()
    finally:
        type(node).visit = original
    assert w.grad.data_ptr() == pointers[0]
    a, b = ones(3), ones(3)
    (a + b).sum().backward()
    assert a.grad.data_ptr() != b.grad.data_ptr()
    g, c = torch.ones(3), ones(3)
    (c + 0).backward(g)
    assert c.grad.data_ptr() != g.data_ptr()
    kept, d = [], ones(3)
    d.register_hook(lambda g: kept.append(g))
    (d * 2).backward(g)
    assert d.grad.data_ptr() != kept[0].data_ptr()


def test_multi_output_nodes():
    x = torch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    w, v = torch.eigh(x)
    assert v.output_nr == 1 and v.grad_fn is w.grad_fn and v.sum().grad_fn.next_functions[0] == (v.grad_fn, 1)
    ((v * w) @ v.T * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert np.allclose(x.grad._array + x.grad._array.T, [[2, 5], [5, 8]], atol=1e-5)
    y = ones(4)
    first, second = (y * 1).split(2)
    (first.sum() * 2).backward()
    assert y.grad.tolist() == [2, 2, 0, 0]


def test_function_saving_its_output_makes_no_cycle():
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = x.exp()
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx, g):
            (out,) = ctx.saved_tensors
            return g * out

    x = ones(2)
    y = Exp.apply(x)
    alive = weakref.ref(y)
    (g,) = torch.grad(y.sum(), x, create_graph=True)
    (h,) = torch.grad(g.sum(), x)
    assert np.allclose(h._array, np.e)
    gc.disable()
    del y, g, h
    assert alive() is None
    gc.enable()


def test_births_are_recorded_only_while_someone_records():
    x = ones(1)
    (x * 2).sum()
    with torch.record_births() as births:
        y = (x * 2).sum()
    birth = births[y.grad_fn]
    assert birth.op.startswith("sum") and birth.file == __file__ and len(births.births) == 2
    assert births[(x * 2).grad_fn] is None


def test_inference_mode():
    with torch.inference_mode():
        t = torch.ones(2) * 2
    assert t.is_inference() and not t.requires_grad
    with pytest.raises(RuntimeError, match="cannot be saved"):
        ones(2) * t
    assert not (torch.ones(2) * 2).is_inference()


def test_forward_mode_follows_from_partials():
    x = np.array([0.3, 0.7])
    op = PRIMITIVES["mul"]
    xp = namespace_of(x)
    assert np.allclose(op.pushforward(xp, (x, None), x * 2, x, np.full(2, 2.0)), x * 2)
    assert np.allclose(op.pushforward(xp, (x, x), x * x, x, x), 2 * x * x)


def test_the_same_rules_on_jax_arrays():
    """Every one-output primitive of one or two array inputs: NumPy's, the tensor's and JAX's answers agree, eager and jitted."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    params = {"pow_scalar": {"exponent": 3}, "clamp": {"min": 0.5, "max": 1.0}, "cumsum": {"dim": 0}, "flip": {"dim": 1},
              "view": {"shape": (9,)}, "permute": {"dims": (1, 0)}, "transpose": {"dim0": 0, "dim1": 1}, "unsqueeze": {"dim": 1},
              "expand": {"shape": (2, 3, 3)}, "to": {"dtype": np.dtype("f4")}, "where_mask_op": {"mask": np.eye(3, dtype=bool)},
              "fill": {"value": 2.0}, "select": {"key": (1,)}, "slice": {"key": slice(1, 3)}, "index": {"key": np.array([0, 0, 2])},
              "as_strided": {"path": ((PRIMITIVES["slice"], {"key": slice(0, 2)}),)},
              "as_strided_scatter": {"shape": (4, 3), "path": ((PRIMITIVES["slice"], {"key": slice(0, 3)}),)},
              "index_scatter": {"shape": (4, 3), "key": np.array([0, 0, 2])}}  # fmt: skip
    skip = {"index_put"}  # writes into a copy
    rng, checked = np.random.default_rng(0), []
    for name, op in PRIMITIVES.items():
        if op.variadic or name.endswith(("_dim", "_sizes", "_list")) or name in skip or not op.rules or name == "eigh":
            continue
        arrays = [rng.uniform(0.4, 1.6, (3, 3)) for _ in op.inputs]
        kw = op.params | params.get(name, {})
        xp = namespace_of(arrays[0])
        xj = namespace_of(jax.numpy.asarray(arrays[0]))
        out = op.forward(xp, *arrays, **kw)
        g = rng.uniform(size=np.shape(out))

        def gradients(xp, g, *arrays):
            out = op.forward(xp, *arrays, **kw)
            known = dict(zip(op.inputs, arrays)) | kw | {"out": out}
            for i, a in zip(op.inputs, arrays):
                known |= {i + "_shape": a.shape, i + "_dtype": a.dtype}
            return [rule(xp, g, known) for rule in op.rules.values()]

        ours = gradients(xp, g, *arrays)
        theirs = gradients(xj, jax.numpy.asarray(g), *map(jax.numpy.asarray, arrays))
        jitted = jax.jit(lambda g, *arrays: gradients(xj, g, *arrays))(g, *arrays)
        tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
        y = op.call(*tensors, **kw)
        graph = torch.grad(y, tensors, torch.tensor(g), create_graph=True, allow_unused=True)
        for a, b, c, d in zip(ours, theirs, jitted, [t for i, t in zip(op.inputs, graph) if i in op.rules]):
            for other in (b, c, d._array):
                np.testing.assert_allclose(a, other, rtol=1e-6 if name == "to" else 1e-10, err_msg=name)
        checked.append(name)
    print(len(checked), "primitives")
    assert len(checked) >= 40, checked


def test_namespaces_offer_the_closed_list():
    from autograd_lab.core.namespaces import NAMES, NUMPY

    missing = [n for n in NAMES if not hasattr(NUMPY, n)]
    assert not missing
    lacking = [n for n in NAMES if not hasattr(TENSORS, n)]
    assert not lacking


def test_import_is_numpy_only():
    import subprocess
    import sys

    code = "import sys, autograd_lab.core; print([m for m in ('torch', 'jax', 'IPython', 'autograd') if m in sys.modules])"
    from pathlib import Path

    root = str(Path(torch.__file__).parent.parent)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root).stdout.strip() == "[]"


def test_decorated_functions_may_overlap_in_two_threads():
    import time

    @torch.no_grad()
    def slow(seconds):
        time.sleep(seconds)
        return torch.is_grad_enabled()

    found = []
    threads = [threading.Thread(target=lambda s=s: found.append(slow(s))) for s in (0.05, 0.01)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert found == [False, False] and torch.is_grad_enabled()


def test_hooks_run_in_torchs_order():
    log, a = [], ones(2)
    b = a * 2
    b.retain_grad()
    b.grad_fn.register_prehook(lambda gs: log.append("pre"))
    b.register_hook(lambda g: log.append("tensor 1") or g * 10)
    b.register_hook(lambda g: log.append(f"tensor 2 {g.tolist()}"))
    b.grad_fn.register_hook(lambda gi, go: log.append("post"))
    sink = b.grad_fn.next_functions[0].node
    a.register_hook(lambda g: log.append(f"leaf, grad {a.grad}"))
    sink.register_prehook(lambda gs: log.append("sink pre"))
    a.register_post_accumulate_grad_hook(lambda leaf: log.append(f"accumulated {leaf.grad.tolist()}"))
    sink.register_hook(lambda gi, go: log.append("sink post"))
    b.sum().backward()
    assert log == ["tensor 1", "tensor 2 [10.0, 10.0]", "pre", "post", "leaf, grad None", "sink pre",
                   "accumulated [20.0, 20.0]", "sink post"]  # fmt: skip
    assert b.grad.tolist() == [10, 10]


def test_the_generated_text_is_there_to_be_read():
    PRIMITIVES["mul"].build()
    assert "x_grad = g * y" in PRIMITIVES["mul"].source and "def apply" in PRIMITIVES["mul"].source
