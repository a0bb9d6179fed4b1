"""Every method whose name ends in an underscore: node, edges, version and gradient are PyTorch's."""

import warnings

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

LEFT_OUT = {
    "nextafter_": "a step to the next number has no slope here", "sgn_": "PyTorch's gradient has no memory and cannot be read",
    "conj_physical_": "a real tensor is its own conjugate, in place too",
    **dict.fromkeys(("igamma_", "igammac_"), "no such word here"), "share_memory_": "there are no processes to share with",
    **dict.fromkeys(("resize_as_sparse_", "sparse_resize_", "sparse_resize_and_clear_"), "no sparse tensors here"),
    **dict.fromkeys("bitwise_and_ bitwise_or_ bitwise_xor_ bitwise_not_ bitwise_left_shift_ bitwise_right_shift_ gcd_ lcm_".split(),
                    "of integers, which have no gradient"),
    **dict.fromkeys(("addmv_", "baddbmm_"), "of vectors and of batches: below"), "set_": "of views: test_turning.py",
    **dict.fromkeys(("apply_", "map_", "map2_"), "refused for what requires a gradient (test_turning.py)"),
}  # fmt: skip


def arguments(m, name: str) -> list:
    def f(*shape):
        count = 1
        for n in shape:
            count *= n
        return (m.arange(float(count), dtype=m.float64).reshape(shape) + 0.3) / 10

    index, mask = m.tensor([0, 1]), f(2, 3) > 0.2
    along, row = m.tensor([[0, 1, 0]]), f(2, 3)
    table = {
        "addbmm_": [f(5, 2, 3), f(5, 3, 3)], "addmm_": [f(2, 4), f(4, 3)], "addr_": [f(2), f(3)], "addcmul_": [f(3), f(2, 1)], "addcdiv_": [f(3), f(2, 1) + 1],
        "index_add_": [0, index, row], "index_copy_": [0, index, row], "index_fill_": [0, index[:1], 0.5], "index_put_": [(index[:1], index[1:]), f(1)], "index_reduce_": [0, index, row, "prod"],
        "masked_fill_": [mask, 0.5], "masked_scatter_": [mask, f(6)], "put_": [index, f(2)], "scatter_": [0, along, row], "scatter_add_": [0, along, row], "scatter_reduce_": [0, along, row, "sum"],
        "lerp_": [row, 0.5], "renorm_": [2, 0, 1.0], "clamp_": [0.1, 0.4], "clip_": [0.1, 0.4], "clamp_min_": [0.1], "clamp_max_": [0.3], "polygamma_": [1], "mvlgamma_": [2], "ldexp_": [index[1:]],
        "cumsum_": [0], "cumprod_": [0], "transpose_": [0, 1], "swapaxes_": [0, 1], "swapdims_": [0, 1], "unsqueeze_": [0], "as_strided_": [(2,), (1,)], "fill_": [2.0], "fill_diagonal_": [3.0],
        "geometric_": [0.5], "resize_": [2, 3], "set_": [row],
    }  # fmt: skip
    two = """add sub subtract mul multiply div divide true_divide atan2 arctan2 copy copysign eq ne lt le gt ge not_equal less less_equal
             greater greater_equal fmod remainder floor_divide float_power heaviside hypot logical_and logical_or logical_xor pow
             resize_as xlogy""".split()
    return table.get(name, [row + 0.1] if name.removesuffix("_") in two else [])


def outcome(m, name: str, of_a_view: bool):
    m.manual_seed(0)
    a = ((m.arange(6.0, dtype=m.float64).reshape(2, 3) + 0.5) / 10).requires_grad_()
    base = a * 1 if not of_a_view else m.cat([a, a]) * 1
    b = base[1:3] if of_a_view else base
    if name == "acosh_" or name == "arccosh_":
        b.add_(1)
    try:
        same = getattr(b, name)(*arguments(m, name)) is b
    except RuntimeError as error:
        return str(error).split(". ")[0]
    told = [same, b.shape, b.stride(), b._version, b.dtype, base.shape]
    if b.requires_grad:
        told += [base.grad_fn.name(), [node and node.name() for node, _ in base.grad_fn.next_functions], b.grad_fn.name()]
    try:
        base.sum().backward()
        told.append(None if a.grad is None else [round(x, 7) for x in a.grad.reshape(-1).tolist()])
    except (RuntimeError, NotImplementedError) as error:
        told.append((type(error).__name__, str(error).split(". ")[0]))
    return str(told).replace("torch.", "")


NAMES = [name for name in dir(torch.Tensor) if name.endswith("_") and name[0] != "_" and name not in LEFT_OUT]


@pytest.mark.parametrize("of_a_view", [False, True], ids=["whole", "view"])
@pytest.mark.parametrize("name", NAMES)
def test_as_torch(name, of_a_view):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert outcome(lab, name, of_a_view) == outcome(torch, name, of_a_view)


@pytest.mark.parametrize("word", ["bernoulli_", "random_"])
def test_the_forms_of_a_draw(word):
    for arguments_of in (lambda m: (0.5,), lambda m: (m.full((2, 3), 0.5),)) if word == "bernoulli_" else (
        lambda m: (), lambda m: (5,), lambda m: (1, 5)):  # fmt: skip
        names = []
        for m in (lab, torch):
            b = m.ones(2, 3, requires_grad=True) * 1
            getattr(b, word)(*arguments_of(m))
            names.append((b.grad_fn.name(), len(b.grad_fn.next_functions)))
        assert names[0] == names[1]


@pytest.mark.parametrize("name", ["addmv_", "baddbmm_", "addmm_", "addr_"])
def test_products_added_in_place(name):
    def told(m):
        shapes = {"addmv_": [(2,), (2, 3), (3,)], "baddbmm_": [(2, 2, 3), (2, 2, 4), (2, 4, 3)],
                  "addmm_": [(2, 3), (2, 4), (4, 3)], "addr_": [(2, 3), (2,), (3,)]}  # fmt: skip
        x, *others = leaves = [m.ones(shape, dtype=m.float64, requires_grad=True) for shape in shapes[name]]
        b = x * 2
        getattr(b, name)(*others, beta=0.5, alpha=3)
        (b * b).sum().backward()
        return [b.grad_fn.next_functions[0][0].name(), b, *(leaf.grad for leaf in leaves)]

    assert str(told(lab)) == str(told(torch))


def test_a_comparison_in_place_that_makes_a_tensor_require_a_gradient():
    for m in (lab, torch):
        x, c = m.ones(3), m.ones(3, requires_grad=True)
        x.gt_(c)
        assert x.grad_fn.name() == "GtBackward1" and next(n and n.name() for n, _ in x.grad_fn.next_functions) is None
