"""autograd.graph: edges in the stead of tensors, hooks on several tensors, versions by hand."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def multi(m, mode, tensors_used):
    told = []
    a, b, c = (m.ones(2, requires_grad=True) for _ in range(3))
    x, y, z = a * 2, b * 3, c * 4
    handle = m.autograd.graph.register_multi_grad_hook(
        (x, y, z),
        lambda g: told.append([t if t is None else t.tolist() for t in g] if mode == "all" else g.tolist()),
        mode=mode,
    )
    for names in tensors_used:
        sum(({"x": x, "y": y, "z": z}[n].sum() for n in names), start=m.zeros(())).backward(retain_graph=True)
    handle.remove()
    x.sum().backward()
    return told


def edge(m):
    x = m.ones(2, requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    found = m.autograd.grad(z, m.autograd.graph.get_gradient_edge(y), retain_graph=True)[0].tolist()
    both = m.autograd.grad(z, [m.autograd.graph.get_gradient_edge(x), y])
    e = m.autograd.graph.get_gradient_edge(x)
    return found, [g.tolist() for g in both], e.output_nr, e.node.name().split("::")[-1]


def edge_of_several(m):
    x = m.ones(4, requires_grad=True)
    first, second = x.split(2)
    e = m.autograd.graph.get_gradient_edge(second)
    return m.autograd.grad((first * 2 + second * second).sum(), e)[0].tolist(), e.output_nr


def versions(m):
    x, y = m.ones(2), m.ones(2)
    m.autograd.graph.increment_version(x)
    m.autograd.graph.increment_version([x, y])
    with m.autograd._unsafe_preserve_version_counter(x):
        x.add_(1)
    return x._version, y._version, x.tolist()


def noticed(m):
    a = m.ones(2, requires_grad=True)
    y = (a * a).sum()
    m.autograd.graph.increment_version(a)
    y.backward()


CASES = {
    "all": lambda m: multi(m, "all", ["xyz", "xyz"]), "all, of which some are used": lambda m: multi(m, "all", ["xz", "y", "zyx"]), "any": lambda m: multi(m, "any", ["zyx", "y"]),
    "unknown mode": lambda m: multi(m, "some", []), "edge": edge, "edge of several outputs": edge_of_several, "versions": versions, "a counted write is noticed": noticed,
    "edge of a constant": lambda m: m.autograd.graph.get_gradient_edge(m.ones(2)),
}  # fmt: skip


def outcome(m, case):
    try:
        return CASES[case](m)
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("case", CASES)
def test_as_torch(case):
    assert outcome(lab, case) == outcome(torch, case)


def test_node_is_what_every_grad_fn_is():
    x = lab.ones(2, requires_grad=True)
    assert isinstance((x * 2).grad_fn, lab.autograd.graph.Node) and isinstance(
        (x * 2).grad_fn.next_functions[0][0], lab.autograd.graph.Node
    )
