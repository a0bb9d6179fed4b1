"""check_mutation finds every write that goes by the version counter, and nothing else."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import debug
from autograd_lab.core import births
from autograd_lab.core.ops import later
from tests.ops.samples import Maker, collect

later.load_all()
SAMPLES = collect()


def leaf(*values):
    return lab.tensor(list(values), requires_grad=True)


def by_data(t):
    t.data.mul_(3)


def by_numpy(t):
    t.detach().numpy()[...] = 7


def by_an_array_taken_before(t):
    array = t.detach().numpy()
    yield
    array += 1


WRITES = {"data": by_data, "numpy": by_numpy}


class Twice(lab.autograd.Function):
    """Saves its input and its output."""

    @staticmethod
    def forward(ctx, x):
        out = x * 2
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx, g):
        x, out = ctx.saved_tensors
        return g * out / x


OPERATIONS = {
    "MulBackward0 saved a tensor for backward, other": lambda x: (x, x * x),
    "ExpBackward0 saved a tensor for backward, result": lambda x: (y := x.exp(), y * 1),
    "MmBackward0 saved a tensor for backward": lambda x: (x, x[None] @ x[:, None]),
    "MaxBackward0 saved a tensor for backward, result[1]": lambda x: ((m := x[None].max(1)).indices, m.values * 1),
    "TwiceBackward saved a tensor for backward, saved_tensors[0]": lambda x: (x, Twice.apply(x)),
    "TwiceBackward saved a tensor for backward, saved_tensors[1]": lambda x: (y := Twice.apply(x), y * 1),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("said", OPERATIONS)
def test_a_hidden_write_is_found(said, write, create_graph):
    with debug.check_mutation():
        x = leaf(1.0, 2.0)
        written, result = OPERATIONS[said](x * 1)
        if written.dtype is lab.int64:
            written.data.add_(1)
        else:
            WRITES[write](written)
        with pytest.raises(RuntimeError, match="without being counted as a write") as raised:
            lab.autograd.grad(result.sum(), x, create_graph=create_graph)
    assert str(raised.value).startswith(said)


def test_the_error_names_both_lines():
    with debug.check_mutation():
        w = leaf(1.0, 2.0)
        array = w.detach().numpy()
        loss = (w * w).sum()
        w.data.mul_(3)
        with pytest.raises(RuntimeError) as raised:
            loss.backward()
        (note,) = raised.value.__notes__
        assert "`loss = (w * w).sum()`, and written over at line" in note and "`w.data.mul_(3)`" in note
        loss = (w * w).sum()
        array[0] = 5
        with pytest.raises(RuntimeError) as raised:
            loss.backward()
        (note,) = raised.value.__notes__
        assert "its memory was given to NumPy at line" in note and "`array = w.detach().numpy()`" in note


def test_a_write_that_is_counted_is_told_as_ever():
    with debug.check_mutation():
        y = leaf(1.0, 2.0) * 1
        loss = (y * y).sum()
        y.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_found_where_nothing_was_written(name):
    """Every operation gives the same gradients with the check as without it, twice over one graph and in place too."""
    for sample in SAMPLES[name]:
        found = []
        for checking in (False, True):
            maker = Maker(lab, "float64")
            lab.manual_seed(0)
            with debug.check_mutation(checking):
                made = sample(lab, maker)
                outs = [o for o in (made if isinstance(made, tuple) else [made]) if isinstance(o, lab.Tensor)]
                outs = [o for o in outs if o.requires_grad]
                leaves = [t for t in maker.leaves if t.requires_grad]
                if not outs or not leaves:
                    continue
                try:
                    for keep in (True, False):
                        found.append(lab.autograd.grad([o.sum() for o in outs], leaves, retain_graph=keep, allow_unused=True))
                except RuntimeError as error:
                    assert "derivative" in str(error) or "not implemented" in str(error), error
        for other in found[1:]:
            for a, b in zip(found[0], other):
                assert (a is None) == (b is None)
                assert a is None or np.array_equal(a._array, b._array, equal_nan=True)


def test_in_place_operations_views_checkpoints_and_packed_values_are_fine():
    from autograd_lab.utils.checkpoint import checkpoint

    with debug.check_mutation():
        a = leaf(1.0, 2.0, 3.0)
        x = a * 1
        x.mul_(2).neg_()
        x[0] = 5.0
        x[1:].tanh_()
        with lab.autograd.graph.save_on_cpu():
            y = x * x
        z = checkpoint(lambda t: t.exp() * t, y, use_reentrant=False)
        (g,) = lab.autograd.grad(z.sum(), a, create_graph=True)
        (g * g).sum().backward()
    assert a.grad is not None


def test_off_it_leaves_no_trace():
    assert not debug.is_check_mutation_enabled() and births.note is None
    node = (leaf(1.0) * 2).grad_fn
    with debug.check_mutation():
        assert debug.is_check_mutation_enabled()
        x = leaf(1.0, 2.0)
        looked_at = (x * x).grad_fn
        assert type(looked_at) is not type(node) and type(looked_at).__name__ == type(node).__name__
        assert repr(type(looked_at)) == repr(type(node))
        with debug.check_mutation(False):
            assert not debug.is_check_mutation_enabled()
        assert debug.is_check_mutation_enabled()
    assert births.note is None and "numpy" not in vars(lab.Tensor)
    assert type((leaf(1.0) * 2).grad_fn) is type(node)
    x.data.mul_(2)
    looked_at(lab.ones(2))  # recorded while it was on, walked while it is off: not looked at


def test_it_is_a_switch_too():
    debug.check_mutation()
    try:
        assert debug.is_check_mutation_enabled()
    finally:
        debug.check_mutation(False)
    assert not debug.is_check_mutation_enabled()
