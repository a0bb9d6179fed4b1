"""The first lines of most tutorials ask for a GPU; ours answers as PyTorch without one."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("ask", [
    "t.cuda.is_available()", "t.cuda.device_count()", "t.device('cuda' if t.cuda.is_available() else 'cpu')", "x.device", "x.is_cuda",
    "x.to(t.device('cpu')) is x", "x.cpu() is x", "x.cuda()", "t.cuda.current_device()", "t.cuda.synchronize()", "t.cuda.manual_seed_all(0)",
    "x.get_device()",
])  # fmt: skip
def test_it_answers_as_pytorch_without_a_gpu(ask):
    if torch.cuda.is_available():  # a machine with a GPU: PyTorch has another story to tell
        return
    said = []
    for t in (lab, torch):
        try:
            said.append(str(eval(ask, {"t": t, "x": t.ones(2)})))
        except AssertionError as error:
            said.append(f"AssertionError: {error}")
    assert said[0] == said[1]
