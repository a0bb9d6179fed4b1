"""Samples of reading and writing at indices, masks, diagonals, sorting."""

import math


def at(t, *shape, high):
    return t.ints(*shape, high=high)


def writing(name, *more, **options):
    """By function and by method, along both dimensions, with places that repeat."""
    yield lambda m, t: getattr(m, name)(t(3, 4), 0, at(t, 2, 4, high=3), t(2, 4), *more, **options)
    yield lambda m, t: getattr(t(3, 4), name)(1, at(t, 2, 3, high=4), t(2, 3), *more, **options)
    yield lambda m, t: getattr(t.turned(3, 4), name)(-1, at(t, 3, 5, high=4), t(3, 5), *more, **options)


def slots(name, *more, **options):
    yield lambda m, t: getattr(m, name)(t(3, 4), 0, m.tensor([2, 0]), t(2, 4), *more, **options)
    yield lambda m, t: getattr(t(3, 4), name)(1, m.tensor([3, 1]), t(3, 2), *more, **options)


def segments(how):
    """Segments of rows, one of them empty, of columns differently in each row, by offsets that leave some out; around a 0."""
    options = {"reduce": how, "initial": 0.5}
    yield lambda m, t: m.segment_reduce(t(6, 2, apart=True), how, lengths=m.tensor([2, 1, 3]))
    yield lambda m, t: m.segment_reduce(t(6, 2, apart=True), lengths=m.tensor([2, 0, 4], dtype=m.int32), **options)
    yield lambda m, t: m.segment_reduce(t(2, 5, 2, apart=True), lengths=m.tensor([[1, 4], [5, 0]]), axis=1, **options)
    yield lambda m, t: m.segment_reduce(t(6, apart=True), how, offsets=m.tensor([1, 2, 5]))
    yield lambda m, t: m.segment_reduce(t(7, low=2, high=9, apart=True), how, lengths=m.tensor([4, 1]), unsafe=True)


SAMPLES = {
    "gather": [lambda m, t: m.gather(t(3, 4), 0, at(t, 2, 4, high=3)), lambda m, t: t(3, 4).gather(1, at(t, 3, 6, high=4)),
               lambda m, t: t(3, 4).gather(-1, at(t, 2, 2, high=4)), lambda m, t: t().gather(0, m.tensor(0))],
    "take": [lambda m, t: m.take(t(3, 4), m.tensor([[0, 5], [11, 5]])), lambda m, t: t(3, 4).take(m.tensor([1]))],
    "take_along_dim": [lambda m, t: m.take_along_dim(t(3, 4), m.tensor([[1], [0], [3]]), 1), lambda m, t: t(3, 1).take_along_dim(at(t, 2, 4, high=3), dim=0),
                       lambda m, t: t(3, 4).take_along_dim(m.tensor([1, 1, 7]))],
    "index_select": [lambda m, t: m.index_select(t(3, 4), 0, m.tensor([2, 0, 2])), lambda m, t: t(3, 4).index_select(-1, m.tensor([1]))],
    "masked_select": [lambda m, t: (lambda x: m.masked_select(x, x > 0))(t(3, 4)), lambda m, t: t(3, 4).masked_select(m.tensor([True, False, True, True]))],
    "nonzero": [lambda m, t: m.nonzero(t.ints(3, 4)), lambda m, t: t.ints(3, 4).nonzero(as_tuple=True)], "argwhere": [lambda m, t: m.argwhere(t.ints(3, 4))],
    "masked_fill": [lambda m, t: m.masked_fill(t(3, 4), t.bools(3, 4), 0.5), lambda m, t: t(3, 4).masked_fill(t.bools(4), -math.inf).exp(),
                    lambda m, t: t(3, 4).masked_fill(t.bools(3, 1), t())],
    "where": [lambda m, t: m.where(t.bools(3, 4), t(3, 4), t(4)), lambda m, t: m.where(t.bools(3, 4), t(3, 4), 1.0), lambda m, t: m.where(t.bools(4), 2.0, t()),
              lambda m, t: m.where(t.bools(3, 4)), lambda m, t: t(3).where(t.bools(3), t(2, 1)), lambda m, t: m.where(t.bools(3), 1, 0)],
    "scatter": [lambda m, t: m.scatter(t(3, 4), 0, m.tensor([[0, 1, 2, 0], [1, 2, 0, 1]]), t(2, 4)),
                lambda m, t: t(3, 4).scatter(1, m.tensor([[0], [1], [3]]), 0.5), lambda m, t: t(3, 4).scatter(1, m.tensor([[0, 2]]), t(1, 2))],
    "scatter_add": list(writing("scatter_add")), "index_add": [*slots("index_add"), *slots("index_add", alpha=0.5)],
    "index_copy": list(slots("index_copy")),
    "index_fill": [lambda m, t: m.index_fill(t(3, 4), 0, m.tensor([2, 0]), 0.5), lambda m, t: t(3, 4).index_fill(1, m.tensor([1]), t())],
    "index_put": [lambda m, t: m.index_put(t(3, 4), (m.tensor([0, 2]),), t(4)), lambda m, t: t(3, 4).index_put((m.tensor([0, 2]), m.tensor([1, 1])), t(2)),],
    "put": [lambda m, t: m.put(t(3, 4), m.tensor([0, 5]), t(2)), lambda m, t: t(3, 4).put(m.tensor([1, 7, 7]), t(3), accumulate=True)],
    "masked_scatter": [lambda m, t: t(3, 4).masked_scatter(t.bools(3, 4), t(12)), lambda m, t: m.masked_scatter(t(3, 4), t.bools(4), t(3, 4))],
    "select_scatter": [lambda m, t: m.select_scatter(t(3, 4), t(4), 0, 1), lambda m, t: t(3, 4).select_scatter(t(3), -1, -1)],
    "slice_scatter": [lambda m, t: m.slice_scatter(t(3, 4), t(2, 4), 0, 1), lambda m, t: t(3, 4).slice_scatter(t(3, 2), 1, 0, 4, 2)],
    "scatter_reduce": [s for how in ("sum", "prod", "mean", "amax", "amin") for s in [*writing("scatter_reduce", how),
                       *writing("scatter_reduce", how, include_self=False)]],
    "index_reduce": [s for how in ("prod", "mean", "amax", "amin") for s in slots("index_reduce", how)],
    "segment_reduce": [s for how in ("sum", "mean", "max", "min", "prod") for s in segments(how)],
    "as_strided": [lambda m, t: t(3, 4).as_strided((2, 2), (1, 2)) * 2, lambda m, t: m.as_strided(t(12), (3, 2), (2, 1), 1) * 2],
    "as_strided_scatter": [lambda m, t: m.as_strided_scatter(t(3, 4, grad=False), t(2, 2), (2, 2), (4, 1), 1)],
    "tril": [lambda m, t: m.tril(t(3, 4)), lambda m, t: t(2, 3, 3).tril(-1)], "triu": [lambda m, t: m.triu(t(3, 4), 1), lambda m, t: t(3, 3).triu(diagonal=-1)],
    "diagonal": [lambda m, t: m.diagonal(t(3, 4)) * 2, lambda m, t: t(2, 3, 4).diagonal(1, -2, -1), lambda m, t: t(3, 3).diagonal(-1)],
    "diag": [lambda m, t: m.diag(t(3)), lambda m, t: t(3).diag(-1)], "diag_embed": [lambda m, t: m.diag_embed(t(2, 3)), lambda m, t: t(2, 3).diag_embed(1, 0, 2)],
    "diagflat": [lambda m, t: m.diagflat(t(2, 2))], "trace": [lambda m, t: t(3, 4).trace(), lambda m, t: t(3, 3).trace()],
    "diagonal_scatter": [lambda m, t: m.diagonal_scatter(t(3, 4), t(3)), lambda m, t: t(2, 3, 3).diagonal_scatter(t(2, 2), 1, 1, 2)],
    "tril_indices": [lambda m, t: m.tril_indices(3, 4, 1)], "triu_indices": [lambda m, t: m.triu_indices(3, 4)],
    "sort": [lambda m, t: m.sort(t(3, 4, apart=True)), lambda m, t: t(3, 4, apart=True).sort(0, descending=True), lambda m, t: t().sort(),
             lambda m, t: t.const(2, 1, 2, 1).sort(stable=True)],
    "argsort": [lambda m, t: m.argsort(t(3, 4)), lambda m, t: t(3, 4).argsort(0, descending=True)], "msort": [lambda m, t: m.msort(t(3, 4, apart=True))],
    "topk": [lambda m, t: m.topk(t(3, 4, apart=True), 2), lambda m, t: t(3, 4, apart=True).topk(2, 0, largest=False)],
    "unique": [lambda m, t: m.unique(t.ints(3, 4)), lambda m, t: t.ints(9).unique(return_inverse=True, return_counts=True), lambda m, t: m.unique(t.ints(5, 2, high=2), dim=0)],
    "unique_consecutive": [lambda m, t: m.unique_consecutive(m.tensor([1, 1, 2, 2, 1])), lambda m, t: m.unique_consecutive(m.tensor([1, 1, 2]), True, True)],
    "searchsorted": [lambda m, t: m.searchsorted(t.const(1, 3, 5), t.const(0, 3, 9)), lambda m, t: m.searchsorted(t.const([[1, 3], [2, 4.0]]), t.const([[3], [3.0]]), right=True)],
    "bucketize": [lambda m, t: m.bucketize(t.const(0, 3, 9), t.const(1, 3, 5), right=True)],
    "bincount": [lambda m, t: m.bincount(t.ints(9)), lambda m, t: t.ints(9).bincount(minlength=8)], "histc": [lambda m, t: m.histc(t.const(1, 2, 1), 4, 0, 3)],
}  # fmt: skip

SAMPLES["getitem"] = [
    lambda m, t: t(3, 4)[1], lambda m, t: t(3, 4)[...] * 2, lambda m, t: t(3, 4)[1, 2], lambda m, t: t(3, 4)[:, 1:3], lambda m, t: t(3, 4)[::2, None] * 1, lambda m, t: t(2, 3, 4)[..., 0] * 2,
    lambda m, t: t(3, 4)[[0, 2, 0]], lambda m, t: t(3, 4)[m.tensor([[0, 1], [2, 2]])], lambda m, t: t(2, 3, 4)[:, [0, 2], 1:], lambda m, t: t(2, 3, 4)[[0, 1], :, [1, 3]],
    lambda m, t: t(3, 4)[t.bools(3, 4)], lambda m, t: t(3, 4)[m.tensor([True, False, True])], lambda m, t: t(3, 4)[-1, [1, -1]],
]  # fmt: skip


def assigned(key, value):
    """x * 1 with ``value`` assigned at ``key``."""

    def sample(m, t):
        x = t(3, 4) * 1
        x[key(m, t)] = value(m, t)
        return x * 1

    return sample


SAMPLES["setitem"] = [
    assigned(lambda m, t: 1, lambda m, t: t(4)), assigned(lambda m, t: (slice(None), 2), lambda m, t: 0.5), assigned(lambda m, t: ..., lambda m, t: t(3, 1)),
    assigned(lambda m, t: m.tensor([0, 2]), lambda m, t: t(2, 4)), assigned(lambda m, t: t.bools(3, 4), lambda m, t: t()),
    assigned(lambda m, t: (slice(1, 3), [0, 2]), lambda m, t: t(2)),
]  # fmt: skip

# PyTorch's gradient of x is not its slope: what is replaced gets it, and what is left gets 0
KINKS = {
    "as_strided_scatter": [
        lambda m, t: m.as_strided_scatter(t(3, 4), t(2, 2), (2, 2), (4, 1), 1),
        lambda m, t: m.as_strided_scatter(t(2, 3), t(2, 2), (2, 2), (1, 2)),
    ]
}
