"""Who is compared with. A peer that is not installed is a line "not installed" in the table, not an error."""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

MODULES = {
    "numpy": "numpy",
    "torch": "torch",
    "HIPS autograd": "autograd",
    "micrograd": "micrograd.engine",
}


def installed(names=tuple(MODULES)) -> dict[str, ModuleType]:
    """The peers that can be imported, by name; torch on one thread."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.import_module(MODULES[name])
        except ImportError:
            continue
    if "torch" in found:
        found["torch"].set_num_threads(1)
    return found


def versions(names) -> str:
    """``numpy 2.4.6, torch 2.13.0``"""
    said = []
    for name in names:
        package = MODULES[name].partition(".")[0]
        try:
            said.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            said.append(name)
    return ", ".join(said)
