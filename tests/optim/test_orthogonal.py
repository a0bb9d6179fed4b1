"""Muon beside PyTorch's; it takes matrices only. (Adafactor is among the rules of test_optim.py.)"""

import pytest

SETTINGS = ["", "lr=0.1, momentum=0.5, weight_decay=0.3", "nesterov=False, adjust_lr_fn='match_rms_adamw'", "ns_steps=2, eps=1e-3, adjust_lr_fn='original'"]  # fmt: skip


@pytest.mark.parametrize("options", SETTINGS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_same_way_down(options, dtype, holds):
    def claim(m):
        m.manual_seed(0)
        params = [
            m.randn(4, 3, dtype=getattr(m, dtype), requires_grad=True),
            m.randn(2, 5, dtype=getattr(m, dtype), requires_grad=True),
        ]
        optimizer = m.optim.Muon(params, **eval(f"dict({options})"))
        for _ in range(5):
            optimizer.zero_grad()
            sum((p**3).sum() for p in params).backward()
            optimizer.step()
        return params, optimizer.state_dict()["state"], optimizer.state_dict()["param_groups"]

    holds(claim, 1e-5)


@pytest.mark.parametrize(
    "wrong", ["[m.ones(3)]", "[m.ones(2, 2)], lr=-1", "[m.ones(2, 2)], momentum=-1", "[m.ones(2, 2)], adjust_lr_fn='none'"]
)
def test_refusals(wrong, holds):
    holds(lambda m: eval(f"m.optim.Muon({wrong})", {"m": m}))
