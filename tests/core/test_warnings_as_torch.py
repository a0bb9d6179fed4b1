"""What PyTorch warns of, in its words and kinds, at the line of the user's that did it: the calls of warnings.txt, one a line."""

import importlib
import warnings
from pathlib import Path

import pytest

import autograd_lab as lab
from autograd_lab.core import telling

from .claims import every_warning

torch = pytest.importorskip("torch")
CALLS = Path(__file__).with_name("warnings.txt").read_text().splitlines()


def heard(m, call):
    """(kind, first line, file) of each warning."""
    nn, ag, optim = (importlib.import_module(f"{m.__name__}.{name}") for name in ("nn", "autograd", "optim"))
    importlib.import_module(f"{m.__name__}.nn.utils.stateless")
    names = {"m": m, "nn": nn, "F": nn.functional, "ag": ag, "optim": optim, "x": m.ones(2, 3), "i3": m.ones(2, 3, 4),
             "i4": m.ones(1, 2, 3, 3), "g": m.ones(2, requires_grad=True)}  # fmt: skip
    with warnings.catch_warnings(record=True) as caught, every_warning():
        warnings.simplefilter("always")
        eval(compile(call, "the user's", "eval"), names)
    told = [(w.category, str(w.message).split("\n")[0].split(" (Triggered")[0], w.filename) for w in caught]
    return [(kind, text.replace("autograd_lab", "torch"), file) for kind, text, file in told]


@pytest.mark.parametrize("call", CALLS)
def test_a_warning(call):
    ours, theirs = heard(lab, call), heard(torch, call)
    assert [told[:2] for told in ours] == [told[:2] for told in theirs] != []
    assert {file for _, _, file in ours} == {"the user's"}


def test_once_a_program_or_each_time(monkeypatch):
    monkeypatch.setattr(telling, "_said", set())
    monkeypatch.setattr(telling, "always", False)

    def search():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lab.searchsorted(lab.arange(4.0), lab.ones(4, 3).t())
        return len(caught)

    assert [search(), search()] == [1, 0]
    lab.set_warn_always(True)
    assert lab.is_warn_always_enabled() and [search(), search()] == [1, 1]


def test_a_layer_is_known_though_a_class_asks_with_torch_function():
    class Asking(lab.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return super().__torch_function__(func, types, args, kwargs or {})

    nn, call = lab.nn, "nn.TransformerEncoder(nn.TransformerEncoderLayer(3, 1, batch_first=True{}), 1)"
    assert lab.exp(lab.ones(1).as_subclass(Asking)).__class__ is Asking
    for activation in ("", ", activation=F.relu", ", activation=F.gelu", ", activation='relu'"):
        ((_, said, _),) = heard(lab, call.format(activation))
        assert said.endswith("self_attn.num_heads is odd")
    assert nn.TransformerEncoderLayer(4, 2).activation not in (
        nn.functional.relu,
        nn.functional.gelu,
    )  # it was made with another
