"""One thread at a time writes operations, also after Ctrl-C came where the lock is taken or given back."""

import sys
import threading

import pytest

from autograd_lab.core import building


def interrupted_at(number, work):
    """Call ``work`` and raise KeyboardInterrupt at the ``number``-th line that building.py runs; False where it runs fewer."""
    seen = 0

    def trace(frame, event, _):
        nonlocal seen
        if frame.f_code.co_filename != building.__file__:
            return None
        if event == "line":
            seen += 1
            if seen == number:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


@building.one_at_a_time
def inner():
    return 1


@building.one_at_a_time
def outer():
    return inner()


@pytest.mark.parametrize("work", [inner, outer])
def test_the_lock_is_given_back_wherever_it_is_interrupted(work):
    number, others = 1, []
    while interrupted_at(number, work):
        other = threading.Thread(target=lambda: others.append(outer()), daemon=True)
        other.start()
        other.join(60)
        assert len(others) == number, f"another thread waits for ever after an interruption at line {number} of building.py"
        number += 1
    assert number > 3
