"""Planted faults: in random graphs, each of a kind that has happened to somebody, and the right place named each time."""

from types import SimpleNamespace

import pytest

import autograd_lab as lab

from .faults import GRAPHS, KINDS, main

# Of each kind two graphs, of which one is written in place where its rules are wrong; the command plants every kind in all twenty.
PLANTED = [(kind, seed) for turn, kind in enumerate(KINDS) for seed in (GRAPHS[turn], GRAPHS[turn + 7])]


@pytest.mark.parametrize(("kind", "seed"), PLANTED)
def test_the_right_place_is_named(kind, seed):
    plant, count = KINDS[kind]
    faults = list(plant(seed))
    assert len(faults) == count
    for fault in faults:
        assert fault.named, f"{fault.what}\n{fault.report}"


def test_the_command_plants_more_than_a_hundred_in_twenty_graphs():
    assert len(GRAPHS) == 20 and len(GRAPHS) * sum(count for _, count in KINDS.values()) == 240


def test_the_command_counts_what_was_named(capsys, monkeypatch):
    for kind in [*KINDS][3:]:
        monkeypatch.delitem(KINDS, kind)
    assert main(["1", "--first", "7"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "7 of 7 faults named, in 1 graphs" and len(said) == len(KINDS) + 1


def test_the_command_fails_where_one_was_not(capsys, monkeypatch):
    row = SimpleNamespace(where="", verdict="agrees")
    monkeypatch.setattr(lab, "check", lambda *_, **__: SimpleNamespace(findings=[], rows=[row, row], leaves=[1, 2]))
    assert main(["1"]) == 1
    assert "0 of 12 faults named" in capsys.readouterr().out
