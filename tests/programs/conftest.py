"""The random functions of the cross-check's tests."""

import importlib.util
from pathlib import Path
from types import MappingProxyType

import pytest

_spec = importlib.util.spec_from_file_location("crosscheck_conftest", Path(__file__).parents[1] / "crosscheck" / "conftest.py")
_functions = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_functions)


@pytest.fixture
def random_functions():
    return _functions.random_function


def pytest_generate_tests(metafunc):
    """A test that takes ``case`` runs once for every primitive."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", sorted(_functions.CASES))


@pytest.fixture(scope="session")
def cases():
    return MappingProxyType(_functions.CASES)
