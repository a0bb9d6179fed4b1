"""A mask or an index that an operation has read is written to before the backward pass: refused where PyTorch refuses, in its words."""

import gc
import warnings
import weakref

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def matrix(m, *shape):
    n = 1
    for size in shape:
        n *= size
    return (m.arange(n).to(m.float64).reshape(shape) * 0.37 + 0.3).sin().requires_grad_()


def number(m):
    return m.tensor(0.5, dtype=m.float64, requires_grad=True)


def assigned(x, key, value):
    x[key] = value
    return x


def added(x, key, value):
    x[key] += value
    return x


MASKED = {
    "where": lambda m, i: m.where(i, matrix(m, 3), matrix(m, 3)),
    "where, a number": lambda m, i: m.where(i, matrix(m, 3), 0.5),
    "where, the method": lambda m, i: matrix(m, 3).where(i, matrix(m, 3)),
    "masked_fill": lambda m, i: matrix(m, 3).masked_fill(i, 0.5),
    "masked_fill, a tensor": lambda m, i: matrix(m, 3).masked_fill(i, number(m)),
    "masked_fill_": lambda m, i: (matrix(m, 3) * 1).masked_fill_(i, 0.5),
    "masked_select": lambda m, i: matrix(m, 2, 3).masked_select(i),
    "masked_scatter": lambda m, i: matrix(m, 3).masked_scatter(i, matrix(m, 3)),
    "masked_scatter_": lambda m, i: (matrix(m, 3) * 1).masked_scatter_(i, matrix(m, 3)),
    "x[mask]": lambda m, i: matrix(m, 3)[i],
    "x[:, mask]": lambda m, i: matrix(m, 2, 3)[:, i],
    "x[mask] = number": lambda m, i: assigned(matrix(m, 3) * 1, i, 0.5),
    "x[mask] = tensor": lambda m, i: assigned(matrix(m, 3) * 1, i, number(m)),
    "index_put": lambda m, i: matrix(m, 3).index_put((i,), number(m)),
    "x * mask": lambda m, i: matrix(m, 3) * i,
}
INDEXED = {
    "gather": lambda m, i: matrix(m, 3).gather(0, i),
    "take": lambda m, i: matrix(m, 3).take(i),
    "take_along_dim": lambda m, i: matrix(m, 3).take_along_dim(i),
    "take_along_dim, which copies": lambda m, i: matrix(m, 3).take_along_dim(i, 0),
    "index_select": lambda m, i: matrix(m, 3).index_select(0, i),
    "x[i]": lambda m, i: matrix(m, 3)[i],
    "x[:, i]": lambda m, i: matrix(m, 2, 3)[:, i],
    "x[i, i]": lambda m, i: matrix(m, 3, 3)[i, i],
    "x[0, i]": lambda m, i: matrix(m, 3, 3)[0, i],
    "x[[i, i]]": lambda m, i: matrix(m, 3, 3)[[i, i]],
    "x[i[1]], a view": lambda m, i: matrix(m, 3)[i[1]],
    "scatter": lambda m, i: matrix(m, 3).scatter(0, i, matrix(m, 3)),
    "scatter, a number": lambda m, i: matrix(m, 3).scatter(0, i, 0.5),
    "scatter_": lambda m, i: (matrix(m, 3) * 1).scatter_(0, i, matrix(m, 3)),
    "scatter and reduce": lambda m, i: matrix(m, 3).scatter(0, i, matrix(m, 3), reduce="add"),
    "scatter_ and reduce": lambda m, i: (matrix(m, 3) * 1).scatter_(0, i, 0.5, reduce="multiply"),
    "scatter_add": lambda m, i: matrix(m, 3).scatter_add(0, i, matrix(m, 3)),
    "scatter_add_": lambda m, i: (matrix(m, 3) * 1).scatter_add_(0, i, matrix(m, 3)),
    "segment_reduce": lambda m, i: m.segment_reduce(matrix(m, 3), "max", lengths=i, unsafe=True),
    "scatter_reduce, sum": lambda m, i: matrix(m, 3).scatter_reduce(0, i, matrix(m, 3), "sum"),
    "scatter_reduce, amax": lambda m, i: matrix(m, 3).scatter_reduce(0, i, matrix(m, 3), "amax"),
    "index_add": lambda m, i: matrix(m, 3).index_add(0, i, matrix(m, 3)),
    "index_add, a constant": lambda m, i: matrix(m, 3).index_add(0, i, matrix(m, 3).detach()),
    "index_copy_": lambda m, i: (matrix(m, 3) * 1).index_copy_(0, i, matrix(m, 3)),
    "index_fill": lambda m, i: matrix(m, 3).index_fill(0, i, 0.5),
    "index_fill, a tensor": lambda m, i: matrix(m, 3).index_fill(0, i, number(m)),
    "index_put": lambda m, i: matrix(m, 3).index_put((i,), matrix(m, 3)),
    "index_put, accumulating": lambda m, i: matrix(m, 3).index_put((i,), matrix(m, 3), accumulate=True),
    "index_reduce": lambda m, i: matrix(m, 3).index_reduce(0, i, matrix(m, 3), "prod"),
    "put": lambda m, i: matrix(m, 3).put(i, matrix(m, 3)),
    "put, accumulating": lambda m, i: matrix(m, 3).put(i, matrix(m, 3), accumulate=True),
    "x[i] = number": lambda m, i: assigned(matrix(m, 3) * 1, i, 0.5),
    "x[i] = tensor": lambda m, i: assigned(matrix(m, 3) * 1, i, matrix(m, 3)),
    "x[i] += tensor": lambda m, i: added(matrix(m, 3) * 1, i, matrix(m, 3)),
    "embedding": lambda m, i: m.nn.functional.embedding(i, matrix(m, 3, 2), padding_idx=1),
    "embedding_bag": lambda m, i: m.nn.functional.embedding_bag(i.reshape(1, 3), matrix(m, 3, 2), mode="sum"),
    "embedding_bag, by offsets": lambda m, i: m.nn.functional.embedding_bag(m.arange(3), matrix(m, 3, 2), i, mode="sum"),
    "embedding_bag, means": lambda m, i: m.nn.functional.embedding_bag(m.arange(3), matrix(m, 3, 2), i),
    "embedding_bag, maxima": lambda m, i: m.nn.functional.embedding_bag(m.arange(3), matrix(m, 3, 2), i, mode="max"),
    "gather, of a number": lambda m, i: number(m).gather(0, i[0]),
    "addcmul": lambda m, i: matrix(m, 3).addcmul(i, matrix(m, 3)),
    "addcmul, of integers": lambda m, i: matrix(m, 3).addcmul(i, i),
    "addcdiv, by them": lambda m, i: matrix(m, 3).addcdiv(matrix(m, 3), i),
    "div, rounded": lambda m, i: m.div(matrix(m, 3), i, rounding_mode="floor"),
    "ctc_loss": lambda m, i: m.nn.functional.ctc_loss(matrix(m, 4, 1, 4).log_softmax(2), i[1:].view(1, 2), (4,), (2,)),
    "max_unpool1d": lambda m, i: m.nn.functional.max_unpool1d(matrix(m, 1, 1, 3), i.view(1, 1, 3), 2),
    "max_unpool2d": lambda m, i: m.nn.functional.max_unpool2d(matrix(m, 1, 1, 1, 3), i.view(1, 1, 1, 3), 2),
    "nll_loss": lambda m, i: m.nn.functional.nll_loss(matrix(m, 3, 3), i),
    "nll_loss, one": lambda m, i: m.nn.functional.nll_loss(matrix(m, 3), i[1]),
    "nll_loss, images": lambda m, i: m.nn.functional.nll_loss(matrix(m, 1, 3, 1, 3), i.reshape(1, 1, 3), reduction="none"),
    "cross_entropy": lambda m, i: m.nn.functional.cross_entropy(matrix(m, 3, 3), i, label_smoothing=0.1),
    "multi_margin_loss": lambda m, i: m.nn.functional.multi_margin_loss(matrix(m, 3, 3), i),
    "repeat_interleave": lambda m, i: matrix(m, 3).repeat_interleave(i),
    "binary_cross_entropy_with_logits": lambda m, i: m.nn.functional.binary_cross_entropy_with_logits(matrix(m, 3), i.double()),
}
CHOSEN = {
    "sort": lambda m: matrix(m, 4).sort(),
    "topk": lambda m: matrix(m, 4).topk(2),
    "kthvalue": lambda m: matrix(m, 4, 2).kthvalue(2, 0),
    "median": lambda m: matrix(m, 4, 2).median(0),
    "mode": lambda m: matrix(m, 4, 2).mode(0),
    "max": lambda m: matrix(m, 4, 2).max(0),
    "cummax": lambda m: matrix(m, 4).cummax(0),
    "max_pool2d": lambda m: m.nn.functional.max_pool2d(matrix(m, 1, 1, 4, 4), 2, return_indices=True),
    "adaptive_max_pool2d": lambda m: m.nn.functional.adaptive_max_pool2d(matrix(m, 1, 1, 4, 4), 2, return_indices=True),
}


def said(work):
    """What ``work`` raises, up to PyTorch's hint; its result if it raises nothing."""
    try:
        return work()
    except RuntimeError as error:
        return str(error).split(" Hint:")[0]


def walked(m, program, key, write):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # x[[i, i]] is of an old habit
        out = program(m, key)
    write(key)
    return said(lambda: out.sum().backward())


@pytest.mark.parametrize("name", MASKED)
def test_a_mask_written_to(name):
    ours, theirs = (walked(m, MASKED[name], m.tensor([True, False, True]), lambda k: k.logical_not_()) for m in (lab, torch))
    assert ours == theirs and "[CPUBoolType [3]] is at version 1; expected version 0 instead" in ours


@pytest.mark.parametrize("name", INDEXED)
def test_an_index_written_to(name):
    ours, theirs = (walked(m, INDEXED[name], m.tensor([0, 1, 2]), lambda k: k.zero_()) for m in (lab, torch))
    assert ours == theirs


@pytest.mark.parametrize("name", CHOSEN)
def test_indices_that_an_operation_chose_written_to(name):
    def run(m):
        values, indices = CHOSEN[name](m)
        indices.zero_()
        return said(lambda: values.sum().backward())

    assert run(lab) == run(torch) and "LongTensor" in run(lab)


def twice(m):
    """The gradient's gradient is computed with the mask once more."""
    x, mask = matrix(m, 3), m.tensor([True, False, True])
    (g,) = m.autograd.grad((m.where(mask, x, 0.0) ** 3).sum(), x, create_graph=True)
    mask.logical_not_()
    return said(lambda: (g * g).sum().backward())


def sorted_twice(m):
    x = matrix(m, 3)
    values, indices = x.sort()
    (g,) = m.autograd.grad((values**3).sum(), x, create_graph=True)
    indices.zero_()
    return said(lambda: (g * g).sum().backward())


def kept(m):
    """A second walk of a graph kept, after a write."""
    x, index = matrix(m, 3), m.tensor([2, 0, 1])
    out = x.gather(0, index) ** 2
    out.sum().backward(retain_graph=True)
    index.add_(0)
    return said(lambda: out.sum().backward())


def through_a_view(m):
    x, index = matrix(m, 3), m.tensor([[2, 0, 1]])
    out = x[index[0]] ** 2
    index.zero_()
    return said(lambda: out.sum().backward())


def through_a_hook(m):
    """Hooks on saved tensors get masks and indices too."""
    x, mask, told = matrix(m, 3), m.tensor([True, False, True]), []
    with m.autograd.graph.saved_tensors_hooks(lambda t: told.append(t.tolist()) or t.clone(), lambda t: ~t):
        out = m.where(mask, x, 0.0)
    mask.fill_(False)
    out.sum().backward()
    return told, x.grad.tolist()


def allowed(m):
    """Where mutation is allowed, the gradient is that of the values there were."""
    x, mask, index = matrix(m, 3), m.tensor([True, False, True]), m.tensor([2, 2, 0])
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        out = x.masked_fill(mask, 2.0) * x.gather(0, index) + x.index_add(0, index, x)[mask].sum() + x.sort()[0]
        mask.logical_not_()
        index.zero_()
        out.sum().backward()
    return x.grad.tolist()


def inferred(m):
    with m.inference_mode():
        mask = m.tensor([True, False, True])
    return said(lambda: m.where(mask, matrix(m, 3), 0.0))


@pytest.mark.parametrize(
    "program", [twice, sorted_twice, kept, through_a_view, through_a_hook, allowed, inferred], ids=lambda p: p.__name__
)
def test_a_program(program):
    assert program(lab) == program(torch)


def test_the_lines_are_named():
    lab.on()
    try:
        x, mask = lab.ones(2, requires_grad=True), lab.tensor([True, False])
        out = x.masked_fill(mask, 2.0)
        mask.logical_not_()
        with pytest.raises(RuntimeError, match="has been modified by an inplace operation") as told:
            out.sum().backward()
    finally:
        lab.off()
    (note,) = told.value.__notes__
    assert "out = x.masked_fill(mask, 2.0)" in note and "mask.logical_not_()" in note


def test_a_mask_is_let_go_with_the_graph():
    x, mask = lab.ones(2, requires_grad=True), lab.tensor([True, False])
    seen = weakref.ref(mask)
    out = x.masked_fill(mask, 2.0)
    del mask
    assert seen() is not None
    out.sum().backward()
    gc.collect()
    assert seen() is None and out.grad_fn is not None
