"""The chain: each contestant gives the same gradient, and what fails in its own process is reported, not raised."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import chain, peers


@pytest.mark.parametrize("kind", ["mul", "tanh"])
def test_every_contestant_has_the_same_gradient(kind):
    expected = chain.contestant("numpy", kind, 200)["gradient"]
    for name in ["autograd_lab", *peers.installed()]:
        if name == "micrograd":
            continue  # one scalar, and only products
        assert chain.contestant(name, kind, 200)["gradient"] == pytest.approx(expected, rel=1e-5), name
    if kind == "mul" and "micrograd" in peers.installed():
        assert chain.contestant("micrograd", kind, 200)["gradient"] == pytest.approx(expected[:1], rel=1e-5)


def test_a_chain_in_its_own_process():
    found = chain.in_own_process("autograd_lab", "mul", 1000)
    assert found["forward"] > 0 and found["backward"] > 0 and len(found["gradient"]) == 4


def test_a_contestant_that_fails_is_reported():
    assert "no_such_peer" in chain.in_own_process("no_such_peer", "mul", 10)["error"]


def test_a_hundred_thousand_operations_do_not_recurse():
    assert chain.contestant("autograd_lab", "mul", 100_000)["gradient"][0] == pytest.approx(chain.CONSTANT**100_000, rel=0.02)


def test_the_line_it_prints_is_json():
    command = [sys.executable, "-m", "benchmarks.chain", "numpy", "mul", "10"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(chain.__file__).parents[1])
    assert json.loads(done.stdout)["gradient"] == pytest.approx([chain.CONSTANT**10] * 4, rel=1e-6)
