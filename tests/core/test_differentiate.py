"""backward() and grad(): every argument, every refusal, and hooks on the way, beside PyTorch."""

import re
import warnings

import pytest

import autograd_lab as lab

from .claims import every_warning

torch = pytest.importorskip("torch")


def two(m):
    return m.tensor([1.0, 2.0], requires_grad=True)


def tell(t):
    return (
        None
        if t is None
        else [tell(x) for x in t]
        if isinstance(t, (tuple, list))
        else t.tolist()
        if hasattr(t, "tolist")
        else t
    )


def accumulated(m, **options):
    x = two(m)
    y = x * 3
    inputs = options.pop("of", None)
    if inputs:
        options["inputs"] = [{"x": x, "y": y}[n] for n in inputs]
    (y * y).sum().backward(**options)
    return x.grad, y.grad


def watched(m, use):
    """Everything that happens at a node, a leaf and its sink, in order, when ``use(x, y, z)`` walks."""
    log, x = [], two(m)
    y = x * 2
    y.retain_grad()
    z = y * 5
    y.grad_fn.register_prehook(lambda gs: log.append(("pre", tell(gs))))
    y.register_hook(lambda g: log.append(("first", tell(g))) or g * 10)
    y.grad_fn.register_hook(lambda gi, go: log.append(("post", tell(gi), tell(go))))
    y.register_hook(lambda g: log.append(("second", tell(g))))
    sink = y.grad_fn.next_functions[0][0]
    x.register_hook(lambda g: log.append(("leaf", tell(g), tell(x.grad))) or g + 1)
    sink.register_prehook(lambda gs: log.append(("sink pre", tell(gs))))
    x.register_post_accumulate_grad_hook(lambda leaf: log.append(("accumulated", tell(leaf.grad))))
    sink.register_hook(lambda gi, go: log.append(("sink post", tell(gi), tell(go))))
    found = use(m, x, y, z)
    return log, tell(found), tell(y.grad), tell(x.grad)


def reentrant(m):
    log, x = [], two(m)
    y = x * 2

    def inner(g):
        w = two(m)
        with m.enable_grad():
            (w * w * g.detach()).sum().backward()
        log.append(tell(w.grad))

    y.register_hook(inner)
    (y * y).sum().backward()
    return log, x.grad


def raising(m):
    x = two(m)
    y = x * 2
    y.register_hook(lambda g: 1 / 0)
    try:
        (y * y).sum().backward(retain_graph=True)
    except ZeroDivisionError as error:
        return str(error), x.grad, m.autograd.grad((x * 3).sum(), x)


def interrupted(m):
    x = two(m)
    y = x * x

    def stop(g):
        raise KeyboardInterrupt

    handle = y.register_hook(stop)
    z = (y * y).sum()
    try:
        z.backward(retain_graph=True)
    except KeyboardInterrupt:
        handle.remove()
    z.backward()
    return x.grad


def removed(m):
    log, x = [], two(m)
    keep = x.register_hook(lambda g: log.append("kept"))
    x.register_hook(lambda g: log.append("removed")).remove()
    with x.register_hook(lambda g: log.append("inside")):
        (x * 2).sum().backward()
    (x * 2).sum().backward()
    keep.remove()
    (x * 2).sum().backward()
    return log


def batched(m, **options):
    x = two(m)
    y = x * x
    return m.autograd.grad(y, x, m.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 3.0]]), is_grads_batched=True, **options)


def same_object(m):
    x = two(m)
    (x * 2).sum().backward()
    first = x.grad
    (x * 2).sum().backward()
    same = x.grad is first
    (x * x).sum().backward(create_graph=True)
    return same, x.grad is first, first, x.grad.requires_grad


def shapes_and_dtypes(m):
    x = two(m)
    y = x * 2
    y.backward(m.tensor([1, 2]), retain_graph=True)
    y.backward(m.tensor([1.0, 2.0], dtype=m.float64))
    return x.grad, str(x.grad.dtype)


def half_frozen(m):
    x, w = two(m), two(m)
    y = (x * w).sum()
    w.requires_grad_(False)
    y.backward()
    return x.grad, w.grad


CLAIMS = {
    "plain": lambda m: accumulated(m), "inputs leaf": lambda m: accumulated(m, of="x"), "inputs non-leaf": lambda m: accumulated(m, of="y"), "inputs both": lambda m: accumulated(m, of="xy"),
    "gradient": lambda m: accumulated(m, gradient=m.tensor(2.0)), "create_graph": lambda m: accumulated(m, create_graph=True), "no inputs": lambda m: two(m).sum().backward(inputs=[]),
    "watched backward": lambda m: watched(m, lambda m, x, y, z: z.sum().backward()), "watched grad of leaf": lambda m: watched(m, lambda m, x, y, z: m.autograd.grad(z.sum(), x)),
    "watched grad of non-leaf": lambda m: watched(m, lambda m, x, y, z: m.autograd.grad(z.sum(), y)), "watched inputs": lambda m: watched(m, lambda m, x, y, z: z.sum().backward(inputs=[x])),
    "watched grad of both": lambda m: watched(m, lambda m, x, y, z: m.autograd.grad(z.sum(), [x, y])), "watched second order": lambda m: watched(m, lambda m, x, y, z: m.autograd.grad((z * z).sum(), x, create_graph=True)),
    "reentrant": reentrant, "raising hook": raising, "interrupted": interrupted, "removed": removed, "same object": same_object, "dtypes of gradients": shapes_and_dtypes,
    "batched": lambda m: batched(m), "batched with graph": lambda m: [g.requires_grad for g in batched(m, create_graph=True)],
    "not a number": lambda m: two(m).backward(), "nothing": lambda m: m.ones(()).backward(), "detached": lambda m: two(m).sum().detach().backward(), "integers": lambda m: two(m).argmax().backward(),
    "wrong shape": lambda m: (two(m) * 2).backward(m.ones(3)), "a float": lambda m: (two(m) * 2).backward(3.0), "floats": lambda m: m.autograd.backward([two(m)], [3.0]), "too few": lambda m: m.autograd.backward([two(m).sum(), two(m).sum()], [m.tensor(1.0)]),
    "none": lambda m: m.autograd.backward(None), "complex": lambda m: (two(m) * 2).backward(m.ones(2, dtype=m.complex64)), "twice": lambda m: (lambda y: (y.backward(), y.backward()))((two(m) * two(m)).sum()),
    "nothing saved, twice": lambda m: (lambda x: [(x + 1).sum().backward() for _ in "ab"] and x.grad)(two(m)), "unused": lambda m: m.autograd.grad(two(m).sum(), two(m)), "allowed unused": lambda m: m.autograd.grad(two(m).sum(), two(m), allow_unused=True),
    "materialized": lambda m: m.autograd.grad(two(m).sum(), two(m), materialize_grads=True), "contradiction": lambda m: m.autograd.grad(two(m).sum(), two(m), materialize_grads=True, allow_unused=False),
    "of a constant": lambda m: m.autograd.grad(two(m).sum(), m.ones(2)), "of nothing": lambda m: m.autograd.grad(two(m).sum(), []), "dict": lambda m: (lambda x: m.autograd.grad((x * x).sum(), {"a": x}))(two(m)),
    "several outputs": lambda m: (lambda x: m.autograd.grad([x.sum(), (x * x).sum()], x))(two(m)), "several outputs with gradients": lambda m: (lambda x: m.autograd.grad([x, x * x], x, [m.ones(2), m.ones(2) * 3]))(two(m)),
    "grad_variables": lambda m: (lambda x: m.autograd.backward([x * 2], grad_variables=[m.ones(2)]) or x.grad)(two(m)), "twice the same input": lambda m: (lambda x: m.autograd.grad((x * x).sum(), [x, x]))(two(m)),
    "output is the input": lambda m: (lambda x: m.autograd.grad(x, x, m.ones(2)))(two(m)), "output is the input, non-leaf": lambda m: (lambda x: m.autograd.grad(x * 1, x, m.ones(2)))(two(m)), "frozen after forward": half_frozen,
    "sizes of hooks": lambda m: (lambda x: x.register_hook(lambda g: m.ones(3)) and (x * 2).sum().backward())(two(m)), "types of hooks": lambda m: (lambda x: x.register_hook(lambda g: g.double()) and (x * 2).sum().backward())(two(m)),
    "hook returns a number": lambda m: (lambda x: x.register_hook(lambda g: 3) and (x * 2).sum().backward())(two(m)), "hook on a constant": lambda m: m.ones(2).register_hook(lambda g: g), "post-accumulate on a non-leaf": lambda m: (two(m) * 2).register_post_accumulate_grad_hook(lambda x: None),
    "retain_grad of a constant": lambda m: m.ones(2).retain_grad(), "retain_grad with an argument": lambda m: two(m).retain_grad(1), "retain twice": lambda m: (lambda x, y: (y.retain_grad(), y.retain_grad(), [y.sum().backward() for _ in "ab"], y.grad, y.retains_grad)[3:])(None, two(m) + 1),
    "flag of a non-leaf": lambda m: setattr(two(m) * 2, "requires_grad", False), "flag of integers": lambda m: m.tensor([1]).requires_grad_(), "flag of integers, set": lambda m: setattr(m.tensor([1]), "requires_grad", True), "made of integers": lambda m: m.tensor([1], requires_grad=True),
    "grad of a wrong size": lambda m: setattr(two(m), "grad", m.ones(3)), "grad of a wrong dtype": lambda m: setattr(two(m), "grad", m.ones(2, dtype=m.float64)), "grad a number": lambda m: setattr(two(m), "grad", 3), "grad itself": lambda m: (lambda x: setattr(x, "grad", x))(two(m)),
    "expanded in a hook": lambda m: (lambda x: x.register_hook(lambda g: g.mul_(2)) and x.sum().backward())(two(m)), "leaf in place": lambda m: two(m).add_(1), "view of a leaf in place": lambda m: two(m)[0].add_(1),
    "under no_grad": lambda m: (lambda x: [m.no_grad().__enter__(), (x.sum()).requires_grad, m.enable_grad().__enter__(), x.grad])(two(m))[1:2], "out=": lambda m: m.add(two(m), 1, out=m.ones(2)), "float of a tensor with grad": lambda m: float(two(m).sum()),
    "backward of a leaf": lambda m: (lambda x: [x.backward() for _ in "ab"] and x.grad)(m.tensor(3.0, requires_grad=True)), "grad of a non-leaf": lambda m: (two(m) * 2).grad,
}  # fmt: skip


def outcome(m, claim):
    with warnings.catch_warnings(record=True) as caught, m.set_grad_enabled(True):
        warnings.simplefilter("always")
        try:
            told = repr(tell(CLAIMS[claim](m)))
        except Exception as error:
            told = type(error).__name__, str(error)
    texts = [(w.category, re.sub(r" \(Triggered internally.*", "", str(w.message), flags=re.S)) for w in caught]
    return told, [t for t in texts if "create_graph=True will create" not in t[1]]  # PyTorch says it once in a process


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    with every_warning():
        (ours, warned), (theirs, expected) = outcome(lab, claim), outcome(torch, claim)
    assert ours == theirs
    assert warned == expected


EDGES = {
    "one number": lambda m, x, edge: m.autograd.grad(edge(x * 2), x),
    "one element": lambda m, x, edge: m.autograd.grad(edge(x.view(-1)[:1] * 2), x),
    "a leaf": lambda m, x, edge: m.autograd.backward(edge(x)),
    "several numbers": lambda m, x, edge: m.autograd.grad(edge(x * 2), x),
    "a gradient of another size": lambda m, x, edge: m.autograd.grad(edge(x * 2), x, m.ones(3)),
    "a second output": lambda m, x, edge: m.autograd.grad(edge(x.max(0).values), x),
    "of a node": lambda m, x, edge: m.autograd.grad(m.autograd.graph.GradientEdge((x * 2).grad_fn, 0), x, m.ones(x.shape)),
}


@pytest.mark.parametrize("size", [(), (2,)])
@pytest.mark.parametrize("name", EDGES)
def test_a_gradient_edge_knows_the_size_of_its_tensor(name, size):
    def told(m):
        x = m.ones(size, requires_grad=True)
        try:
            return str(EDGES[name](m, x, m.autograd.graph.get_gradient_edge)), str(x.grad)
        except (RuntimeError, IndexError) as error:
            return str(error).split("\n")[0]

    assert told(lab) == told(torch)


@pytest.mark.parametrize("saved", [True, False])
def test_data_of_another_size_is_told_in_pytorchs_words(saved):
    def told(m):
        x = m.ones(2, requires_grad=True)
        (x * 3).sum().backward()
        loss = (x * x).sum() if saved else None
        x.data = m.ones(3)
        with pytest.raises(RuntimeError) as caught:
            (loss if saved else (x * x).sum()).backward()
        return str(caught.value).split("\n")[0]

    assert told(lab) == told(torch)


def test_a_hooks_own_error_about_shapes_stays_its_own():
    def hook(g):
        return lab.from_numpy(g.numpy() + lab.ones(3).numpy())

    x = lab.ones(2, requires_grad=True)
    x.register_hook(hook)
    with pytest.raises(ValueError, match="operands could not be broadcast together"):
        x.sum().backward()
