"""Stepper: a backward pass taken one step at a time, forwards and back, by hand or in the page.

The pass is the engine's own. A step forward beyond the last one takes it for real: gradients accumulate and saved values
are freed as in ``backward()``; a step back only looks. Before the first step nothing has happened: what a Stepper says at
rest (where the pass will stop, the log) comes from a rehearsal, which leaves nothing behind.

Time is one axis. The steps of the pass count from 1; the forward pass lies before 0, at negative times: at -1 all but its
last operation have run. It is replayed from the picture, so nothing is computed again.

It works without ipywidgets: then it shows as text, and in JupyterLab as a recording.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..core.tensor import Tensor
from ..trace.picture import Picture
from ..trace.progress import in_notebook
from ..trace.recording import Recording, goes_well, rehearse
from ..trace.wire import MIME, Failure, Frame, compact, output
from .asked import answered
from .graph import Graph
from .html import HEIGHT, Iframe, write
from .layout import placed
from .live import changed_outside, watch
from .moment import Moment
from .style import CAP, SHOWN
from .text import failure_text, log_text, plural
from .turns import Turns
from .walk import Walk, whole

if TYPE_CHECKING:
    from .widgets import StepperWidget

FORESEEN = 2_000  # steps up to which a pass is rehearsed only to say where it will stop
PLAYED = 500  # steps up to which a saved notebook holds the whole pass


class Question(Protocol):
    """What ``step`` needs of a question; ``autograd_lab.lessons.predict`` makes one."""

    ask: str
    hides: str | None
    open: bool

    def answer(self, answer: Any, /) -> Any: ...
    def reveal(self) -> str: ...
    def watch(self, callback: Callable[[Any], None], /) -> None: ...


class Stepper(Walk):
    """A backward pass from ``x``, at ``position``: 0 is before the first step. ``len()`` is the steps of the whole pass.

    Below 0 is the forward pass, to be looked at: see ``replay``. ``breakpoints`` is where ``run`` stops.

    >>> import autograd_lab as torch
    >>> a = torch.tensor(2.0, requires_grad=True)
    >>> stepper = step(a * a)
    >>> stepper
    Stepper(2 steps, at 0)
    >>> stepper.next(), stepper.next(), stepper.next()
    (True, True, False)
    >>> a.grad
    tensor(4.)
    """

    def __init__(self, x: Tensor, gradient=None, *, retain_graph=None, create_graph=False, question: Question | None = None):
        if not isinstance(x, Tensor):
            raise TypeError(f"step() walks backward from a Tensor, and this is of type {type(x).__name__}: pass the loss")
        options = {"retain_graph": retain_graph, "create_graph": create_graph}
        super().__init__(Recording.of(x, gradient, **options), lambda: cross_checked(x))
        self.question = question
        self._rehearse = lambda: rehearse(x, gradient, picture=self.recording.picture, **options)
        self._goes_well = lambda: goes_well(x, gradient, create_graph=create_graph)
        self._rehearsed: Recording | None = None
        self._shown: dict[str, Any] | None = None
        self._widget: StepperWidget | None = None
        self._turns = Turns()
        self._hidden = _node_called(self.recording.picture, question.hides) if question is not None and question.hides else None

    # ------------------------------------------------------------------ saying
    def log(self) -> None:
        """Print every step of the whole pass as text. Nothing is walked for real: no ``.grad`` is filled, nothing is freed."""
        print(log_text(self._whole()))

    def export(self, path: str | os.PathLike, title: str | None = None) -> None:
        """Write one HTML file that plays the whole pass, without a kernel or a network.

        Recorded are the steps that were taken, then a rehearsal of those that are left: nothing is walked for real, but tensor
        hooks and ``Function.backward`` run. A question is left out, and what it hides is in the file. ValueError unless
        ``path`` ends with .html; RuntimeError if the front end was not built.
        """
        write(Path(path), self.recording.foreseen(), title)

    def save(self, path: str | os.PathLike, step: int | None = None) -> None:
        """Write a step to a file, as the page shows it; the ending says how: .svg, the picture alone, or .html or .json, the pass.

        ``step`` is 0 to ``len(self)``, by default where the stepper is. One that was not taken yet is rehearsed, as in ``export``.
        IndexError for a step the pass does not have, ValueError for another ending or a graph of too many cards to be drawn.
        """
        path, k = Path(path), max(0, self.position) if step is None else whole(step, "save")
        kind = path.suffix.lower()
        if kind in (".html", ".htm"):
            write(path, self.recording.foreseen(), None)
        elif kind == ".json":
            self.recording.foreseen().save(path)
        elif kind == ".svg":
            recording = self.recording if 0 <= k <= self._last else self.recording.foreseen()
            drawing = Graph(recording.picture).to_svg(Moment(recording, k))
            path.write_text(drawing, encoding="utf-8", errors="replace")
        else:
            pixels = " (a browser makes the .png: the PNG button on the picture)" if kind == ".png" else ""
            raise ValueError(f"cannot tell how to save {path.name!r}: end it with .svg, .html or .json{pixels}.")

    def iframe(self, height: int = HEIGHT, title: str | None = None) -> Iframe:
        """The same page as an output that nbconvert keeps, of so many pixels."""
        return Iframe(self.recording.foreseen(), title, height)

    def _whole(self) -> Recording:
        """The whole pass: rehearsed, or what was recorded once a real step has been taken."""
        if self._last:
            return self._rehearsed if self._rehearsed is not None and not self.recording.is_over else self.recording
        self._rehearsed = self._rehearse()
        return self._rehearsed

    def _foreseen(self) -> Recording | None:
        """The whole pass if that can be known without running code of the user's, such as a hook that prints."""
        if self._last or len(self) > FORESEEN or self.recording.runs_user_code():
            return self._rehearsed
        if len(self) > PLAYED and self._goes_well():
            return None  # its frames would not be kept: they would only say that there is nothing to say
        return self._whole()

    def _failure(self, foreseen: Recording | None) -> Recording | None:
        """The recording that says how the pass fails, None if it does not or is not known to."""
        if self.recording.failure is not None:
            return self.recording
        return foreseen if foreseen is not None and foreseen.failure is not None else None

    @property
    def _is_asking(self) -> bool:
        return self._hidden is not None and self.question is not None and self.question.open

    def __repr__(self) -> str:
        return self._said(None if self._is_asking or self.recording.failure is not None else self._foreseen())

    def _said(self, foreseen: Recording | None) -> str:
        words = [plural(len(self), "step"), f"at {self.position}"]
        if self._is_asking:
            assert self.question is not None
            words.append(f"{self.question.hides} hidden until answered")
        elif (failing := self._failure(foreseen)) is not None:
            words.append(_fate(failing, has_happened=failing is self.recording))
        return f"Stepper({', '.join(words)})"

    # ------------------------------------------------------------------ showing
    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        foreseen = self._foreseen()  # once: a rehearsal costs as much as the pass
        bundle: dict[str, Any] = {"text/plain": self._said(foreseen)}
        if len(self.recording.picture.nodes) > SHOWN:
            return bundle
        if len(self.recording.picture.nodes) <= CAP:  # where no page draws it: GitHub, nbconvert, a printed notebook
            bundle["image/svg+xml"] = self._still()
        bundle[MIME] = output(self._saved_view(foreseen))
        if in_notebook():
            bundle |= {mime: data for mime, data in self._view().items() if mime != "text/plain"}
        return bundle

    def _still(self) -> str:
        """The picture as it stands now; with a question open at rest, which gives nothing away."""
        now = None if self._is_asking else Moment(self.recording, max(0, self.position))
        return Graph(self._placed).to_svg(now)

    @cached_property
    def _placed(self) -> Picture:
        return placed(self.recording.picture)

    def _saved_view(self, foreseen: Recording | None) -> dict[str, Any]:
        """What a notebook keeps: the picture, and the frames that can be played without the kernel.

        With a question open only the picture: neither the answer nor what gives it away goes into the file.
        """
        wire = dict(self._wire())
        wire.pop("jacobians", None)
        if self._is_asking:
            wire["frames"], wire["failure"] = self.recording.frames[:1], None
        elif foreseen is not None and len(foreseen.frames) <= PLAYED:
            wire["frames"], wire["failure"] = foreseen.frames, foreseen.failure
            wire |= {"jacobians": jacobians} if (jacobians := foreseen.jacobians()) else {}
        elif len(self.recording.frames) > PLAYED:
            wire["frames"], wire["failure"] = self.recording.frames[:PLAYED], None
        wire["frames"] = [{key: value for key, value in frame.items() if key != "seconds"} for frame in wire["frames"]]
        return wire

    def _wire(self) -> dict[str, Any]:
        """The recording as the page has it, kept current in place: a reload or a second view begins where the first one is."""
        if self._shown is None:
            self._shown = compact(self._placed.to_wire())
            if (asked := self._asked()) is not None:
                self._shown["asked"] = asked
        self._shown["stops"], self._shown["wrong"] = self._stops.to_wire(), sorted(self._stops.wrong)
        self._shown["frames"] = self.recording.frames
        self._shown["failure"], self._shown["total"] = self.recording.failure, self.recording.total
        self._shown["at"] = self.position
        return self._shown

    def _view(self) -> dict[str, Any]:
        if self._widget is None:
            try:
                from .widgets import StepperWidget
            except ImportError:
                return {}
            self._widget = StepperWidget(self)
            watch(self)
            if self.question is not None and self._hidden is not None:
                self.question.watch(lambda _: self._tell_asked())
        bundle = self._widget._repr_mimebundle_() or {}
        return bundle[0] if isinstance(bundle, tuple) else bundle  # or the data with its metadata, as IPython has it

    # ------------------------------------------------------------------ talking to the page
    def _tell_position(self) -> None:
        if self._widget is not None:
            self._wire()
            self._widget.say_position(self.position, self._turns.to_wire())

    def _tell(self, first: int, at: int) -> int:
        """Send the frames from ``first`` on; what is left to send begins at the result."""
        frames: list[Frame] = self.recording.frames[first:]
        if self._widget is not None:
            self._wire()
            failure: Failure | None = self.recording.failure
            self._widget.say_frames(frames, at, failure, self.recording.total, self._turns.to_wire())
        return first + len(frames)

    def _tell_stops(self) -> None:
        if self._widget is not None:
            self._wire()
            self._widget.say_stops(self._stops.to_wire(), sorted(self._stops.wrong))

    def look(self) -> None:
        """Tell the page of leaves that other code has changed since; called after each cell."""
        if self._widget is None:
            return
        with self._moving:  # a step that is half taken has changed a leaf, too
            live = changed_outside(self.recording)
            if live != self._wire().get("live", {"grads": {}, "versions": {}}):
                self._wire()["live"] = live
                self._widget.say_live(live)

    def _asked(self) -> dict[str, Any] | None:
        question = self.question
        if question is None or self._hidden is None:
            return None
        last = getattr(question, "last", None)
        says = "" if last is None else last.says
        return {"node": self._hidden, "ask": question.ask, "hides": question.hides, "says": says,
                "ok": bool(last is not None and last.ok), "open": question.open}  # fmt: skip

    def _tell_asked(self) -> None:
        asked = self._asked()
        if asked is not None and self._widget is not None:
            self._wire()["asked"] = asked
            self._widget.say_asked(asked)

    def hear(self, message: dict[str, Any]) -> None:
        """What the page asks for: a step, a place, an answer. Never raises for what the message says."""
        with self._moving:
            self._hear(message, self._turns.is_late(message.get("turn")))

    def _hear(self, message: dict[str, Any], late: bool) -> None:
        kind = message.get("type")
        if kind == "step":
            self._hear_step(message.get("until"), late)
        elif kind == "at" and isinstance(k := message.get("at"), int):
            if not late:
                self.position = max(-self.operations, min(k, self._last))
                self._wire()
        elif kind == "run":
            self._hear_run()
        elif kind == "since":
            self._hear_since(message.get("known"), message.get("at"), late)
        elif kind == "stops":
            self._hear_stops(message)
        elif kind == "answer" and self.question is not None:
            self.question.answer(str(message.get("text", ""))[:1000])
            self._tell_asked()
        elif kind == "show" and self.question is not None:
            self.question.reveal()
            self._tell_asked()
        elif kind in ("array", "products") and self._widget is not None:
            self._widget.say_answer(kind, answered(self.recording, message))

    def _hear_since(self, known: Any, at: Any, late: bool) -> None:
        """A page that has just come to know so many frames and stands at ``at``: what was told before it could listen."""
        if self._widget is None or not isinstance(known, int):
            return
        if 0 < known <= self._last:
            self._tell(known, self.position)
        elif at != self.position and not late:
            self._tell_position()

    def _hear_run(self) -> None:
        start = self.position
        self.run()
        if self.position == start and self._widget is not None:
            self._widget.say_stopped("The pass is over: there is no further step.")

    def _hear_stops(self, message: dict[str, Any]) -> None:
        nodes, when = message.get("nodes"), message.get("when")
        known = [node for node in nodes if isinstance(node, str)] if isinstance(nodes, list) else []
        try:
            self._stops.take(known, str(when or ""))
        except ValueError as error:  # no condition: the stops stay as they were
            if self._widget is not None:
                self._widget.say_stopped(str(error))
            return
        self._wire()
        if self._stops.wrong and self._widget is not None:
            self._tell_stops()  # what a mismatch is, for the steps the page has

    def _hear_step(self, until: Any, late: bool) -> None:
        """A step is taken whenever it is heard of, but who asked for one is never taken back by it."""
        k = min(until, len(self)) if isinstance(until, int) else self.position + 1
        first, place = self._last + 1, self.position
        if late:  # the page has gone elsewhere meanwhile, and stays there
            while self._last < k and self.recording.advance():
                pass
            if first <= self._last:
                self._tell(first, place)
        elif k <= self._last:
            self._move(max(k, place))
        elif not self._advance_to(k) and self._widget is not None:
            self._widget.say_stopped("The pass is over: there is no further step.")


def cross_checked(x: Tensor) -> frozenset[str]:
    """The nodes of x's graph whose rule is wrong. The cross-check stands below the views; ``stepped.py`` puts it in here."""
    raise RuntimeError("stopping at a mismatch needs the cross-check: take step from autograd_lab")


def step(x: Tensor, gradient=None, *, retain_graph=None, create_graph=False, question: Question | None = None) -> Stepper:
    """Walk backward from ``x`` one node at a time: what ``x.backward(...)`` does, with every step to be looked at.

    Nothing is written to ``.grad`` until the first step. ``gradient``, ``retain_graph`` and ``create_graph`` are those of
    ``backward``, and so is what raises: no graph, an ``x`` of several elements without ``gradient``. With ``question`` what it
    hides stays hidden until it has been answered or shown.

    >>> import autograd_lab as torch
    >>> a = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> step((a * a).sum()).log()  # doctest: +NORMALIZE_WHITESPACE
    step  node               arrives  leaves
    1     sum  SumBackward0  1        to mul: [1, 1]
    2     mul  MulBackward0  [1, 1]   to a: [1, 2]   a: [1, 2]
    3     a.grad             [1, 2] + [1, 2] = [2, 4]
    """
    return Stepper(x, gradient, retain_graph=retain_graph, create_graph=create_graph, question=question)


def _node_called(picture, hides: str) -> str:
    """The id of the node that ``hides``, "b" or "b.grad", names. ValueError if this graph has none."""
    name = hides.removesuffix(".grad")
    found = next((node.id for node in picture.nodes if node.name == name), None)
    if found is None:
        known = ", ".join(sorted({node.name for node in picture.nodes if node.name})) or "none"
        raise ValueError(f"the question hides {hides!r}, and this graph has no tensor called {name!r}: it has {known}")
    return found


def _fate(recording: Recording, has_happened: bool) -> str:
    """How a pass fails, in a few words."""
    failure = recording.failure
    assert failure is not None
    if failure["kind"] == "nan":
        return f"the first NaN or infinity at {failure['step']}"
    return f"{'stopped' if has_happened else 'stops'} at {failure['step']}: {failure_text(recording)}"
