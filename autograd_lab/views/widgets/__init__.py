"""The live side: widgets that a page draws and a kernel continues. Needs ipywidgets and anywidget; nothing else imports this.

``base.py`` finds the built front end and sends what is asked for; ``graph.py`` shows a picture, ``stepper.py`` a pass,
``monitor.py`` a training run; ``pack.py`` makes a step small enough to be one message of under a kilobyte.
"""

from __future__ import annotations

from .graph import GraphWidget
from .monitor import MonitorWidget
from .stepper import StepperWidget

__all__ = ["GraphWidget", "MonitorWidget", "StepperWidget"]
