"""Layers: what a pass with create_graph made is a group of its own, tied to what it was made from."""

import gc
import weakref

from autograd_lab.trace import Picture
from autograd_lab.trace.recording import Recording, rehearse

PENALTY = """x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0, -1.0], requires_grad=True)
y = torch.tanh(w * x).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)
loss = y + (g * g).sum()
"""


def test_a_small_picture_has_its_layer_and_no_other_group(cell):
    names = cell(PENALTY)
    picture = Picture.of(names["loss"], names)
    assert [(group["id"], group["kind"]) for group in picture.groups] == [("backward of y", "backward")]
    made = {node.id: (node.op, picture.by_id[node.maker].op) for node in picture.nodes if node.maker}
    assert sorted(made.values()) == [("mul", "mul"), ("mul", "tanh"), ("mul", "tanh"), ("rsub", "tanh")]
    assert {picture.by_id[i].group for i in made} == {"backward of y"}
    outside = {node.name or node.op for node in picture.nodes if node.group is None}
    assert outside == {"x", "w", "mul", "tanh", "y", "sum", "loss"}  # leaves are no part of a layer


def test_what_a_pass_made_is_called_by_its_variable_or_its_operation(cell):
    names = cell("""x = torch.tensor(2.0, requires_grad=True)
def slope(y):
    gx, = torch.autograd.grad(y, x, create_graph=True)
    return gx * gx
z = slope(x ** 3)
""")
    picture = Picture.of(names["z"], names)
    labels = {picture.label(node) for node in picture.nodes if node.maker is not None}
    assert labels == {"mul", "pow"}  # not gx, which is gone, nor the text of the call
    assert [group["name"] for group in picture.groups] == ["backward"]
    rules = [rule["code"] for frame in rehearse(names["z"], names=names).frames for rule in frame.get("rules", ())]
    assert "g * 3" in rules and not [code for code in rules if "grad" in code]


def test_each_pass_is_a_layer_and_the_second_stands_on_the_first(cell):
    names = cell("""x = torch.tensor(2.0, requires_grad=True)
y = x ** 4
(g,) = torch.autograd.grad(y, x, create_graph=True)
(h,) = torch.autograd.grad(g, x, create_graph=True)
z = g + h
""")
    picture = Picture.of(names["z"], names)
    assert {group["name"] for group in picture.groups} == {"backward of y", "backward of g"}
    ties = {(picture.by_id[node.maker].group, node.group) for node in picture.nodes if node.maker}
    assert ties == {("backward of y", "backward of g")}
    recording = Recording.of(names["z"], names=names)
    while recording.advance():
        pass
    assert float(names["x"].grad) == 12 * 4 + 24 * 2  # of 4 x ** 3 and 12 x ** 2, at 2


def test_in_a_large_picture_a_layer_has_the_groups_of_what_was_differentiated(cell):
    names = cell("""torch.manual_seed(0)
nn = torch.nn
net = nn.Sequential(*(nn.Sequential(nn.Linear(3, 3), nn.Tanh()) for _ in range(8)))
x = torch.randn(2, 3, requires_grad=True)
y = net(x).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)
loss = (g ** 2).sum()
""")
    picture = Picture.of(names["loss"], names)
    layer = next(group["id"] for group in picture.groups if group["kind"] == "backward")
    inside = [group["id"] for group in picture.groups if group["id"].startswith(f"{layer}/")]
    assert len(inside) >= 8 and picture.by_id[picture.root].group is None
    for node in picture.nodes:
        if node.maker and (node.group or "").startswith(f"{layer}/"):
            home = picture.by_id[node.maker].group
            assert home and node.group.removeprefix(f"{layer}/").split("/")[-1] in home


def test_a_maker_outside_the_picture_is_told_as_such(cell):
    names = cell("""x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * x).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)
z = (g * 3).sum()
""")
    picture = Picture.of(names["z"], names)
    assert {node.maker for node in picture.nodes} == {None, ""}
    assert picture.groups[0]["name"] == "backward of y"
    assert Picture.from_wire(picture.to_wire()) == picture


def test_a_layer_keeps_nothing_alive(cell):
    names = cell(PENALTY)
    node = weakref.ref(names["y"].grad_fn.next_functions[0][0].mark)
    g = names["g"]
    names.clear()
    gc.collect()
    assert node() is not None and g.grad_fn is not None  # g's graph holds what it was made from
    del g
    gc.collect()
    assert node() is None
