"""What the widgets share: the page's module, and Graphviz for a page that has to place the boxes itself."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from ..html import STATIC, UNBUILT

_SAY_SO = f"""export default {{ render({{ el }}) {{
  const note = document.createElement("p");
  note.setAttribute("role", "alert");
  note.textContent = "{UNBUILT}";
  el.replaceChildren(note);
}} }};"""


def module_text() -> str:
    """The widget's module; one that only says what to do if the front end was not built."""
    return _built("widget.js") or _SAY_SO


def _built(name: str) -> str:
    try:
        return (STATIC / name).read_text(encoding="utf-8")
    except OSError:
        return ""


class Page(anywidget.AnyWidget):
    """A widget drawn by ``labextension/src/hosts/widget.ts``.

    ``recording`` is a wire Recording, sent once. What happens later goes as messages while the dict is changed in place, so
    that its state is current for a reload, a second view or a saved notebook without being sent again.
    """

    _esm = module_text()
    _css = _built("widget.css")
    recording = traitlets.Dict().tag(sync=True)

    def __init__(self, recording: dict[str, Any], **traits: Any):
        super().__init__(recording=recording, **traits)
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if isinstance(message, dict) and message.get("type") == "graphviz":
            self._send_graphviz()

    def _send_graphviz(self) -> None:
        """1.4 MB, so only when a page asks: it does once, and only for a graph without positions."""
        try:
            buffers = [(STATIC / "graphviz.js").read_bytes()]
        except OSError:
            buffers = []
        self.send({"type": "graphviz"}, buffers=buffers)
