"""What a normalisation and its parameters may be made of, asked of both libraries."""

from itertools import product

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")
DTYPES = "float16 bfloat16 float32 float64".split()
WORDS = {
    "layer_norm": "F.layer_norm(x, (4,), weight, bias)",
    "group_norm": "F.group_norm(x, 2, weight, bias)",
    "batch_norm in training": "F.batch_norm(x, None, None, weight, bias, training=True)",
    "batch_norm in evaluation": "F.batch_norm(x, m.zeros(4), m.ones(4), weight, bias)",
    "batch_norm and what it follows": "F.batch_norm(x, bias, weight, None, None, training=True)",
    "instance_norm": "F.instance_norm(x, None, None, weight, bias)",
}


def told(m, word, dtype, of_weight, of_bias):
    """The result's dtype, or what is said instead."""
    names = {"m": m, "F": m.nn.functional, "x": m.arange(32.0).view(2, 4, 4).to(getattr(m, dtype))}
    for name, of in (("weight", of_weight), ("bias", of_bias)):
        names[name] = None if of is None else m.ones(4, dtype=getattr(m, of))
    try:
        return str(eval(WORDS[word], names).dtype)
    except RuntimeError as error:
        return str(error).split("\n")[0]


@pytest.mark.parametrize("word", WORDS)
def test_parameters_have_the_inputs_dtype_or_float32_beside_16_bits(word):
    for dtypes in product(DTYPES, [*DTYPES, None], [*DTYPES, None]):
        if "follows" not in word or None not in dtypes or dtypes[1] is dtypes[2]:
            assert told(lab, word, *dtypes) == told(torch, word, *dtypes), dtypes
