"""Schedulers beside PyTorch's: every rate and momentum of every epoch, states, warnings, refusals."""

import pytest

SCHEDULERS = [
    "StepLR(o, 3, 0.5)", "MultiStepLR(o, [2, 5, 5, 7], gamma=0.3)", "ExponentialLR(o, 0.9)", "CosineAnnealingLR(o, 4, eta_min=0.01)", "CosineAnnealingLR(o, 10)",
    "LinearLR(o)", "LinearLR(o, 0.2, 0.6, total_iters=4)", "ConstantLR(o, 0.5, 3)", "PolynomialLR(o, 6, 2.0)", "LambdaLR(o, lambda e: 0.95**e)",
    "LambdaLR(o, [lambda e: 1 / (e + 1), lambda e: 0.5**e])", "MultiplicativeLR(o, lambda e: 0.9)", "OneCycleLR(o, 1.0, total_steps=12)",
    "OneCycleLR(o, [1.0, 2.0], epochs=4, steps_per_epoch=3, anneal_strategy='linear', three_phase=True, pct_start=0.4)", "OneCycleLR(o, 1.0, total_steps=12, cycle_momentum=False)",
    "CosineAnnealingWarmRestarts(o, 3)", "CosineAnnealingWarmRestarts(o, 2, 2, 0.01)", "CyclicLR(o, 0.1, 1.0, 3, 2)", "CyclicLR(o, 0.1, 1.0, 2, mode='triangular2')",
    "CyclicLR(o, [0.1, 0.2], [1.0, 2.0], 3, mode='exp_range', gamma=0.9, cycle_momentum=False)", "CyclicLR(o, 0.1, 1.0, 2, scale_fn=lambda x: 0.5, scale_mode='iterations')",
    "SequentialLR(o, [ConstantLR(o, 0.1, 2), ExponentialLR(o, 0.9), StepLR(o, 2)], milestones=[3, 6])", "SequentialLR(o, [LinearLR(o, 0.1, total_iters=4), CosineAnnealingLR(o, 6)], [4])",
    "ChainedScheduler([ConstantLR(o, 0.1, 2), ExponentialLR(o, 0.9)])", "ChainedScheduler([LinearLR(o), StepLR(o, 2)], optimizer=o)",
]  # fmt: skip


def made(m, scheduler, kind="SGD"):
    """An optimiser of two groups, and the scheduler over it."""
    a, b = m.ones(1, requires_grad=True), m.ones(1, requires_grad=True)
    options = {"momentum": 0.9} if kind == "SGD" else {}
    o = getattr(m.optim, kind)([{"params": [a]}, {"params": [b], "lr": 0.3}], lr=0.5, **options)
    names = {
        n: getattr(m.optim.lr_scheduler, n)
        for n in dir(m.optim.lr_scheduler)
        if n.endswith(("LR", "Plateau", "Scheduler", "Restarts"))
    }
    return o, eval(scheduler, {"o": o, "m": m} | names)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_same_rates(scheduler, holds):
    def claim(m):
        o, s = made(m, scheduler)
        rates = []
        for _ in range(11):
            rates.append(([g["lr"] for g in o.param_groups], [g["momentum"] for g in o.param_groups], s.get_last_lr()))
            o.step()
            s.step()
        state = s.state_dict()
        return (
            rates,
            {k: v for k, v in sorted(state.items()) if k not in ("_schedulers", "lr_lambdas")},
            [list(g) for g in o.param_groups],
        )

    holds(claim, 1e-12)


@pytest.mark.parametrize("scheduler", ["OneCycleLR(o, 1.0, total_steps=12)", "CyclicLR(o, 0.1, 1.0, 3)"])
def test_adams_first_beta_is_its_momentum(scheduler, holds):
    def claim(m):
        o, s = made(m, scheduler, "Adam")
        told = []
        for _ in range(5):
            o.step()
            s.step()
            told.append([g["betas"] for g in o.param_groups])
        return told

    holds(claim, 1e-12)


PLATEAUS = ["ReduceLROnPlateau(o, patience=1)", "ReduceLROnPlateau(o, 'max', factor=0.5, patience=0, cooldown=1, threshold=0.2)",
            "ReduceLROnPlateau(o, threshold_mode='abs', threshold=0.3, patience=0, min_lr=[0.1, 0.01])"]  # fmt: skip


@pytest.mark.parametrize("scheduler", PLATEAUS)
def test_plateaus(scheduler, holds):
    def claim(m):
        _, s = made(m, scheduler)
        told = []
        for loss in (1.0, 0.8, 0.81, 0.79999, 0.9, m.tensor(0.7), 0.5, 0.5, 0.5, 0.5):
            s.step(loss)
            told.append((s.get_last_lr(), s.num_bad_epochs, s.in_cooldown, s.best))
        return told, s.state_dict()

    holds(claim, 1e-12)


def ordered(m, *steps):
    """Warnings of steps in the order of the letters: s the scheduler's, o the optimiser's."""
    o, s = made(m, "StepLR(o, 1)")
    for step in steps:
        (s if step == "s" else o).step()
    return s.get_last_lr()


def resumed(m):
    o, _ = made(m, "StepLR(o, 1)")
    return m.optim.lr_scheduler.CosineAnnealingLR(o, 5, last_epoch=2).get_last_lr()


CLAIMS = {
    "scheduler first": lambda m: ordered(m, "s", "o"), "optimiser first": lambda m: ordered(m, "o", "s", "s"), "epoch": lambda m: (lambda o, s: (o.step(), s.step(5), s.get_last_lr()))(*made(m, "StepLR(o, 2)")),
    "asked outside": lambda m: made(m, "StepLR(o, 2)")[1].get_lr(), "no optimiser": lambda m: m.optim.lr_scheduler.StepLR(3, 1), "resumed": lambda m: made(m, "StepLR(o, 2, last_epoch=4)"),
    "resumed well": lambda m: resumed(m),
    "fraction of an epoch": lambda m: (lambda o, s: [(s.step(e / 4), s.get_last_lr())[1] for e in range(30)])(*made(m, "CosineAnnealingWarmRestarts(o, 2, 2)")),
    "restored": lambda m: (lambda a, b: (a[0].step(), [a[1].step() for _ in range(3)], b[1].load_state_dict(a[1].state_dict()), b[0].step(), b[1].step(), b[1].last_epoch, b[1].get_last_lr()))(made(m, "ExponentialLR(o, 0.5)"), made(m, "ExponentialLR(o, 0.5)")),
    "restored parts": lambda m: (lambda a, b: (a[0].step(), [a[1].step() for _ in range(3)], b[1].load_state_dict(a[1].state_dict()), b[0].step(), b[1].step(), b[1].get_last_lr()))(*(made(m, "SequentialLR(o, [ConstantLR(o), ExponentialLR(o, 0.5)], [2])") for _ in range(2))),
    "a rate that is a tensor": lambda m: (lambda o: (o, (s := m.optim.lr_scheduler.ExponentialLR(o, 0.5)), o.step(), s.step(), o.param_groups[0]["lr"], s.base_lrs)[3:])(m.optim.SGD([m.ones(1, requires_grad=True)], lr=m.tensor(0.5))),
    **{text: (lambda m, text=text: made(m, text)) for text in ["ReduceLROnPlateau(o, factor=1.0)", "ReduceLROnPlateau(o, 'less')", "ReduceLROnPlateau(o, threshold_mode='x')", "ReduceLROnPlateau(o, min_lr=[1])",
       "LambdaLR(o, [lambda e: 1])", "LinearLR(o, 0)", "LinearLR(o, end_factor=2)", "ConstantLR(o, 2)", "OneCycleLR(o, 1.0)", "OneCycleLR(o, 1.0, total_steps=0)", "OneCycleLR(o, 1.0, epochs=0, steps_per_epoch=1)",
       "OneCycleLR(o, 1.0, epochs=1, steps_per_epoch=0.5)", "OneCycleLR(o, 1.0, 5, pct_start=2.0)", "OneCycleLR(o, 1.0, 5, anneal_strategy='sin')", "OneCycleLR(o, [1.0], 5)", "CyclicLR(o, 0.1, 1, mode='square')",
       "CosineAnnealingWarmRestarts(o, 0)", "CosineAnnealingWarmRestarts(o, 2, 0)", "CosineAnnealingWarmRestarts(o, 2, 1, 'a')", "SequentialLR(o, [], [])", "SequentialLR(o, [StepLR(o, 1)], [1])", "ChainedScheduler([])", "SequentialLR(o, [3], [])"]},
    "far": lambda m: (lambda o, s: (o.step(), [s.step() for _ in range(5)]))(*made(m, "OneCycleLR(o, 1.0, total_steps=3)")), "no momentum": lambda m: m.optim.lr_scheduler.CyclicLR(m.optim.Adagrad([m.ones(1)]), 0.1, 1.0),
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim, holds):
    holds(lambda m: CLAIMS[claim](m), 1e-12)
