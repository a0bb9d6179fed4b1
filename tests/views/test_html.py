"""The exported page: one file, run under a policy that lets nothing else in, in which no label is more than text."""

import base64
import hashlib
import json
from html.parser import HTMLParser

import nbformat
import pytest

import autograd_lab as torch
from autograd_lab.trace import Recording, rehearse
from autograd_lab.views import html
from autograd_lab.views.text import log_text

HOSTILE = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&amp;\u2028"


class Read(HTMLParser):
    """What a browser would make of the page: elements in order, with their attributes and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.comments = [], None, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open = {"tag": tag, "text": "", **dict(attributes)}
        self.elements.append(self.open)

    def handle_data(self, data):
        if self.open is not None:
            self.open["text"] += data

    def handle_endtag(self, tag):
        self.open = None

    def handle_comment(self, data):
        self.comments.append(data)

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]


def recording(name="x"):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    return rehearse((x * x).sum(), names={name: x}, title=name)


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_page_is_the_recording_and_what_shows_it():
    made = recording()
    read = Read(html.page(made))
    data, script = read.all("script")
    assert (data["type"], data["id"]) == ("application/json", "recording")
    shown = json.loads(data["text"])
    assert shown["frames"] == [{k: v for k, v in frame.items() if k != "seconds"} for frame in made.frames]
    assert shown["nodes"] == made.to_wire()["nodes"] and len(shown["layouts"]) == 1
    assert script["text"] == (html.STATIC / "player.js").read_text(encoding="utf-8").strip()
    assert [title["text"] for title in read.all("title")] == ["x"]


def test_the_policy_lets_this_script_and_this_style_in_and_nothing_else():
    read = Read(html.page(recording()))
    policy = next(m["content"] for m in read.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["script-src"] == digest(read.all("script")[1]["text"])
    assert rules["style-src"] == digest(read.all("style")[0]["text"])
    assert set(rules) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    places = [e.get(name) for e in read.elements for name in ("src", "href", "action", "data") if e.get(name)]
    assert places == ["data:,"]
    handlers = [name for e in read.elements for name in e if name.startswith("on") or name == "style"]
    assert not handlers, "the policy would refuse these"


def test_what_a_label_says_is_never_markup():
    made = recording(HOSTILE)
    text = html.page(made)
    read, plain = Read(text), Read(html.page(recording()))
    assert [e["tag"] for e in read.elements] == [e["tag"] for e in plain.elements] and not read.comments
    shown = json.loads(read.all("script")[0]["text"])
    assert shown["title"] == HOSTILE and HOSTILE in [node["name"] for node in shown["nodes"]]
    assert read.all("title")[0]["text"] == HOSTILE.replace("\u2028", " ")
    assert "\u2028" not in text


def test_the_built_player_cannot_end_its_own_element():
    for name, ends in (("player.js", ("</script", "<!--")), ("player.css", ("</style",))):
        built = (html.STATIC / name).read_text(encoding="utf-8").lower()
        assert not [end for end in ends if end in built]
        assert (
            "http://" not in built.replace("http://www.w3.org/2000/svg", "")
            and "https://" not in built
            and "@import" not in built
        )


def test_without_javascript_the_page_is_the_text_form():
    made = recording()
    read = Read(html.page(made))
    assert read.all("pre")[0]["text"].endswith(log_text(made))
    assert "arrow" in read.all("footer")[0]["text"]
    still = Read(html.page(Recording(made.picture)))
    assert "arrow" not in still.all("footer")[0]["text"] and "step  node" not in still.all("pre")[0]["text"]


def test_two_pages_are_the_same_bytes():
    assert html.page(recording()) == html.page(recording())


def test_a_title_and_half_a_character(tmp_path):
    path = tmp_path / "page.html"
    html.write(path, recording("a\ud800b"), title=None)
    assert Read(path.read_text(encoding="utf-8")).all("script")
    html.write(path, recording(), title="My <lesson>")
    assert Read(path.read_text(encoding="utf-8")).all("title")[0]["text"] == "My <lesson>"


def test_what_cannot_be_written_says_why(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"end 'page\.pdf' with \.html"):
        html.write(tmp_path / "page.pdf", recording())
    monkeypatch.setattr(html, "NODES", 2)
    with pytest.raises(ValueError, match="3 nodes are more than a page can hold"):
        html.page(recording())
    monkeypatch.setattr(html, "NODES", 200)
    monkeypatch.setattr(html, "STATIC", tmp_path)
    with pytest.raises(RuntimeError, match="The front end was not built: pip install"):
        html.page(recording())
    assert not list(tmp_path.iterdir())


def test_an_iframe_is_the_page_in_a_sandbox_and_nbconvert_keeps_it():
    made = recording(HOSTILE)
    frame = html.Iframe(made, height=300)
    assert repr(frame).endswith(", 3 steps)")
    from nbconvert import HTMLExporter

    output = nbformat.v4.new_output("display_data", {"text/html": frame._repr_html_(), "text/plain": repr(frame)})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    body, _ = HTMLExporter().from_notebook_node(notebook)
    (found,) = Read(body).all("iframe")
    assert found["srcdoc"] == frame.html == html.page(made)
    assert (found["sandbox"], found["height"]) == ("allow-scripts allow-downloads", "300")
    assert body.count(html.UNTRUSTED) == 1
