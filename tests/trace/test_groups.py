"""What a large picture folds, and what it is called."""

import gc
import weakref

from autograd_lab.trace import Picture
from autograd_lab.trace.groups import GROUPED, TOGETHER

ENCODER = """torch.manual_seed(0)
nn = torch.nn
encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
loss = (encoder(torch.randn(1, 3, 8)) ** 2).sum()
"""


def groups(picture: Picture) -> dict[str, str]:
    """Kind by path."""
    return {group["id"]: group["kind"] for group in picture.groups}


def test_modules_are_called_as_in_named_modules(cell):
    names = cell(ENCODER)
    picture = Picture.of(names["loss"], names)
    found = groups(picture)
    assert {"encoder", "encoder/layers.0", "encoder/layers.1/self_attn", "encoder/layers.0/norm1"} <= set(found)
    assert set(found.values()) == {"module"}
    parts = {path.partition("/")[2].replace("/", ".") for path in found if "/" in path}
    assert parts <= {name for name, _ in names["encoder"].named_modules()}
    assert next(g for g in picture.groups if g["id"] == "encoder/layers.0")["what"] == "TransformerEncoderLayer"


def test_weights_are_in_the_group_that_uses_them_and_what_is_shared_is_around(cell):
    names = cell(ENCODER)
    picture = Picture.of(names["loss"], names)
    where = {node.name: node.group for node in picture.nodes}
    assert where["encoder.layers.0.norm1.weight"] == "encoder/layers.0/norm1"
    assert where["encoder.layers.1.self_attn.in_proj_weight"] == "encoder/layers.1/self_attn"
    assert picture.by_id[picture.root].group is None


def test_what_a_module_was_given_stays_outside_of_it(cell):
    names = cell(ENCODER.replace("torch.randn(1, 3, 8)", "x := torch.randn(1, 3, 8, requires_grad=True)"))
    picture = Picture.of(names["loss"], names)
    assert {node.name: node.group for node in picture.leaves}["x"] is None


def test_every_group_of_a_node_is_in_the_list_and_every_listed_group_has_nodes(cell):
    names = cell(ENCODER)
    picture = Picture.of(names["loss"], names)
    known = {group["id"] for group in picture.groups}
    used = {node.group for node in picture.nodes if node.group}
    around = {"/".join(path.split("/")[: i + 1]) for path in used for i in range(path.count("/") + 1)}
    assert around == known and len(known) == len(picture.groups)


HEADS = """W = [torch.full((4, 4), 0.1 * i, requires_grad=True) for i in (1, 2, 3)]
def norm(x):
    c = x - x.mean(-1, keepdim=True)
    return c / ((c * c).mean(-1, keepdim=True) + 1e-5).sqrt()
def head(q, k, v):
    return (q @ k.transpose(0, 1)).softmax(-1) @ v
def attention(x):
    q, k, v = (x @ w for w in W)
    return torch.cat([head(q[:, i : i + 1], k[:, i : i + 1], v[:, i : i + 1]) for i in range(4)], -1)
x = torch.arange(12.0).reshape(3, 4).requires_grad_()
r = x
for block in range(2):
    r = r + attention(norm(r))
    r = r + norm(r)
loss = r.sum()
"""


def test_functions_and_loops_of_the_users_code(cell):
    picture = Picture.of(cell(HEADS)["loss"], {})
    found = groups(picture)
    assert found["for block/turn 0/attention/for i/turn 3"] == "turn"
    assert found["for block/turn 1/norm 1"] == "function"
    assert next(g for g in picture.groups if g["id"] == "for block")["what"] == "for block in range(2):"


def test_many_leaves_of_several_groups_are_a_group_where_they_stand(cell):
    """A module's that it uses in each turn of a loop, and a list's: side by side they would be taller than a page."""
    source = """class Net(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(2, 2) for _ in range(layers))
    def forward(self, x):
        for turn in range(4):
            for layer in self.layers:
                x = layer(x).tanh()
        return x
few, many, ws = Net(3), Net(60), [torch.full((2,), 0.1, requires_grad=True) for _ in range(13)]
x = torch.ones(1, 2)
for round in range(3):
    for w in ws:
        x = (x * w).tanh()
loss = many(few(x)).sum()
"""
    names = cell(source)
    picture = Picture.of(names["loss"], names)
    where = {node.name: node.group for node in picture.leaves}
    assert where["few.layers.2.bias"] == "few"
    assert where["many.layers.0.weight"] == "many/120 leaves/0–9" and where["many.layers.59.bias"] == "many/120 leaves/110–119"
    (of_list,) = {where[name] for name in where if name.startswith("ws")}
    assert of_list is not None and of_list.endswith("/13 leaves")
    assert {"many/120 leaves": "run", of_list: "run"}.items() <= groups(picture).items()


def test_labels_of_record_function(cell):
    body = "".join("    h = (h * h).tanh()\n" for _ in range(GROUPED // 2))
    source = (
        "from autograd_lab.autograd.profiler import record_function\nx = torch.ones(2, requires_grad=True)\nh = x\n"
        f"with record_function('a/b'):\n{body}loss = (h + x).sum()\n"
    )
    assert groups(Picture.of(cell(source)["loss"], {}))["a|b"] == "label"


def test_what_repeats_is_found_without_births(cell):
    source = "x = torch.ones(2, requires_grad=True)\nw = torch.ones(2, requires_grad=True)\n"
    source += "x = (x * w).tanh() + w\n" * 40 + "loss = x.sum()"
    picture = Picture.of(cell(source, noted=False)["loss"], {})
    found = groups(picture)
    assert found["40 blocks"] == "repeat" and found["40 blocks/block 39"] == "turn"
    members = [node.op for node in picture.nodes if node.group == "40 blocks/block 7"]
    assert members == ["mul", "tanh", "add"]


def test_no_group_holds_more_than_can_be_read(cell):
    source = "h = x = torch.ones(2, requires_grad=True)\nfor t in range(1250):\n    h = (h + x).tanh()\nloss = h.sum()\n"
    picture = Picture.of(cell(source)["loss"], {})
    cards: dict[str, set] = {}
    for node in picture.nodes:
        parts = node.group.split("/") if node.group else []
        for depth in range(len(parts) + 1):
            inner = "/".join(parts[: depth + 1]) if depth < len(parts) else node.id
            cards.setdefault("/".join(parts[:depth]), set()).add(inner)
    assert max(map(len, cards.values())) <= TOGETHER + 5
    assert "for t/1200–1249/turn 1249" in groups(picture)


def test_a_small_picture_has_no_groups(cell):
    names = cell("net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh())\nloss = net(torch.ones(1, 2)).sum()\n")
    picture = Picture.of(names["loss"], names)
    assert len(picture.nodes) <= GROUPED and picture.groups == () and all(node.group is None for node in picture.nodes)


def test_noting_where_keeps_no_module_alive(cell):
    names = cell("net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh())\nloss = net(torch.ones(1, 2)).sum()\n")
    net = weakref.ref(names.pop("net"))
    gc.collect()
    assert net() is None
    assert Picture.of(names["loss"], {}).steps > 0


def test_a_name_that_is_cut_says_so(cell):
    function, variable = "f" * 50, "v" * 90
    names = cell(f"""x = torch.ones(2, requires_grad=True)
def {function}(y):
    return ((y * 2 + 1) * 3).exp()
y = x * x
{variable} = sum({function}(y) for _ in range(20)).sum()
""")
    picture = Picture.of(names[variable], names)
    assert picture.title == picture.by_id[picture.root].name == "v" * 79 + "…"
    cut = [group for group in picture.groups if group["name"].startswith("fff")]
    assert cut and all(len(group["name"]) <= 40 and "…" in group["name"] for group in cut)
    assert all("…" in group["id"].split("/")[-1] and len(group["id"].split("/")[-1]) <= 40 for group in cut)
