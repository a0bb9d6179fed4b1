"""Repair: checks are run one by one, and whatever they raise is told in one line."""

import pytest

from autograd_lab.lessons import repair


def twice(f):
    """two becomes four."""
    assert f(2) == 4, f"{f(2)}"


def five(f):
    """five becomes ten"""
    assert f(5) == 10, f"{f(5)}"


def bare(f):
    if f(1) != 2:
        raise AssertionError


def test_a_broken_function_is_reported_check_by_check():
    found = repair("double", lambda x: x + 2, twice, five, bare)
    assert not found and not found.ok
    assert str(found).splitlines() == [
        "Repair: double",
        "  1 of 3 checks pass",
        "  passes  two becomes four",
        "  fails   five becomes ten: 7",
        "  fails   bare: it does not hold",
    ]


def test_a_repaired_one_passes_all():
    assert repair("double", lambda x: 2 * x, twice, five, bare).ok


def test_an_exception_is_reported_not_raised():
    def stops(x):
        raise ValueError("this far. And no further.")

    assert str(repair("double", stops, five)).endswith("fails   five becomes ten: ValueError: this far.")


def test_it_needs_a_check():
    with pytest.raises(TypeError, match="at least one check"):
        repair("double", twice)
