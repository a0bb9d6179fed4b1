"""What is not here says so in a sentence, and ``hasattr`` is False."""

import importlib
import re
import types
import typing
import warnings

import pytest
import torch

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


MODULES = """torch amp autograd autograd.forward_ad autograd.functional autograd.graph autograd.profiler cpu cpu.amp cuda fft func linalg
    masked nn nn.attention nn.functional nn.init nn.modules nn.parameter nn.utils nn.utils.parametrizations nn.utils.parametrize
    nn.utils.rnn optim optim.lr_scheduler optim.swa_utils random special utils utils.checkpoint utils.hooks""".split()


def found(package, path):
    module = package
    for part in path.split(".") if path != "torch" else ():
        module = getattr(module, part)
    return module


def is_public(module, name):
    """Whether ``name`` is PyTorch's own word in ``module``: not Python's, not a text that its documentation is made of."""
    if name.startswith("_"):
        return False
    value, listed = getattr(module, name), name in getattr(module, "__all__", ())
    if isinstance(value, types.ModuleType):
        return value.__name__.startswith("torch.")
    if isinstance(value, str | bool | int | list | dict) or value is getattr(typing, name, None):
        return listed
    return listed or (getattr(value, "__module__", None) or "torch").startswith("torch")


def unexplained(ours, names):
    """Those of ``names`` that ``ours`` neither has nor says a word about."""
    for name in names:
        try:
            getattr(ours, name)
        except AttributeError as error:
            if not re.fullmatch(rf".* has no attribute '{name}': .{{15,}}", str(error)):
                yield name


@pytest.mark.parametrize("path", MODULES)
def test_every_public_name_of_pytorch_is_here_or_says_what_to_use(path):
    for extra in ("torch.utils.checkpoint", "torch.optim.swa_utils", "torch.nn.utils.parametrizations"):
        importlib.import_module(extra)
    theirs = found(torch, path)
    assert not [*unexplained(found(lab, path), [name for name in dir(theirs) if is_public(theirs, name)])]


def test_every_public_attribute_of_pytorchs_tensors_is_here_or_says_what_to_use():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Tensor.volatile's
        assert not [*unexplained(lab.ones(2, 2).cfloat(), [name for name in dir(torch.Tensor) if not name.startswith("_")])]
        assert not hasattr(lab.ones(2), "to_sparse") and not hasattr(lab.Tensor, "untyped_storage")
