"""The generated text."""

from autograd_lab.core.primitive import PRIMITIVES


def test_the_generated_text_is_there_to_be_read():
    PRIMITIVES["mul"].build()
    assert "x_grad = g * y" in PRIMITIVES["mul"].source and "def apply" in PRIMITIVES["mul"].source
