"""What the table at the end says, and the figures that are no ratios of times."""

import pytest

from benchmarks import chain, imports, memory, peers
from benchmarks.goals import Measured, table


def test_a_goal_is_met_or_missed():
    assert Measured("W1", "numpy", 1.15, 1.15).verdict == "met"
    assert Measured("W1", "numpy", 1.16, 1.15).verdict == "MISSED"
    assert Measured("W1", "numpy", 9.0).verdict == ""


def test_the_table_has_a_line_for_each_goal():
    text = table([Measured("W1", "numpy", 1.08, 1.15), Measured("W1", "torch", 0.9, 0.8), Measured("W1", "nobody", 5.0)])
    head, first, second, last = text.splitlines()
    assert first.split() == ["W1", "numpy", "1.08", "1.15", "met"]
    assert second.split() == ["W1", "torch", "0.9", "0.8", "MISSED"]
    assert len(head) < len(first) and last == "1 of 2 goals met"
    assert table([Measured("W1", "nobody", 5.0)]) == ""


def test_what_is_asked_of_our_own_chain():
    assert chain.own_goals("mul", 10_000, "bytes", 190.0, 190.0)[0].verdict == "met"
    assert chain.own_goals("tanh", 10_000, "bytes", 361.0, 361.0)[0].verdict == "MISSED"
    assert chain.own_goals("mul", 100_000, "forward", 2.0, 1.0) == []
    (grown,) = chain.own_goals("mul", 1_000_000, "forward", 3.0, 1.0)
    assert (grown.value, grown.verdict) == (3.0, "MISSED")


def test_what_a_network_keeps():
    ours, cycles = memory.of_ours()
    ideal = memory.DEPTH * memory.BATCH * memory.WIDTH * 4  # what each relu gives, in float32, which two rules share
    assert cycles == 0 and ideal <= ours.saved <= memory.GOALS["saved"] * ideal
    assert ours.saved < ours.peak < 1.2 * ideal


def test_what_torch_keeps_is_seen():
    modules = peers.installed(("torch",))
    if not modules:
        pytest.skip("torch is not installed")
    theirs = memory.of_torch(modules["torch"])
    ideal = memory.DEPTH * memory.BATCH * memory.WIDTH * 4
    assert ideal <= theirs.saved < 1.02 * ideal and theirs.saved < theirs.peak


def test_memory_of_an_import():
    assert imports.resident("numpy") > imports.resident("sys") > 0
