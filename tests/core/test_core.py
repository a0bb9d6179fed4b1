"""The package as a whole."""

import autograd_lab as torch


def test_import_is_numpy_only():
    import subprocess
    import sys

    code = "import sys, autograd_lab.core; print([m for m in ('torch', 'jax', 'IPython', 'autograd') if m in sys.modules])"
    from pathlib import Path

    root = str(Path(torch.__file__).parent.parent)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root).stdout.strip() == "[]"
