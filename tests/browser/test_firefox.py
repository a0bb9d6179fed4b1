"""An exported page in Firefox, driven by its own WebDriver BiDi: the browser that the other tests do not see."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

import autograd_lab as torch

ROOT = Path(__file__).parents[2]
QUIET = {  # no first-run page, no updates, no telemetry: nothing that asks anything of anyone
    "browser.shell.checkDefaultBrowser": False, "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False, "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.auto": False, "app.normandy.enabled": False, "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "services.settings.server": "data:,", "extensions.getAddons.cache.enabled": False,
    "ui.prefersReducedMotion": 1,
}  # fmt: skip
RIGHT, END, HOME = "\ue014", "\ue010", "\ue011"  # as WebDriver writes the keys


class Firefox:
    """One headless Firefox with one tab; ``errors`` is what its pages logged, ``asked`` whatever they requested."""

    def __init__(self, path: str, profile: Path):
        import websocket

        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in QUIET.items())
        (profile / "user.js").write_text("".join(lines))
        words = [path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0", "about:blank"]
        environment = {**os.environ, "HOME": str(profile)}
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        place = profile / "WebDriverBiDiServer.json"  # which Firefox writes once it can be driven
        while not (place.exists() and place.read_text().endswith("}")):
            assert self.process.poll() is None, "Firefox ended before it could be driven"
            time.sleep(0.1)
        at = json.loads(place.read_text())
        address = f"ws://{at['ws_host']}:{at['ws_port']}/session"
        self.socket = websocket.create_connection(address, suppress_origin=True, timeout=120)
        self.count, self.errors, self.asked = 0, [], []
        self.ask("session.new", capabilities={})
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def ask(self, method: str, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("method") == "log.entryAdded":
                self.errors.append(said["params"]["text"])
            elif said.get("method") == "network.beforeRequestSent":
                self.asked.append(said["params"]["request"]["url"])
            elif said.get("id") == self.count:
                assert said["type"] == "success", said
                return said["result"]

    def go(self, url: str):
        self.ask("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def get(self, expression: str):
        """What a JavaScript expression is, if that is a string."""
        return self.ask("script.evaluate", expression=expression, target={"context": self.tab}, awaitPromise=True)["result"][
            "value"
        ]

    def press(self, *keys: str):
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("input.performActions", context=self.tab, actions=[{"type": "key", "id": "keys", "actions": strokes}])
        frame = "requestAnimationFrame"
        self.get(f"new Promise(done => {frame}(() => {frame}(() => {frame}(() => done('')))))")  # words follow the picture

    def stop(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def firefox(tmp_path):
    found = subprocess.run(["sh", ROOT / ".ci/needs", "firefox"], capture_output=True, text=True)
    if found.returncode:
        sentence = found.stderr.strip().splitlines()[-1]
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    profile = tmp_path / "profile"
    profile.mkdir()
    firefox = Firefox(found.stdout.split("\n")[0], profile)
    yield firefox
    firefox.stop()
    assert not firefox.errors, "the page reported an error"
    assert all(url.startswith(("file:", "data:", "blob:")) for url in firefox.asked), (
        "the page asked something of another machine"
    )


def test_an_exported_page_plays_in_firefox(firefox, tmp_path):
    a = torch.tensor(2.0, requires_grad=True)
    b = a * 3
    torch.export(tmp_path / "lesson.html", b * b + a)
    firefox.go((tmp_path / "lesson.html").as_uri() + "#1")
    step = "document.querySelector('.agl').dataset.step"
    assert firefox.get(step) == "1"
    firefox.press(RIGHT, RIGHT)
    assert firefox.get(step) == "3"
    firefox.press(END)
    assert firefox.get(step) == "4"
    assert "37" in firefox.get("document.querySelector(\"[data-kind='leaf']\").textContent")
    assert ".grad: 37" in firefox.get("document.querySelector('.sr').textContent")
    cards = "[...document.querySelectorAll('[data-node-id]')].map(n => n.getBoundingClientRect().width)"
    assert firefox.get(f"String({cards}.length)") == "5"
    assert firefox.get(f"String({cards}.every(width => width > 20))") == "true"
    ink = "getComputedStyle(document.querySelector(\"[data-state='current'] > .box\")).fill"
    assert firefox.get(ink) in ("rgb(31, 35, 40)", "rgb(233, 237, 241)")  # the inverted card, light or dark
    firefox.get("(document.querySelector('[data-mode=paths]').click(), '')")
    assert "18" in firefox.get("document.querySelector('.paths').textContent")
    firefox.press(HOME)
    assert firefox.get(step) == "0"
