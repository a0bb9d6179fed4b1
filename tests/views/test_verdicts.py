"""Verdicts on a picture's cards."""

import xml.etree.ElementTree as ET

import autograd_lab as lab
from autograd_lab.trace import Picture
from autograd_lab.views.style import BAD
from autograd_lab.views.verdicts import SIGNS, UNKNOWN, marked

x = lab.tensor([1.0, 2.0], requires_grad=True)
PICTURE = Picture.of((x.tanh() * x).sum(), names={"x": x})


def texts(marks):
    drawing, _ = marked(PICTURE, marks)
    return [t.text for t in ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]


def test_every_verdict_has_a_sign_of_its_own():
    nodes = [node.id for node in PICTURE.nodes if node.is_op]
    for verdict in (*SIGNS, "skipped"):
        shown = texts({nodes[0]: (verdict, "so")})
        assert SIGNS.get(verdict, UNKNOWN) in shown and len(shown) == len(texts({})) + 1
    assert len({*SIGNS.values(), UNKNOWN}) == len(SIGNS) + 1


def test_only_what_is_wrong_has_the_colour_of_failure():
    assert BAD not in marked(PICTURE, {"n0": ("agrees", ""), "n1": ("convention", "")})[0]
    assert BAD in marked(PICTURE, {"n0": ("MISMATCH", "")})[0]


def test_what_is_said_is_escaped_and_unknown_nodes_are_passed_over():
    drawing, boxes = marked(PICTURE, {"n0": ("MISMATCH", "<b> & 5"), "n99": ("MISMATCH", "nowhere")})
    assert list(boxes) == ["n0"] and all(side > 0 for side in boxes["n0"])
    titles = [t.text for t in ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}title")]
    assert "<b> & 5" in titles and "nowhere" not in titles
