"""The words of ``%autograd``. Each is also a function of the package, which does the work."""

from __future__ import annotations

from pathlib import Path

import autograd_lab

from ..core import births
from ..core.tensor import Tensor
from .command import UsageError, command
from .scope import Scope, described


@command("graph", "NAME", "Draw the graph that made a tensor.")
def graph(user: Scope, name: str):
    """In Python: autograd_lab.graph(x). The picture shows each operation, what it saved, and the leaves with their .grad."""
    tensor = recorded(user, name)
    return user.call(autograd_lab.graph, tensor)


@command("step", "NAME", "Walk backward from a tensor, one node at a time.")
def step(user: Scope, name: str):
    """In Python: autograd_lab.step(x), or step(x, gradient) where x has more than one element.

    Right arrow and left arrow step forward and back. Nothing is written to .grad until the first step.
    """
    tensor = recorded(user, name)
    if tensor.numel() != 1:
        raise UsageError(
            f"{name!r} has {tensor.numel()} elements, and a walk starts from one. Step ({name}).sum(), or say what arrives "
            f"at each: autograd_lab.step({name}, gradient)."
        )
    return user.call(autograd_lab.step, tensor)


@command("export", "NAME FILE", "Write one HTML file that plays the backward pass from a tensor.")
def export(user: Scope, name: str, file: str):
    """In Python: autograd_lab.export("lesson.html", x). The file needs no kernel and no network. NAME may be a stepper too.

    The pass is rehearsed for it: no .grad is filled, nothing is freed. Quote a FILE that has spaces in it.
    """
    value = user.value(name)
    path = Path(file.strip("'\""))
    if isinstance(value, Tensor) and recorded(user, name).numel() != 1:
        raise UsageError(f"{name!r} has {value.numel()} elements, and a pass starts from one: export ({name}).sum() {file}")
    try:
        user.call(autograd_lab.export, path, value)
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise UsageError(f"nothing was written: {error}") from None
    print(f"{path}: {path.stat().st_size / 1000:,.0f} kB, to be opened in any browser")


@command("leaves", "[NAME...]", "Show a table of tensors: leaf, requires_grad, grad.")
def leaves(user: Scope, *names: str):
    """In Python: autograd_lab.leaves(x, y). Without a name: every tensor that has one in this notebook."""
    named = {name: user.tensor(name) for name in names} or user.tensors()
    if not named:
        raise UsageError("no tensor has a name here yet: run a cell that makes one first.")
    return user.call(autograd_lab.leaves, *named.values())


@command("check", "FUNCTION [ARGS...]", "Compare gradients with JAX and with finite differences.")
def check(user: Scope, function: str, *arguments: str):
    """In Python: autograd_lab.check(f, x, w). FUNCTION takes tensors and returns one; ARGS are its arguments.

    A tensor or a stepper in place of FUNCTION: its recorded graph is checked.
    """
    from ..crosscheck.roots import root_of

    value = user.value(function)
    if not callable(value) and root_of(value) is None:
        raise UsageError(
            f"{function!r} is {described(value)}. check needs a function, then its arguments, or a tensor or a stepper."
        )
    return user.call(autograd_lab.check, value, *map(user.value, arguments))


@command("why", "NAME", "Say why a tensor's .grad is None.")
def why(user: Scope, name: str):
    """In Python: autograd_lab.why(x). Names the cause and, where the notebook tells it, the line."""
    return user.call(autograd_lab.why, user.tensor(name), name)


@command("watch", "NAME", "Draw a tensor's graph again after every cell that changes it.")
def watch(user: Scope, name: str):
    """In Python: autograd_lab.watch(x). The name is followed: a cell that assigns it anew shows the new graph in the same place."""
    recorded(user, name)
    return autograd_lab.watch(name, user.names)


@command("unwatch", "[NAME]", "Stop drawing it; without a name, all of them.")
def unwatch(user: Scope, name: str | None = None):
    """In Python: autograd_lab.unwatch("x"). What is drawn stays."""
    try:
        autograd_lab.unwatch(name)
    except KeyError as error:
        raise UsageError(str(error.args[0])) from None


@command("on", "", "Note the line and the operands of every operation (the state after %load_ext).")
def on(user: Scope):
    """In Python: autograd_lab.on(). Costs about a microsecond an operation; pictures then show names, lines and constants."""
    births.start()


@command("off", "", "Stop noting: operations run at full speed.")
def off(user: Scope):
    """In Python: autograd_lab.off(). Graphs are recorded and walked as before; lines and constants are missing."""
    births.stop()


def recorded(user: Scope, name: str) -> Tensor:
    """The tensor called ``name``, if a graph leads to it. Raises UsageError if there is nothing to draw or walk."""
    tensor = user.tensor(name)
    if not tensor.requires_grad:
        raise UsageError(
            f"{name!r} has no graph: it does not require a gradient. Make a leaf it depends on with requires_grad=True, "
            "outside no_grad."
        )
    return tensor
