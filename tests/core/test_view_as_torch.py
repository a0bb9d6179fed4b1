"""Which memory can be viewed in which shape, against PyTorch."""

import itertools

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

LAYOUTS = {
    "in order": lambda m: m.arange(24.0).reshape(2, 3, 4), "transposed": lambda m: m.arange(24.0).reshape(6, 4).t(),
    "columns": lambda m: m.arange(24.0).reshape(4, 6)[:, :3], "every other row": lambda m: m.arange(24.0).reshape(6, 4)[::2],
    "every other": lambda m: m.arange(24.0)[::2], "rows repeated": lambda m: m.arange(4.0).expand(3, 4),
    "one repeated": lambda m: m.ones(1).expand(12), "first two exchanged": lambda m: m.arange(24.0).reshape(2, 3, 4).transpose(0, 1),
    "nothing": lambda m: m.zeros(0, 3).t(), "a number": lambda m: m.tensor(3.0), "inference": lambda m: inference(m),
}  # fmt: skip
SIZES = (1, 2, 3, 4, 6, 12, 24)


def inference(m):
    with m.inference_mode():
        return m.arange(12.0).reshape(3, 4).t()


def shapes(n):
    """All shapes of up to three of SIZES with ``n`` elements, with -1 in a place, and some that cannot be."""
    fitting = [s for k in (1, 2, 3) for s in itertools.product(SIZES, repeat=k) if torch.Size(s).numel() == n]
    return [*fitting, (), (-1,), (2, -1), (-1, 3), (5,), (-1, -1), (0,)]


def outcome(call):
    try:
        found = call()
    except RuntimeError as error:
        return str(error)
    return found.tolist(), tuple(found.shape)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_view(layout):
    ours, theirs = LAYOUTS[layout](lab), LAYOUTS[layout](torch)
    for shape in shapes(ours.numel()):
        assert outcome(lambda shape=shape: ours.view(shape)) == outcome(lambda shape=shape: theirs.view(shape)), shape
        assert outcome(lambda shape=shape: ours.reshape(shape)) == outcome(lambda shape=shape: theirs.reshape(shape)), shape


def test_view_as_refuses_what_view_refuses():
    found = {outcome(lambda m=m: m.ones(2, 3).t().view_as(m.ones(6))) for m in (lab, torch)}
    assert len(found) == 1 and "Use .reshape(...) instead" in found.pop()


def test_reshape_copies_where_it_must_and_the_gradient_goes_through():
    for m in lab, torch:
        x = m.arange(6.0).reshape(2, 3).requires_grad_()
        flat = x.t().reshape(6)
        (flat * m.arange(6.0)).sum().backward()
        assert flat.data_ptr() != x.data_ptr() and x.grad.tolist() == [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]


def test_contiguous_lays_the_elements_in_order():
    for layout, made in LAYOUTS.items():
        ours, theirs = made(lab).contiguous(), made(torch).contiguous()
        assert ours.is_contiguous() and ours.tolist() == theirs.tolist(), layout
    x = lab.arange(6.0).reshape(2, 3).requires_grad_()
    y = x.t().contiguous()
    (y.view(6) * lab.arange(6.0)).sum().backward()
    assert y.stride() == (2, 1) and x.grad.tolist() == [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]
    assert y.grad_fn.name() == "CloneBackward0"
