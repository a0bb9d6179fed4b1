"""A notebook cell without a notebook: source with a file name that ``linecache`` knows, births noted while it runs."""

import linecache

import pytest

import autograd_lab
from autograd_lab.core import births


@pytest.fixture
def cell():
    """``cell(source, **variables)`` runs the source as a cell; the namespace it leaves."""
    count = 0

    def run(source, noted=True, **variables):
        nonlocal count
        count += 1
        name = f"<cell {count}>"
        linecache.cache[name] = len(source), None, source.splitlines(True), name
        namespace = {"torch": autograd_lab, **variables}
        if not noted:
            exec(compile(source, name, "exec"), namespace)
            return namespace
        with births.noting():
            exec(compile(source, name, "exec"), namespace)
        return namespace

    return run
