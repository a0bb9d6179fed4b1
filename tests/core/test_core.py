"""The package as a whole."""

import subprocess
import sys
from pathlib import Path

import autograd_lab as torch

ROOT = Path(torch.__file__).parents[1]


def printed_by_a_fresh_interpreter(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()


def test_import_is_numpy_only():
    code = "import sys, autograd_lab.core; print([m for m in ('torch', 'jax', 'IPython', 'autograd') if m in sys.modules])"
    assert printed_by_a_fresh_interpreter(code) == "[]"


def test_what_import_declares_is_old_and_the_collector_is_as_it_was():
    code = "import gc, autograd_lab as t; print(gc.isenabled(), gc.get_freeze_count(), any(o is t.Tensor for o in gc.get_objects(2)))"
    assert printed_by_a_fresh_interpreter(code) == "True 0 True"
    assert printed_by_a_fresh_interpreter("import gc; gc.disable(); import autograd_lab; print(gc.isenabled())") == "False"


def test_import_leaves_frozen_what_somebody_froze():
    code = (
        "import gc, numpy; frozen = [[]]; gc.freeze(); import autograd_lab; print(any(o is frozen for o in gc.get_objects()))"
    )
    assert printed_by_a_fresh_interpreter(code) == "False"
