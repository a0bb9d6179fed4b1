"""StepperWidget: a pass in the page, continued by its Stepper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...trace.wire import Failure, Frame
from .base import Page
from .pack import pack

if TYPE_CHECKING:
    from ..stepper import Stepper


class StepperWidget(Page):
    """The page's side of a Stepper: what it is told becomes messages, what the page asks goes to ``Stepper.hear``."""

    def __init__(self, stepper: Stepper):
        self._stepper = stepper
        super().__init__(stepper._wire(), stepper.recording.picture)

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        super()._hear(_widget, message, _buffers)
        if not isinstance(message, dict):
            return
        try:
            self._stepper.hear(message)
        except Exception as error:
            self.say_stopped(f"{type(error).__name__}: {error}")

    def say_frames(self, frames: Sequence[Frame], at: int, failure: Failure | None, total: int, heard: dict[str, int]) -> None:
        """These steps have been taken; show step ``at``, unless the page has said where it is since what was ``heard``."""
        message: dict[str, Any] = {
            "type": "frames",
            "frames": [pack(frame, self._repeats(frame)) for frame in frames],
            "at": at,
            "total": total,
        } | _heard(heard)
        if failure is not None:
            message["failure"] = failure
        self.send(message)

    def _repeats(self, frame: Frame) -> bool:
        """Whether all that arrived came along one edge, so that the page has it."""
        node = self._stepper.recording.picture.by_id.get(frame["node"] or "")
        return node is not None and node.expects == 1 and "slots" not in frame

    def say_position(self, at: int, heard: dict[str, int]) -> None:
        """Show step ``at``, which is known to the page, unless the page has said where it is since."""
        self.send({"type": "at", "at": at} | _heard(heard))

    def say_asked(self, asked: dict[str, Any]) -> None:
        """The question has been judged, or is closed."""
        self.send({"type": "asked", "asked": asked})

    def say_stops(self, stops: dict[str, Any], wrong: Sequence[str]) -> None:
        """Where a run stops, and the nodes that ``mismatch`` means."""
        self.send({"type": "stops", "wrong": list(wrong)} | stops)

    def say_live(self, live: dict[str, Any]) -> None:
        """What other code has made of the leaves."""
        self.send({"type": "live"} | live)

    def say_answer(self, kind: str, answer: dict[str, Any]) -> None:
        """What was asked about a step: an array, products along paths."""
        self.send({"type": kind} | answer)

    def say_stopped(self, says: str) -> None:
        """No step will come, and why."""
        self.send({"type": "stopped", "says": says})


def _heard(turns: dict[str, int]) -> dict[str, dict[str, int]]:
    return {"heard": turns} if turns else {}
