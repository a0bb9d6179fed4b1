"""A recording as one HTML page that needs nothing else: the picture, every step, and the player that shows them.

The page is the same renderer as in a notebook, in the same file as its data. Its policy (the first line of its head) lets the
browser run exactly this script and fetch nothing; what a label says is data in it and never markup. Without JavaScript the
page is the text form.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ..trace.progress import Progress
from ..trace.recording import Recording
from .layout import placed
from .text import clean, graph_text, log_text, plural

STATIC = Path(__file__).parent / "static"
UNBUILT = "The front end was not built: pip install . or make lab."
UNTRUSTED = "This page is shown where the notebook is trusted."
NODES = 200_000  # nodes up to which a page is readable at all; the page itself refuses more
HEIGHT = 760  # pixels of a frame: a graph of a few ranks with its panels
KEYS = "Right and left arrow step through the pass, Home and End go to its ends, space plays it. "
OFFLINE = "This page holds all that it shows and asks nothing of the network. Made with autograd_lab."


def page(recording: Recording, title: str | None = None) -> str:
    """The page that plays ``recording``; ``title`` instead of the picture's own.

    It can be opened at a step, as in ``lesson.html#3``. ValueError above 200,000 nodes, RuntimeError if the front end was not
    built.
    """
    picture = recording.picture
    if len(picture.nodes) > NODES:
        raise ValueError(f"{len(picture.nodes):,} nodes are more than a page can hold ({NODES:,}): export a smaller part.")
    title = picture.title if title is None else title
    wire = recording.to_wire() | {"layouts": list(placed(picture).layouts), "title": title}
    wire["frames"] = [{key: value for key, value in frame.items() if key != "seconds"} for frame in recording.frames]
    script, style = _built("player.js"), _built("player.css")
    text = graph_text(picture) + (f"\n\n{log_text(recording)}" if recording.frames else "")
    body = f"""<main id="player"></main>
<noscript><p>This page plays a recording and needs JavaScript for it. The same as text:</p><pre>{escape(text)}</pre></noscript>
<footer>{KEYS if recording.frames else ""}{OFFLINE}</footer>
<script type="application/json" id="recording">{_data(wire)}</script>
<script>{script}</script>"""
    own = f"script-src {_digest(script)}; style-src {_digest(style)}"
    return document(clean(title), own, style, body)


def document(title: str, own: str, style: str, body: str) -> str:
    """A page whose policy lets in its ``own`` parts and nothing else: no other script, no request, no form, no other base."""
    policy = f"default-src 'none'; {own}; img-src data:; base-uri 'none'; form-action 'none'"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


class Iframe:
    """A page inside an output: it shows itself wherever HTML is shown, and nbconvert keeps it, script and all.

    The frame is a sandbox: its script reaches neither the notebook around it nor the network; a picture is saved when the
    reader asks. ``html`` is the page. A notebook that is not trusted takes the frame away, and a sentence that lay behind it is seen.
    """

    def __init__(self, recording: Recording, title: str | None = None, height: int = HEIGHT):
        self.html, self.height, self.steps = page(recording, title), int(height), max(0, len(recording.frames) - 1)
        self.title = clean(recording.picture.title if title is None else title)

    def _repr_html_(self) -> str:
        name = escape(f"backward pass of {self.title}")
        return (
            f'<p style="height: 2em; margin: 0">{UNTRUSTED}</p>'
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts allow-downloads" title="{name}" width="100%" '
            f'height="{self.height}" style="border: 0; display: block; margin-top: -2em; position: relative"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Iframe({self.title}, {plural(self.steps, 'step')})"


def write(path: Path, recording: Recording, title: str | None = None) -> None:
    """Write the page. ValueError unless the path ends with .html."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"an exported page is HTML: end {path.name!r} with .html.")
    path.write_bytes(page(recording, title).encode("utf-8", "replace"))  # a name may hold half a character


def _built(name: str) -> str:
    try:
        return (STATIC / name).read_text(encoding="utf-8").strip()
    except OSError:
        raise RuntimeError(UNBUILT) from None


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(wire: Mapping[str, Any]) -> str:
    r"""JSON in which nothing can end the element that it stands in.

    >>> _data({"title": "</script><!--"})
    '{"title":"\\u003c/script\\u003e\\u003c!--"}'
    """
    with Progress(
        "writing the page", sum(len(value) for value in wire.values() if isinstance(value, list)), "part"
    ) as progress:
        text = ",".join(f"{_json(key)}:{_pieces(value, progress)}" for key, value in wire.items())
    text = f"{{{text}}}"
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _pieces(value: Any, progress: Progress) -> str:
    """The JSON of a part of a recording; that of a list, which is long, with a tick after each of its entries."""
    if not isinstance(value, list):
        return _json(value)
    entries = []
    for entry in value:
        entries.append(_json(entry))
        progress.tick()
    return f"[{','.join(entries)}]"


_json = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
