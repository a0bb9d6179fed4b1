"""The closed list of array functions."""

from autograd_lab.core.namespaces import NAMES, NUMPY, TENSORS


def test_namespaces_offer_the_closed_list():
    missing = [n for n in NAMES if not hasattr(NUMPY, n)]
    assert not missing
    lacking = [n for n in NAMES if not hasattr(TENSORS, n)]
    assert not lacking
