"""A step as a standalone picture: the state is the page's, and the drawing says it by form as well as by hue."""

import re
import xml.etree.ElementTree as ET

import pytest

import autograd_lab as torch
from autograd_lab.trace import rehearse
from autograd_lab.views.graph import Graph
from autograd_lab.views.moment import Moment
from autograd_lab.views.style import BAD, INK, NEG, POS

NS = "{http://www.w3.org/2000/svg}"


def two_paths():
    """a is 2, b is 6, loss = b * b - a: d loss / d a = 36 - 1."""
    a = torch.tensor(2.0, requires_grad=True)
    b = a * 3
    loss = b * b - a
    return rehearse(loss, names={"a": a, "b": b, "loss": loss})


def drawn(recording, k):
    return Graph(recording.picture).to_svg(Moment(recording, k))


def texts(drawing):
    return [element.text for element in ET.fromstring(drawing).iter(f"{NS}text")]


def test_the_phases_follow_the_pass():
    recording = two_paths()
    by_name = {node.name: node.id for node in recording.picture.nodes}
    phases = [[Moment(recording, k).of_node(by_name[name]).phase for name in ("loss", "b", "a")] for k in range(5)]
    assert phases == [
        ["ready", "waiting", "waiting"],
        ["current", "waiting", "waiting"],
        ["done", "ready", "waiting"],
        ["done", "current", "ready"],
        ["done", "done", "current"],
    ]


def test_gradients_appear_step_by_step_and_the_leaf_fills():
    recording = two_paths()
    assert not {"+1", "−1", "+6", "+35"} & set(texts(drawn(recording, 0)))
    first = texts(drawn(recording, 1))
    assert "+1" in first and "−1" in first and "35" not in first and first.count("None") == 1
    last = texts(drawn(recording, 4))
    assert {"+1", "−1", "+36", "35"} <= set(last) and "None" not in last
    assert last.count("+6") == 1  # b times b: two edges, drawn as one line


def test_the_current_card_is_the_inverted_one_and_the_drawing_names_the_step():
    recording = two_paths()
    for k in range(1, 5):
        drawing = drawn(recording, k)
        assert len(re.findall(rf'fill="{INK}" stroke="{INK}"', drawing)) == 1
        assert f"step {k} of 4" in ET.fromstring(drawing).find(f"{NS}title").text
    assert f'fill="{INK}" stroke="{INK}"' not in drawn(recording, 0)


def test_signs_are_solid_and_hollow():
    recording = two_paths()
    drawing = drawn(recording, 1)
    assert f'stroke="{POS}"' in drawing
    hollow = re.search(
        rf'stroke="{NEG}" stroke-width="([\d.]+)"/><path d="[^"]+" fill="none" stroke="#ffffff" stroke-width="([\d.]+)"',
        drawing,
    )
    assert hollow is not None and float(hollow[1]) > float(hollow[2])


def test_saved_chips_are_struck_once_freed():
    recording = two_paths()
    struck = [len(re.findall('stroke-dasharray="2 2"', drawn(recording, k))) for k in range(5)]
    assert struck[0] == 0 and struck[-1] > 0 and struck == sorted(struck)


def test_a_failure_is_magenta_with_a_mark():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    recording = rehearse((x.sqrt() * 0).sum(), names={"x": x})
    assert recording.failure["kind"] == "nan"
    before, after = (drawn(recording, k) for k in (0, recording.failure["step"]))
    assert BAD not in before and f'stroke="{BAD}"' in after and "NaN" in texts(after)
    assert "!" in texts(after)


def test_a_step_that_is_not_there_is_refused():
    with pytest.raises(IndexError, match="4 steps are recorded: choose one from 0 to 4, not 5"):
        Moment(two_paths(), 5)


def test_a_folded_group_stands_where_its_nodes_stand():
    w = torch.tensor(0.5, requires_grad=True)
    y = w
    for _ in range(120):
        y = (y * 0.99).tanh()
    recording = rehearse(y, names={"w": w, "y": y})
    groups = {group["id"] for group in recording.picture.groups}
    if not groups:
        pytest.skip("this graph is not folded")
    first = Moment(recording, 1)
    assert {first.of_group(path).phase for path in groups} >= {"current"} or first.of_node(
        recording.picture.root
    ).phase == "current"
    assert {Moment(recording, recording.total).of_group(path).phase for path in groups} <= {"done", "current"}
    ET.fromstring(drawn(recording, 40))


def test_every_step_of_a_random_net_parses(tmp_path):
    torch.manual_seed(0)
    x, w, v = torch.randn(3, 4), torch.randn(4, 5, requires_grad=True), torch.randn(5, requires_grad=True)
    hidden = (x @ w).tanh()
    hidden.retain_grad()
    stepper = torch.step((hidden @ v).sum())
    for k in range(len(stepper) + 1):
        stepper.save(tmp_path / f"step{k}.svg", k)
        ET.parse(tmp_path / f"step{k}.svg")
    assert stepper.position == 0 and w.grad is None
    stepper.next()
    stepper.save(tmp_path / "here.svg")
    assert (tmp_path / "here.svg").read_bytes() == (tmp_path / "step1.svg").read_bytes()
    with pytest.raises(IndexError):
        stepper.save(tmp_path / "x.svg", 99)
    with pytest.raises(ValueError, match=r"end it with \.svg, \.html or \.json"):
        stepper.save(tmp_path / "x.gif")
    with pytest.raises(ValueError, match="the PNG button on the picture"):
        stepper.save(tmp_path / "x.png")
    stepper.save(tmp_path / "pass.json")
    assert '"frames":' in (tmp_path / "pass.json").read_text(encoding="utf-8")
