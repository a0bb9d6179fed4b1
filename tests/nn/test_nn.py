"""Modules: PyTorch's first values, results, gradients, hooks, printing and refusals."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import nn  # noqa: F401  (found as lab.nn below)

torch = pytest.importorskip("torch")


def net(m):
    m.manual_seed(0)
    return m.nn.Sequential(m.nn.Linear(2, 3), m.nn.Tanh(), m.nn.Linear(3, 1, bias=False))


def trained(m, loss, *target):
    model = net(m)
    x = m.tensor([[0.5, -1.0], [2.0, 1.5]])
    value = loss(m, model(x))
    value.backward()
    return value, [p.grad for p in model.parameters()]


def frozen(m):
    model = net(m)
    model[0].requires_grad_(False)
    model(m.ones(1, 2)).sum().backward()
    return [p.grad is None for p in model.parameters()]


def hooked(m):
    layer, told = m.nn.Linear(2, 1), []
    layer.register_forward_pre_hook(lambda _, args: told.append("before") or (args[0] * 3,))
    layer.register_forward_hook(lambda _, args, out: told.append("after") or out * 2)
    layer.register_full_backward_pre_hook(lambda _, go: told.append(("pre", go[0].tolist())))
    layer.register_full_backward_hook(lambda _, gi, go: told.append((len(gi), gi[0] is None, go[0].tolist())))
    x = m.ones(1, 2, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    return told, y.grad_fn.name(), [n.name() for n, _ in y.grad_fn.next_functions]


def replaced(m):
    model = net(m)
    model[0].register_full_backward_hook(lambda _, gi, go: (gi[0] * 10,))
    x = m.ones(1, 2, requires_grad=True)
    model(x).sum().backward()
    return x.grad


def mode(m):
    m.manual_seed(1)
    layer = m.nn.Dropout(0.25)
    return layer(m.ones(20)), layer.eval()(m.ones(3)), layer.training


def with_buffer(m):
    class Shift(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("by", m.ones(2))
            self.scale = m.nn.Parameter(m.ones(2) * 2)
            self.register_parameter("nothing", None)

        def forward(self, x):
            return x * self.scale + self.by

    return Shift()


CLAIMS = {
    "first values": lambda m: [p.tolist() for p in net(m).parameters()], "printing": lambda m: repr(net(m)), "names": lambda m: list(net(m).state_dict()),
    "modules": lambda m: [n for n, _ in net(m).named_modules()], "mse": lambda m: trained(m, lambda m, y: m.nn.MSELoss()(y, m.ones(2, 1))),
    "l1 sum": lambda m: trained(m, lambda m, y: m.nn.L1Loss(reduction="sum")(y, m.ones(2, 1))),
    "cross entropy": lambda m: trained(m, lambda m, y: m.nn.CrossEntropyLoss()(m.cat([y, y * 2], 1), m.tensor([0, 1]))),
    "ignored class": lambda m: trained(m, lambda m, y: m.nn.functional.cross_entropy(m.cat([y, y * 2], 1), m.tensor([0, -100]))),
    "soft targets": lambda m: trained(m, lambda m, y: m.nn.functional.cross_entropy(m.cat([y, y * 2], 1), m.tensor([[0.3, 0.7], [1.0, 0.0]]))),
    "logits": lambda m: trained(m, lambda m, y: m.nn.BCEWithLogitsLoss()(y, m.tensor([[0.0], [1.0]]))),
    "probabilities": lambda m: trained(m, lambda m, y: m.nn.BCELoss()(y.sigmoid(), m.tensor([[0.0], [1.0]]))),
    "frozen": frozen, "hooks": hooked, "a hook replaces": replaced, "dropout": mode, "buffers": lambda m: (list(with_buffer(m).state_dict()), repr(with_buffer(m))),
    "a number for a parameter": lambda m: setattr(with_buffer(m), "scale", m.ones(2)), "unknown": lambda m: net(m).weights,
    "no forward": lambda m: m.nn.Module()(1), "wrong width": lambda m: net(m)(m.ones(1, 5)), "missing keys": lambda m: net(m).load_state_dict({}),
    "sizes differ": lambda m: m.nn.MSELoss()(m.ones(2), m.ones(2, 1)), "integers": lambda m: m.nn.Parameter(m.tensor([1])),
    "bad probability": lambda m: m.nn.Dropout(2.0), "forgotten init": lambda m: type("A", (m.nn.Module,), {"__init__": lambda self: setattr(self, "l", m.nn.Linear(1, 1))})(),
    "parameter": lambda m: (repr(m.nn.Parameter(m.ones(1))), repr(copy.deepcopy(m.nn.Parameter(m.ones(1)))), (m.nn.Parameter(m.ones(1)) * 2).__class__.__name__),
    "activations": lambda m: [(repr(a), a(m.tensor([[-1.0, 0.5, 3.0]]))) for a in (m.nn.ReLU(), m.nn.LeakyReLU(0.1), m.nn.ELU(), m.nn.GELU(), m.nn.SiLU(),
                              m.nn.Softplus(), m.nn.Softmax(dim=1), m.nn.LogSoftmax(dim=1), m.nn.Sigmoid(), m.nn.Flatten(), m.nn.Identity())],
    "zeros": lambda m: (lambda n: (n(m.ones(1, 2)).sum().backward(), n.zero_grad(set_to_none=False), n[0].bias.grad.tolist(), n.zero_grad(), n[0].bias.grad)[2:])(net(m)),
    "init": lambda m: [(m.manual_seed(0), f(m.empty(3, 4)))[1] for f in (m.nn.init.xavier_uniform_, m.nn.init.kaiming_normal_, m.nn.init.normal_, m.nn.init.ones_)],
}  # fmt: skip


def plain(x):
    if isinstance(x, (tuple, list)):
        return [plain(y) for y in x]
    return np.asarray(x.detach().tolist()) if hasattr(x, "tolist") else x


def outcome(m, claim):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            told = plain(CLAIMS[claim](m))
        except Exception as error:
            told = [type(error).__name__, str(error)]
    return told, [str(w.message) for w in caught]


def agree(a, b):
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(agree, a, b))
    return np.allclose(a, b, rtol=2e-6, atol=1e-7) if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    (ours, warned), (theirs, expected) = outcome(lab, claim), outcome(torch, claim)
    assert agree(ours, theirs), (ours, theirs)
    assert warned == expected


def test_functional_call_uses_other_tensors_and_puts_its_own_back():
    from autograd_lab.func import functional_call, grad

    model = net(lab)
    before = [p.tolist() for p in model.parameters()]
    weights = {name: p.detach() * 0 for name, p in model.named_parameters()}
    assert functional_call(model, weights, lab.ones(1, 2)).tolist() == [[0.0]]
    found = grad(lambda w: functional_call(model, w, lab.ones(1, 2)).sum())(dict(model.named_parameters()))
    assert set(found) == set(weights) and [p.tolist() for p in model.parameters()] == before


def test_a_state_is_carried_to_another_module():
    a, b = net(lab), lab.nn.Sequential(lab.nn.Linear(2, 3), lab.nn.Tanh(), lab.nn.Linear(3, 1, bias=False))
    b.load_state_dict(a.state_dict())
    x = lab.ones(1, 2)
    assert a(x).tolist() == b(x).tolist()


@pytest.mark.parametrize("shapes", [((2, 3), (4, 3), (4,)), ((5, 2, 3), (4, 3), (4,)), ((3,), (4, 3), (4,)), ((2, 3), (4, 3), None),
                                    ((2, 3), (4, 3), (2, 4)), ((2, 3), (4, 3), (1,)), ((5, 2, 3), (4, 3), (2, 4))])  # fmt: skip
def test_linear_records_pytorchs_nodes(shapes):
    def walk(point):
        return point.name(), [walk(edge) if edge is not None else None for edge, _ in point.next_functions]

    found = []
    for m in lab, torch:
        leaves = [
            None if shape is None else (m.arange(float(np.prod(shape))) * 0.1 - i).reshape(shape).requires_grad_()
            for i, shape in enumerate(shapes)
        ]
        out = m.nn.functional.linear(*leaves)
        (out * out).sum().backward()
        grads = [leaf.grad.numpy() for leaf in leaves if leaf is not None]
        found.append((None if shapes == ((5, 2, 3), (4, 3), (2, 4)) else walk(out.grad_fn), out.detach().numpy(), grads))
    assert found[0][0] == found[1][0]
    for ours, theirs in zip([found[0][1], *found[0][2]], [found[1][1], *found[1][2]]):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_what_is_hung_on_a_parameter_is_pickled_and_not_copied():
    def told(m):
        p = m.nn.Parameter(m.ones(2))
        p.name_in_report = "bias"
        return p.__dict__, pickle.loads(pickle.dumps(p)).__dict__, copy.deepcopy(p).__dict__

    assert told(lab) == told(torch)
