"""no_grad, enable_grad, inference_mode."""

import threading

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
