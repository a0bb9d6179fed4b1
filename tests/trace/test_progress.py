"""Progress bars: nothing for what is quick, a bar for what is not, and nothing left of it."""

import io
import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import ClassVar

import nbclient
import nbformat.v4
import pytest

import autograd_lab as torch
from autograd_lab.trace import progress
from autograd_lab.trace.progress import Progress, each


class Bar:
    """What is asked of tqdm."""

    made: ClassVar[list] = []
    disable = False

    def __init__(self, **options):
        self.options, self.shown, self.closed = options, options["initial"], False
        self.total, self.stages, self.whole = options["total"], [options["desc"]], True
        self.made.append(self)
        self.drawn, self.late = threading.Event(), False

    def refresh(self):
        self.late = self.late or self.closed
        self.drawn.set()

    def update(self, parts):
        self.shown += parts

    def set_description(self, desc, refresh=True):
        self.stages.append(desc)

    def reset(self, total=None):
        self.whole = self.whole and self.shown == self.total
        self.shown, self.total = 0, total

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


def test_the_time_of_a_bar_goes_on_where_nothing_is_counted(clock, monkeypatch):
    monkeypatch.setattr(progress, "PULSE", 0.001)
    with Progress("importing", 1) as bar:
        bar.show()
        assert Bar.made[0].drawn.wait(60)  # by a thread of its own: this one waits
        bar.tick()
    assert not bar._clock._thread.is_alive()
    assert Bar.made[0].closed and not Bar.made[0].late


def test_a_bar_that_nobody_sees_has_no_clock(clock, monkeypatch):
    monkeypatch.setattr(Bar, "disable", True)
    with Progress("importing", 1) as bar:
        bar.show()
    assert Bar.made[0].closed and bar._clock is None


def test_bars_can_be_turned_off(clock, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    work(clock, 5, 5, 5)
    assert not Bar.made


def test_a_stage_that_begins_under_a_bar_has_that_bar(clock):
    with Progress("all of it"):
        for name, total in (("first", 10), ("second", 40), ("empty", 0)):
            for _ in each(range(total), name):
                clock.seconds += 0.2
    (bar,) = Bar.made
    assert bar.stages == ["first", "second"] and bar.shown == bar.total == 40 and bar.whole and bar.closed


def test_a_stage_known_to_be_long_has_no_second_bar(clock):
    with Progress("all of it", 3) as whole:
        whole.show()
        with Progress("importing", 1) as stage:
            stage.show()
    (bar,) = Bar.made
    assert bar.stages == ["all of it", "importing"] and bar.closed


def test_stages_that_are_short_are_long_together(clock):
    with Progress("all of it"):
        for i in range(4):
            assert len(Bar.made) == (i == 3)
            for _ in each(range(10), "stage"):
                clock.seconds += 0.04
    assert Bar.made[0].closed


def test_what_comes_after_a_failure_has_a_bar_again(clock):
    with pytest.raises(KeyError), Progress("all of it"):
        raise KeyError
    work(clock, 5, 5, 5)
    assert len(Bar.made) == 1 and Bar.made[0].closed


def test_a_long_export_has_one_bar_from_its_first_second_to_its_end(clock, monkeypatch, tmp_path):
    """A clock that only ticks move: between two of them it stands, so a part without a tick would be a part without time."""
    x = torch.ones(3, requires_grad=True)
    y = x
    for _ in range(40):
        y = y * 0.5 + 1.0
    y = y.sum()
    monkeypatch.setattr(progress, "perf_counter", lambda: setattr(clock, "seconds", clock.seconds + 0.1) or clock.seconds)
    torch.export(tmp_path / "page.html", y)
    (bar,) = Bar.made
    assert bar.stages == [
        "drawing the graph", "finding names", "finding values", "finding saved tensors", "folding what repeats",
        "looking at the values", "recording the pass", "writing the graph", "writing Jacobians", "writing the steps",
        "writing the page",
    ]  # fmt: skip
    assert bar.closed and bar.whole and bar.shown == bar.total


def test_a_long_check_has_one_bar(clock, monkeypatch):
    monkeypatch.setattr(progress, "perf_counter", lambda: setattr(clock, "seconds", clock.seconds + 0.1) or clock.seconds)

    def chain(x):
        for _ in range(20):
            x = x * 0.5
        return x.sum()

    report = torch.check(chain, torch.ones(3, dtype=torch.float64), devices=("cpu",))
    assert report.ok and {row.verdict for row in report.rows} == {"agrees"}
    (bar,) = Bar.made
    first = [stage for stage in dict.fromkeys(bar.stages) if stage != "importing JAX"]  # which is done once in a run
    assert first[:3] == ["checking each node", "compiling and running it with JAX", "running it again"]
    assert bar.closed


def test_importing_jax_shows_a_bar_at_once_and_only_the_first_time():
    """In a process of its own: this one may have it already."""
    source = """from autograd_lab.trace.progress import Progress
from autograd_lab.crosscheck.devices import jax_is_missing
import sys
shown = []
Progress.tick = lambda self: None
Progress.show = lambda self: shown.append((self.what, "jax" in sys.modules))
print(jax_is_missing() == jax_is_missing() == "", shown)
"""
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert ran.stdout == "True [('importing JAX', False)]\n"


def test_tqdm_itself_begins_anew_at_a_stage(monkeypatch):
    """Its rate was that of the stage before, with a minus."""
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(sys, "stderr", terminal := io.StringIO())
    terminal.isatty = lambda: True
    with Progress("all of it", 3) as whole:
        whole.tick(2)
        whole.show()
        with Progress("stage", 5, "node"):
            said = whole._bar.format_dict
    assert [said[key] for key in ("n", "total", "initial", "unit", "prefix")] == [0, 5, 0, "node", "stage: "]
    assert "2/3" in terminal.getvalue() and "0/5" in terminal.getvalue()


def test_tqdm_itself_takes_what_is_asked_of_it(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)  # the lessons, tested in the same run, set it
    with Progress("really", 3) as bar:
        bar.tick()
        bar._look(bar._begun + 10)
        bar.tick()
    assert bar.done == 2 and bar._bar is not None
    assert capsys.readouterr().out == ""
