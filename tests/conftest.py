"""What holds for every test of the project."""

import gc
import importlib.metadata
import os
import sys
import threading

import pytest

# XLA compiles thousands of functions of a dozen numbers here and runs each a few times: what makes them fast is not worth
# its time. An option that a release does not know ends the process, so only where these were tried.
QUICK_TO_COMPILE = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true --xla_cpu_use_fusion_emitters=false"
)
TRIED = any(d.version.startswith("0.10.") for d in importlib.metadata.distributions(name="jaxlib"))
if TRIED:
    os.environ.setdefault("XLA_FLAGS", QUICK_TO_COMPILE)  # the processes that tests start compile the same way


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Work is shared out by file, but all that drives a browser goes to one worker: it mostly waits, and the others compute."""
    from xdist.scheduler import LoadFileScheduling

    class OneAtTheBrowser(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return "tests/browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)

        def add_node_collection(self, node, collection):
            super().add_node_collection(node, collection)
            self.registered_collections[node] = Places(self.registered_collections[node])

    return OneAtTheBrowser(config, log) if config.getvalue("dist") == "loadfile" else None


class Places(list):
    """Of twenty thousand tests xdist looks each up by reading the list from its beginning: a list that knows where everything is."""

    def __init__(self, things):
        super().__init__(things)
        self.index = {thing: i for i, thing in enumerate(things)}.__getitem__


def pytest_sessionstart(session):
    """A worker sends six messages a test, each read at once by the process that counts: half of them say what nobody asked for, that
    a test begins, that its fixtures stand and that they are gone. What goes wrong there is sent, and all if times are asked for."""
    option = session.config.option
    worker = next((p for p in session.config.pluginmanager.get_plugins() if type(p).__name__ == "WorkerInteractor"), None)
    if worker is None or option.durations is not None or option.xmlpath or option.verbose > 0:
        return
    send = worker.sendevent

    def sendevent(name, **said):
        report = said.get("data", {})
        if name != "logstart" and (name != "testreport" or report["when"] == "call" or report["outcome"] != "passed"):
            send(name, **said)

    worker.sendevent = sendevent


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Twenty thousand tests are millions of objects that live to the end: the garbage collector need not visit them again and again,
    neither while they are made, which took it a fifth of the time, nor afterwards."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_runtest_setup():
    """Once something has imported JAX: one context of MLIR a thread. JAX makes one for each function that it compiles, empty but for
    the dialects, which is a third of the time that compiling takes."""
    mlir = sys.modules.get("jax._src.interpreters.mlir") if TRIED else None
    if mlir is not None and mlir.make_ir_context.__module__ != __name__:
        anew, mine = mlir.make_ir_context, threading.local()

        def make_ir_context():
            if not hasattr(mine, "context"):
                mine.context = anew()
            return mine.context

        mlir.make_ir_context = make_ir_context


@pytest.fixture(autouse=True, scope="session")
def said_by_now():
    """What is said once a process has been said: else it would be the order of the tests that decides which of them hears it."""
    from autograd_lab.core import complexes, signatures, telling
    from autograd_lab.core.ops import lists_of_data

    complexes._told = signatures._warned = lists_of_data._warned = True
    telling._said = SaidAll()


class SaidAll(set):
    """Of every text it holds that it has been said."""

    def __contains__(self, text):
        return True
