"""Places of a sample that may be written over: operands, each a leaf times 1, and results."""

import inspect

from .samples import Maker

PLACES = [("input", 0), ("input", 1), ("input", 2), ("output", 0), ("output", 1)]


class Operands:
    """A maker whose leaves are multiplied by 1, so that they may be written over."""

    def __init__(self, m):
        self.m, self.maker, self.made = m, Maker(m, "float64"), []

    def __call__(self, *shape, **options):
        return self._keep(self.maker(*shape, **options))

    def _keep(self, x):
        if isinstance(x, self.m.Tensor) and x.requires_grad:
            x = x * 1
            self.made.append(x)
        return x

    def __getattr__(self, name):
        found = getattr(self.maker, name)
        return (lambda *args, **options: self._keep(found(*args, **options))) if inspect.ismethod(found) else found


def tensors(out, m):
    if isinstance(out, m.Tensor):
        return [out]
    return [t for o in out for t in tensors(o, m)] if isinstance(out, tuple | list) else []
