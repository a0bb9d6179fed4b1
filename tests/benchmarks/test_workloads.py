"""The contestants of a workload compute the same numbers; how fast they are is for ``make bench`` to say."""

import numpy as np
import pytest

from benchmarks import peers, scalar_net
from benchmarks.__main__ import WORKLOADS
from benchmarks.measure import OURS


def arrays(numbers):
    """What a contestant returned, flat, in float64."""
    if isinstance(numbers, (tuple, list)):
        return [a for n in numbers for a in arrays(n)]
    if hasattr(numbers, "detach"):
        numbers = numbers.detach().numpy()
    return [np.asarray(numbers, "f8")]


def difference(ours, theirs) -> float:
    """The largest relative difference of two lists of float32 results.

    Relative to each array's largest element, or to a thousandth of the largest of all: a weight behind a relu that is shut
    has nothing of its own to scale by.
    """
    largest = max(np.abs(b).max() for b in theirs)
    return max(np.abs(a - b).max() / max(np.abs(b).max(), 1e-3 * largest) for a, b in zip(ours, theirs))


@pytest.fixture(scope="module")
def modules():
    return peers.installed()


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda w: w.name)
def test_all_contestants_compute_the_same(workload, modules):
    found = {name: arrays(contestant()) for name, contestant in workload.build(modules).items()}
    assert OURS in found and len(found) > 1
    ours = found.pop(OURS)
    for name, theirs in found.items():
        assert len(ours) == len(theirs), name
        assert difference(ours, theirs) < 2e-4, name


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda w: w.name)
def test_running_again_gives_the_same(workload):
    contestant = workload.build({})[OURS]
    first, second = arrays(contestant()), arrays(contestant())
    assert difference(first, second) < 1e-5


def test_the_scalar_net_is_as_large_as_it_says(modules):
    import autograd_lab as torch
    from benchmarks.noting import count

    params = [torch.tensor(p, requires_grad=True) for p in scalar_net.parameters()]
    assert len(params) == 353
    assert count(scalar_net.loss_of(params, torch.Tensor.relu)) == scalar_net.SCALARS.a_node[0]


def test_every_goal_names_a_contestant_or_says_why_not(modules):
    for workload in WORKLOADS:
        assert not workload.goals.keys() - peers.MODULES.keys()
        assert not workload.goals.keys() & workload.absent.keys()
