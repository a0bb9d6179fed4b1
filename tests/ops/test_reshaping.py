"""What a product sees of its operands in passing: nodes, memory and refusals are those of the views that are not made."""

import pytest

import autograd_lab as lab
from autograd_lab.core import births

torch = pytest.importorskip("torch")

SHAPES = {
    "a layer": ((2, 3, 4), (4, 5)),
    "a batch of a batch and a layer": ((2, 2, 3, 4), (4, 5)),
    "two batches": ((2, 3, 4), (2, 4, 5)),
    "batches of batches": ((2, 2, 3, 4), (2, 2, 4, 5)),
    "batches to be repeated": ((2, 1, 3, 4), (2, 4, 5)),
    "a batch and a vector": ((2, 3, 4), (4,)),
}


def names(node):
    return [node.name(), [names(below) for below, _ in node.next_functions if below is not None]]


def operands(t, case, made_by=lambda t, x: x):
    return [made_by(t, t.arange(float(t.ones(s).numel())).reshape(s).requires_grad_()) for s in SHAPES[case]]


@pytest.mark.parametrize("case", SHAPES)
@pytest.mark.parametrize("listening", [False, True])
def test_the_nodes_are_those_of_the_views(case, listening):
    if listening:
        births.start()
    try:
        ours, theirs = (names((x := operands(t, case))[0].matmul(x[1]).grad_fn) for t in (lab, torch))
    finally:
        if listening:
            births.stop()
    assert ours == theirs


@pytest.mark.parametrize("case", SHAPES)
@pytest.mark.parametrize("which", [0, 1])
def test_what_is_written_to_afterwards_is_refused_as_the_view_was(case, which):
    told = []
    for t in (lab, torch):
        xs = operands(t, case, lambda t, x: x * 1)
        y = xs[0].matmul(xs[1]).sum()
        xs[which].mul_(2)
        try:
            y.backward()
        except RuntimeError as error:
            told.append(str(error).split(" Hint")[0])
    assert told[:1] == told[1:] and bool(told) is ("repeated" not in case)  # what is repeated is copied


@pytest.mark.parametrize("case", ["a layer", "two batches"])
def test_what_is_kept_is_the_operand_s_own_memory(case):
    kept = {lab: [], torch: []}
    for t, found in kept.items():
        xs = operands(t, case)
        with t.autograd.graph.saved_tensors_hooks(lambda x: found.append(x) or x, lambda x: x):
            xs[0].matmul(xs[1]).sum().backward()
        kept[t] = sorted((tuple(x.shape), [x.data_ptr() == y.data_ptr() for y in xs]) for x in found)
    assert kept[lab] == kept[torch]


def test_no_node_is_made_where_nothing_is_recorded():
    x, w = operands(lab, "a layer")
    for mode in (lab.no_grad, lab.inference_mode):
        with mode():
            assert x.matmul(w).grad_fn is None
            assert lab.ones(2, 3, 4).matmul(w).grad_fn is None
    with lab.inference_mode(), lab.enable_grad():
        assert x.matmul(w).grad_fn is None
        made = lab.ones(2, 3, 4)
    assert made.matmul(w.detach()).tolist() == lab.ones(2, 3, 4).matmul(w.detach()).tolist()
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        made.matmul(w)


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 5)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("listening", [False, True])
def test_a_layer_sees_its_weight_turned_and_leaves_pytorch_s_nodes_and_refusals(shape, bias, listening):
    told = []
    for t in (lab, torch):
        if listening and t is lab:
            births.start()
        try:
            x, layer = t.ones(*shape, requires_grad=True), t.nn.Linear(5, 6, bias=bias)
            y = layer(x * 1)
            z = (y * y).sum()
            with t.no_grad():
                layer.weight.add_(1)
            with pytest.raises(RuntimeError) as refused:
                z.backward()
            with t.no_grad():
                nothing = layer(x).grad_fn
            told.append((names(y.grad_fn), y._is_view(), str(refused.value).split(" Hint")[0], nothing))
        finally:
            if listening and t is lab:
                births.stop()
    assert told[0] == told[1]
