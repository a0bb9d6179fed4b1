"""Re-running a notebook: the same bytes twice, and nothing in them that belongs to one run or one machine."""

import json

import pytest

pytest.importorskip("nbclient")

from autograd_lab.lessons.run import executed, main, tidied

SOURCES = [
    "import autograd_lab as torch\n%load_ext autograd_lab",
    "print('one')\nprint('two')",
    "torch.lessons.predict('one and one?', lambda: 1 + 1)",
    "from IPython.display import HTML\nHTML('<b>table</b>')",
]


def notebook(sources):
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {"tags": []}, "source": source, "outputs": [], "execution_count": None}
        for i, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    meta = {"autograd_lab": {"lesson": 0, "title": "t"}, "kernelspec": kernel, "widgets": {"state": {"random": 1}}}
    return {"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}


def test_two_runs_give_the_same_bytes_and_check_finds_a_change(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(notebook(SOURCES)))
    assert main([str(path)]) == 0
    once = path.read_text()
    assert executed(path) == once
    data = json.loads(once)
    outputs = [cell["outputs"] for cell in data["cells"]]
    assert outputs[1] == [{"name": "stdout", "output_type": "stream", "text": ["one\n", "two\n"]}]
    assert set(outputs[2][0]["data"]) == {"text/plain"}, "the question's widget is not recorded"
    assert set(data["metadata"]) == {"autograd_lab", "kernelspec", "language_info"}

    path.write_text(once.replace("two\\n", "three\\n", 1))
    capsys.readouterr()
    assert main([str(path), "--check"]) == 1
    assert "differs" in capsys.readouterr().out
    assert "three" in path.read_text(), "--check writes nothing"


def test_a_cell_that_raises_stops_the_run(tmp_path):
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(notebook(["1 / 0"])))
    with pytest.raises(Exception, match="ZeroDivisionError"):
        executed(path)


def test_tidied_keeps_pictures_and_texts():
    nbformat = pytest.importorskip("nbformat")
    given = nbformat.from_dict(notebook(["x"]))
    data = {"text/plain": "t", "image/svg+xml": "<svg/>", "text/html": "<b/>", "application/vnd.jupyter.widget-view+json": {}}
    given.cells[0].outputs = [nbformat.v4.new_output("execute_result", data=data, execution_count=1)]
    (output,) = tidied(given).cells[0].outputs
    assert set(output.data) == {"text/plain", "image/svg+xml"}
