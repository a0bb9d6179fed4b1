"""What a check is asked for: options that are none are refused in words."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck.asked import asked

X = np.array([1.0, 2.0])


@pytest.mark.parametrize(("option", "error", "says"), [
    ({"factor": -1}, ValueError, "factor: a positive number"), ({"factor": float("nan")}, ValueError, "got nan"),
    ({"factor": 0}, ValueError, "got 0"), ({"factor": "a"}, TypeError, "not str"), ({"against": 3}, TypeError, "witnesses, such as .* not int"),
    ({"against": ("jax", 3)}, TypeError, "not int"), ({"against": "fax"}, ValueError, "'fax' is not known"),
    ({"devices": 3}, TypeError, "devices: JAX device kinds, .* not int"), ({"devices": (3,)}, TypeError, "not int"),
    ({"order": "a"}, TypeError, "order: 1 for the gradient"), ({"order": 0}, ValueError, "got 0"), ({"order": 1.5}, TypeError, "not float"),
])  # fmt: skip
def test_what_cannot_be_asked(option, error, says):
    with pytest.raises(error, match=says):
        lab.check(lambda x: x * x, X, **option)


def test_one_form():
    assert asked("jax", "cpu", np.float32(2), np.int64(2)) == (("jax",), ("cpu",), 2.0, 2)
    assert asked(["numeric"], None, 4, 1) == (("numeric",), None, 4.0, 1)
