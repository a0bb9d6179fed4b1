"""The scenes of the interface's design, whose numbers were made with PyTorch 2.13, recorded by our engine."""

import json
from pathlib import Path

import pytest

import autograd_lab as torch
from autograd_lab.trace import rehearse

SCENES = json.loads((Path(__file__).parent / "design_scenes.json").read_text())


def variables(scene):
    """What stands before the cell, made as the design made it."""
    if scene == "neurons":
        return {f"w{i}": torch.tensor(i + 2.0, requires_grad=True) for i in (1, 2, 3, 4)}
    if scene == "inplace":
        return {"w": torch.tensor([0.5, -1.0, 2.0], requires_grad=True), "x": torch.tensor([1.0, 2.0, 0.5])}
    if scene == "nan":
        return {}
    torch.manual_seed(3)
    draw = lambda *shape: (torch.randn(*shape) * 10).round() / 10  # noqa: E731
    x, y = draw(4, 3), draw(4, 2)
    w1, w2 = draw(3, 5).requires_grad_(), draw(5, 2).requires_grad_()
    xp, yp = draw(4, 3), draw(4, 2)
    ((xp.mm(w1).clamp(min=0).mm(w2) - yp).pow(2).sum() * 0.25).backward()  # an earlier batch left its gradient
    return {"x": x, "y": y, "w1": w1, "w2": w2}


pytestmark = pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")  # one scene divides by zero on purpose


@pytest.fixture(params=SCENES)
def pair(request, cell):
    """(what the design has, our recording) of one scene; the cell's last line, the backward, is rehearsed."""
    theirs = SCENES[request.param]
    lines = theirs["source"]["text"]
    namespace = cell("\n".join(lines[:-1]) + "\n", **variables(request.param))
    root = namespace[lines[-1].split(".")[0]]
    return theirs, rehearse(root, names=namespace)


def same(ours, theirs, rel=2e-3):
    """Equal to 4 digits: the design rounds in JavaScript, and float32 sums may differ in the last place."""
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return (
        ours == theirs if isinstance(ours, str) or isinstance(theirs, str) else ours == pytest.approx(theirs, rel=rel, abs=1e-6)
    )


def agree(ours, theirs):
    """Two Summaries: shape, norm, range, odd counts and corner. A scalar's range is its value and is not sent."""
    if ours is None or theirs is None:
        return ours is theirs
    keys = ("norm", "corner", "nan", "inf", "zero") + (("min", "max") if ours["shape"] else ())
    return ours["shape"] == theirs["shape"] and all(
        (key in ours) == (key in theirs) and (key not in ours or same(ours[key], theirs[key])) for key in keys
    )


def translated(theirs, ours):
    """{their node id: ours}: operations have the same number, leaves and constants the same name."""
    names = {node.name: node.id for node in ours.picture.nodes if not node.is_op}
    return {
        n["id"]: n["id"] if n["kind"] == "op" else names[n["name"]] for n in theirs["nodes"] if n["kind"] == "op" or n["name"]
    }


def edges(theirs, ours):
    """{their edge id: ours}, by both ends and the order of arguments."""
    nodes, found, taken = translated(theirs, ours), {}, set()
    for edge in theirs["edges"]:
        if edge["src"] in nodes and not edge["blocked"]:
            match = next(
                e for e in ours.picture.inputs[nodes[edge["dst"]]] if e.src == nodes[edge["src"]] and e.id not in taken
            )
            found[edge["id"]] = match.id
            taken.add(match.id)
    return found


def test_the_same_operations_with_values_lines_and_spans(pair):
    theirs, ours = pair
    for node in theirs["nodes"]:
        if node["kind"] == "op":
            mine = ours.picture.by_id[node["id"]]
            assert (mine.op, mine.line, mine.span, mine.dtype, mine.expects, mine.seq) == (
                node["op"].rstrip("_"), node["line"], node["span"], node["dtype"], node["expects"], node["seq"],
            )  # fmt: skip
            assert agree(mine.value, node["value"])
    assert ours.picture.source["text"] == theirs["source"]["text"][:-1]


def test_the_same_names_but_for_a_value_that_was_written_over(pair):
    theirs, ours = pair
    for node in theirs["nodes"]:
        if node["kind"] == "op" and theirs["key"] != "inplace":
            assert ours.picture.by_id[node["id"]].name == node["name"]
    if theirs["key"] == "inplace":
        assert [n.name for n in ours.picture.operations] == ["p", "e v0", "e", "s"]


def test_the_same_steps_in_the_same_order_with_the_same_gradients(pair):
    theirs, ours = pair
    nodes, lines = translated(theirs, ours), edges(theirs, ours)
    assert len(ours.frames) == len(theirs["frames"])
    for mine, frame in zip(ours.frames, theirs["frames"]):
        assert mine["node"] == nodes.get(frame["node"])
        assert mine["ready"] == [nodes[n] for n in frame["ready"]]
        assert mine["bytes"] == frame["bytes"]
        assert mine["node"] is None or agree(mine["g"], frame["g"])
        assert set(mine["edges"]) == {lines[e] for e in frame["edges"]}
        assert all(agree(mine["edges"][lines[e]], value) for e, value in frame["edges"].items())
        assert set(mine.get("grads", {})) == {nodes[n] for n in frame.get("grads", {})}
        assert all(agree(mine["grads"][nodes[n]], value) for n, value in frame.get("grads", {}).items())
        assert ("prior" in mine) == ("prior" in frame) and agree(mine.get("prior"), frame.get("prior"))
        assert len(mine.get("freed", [])) == len(frame.get("freed", []))


def test_the_same_events_in_the_same_order(pair):
    theirs, ours = pair
    for mine, frame in zip(ours.frames, theirs["frames"]):
        assert [event["kind"] for event in mine["events"]] == [event["kind"] for event in frame["events"]]
        assert [event["text"] for event in mine["events"]] == [event["text"] for event in frame["events"]]


def test_the_same_hooks(pair):
    theirs, ours = pair
    for mine, frame in zip(ours.frames, theirs["frames"]):
        assert [hook["line"] for hook in mine.get("hooks", [])] == [hook["line"] for hook in frame.get("hooks", [])]
        assert all(agree(a["after"], b["after"]) for a, b in zip(mine.get("hooks", []), frame.get("hooks", [])))


def test_the_same_saved_tensors(pair):
    theirs, ours = pair
    nodes = translated(theirs, ours)
    count = lambda rows: sorted((nodes.get(s["node"], s["node"]), s["bytes"], s["version"], s["now"]) for s in rows)  # noqa: E731
    assert count(theirs["saved"]) == sorted((s.node, s.bytes, s.version, s.now) for s in ours.picture.saved)


def test_local_factors_have_the_same_values(pair):
    theirs, ours = pair
    lines = edges(theirs, ours)
    for mine, frame in zip(ours.frames, theirs["frames"]):
        terms = {term["edge"]: term for term in mine.get("rules", ())}
        for rule in frame.get("rules", ()):
            if rule.get("join") in ("*", "@", "@l"):
                term = terms[lines[rule["edge"]]]
                assert term["join"] == rule["join"]
                assert term["value"]["shape"] in ([], rule["value"]["shape"])
                assert agree(term["value"], rule["value"]) or term["value"]["corner"] == [[1]]


def test_the_same_failure(pair):
    theirs, ours = pair
    if theirs["failure"] is None:
        assert ours.failure is None
        return
    for key in ("kind", "node", "step", "message", "modified", "repair"):
        assert ours.failure.get(key) == theirs["failure"].get(key), key
    if theirs["failure"]["kind"] == "inplace":
        assert ours.failure["cause"] == theirs["failure"]["cause"]
        assert ours.failure["lines"] == [2, 3]
    else:
        assert ours.failure["cause"] == (
            "What arrived is finite. Element 0 of what leaves to x is NaN: 0 × ∞, and 1 / x is ∞ there. "
            "where() zeroed the gradient, but log still multiplies it by 1 / x."
        )
