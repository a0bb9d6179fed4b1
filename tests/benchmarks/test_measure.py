"""How ratios are made."""

import gc
import sys

import pytest

from autograd_lab.core import births
from benchmarks import imports, measure, noting, peers


def test_the_median_of_the_rounds_own_ratios():
    timings = measure.Timings({"a": [1.0, 2.0, 9.0], "b": [2.0, 4.0, 3.0]})
    assert timings.ratio("a", "b").middle == 0.5  # of 0.5, 0.5 and 3: not the ratio of the medians, 2 / 3
    assert timings.typical("b") == 3.0
    assert measure.Timings({"a": [1.0], "b": [4.0]}).ratio("a", "b") == (0.25, 0.25, 0.25)


def test_contestants_run_in_turns():
    called = []
    contestants = {name: (lambda name=name: called.append(name)) for name in "ab"}
    timings = measure.in_turns(contestants, rounds=5, turn=1e-9)
    assert [len(timings.seconds[name]) for name in "ab"] == [5, 5]
    *_, first, timed, other_first, other_timed = called
    assert first == timed != other_first == other_timed and gc.isenabled()
    assert min(timings.seconds["a"]) > 0


def test_a_longer_job_takes_longer():
    timings = measure.in_turns({"long": lambda: sum(range(20_000)), "short": lambda: sum(range(100))}, rounds=3, turn=1e-4)
    assert timings.ratio("long", "short").middle > 5


def test_peers_that_are_missing_are_left_out(monkeypatch):
    monkeypatch.setitem(peers.MODULES, "nobody", "no_such_module_anywhere")
    assert "nobody" not in peers.installed(("numpy", "nobody")) and "numpy" in peers.installed(("numpy", "nobody"))
    assert peers.versions(["numpy", "nobody"]).startswith("numpy 2")


def test_imports_are_timed_in_fresh_interpreters():
    seconds = imports.in_turns(["json", "numpy"], rounds=1)
    assert len(seconds["json"]) == len(seconds["numpy"]) == 1
    assert imports.beyond(seconds, "numpy", "json") > 0
    assert imports.beyond({"a": [3.0, 5.0], "numpy": [1.0, 2.0]}, "a") == 2.5
    assert imports.ratio({"a": [3.0, 5.0], "numpy": [1.0, 2.0]}, "a") == 1.75


def test_noting_is_priced_and_left_as_it_was():
    was_on = births.is_noting()
    assert 0 < noting.price(rounds=1) < 1000
    assert births.is_noting() is was_on


def test_an_unknown_workload_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "W9"])
    from benchmarks.__main__ import main

    with pytest.raises(SystemExit):
        main()
    assert "no workload W9; there are W1, W2, W3" in capsys.readouterr().err
