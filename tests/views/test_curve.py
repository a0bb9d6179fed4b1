"""The drawing of a kink: plain numbers in, the slopes that were claimed out."""

import math
import re
import xml.etree.ElementTree as ET

import pytest

from autograd_lab.crosscheck.curves import Curve
from autograd_lab.views.curve import H, W, bent, drawn, said
from autograd_lab.views.style import BAD

XS = tuple(k / 10 for k in range(-5, 6))
ABS = Curve("x", (2,), 0.0, XS, tuple(abs(x) for x in XS), -1.0, 1.0, 0.0, 1.0)
SMOOTH = Curve("x", (), 0.0, XS, tuple(2 * x for x in XS), 2.0, 2.0, 3.0, 2.0)


def numbers(drawing):
    paths = [node.get("d") for node in ET.fromstring(drawing) if node.get("d")]
    return [float(n) for d in paths for n in re.findall(r"-?\d+\.?\d*", d)]


def test_both_slopes_are_in_words():
    assert (
        said(ABS)
        == "around x[2] = 0 the forward has slope -1 on the left and 1 on the right; autograd_lab says 0, the oracle 1"
    )
    assert said(SMOOTH) == "around x = 0 the forward has slope 2; autograd_lab says 3, the oracle 2"
    assert bent(ABS) and not bent(SMOOTH) and not bent(ABS._replace(left=math.inf))


def test_a_wedge_is_filled_where_there_are_two_slopes_and_failure_has_its_colour():
    assert drawn(ABS, False).count("Z") == 2 and "Z" not in drawn(SMOOTH, True)
    assert BAD in drawn(SMOOTH, True) and BAD not in drawn(ABS, False)
    assert drawn(ABS, False).count("stroke-dasharray") == 2, "the oracle's slope is dashed, and the element's place dotted"


@pytest.mark.parametrize("changes", [
    {}, {"theirs": math.nan}, {"ours": -1e9, "theirs": 1e9}, {"y": (None,) * 5 + (0.0,) + (1e300,) * 5}, {"y": (0.0,) * 11},
    {"left": -math.inf, "ours": math.inf}, {"left": 0.0, "right": 1e12}])  # fmt: skip
def test_whatever_the_numbers_the_drawing_stays_in_its_frame(changes):
    for number in numbers(drawn(ABS._replace(**changes), False)):
        assert -1 <= number <= max(W, H) + 1
