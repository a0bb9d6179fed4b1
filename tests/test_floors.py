"""The floors of the package: imports point down, never up, and importing the package costs NumPy and nothing else."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "autograd_lab"
MODULES = sorted(
    path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem == "autograd"
)

# From the ground up. Two names on one floor do not import each other.
FLOORS = [
    {"core"},
    {"autograd", "debug", "devices", "nn", "utils"},
    {"func", "amp", "optim"},  # optim: averages of a model's weights are models (swa_utils)
    {"cpu", "cuda"},
    {"trace"},
    {"crosscheck"},
    {"programs"},
    {"static"},
    {"views"},
    {"magics"},
    {"lessons"},
]
HEIGHT = {name: height for height, floor in enumerate(FLOORS) for name in floor}
NOT_FROM_VIEWS = {"crosscheck", "Node", "AccumulateGrad", "Output", "node"}
OPTIONAL = ["jax", "torch", "IPython", "ipywidgets", "anywidget", "graphviz", "pygraphviz", "scipy", "ml_dtypes", "safetensors"]


def imported(module: Path):
    """Every name that ``module`` imports anywhere in it, in full: ``autograd_lab.core.births``, ``numpy.linalg``."""
    package = ["autograd_lab", *module.parent.parts]
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def ours(module: Path) -> list[list[str]]:
    return [parts for name in imported(module) if (parts := name.split("."))[0] == "autograd_lab"]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_point_down(module):
    here = module.parts[0].removesuffix(".py")
    assert here in HEIGHT, f"autograd_lab/{here} stands on no floor: say on which one in tests/test_floors.py"
    for parts in ours(module):
        there = parts[1] if len(parts) > 1 else "autograd_lab"
        if there == here or (there not in HEIGHT and HEIGHT[here] >= HEIGHT["magics"]):
            continue  # its own floor; or, from the top floors, the public face: `import autograd_lab as torch`
        assert there in HEIGHT, f"{module} imports {'.'.join(parts)} from the public face, which stands above it"
        assert HEIGHT[there] < HEIGHT[here], f"{module} imports {'.'.join(parts)}, which stands no lower than {here}"


@pytest.mark.parametrize("module", [m for m in MODULES if m.parts[0] == "core"], ids=str)
def test_core_imports_numpy_and_the_standard_library_only(module):
    allowed = {"autograd_lab", "numpy", *sys.stdlib_module_names}
    if module.name == "namespaces.py":
        allowed |= {"jax", "scipy"}  # inside functions: for an array that jax made, for special functions NumPy lacks
    if module.name in ("low_precision.py", "limits.py"):
        allowed.add("ml_dtypes")  # inside functions: for bfloat16
    assert {name.split(".")[0] for name in imported(module)} <= allowed


@pytest.mark.parametrize("module", [m for m in MODULES if m.parts[0] == "views"], ids=str)
def test_views_see_no_node_and_no_crosscheck(module):
    for parts in ours(module):
        if parts[1] != "trace":  # its Node is plain data
            assert not NOT_FROM_VIEWS & set(parts), f"{module} imports {'.'.join(parts)}; a view draws what trace tells it"


def test_import_loads_numpy_and_nothing_else():
    code = f"import sys, autograd_lab; print([name for name in {OPTIONAL} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_import_loads_nothing_slow_that_numpy_does_not():
    code = "import numpy, sys; before = set(sys.modules); import autograd_lab; print([m for m in %r if m in sys.modules.keys() - before])"
    slow = ["pathlib", "urllib.parse", "ipaddress", "dataclasses", "inspect", "scipy", "ml_dtypes"]
    assert subprocess.run([sys.executable, "-c", code % slow], capture_output=True, text=True, check=True).stdout == "[]\n"
