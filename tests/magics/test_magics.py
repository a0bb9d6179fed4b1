"""%autograd in a real shell: what it gives, what it says, and that nothing is lost when it cannot."""

import pytest

import autograd_lab
from autograd_lab.core import births

SETUP = """
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([3.0, 4.0])
losses = [(a * b).sum(), (a + b).sum()]
loss = losses[0]
n = 7
def f(x, y): return (x * y).sum()
"""


@pytest.fixture
def made(notebook):
    notebook.run(SETUP)
    return notebook


def test_graph_gives_what_the_function_gives(made):
    drawn = made.run("%autograd graph loss")
    assert str(drawn) == str(made.run("torch.graph(loss)"))
    assert drawn.picture.nodes


@pytest.mark.parametrize("name", ["losses[0]", "a * b", "(a * b).sum()", "f(a, b)"])
def test_a_name_may_be_an_expression(made, name):
    assert made.run(f"%autograd graph {name}").picture.nodes and made.ok


def test_the_names_in_the_picture_are_the_learners(made):
    text = str(made.run("%autograd graph loss"))
    assert "loss" in text and "a " in text and "b" in text


def test_step_gives_a_stepper_and_touches_nothing_yet(made):
    stepper = made.run("%autograd step loss")
    assert stepper.position == 0 and made.names["a"].grad is None
    assert stepper.next() and stepper.position == 1


@pytest.mark.parametrize("name", ["loss", "torch.step(loss)"])
def test_export_writes_a_page_and_touches_nothing(made, tmp_path, name):
    path = tmp_path / "a lesson.html"
    made.run(f"%autograd export {name} '{path}'")
    assert made.ok and made.shown.startswith(f"{path}: ") and made.shown.endswith(" kB, to be opened in any browser\n")
    page = path.read_text(encoding="utf-8")
    assert "<title>loss</title>" in page and '"name":"a"' in page
    assert made.names["a"].grad is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("export loss", "export needs FILE"),
        ("export loss lesson.pdf", "nothing was written: an exported page is HTML: end 'lesson.pdf' with .html."),
        ("export loss /no/such/folder/lesson.html", "nothing was written: [Errno 2]"),
        ("export n lesson.html", "nothing was written: export() takes a Tensor, a Stepper"),
        ("export b lesson.html", "'b' has no graph"),
        ("export a*b lesson.html", "'a*b' has 2 elements, and a pass starts from one: export (a*b).sum() lesson.html"),
    ],
)
def test_export_that_cannot_be_says_why_in_one_line(made, line, says):
    made.run(f"%autograd {line}")
    assert not made.ok and says in made.shown and "Traceback" not in made.shown


def test_leaves_shows_the_tensors_of_the_notebook(made):
    text = str(made.run("%autograd leaves"))
    assert all(name in text for name in ("a", "b", "loss"))
    assert "loss" not in str(made.run("%autograd leaves a b"))


def test_check_compares(made):
    report = made.run("%autograd check f a b")
    assert report.ok and "check of f" in str(report)


def test_check_takes_what_was_recorded(made):
    made.run("stepper = torch.step(loss)")
    assert made.run("%autograd check loss").ok
    assert "check of loss" in str(made.run("%autograd check stepper"))


def test_why_reads_the_line_that_cut_the_graph_from_its_cell(notebook):
    cells = ["w = torch.ones(2, 2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)",
             "y = torch.ones(2, 2) @ w\nz = y.detach()\nloss = (z * v).sum()\nloss.backward()"]  # fmt: skip
    for cell in cells:
        assert notebook.shell.run_cell(cell, store_history=True).success
    number = notebook.shell.execution_count - 1
    assert str(notebook.run("%autograd why w")) == (
        "w.grad is None: no backward() has run on a graph that uses w, and none can through z, which was cut from its history "
        f"by detach() at line 2 (In [{number}]: `z = y.detach()`)."
    )


def test_why_says_why_in_one_line(made):
    assert str(made.run("%autograd why a")) == "a.grad is None: no backward() has run on a graph that uses a."
    assert str(made.run("%autograd why losses[0]")).startswith("losses[0].grad is None: losses[0] is no leaf,")


def test_on_and_off_switch_noting(made):
    made.run("%autograd off")
    assert not births.is_noting()
    made.run("%autograd on")
    assert births.is_noting()


def test_loading_the_extension_notes_births_and_twice_changes_nothing(notebook):
    notebook.run("%load_ext autograd_lab\n%reload_ext autograd_lab")
    assert births.is_noting() and notebook.ok


# ---------------------------------------------------------------------- what cannot be done


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "grap loss",
            "%autograd has no word 'grap'. Did you mean %autograd graph? It has: graph, step, export, leaves, check, why, watch, unwatch, on, off.",
        ),
        ("graph los", "'los' is not defined. Did you mean 'loss'?"),
        ("graph zzz", "'zzz' is not defined. Tensors here: a, b, loss."),
        ("graph n", "'n' is an int, not a Tensor. Tensors here: a, b, loss."),
        ("graph f", "'f' is a function, not a Tensor."),
        ("graph losses", "'losses' is a list of 2, not a Tensor."),
        ("graph losses[9]", "'losses[9]' raises IndexError: list index out of range"),
        ("graph a.w", "'a.w' raises AttributeError:"),
        ("graph a +", "'a +' is not a Python expression:"),
        ("graph b", "'b' has no graph: it does not require a gradient."),
        ("step b", "'b' has no graph: it does not require a gradient."),
        ("step a * b", "'a * b' has 2 elements, and a walk starts from one. Step (a * b).sum(), or"),
        ("leaves q", "'q' is not defined. Tensors here: a, b, loss."),
        ("check n a", "'n' is an int. check needs a function, then its arguments, or a tensor or a stepper."),
        ("check g a", "'g' is not defined."),
    ],
)
def test_what_cannot_be_done_is_one_line_and_loses_nothing(made, line, sentence):
    before = dict(made.names)
    made.run(f"%autograd {line}")
    assert made.shown.startswith(f"UsageError: {sentence}") and not made.ok
    assert made.shown.count("\n") == 1, "a usage error is one line, without a traceback"
    assert all(made.names[name] is value for name, value in before.items() if not name.startswith("_"))


def test_before_any_tensor_exists_the_sentence_says_so(notebook):
    notebook.run("%autograd graph x")
    assert notebook.shown.startswith("UsageError: 'x' is not defined. No tensor has a name here yet:")


def test_an_expression_cannot_change_the_notebook_by_assignment(made):
    made.run("%autograd graph loss = 3")
    assert made.shown.startswith("UsageError: 'loss = 3' is not a Python expression")
    assert made.names["loss"] is made.names["losses"][0]


def test_a_missing_package_is_named_in_one_line(made, monkeypatch):
    def missing(*_):
        raise ImportError('the cross-check needs jax: pip install "autograd-lab[crosscheck]"')

    monkeypatch.setattr(autograd_lab, "check", missing, raising=False)
    made.run("%autograd check f a b")
    assert made.shown == 'UsageError: the cross-check needs jax: pip install "autograd-lab[crosscheck]"\n'


# ---------------------------------------------------------------------- %%autograd


def test_a_cell_is_run_and_its_graph_shown(notebook):
    notebook.run("%%autograd\nx = torch.tensor(3.0, requires_grad=True)\ny = x * x\nz = y + x")
    assert notebook.names["z"].item() == 12
    assert "Graph(2 operations, 1 leaf" in notebook.shown and "z " in notebook.shown


def test_a_cells_output_comes_before_the_graph(notebook):
    notebook.run("%%autograd\nx = torch.tensor(3.0, requires_grad=True)\nprint('hello')\nx * x")
    assert notebook.shown.index("hello") < notebook.shown.index("Graph(")


def test_every_result_that_leads_to_no_other_is_drawn(notebook):
    notebook.run("%%autograd\nx = torch.tensor(3.0, requires_grad=True)\nu = x * 2\nv = u * 3\nw = u + 1")
    assert notebook.shown.count("Graph(") == 2  # v and w; u lies below both


def test_many_results_are_named_not_drawn(notebook):
    notebook.run("%%autograd\nx = torch.tensor(3.0, requires_grad=True)\n" + "\n".join(f"y{i} = x * {i + 2}" for i in range(6)))
    assert notebook.shown.count("Graph(") == 3
    assert "Also made: y2, y1, y0 (draw one with %autograd graph NAME)" in notebook.shown


def test_what_was_there_before_is_not_drawn_again(made):
    made.run("%%autograd\nm = 3")
    assert "Nothing to draw: the cell made no tensor that requires a gradient." in made.shown


def test_a_cell_that_raises_shows_its_own_traceback_and_keeps_what_ran(notebook):
    notebook.run("%%autograd\nx = torch.tensor(3.0, requires_grad=True)\ny = x * x\n1 / 0")
    assert "ZeroDivisionError" in notebook.shown and "Graph(" not in notebook.shown
    assert notebook.names["y"].item() == 9


def test_the_picture_says_the_number_of_its_own_cell(notebook):
    for number in (1, 2):  # the second run compiles to the same name
        notebook.shell.run_cell("%%autograd\nx = torch.tensor(3.0, requires_grad=True)\ny = x * x", store_history=True)
        assert autograd_lab.graph(notebook.names["y"]).picture.source["cell"] == f"In [{number}]"
    notebook.shell.run_cell("z = x * 3", store_history=True)
    assert autograd_lab.graph(notebook.names["z"]).picture.source["cell"] == "In [3]"


def test_a_word_after_the_cell_magic_is_a_usage_error(notebook):
    notebook.run("%%autograd graph y\nx = 1")
    assert notebook.shown.startswith("UsageError: %%autograd takes nothing after it, and got 'graph y'.")
    assert "x" not in notebook.names


def test_a_deep_graph_is_no_deeper_than_a_shallow_one(notebook):
    notebook.run("x = torch.tensor(1.0, requires_grad=True)")
    from autograd_lab.magics.made import roots

    y = x = notebook.names["x"]
    for _ in range(20_000):
        y = y + 1
    assert list(roots({}, {"x": x, "y": y})) == ["y"]


def test_watch_shows_the_graph_after_each_cell_that_changes_it(made, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "publish_display_data", lambda data, **how: shown.append((data, how)))
    watched = made.run("%autograd watch loss")
    assert made.ok and watched.is_on and len(shown) == 1 and not shown[0][1]["update"]
    made.run("n = 8")
    assert len(shown) == 1
    made.run("loss = losses[1] * 2")
    assert len(shown) == 2 and shown[1][1]["update"]
    assert shown[1][1]["transient"] == shown[0][1]["transient"]
    assert "MulBackward0" in shown[1][0]["text/plain"]
    made.run("loss = 1 / 0")
    made.run("del loss")
    assert "not there any more" in shown[2][0]["text/plain"]
    made.run("%autograd unwatch loss")
    made.run("loss = losses[0]")
    assert len(shown) == 3 and not watched.is_on
    made.run("%autograd unwatch loss")
    assert "loss is not watched" in made.shown


def test_anomaly_mode_names_the_line_of_the_cell(notebook):
    """The traceback of the forward call ends in the user's cell, with its line, as a notebook shows it."""
    notebook.run("x = torch.tensor([0.0, 1.0], requires_grad=True)")
    made = "with torch.autograd.detect_anomaly(): # a cell of its own\n    y = x.sqrt()\n    z = (y * 0).sum()\nz.backward()\n"
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
        notebook.run(made)
    assert notebook.ok  # outside the block nothing looks
    with pytest.warns(UserWarning, match="Anomaly Detection|Error detected") as said:
        notebook.run(made.replace("\nz.back", "\n    z.back"))
    assert not notebook.ok and "Function 'SqrtBackward0' returned nan values in its 0th output." in notebook.shown
    (told,) = [str(w.message) for w in said if "Error detected in SqrtBackward0" in str(w.message)]
    assert told.rstrip().splitlines()[-2].endswith("line 2, in <module>") and told.rstrip().endswith("y = x.sqrt()")
