"""Random programs give in PyTorch what they give here; ``python -m tests.fuzz`` runs as many more as one likes."""

import numpy as np
import pytest

import autograd_lab as lab
import autograd_lab.utils.checkpoint
from autograd_lab.core.backward import BackwardPass
from autograd_lab.core.differentiate import start_gradients
from autograd_lab.core.node import AccumulateGrad

from . import compare, programs

torch = pytest.importorskip("torch")
import torch.utils.checkpoint  # noqa: E402

PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_200_programs(part):
    refused = 0
    for seed in range(part * 200 // PARTS, (part + 1) * 200 // PARTS):
        program = programs.write(seed)
        told, theirs = compare.compared(program, lab, torch)
        assert told is None, f"seed {seed}: {told}\n{compare.shrunk(program, lab, torch).source}"
        refused += theirs.error is not None
    assert refused < 200 / PARTS  # most of the point would be lost


def test_a_program_is_its_seed():
    assert programs.write(3) == programs.write(3) != programs.write(4)


def test_a_difference_is_found_and_shrunk():
    class Other:
        """The library, with another tanh."""

        def __getattr__(self, name):
            return getattr(lab, name)

        @staticmethod
        def maximum(x, y):
            return lab.maximum(x, y) * 1

    program = programs.Program(
        [programs.PRELUDE, "a = m.ones(2, dtype=m.float64, requires_grad=True)", "b = a * 2", "c = m.maximum(a, a)"],
        ["out = c.sum() + b.sum()", "out.backward()"],
    )
    told, _ = compare.compared(program, Other(), lab)
    assert told is not None and told.startswith("c: node is 'MulBackward0' here")
    assert (
        compare.shrunk(program, Other(), lab).source
        == "a = m.ones(2, dtype=m.float64, requires_grad=True)\nc = m.maximum(a, a)"
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (1.0, 1.0 + 1e-13, True),
        (1.0, 1.0 + 1e-11, False),
        (np.nan, np.nan, True),
        (np.inf, -np.inf, False),
        (0.0, 1e-13, False),
    ],
)
def test_numbers_are_the_same_up_to_rounding(ours, theirs, same):
    assert compare.differ(np.array(ours), np.array(theirs)) is not same


# ---------------------------------------------------------------------- the order of a pass


def run_up_to_the_walk(seed, m):
    """The scope of a program without hooks before it walks its graph; None if it is refused."""
    program = programs.write(seed, hooks=False)
    scope = {"m": m}
    try:
        exec("\n".join([*program.blocks, program.closing[0]]), scope)
    except RuntimeError:
        return None
    return scope if scope["out"].requires_grad else None


def leaves_of(scope, m):
    return [t for name, t in scope.items() if name[0] == "a" and isinstance(t, m.Tensor) and t.requires_grad and t.is_leaf]


def order_of_torch(root, leaves):
    names, order, seen = {id(leaf): i for i, leaf in enumerate(leaves)}, [], set()

    def label(node):
        name = node.name().split("::")[-1]
        return name + str(names.get(id(node.variable))) if name == "AccumulateGrad" else name

    stack = [root.grad_fn]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        node.register_prehook(lambda g, node=node: order.append(label(node)))
        stack.extend(n for n, _ in node.next_functions)
    root.backward()
    return order


def steps_of_lab(root, leaves):
    run = BackwardPass((root,), start_gradients((root,), None))
    order = []
    while (step := run.step()) is not None:
        name = step.node.name().split("::")[-1]
        if type(step.node) is AccumulateGrad:
            if not step.node.wanted:  # of a view made under no_grad: PyTorch has no node there
                continue
            name += str(next((i for i, leaf in enumerate(leaves) if leaf._node is step.node), None))
        order.append(name)
    return order


@pytest.mark.filterwarnings("ignore")
def test_nodes_are_visited_in_torchs_order():
    """Step by step, and the same gradients as at a run."""
    same = compared = 0
    for seed in range(300):
        theirs, ours = run_up_to_the_walk(seed, torch), run_up_to_the_walk(seed, lab)
        assert (theirs is None) == (ours is None), seed
        if theirs is None or any(name[0] == "p" for name in theirs):  # products of batches: other nodes
            continue
        try:
            order = order_of_torch(theirs["out"], leaves_of(theirs, torch))
        except RuntimeError:
            continue
        leaves = leaves_of(ours, lab)
        same += steps_of_lab(ours["out"], leaves) == order
        compared += 1
        again = run_up_to_the_walk(seed, lab)
        again["out"].backward()
        for a, b in zip(leaves, leaves_of(again, lab)):
            assert (a.grad is None) == (b.grad is None)
            assert a.grad is None or np.array_equal(a.grad._array, b.grad._array), seed
    assert compared > 60 and same >= 0.99 * compared, (same, compared)
