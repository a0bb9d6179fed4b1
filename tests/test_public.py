"""What the project shows to the outside: its names, their docstrings, its versions, and what its files must not say."""

import inspect
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import autograd_lab

ROOT = Path(__file__).parents[1]
NAMES = Path(__file__).with_name("public_names.txt")
TRACKED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")[
    :-1
]
TEXTS = [name for name in TRACKED if not name.endswith((".png", ".gif")) and (ROOT / name).exists()]


def test_public_names():
    """``autograd_lab.__all__`` is a promise to users; change tests/public_names.txt where the promise changes."""
    assert sorted(autograd_lab.__all__) == NAMES.read_text().split()


@pytest.mark.parametrize("name", sorted(autograd_lab.__all__))
def test_public_names_exist_and_say_what_they_do(name):
    value = getattr(autograd_lab, name)
    if isinstance(value, autograd_lab.dtype | dict | float):
        return
    first = (inspect.getdoc(value) or "").partition("\n")[0]
    assert first.endswith((".", ":", "?")), f"the docstring of {name} opens with {first!r}, not with a sentence"


def test_versions_agree():
    package = json.loads((ROOT / "labextension/package.json").read_text())
    assert package["version"] == autograd_lab.__version__
    assert f"\n## {autograd_lab.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_dependency_of_an_extra_is_named_once():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {"crosscheck", "svg", "torch", "lite", "dev", "all"} <= set(extras)
    names = [
        re.split(r"[<>=\[]", line)[0] for lines in extras.values() for line in lines if not line.startswith("autograd-lab[")
    ]
    assert len(names) == len(set(names)), "two pins of one package drift apart; let one extra name the other"


@pytest.mark.parametrize(
    "name", [n for n in TEXTS if n.endswith((".py", ".ts")) and n.startswith(("autograd_lab/", "labextension/src"))]
)
def test_files_stay_readable_in_one_sitting(name):
    assert len((ROOT / name).read_text().splitlines()) <= 400, f"{name} has grown past its purpose: split it by topic"


# What a reader elsewhere could not follow: this machine's paths, a package registry's host, how the project is worked on.
HOSTS = ["registry.npmjs", "registry.yarnpkg", "pypi.org", "pythonhosted.org", "download.pytorch.org", "jsdelivr", "unpkg.com"]
NOT_HERE = {
    "an absolute path": r"(?<![\w./~:-])/(?:work|root|home/\w+|Users/\w+|opt/(?:wheels|pypi))/",
    "a registry host": "|".join(map(re.escape, HOSTS)),
    "a work item": r"(?i)\bissues? (?:#|no\.? ?)?\d+|\bin (?:this|an earlier|the last|a later) (?:session|issue)\b",
    "an unfinished thing": r"\b(?:TODO|FIXME|XXX)\b",
}


@pytest.mark.parametrize("what", NOT_HERE)
def test_no_file_speaks_of_where_it_was_made(what):
    said = re.compile(NOT_HERE[what])
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in TEXTS
        if name not in ("tests/test_public.py", "tests/torch_golden.json")
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        if said.search(line)
    ]
    assert not found, f"{what}:\n" + "\n".join(found)
