"""Progress bars: nothing for what is quick, a bar for what is not, and nothing left of it."""

import os
import sys
from types import SimpleNamespace
from typing import ClassVar

import nbclient
import nbformat.v4
import pytest

import autograd_lab as torch
from autograd_lab.trace import progress, rehearse
from autograd_lab.trace.progress import Progress, each


class Bar:
    """What is asked of tqdm."""

    made: ClassVar[list] = []

    def __init__(self, **options):
        self.options, self.shown, self.closed = options, options["initial"], False
        self.made.append(self)

    def update(self, parts):
        self.shown += parts

    def close(self):
        self.closed = True


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns, and a module ``tqdm.auto`` that writes down its bars."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(progress, "perf_counter", lambda: now.seconds)
    monkeypatch.setitem(sys.modules, "tqdm.auto", SimpleNamespace(tqdm=Bar))
    monkeypatch.setattr(Bar, "made", [])
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    return now


def work(clock, seconds, parts, total):
    with Progress("working", total) as bar:
        for _ in range(parts):
            clock.seconds += seconds / parts
            bar.tick()


def test_what_is_done_within_a_second_shows_nothing(clock):
    work(clock, 0.9, 100, 100)
    assert not Bar.made


def test_what_will_take_longer_is_shown_before_the_second_is_over(clock):
    with Progress("working", 100) as bar:
        for _ in range(30):
            clock.seconds += 0.02
            bar.tick()
        assert [b.options["desc"] for b in Bar.made] == ["working"]
        assert Bar.made[0].shown == 30 and Bar.made[0].options["total"] == 100
    assert Bar.made[0].closed and Bar.made[0].options["leave"] is False


def test_without_a_total_it_is_shown_after_a_second(clock):
    work(clock, 0.9, 100, None)
    assert not Bar.made
    work(clock, 1.5, 100, None)
    assert len(Bar.made) == 1 and Bar.made[0].shown == 100


def test_a_bar_goes_when_the_work_fails(clock):
    def failing():
        for i in range(10):
            clock.seconds += 1
            if i == 5:
                raise KeyError(i)
            yield i

    with pytest.raises(KeyError):
        list(each(failing(), "failing"))
    assert Bar.made[0].closed


def test_outside_a_notebook_a_bar_is_for_terminals_only(clock):
    work(clock, 5, 5, 5)
    assert Bar.made[0].options["disable"] is None  # tqdm then asks whether standard error is a terminal


def test_a_notebook_has_the_bar_as_a_widget(clock, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object())))
    work(clock, 5, 5, 5)
    assert Bar.made[0].options["disable"] is False


def test_a_notebook_is_saved_without_the_bar(monkeypatch):
    """What is shown is an output of the cell: it has to be emptied, or it would say for ever how far it was."""
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    source = """from autograd_lab.trace import progress
progress.LONG = progress.GLANCE = -1.0
with progress.Progress("working", 3) as bar:
    bar.tick()
print(type(bar._bar.container).__name__)
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute(env=dict(os.environ))
    widget, said = notebook.cells[0].outputs
    assert said.text == "TqdmHBox\n"
    assert widget.output_type == "display_data" and not widget.data


def test_bars_can_be_turned_off(clock, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    work(clock, 5, 5, 5)
    assert not Bar.made


def test_a_long_recording_shows_how_far_it_is_and_so_does_its_page(clock, monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "perf_counter", lambda: setattr(clock, "seconds", clock.seconds + 0.1) or clock.seconds)
    x = torch.ones(3, requires_grad=True)
    y = x
    for _ in range(40):
        y = y * 0.5
    recording = rehearse(y.sum())
    assert {bar.options["desc"] for bar in Bar.made} == {"drawing the graph", "looking at the values", "recording the pass"}
    assert all(bar.closed and bar.shown == bar.options["total"] for bar in Bar.made)
    Bar.made.clear()
    torch.export(tmp_path / "page.html", recording)
    assert {bar.options["desc"] for bar in Bar.made} == {"writing Jacobians", "writing the steps"}
    assert all(bar.closed and bar.shown == bar.options["total"] for bar in Bar.made)


def test_tqdm_itself_takes_what_is_asked_of_it(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)  # the lessons, tested in the same run, set it
    with Progress("really", 3) as bar:
        bar.tick()
        bar._look(bar._begun + 10)
        bar.tick()
    assert bar.done == 2 and bar._bar is not None
    assert capsys.readouterr().out == ""
