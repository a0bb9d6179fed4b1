"""What a captured function may do: integers are inputs of the program unless a shape depends on them; what is detached is held."""

import pytest

import autograd_lab as torch
from autograd_lab.programs.standin import StandIn

X, TABLE = torch.randn(6, 5, requires_grad=True), torch.randn(7, 4, requires_grad=True)
WEIGHT = torch.rand(5)


def written_at(x, i):
    x = x.clone()
    x[i] = 0.0
    return x.sum()


BY_INTEGERS = {
    "x[i]": lambda i: (X[i] * 2).sum(),
    "x[:, i]": lambda i: X[:, i % 5].pow(2).sum(),
    "x[rows, i]": lambda i: X[torch.arange(6), i].sum(),
    "x[i] = 0": lambda i: written_at(X, i),
    "gather": lambda i: X.gather(1, i.unsqueeze(1)).sum(),
    "take": lambda i: X.take(i).sum(),
    "take_along_dim": lambda i: torch.take_along_dim(X, i.unsqueeze(1), 1).sum(),
    "index_select": lambda i: X.index_select(0, i).pow(2).sum(),
    "index_add": lambda i: torch.zeros(6, 5).index_add(0, i, X).pow(2).sum(),
    "index_put": lambda i: X.index_put((i,), X * 2).sum(),
    "scatter": lambda i: X.scatter(1, i.unsqueeze(1), X[:, :1] * 2).pow(2).sum(),
    "scatter_add": lambda i: torch.zeros(6, 5).scatter_add(1, i.unsqueeze(1), X[:, :1]).pow(2).sum(),
    "scatter_reduce": lambda i: X.scatter_reduce(1, i.unsqueeze(1), X[:, :1], "amax").pow(2).sum(),
    "one_hot": lambda i: (torch.nn.functional.one_hot(i, 5) * X).sum(),
    "cross_entropy": lambda i: torch.nn.functional.cross_entropy(X, i),
    "cross_entropy, weights": lambda i: torch.nn.functional.cross_entropy(X, i, WEIGHT, ignore_index=2, label_smoothing=0.1),
    "embedding": lambda i: torch.nn.functional.embedding(i, TABLE, padding_idx=1).pow(2).sum(),
    "embedding_bag": lambda i: torch.nn.functional.embedding_bag(i.reshape(2, 3), TABLE).pow(2).sum(),
}


def value_and_gradients(f, *args):
    X.grad = TABLE.grad = None
    value = f(*args)
    value.backward()
    return [value.detach().numpy().tobytes(), *(None if t.grad is None else t.grad.numpy().tobytes() for t in (X, TABLE))]


@pytest.mark.parametrize("f", BY_INTEGERS.values(), ids=BY_INTEGERS.keys())
def test_other_integers_are_no_other_program(f):
    compiled = torch.compile(f)
    for i in ([0, 2, 1, 3, 4, 0], [1, 1, 0, 2, 3, 4], [4, 4, 4, 4, 0, 0]):
        i = torch.tensor(i)
        assert value_and_gradients(compiled, i) == value_and_gradients(f, i)
    assert len(compiled.programs) == 1 and not compiled.refused


@pytest.mark.parametrize(
    "f",
    [
        lambda i: X[i > 1].sum(),
        lambda i: X.masked_select((i > 1).unsqueeze(1)).sum(),
        lambda i: X[torch.nonzero(i > 1)[:, 0]].sum(),
        lambda i: X.repeat_interleave(i, 0).pow(2).sum(),
        lambda i: torch.bincount(i).sum() * X.sum(),
    ],
    ids=["mask", "masked_select", "nonzero", "repeat_interleave", "bincount"],
)
def test_integers_that_make_shapes_are_part_of_the_program(f):
    compiled = torch.compile(f)
    for i in ([0, 2, 1, 3, 4, 0], [1, 1, 0, 2, 3, 9], [0, 1, 1, 1, 2, 0]):
        i = torch.tensor(i) % 5
        assert value_and_gradients(compiled, i) == value_and_gradients(f, i)


@pytest.mark.parametrize("name", ["x[i]", "gather", "cross_entropy", "embedding", "one_hot"])
def test_integers_out_of_bounds_are_refused_as_ever(name):
    f = BY_INTEGERS[name]
    compiled = torch.compile(f)
    compiled(torch.tensor([0, 2, 1, 3, 4, 0]))
    wrong = torch.tensor([0, 2, 1, 3, 99, 0])
    with pytest.raises((IndexError, RuntimeError)) as plain:
        f(wrong)
    with pytest.raises(type(plain.value)) as caught:
        compiled(wrong)
    assert str(caught.value) == str(plain.value)


def looked_at_from_outside(w):
    h = X * w
    held = h.detach()  # sees the write; what is made of it is a constant
    h[1] = held[0].sin()
    with torch.no_grad():
        doubled = (h * 2).detach()
    return ((h + held.clone()) * doubled).sum()


def written_from_outside(w):
    h = X * w
    h.detach().mul_(2.0)
    return (h + w).sum()


@pytest.mark.parametrize("f", [looked_at_from_outside, written_from_outside])
def test_what_is_detached_is_compiled(f):
    compiled = torch.compile(f)
    for w in (WEIGHT, WEIGHT * 3):
        assert value_and_gradients(compiled, w) == value_and_gradients(f, w)
    assert len(compiled.programs) == 1 and not compiled.refused


@pytest.mark.parametrize("f", [lambda x: x.t().cumsum(0), lambda x: x.t().softmax(0), lambda x: x[:, torch.tensor([3, 1])],
                               lambda x: x.t().roll(1, 0), lambda x: x.t().max(0, keepdim=True).values.expand(2, -1).clone()])  # fmt: skip
def test_a_program_lays_its_results_out_as_the_engine_does(f):
    assert torch.compile(f)(X).stride() == f(X).stride()


def test_a_stand_in_has_no_other_names_than_a_tensor():
    hidden = {name for name in vars(StandIn) if not name.startswith("_") and name in dir(torch.Tensor)}
    assert hidden == set(
        "requires_grad is_leaf grad_fn data is_contiguous stride detach_ retain_grad register_hook backward grad item tolist numpy".split()
    )
    assert not set(StandIn.__slots__) & set(dir(torch.Tensor))
