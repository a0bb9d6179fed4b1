"""Values are called what the user calls them."""

import pytest

import autograd_lab as torch
from autograd_lab.trace import Picture
from autograd_lab.trace.names import caller_namespace, named_tensors


def names_of(y, namespace=None):
    return [node.name for node in Picture.of(y, namespace).nodes if node.kind != "constant"]


def test_names_come_from_the_calling_function_first_and_from_its_module_then():
    w = torch.tensor(2.0, requires_grad=True)
    loss = w * w
    assert [node.name for node in Picture.of(loss).nodes] == ["w", "loss"]
    assert caller_namespace()["w"] is w and caller_namespace()["torch"] is torch


def test_a_local_variable_hides_a_global_one_of_the_same_name():
    def inner(SHARED):
        return [name for name, _ in named_tensors(caller_namespace()) if name == "SHARED"], SHARED

    local = torch.tensor(1.0)
    assert inner(local)[0] == ["SHARED"]


SHARED = torch.tensor(9.0)


def test_inside_a_function_the_assignment_names_the_value(cell):
    names = cell(
        "def build():\n"
        "    a = torch.tensor(2.0, requires_grad=True)\n"
        "    b = a * 3\n"
        "    c: object = b.exp()\n"
        "    return (d := c + b)\n"
        "out = build()\n"
    )
    assert names_of(names["out"], {}) == ["a", "b", "c", "d"]


def test_a_variable_outranks_the_assignment(cell):
    names = cell("def f(x):\n    inner = x * 2\n    return inner\nx = torch.tensor(1.0, requires_grad=True)\nouter = f(x)\n")
    assert names_of(names["outer"], names) == ["x", "outer"]


def test_only_the_whole_right_hand_side_is_what_is_assigned(cell):
    names = cell("x = torch.tensor(1.0, requires_grad=True)\ny = (x * 2 + 1).exp()\n")
    assert names_of(names["y"], {}) == ["x", "", "", "y"]


def test_of_an_operation_made_of_several_the_last_takes_the_name(cell):
    names = cell("def f():\n    x = torch.tensor([1.0, 2.0], requires_grad=True)\n    v = x.var()\n    return v\nv = f()\n")
    found = names_of(names["v"], {})
    assert found[-1] == "v" and found.count("v") == 1


@pytest.mark.parametrize(
    "line",
    [
        'with torch.autocast("cpu", dtype=torch.bfloat16): made = m @ torch.ones(2, 3)',
        "made = torch.nn.functional.cross_entropy(m, torch.tensor([1]), label_smoothing=0.1)",
    ],
    ids=["a cast", "a part of a loss"],
)
def test_what_an_operation_makes_for_itself_has_not_the_name_of_its_result(cell, line):
    names = cell(f"m = torch.tensor([[1.0, 2.0]], requires_grad=True)\n{line}\n")
    picture = Picture.of(names["made"], names)
    assert [node.kind for node in picture.nodes if node.name == "made"] == ["op"]
    assert "made" not in [saved.name for saved in picture.saved]


def test_in_a_loop_each_turn_has_the_name(cell):
    names = cell("y = x = torch.tensor(1.0, requires_grad=True)\nfor _ in range(3):\n    y = y + y\n")
    assert names_of(names["y"], {"x": names["x"]}) == ["x", "y", "y", "y"]


@pytest.mark.parametrize(
    ("write", "earlier"),
    [
        ("e += 1", ["e v0"]), ("e.mul_(2)", ["e v0"]), ("e[0] = 5.0", ["e v0"]), ("e[:1].mul_(2)", ["e v0"]),
        ("e += 1; e *= 2", ["e v0", "e v1"]),
    ],
)  # fmt: skip
def test_a_value_that_was_written_over_keeps_its_name_with_a_version(cell, write, earlier):
    names = cell(f"x = torch.ones(3, requires_grad=True)\ne = x.exp()\n{write}\ny = e.sum()\n")
    found = [name for name in names_of(names["y"], names) if name.startswith("e")]
    assert [name for name in found if name != "e"] == earlier and found[-1] == "e"


def test_containers_lend_their_entries_a_name():
    class Model:
        pass

    model = Model()
    model.__class__.__module__ = "__main__"
    model.w = torch.tensor(1.0, requires_grad=True)
    params, layers = {"ln.gamma": torch.tensor(2.0, requires_grad=True)}, [torch.tensor(3.0, requires_grad=True)]
    y = model.w * params["ln.gamma"] * layers[0]
    names = names_of(y, {"model": model, "params": params, "layers": layers, "y": y})
    assert [n for n in names if n] == ["model.w", "ln.gamma", "layers[0]", "y"]


def test_a_modules_parameters_go_by_their_path():
    class Module:
        def __init__(self):
            self.weight = torch.tensor(1.0, requires_grad=True)

        def named_parameters(self):
            yield "0.weight", self.weight

    model = Module()
    assert names_of(model.weight * 2, {"model": model})[0] == "model.0.weight"


def test_the_shells_own_names_are_not_names():
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 2
    assert names_of(y, {"_": y, "__": y, "Out": {5: y}, "In": [], "x": x}) == ["x", ""]


def test_each_state_of_a_long_recurrence_has_its_place_in_the_list(cell):
    names = cell("hs = [torch.ones(1, requires_grad=True)]\nfor _ in range(1250):\n    hs.append(hs[-1].tanh())\n")
    assert Picture.of(names["hs"][-1], names).nodes[-1].name == "hs[1250]"


def test_hostile_names_and_values_do_no_harm(cell):
    names = cell("x = torch.tensor(1.0, requires_grad=True)\ny = x * 2\n")

    class Trap:
        def __getattr__(self, name):
            raise SystemExit(f"asked for {name}")

        def __eq__(self, other):
            raise SystemExit("compared")

        __hash__ = None

    hostile = '<img src=x onerror=alert(1)>"\\N{}\n' + "z" * 300
    picture = Picture.of(names["y"], {hostile: names["x"], "trap": Trap(), 7: names["y"]})
    leaf = picture.leaves[0].name
    assert leaf == hostile[:79] + "…"


def test_the_machinery_of_a_shell_is_not_the_caller():
    scope = {"__name__": "IPython.core.magic", "caller_namespace": caller_namespace}
    exec("def run(): return caller_namespace()", scope)
    marker = object()
    assert scope["run"]()["marker"] is marker


def test_a_leaf_made_in_a_function_keeps_its_name_when_its_tensor_is_gone(cell):
    made = "w = torch.ones(2).requires_grad_()\n    b = torch.zeros(2, requires_grad=True)"
    names = cell(f"def f():\n    {made}\n    return (w * 2 + b).sum()\nout = f()\n")
    assert [node.name for node in Picture.of(names["out"], {}).leaves] == ["w", "b"]
