"""Optimisers beside PyTorch's, step by step: where they go, what they remember, how they print, what they refuse."""

import copy

import pytest

import autograd_lab as lab
from autograd_lab import optim  # noqa: F401  (found as lab.optim below)

KINDS = {
    "SGD": ["", "momentum=0.9", "momentum=0.9, nesterov=True, weight_decay=0.01", "lr=0.001, momentum=0.5, dampening=0.3, maximize=True", "lr=m.tensor(0.05, dtype=m.float64)"],
    "Adam": ["", "weight_decay=0.1", "amsgrad=True, betas=(0.5, 0.7)", "decoupled_weight_decay=True, weight_decay=0.2", "maximize=True", "lr=m.tensor(0.05, dtype=m.float64)"],
    "AdamW": ["", "weight_decay=0.5, amsgrad=True"], "Adagrad": ["", "lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5", "maximize=True"],
    "RMSprop": ["", "momentum=0.9, centered=True, weight_decay=0.1", "alpha=0.5, maximize=True"], "Adadelta": ["", "rho=0.5, eps=1e-3, weight_decay=0.1"],
    "Adamax": ["", "weight_decay=0.1, betas=(0.5, 0.7)"], "NAdam": ["", "weight_decay=0.1", "weight_decay=0.1, decoupled_weight_decay=True, momentum_decay=0.1"],
    "RAdam": ["", "weight_decay=0.1", "betas=(0.5, 0.7), weight_decay=0.1, decoupled_weight_decay=True"], "ASGD": ["", "t0=3, lambd=0.01, weight_decay=0.1"],
    "Adafactor": ["", "eps=(1e-6, 1e-2), d=1.5, weight_decay=0.1, maximize=True"], "Rprop": ["", "etas=(0.3, 1.5), step_sizes=(1e-3, 0.2), maximize=True"],
}  # fmt: skip


def problem(m, dtype="float64"):
    """Parameters of several shapes, one of which gets no gradient, and their loss."""
    d = getattr(m, dtype)
    x = m.tensor([1.0, -2.0, 0.5], dtype=d, requires_grad=True)
    y, unused = m.tensor(0.7, dtype=d, requires_grad=True), m.ones(1, dtype=d, requires_grad=True)
    z = m.tensor([[0.3, -1.0], [1.5, 2.0]], dtype=d, requires_grad=True)
    return [x, y, unused, z], lambda: (x**4).sum() + x.prod() * y + (z @ z).diagonal().sum() * y * y + (z**2).sum()


@pytest.mark.parametrize(("kind", "options"), [(kind, options) for kind, settings in KINDS.items() for options in settings])
def test_the_same_way_down(kind, options, holds):
    def claim(m):
        given = {"lr": 0.05} | eval(f"dict({options})", {"m": m})
        params, loss = problem(m)
        optimizer = getattr(m.optim, kind)(params, **given)
        places = []
        for _ in range(12):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
            places.append(([p.clone() for p in params], [p._version for p in params]))
        state = optimizer.state_dict()
        return places, state["param_groups"], {n: dict(sorted(s.items())) for n, s in sorted(state["state"].items())}

    holds(claim, 1e-10)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta", "ASGD"])
def test_a_rate_of_float32_for_parameters_of_float64(kind, holds):
    """What is computed of the rate and of other settings is rounded to float32, as PyTorch does."""

    def claim(m):
        params, loss = problem(m)
        optimizer = getattr(m.optim, kind)(params, lr=m.tensor(0.03), weight_decay=0.1)
        for _ in range(12):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        return params

    holds(claim, 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_in_float32_and_of_complex_numbers(kind, holds):
    def claim(m):
        (x, y, _, z), loss = problem(m, "float32")
        c = m.tensor([1 + 2j, -0.5j], requires_grad=True)
        optimizer = getattr(m.optim, kind)([x, y, z, c], lr=0.01)
        for _ in range(4):
            optimizer.zero_grad()
            loss().backward()
            c.grad = m.tensor([0.5 - 1j, 2 + 0.25j])
            optimizer.step()
        return x, y, z, c, dict(sorted(optimizer.state_dict()["state"].get(3, {}).items()))

    holds(claim, 1e-5)


def quadratic(m, A, b):
    x = m.zeros(len(b), dtype=m.float64, requires_grad=True)
    a = m.tensor(A, dtype=m.float64)
    return x, lambda: 0.5 * x @ (a @ x) - m.tensor(b, dtype=m.float64) @ x + 0.1 * (x**4).sum()


SEARCHES = ["", "line_search_fn='strong_wolfe'", "lr=0.3, history_size=2, max_iter=4", "lr=0.1, line_search_fn='strong_wolfe', max_iter=5, max_eval=7", "max_iter=1",
            "lr=3, line_search_fn='strong_wolfe', history_size=3"]  # fmt: skip


@pytest.mark.parametrize("options", SEARCHES)
def test_lbfgs(options, holds):
    def claim(m):
        x, loss = quadratic(m, [[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 9.0]], [1.0, -2.0, 0.3])
        optimizer = m.optim.LBFGS([x], **eval(f"dict({options})"))
        calls = []

        def closure():
            optimizer.zero_grad()
            value = loss()
            value.backward()
            calls.append(value.item())
            return value

        losses = [optimizer.step(closure) for _ in range(3)]
        state = optimizer.state_dict()["state"][0]
        return (
            losses,
            calls,
            x,
            state["func_evals"],
            state["n_iter"],
            state["d"],
            float(state["t"]),
            len(state["old_dirs"]),
            optimizer,
        )

    holds(claim, 1e-8)


@pytest.mark.parametrize("max_eval", [1, 2, 5, 12, 20])
def test_lbfgs_searches_as_far_as_max_eval_goes_where_slopes_are_clipped(max_eval, holds):
    """A search that is told of smaller slopes than there are goes on by little steps; it ends where the evaluations do."""

    def claim(m):
        x = m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True)
        optimizer = m.optim.LBFGS([x], lr=0.01, max_iter=6, max_eval=max_eval, line_search_fn="strong_wolfe")
        losses = []

        def closure():
            optimizer.zero_grad()
            loss = (x * x).sum()
            loss.backward()
            m.nn.utils.clip_grad_norm_([x], 0.05)
            losses.append(loss.item())
            return loss

        optimizer.step(closure)
        return losses, x, optimizer.state[x]["func_evals"], optimizer.state[x]["n_iter"]

    holds(claim, 1e-9)


def test_lbfgs_finds_rosenbrocks_minimum(holds):
    def claim(m):
        x = m.tensor([-1.2, 1.0], dtype=m.float64, requires_grad=True)
        optimizer = m.optim.LBFGS([x], max_iter=60, line_search_fn="strong_wolfe")

        def closure():
            optimizer.zero_grad()
            loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
            loss.backward()
            return loss

        first = optimizer.step(closure)
        return first, x, closure().item() < 1e-12

    holds(claim, 1e-6)


def one(m):
    return m.ones(1, requires_grad=True)


REFUSALS = {
    "empty": lambda m: m.optim.SGD([], lr=0.1), "one tensor": lambda m: m.optim.SGD(m.ones(2), lr=0.1), "no tensor": lambda m: m.optim.SGD([3], lr=0.1),
    "non-leaf": lambda m: m.optim.SGD([m.ones(2, requires_grad=True) * 2], lr=0.1), "negative": lambda m: m.optim.SGD([m.ones(2)], lr=-1),
    "printing": lambda m: repr(m.optim.SGD([m.ones(2)], lr=0.1)) + repr(m.optim.Adam([m.ones(2)])), "bad beta": lambda m: m.optim.Adam([m.ones(1)], betas=(2, 0)),
    "twice": lambda m: (lambda p: repr(m.optim.SGD([p, p], lr=0.1)))(m.ones(1)), "groups": lambda m: repr(m.optim.SGD([{"params": [m.ones(1)], "lr": 0.5}, {"params": m.ones(1)}], lr=0.1)),
    "in two groups": lambda m: (lambda p: m.optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1))(m.ones(1)), "a set": lambda m: m.optim.SGD([{"params": {one(m)}}]),
    "nesterov alone": lambda m: m.optim.SGD([m.ones(1)], nesterov=True), "rate of two": lambda m: m.optim.SGD([m.ones(1)], lr=m.ones(2)), "no group": lambda m: m.optim.SGD([one(m)]).add_param_group([one(m)]),
    "negative decay": lambda m: m.optim.Adam([one(m)], weight_decay=-1), "negative eps": lambda m: m.optim.Adam([one(m)], eps=-1), "negative momentum": lambda m: m.optim.RMSprop([one(m)], momentum=-1),
    "rho": lambda m: m.optim.Adadelta([one(m)], rho=2), "etas": lambda m: m.optim.Rprop([one(m)], etas=(2, 3)), "lr_decay": lambda m: m.optim.Adagrad([one(m)], lr_decay=-1), "momentum_decay": lambda m: m.optim.NAdam([one(m)], momentum_decay=-1),
    "accumulator": lambda m: m.optim.Adagrad([one(m)], initial_accumulator_value=-1), "adamax": lambda m: m.optim.Adamax([one(m)], betas=(0, 1)), "radam": lambda m: m.optim.RAdam([one(m)], lr=-1),
    "lbfgs groups": lambda m: m.optim.LBFGS([{"params": one(m)}, {"params": one(m)}]), "lbfgs search": lambda m: (lambda p: m.optim.LBFGS([p], line_search_fn="golden").step(lambda: backward((p * p).sum())))(one(m)),
    "lbfgs closure": lambda m: type(None) if m.optim.LBFGS([one(m)]) is None else m.optim.Adam([one(m)]).step(), "names": lambda m: {k: v for k, v in m.optim.SGD([("w", one(m))]).param_groups[0].items() if k != "params"},
    "some names": lambda m: m.optim.SGD([("w", one(m)), one(m)]), "names in one group": lambda m: m.optim.SGD([{"params": [("w", one(m))]}, {"params": [one(m)]}]),
    "other groups": lambda m: m.optim.SGD([one(m)]).load_state_dict({"state": {}, "param_groups": []}), "other sizes": lambda m: m.optim.SGD([one(m)]).load_state_dict(m.optim.SGD([one(m), one(m)]).state_dict()),
    "keys": lambda m: [list(getattr(m.optim, kind)([one(m)]).param_groups[0]) for kind in [*KINDS, "LBFGS"]], "defaults": lambda m: [getattr(m.optim, kind)([one(m)]).defaults for kind in [*KINDS, "LBFGS"]],
    "a group's keys": lambda m: list(m.optim.SGD([{"lr": 3, "params": one(m), "mine": 1}]).param_groups[0]),
}  # fmt: skip


def backward(loss):
    loss.backward()
    return loss


@pytest.mark.parametrize("name", REFUSALS)
def test_as_torch(name, holds):
    holds(REFUSALS[name])


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_is_carried_over(kind, holds):
    """Three steps, the state into another optimiser, three steps more: the same as six."""

    def claim(m):
        (params, loss), (others, loss_of_others) = problem(m), problem(m)
        first, second = (getattr(m.optim, kind)(p, lr=0.01) for p in (params, others))
        for i in range(6):
            if i == 3:
                for a, b in zip(params, others):
                    b.data = a.data.clone()
                second.load_state_dict(copy.deepcopy(first.state_dict()))
            optimizer, value = (first, loss()) if i < 3 else (second, loss_of_others())
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        return others, list(second.state_dict()), sorted(second.state_dict()["state"])

    holds(claim, 1e-10)


def test_a_closure_computes_with_gradients_and_its_loss_is_returned(holds):
    def claim(m):
        x = m.tensor([2.0], requires_grad=True)
        optimizer = m.optim.Adam([x], lr=0.1)
        with m.no_grad():
            return optimizer.step(lambda: (optimizer.zero_grad(), backward((x * x).sum()))[1]), x

    holds(claim)


def test_hooks_of_steps_and_states(holds):
    def claim(m):
        x, told = m.ones(1, requires_grad=True), []
        optimizer = m.optim.SGD([x], lr=0.1)
        optimizer.register_step_pre_hook(lambda o, args, kwargs: told.append(("before", x.item())))
        optimizer.register_step_post_hook(lambda o, args, kwargs: told.append(("after", x.item())))
        optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 1})
        optimizer.register_load_state_dict_pre_hook(lambda o, state: told.append(sorted(state)))
        x.grad = m.ones(1)
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
        return told

    holds(claim)


def test_hooks_of_steps_are_given_what_step_is_called_with(holds):
    def claim(m):
        x, told = m.ones(1, requires_grad=True), []
        optimizer = m.optim.SGD([x], lr=0.1)

        def other_closure(o, args, kwargs):
            told.append((args[0] is o, len(args), kwargs))
            return (o, lambda: m.tensor(7.0)), kwargs

        optimizer.register_step_pre_hook(other_closure)
        optimizer.register_step_post_hook(lambda o, args, kwargs: told.append((args[0] is o, len(args), kwargs)))
        return optimizer.step(), optimizer.step(lambda: m.tensor(3.0)), told

    holds(claim)


def test_a_step_is_a_write_that_backward_notices():
    w = lab.ones(2, requires_grad=True)
    loss = (w * w).sum()
    w.grad = lab.ones(2)
    lab.optim.Adam([w]).step()
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation: \[torch.FloatTensor \[2\]\] is at version 1"):
        loss.backward()
