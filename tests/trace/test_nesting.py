"""In which calls, modules, blocks and turns of loops the operations of a graph ran."""

from autograd_lab.core import births
from autograd_lab.trace.nesting import Nest, nest, period
from autograd_lab.trace.reading import walk, word_of


def tree(x) -> list:
    """The nests of a tensor's graph: ``(name, what is inside)`` for a nest, a word for an operation."""

    def plain(made: Nest) -> list:
        return [(name(thing), plain(thing)) if isinstance(thing, Nest) else thing for thing in made.inside]

    def name(made: Nest) -> str:
        if made.kind == "function":
            return made.of.co_name
        return made.of.name if made.kind in ("module", "label") else made.kind

    nodes, _ = walk(x.grad_fn)
    return plain(nest([(word_of(node), births.birth_of(node)) for node in nodes]))


def test_a_function_is_one_nest_a_call(cell):
    names = cell("x = torch.ones(2, requires_grad=True)\ndef f(x):\n    return (x * x).exp()\ny = f(x) + f(x)\n")
    assert tree(names["y"]) == [("f", ["mul", "exp"]), ("f", ["mul", "exp"]), "add"]


def test_a_function_called_in_a_loop_is_one_call_a_turn(cell):
    names = cell(
        "x = torch.ones(2, requires_grad=True)\ndef f(x):\n    return (x * x).exp()\nfor t in range(3):\n    x = f(x)\n"
    )
    turn = ("turn", [("f", ["mul", "exp"])])
    assert tree(names["x"]) == [("loop", [turn, turn, turn])]


def test_turns_of_a_loop_are_told_apart_and_loops_nest(cell):
    source = "x = torch.ones(2, requires_grad=True)\nfor t in range(2):\n    x = x.exp()\n    for u in range(2):\n        x = x * x\n"
    inner = ("loop", [("turn", ["mul"]), ("turn", ["mul"])])
    turn = ("turn", ["exp", inner])
    assert tree(cell(source)["x"]) == [("loop", [turn, turn])]


def test_a_loop_of_a_single_instruction_and_a_comprehension_have_turns(cell):
    source = (
        "x = torch.ones(2, requires_grad=True)\n"
        "parts = [x.exp() for _ in range(3)]\n"
        "while len(parts) > 1:\n    parts = [parts[0] + parts[1], *parts[2:]]\n"
        "y = parts[0]"
    )
    exp, add = ("turn", ["exp"]), ("turn", ["add"])
    assert tree(cell(source)["y"]) == [("loop", [exp, exp, exp]), ("loop", [add, add])]


def test_an_operation_made_of_several_is_one_turn(cell):
    source = "x = torch.ones(3, requires_grad=True)\nfor t in range(2):\n    x = torch.nn.functional.gaussian_nll_loss(x, x * 2, x)\n"
    (name, turns), *_ = tree(cell(source)["x"])
    assert name == "loop" and len(turns) == 2 and turns[0] == turns[1]


def test_recursion_nests(cell):
    source = "x = torch.ones(2, requires_grad=True)\ndef f(x, n):\n    return f(x * x, n - 1) if n else x\ny = f(x, 3)\n"
    assert tree(cell(source)["y"]) == [("f", ["mul", ("f", ["mul", ("f", ["mul"])])])]


def test_deep_recursion_is_told_to_a_limit(cell):
    source = "x = torch.ones(2, requires_grad=True)\ndef f(x, n):\n    return f(x * x, n - 1) if n else x\ny = f(x, 300)\n"
    made, depth = tree(cell(source)["y"]), 0
    while isinstance(inner := next((thing for thing in made if isinstance(thing, tuple)), None), tuple):
        made, depth = inner[1], depth + 1
    assert 50 < depth < 300


MODULES = """nn = torch.nn
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)
    def forward(self, x):
        for _ in range(2):
            x = self.inner(x).relu()
        return x
x = torch.ones(1, 2, requires_grad=True)
block = Block()
y = block(block(x)).exp()
"""


def test_a_modules_call_is_a_nest_and_its_forward_is_not_another(cell):
    turn = ("turn", [("Linear", ["t", "addmm"]), "relu"])
    call = ("Block", [("loop", [turn, turn])])
    assert tree(cell(MODULES)["y"]) == [call, call, "exp"]


def test_a_module_called_inside_a_module_of_ours_is_inside_it(cell):
    source = "net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())\ny = net(torch.ones(1, 2)).exp()\n"
    assert tree(cell(source)["y"]) == [("Sequential", [("Linear", ["t", "addmm"]), ("ReLU", ["relu"])]), "exp"]


LABELS = """from autograd_lab.autograd.profiler import record_function
x = torch.ones(2, requires_grad=True)
with record_function("around"):
    for t in range(2):
        x = x.exp()
for t in range(2):
    with record_function("within"):
        x = x * x
@record_function("decorated")
def f(x):
    return x.sin()
y = f(x)
"""


HANDLED = """x = torch.ones(2, requires_grad=True)
for t in range(2):
    try:
        x = x.exp()
        raise ValueError
    except ValueError:
        x = x.sin()
    x = x.cos()
y = x.tanh()
while True:
    try:
        y = y.neg()
        if y.sum() < 0:
            raise ValueError
        break
    except ValueError:
        y = y.abs()
        try:
            y = y.sqrt()
            raise KeyError
        except KeyError:
            y = y.neg()
            continue
y = y.log1p()
"""


def test_what_handles_an_exception_is_part_of_the_loop_around_it(cell):
    turn = ("turn", ["exp", "sin", "cos"])
    assert tree(cell(HANDLED)["x"]) == [("loop", [turn, turn])]
    again = [("turn", ["neg", "abs", "sqrt", "neg"]), ("turn", ["neg"])]
    assert tree(cell(HANDLED)["y"]) == [("loop", [turn, turn]), "tanh", ("loop", again), "log1p"]


def test_a_label_stands_outside_the_loop_that_it_holds_and_inside_the_one_that_holds_it(cell):
    around = ("around", [("loop", [("turn", ["exp"]), ("turn", ["exp"])])])
    within = ("turn", [("within", ["mul"])])
    assert tree(cell(LABELS)["y"]) == [around, ("loop", [within, within]), ("decorated", [("f", ["sin"])])]


def test_without_births_everything_is_side_by_side(cell):
    assert tree(cell("x = torch.ones(2, requires_grad=True)\ny = (x * x).exp()\n", noted=False)["y"]) == ["mul", "exp"]


def test_a_module_or_label_that_raises_is_left(cell):
    source = (
        "from autograd_lab.autograd.profiler import record_function\n"
        "class Sour(torch.nn.Module):\n    def forward(self, x):\n        raise ValueError\n"
        "x = torch.ones(2, requires_grad=True)\n"
        "try:\n    with record_function('sour'):\n        Sour()(x)\nexcept ValueError:\n    y = x.exp()\n"
    )
    assert tree(cell(source)["y"]) == ["exp"]


def test_an_instruction_that_made_several_operations_is_told_from_one_that_ran_often():
    mean, sub, mul = "mean", "sub", "mul"
    assert period([mul, mul, mul]) == 1
    assert period([mean, sub, mul]) == 3
    assert period([mean, sub, mul, mean, sub, mul]) == 3
    assert period([sub, mul, sub]) == 3
