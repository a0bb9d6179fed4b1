"""MonitorWidget: the curves of a training run, drawn while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from .base import Page

if TYPE_CHECKING:
    from ..monitor import Monitor


class MonitorWidget(Page):
    """The page's side of a Monitor: the curves go to it whole, twice a second; a learning rate comes back."""

    curves = traitlets.Dict().tag(sync=True)

    def __init__(self, monitor: Monitor):
        self._monitor = monitor
        super().__init__({}, curves=monitor.to_wire())

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if isinstance(message, dict):
            self._monitor.hear(message)

    def say(self, curves: dict[str, Any]) -> None:
        """These are the curves now."""
        self.curves = curves
