"""Optimisers are held to PyTorch by the same comparison as layers: tests/nn/beside.py."""

import importlib.util
from pathlib import Path

import pytest


def _beside():
    spec = importlib.util.spec_from_file_location("beside", Path(__file__).parents[1] / "nn" / "beside.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def beside():
    return _beside()


@pytest.fixture
def holds(beside):
    return beside.holds
