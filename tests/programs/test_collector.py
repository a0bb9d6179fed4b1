"""The collector rests while a program is made, and goes on as it was."""

import gc

import pytest

from autograd_lab.programs.collector import collector_resting


def test_it_goes_on_after_an_error_and_stays_off_where_it_was_off():
    with pytest.raises(ZeroDivisionError), collector_resting():
        assert not gc.isenabled()
        1 / 0  # noqa: B018
    assert gc.isenabled()
    gc.disable()
    try:
        with collector_resting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
