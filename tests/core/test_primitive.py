"""Declarations: what a rule may read, forward mode, and the same rules in other namespaces."""

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.core.namespaces import namespace_of
from autograd_lab.core.primitive import PRIMITIVES, primitive


def test_a_rule_may_only_read_what_exists():
    @primitive
    def thing(xp, x):
        return x

    with pytest.raises(TypeError, match="may read x, out, x_shape, x_dtype"):

        @thing.vjp("x")
        def thing_x(xp, g, y):
            return g

    del PRIMITIVES["thing"]


def test_forward_mode_follows_from_partials():
    x = np.array([0.3, 0.7])
    op = PRIMITIVES["mul"]
    xp = namespace_of(x)
    assert np.allclose(op.pushforward(xp, (x, None), x * 2, x, np.full(2, 2.0)), x * 2)
    assert np.allclose(op.pushforward(xp, (x, x), x * x, x, x), 2 * x * x)


FIRST = {"elementwise", "reduce", "shape", "index", "linalg", "masked", "copies"}  # the files every import loads


@pytest.fixture
def jax_of_64_bits():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):  # here only: other tests of this process ask what JAX does without
        yield jax


def test_the_same_rules_on_jax_arrays(jax_of_64_bits):
    """Every one-output primitive of one or two array inputs: NumPy's, the tensor's and JAX's answers agree, eager and jitted."""
    jax = jax_of_64_bits
    params = {"pow_scalar": {"exponent": 3}, "rpow": {"base": 2.0}, "clamp": {"min": 0.5, "max": 1.0}, "cumsum": {"dim": 0}, "flip": {"dim": 1},
              "view": {"shape": (9,)}, "permute": {"dims": (1, 0)}, "transpose": {"dim0": 0, "dim1": 1}, "unsqueeze": {"dim": 1},
              "expand": {"shape": (2, 3, 3)}, "to": {"dtype": np.dtype("f4")}, "where_mask_op": {"mask": np.eye(3, dtype=bool)},
              "fill": {"value": 2.0}, "fill_over": {"value": 2.0}, "select": {"key": (1,)}, "slice": {"key": slice(1, 3)}, "index": {"key": np.array([0, 0, 2])},
              "as_strided": {"path": ((PRIMITIVES["slice"], {"key": slice(0, 2)}),)},
              "as_strided_scatter": {"shape": (4, 3), "path": ((PRIMITIVES["slice"], {"key": slice(0, 3)}),)},
              "index_scatter": {"shape": (4, 3), "key": np.array([0, 0, 2])},
              **{f"{word}_number": {"other": 1.7} for word in ("add", "sub", "mul", "div")},
              **{key: {"values": np.eye(3)} for key in ("overwritten", "overwritten_beside")}}  # fmt: skip
    skip = {"index_put", "fill_with"}  # writes into a copy; its value is one number
    rng, checked = np.random.default_rng(0), {}
    for name, op in list(PRIMITIVES.items()):  # a rule may declare more when it is run
        if op.forward.__module__.rpartition(".")[2] not in FIRST:
            continue  # later topics are held to JAX by their own suite
        if (
            op.variadic
            or name.endswith(("_dim", "_sizes", "_list", "_listed"))
            or name in skip
            or not op.rules
            or name == "eigh"
        ):
            continue
        arrays = [rng.uniform(0.4, 1.6, (3, 3)) for _ in op.inputs]
        kw = op.params | params.get(name, {})
        xp = namespace_of(arrays[0])
        xj = namespace_of(jax.numpy.asarray(arrays[0]))
        out = op.forward(xp, *arrays, **kw)
        g = rng.uniform(size=np.shape(out))

        def gradients(xp, g, *arrays, op=op, kw=kw):
            out = op.forward(xp, *arrays, **kw)
            known = dict(zip(op.inputs, arrays)) | kw | {"out": out}
            for i, a in zip(op.inputs, arrays):
                known |= {i + "_shape": a.shape, i + "_dtype": a.dtype}
            return [rule(xp, g, known) for rule in op.rules.values()]

        ours = gradients(xp, g, *arrays)
        theirs = gradients(xj, jax.numpy.asarray(g), *map(jax.numpy.asarray, arrays))
        tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
        y = op.call(*tensors, **kw)
        graph = torch.grad(y, tensors, torch.tensor(g), create_graph=True, allow_unused=True)
        for a, b, d in zip(ours, theirs, [t for i, t in zip(op.inputs, graph) if i in op.rules], strict=True):
            for other in (b, d if d is None else d._array):
                if a is None or other is None:  # an input that is sent nothing
                    assert a is other, name
                    continue
                np.testing.assert_allclose(a, other, rtol=1e-6 if name == "to" else 1e-10, err_msg=name)
        checked[name] = ours, gradients, (g, *arrays)
    assert len(checked) >= 40, list(checked)

    def every(inputs):  # compiled at once, which takes a fraction of what one by one takes
        return [gradients(xj, *given) for (_, gradients, _), given in zip(checked.values(), inputs)]

    jitted = jax.jit(every)([given for _, _, given in checked.values()])
    for (name, (ours, *_)), found in zip(checked.items(), jitted, strict=True):
        for a, c in zip(ours, found, strict=True):
            if a is None:
                assert c is None, name
                continue
            np.testing.assert_allclose(a, c, rtol=1e-6 if name == "to" else 1e-10, err_msg=name)
