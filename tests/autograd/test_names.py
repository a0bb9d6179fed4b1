"""What dir() lists of the modules of autograd, against PyTorch's."""

import importlib

import pytest

from autograd_lab.autograd.names import LISTED
from autograd_lab.core import grad_mode

torch = pytest.importorskip("torch")


def module(package, name):
    return importlib.import_module(f"{package}.autograd" + ("" if name == "autograd" else f".{name}"))


@pytest.mark.parametrize("name", LISTED)
def test_the_names_are_pytorchs_and_all_are_there(name):
    public = [
        [word for word in dir(module(package, name)) if not word.startswith("_")] for package in ("autograd_lab", "torch")
    ]
    assert public[0] == public[1]
    for word in public[0]:
        assert getattr(module("autograd_lab", name), word) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        module("autograd_lab", name).nothing  # noqa: B018


@pytest.mark.parametrize("m", ["autograd_lab", "torch"])
def test_settings_of_the_engine(m):
    m = module(m, "autograd")
    assert m.is_multithreading_enabled() and not m.is_view_replay_enabled()
    with m.set_multithreading_enabled(False):
        assert not m.is_multithreading_enabled()
    assert m.is_multithreading_enabled()

    with m.enforce_grad_layout_policy(False):
        pass
    with pytest.raises(ValueError, match="must be in"):
        m.graph.region_activation_memory_budget(2).__enter__()


@pytest.mark.parametrize("package", ["autograd_lab", "torch"])
def test_what_brings_its_own_meaning(package):
    m = module(package, "autograd")

    class Like:
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            return function.__name__, types, args

    def word(x):
        return x

    assert m.is_tensor_like(Like()) and not m.is_tensor_like(1)
    assert m.has_torch_function((1, Like())) and not m.has_torch_function((1, None))
    like = Like()
    assert m.handle_torch_function(word, (like,), like) == ("word", (Like,), (like,))


def test_a_setting_is_put_back_after_an_exception_and_after_a_function():
    @grad_mode.set_multithreading_enabled(False)
    def inside():
        return grad_mode.is_multithreading_enabled()

    assert inside() is False and grad_mode.is_multithreading_enabled()
    with pytest.raises(KeyError), grad_mode.set_multithreading_enabled(False):
        raise KeyError
    assert grad_mode.is_multithreading_enabled()
