"""What nbval compares: texts. A picture says the same as its text, and its bytes depend on the Graphviz at hand."""

import os

os.environ.setdefault("TQDM_DISABLE", "1")  # a slow machine's progress bar is no part of a lesson's output
NOT_COMPARED = ("image/svg+xml", "text/html", "application/vnd.autograd-lab.graph.v1+json")


def pytest_collectstart(collector):
    """Tell nbval's notebook files which kinds of output to leave alone."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += NOT_COMPARED
