"""Tab after %autograd: words, then the learner's own tensors and functions."""

import pytest

import autograd_lab as torch
from autograd_lab.magics.complete import suggestions


def loss_of(x):
    return x.sum()


loss_of.__module__ = "__main__"  # as a function defined in a cell

NAMES = {"weight": torch.ones(2), "wide": torch.ones(3), "n": 3, "_hidden": torch.ones(1), "loss_of": loss_of, "print": print}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%autograd ", ["--help", "check", "export", "graph", "leaves", "off", "on", "step", "unwatch", "watch", "why"]),
        ("%autograd o", ["off", "on"]),
        ("%autograd graph ", ["weight", "wide"]),
        ("%autograd graph we", ["weight"]),
        ("%autograd leaves weight w", ["weight", "wide"]),
        ("%autograd check ", ["loss_of", "weight", "wide"]),
        ("%autograd check loss_of w", ["weight", "wide"]),
        ("%autograd export we", ["weight"]),
        ("%autograd export weight ", []),
        ("%autograd on ", []),
        ("%autograd nonsense ", []),
    ],
)
def test_suggestions(line, offered):
    assert suggestions(line, NAMES) == offered


def test_the_shell_offers_them(notebook):
    notebook.run("weight = torch.ones(2)")
    assert {"graph", "step"} <= set(notebook.complete("%autograd "))
    assert "weight" in notebook.complete("%autograd graph we")
