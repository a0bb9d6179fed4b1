"""The lines of a program on the engine itself, which records them."""

from __future__ import annotations

from ..core import PRIMITIVES, Tensor, no_grad
from ..core.inplace import in_place
from ..core.namespaces import NUMPY
from ..core.tensor import wrap
from ..crosscheck.lower import follow_tensors
from .lines import Apply, Held, Line, Write, filled


def on_engine(line: Line, env):
    """What ``line`` makes of the tensors in ``env``."""
    if isinstance(line, Apply):
        args = filled(line.args, env)
        params = filled(line.params, _Arrays(env))
        return line.op.call(*(a if isinstance(a, Tensor) else wrap(a) for a in args), **params)
    if isinstance(line, Write):
        base, part = (v if isinstance(v, Tensor) else wrap(v) for v in filled(line.args, env))
        copied = base.clone()
        return in_place_copy(copied, line.path, part)
    if isinstance(line, Held):
        copied = env[line.args[0]].clone()
        with no_grad():
            copied.copy_(env[line.args[1]])
        return copied
    arrays = _Arrays(env)
    made = line.compute(NUMPY, *filled(line.args, arrays), **filled(line.params, arrays))
    return tuple(wrap(m) for m in made) if isinstance(made, tuple) else wrap(made)


def in_place_copy(base: Tensor, path, part: Tensor) -> Tensor:
    """``part`` written where ``path`` leads in ``base``; returns base."""
    in_place(PRIMITIVES["copy"], follow_tensors(base, path), part)
    return base


class _Arrays(dict):
    """The arrays of an environment of tensors."""

    def __init__(self, env):
        self.env = env

    def __missing__(self, var):
        return self.env[var]._array
