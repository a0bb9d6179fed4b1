"""GradScaler beside PyTorch's: scaling, unscaling, skipped steps, growth and backing off, and what it refuses."""

import inspect
import warnings

import pytest
import torch

import autograd_lab as lab


def setup(m, **options):
    w = m.ones(2, requires_grad=True)
    return w, m.optim.SGD([w], lr=0.1), m.amp.GradScaler("cpu", **options)


def history(m):
    """Ten iterations, of which the third, fourth and ninth overflow."""
    w, optimizer, scaler = setup(m, init_scale=8.0, growth_interval=2)
    seen = []
    for i in range(10):
        optimizer.zero_grad()
        loss = (w * (float("inf") if i in (2, 3) else float("nan") if i == 8 else 2.0)).sum()
        scaler.scale(loss).backward()
        if i % 2:
            scaler.unscale_(optimizer)
        gradient = w.grad.tolist()
        scaler.step(optimizer)
        scaler.update()
        seen.append((repr(gradient), w.tolist(), scaler.get_scale(), scaler.state_dict()))
    return seen


def test_ten_iterations():
    assert history(lab) == history(torch)


def test_scales_tensors_in_any_nesting():
    for m in (lab, torch):
        *_, scaler = setup(m, init_scale=4.0)
        one, several = scaler.scale([m.tensor(1.0), (m.tensor(2.0), m.tensor(3.0))])
        assert one.item() == 4 and [t.item() for t in several] == [8, 12]


def test_half_gradients_survive_by_it():
    x = lab.tensor([1e-4], requires_grad=True)
    scaler = lab.amp.GradScaler("cpu")
    plain = (x.half() * 1e-4).float() * 1e-5
    plain.sum().backward()
    lost, x.grad = x.grad.item(), None
    scaler.scale(((x.half() * 1e-4).float() * 1e-5).sum()).backward()
    assert lost == 0 and x.grad.item() > 0


def test_state_goes_into_another():
    *_, first = setup(lab, init_scale=16.0, growth_interval=5)
    *_, second = setup(lab)
    second.load_state_dict(first.state_dict())
    assert second.state_dict() == first.state_dict() and second.scale(lab.tensor(1.0)).item() == 16


REFUSED = {
    "update": "scaler.update()",
    "unscale": "scaler.unscale_(optimizer)",
    "step": "scaler.step(optimizer)",
    "twice": "scaler.scale(w.sum()).backward(), scaler.unscale_(optimizer), scaler.unscale_(optimizer)",
    "step twice": "scaler.scale(w.sum()).backward(), scaler.step(optimizer), scaler.step(optimizer)",
    "unscale late": "scaler.scale(w.sum()).backward(), scaler.step(optimizer), scaler.unscale_(optimizer)",
    "no gradients": "scaler.scale(w.sum()), scaler.step(optimizer)",
    "no checks": "scaler.scale(w.sum()), scaler.update()",
    "closure": "scaler.step(optimizer, closure=None)",
    "number": "scaler.scale(3)",
    "empty state": "scaler.load_state_dict({})",
    "growth": "m.amp.GradScaler('cpu', growth_factor=1.0)",
    "backoff": "m.amp.GradScaler('cpu', backoff_factor=1.0)",
    "half": "setattr(h, 'grad', h.detach()), scaler.scale(w.sum()), scaler.unscale_(m.optim.SGD([h], lr=0.1))",
    "old name": "m.cpu.amp.GradScaler()",
    "cuda": "m.amp.GradScaler().is_enabled()",
    "disabled": "m.amp.GradScaler('cpu', enabled=False).state_dict(), m.amp.GradScaler('cpu', enabled=False).get_scale()",
}


@pytest.mark.parametrize("case", REFUSED)
def test_says_what_pytorch_says(case):
    def said(m):
        w, optimizer, scaler = setup(m)
        h, out = m.ones(2, dtype=m.float16, requires_grad=True), None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                out = repr(eval(REFUSED[case], {"m": m, "w": w, "optimizer": optimizer, "scaler": scaler, "h": h}))
            except Exception as error:
                out = type(error), str(error).split(". ")[0].rstrip(".")
        return out if "object at" not in str(out) else None, [(w.category, str(w.message).split(".  ")[0]) for w in caught]

    assert said(lab) == said(torch)


def test_settings_and_signature():
    for m in (lab, torch):
        *_, scaler = setup(m)
        scaler.set_growth_factor(3.0)
        scaler.set_backoff_factor(0.25)
        scaler.set_growth_interval(7)
        found = scaler.get_growth_factor(), scaler.get_backoff_factor(), scaler.get_growth_interval(), scaler.get_scale()
        assert found == (3.0, 0.25, 7, 65536.0)
        scaler.scale(m.tensor(1.0))
        scaler.update(8.0)
        assert scaler.get_scale() == 8
    ours, theirs = (inspect.signature(m.amp.GradScaler.__init__).parameters for m in (lab, torch))
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]
