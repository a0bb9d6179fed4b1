"""A real JupyterLab driven by a real browser: one server a process, and one page of it for the tests that leave it as it was.

Lab is driven by its commands and their promises (``window.jupyterapp``), not by clicks and waits: those lost races. Whatever
happens in a test, it fails when the page asked anything of another machine, or when the page reported an error of its own.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAUNCH = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync".split()
LAUNCH += ["--disable-background-networking", "--disable-component-update"]
PLAYWRIGHT_S = (  # of two such lists Chromium reads the last, so Playwright's own is repeated
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LensOverlay,"
    "MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch"
)
ADDRESS_BAR = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"  # of a window that nobody sees: more work than a page of JupyterLab
LAUNCH += [f"--disable-features={PLAYWRIGHT_S},{ADDRESS_BAR}"]
RAISED = "[data-mime-type='application/vnd.jupyter.error']"
SETTINGS = {
    "notification": {"fetchNews": "false", "checkForUpdates": False},  # no pop-up over the page
    "themes": {"theme": "JupyterLab Light"},
}


class Server:
    """JupyterLab on a free port, with every folder it writes to under ``folder``."""

    def __init__(self, folder: Path):
        self.folder, self.token = folder, secrets.token_hex(16)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        places = {
            name: folder / name for name in ("config", "data", "runtime", "ipython", "workspaces", "settings", "notebooks")
        }
        for place in places.values():
            place.mkdir()
        tuning = places["settings"] / "@jupyterlab" / "apputils-extension"
        tuning.mkdir(parents=True)
        for name, values in SETTINGS.items():
            (tuning / f"{name}.jupyterlab-settings").write_text(json.dumps(values))
        environment = {
            **os.environ,
            "HOME": str(folder),
            "IPYTHONDIR": str(places["ipython"]),
            "JUPYTER_CONFIG_DIR": str(places["config"]),
            "JUPYTER_DATA_DIR": str(places["data"]),
            "JUPYTER_RUNTIME_DIR": str(places["runtime"]),
            "JUPYTERLAB_WORKSPACES_DIR": str(places["workspaces"]),
            "JUPYTERLAB_SETTINGS_DIR": str(places["settings"]),
        }
        if not (
            Path(sys.prefix) / "share/jupyter/labextensions/autograd-lab"
        ).exists():  # not installed: take what is built here
            extensions = folder / "data" / "labextensions"
            extensions.mkdir()
            (extensions / "autograd-lab").symlink_to(ROOT / "autograd_lab" / "labextension")
        self.notebooks, self.log = places["notebooks"], open(folder / "server.log", "wb")  # noqa: SIM115 (closed by stop)
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.url.rpartition(":")[2],
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.notebooks,
            "ServerApp.allow_root": True,
            "ServerApp.terminals_enabled": False,
            "IdentityProvider.token": self.token,
            "LabApp.expose_app_in_browser": True,
            "JupyterNotebookApp.expose_app_in_browser": True,
            "LabApp.extension_manager": "readonly",
            "LabApp.news_url": "",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", *(f"--{key}={value}" for key, value in options.items())],
            env=environment, stdout=self.log, stderr=subprocess.STDOUT)  # fmt: skip
        self.wait()

    def wait(self, seconds: float = 180):
        """Return when the server answers; raise with its log when it ends or does not answer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                return self.ask("/api/status")
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("JupyterLab did not start:\n" + (self.folder / "server.log").read_text())

    def ask(self, path: str, method: str = "GET"):
        request = urllib.request.Request(self.url + path, method=method, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def stop_kernels(self):
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:  # Jupyter's hangs now and then, where a kernel was ended while a page connected to it
            self.process.kill()
            self.process.wait()
        self.log.close()


class Lab:
    """One page of JupyterLab, and what a learner does in it."""

    ITS_OWN = ("Could not restore the debugger state",)  # what a kernel's restart makes JupyterLab itself complain of

    def __init__(self, page, server: Server):
        self.page, self.server = page, server
        self.forget()
        page.context.route("**/*", self._keep_inside)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("console", lambda said: said.type == "error" and self._note(f"{said.text} ({said.location['url']})"))
        page.on("websocket", lambda socket: socket.on("framereceived", lambda data: self.frames.append(data)))

    def forget(self):
        """Begin anew to keep what the page asks for, what goes wrong in it, and what its sockets bring."""
        self.outside, self.errors, self.frames = [], [], []

    def _note(self, error: str):
        if not error.startswith(self.ITS_OWN):
            self.errors.append(error)

    def _keep_inside(self, route):
        if route.request.url.startswith((self.server.url, "data:", "blob:")):
            return route.continue_()
        self.outside.append(route.request.url)
        return route.abort()

    def write(self, name: str, cells: list[str], outputs: dict[int, list] | None = None, kernel: str = "python3"):
        """A notebook with these code cells, and saved outputs for some."""
        made = [
            {"cell_type": "code", "id": f"cell{i}", "metadata": {}, "source": source, "execution_count": None,
             "outputs": (outputs or {}).get(i, [])}
            for i, source in enumerate(cells)
        ]  # fmt: skip
        about = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
        document = {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": made}
        (self.server.notebooks / name).write_text(json.dumps(document))

    def visit(self, name: str):
        """Open a notebook of the server's folder in an empty JupyterLab; returns when its cells are on the page."""
        if self.page.url.startswith(f"{self.server.url}/lab"):
            self.close_notebooks()
            self.page.evaluate("path => window.jupyterapp.commands.execute('docmanager:open', { path }).then(() => null)", name)
        else:
            place = f"/lab/workspaces/{secrets.token_hex(4)}/tree/{name}?token={self.server.token}"
            self.page.goto(self.server.url + place)
        self.bring_forward(name)

    def theme(self, name: str):
        """Change JupyterLab's theme. Two changes of which one ends within 200 ms of the other take its splash off the page twice."""
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme }).then(() => null)"
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.page.evaluate(change, name)

    def bring_forward(self, name: str):
        """Wait until the cells of a notebook show, in front of what JupyterLab opened by itself."""
        self.until("""async name => {
            const app = window.jupyterapp;
            await app.restored;
            const panel = [...app.shell.widgets('main')].find(one => one.context?.path === name);
            if (!panel) return false;
            if (app.shell.currentWidget !== panel) app.shell.activateById(panel.id);
            return !!panel.node.querySelector('.jp-Cell')?.checkVisibility({ visibilityProperty: true });
        }""", name)  # fmt: skip

    def until(self, condition: str, argument=None, seconds: float = 60):
        """Wait until JupyterLab fulfils an asynchronous condition. (Playwright's own waiting takes every promise for true.)"""
        self.page.wait_for_function("() => window.jupyterapp")
        late = time.monotonic() + seconds
        while not self.page.evaluate(condition, argument):
            if time.monotonic() > late:
                main = "[...window.jupyterapp.shell.widgets('main')].map(one => [one.title.label, one.isVisible])"
                raise TimeoutError(f"not so after {seconds} s, with {self.page.evaluate(main)} in the main area: {condition}")
            self.page.wait_for_timeout(50)

    def close_notebooks(self):
        """Without asking whether to save them."""
        self.page.evaluate("for (const one of [...window.jupyterapp.shell.widgets('main')]) one.dispose()")

    def open(self, name: str, *cells: str):
        """Write a notebook of these cells, open it, and wait for its kernel."""
        if cells:
            self.write(name, list(cells))
        self.visit(name)
        self.wait_for_kernel()

    def wait_for_kernel(self):
        self.until("""async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            if (!panel?.sessionContext) return false;
            await window.jupyterapp.restored;
            await panel.context.ready;
            await panel.sessionContext.ready;
            return panel.sessionContext.session?.kernel?.status === 'idle';
        }""")

    def run(self, index: int, fails: bool = False):
        """Run a cell and return its output area once the kernel has replied; a cell that raises fails the test."""
        self.page.evaluate("""async index => {
            const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
            notebook.activeCellIndex = index;
            notebook.deselectAll();
            await app.commands.execute('notebook:run-cell');
        }""", index)  # fmt: skip
        raised = self.output(index).locator(RAISED)
        assert fails or not raised.count(), raised.first.inner_text()
        return self.output(index)

    def run_until(self, index: int, text: str, seconds: float = 60):
        """Run a cell again until it ends in this text: of what follows closely the page tells the kernel only the last, a moment later."""
        late = time.monotonic() + seconds
        while not (said := self.run(index).inner_text().strip()).endswith(text):
            assert time.monotonic() < late, said

    def output(self, index: int):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def command(self, name: str):
        return self.page.evaluate("name => window.jupyterapp.commands.execute(name).then(() => null)", name)

    def reload(self):
        """Load the page again. JupyterLab may restore tabs seconds later: a page that was loaded again serves no other test."""
        name = self.page.evaluate("window.jupyterapp.shell.currentWidget.context.path")
        self.page.reload()
        self.bring_forward(name)
        self.wait_for_kernel()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium that stands on this machine; none is downloaded."""
    found = subprocess.run(["sh", ROOT / ".ci/needs", "browser"], capture_output=True, text=True)
    if found.returncode:
        sentence = found.stderr.strip().splitlines()[-1]
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # for busy machines; what is there at once is seen at once
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found.stdout.split("\n")[0], headless=True, args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory, browser):
    server = Server(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


class Notebook7(Lab):
    """One page of Notebook 7, which the same server has: one notebook, no side-by-side."""

    ITS_OWN = (
        *Lab.ITS_OWN,
        "Cannot read properties of undefined (reading 'schema')",
        "Command 'filebrowser:open-path' not registered.",  # its own call, before its file browser is there
    )  # at its start, without our extension too

    def visit(self, name: str):
        self.page.goto(f"{self.server.url}/notebooks/{name}?token={self.server.token}")
        self.page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()


@pytest.fixture(scope="session")
def idle(browser, server):
    """JupyterLab's page between two tests, if there is one: starting JupyterLab is half of what a test of it would cost."""
    pages: list[Lab] = []
    yield pages
    for lab in pages:
        lab.page.context.close()


@pytest.fixture
def lab(browser, server, idle, request):
    """JupyterLab with no notebook open. What a test changes of JupyterLab itself it does to ``own_lab``."""
    lab = idle.pop() if idle else _page(Lab, browser, server)
    lab.forget()  # or one test's error would be told of the next as well
    lab.page.mouse.move(0, 0)
    failed = request.session.testsfailed
    yield lab
    _shot(lab, request, failed)
    if request.session.testsfailed == failed:
        lab.close_notebooks()
        idle.append(lab)
    else:
        lab.page.context.close()
    _judge(lab)


@pytest.fixture
def own_lab(browser, server, request):
    """JupyterLab on a page that no other test sees."""
    yield from _alone(Lab, browser, server, request)


@pytest.fixture
def notebook7(browser, server, request):
    yield from _alone(Notebook7, browser, server, request)


def _page(kind: type[Lab], browser, server) -> Lab:
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    return kind(page, server)


def _alone(kind: type[Lab], browser, server, request):
    lab, failed = _page(kind, browser, server), request.session.testsfailed
    yield lab
    _shot(lab, request, failed)
    lab.page.context.close()
    _judge(lab)


def _shot(lab: Lab, request, failed: int):
    """What the page shows at the end, beside the server's log, where something is to be looked into."""
    if request.session.testsfailed > failed or lab.errors or lab.outside:
        lab.page.screenshot(path=str(lab.server.folder / f"{request.node.name}.png"))


def _judge(lab: Lab):
    lab.server.stop_kernels()
    assert not lab.outside, "the page asked something of another machine"
    assert not lab.errors, "the page reported an error"


@pytest.fixture
def opened(browser):
    """Open pages from the disk; whatever they ask for and whatever they report fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce", color_scheme="dark")
    said, asked = [], []

    def visit(path, hash=""):
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))  # what the policy refuses is said there
        page.goto(path.as_uri() + hash)
        return page

    yield visit
    context.close()
    assert not said
    assert all(url.startswith("file:") and url.partition("#")[0].endswith(".html") for url in asked)
