"""Names of PyTorch's that are not here say why, and what to use."""

import importlib

import pytest

import autograd_lab as lab


@pytest.mark.parametrize(
    "module, name, sentence",
    [
        ("", "jit", "programs are captured by autograd_lab.compile"),
        ("nn", "DataParallel", "use the module itself"),
        ("optim", "SparseAdam", "gradients are dense here"),
        ("linalg", "lobpcg", "use linalg.eigh"),
        ("utils", "data", "data is not this package's; iterate over arrays"),
    ],
)
def test_what_to_use(module, name, sentence):
    within = importlib.import_module(f"autograd_lab.{module}") if module else lab
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': .*{sentence}"):
        getattr(within, name)
    assert not hasattr(within, name)


@pytest.mark.parametrize("module", ["", "nn", "nn.functional", "optim", "linalg", "special", "utils"])
def test_a_name_that_nobody_has(module):
    within = importlib.import_module(f"autograd_lab.{module}") if module else lab
    with pytest.raises(AttributeError, match=rf"^module 'torch{'.' * bool(module)}{module}' has no attribute 'gradeint'$"):
        within.gradeint  # noqa: B018
