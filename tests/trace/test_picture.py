"""A Picture tells what the graph is, and what births know of it."""

import dataclasses
import gc
import importlib
import json
import pkgutil
import weakref

import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES, ops
from autograd_lab.core.face import mark_of
from autograd_lab.trace import Picture, rehearse
from autograd_lab.trace.reading import WORDS

torch = pytest.importorskip("torch")

FIVE = """a = torch.tensor(2.0, requires_grad=True)
w1, w2, w3, w4 = (torch.tensor(float(i), requires_grad=True) for i in (3, 4, 5, 6))
b = w1 * a
c = w2 * a
d = w3 * b + w4 * c
L = 10 - d
"""


def test_next_functions_are_pytorchs(cell):
    """Every line that carries a gradient is an entry of PyTorch's next_functions, in its place."""
    ours = Picture.of(cell(FIVE)["L"], names={})
    theirs = {"torch": torch}
    exec(FIVE, theirs)
    stack, pairs = [(ours.root, theirs["L"].grad_fn)], 0
    while stack:
        mine, node = stack.pop()
        name = ours.by_id[mine]
        assert (name.fn or "AccumulateGrad") == node.name().split("::")[-1]
        made = {edge.slot: edge.src for edge in ours.inputs[mine] if edge.blocked is None}
        wanted = {i: n for i, (n, _) in enumerate(node.next_functions) if n is not None}
        assert set(made) == set(wanted)
        stack += [(made[i], wanted[i]) for i in wanted]
        pairs += len(wanted)
    assert pairs == 11


def test_nodes_come_in_the_order_they_ran_with_leaves_before_their_first_use(cell):
    names = cell(FIVE)
    picture = Picture.of(names["L"], names)
    assert [picture.label(node) for node in picture.nodes] == [
        "w1", "a", "b", "w2", "c", "w3", "w3 * b", "w4", "w4 * c", "d", "10", "L",
    ]  # fmt: skip
    assert [node.kind for node in picture.nodes if not node.name] == ["op", "op", "constant"]


def test_expects_counts_the_contributions_a_node_waits_for(cell):
    names = cell("x = torch.tensor(3.0, requires_grad=True)\ny = x * x + x + x.detach()\n")
    picture = Picture.of(names["y"], names)
    assert [node.expects for node in picture.nodes if node.name == "x"] == [3]
    assert picture.by_id[picture.root].expects == 0


def test_a_line_without_gradient_says_why(cell):
    names = cell(
        "a = torch.tensor(3.0, requires_grad=True)\n"
        "v = torch.tensor(2.0)\n"
        "with torch.no_grad():\n"
        "    k = a * 2\n"
        "y = a * a.detach() + a * k + a * v + a * 7 + (a.detach() * 2) * a\n"
    )
    picture = Picture.of(names["y"], names)
    found = [(picture.by_id[e.src].name, picture.by_id[e.src].kind, e.blocked) for e in picture.edges if e.blocked]
    assert found == [
        ("a", "leaf", "detached"), ("k", "constant", "no_grad"), ("v", "constant", "constant"), ("", "constant", "constant"),
        ("", "constant", "detached"),
    ]  # fmt: skip
    assert [node.mode for node in picture.nodes if node.name == "k"] == ["no_grad"]


def test_a_number_is_a_constant_with_its_value_and_no_name(cell):
    picture = Picture.of(cell("y = 10 - torch.tensor(3.0, requires_grad=True)\n")["y"], {})
    (constant,) = [node for node in picture.nodes if node.kind == "constant"]
    assert (constant.name, constant.value["corner"], picture.label(constant)) == ("", [[10]], "10")


def test_one_constant_tensor_used_twice_is_one_card(cell):
    names = cell("x = torch.ones(2, requires_grad=True)\nv = torch.ones(2)\ny = x * v + v\n")
    assert [node.name for node in Picture.of(names["y"], names).nodes if node.kind == "constant"] == ["v"]


def test_saved_tensors_name_their_owner_and_share_buffers(cell):
    names = cell("x = torch.ones(4, requires_grad=True)\ny = (x * x).exp()\n")
    picture = Picture.of(names["y"], names)
    assert [(s.node, s.of, s.name, s.bytes) for s in picture.saved] == [
        ("n0", "t0", "x", 16), ("n0", "t0", "x", 16), ("n1", "n1", "y", 16),
    ]  # fmt: skip
    assert picture.saved[0].buffer == picture.saved[1].buffer != picture.saved[2].buffer


def test_a_view_shares_its_bases_buffer(cell):
    names = cell("x = torch.ones(4, requires_grad=True)\nb = x * 1\ny = b[:2].exp() * b[2:].exp() + b[:2] * b[2:]\n")
    picture = Picture.of(names["y"], names)
    views = [s for s in picture.saved if s.shape == [2] and s.bytes == 8]
    assert len({s.buffer for s in views if picture.by_id[s.of].op == "slice"}) == 1


def test_versions_are_those_of_saving_and_of_now(cell):
    names = cell("w = torch.tensor(3.0, requires_grad=True)\ny = w * w\nwith torch.no_grad():\n    w.mul_(2)\n    w.mul_(2)\n")
    assert {(s.version, s.now) for s in Picture.of(names["y"], names).saved} == {(0, 2)}


def test_the_picture_shows_values_as_they_were(cell):
    """A later write does not reach back: e was exp(p) before 1 was added, and w was 3 when y was computed."""
    names = cell("x = torch.tensor([0.0, 0.0], requires_grad=True)\ne = x.exp()\ne += 1\ny = e.sum()\n")
    picture = Picture.of(names["y"], names)
    assert {n.name: n.value["corner"] for n in picture.operations} == {"e v0": [[1, 1]], "e": [[2, 2]], "y": [[4]]}


def test_of_a_large_value_that_is_gone_the_corner_stands(cell):
    names = cell("x = torch.ones(40, 50, requires_grad=True)\ny = (x + 1 + 1).sum()\n")
    picture = Picture.of(names["y"], names)
    gone = picture.operations[0].value
    assert gone["part"] == "corner" and gone["shape"] == [40, 50] and gone["corner"] == [[2] * 8] * 8


def test_without_births_the_graph_is_the_same_and_nothing_is_made_up(cell):
    on, off = (cell(FIVE, noted) for noted in (True, False))
    a, b = Picture.of(on["L"], on), Picture.of(off["L"], off)
    assert [(n.op, n.fn, n.expects) for n in a.operations] == [(n.op, n.fn, n.expects) for n in b.operations]
    assert all(node.line is None and node.span is None for node in b.nodes)
    assert [node.name for node in b.operations] == ["b", "c", "", "", "d", "L"]
    assert b.by_id["n2"].value.get("part") == "none" and b.by_id["n5"].value["corner"] == [[-68]]


def test_without_births_a_value_written_over_is_still_known_by_its_counter(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\ne = x.exp()\ne += 1\ny = e.sum()\n", noted=False)
    assert [node.name for node in Picture.of(names["y"], names).operations] == ["e v0", "e", "y"]


def test_a_node_with_several_outputs_is_one_card_and_lines_say_which(cell):
    names = cell("x = torch.arange(4.0).requires_grad_()\np, q = x.split(2)\ny = (p * q).sum()\n")
    picture = Picture.of(names["y"], names)
    assert [(n.op, n.name) for n in picture.operations] == [("split", "p, q"), ("mul", ""), ("sum", "y")]
    assert [(e.out, picture.source_label(e)) for e in picture.inputs["n1"]] == [(0, "p"), (1, "q")]


def test_a_users_function_is_a_card_of_its_own_kind(cell):
    names = cell(
        "class Twice(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, x, k):\n"
        "        ctx.save_for_backward(x)\n"
        "        return x * k\n"
        "    @staticmethod\n"
        "    def backward(ctx, g):\n"
        "        return g * 2, None\n"
        "x = torch.ones(2, requires_grad=True)\n"
        "y = Twice.apply(x, 2).sum()\n"
    )
    node = Picture.of(names["y"], names).operations[0]
    assert (node.kind, node.op, node.fn) == ("function", "Twice", "TwiceBackward")


def test_a_conversion_is_called_as_it_is_written(cell):
    source = "x = torch.ones(2, requires_grad=True)\ny = (x.double() * 2).half().to(torch.float64).type(torch.float32) * x.bfloat16()"
    y = cell(source)["y"]
    picture = Picture.of(y, names={"y": y})
    words = ["double", "mul", "half", "to", "type", "bfloat16", "mul"]
    assert [node.op for node in picture.nodes if node.is_op] == words
    assert {node.fn for node in picture.nodes if node.is_op} == {"ToCopyBackward0", "MulBackward0"}


def test_a_card_has_the_word_its_user_knows():
    known = {
        *dir(torch),
        *dir(torch.Tensor),
        *dir(torch.nn.functional),
        *dir(torch.linalg),
        *dir(torch.fft),
        *dir(torch.special),
    }
    importlib.import_module("autograd_lab.devices.moves")
    for part in pkgutil.iter_modules(ops.__path__, ops.__name__ + "."):
        importlib.import_module(part.name)  # many wait until they are used
    ours = [name for name, op in PRIMITIVES.items() if op.forward.__module__.startswith("autograd_lab.")]
    words = {WORDS.get(name, name) for name in ours} - known
    assert {word for word in words if "back" not in word and word != "convolve_kernel"} == {  # those of second derivatives
        *("conv", "avg_pool"),  # whatever the dimensions
        *("slice", "index_scatter", "alias"),  # what brackets do, in PyTorch's words
        *("overwritten", "overwritten_beside"),  # by a draw or a comparison, in place
    }
    assert set(WORDS.values()) - known == {"conv", "avg_pool"}
    x = lab.randn(2, 3, requires_grad=True)
    normed = lab.nn.functional.layer_norm(x, (3,)).clamp(lab.zeros(3), lab.ones(3)).max()
    assert [node.op for node in Picture.of(normed).nodes if node.is_op] == ["layer_norm", "clamp", "max"]


def test_copy_slices_reads_its_base(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\nbase = x * 1\nwindow = base[:2]\nwindow.mul_(10)\ny = base.sum()\n")
    picture = Picture.of(names["y"], names)
    assert [(n.name, n.fn) for n in picture.operations] == [
        ("base v0", "MulBackward0"),
        ("base", "CopySlices"),
        ("y", "SumBackward0"),
    ]
    assert [picture.by_id[e.src].name for e in picture.inputs["n1"]] == ["base v0", ""]
    assert picture.by_id["n1"].value["corner"] == [[10, 10, 1]]


def test_the_table_has_a_row_for_each_leaf_and_each_named_value(cell):
    names = cell(
        "w = torch.ones(2, requires_grad=True)\nh = w * 2\nh.retain_grad()\ny = h.sum()\ny.backward(retain_graph=True)\n"
    )
    rows = {row.name: row for row in Picture.of(names["y"], names).tensors}
    assert list(rows) == ["w", "h", "y"]
    assert rows["w"].is_leaf and rows["w"].grad["corner"] == [[2, 2]]
    assert rows["h"].retains_grad and rows["h"].grad["corner"] == [[1, 1]]
    assert rows["y"].grad is None and not rows["y"].retains_grad


def test_the_picture_of_a_leaf_is_the_leaf():
    x = lab.tensor(2.0, requires_grad=True)
    picture = Picture.of(x, {"x": x})
    assert (picture.steps, picture.title, [n.kind for n in picture.nodes]) == (1, "x", ["leaf"])


def test_what_has_no_graph_is_refused_with_a_remedy():
    with pytest.raises(RuntimeError, match=r"does not require grad.*requires_grad=True"):
        Picture.of(lab.ones(2))
    with pytest.raises(TypeError, match="belongs to a Tensor, but this is an int"):
        Picture.of(3)


def test_two_surveys_give_the_same_bytes(cell):
    pictures = [Picture.of((names := cell(FIVE))["L"], names) for _ in range(2)]
    sent = [picture.to_wire() for picture in pictures]
    for wire in sent:
        wire["source"].pop("cell")  # the two cells have different names
    assert json.dumps(sent[0]) == json.dumps(sent[1])


def test_from_wire_gives_the_picture_back(cell):
    names = cell(FIVE)
    picture = Picture.of(names["L"], names)
    assert Picture.from_wire(json.loads(json.dumps(picture.to_wire()))) == picture
    with pytest.raises(ValueError, match="wire version 2"):
        Picture.from_wire(picture.to_wire() | {"wire": 2})


def test_a_picture_keeps_no_part_of_the_graph_alive():
    x = lab.tensor([1.0], requires_grad=True)
    y = (x * 2).exp()
    picture, node = Picture.of(y, {}), weakref.ref(mark_of(y.grad_fn))
    del y
    gc.collect()
    assert node() is None
    assert [n.op for n in picture.nodes] == ["AccumulateGrad", "constant", "mul", "exp"]


def test_a_long_chain_needs_no_recursion_and_stays_linear():
    import time

    def seconds(n):
        y = lab.tensor(1.0, requires_grad=True)
        for _ in range(n):
            y = y * 1.0
        begun = time.process_time()
        assert Picture.of(y, {}).steps == n + 1
        return time.process_time() - begun

    small, large = min(seconds(2_500) for _ in range(3)), seconds(20_000)
    assert large < 8 * small * 3


def test_the_source_of_several_cells_stands_one_after_the_other(cell):
    first = cell("def f(x):\n    return x * 2\n")
    names = cell("x = torch.tensor(1.0, requires_grad=True)\ny = f(x) + 1\n", f=first["f"])
    picture = Picture.of(names["y"], names)
    parts = picture.source["parts"]
    assert [part["first"] for part in parts] == [1, 1] and len(parts) == 2
    assert {n.op: (picture.expression(n), picture.line_number(n.line)) for n in picture.operations} == {
        "mul": ("x * 2", 2), "add": ("f(x) + 1", 2),
    }  # fmt: skip


def test_without_births_a_constant_that_was_saved_is_known(cell):
    names = cell("x = torch.ones(2, requires_grad=True)\nv = torch.tensor([3.0, 4.0])\ny = (x * v * 5).sum()\n", noted=False)
    constants = {n.name: n.value for n in Picture.of(names["y"], names).nodes if n.kind == "constant"}
    assert constants["v"]["corner"] == [[3, 4]] and constants[""]["corner"] == [[5]]


def test_of_several_nodes_of_one_expression_the_last_is_called_by_it():
    x = lab.tensor([1.0, 2.0], requires_grad=True)
    lab.on()
    try:
        loss = lab.neg(x).exp().sum()
    finally:
        lab.off()
    picture = Picture.of(loss, names={"x": x})
    by_op = {node.op: node for node in picture.operations}
    shared = dataclasses.replace(by_op["neg"], line=by_op["exp"].line, span=by_op["exp"].span)
    picture = dataclasses.replace(picture, nodes=tuple(shared if n.id == shared.id else n for n in picture.nodes))
    assert picture.on_the_way == {shared.id}
    assert picture.label(shared) == "neg"


def test_every_turn_of_a_loop_is_called_by_its_expression(cell):
    y = cell("x = torch.ones(2, requires_grad=True)\ny = x\nfor k in range(3):\n    y = (k * y).tanh()")["y"]
    picture = Picture.of(y, names={})
    assert [picture.label(node) for node in picture.operations if node.op == "mul"] == ["k * y"] * 3


def test_what_an_expression_made_on_its_way_is_called_what_it_is(cell):
    layers = "torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))"
    names = cell(f"model = {layers}\nx = torch.ones(1, 2)\nloss = model(x).sum()")
    recording = rehearse(names["loss"], names=names)
    picture = recording.picture
    assert [picture.label(node) for node in picture.operations] == ["t", "addmm", "tanh", "t", "model(x)", "loss"]
    assert [saved.name for saved in picture.saved] == ["x", "tanh", "t", "tanh"]
    assert not [rule for frame in recording.frames for rule in frame.get("rules", ()) if "model(x)" in rule["code"]]
