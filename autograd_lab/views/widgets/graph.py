"""GraphWidget: a picture of a graph, at rest."""

from __future__ import annotations

from ...trace.picture import Picture
from ...trace.recording import Recording
from ...trace.wire import compact
from ..layout import placed
from .base import Page


class GraphWidget(Page):
    """The picture, to be panned, zoomed and asked about; it has no steps. A ``Stepper`` shows the pass over it."""

    def __init__(self, picture: Picture):
        super().__init__(compact(Recording(placed(picture)).to_wire()), picture)
