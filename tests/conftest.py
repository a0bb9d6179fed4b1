"""What every test shares: which ones must stay together when the suite is split over processes."""

import pytest


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Keep a notebook's cells in one kernel and a browser file's tests on one server (`--dist loadgroup`)."""
    for item in items:
        if item.path.suffix == ".ipynb" or "browser" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group(item.path.name))
