"""Lines, spans and assignments, read from the code that ran."""

import linecache
import sys
import types

from autograd_lab.core import births
from autograd_lab.trace import Picture
from autograd_lab.trace.source import LONG, Sources


def expressions(y):
    picture = Picture.of(y, {})
    return [(node.op, picture.expression(node)) for node in picture.operations]


def test_a_span_is_the_sub_expression(cell):
    names = cell("w = torch.tensor([1.0, 2.0], requires_grad=True)\nd = w * 3 + w.exp().sum()\n")
    assert expressions(names["d"]) == [
        ("mul", "w * 3"), ("exp", "w.exp()"), ("sum", "w.exp().sum()"), ("add", "w * 3 + w.exp().sum()"),
    ]  # fmt: skip


def test_columns_count_characters_not_bytes(cell):
    names = cell("größe = torch.tensor(2.0, requires_grad=True)\ny = '𝜕∂é' and größe * größe\n")
    assert expressions(names["y"]) == [("mul", "größe * größe")]
    (node,) = Picture.of(names["y"], {}).operations
    assert node.span == [14, 27]


def test_of_an_expression_over_several_lines_the_first_is_marked_to_its_end(cell):
    names = cell("w = torch.tensor(2.0, requires_grad=True)\ny = (w *\n     w)\n")
    (node,) = Picture.of(names["y"], {}).operations
    assert (node.line, node.span, node.name) == (2, [5, 8], "y")


def test_code_without_a_source_has_no_line_and_no_expression(monkeypatch):
    monkeypatch.setitem(linecache.cache, "<string>", (9, None, ["a = 1\n"], "<string>"))  # that of python -c, from 3.13 on
    scope = {"torch": __import__("autograd_lab")}
    with births.noting():
        exec("x = torch.tensor(2.0, requires_grad=True)\ny = x * x", scope)
    picture = Picture.of(scope["y"], scope)
    assert [(n.line, n.span, picture.expression(n)) for n in picture.operations] == [(None, None, "")]
    assert picture.source["text"] == []


def test_of_a_long_file_only_the_part_that_made_the_graph_is_shown(cell):
    code = "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\nz = y + 1\n"
    names = cell("\n" * 500 + code + "\n# end" * 400)
    picture = Picture.of(names["z"], {})
    assert len(picture.source["text"]) < LONG
    assert [(picture.expression(n), picture.line_number(n.line)) for n in picture.operations] == [
        ("x * x", 502),
        ("y + 1", 503),
    ]


def test_a_notebook_cell_is_labelled_as_the_notebook_labels_it(cell, monkeypatch):
    names = cell("x = torch.tensor(2.0, requires_grad=True)\ny = x * x\n")
    filename = births.birth_of(names["y"].grad_fn).filename
    shell = types.SimpleNamespace(compile=types.SimpleNamespace(_filename_map={filename: 3}))
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    assert Picture.of(names["y"], {}).source["cell"] == "In [3]"


def test_a_file_is_labelled_by_its_name_without_its_folder(tmp_path):
    path = tmp_path / "train.py"
    path.write_text("import autograd_lab as torch\nx = torch.tensor(2.0, requires_grad=True)\ny = x * x\n")
    scope = {}
    with births.noting():
        exec(compile(path.read_text(), str(path), "exec"), scope)
    source = Picture.of(scope["y"], scope).source
    assert (source["cell"], source["text"][2]) == ("train.py", "y = x * x")
    assert str(tmp_path) not in repr(source)


def test_source_that_does_not_parse_gives_lines_but_no_names(cell):
    linecache.cache["<odd>"] = 1, None, ["y = x * x\n", "this is (not Python\n"], "<odd>"
    scope = {"x": __import__("autograd_lab").tensor(2.0, requires_grad=True)}
    with births.noting():
        exec(compile("y = x * x\n", "<odd>", "exec"), scope)
    picture = Picture.of(scope["y"], {})
    assert [(n.name, picture.expression(n)) for n in picture.operations] == [("", "x * x")]


def test_assignments_are_found_in_all_their_forms():
    text = (
        "a = f()\nb: int = g()\nc += h()\nd, e = k()\n(m := n())\np, q = r(), s()\n"
        "self.t = u()\nv[0] = w()\nx.add_(1)\nz = ones().requires_grad_()\n"
    )
    linecache.cache["<forms>"] = len(text), None, text.splitlines(True), "<forms>"
    sources = Sources()
    named = {}
    code = compile(text, "<forms>", "exec")
    for i in range(0, len(code.co_code), 2):
        place = sources.place(code, i)
        if place is not None and sources.assigned(place):
            named[sources.text(place)] = sources.assigned(place)
    assert named == {
        "f()": "a", "g()": "b", "c += h()": "c", "k()": ["d", "e"], "n()": "m", "r()": "p", "s()": "q", "u()": "self.t",
        "w()": "v[0]", "v[0]": "v", "x.add_(1)": "x", "ones()": "z", "ones().requires_grad_()": "z",
    }  # fmt: skip
