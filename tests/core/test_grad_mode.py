"""no_grad, enable_grad, inference_mode."""

import inspect
import threading
import warnings

import pytest

import autograd_lab as torch


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_inference_mode():
    with torch.inference_mode():
        t = torch.ones(2) * 2
    assert t.is_inference() and not t.requires_grad
    with pytest.raises(RuntimeError, match="cannot be saved"):
        ones(2) * t
    assert not (torch.ones(2) * 2).is_inference()


def test_decorated_functions_may_overlap_in_two_threads():
    import time

    @torch.no_grad()
    def slow(seconds):
        time.sleep(seconds)
        return torch.is_grad_enabled()

    found = []
    threads = [threading.Thread(target=lambda s=s: found.append(slow(s))) for s in (0.05, 0.01)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert found == [False, False] and torch.is_grad_enabled()


def steps_of(m):
    """A generator in a mode: what it and its caller see between its values."""

    @m.no_grad()
    def steps():
        try:
            x = yield m.is_grad_enabled()
            yield m.is_grad_enabled(), x
        except KeyError:
            yield "caught", m.is_grad_enabled()
        return m.is_grad_enabled()

    it = steps()
    seen = [next(it), m.is_grad_enabled(), it.send(3), m.is_grad_enabled()]
    try:
        next(it)
    except StopIteration as end:
        seen.append(end.value)
    other = steps()
    seen += [next(other), other.throw(KeyError()), m.is_grad_enabled(), other.close()]
    return seen, inspect.isgeneratorfunction(steps)


def modes_of_functions(m):
    def seen():
        return m.is_grad_enabled(), m.is_inference_mode_enabled()

    found = [m.no_grad(seen)(), m.no_grad()(seen)(), m.enable_grad(seen)(), m.inference_mode(seen)(), m.inference_mode()(seen)(),
             m.inference_mode(False)(seen)()]  # fmt: skip
    decorated = m.set_grad_enabled(False)(seen)
    found += [seen(), decorated(), seen()]
    mode = m.no_grad()
    with mode, m.enable_grad():
        with mode:
            found.append(seen())
        found.append(seen())
    return [*found, seen()]


def inside_inference(m):
    with m.inference_mode():
        with m.enable_grad():
            made = (m.ones(2, requires_grad=True) * 2).requires_grad
        with m.inference_mode(False):
            recorded = (m.ones(2, requires_grad=True) * 2).requires_grad
    with m.no_grad(), m.inference_mode(False):
        return made, recorded, m.is_grad_enabled()


@pytest.mark.parametrize("claim", [steps_of, modes_of_functions, inside_inference])
def test_as_pytorch(claim):
    ours = claim(torch)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "the .type, exc, tb. signature of throw", DeprecationWarning
        )  # PyTorch's, since Python 3.12
        assert ours == claim(pytest.importorskip("torch"))
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("wrong", [lambda m: m.set_grad_enabled(1), lambda m: m.set_grad_enabled("a")])
def test_a_mode_is_a_bool(wrong):
    said = []
    for m in (torch, pytest.importorskip("torch")):
        with pytest.raises(TypeError) as raised:
            wrong(m)
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_a_class_is_decorated_with_pytorchs_warning():
    said = []
    for m in (torch, pytest.importorskip("torch")):

        class Seeing:
            def __init__(self):
                self.seen = torch.is_grad_enabled() and m.is_grad_enabled()

        with pytest.warns(FutureWarning) as caught:
            decorated = m.no_grad()(Seeing)
        said.append((str(caught[0].message), decorated().seen))
    assert said[0] == said[1]
