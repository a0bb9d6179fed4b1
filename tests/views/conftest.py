"""The same cells as the tests of trace."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("trace_conftest", Path(__file__).parents[1] / "trace" / "conftest.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
cell = _module.cell
