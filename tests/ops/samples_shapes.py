"""Samples of operations that move elements about."""


def views(name, *arguments, **options):
    """Of a batch of matrices, by function and by method, and of a transpose."""
    yield lambda m, t: getattr(m, name)(t(2, 3, 4), *arguments, **options)
    yield lambda m, t: getattr(t(2, 3, 4), name)(*arguments, **options)
    yield lambda m, t: getattr(t(3, 4, 2).permute(2, 0, 1), name)(*arguments, **options) * 2


def joined(name):
    yield lambda m, t: getattr(m, name)([t(2, 3), t(2, 3)])
    yield lambda m, t: getattr(m, name)((t(3), t(3)))
    yield lambda m, t: getattr(m, name)([t(2, 3, 4), t.turned(3, 2).t().unsqueeze(-1).expand(2, 3, 4)])


CALLS = {
    "movedim": ((0, 1), ((0, 1), (2, 0))), "moveaxis": ((-1, 0),), "swapaxes": ((0, 2),), "swapdims": ((0, 1),),
    "transpose": ((0, -1), (1, 2)), "unflatten": ((2, (2, -1)),), "flatten": ((), (1,), (0, 1)), "ravel": (), "squeeze": ((), (0,), ((0, 1),)),
    "unsqueeze": ((0,), (-1,)), "broadcast_to": (((5, 2, 3, 4),),), "repeat": ((2, 1, 3), (2, 2, 1, 1)),
    "tile": (((2,),), ((2, 1, 2, 1),)), "repeat_interleave": ((2,), (3, 1)), "roll": ((1,), (2, 1), ((1, -1), (0, 2))), "flip": (((0,),), ((0, -1),)),
    "fliplr": ((),), "flipud": ((),), "rot90": ((), (2, (1, 2)), (-1, (0, 1))), "unfold": ((2, 3, 1), (1, 2, 2)),
    "narrow": ((1, 1, 2), (-1, -2, 2)), "narrow_copy": ((1, 0, 2),), "select": ((1, 0), (-1, -1)), "split": ((2, 1), (9, 0), ([1, 2], 1), (3, 2)),
    "split_with_sizes": (([1, 1], 0),), "unsafe_split": ((2, 1),), "unsafe_split_with_sizes": (([1, 1], 0),), "chunk": ((2, 1), (3, 2)),
    "unsafe_chunk": ((2, 1),), "unbind": ((), (1,)), "tensor_split": ((2, 1), ((1, 2), 2)), "hsplit": ((3,),), "vsplit": ((2,),), "dsplit": ((2,),),
    "permute": (((2, 0, 1),),), "expand": (((2, 3, 4),),), "reshape": (((4, -1),),), "view": (),
}  # fmt: skip
METHODS_ONLY = {"repeat", "unfold", "expand", "view"}
SAMPLES = {}
for name, calls in CALLS.items():
    found = [sample for arguments in calls or ((),) for sample in views(name, *arguments)]
    SAMPLES[name] = [s for i, s in enumerate(found) if name not in METHODS_ONLY or i % 3]
SAMPLES["view"] = [lambda m, t: t(3, 4).view(2, 6), lambda m, t: t(3, 4).view(-1), lambda m, t: t(0, 4).view(4, 0)]
SAMPLES["narrow_copy"] = [lambda m, t: m.narrow_copy(t(3, 4), 1, 0, 2)]
SAMPLES["squeeze"] = [
    lambda m, t: t(1, 3, 1).squeeze(),
    lambda m, t: m.squeeze(t(1, 3, 1), 0),
    lambda m, t: t(1, 3, 1).squeeze((0, 1)),
    lambda m, t: t().squeeze(0),
]
SAMPLES["expand"] += [lambda m, t: t(3, 1).expand(2, -1, 4), lambda m, t: t().expand(2, 2)]
SAMPLES["repeat_interleave"] += [
    lambda m, t: m.repeat_interleave(t(3, 2), m.tensor([1, 2, 0]), 0),
    lambda m, t: m.repeat_interleave(m.tensor([1, 0, 2])),
]
SAMPLES["roll"] += [lambda m, t: t(5).roll(2), lambda m, t: m.roll(t(2, 3), 1)]
SAMPLES |= {name: list(joined(name)) for name in "cat concat concatenate stack hstack vstack row_stack dstack".split()}
SAMPLES["cat"] += [
    lambda m, t: m.cat([t(2, 3), t(2, 1)], dim=-1),
    lambda m, t: m.cat([t(2, 3), t.ints(1, 3)]),
    lambda m, t: m.cat([t(0), t(2, 2)]),
]
SAMPLES["stack"] += [lambda m, t: m.stack([t(2, 3), t(2, 3)], dim=-1), lambda m, t: m.stack([t(), t()])]
SAMPLES |= {
    "column_stack": [lambda m, t: m.column_stack([t(3), t(3, 2)])],
    "broadcast_tensors": [lambda m, t: m.broadcast_tensors(t(3, 1), t(4))],
    "broadcast_shapes": [lambda m, t: m.zeros(m.broadcast_shapes((3, 1), (4,)))],
    "sum_to_size": [lambda m, t: t(2, 3, 4).sum_to_size(3, 1), lambda m, t: t(2, 3).sum_to_size((1, 3)), lambda m, t: t(2).sum_to_size(2)],
    "reshape_as": [lambda m, t: t(3, 4).reshape_as(t(2, 6))], "view_as": [lambda m, t: t(3, 4).view_as(t(2, 6))],
    "expand_as": [lambda m, t: t(3, 1).expand_as(t(3, 4))],
    "atleast_1d": [lambda m, t: m.atleast_1d(t()), lambda m, t: m.atleast_1d(t(), t(2))],
    "atleast_2d": [lambda m, t: m.atleast_2d(t(3)), lambda m, t: m.atleast_2d([t(3), t(2, 2)])], "atleast_3d": [lambda m, t: m.atleast_3d(t(3, 2))],
    "meshgrid": [lambda m, t: m.meshgrid(t(3), t(2), indexing="ij"), lambda m, t: m.meshgrid([t(3), t(2), t(2)], indexing="xy")],
    "t": [lambda m, t: t(3, 4).t(), lambda m, t: m.t(t(3))], "clone": [lambda m, t: m.clone(t(3, 4))],
    "contiguous": [lambda m, t: t.turned(3, 4).contiguous() * 2],
}  # fmt: skip
