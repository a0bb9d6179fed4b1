"""What is not here says so in a sentence, and ``hasattr`` is False."""

import pytest

import autograd_lab as lab

NAMES = {
    "jit": "compile", "distributed": "one process", "quantize_per_tensor": "quantized", "sparse_coo_tensor": "dense", "backends": "one device",
    "complex32": "complex64", "lobpcg": "linalg.eigh", "nn.DataParallel": "module itself", "nn.quantized": "quantized", "optim.SparseAdam": "use Adam",
    "nn.CrossMapLRN2d": "LocalResponseNorm", "nested": "PackedSequence", "hub": "not part", "uint16": "dtype", "symeig": "linalg.eigh",
    "nn.functional.scaled_mm": "bmm", "distributions": "randn", "utils.data": "iterate over arrays",
}  # fmt: skip


@pytest.mark.parametrize("path", NAMES)
def test_a_missing_name_says_what_to_use(path):
    owner = lab
    *parts, name = path.split(".")
    for part in parts:
        owner = getattr(owner, part)
    assert not hasattr(owner, name)
    with pytest.raises(AttributeError, match=f"module 'torch.*' has no attribute '{name}': .*{NAMES[path]}"):
        getattr(owner, name)


def test_a_name_nobody_has_is_an_attribute_error_as_always():
    with pytest.raises(AttributeError, match=r"^module 'torch' has no attribute 'frobnicate'$"):
        lab.frobnicate  # noqa: B018
