"""Recording: a Picture, and a Frame for every step of a backward pass over it.

The engine walks; this writes down. ``advance()`` takes one real step of the BackwardPass it was given, so the order, the
sums, what hooks changed and what was freed are the engine's own. Frames hold what changed, by id, and no array: a step
costs the same in a large graph as in a small one.

>>> import autograd_lab as torch
>>> x = torch.tensor(3.0, requires_grad=True)
>>> recording = rehearse(x * x, names={"x": x})
>>> [(f["node"], f["g"]["corner"]) for f in recording.frames[1:]]
[('n0', [[1]]), ('t0', [[6]])]
>>> x.grad is None
True
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..core.backward import BackwardPass
from ..core.differentiate import start_gradients
from ..core.tensor import Tensor
from .failure import array_of, is_finite
from .frames import FrameWriter
from .kept import Kept, small_jacobians
from .picture import Picture
from .progress import Progress
from .wire import Failure, Frame, Num


class Recording:
    """A Picture and the Frames of a pass: those taken so far, or all of them once it is over.

    ``frames[0]`` is the moment before the first step. ``total`` is how many steps the whole pass takes, ``failure`` is what
    went wrong or None, ``error`` the exception that a step raised.
    """

    def __init__(self, picture: Picture, backward_pass: BackwardPass | None = None, *, frees: bool | None = None):
        self.picture, self.frames, self.failure, self.error = picture, [], None, None
        self.total = picture.steps
        self.question: Any = None
        self._jacobians: dict[str, list[list[Num]]] = {}  # of what was loaded
        self._pass: Any = backward_pass
        if backward_pass is not None:
            self._writer = FrameWriter(self, backward_pass, not backward_pass.keep if frees is None else frees)
            self.frames.append(self._writer.before())

    picture: Picture
    frames: list[Frame]
    failure: Failure | None
    error: BaseException | None
    total: int

    @classmethod
    def of(cls, x: Tensor, gradient=None, *, retain_graph=None, create_graph=False, names=None, title=None) -> Recording:
        """A recording of ``x.backward(...)`` that has taken no step yet; the arguments are those of ``backward``."""
        picture = Picture.of(x, names, title)
        gradients = start_gradients((x,), None if gradient is None else (gradient,))
        return cls(picture, BackwardPass((x,), gradients, retain_graph=retain_graph, create_graph=create_graph))

    @property
    def backward_pass(self) -> BackwardPass | None:
        """The pass that is written down; None for what was loaded from a file."""
        return self._pass

    @property
    def kept(self) -> Kept:
        """What can still be asked of the steps that were taken here; of what was loaded from a file, nothing."""
        return Kept(False) if self._pass is None else self._writer.kept

    @property
    def is_over(self) -> bool:
        """No step is left to take: the pass has ended, has failed, or was loaded from a file."""
        return self._pass is None or self.error is not None or self._pass.done

    def advance(self) -> bool:
        """Take one step of the pass and append its Frame; False when there is none left.

        A step that raises gives a Frame too, and sets ``failure`` and ``error``; nothing is raised here, and the pass stays
        as it was at that moment.
        """
        if self.is_over:
            return False
        self._pass.witness = self._writer
        try:
            step = self._pass.step()
        except Exception as error:
            self.error = error
            self.frames.append(self._writer.failed(error))
            return True
        finally:
            self._pass.witness = None
        if step is None:
            self.total = len(self.frames) - 1
            return False
        self.frames.append(self._writer.after(step))
        if self._pass.done:
            self.total = len(self.frames) - 1
        return True

    def _run(self) -> None:
        """Take every step that is left."""
        with Progress("recording the pass", self.total - len(self.frames) + 1) as progress:
            while self.advance():
                progress.tick()

    def foreseen(self) -> Recording:
        """The whole pass: the frames so far, then what is left, rehearsed from where the pass stands.

        Nothing happens to the pass, to a ``.grad`` or to what was saved; hooks run as in ``rehearse``. Itself when it is over.

        >>> import autograd_lab as torch
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> recording = Recording.of(x * x, names={"x": x})
        >>> recording.advance(), recording.foreseen(), recording
        (True, Recording(2 of 2 steps), Recording(1 of 2 steps))
        """
        if self.is_over:
            return self
        whole = Recording(self.picture)
        whole.frames, whole.failure, whole.question = list(self.frames), self.failure, self.question
        whole.total, whole._pass = self.total, Rehearsal.of_the_rest(self._pass)
        whole._writer = self._writer.carried_on(whole, whole._pass)
        whole._run()
        return whole

    def runs_user_code(self) -> bool:
        """Whether the pass, rehearsed or not, runs a hook or a Function of the user's."""
        called = ("tensor", "pre", "post", "post_accumulate")
        hooks = (point.hooks for point in (self._pass.order if self._pass is not None else ()))
        return any(node.kind == "function" for node in self.picture.nodes) or any(
            hook is not None and any(getattr(hook, name, None) for name in called) for hook in hooks
        )

    def jacobians(self) -> dict[str, list[list[Num]]]:
        """The local Jacobians of the edges whose step was taken, those that are small: for a page that has no kernel to ask."""
        if self._pass is None:
            return self._jacobians
        return small_jacobians(self.kept, self.picture, self.frames)

    def to_wire(self) -> dict[str, Any]:
        """The wire object ``Recording`` of wire.py: JSON types only, the same bytes at every run."""
        out = self.picture.to_wire() | {"frames": self.frames, "total": self.total, "failure": self.failure}
        if jacobians := self.jacobians():
            out["jacobians"] = jacobians
        return out | ({"question": self.question} if self.question is not None else {})

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Recording:
        """A Recording from what ``to_wire`` gave; it can be looked at, not advanced."""
        recording = cls(Picture.from_wire(data))
        recording.frames, recording.failure = list(data["frames"]), data["failure"]
        recording.total = data.get("total", max(0, len(recording.frames) - 1))
        recording.question, recording._jacobians = data.get("question"), data.get("jacobians", {})
        return recording

    def save(self, path: str | os.PathLike) -> None:
        """Write it as JSON: everything a page needs to show it, without a kernel."""
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.to_wire(), file, allow_nan=False, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def load(cls, path: str | os.PathLike) -> Recording:
        """Read what ``save`` wrote. ValueError if the file is no recording, or one of another wire version."""
        with open(path, encoding="utf-8") as file:
            try:
                data = json.load(file)
            except ValueError:
                data = None
        if not isinstance(data, dict):
            raise ValueError(
                f"{os.fspath(path)!r} is no recording: Recording.save(path) writes one, and step(x).save('pass.json')"
            )
        return cls.from_wire(data)

    def __repr__(self) -> str:
        return f"Recording({len(self.frames) - 1} of {self.total} steps)"


class Rehearsal(BackwardPass):
    """A pass that leaves nothing behind: no ``.grad`` is filled and nothing that was saved is freed.

    Tensor hooks and prehooks run, because what they return is part of the gradients; hooks that wait for a ``.grad`` do not.
    ``results`` holds what each leaf's ``.grad`` would be.
    """

    __slots__ = ("results",)

    def __init__(self, roots, gradients, *, create_graph=False):
        super().__init__(roots, gradients, retain_graph=True, create_graph=create_graph)
        self.results = {}

    @classmethod
    def of_the_rest(cls, begun: BackwardPass) -> Rehearsal:
        """What ``begun`` has still to do; it does not notice."""
        rest = cls.__new__(cls)
        for name in BackwardPass.__slots__:
            if name != "__weakref__":
                setattr(rest, name, getattr(begun, name))
        # a node of several outputs gathers in a list, which is written to
        rest.grads = {point: list(g) if isinstance(g, list) else g for point, g in begun.grads.items()}
        rest.keep, rest.witness, rest.results = True, None, {}
        return rest

    def _sink(self, sink, g):
        t = self._as_tensor(g)
        if sink.hooks is not None:
            (t,) = self._run_pre(sink.hooks, [self._run_tensor_hooks(sink.hooks, t)])
        self._accumulate(sink, t)
        return t

    def _accumulate(self, sink, g):
        if sink.wanted and g is not None:
            g = array_of(g)
            self.results[sink] = g if sink.grad is None else sink.grad._array + g

    def _retain(self, hooks, t):
        pass


def rehearse(
    x: Tensor, gradient=None, *, retain_graph=None, create_graph=False, names=None, title=None, picture: Picture | None = None
) -> Recording:
    """The whole recording of ``x.backward(gradient, ...)``, which does not take place.

    No ``.grad`` is touched, no retained gradient either, and nothing that was saved is freed. The frames are those of the
    real pass, its freeing included. Raises what ``backward`` raises before it begins (no grad, not a scalar, wrong shape); a
    failure on the way is in ``failure``. A ``picture`` of the same graph is not drawn again.
    """
    with Progress("recording the pass"):
        picture = Picture.of(x, names, title) if picture is None else picture
        gradients = start_gradients((x,), None if gradient is None else (gradient,))
        keeps = create_graph if retain_graph is None else retain_graph
        recording = Recording(picture, Rehearsal((x,), gradients, create_graph=create_graph), frees=not keeps)
        recording._run()
        return recording


def goes_well(x: Tensor, gradient=None, *, create_graph=False) -> bool:
    """Whether ``x.backward(gradient)`` would raise nothing and send no NaN and no infinity on: ``rehearse`` then finds no failure.

    Nothing is written down, so it costs little more than the pass. Raises what ``backward`` raises before it begins.
    """
    gradients = start_gradients((x,), None if gradient is None else (gradient,))
    rehearsal = Rehearsal((x,), gradients, create_graph=create_graph)
    try:
        while (step := rehearsal.step()) is not None:
            if not all(g is None or is_finite(g) for g in step.grads_out):
                return False
    except Exception:
        return False
    return True
