"""A real IPython shell with the extension loaded, and what it shows."""

import pytest

import autograd_lab
from autograd_lab.core import births


class Shell:
    """A notebook's shell as the learner meets it: run a cell, see what was shown."""

    def __init__(self, shell, capsys):
        self.shell, self.capsys, self.names = shell, capsys, shell.user_ns

    def run(self, cell: str):
        """Run ``cell`` and return what its last line gave; what was printed is in ``shown``."""
        result = self.shell.run_cell(cell)
        self.ok = result.success
        out, err = self.capsys.readouterr()
        self.shown = out + err
        return result.result

    def complete(self, line: str) -> list[str]:
        from IPython.core.completer import provisionalcompleter

        with provisionalcompleter():
            return [match.text for match in self.shell.Completer.completions(line, len(line))]


@pytest.fixture
def notebook(capsys):
    InteractiveShell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell
    from traitlets.config import Config

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(
        config=Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    )
    was_noting = births.is_noting()
    shell.user_ns["torch"] = autograd_lab
    shell.extension_manager.load_extension("autograd_lab")
    yield Shell(shell, capsys)
    InteractiveShell.clear_instance()
    (births.start if was_noting else births.stop)()
