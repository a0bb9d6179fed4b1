"""What the widgets share: the page's module, and Graphviz for a page that has to place the boxes itself."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from ...trace.picture import Picture
from ..html import STATIC, UNBUILT
from ..layout import place

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

    ``recording`` is a wire Recording, compacted, sent once. What happens later goes as messages while the dict is changed in place, so
    that its state is current for a reload, a second view or a saved notebook without being sent again.
    """

    _esm = module_text()
    _css = _built("widget.css")
    recording = traitlets.Dict().tag(sync=True)

    def __init__(self, recording: dict[str, Any], picture: Picture | None = None, **traits: Any):
        self.picture = picture
        super().__init__(recording=recording, **traits)
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "graphviz":
            self._send_graphviz()
        elif kind == "open":
            self._send_layout(message.get("groups"))

    def _send_layout(self, groups: Any) -> None:
        """Where the boxes go with these groups open; nothing for what this picture has not."""
        if self.picture is None:  # curves have no boxes
            return
        known = {group["id"] for group in self.picture.groups}
        if isinstance(groups, list) and all(isinstance(g, str) and g in known for g in groups) and len(groups) <= len(known):
            self.send({"type": "layout", "layout": place(self.picture, open=groups)})

    def _send_graphviz(self) -> None:
        """1.4 MB, so only when a page asks: it does once, and only for a graph without positions."""
        try:
            buffers = [(STATIC / "graphviz.js").read_bytes()]
        except OSError:
            buffers = []
        self.send({"type": "graphviz"}, buffers=buffers)
