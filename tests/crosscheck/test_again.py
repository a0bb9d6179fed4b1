"""The function run again on JAX arrays: what no comparison with the recording can see."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import Tensor

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def again(function, *args, **options):
    return lab.check(function, *args, devices=("cpu",), against="jax", **options).rows[1]


def branches(x):
    return (x * x.sum().item()).sum() if x[0, 0] > 0 else x.sum()


def in_place(x):
    base = x * 1.0
    window = base[:, 1:]
    window.mul_(base[:, :1].clone())
    base[0] = window[1].sum()
    turned = base.t()
    turned.add_(1.0)
    return (base * window.sum()).sum() + turned[0].exp().sum()


def through_a_conjugate(x):
    base = lab.complex(x, x * x)
    mirrored = base.mH
    mirrored[1:].mul_(2j)
    base.conj().imag.mul_(x.detach())
    return (mirrored * mirrored.conj().exp()).imag.sum()


def a_copy_is_no_view(x):
    y = x * 1.0
    z = y.t().reshape(6)  # copies: y does not change
    z.mul_(3.0)
    return (y * y).sum() + z.sum()


def buffer(x):
    total = lab.zeros(3, dtype=lab.float64)
    total[0] = x.sum()
    total[1:] = x[0, :2]
    return (total * total).sum()


def detached(x):
    return (x * x.detach() + x.data * 2.0 * x).sum()


def partly_unrecorded(x):
    y = x * 2.0
    with lab.no_grad():
        held = y * 3.0
        y.mul_(5.0)
    return (y * held * x).sum()


def composed(x):
    return x.logsumexp(1).sum() + x.std() + x.var(0).sum() + lab.cat([x, x]).mean() + lab.stack(x.unbind(0))[0].norm()


def split_and_sort_out(x):
    a, b = x.split([1, 2], dim=1)
    values, index = b.max(1)
    return (a.exp() * values.unsqueeze(1)).sum() + x[[0, 1], index].sum()


def through_numpy(x):
    return (x * lab.tensor(np.sin(x.detach().numpy()))).sum()


def iterated(x):
    return sum((row * len(row)).sum() for row in x) + float(x.shape[0]) * x.mean()


@pytest.mark.parametrize("function", [branches, in_place, through_a_conjugate, a_copy_is_no_view, buffer, detached, partly_unrecorded, composed,
                                      split_and_sort_out, through_numpy, iterated])  # fmt: skip
def test_it_follows(function):
    row = again(function, X)
    assert row.verdict == "agrees" and not row.where


def test_a_forgotten_detach_is_seen_only_here(monkeypatch):
    monkeypatch.setattr(Tensor, "detach", lambda x: x * 1.0)  # the recorder's mistake: the graph goes on
    report = lab.check(lambda x: (x.tanh() * x.detach()).sum(), X, devices=("cpu",))
    assert report.ok  # run again, even stand-ins go on: they are Tensors
    monkeypatch.setattr("autograd_lab.crosscheck.again.StandIn.detach", lambda x: x._apart(None, "detach"), raising=False)
    report = lab.check(lambda x: (x.tanh() * x.detach()).sum(), X, devices=("cpu",))
    assert [row.verdict for row in report.rows] == ["agrees", "MISMATCH", "agrees"]
    assert [(finding.op, finding.kind) for finding in report.findings] == [("x", "edge")]  # no rule is wrong: the graph is
    assert report.rows[1].where.startswith("x; x.grad, relative error")


def test_where_nothing_stands_at_a_kink_ties_are_looked_for_once(monkeypatch):
    """Each look is four runs of the function, and PyTorch's way at kinks would give all of them again."""
    monkeypatch.setattr(Tensor, "detach", lambda x: x * 1.0)
    monkeypatch.setattr("autograd_lab.crosscheck.again.StandIn.detach", lambda x: x._apart(None, "detach"), raising=False)
    runs = 0

    def function(x):
        nonlocal runs
        runs += 1
        return (x.tanh() * x.detach()).sum()

    report = lab.check(function, X, devices=("cpu",), against="jax")
    assert report.rows[1].verdict == "MISMATCH" and report.findings[0].kind == "edge"
    assert runs == 10  # four more if ties were looked for again


def test_wrong_rebasing_is_seen(monkeypatch):
    """An in-place operation on a view that forgets to rewrite its base's history."""
    monkeypatch.setattr("autograd_lab.core.inplace.rebase", lambda x, node: None)

    def writes(x):
        y = x * 1.0
        y[0].mul_(7.0)
        return y.sum()

    assert again(writes, X).verdict == "MISMATCH"


def test_a_function_that_is_none_is_called_impure():
    calls = []

    def counts(x):
        calls.append(1)
        return (x * len(calls)).sum()

    report = lab.check(counts, X, devices=("cpu",))
    assert report.rows[1].verdict == "impure" and report.ok
    assert report.rows[1].where == "it returned another value the second time"


def test_a_view_that_is_copied_keeps_its_history():
    assert again(lambda x: (lab.permute_copy(x, (1, 0)) * 2 + lab.view_copy(x, (3, 2))).pow(2).sum(), X).verdict == "agrees"


def test_one_whose_gradient_alone_changes_is_called_so_too():
    """Its value is 0 each time. What it makes of nudged operands is no measure of rounding: it changes by itself."""
    calls = []

    def counts(x):
        calls.append(1)
        return (x * len(calls)).sum()

    x = lab.tensor([1.0, 2.0, -3.0], requires_grad=True)
    report = lab.check(counts, x, devices=("cpu",), against=("jax", "torch"))
    assert [(row.verdict, row.where) for row in report.rows] == [
        ("agrees", ""),
        *[("impure", "its gradient was another the second time")] * 3,
    ]


def test_a_leaf_that_is_made_in_each_run_is_none_to_compare():
    report = lab.check(lambda: (lab.ones(3, requires_grad=True) * 2).sum(), devices=("cpu",))
    assert report.rows[1].verdict == "impure"
    assert report.rows[1].where == "it makes a tensor that requires a gradient anew in each run: give it as an argument"


@pytest.mark.parametrize(
    "word",
    [
        lambda x: x.sort()[0][..., 1:],
        lambda x: x.sort(descending=True)[0][..., 1:],
        lambda x: x.topk(2)[0],
        lambda x: x.kthvalue(2)[0],
        lambda x: x.mode()[0],
        lambda x: x.quantile(0.3),
        lambda x: lab.linalg.svd(x)[1],
    ],
)
def test_words_that_choose_by_values_are_followed(word):
    assert again(lambda x: (word(x) * 2).sum(), X).verdict == "agrees"


def test_random_numbers_come_again():
    assert again(lambda x: (x * lab.randn(2, 3)).sum(), X).verdict == "agrees"
    assert again(lambda x: (x * x.t().stride(1)).sum(), X).verdict == "agrees"
    assert again(lambda x: (x * float(np.random.rand())).sum(), X).verdict == "agrees"


def test_a_result_from_outside():
    leaf = lab.tensor(2.0, requires_grad=True)
    with lab.core.births.noting():
        noted = leaf * 3.0
    row = again(lambda x: (x * noted).sum(), X)
    assert row.verdict == "skipped: it uses a result that was computed outside of it"
    unknown = leaf * 3.0
    with pytest.raises(RuntimeError, match="uses a result that was computed outside of it"):
        again(lambda x: (x * unknown).sum(), X)


@pytest.mark.parametrize("function, why", [
    (lambda x: ((x**3).sum().backward(), x.sum())[1], "it calls backward() or grad() itself"),
    (lambda x: (x * (x.data_ptr() > 0)).sum(), "it cannot run on JAX arrays")])  # fmt: skip
def test_what_it_cannot_follow_is_skipped_with_the_reason(function, why):
    row = again(function, X)
    assert row.verdict.startswith(f"skipped: {why}"), row


def test_a_compiled_function_runs_as_it_was_written():
    @lab.compile
    def compiled(x):
        y = x * 2.0
        y[0] = x[1].sin()
        return (y * y.detach()).sum()

    row = again(lambda x: compiled(x).exp(), X * 0.1)
    assert row.verdict == "agrees", row


@pytest.mark.parametrize("layer", [lab.nn.BatchNorm1d(3), lab.nn.Dropout(0.5)], ids=["running statistics", "a draw"])
def test_layers_that_train_run_again_and_stay_as_they_were(layer):
    before = [b.tolist() for b in layer.buffers()]
    row = again(layer, X)
    assert row.verdict == "agrees", row
    assert [b.tolist() for b in layer.buffers()] == before


def test_draws_in_the_order_of_memory_are_no_mismatch():
    lab.manual_seed(0)  # one whose draws are others in the other order
    row = again(lambda x: lab.nn.functional.dropout(x.t().exp(), 0.5), X)
    assert row.verdict.startswith("skipped: it draws random numbers in the order of memory"), row


def test_the_engine_is_as_it_was_afterwards():
    again(in_place, X)
    x = lab.tensor(X, requires_grad=True)
    in_place(x).backward()
    assert type(x.grad) is Tensor and type(x.grad._array) is np.ndarray
