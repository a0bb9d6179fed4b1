"""Devices, in name: every array of this engine is in the computer's own memory."""

from __future__ import annotations


class device:
    """``device("cpu")``. Any other is refused: NumPy computes here; the cross-check is what goes to accelerators."""

    __slots__ = ("index", "type")

    def __init__(self, type="cpu", index=None):
        if isinstance(type, device):
            type, index = type.type, type.index
        name, _, number = type.partition(":")
        if name != "cpu":
            raise RuntimeError(
                f"autograd_lab computes on the CPU only; device '{type}' was asked for. Leave device= out; "
                "`autograd_lab.check` compares gradients with every device JAX finds."
            )
        self.type, self.index = name, int(number) if number else index

    def __repr__(self):
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other):
        return isinstance(other, device) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


device.__module__ = "torch"
CPU = device("cpu")


def refuse_other(wanted) -> None:
    """Raise if ``wanted`` names a device that is not the CPU; None is fine."""
    if wanted is not None and wanted != "cpu":
        device(wanted)
