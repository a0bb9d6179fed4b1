"""What a device of JAX's is called here, and the refusal of operands that lie on two."""

from __future__ import annotations


def name_of(device) -> str:
    """``cuda:0``, ``jax:cpu``: what a jax.Device is called here."""
    kind = "cuda" if device.platform in ("gpu", "cuda", "rocm") else f"jax:{device.platform}"
    return f"cuda:{device.id}" if kind == "cuda" else kind if not device.id else f"{kind}:{device.id}"


def apart(one: str, other: str) -> RuntimeError:
    """PyTorch's error for operands that lie apart, and what to do."""
    return RuntimeError(
        f"Expected all tensors to be on the same device, but found at least two devices, {one} and {other}! "
        f'Move one of them: x.to("{one}").'
    )
