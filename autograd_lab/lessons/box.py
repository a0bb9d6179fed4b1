"""The box a question is answered in: a text field and two buttons, when a notebook is there to show them.

The kernel judges: neither the answer nor the mistakes travel to the page.
"""

from __future__ import annotations

import sys
from typing import Any


def answer_box(question) -> dict[str, Any]:
    """The MIME entries of the question's widget; empty where there is no notebook or no ipywidgets."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if getattr(shell, "kernel", None) is None:
        return {}
    try:
        import ipywidgets
    except ImportError:
        return {}
    entries = build(question, ipywidgets)._repr_mimebundle_()
    return {mime: data for mime, data in (entries or {}).items() if mime != "text/plain"}


def build(question, ipywidgets):
    """The widget: the question, a text field (Enter checks), "check", "show me", and a line that says what came of it."""
    ask = ipywidgets.HTML(f"<p><b>Predict:</b> {_escaped(question.ask)}</p>")
    field = ipywidgets.Text(
        placeholder="your answer", continuous_update=False, layout=ipywidgets.Layout(width="22em"),
        tooltip=f"Your answer to: {question.ask}",
    )  # fmt: skip
    check = ipywidgets.Button(description="Check", tooltip="Check the answer (Enter)")
    show = ipywidgets.Button(description="Show me", tooltip="Show the answer; it counts as shown, not as right")
    # role=status: a screen reader announces what changes here
    said = ipywidgets.HTML()

    def tell(text):
        said.value = f'<p role="status">{_escaped(text)}</p>'

    def judge(*_):
        if field.value.strip():
            tell(f"{field.value.strip()}: {question.answer(field.value.strip()).says}")
        else:
            tell("Type an answer first.")

    def reveal(*_):
        tell(f"The answer is {question.reveal()}.")

    _on_enter(field, judge)
    check.on_click(judge)
    show.on_click(reveal)
    tell("Open." if question.last is None else f"{question.given}: {question.last.says}")
    return ipywidgets.VBox([ask, ipywidgets.HBox([field, check, show]), said])


def _on_enter(field, judge):
    """Call ``judge`` when Enter was pressed and the text it was pressed on is here.

    Enter sends two messages, "submit" and the new text, in either order.
    """
    judged, waiting = field.value, False

    def settle():
        nonlocal judged, waiting
        judged, waiting = field.value, False
        judge()

    def pressed(_, content, buffers):
        nonlocal waiting
        if isinstance(content, dict) and content.get("event") == "submit":
            waiting = True
            if field.value != judged:
                settle()

    def arrived(_):
        if waiting:
            settle()

    field.on_msg(pressed)
    field.observe(arrived, "value")


def _escaped(text: str) -> str:
    from html import escape

    return escape(str(text))
