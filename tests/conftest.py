"""What holds for every test of the project."""

import gc

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Fifteen thousand tests are millions of objects that live to the end: the garbage collector need not visit them again and again."""
    gc.collect()
    gc.freeze()
