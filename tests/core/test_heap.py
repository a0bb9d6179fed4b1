"""Memory that a step gives back is there for the next, and not fetched from the system again page by page."""

import os
import platform
import subprocess
import sys

import pytest

STEPS = """
import resource
import numpy as np
import autograd_lab

def step():
    return len([np.ones(1 << 13) for _ in range(100)])  # 64 kB each, all given back at the end

def faults(steps):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        step()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults(3)
print(faults(10))
"""


def faults() -> int:
    """Page faults of ten steps in a fresh process."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    ran = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, env=plain)
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of other C libraries nothing is asked")
def test_a_step_finds_the_memory_of_the_one_before():
    pages = 10 * 100 * (1 << 16) // os.sysconf("SC_PAGE_SIZE")  # that ten steps write to
    assert faults() < pages / 20
