"""The first lines of most tutorials ask for a GPU; ours answers as PyTorch without one."""

import re
import warnings

import pytest

import autograd_lab as lab
from tests.core.claims import of_its_cpu_build

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
        except (AssertionError, RuntimeError) as error:
            said.append(f"{type(error).__name__}: {error}")
    assert said[0] == of_its_cpu_build(said[1], said[0])


def _trained(t):
    """A step as tutorials of mixed precision write it, a Function that takes part, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scaler, p = t.cuda.amp.GradScaler(), t.nn.Parameter(t.ones(2))
        optimizer = t.optim.SGD([p], 0.25)
        with t.cuda.amp.autocast():
            loss = (p * p).sum()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

        class Doubled(t.autograd.Function):
            @staticmethod
            @t.cuda.amp.custom_fwd(cast_inputs=t.float16)
            def forward(ctx, x):
                return x * 2

            @staticmethod
            @t.cuda.amp.custom_bwd
            def backward(ctx, g):
                return g * 2

        x = t.ones(2, requires_grad=True)
        Doubled.apply(x).sum().backward()
    said = [(w.category, re.split(r"(?<=[.])\s", str(w.message))[0]) for w in caught]
    return str((loss.dtype, p.tolist(), x.grad, scaler.is_enabled(), scaler.get_scale(), scaler.state_dict())), said


def test_mixed_precision_by_its_older_names_is_disabled_as_in_pytorch_without_a_gpu():
    if not torch.cuda.is_available():
        assert _trained(lab) == _trained(torch)
