"""What nodes keep, by PyTorch's words, with PyTorch's values. The words alone are compared for all operations: tests/ops/kept.py."""

from types import SimpleNamespace

import pytest

import autograd_lab as lab
from autograd_lab.core.primitive import PRIMITIVES, primitive

from .claims import each

torch = pytest.importorskip("torch")


def show(value):
    """As lists, which libraries may round differently in the last place."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return (
        list(map(show, value)) if isinstance(value, (list, tuple)) else round(value, 12) if isinstance(value, float) else value
    )


def saved(make):
    """Names and values of all that the node of ``make(m, x)`` keeps."""

    def claim(m):
        x = m.tensor([[1.0, 4.0, 2.0], [3.0, 0.5, 1.5]], dtype=m.float64, requires_grad=True)
        node = make(m, x).grad_fn
        return {word: show(getattr(node, word)) for word in dir(node) if word.startswith("_saved_")}

    return claim


def of_parent(t):
    """Stands for a tensor of the node before that of ``t``."""
    return SimpleNamespace(grad_fn=t.grad_fn.next_functions[0][0])


CALLS = {
    "a number": lambda m, x: x * 2.5, "two": lambda m, x: x * x.exp(), "a quotient": lambda m, x: x / x.detach(), "add": lambda m, x: x + 1, "sub": lambda m, x: x - x.exp(),
    "sum": lambda m, x: x.sum(), "sum over one": lambda m, x: x.sum(1), "sum over two": lambda m, x: x.sum((0, 1), keepdim=True), "mean": lambda m, x: x.mean(),
    "mean over one": lambda m, x: x.mean(0), "max": lambda m, x: x.max(1)[0], "min, kept": lambda m, x: x.min(0, keepdim=True)[0], "median": lambda m, x: x.median(1)[0],
    "kthvalue": lambda m, x: x.kthvalue(2, 1)[0], "mode": lambda m, x: x.mode(0, keepdim=True)[0], "sort": lambda m, x: x.sort(1)[0], "topk": lambda m, x: x.topk(2, 1)[0],
    "amax": lambda m, x: x.amax(1), "amin": lambda m, x: x.amin((0, 1)), "select": lambda m, x: x[:, 1], "first": lambda m, x: x[0], "slice": lambda m, x: x[:, 1:3], "open": lambda m, x: x[1:],
    "stepped": lambda m, x: x[:, ::2], "a list": lambda m, x: x[[1, 0]], "columns": lambda m, x: x[:, [2, 0]], "a mask": lambda m, x: x[:, m.tensor([True, False, True])],
    "index_select": lambda m, x: x.index_select(1, m.tensor([2, 0])), "view": lambda m, x: x.view(3, 2), "expand": lambda m, x: x.expand(2, 2, 3), "t": lambda m, x: x.t(),
    "transpose": lambda m, x: x.transpose(0, 1), "permute": lambda m, x: x.permute(1, 0), "cat": lambda m, x: m.cat([x, x], 1), "stack": lambda m, x: m.stack([x, x]),
    "where": lambda m, x: m.where(x > 1, x, x.exp()), "masked_fill": lambda m, x: x.masked_fill(x > 1, 0.0), "clamp": lambda m, x: x.clamp(1, 2), "pow": lambda m, x: x**2,
    "pow of tensors": lambda m, x: x ** x.detach(), "a base": lambda m, x: 2.5**x, "exp": lambda m, x: x.exp(), "sqrt": lambda m, x: x.sqrt(), "log": lambda m, x: x.log(),
    "softmax": lambda m, x: x.softmax(1), "log_softmax": lambda m, x: x.log_softmax(1), "relu": lambda m, x: x.relu(), "mse": lambda m, x: m.nn.functional.mse_loss(x, x.detach() + 1),
    "huber": lambda m, x: m.nn.functional.huber_loss(x, x.detach() + 1, reduction="sum"), "roll": lambda m, x: x.roll(1), "flip": lambda m, x: x.flip(0),
    "cumsum": lambda m, x: x.cumsum(1), "cummax": lambda m, x: (x * 1).cummax(1)[0].sum(), "bmm's": lambda m, x: m.bmm(x[None], x.t()[None]), "dot": lambda m, x: x[0].dot(x[1]),
    "mv": lambda m, x: x.mv(x[0].detach()), "det": lambda m, x: m.linalg.inv(x[:, :2]), "lerp": lambda m, x: x.lerp(x.exp(), 0.25), "addcmul": lambda m, x: m.addcmul(x, x, x, value=2),
    "clone": lambda m, x: x.clone(), "tanh": lambda m, x: x.tanh(), "gelu": lambda m, x: m.nn.functional.gelu(x), "float": lambda m, x: x.float(), "tril": lambda m, x: x.tril(),
    "unsqueeze": lambda m, x: x.unsqueeze(1), "squeeze": lambda m, x: x[:, None].squeeze(1), "squeeze of several": lambda m, x: x[:, None].squeeze((1,)), "split_with_sizes": lambda m, x: x.split([1, 2], 1)[0],
    "narrow_copy": lambda m, x: m.narrow_copy(x, 1, 1, 2), "fft": lambda m, x: m.fft.fft(x * 1j, norm="forward"), "ifft": lambda m, x: m.fft.ifft(x * 1j), "irfft": lambda m, x: m.fft.irfft(x * 1j, norm="ortho"),
    "addbmm": lambda m, x: m.addbmm(x, m.ones(2, 2, 4).double(), x.detach()[None, :1].expand(2, 4, 3)), "conv1d": lambda m, x: m.nn.functional.conv1d(x[None], m.ones(3, 2, 2).double().requires_grad_(), padding=1),
    "conv_transpose1d": lambda m, x: m.nn.functional.conv_transpose1d(x[None], m.ones(2, 3, 2).double().requires_grad_(), stride=2, output_padding=1),
    "max_pool1d": lambda m, x: of_parent(m.nn.functional.max_pool1d(x[None], 2, padding=1)), "max_pool2d": lambda m, x: m.nn.functional.max_pool2d(x[None], (1, 2), 1, ceil_mode=True),
    "avg_pool2d": lambda m, x: m.nn.functional.avg_pool2d(x[None], 2, count_include_pad=False, divisor_override=3), "avg_pool2d, stepped": lambda m, x: m.nn.functional.avg_pool2d(x[None], (1, 2), (1, 1)),
    "pad": lambda m, x: m.nn.functional.pad(x, (1, 2), value=3.0), "reflected": lambda m, x: m.nn.functional.pad(x[None], (1, 2), "reflect"), "replicated": lambda m, x: m.nn.functional.pad(x[None, None], (1, 0, 2, 1), "replicate"),
    "interpolate": lambda m, x: m.nn.functional.interpolate(x[None], 5), "bilinear": lambda m, x: m.nn.functional.interpolate(x[None, None], scale_factor=(2.0, 3.0), mode="bilinear", align_corners=True),
    "affine_grid": lambda m, x: m.nn.functional.affine_grid(x[None], (1, 1, 2, 2), align_corners=False), "gather": lambda m, x: x.gather(1, m.tensor([[0, 0, 2], [1, 2, 0]])), "take_along_dim": lambda m, x: m.take_along_dim(x, m.tensor([[0], [2]]), 1),
    "scatter": lambda m, x: x.scatter(1, m.tensor([[0], [2]]), x.detach()), "scatter_add": lambda m, x: x.scatter_add(0, m.tensor([[0, 1, 0], [1, 1, 0]]), x.exp()), "scatter_reduce": lambda m, x: x.scatter_reduce(0, m.tensor([[0, 1, 0], [1, 1, 0]]), x.exp(), "prod"),
    "embedding, padded": lambda m, x: m.nn.functional.embedding(m.tensor([1, 0, 1]), x, padding_idx=1, scale_grad_by_freq=True), "unfold": lambda m, x: x.unfold(1, 2, 1),
    "as_strided": lambda m, x: (x * 1).as_strided((2, 2), (1, 2), 1), "complex": lambda m, x: m.complex(x, x.exp()), "angle": lambda m, x: x.angle(), "erfinv": lambda m, x: (x / 5).erfinv(), "index_add": lambda m, x: x.index_add(0, m.tensor([0, 0]), x.exp(), alpha=2),
    "index_put": lambda m, x: x.index_put((m.tensor([0]),), x[0]), "diagonal_scatter": lambda m, x: x.diagonal_scatter(x[0, :2], 1), "im2col": lambda m, x: m.nn.functional.unfold(x[None], 2),
    "segment_reduce": lambda m, x: m.segment_reduce(x, "sum", lengths=m.tensor([1, 1])), "prod": lambda m, x: x.prod(), "div, rounded": lambda m, x: x.div(x.exp(), rounding_mode="floor"),
}  # fmt: skip

test_names_and_values_are_pytorchs = each(lambda m: {name: lambda make=make: saved(make)(m) for name, make in CALLS.items()})


@pytest.mark.parametrize("m", [lab, torch])
def test_of_several_outputs_freed_values_are_refused(m):
    x = m.tensor([1.0, 2.0], requires_grad=True)
    y = x.max(0)[0]
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        _ = y.grad_fn._saved_indices


def test_places_of_saved_values_are_of_those_saved():
    x = lab.tensor([[1.0, 2.0]], requires_grad=True)
    node = x.mm(x.t().detach()).grad_fn
    assert node._raw_saved_mat2.unpack().tolist() == [[1.0], [2.0]] and "_raw_saved_other" not in dir(node)


def test_looking_at_a_node_takes_pythons_short_way():
    """A class with a ``__getattr__`` has every attribute looked up the long way, three times as dear; a step looks seventy times."""
    for x in (lab.ones(2, requires_grad=True).exp(), lab.ones(2, 2, requires_grad=True).max(0)[0]):
        assert not any("__getattr__" in vars(c) or "__getattribute__" in vars(c) for c in type.mro(type(x.grad_fn))[:-1])


def test_an_operations_own_word_is_an_attribute_too():
    @primitive
    def scaled_by(xp, x, *, exotic):
        return x * exotic

    @scaled_by.vjp("x")
    def scaled_by_x(xp, g, exotic):
        return g * exotic

    del PRIMITIVES["scaled_by"]
    node = scaled_by.call(lab.ones(2, requires_grad=True), exotic=3.0).grad_fn
    assert node._saved_exotic == 3.0 and "_saved_exotic" in dir(node)
    with pytest.raises(AttributeError, match="'ScaledByBackward0' object has no attribute '_saved_indices'"):
        _ = node._saved_indices
