"""Whether a write to an operand or a result makes backward refuse, as it does in PyTorch: what a node saves there, ours saves."""

import warnings

import pytest
import torch

import autograd_lab as lab
from autograd_lab.core.ops import later

from .samples import collect
from .written import PLACES, Operands, tensors

later.load_all()
SAMPLES = collect()
pytestmark = pytest.mark.filterwarnings("ignore")

_IN_PLACE = "its rule reads what was there before, and PyTorch's the result"
_MADE_OF = "made of several operations, which save something else"
LEFT_OUT = {
    **dict.fromkeys(("celu_", "selu_", "rrelu_", *(f"nn.functional.{name}_" for name in ("celu", "elu", "leaky_relu", "rrelu", "selu")),
                     "nn.functional.elu"), _IN_PLACE),
    **dict.fromkeys(("cdist", "combinations", "conv_tbc", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d", "istft", "kron", "put",
                     "nn.functional.conv_tbc", "nn.functional.grid_sample", "nn.functional.rrelu", "rrelu", "stft", "triangular_solve",
                     "nn.functional.scaled_dot_product_attention"), _MADE_OF),
    **dict.fromkeys(("avg_pool1d", "nn.functional.avg_pool1d", "nn.functional.avg_pool2d"), "of the padded image"),
    **dict.fromkeys(("layer_norm", "native_layer_norm", "nn.functional.layer_norm"), "a bias, which no rule reads"),
    **dict.fromkeys(("linalg.lu", "linalg.qr", "linalg.slogdet", "qr", "slogdet", "polar"), "another rule than PyTorch's"),
}  # fmt: skip


def said(m, sample, where, position):
    """What comes of a write at that place, "refused" by backward or "taken"; None if there is no such place or no backward."""
    m.manual_seed(0)
    operands = Operands(m)
    try:
        outs = tensors(sample(m, operands), m)
        kept = [out * 1 for out in outs if out.requires_grad]
        written = (operands.made if where == "input" else outs)[position]
        with m.no_grad():
            written.mul_(0.37) if written.is_floating_point() else written.add_(1)
    except (IndexError, NotImplementedError, RuntimeError):
        return None
    leaves = [leaf for leaf in operands.maker.leaves if leaf.requires_grad]
    if not kept or not leaves:
        return None
    try:
        m.autograd.grad([out.sum() for out in kept], leaves, allow_unused=True)
    except RuntimeError as error:
        return "refused" if "modified" in str(error) else None
    return "taken"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_write_is_refused_where_pytorch_refuses_it(name):
    others = []
    for number, sample in enumerate(SAMPLES[name]):
        for place in PLACES:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs, ours = said(torch, sample, *place), said(lab, sample, *place)
            if None not in (theirs, ours) and theirs != ours:
                others.append((number, place, theirs, ours))
    assert bool(others) == (name in LEFT_OUT), others
