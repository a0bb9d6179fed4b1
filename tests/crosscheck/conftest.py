"""One call for every primitive, faults to plant in them, and random functions."""

from __future__ import annotations

import importlib
import pkgutil
import random
from contextlib import contextmanager

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES, ops
from autograd_lab.core.primitive import Rule
from autograd_lab.crosscheck.oracles_nn import LEVELS, TOGETHER

for _topic in pkgutil.iter_modules(ops.__path__):  # some primitives are declared when first used: here all are
    importlib.import_module(f"autograd_lab.core.ops.{_topic.name}")

r = np.random.default_rng(0)
X, Y = r.standard_normal((3, 4)), r.standard_normal((3, 4))
POSITIVE, BASE = r.uniform(0.5, 2.0, (3, 4)), r.uniform(0.5, 2.0, (3, 4))
ROW, SCALAR = r.standard_normal(4), np.float64(1.7)
SQUARE = r.standard_normal((3, 3)) + 3 * np.eye(3)
BATCH = r.standard_normal((2, 3, 4))
INSIDE, ABOVE = r.uniform(-0.9, 0.9, (3, 4)), r.uniform(1.1, 3.0, (3, 4))
MASK = r.random((3, 4)) < 0.5
WHOLE_AND_HALF = np.array([[0.0, 0.5, 1.0, -0.5], [2.0, 2.5, -1.0, 0.0], [1.5, 3.0, -2.5, 0.25]])


def written_view(x):
    base = x * 1.5
    window = base[:, 1:3]
    window.mul_(3.0)
    return window * base[:, :2]  # the window's node is rebuilt from its base: as_strided


def put_at_rows(x, v):
    y = x * 1.0
    y[[0, 2]] = v
    return y


def filled(word):
    def function(x):
        y = x * 2.0
        getattr(y, word)(*([7.0] if word == "fill_" else []))
        return y * x

    return function


def copied(x, v):
    y = x * 2.0
    y.copy_(v)
    return y * x


def eigen(x):
    values, vectors = lab.eigh(x + x.T)
    return values, vectors * vectors


def gradient_of(function):
    """The first derivative as a function, by the engine itself: to check the second one."""

    def gradient(*tensors):
        out = function(*tensors)
        outs = [t for t in (out if isinstance(out, tuple) else (out,)) if t.requires_grad]
        total = sum(((t * t).sum() for t in outs[1:]), (outs[0] * outs[0]).sum())
        found = lab.grad(total, tensors, create_graph=True, allow_unused=True)
        return [g for g in found if g is not None and g.requires_grad]

    return gradient


def select_scatter(x):
    return gradient_of(lambda x: x[[0, 2, 2]])(x)[0]


def view_scatter(x):
    return gradient_of(written_view)(x)[0]


UNARY = {name: (lambda x, name=name: getattr(x, name)(), [X]) for name in
         "exp expm1 sin cos tanh sigmoid abs relu neg sign floor round clone t".split()}  # fmt: skip
UNARY |= {name: (lambda x, name=name: getattr(x, name)(), [POSITIVE]) for name in "log log1p sqrt reciprocal".split()}
CASES = UNARY | {
    "add": (lambda x, y: x + y, [X, ROW]), "sub": (lambda x, y: x - y, [X, SCALAR]), "mul": (lambda x, y: x * y, [X, Y]),
    "rsub": (lambda x, y: x.__rsub__(y), [X, Y]), "div": (lambda x, y: x / y, [X, POSITIVE]),
    "pow_scalar": (lambda x: (x**3, x**2, x**0.5, x**-1.5, x**0), [POSITIVE]), "pow_tensor": (lambda x, y: x**y, [POSITIVE, ROW]),
    "select": (lambda x: x[1], [X]), "slice": (lambda x: x[:, 1:3], [X]), "index": (lambda x: x[[0, 2, 2]], [X]),
    "index_scatter": (select_scatter, [X]), "index_put": (put_at_rows, [X, ROW]),
    "mm": (lambda x, y: (x @ y, x[None] @ y), [X, Y.T.copy()]),
    "bmm": (lambda x, y: x @ y, [BATCH, BATCH.transpose(0, 2, 1).copy()]), "inverse": (lambda x: x.inverse(), [SQUARE]),
    "clamp": (lambda x: (x.clamp(min=-0.5), x.clamp(max=0.4), x.clamp(-0.3, 0.3)), [X]),
    "maximum": (lambda x, y: x.maximum(y), [X, ROW]), "minimum": (lambda x, y: x.minimum(y), [X, ROW]),
    "where_mask_op": (lambda x, y: lab.where(lab.tensor(MASK), x, y), [X, ROW]),
    "sum": (lambda x: (x.sum(), x.sum(0), x.sum((0, 1), True)), [X]), "mean": (lambda x: (x.mean(), x.mean(1, True)), [X]),
    "amax": (lambda x: (x.amax(1), x.max()), [X]), "amin": (lambda x: (x.amin(0), x.min()), [X]),
    "prod": (lambda x: (x.prod(), x.prod(1)), [X]), "cumsum": (lambda x: x.cumsum(1), [X]), "flip": (lambda x: x.flip(0), [X]),
    "softmax": (lambda x: x.softmax(1), [X]), "log_softmax": (lambda x: x.log_softmax(0), [X]),
    "norm": (lambda x: (x.norm(), x.norm(dim=1)), [X]), "view": (lambda x: x.reshape(2, 6), [X]), "unsafe_view": (lambda x: x.t().reshape(2, 6), [X]),
    "reshape_alias": (lambda x: x[:, :2].reshape(-1, 2, 1), [X]),
    "permute": (lambda x: x.permute(2, 0, 1), [BATCH]), "transpose": (lambda x: x.transpose(0, 2), [BATCH]),
    "expand": (lambda x: x.expand(3, -1), [ROW]), "unsqueeze": (lambda x: x.unsqueeze(1), [X]),
    "squeeze": (lambda x: x.unsqueeze(1).squeeze(1), [X]), "as_strided": (written_view, [X]), "as_strided_scatter": (view_scatter, [X]),
    "cat_list": (lambda x, y: lab.cat([x, y, x], 1), [X, Y]), "stack_list": (lambda x, y: lab.stack([x, y], 1), [X, Y]),
    "split_sizes": (lambda x: x.split([1, 3], 1), [X]), "unbind_dim": (lambda x: x.unbind(1), [X]),
    "max_dim": (lambda x: x.max(1), [X]), "min_dim": (lambda x: x.min(0), [X]), "eigh": (eigen, [SQUARE]),
    "to": (lambda x: x.to(lab.float32) * 2.0, [X]), "copy": (copied, [X, ROW]), "zero": (filled("zero_"), [X]),
    "overwritten": (lambda x: (x * 1).gt_(0.1) + x, [X]), "overwritten_beside": (lambda x, y: (x * 1).gt_(y) + x * y, [X, ROW]),
    "renormed": (lambda x: x.renorm(2, 0, 0.5), [X]),
    "fill": (lambda x: lab.fill(x, 2.0), [X]), "fill_over": (filled("fill_"), [X]), "alias": (lambda x: x[...], [X]),
    "fill_with": (lambda x, y: (x * 1).fill_(y[0]), [X, ROW]),
}  # fmt: skip
CASES |= {name: (lambda x, name=name: getattr(x, name)(), [X]) for name in
          "tan atan sinh cosh asinh sinc deg2rad rad2deg erf erfc i0 exp2 trunc ceil frac sgn nan_to_num angle".split()}  # fmt: skip
CASES |= {f"{name}_backward": (lambda g, x, name=name: PRIMITIVES[f"{name}_backward"].call(g, x), [X, Y]) for name in LEVELS}
CASES |= {name: (lambda g, *others, name=name: PRIMITIVES[name].call(g, *others), [X, Y, ROW][:len(PRIMITIVES[name].inputs)])
          for name in TOGETHER}  # fmt: skip
CASES |= {name: (lambda x, name=name: getattr(x, name)(), [INSIDE]) for name in "asin acos atanh erfinv".split()}
CASES |= {name: (lambda x, name=name: getattr(x, name)(), [ABOVE]) for name in "acosh lgamma digamma log2 log10 rsqrt".split()}
CASES["angle_real"] = CASES.pop("angle")
CASES |= {"dot": (lambda x, y: x @ y, [ROW, ROW * 2 + 1]), "mv": (lambda x, y: x @ y, [X, ROW])}
CASES |= {name: (lambda x, name=name: PRIMITIVES[name].call(x), [X]) for name in "erfcx log_ndtr i0e i1 i1e".split()}
CASES |= {name: (lambda x, y, name=name: getattr(x, name)(y), [X, POSITIVE]) for name in
          "atan2 hypot logaddexp logaddexp2 copysign fmax fmin ldexp".split()}  # fmt: skip
CASES |= {
    "ndtri": (lambda x: PRIMITIVES["ndtri"].call(x), [POSITIVE / 3]), "entr": (lambda x: PRIMITIVES["entr"].call(x), [POSITIVE]),
    "polygamma_of": (lambda x: (x.polygamma(1), x.polygamma(2)), [ABOVE]), "mvlgamma": (lambda x: x.mvlgamma(2), [ABOVE]),
    "zeta": (lambda q: PRIMITIVES["zeta"].call(lab.tensor(2.5, dtype=lab.float64), q), [ABOVE]),
    **{name: (lambda x, name=name: PRIMITIVES[name].call(lab.tensor(1.5, dtype=lab.float64), x), [POSITIVE]) for name in ("igamma", "igammac")},
    "xlogy": (lambda x, y: x.xlogy(y), [X, POSITIVE]), "xlog1py": (lambda x, y: PRIMITIVES["xlog1py"].call(x, y), [X, POSITIVE]),
    "logit": (lambda x: (x.logit(), x.logit(0.3)), [POSITIVE / 3]),
    "fmod_tensor": (lambda x, y: (x * 3).fmod(y), [X, POSITIVE]), "fmod_scalar": (lambda x: (x * 3).fmod(0.7), [X]),
    "remainder_tensor": (lambda x, y: (x * 3).remainder(y), [X, POSITIVE]), "remainder_scalar": (lambda x: (x * 3).remainder(0.7), [X]),
    "div_rounded": (lambda x, y: (PRIMITIVES["div_rounded"].call(x * 3, y, "floor"), PRIMITIVES["div_rounded"].call(x * 3, y, "trunc")), [X, POSITIVE]),
    "round_decimals": (lambda x: (x.round(decimals=1), (x * 100).round(decimals=-1)), [X]),
    "copysign_scalar": (lambda x: x.copysign(-1.0), [X]),
    "lerp_tensor": (lambda x, end, weight: x.lerp(end, weight), [X, ROW, Y]), "lerp_scalar": (lambda x, end: x.lerp(end, 0.3), [X, ROW]),
    "add_scaled": (lambda x, y: x.add(y, alpha=2.5), [X, ROW]), "sub_scaled": (lambda x, y: x.sub(y, alpha=2.5), [ROW, X]),
    "rsub_scaled": (lambda x, y: lab.rsub(x, y, alpha=0.5), [X, ROW]),
    "addcmul_list": (lambda x, a, b: x.addcmul(a, b, value=0.5), [X, ROW, Y]),
    "addcdiv_list": (lambda x, a, b: x.addcdiv(a, b, value=0.5), [X, ROW, POSITIVE]),
}  # fmt: skip
AT_ROWS, AT_COLUMNS = lab.tensor([[2, 0, 1, 1], [0, 2, 2, 0]]), lab.tensor([[3, 0], [1, 1], [2, 3]])
FEW, HIT = lab.tensor([2, 0]), lab.tensor(MASK)
CASES |= {
    name: (lambda x, name=name: getattr(x, name)(1), [X])
    for name in "cumprod cummax cummin logcumsumexp median nanmedian mode".split()
}
CASES |= {f"{name}_along": CASES.pop(name) for name in "cumprod cummax cummin logcumsumexp median nanmedian mode".split()}
CASES |= {f"{name}_over": (lambda x, name=name: getattr(lab, name)(x, dim=1), [X]) for name in
          "var std var_mean std_mean logsumexp aminmax nansum".split()}  # fmt: skip
CASES |= {
    "rpow": (lambda x: 2.0**x, [X]), "clamp_tensors": (lambda x, low, high: x.clamp(low, high), [X, X.min(1, keepdims=True) / 2, ROW + 1]),
    "max_all": (lambda x: x.max(), [X]), "min_all": (lambda x: x.min(), [X]), "median_all": (lambda x: x.median(), [X]),
    "unsafe_split_sizes": (lambda x: x.unsafe_chunk(2, 1), [X]), "split_sizes": (lambda x: x.split(2, 1), [X]), "split_listed": (lambda x: x.split([1, 3], 1), [X]),
    "gather": (lambda x: x.gather(1, AT_COLUMNS), [X]), "take": (lambda x: x.take(AT_COLUMNS), [X]),
    "index_select": (lambda x: x.index_select(0, lab.tensor([2, 0, 2])), [X]), "masked_select": (lambda x: x.masked_select(HIT), [X]),
    "masked_fill_number": (lambda x: x.masked_fill(HIT, 0.5), [X]), "masked_fill_tensor": (lambda x, v: x.masked_fill(HIT, v), [X, SCALAR]),
    "narrow_copied": (lambda x: lab.narrow_copy(x, 1, 1, 2), [X]), "scatter_at": (lambda x, v: x.scatter(1, AT_COLUMNS[:, :1], v[:, :1]), [X, Y]),
    "index_copy_at": (lambda x, v: x.index_copy(0, FEW, v[:2]), [X, Y]), "select_scatter_at": (lambda x, v: x.select_scatter(v, 0, 1), [X, ROW]),
    "slice_scatter_at": (lambda x, v: x.slice_scatter(v[:2], 0, 1), [X, Y]), "put_at": (lambda x, v: x.put(lab.tensor([1, 7]), v[:2]), [X, ROW]),
    "masked_scatter_at": (lambda x, v: x.masked_scatter(HIT, v), [X, Y]), "scatter_number": (lambda x: x.scatter(1, AT_COLUMNS, 0.5), [X]),
    "index_fill_number": (lambda x: x.index_fill(0, FEW, 0.5), [X]), "index_fill_tensor": (lambda x, v: x.index_fill(1, FEW, v), [X, SCALAR]),
    "scatter_add_at": (lambda x, v: x.scatter_add(0, AT_ROWS, v[:2]), [X, Y]), "index_add_at": (lambda x, v: x.index_add(0, FEW, v[:2], alpha=0.5), [X, Y]),
    "scatter_reduce_at": (lambda x, v: tuple(x.scatter_reduce(0, AT_ROWS, v[:2], how) for how in ("sum", "prod", "mean", "amax", "amin")), [X, Y]),
    "index_reduce_at": (lambda x, v: tuple(x.index_reduce(0, FEW, v[:2], how) for how in ("prod", "mean", "amax", "amin")), [X, Y]),
    "strided": (lambda x: x.as_strided((2, 2), (1, 2)) * 1, [X]),
    "strided_scatter_at": (lambda x, v: lab.as_strided_scatter(x, v, (2, 2), (4, 1), 1), [X, Y[:2, :2].copy()]),
    "tril": (lambda x: x.tril(-1), [X]), "triu": (lambda x: x.triu(1), [X]), "diagonal": (lambda x: x.diagonal(1) * 1, [X]),
    "diagonal_back": (lambda x: gradient_of(lambda x: x.diagonal(1).exp())(x)[0], [X]), "trace": (lambda x: x.trace(), [X]),
    "diag_embed_at": (lambda x: lab.diag_embed(x, 1), [X]), "diagonal_scatter_at": (lambda x, v: x.diagonal_scatter(v[:3]), [X, ROW]),
    "kthvalue_along": (lambda x: x.kthvalue(2, 1), [X]), "sort_along": (lambda x: x.sort(1), [X]), "topk_along": (lambda x: x.topk(2, 1), [X]),
    "tiled": (lambda x: x.tile((2, 1)), [X]), "roll": (lambda x: x.roll((1, -1), (0, 1)), [X]), "rot90_times": (lambda x: lab.rot90(x), [X]),
    "windows": (lambda x: x.unfold(1, 2, 1) * 1, [X]),
}  # fmt: skip


SYMMETRIC = SQUARE @ SQUARE.T + np.eye(3)
TALL, LOWER = r.standard_normal((4, 3)), np.tril(SQUARE)
STACK = r.standard_normal((2, 3, 3))
CASES |= {
    "mv": (lambda x, v: x.mv(v), [X, ROW]), "dot": (lambda x, y: x.dot(y), [ROW, Y[0].copy()]), "vdot": (lambda x, y: x.vdot(y), [ROW, Y[0].copy()]),
    "addmm_list": (lambda x, a, b: x.addmm(a, b, beta=0.5, alpha=2.0), [STACK[0].copy(), X, Y.T.copy()]),
    "addmv_list": (lambda x, a, v: x.addmv(a, v, beta=0.5), [TALL[:3, 0].copy(), X, ROW]),
    "addr_list": (lambda x, u, v: x.addr(u, v, alpha=0.5), [X, TALL[:3, 0].copy(), ROW]),
    "baddbmm_list": (lambda x, a, b: x.baddbmm(a, b, beta=0.5), [STACK, BATCH, BATCH.transpose(0, 2, 1).copy()]),
    "addbmm_list": (lambda x, a, b: x.addbmm(a, b, alpha=0.5), [STACK[0].copy(), BATCH, BATCH.transpose(0, 2, 1).copy()]),
    "cross_along": (lambda x, y: lab.linalg.cross(x, y), [TALL, TALL[::-1].copy()]), "matrix_exp": (lambda x: lab.matrix_exp(x / 32), [SQUARE]),
    **{f"{name}_number": (lambda x, name=name: PRIMITIVES[f"{name}_number"].call(x, 1.7), [X]) for name in ("add", "sub", "mul", "div")},
    "solve_matrix": (lambda a, b: lab.linalg.solve(a, b), [SQUARE, X]), "determinant": (lambda x: lab.linalg.det(x), [SQUARE]),
    "solve_triangle": (lambda a, b: lab.linalg.solve_triangular(a, b, upper=False), [LOWER, X]),
    "sign_and_log": (lambda x: lab.linalg.slogdet(x)[1], [SQUARE]), "cholesky_factor": (lambda x: lab.linalg.cholesky(x @ x.T), [SQUARE]),
    "qr_reduced": (lambda x: tuple(lab.linalg.qr(x)), [TALL]), "svd_reduced": (lambda x: lab.linalg.svd(x, full_matrices=False)[1], [TALL]),
    "pseudo_inverse": (lambda x: lab.linalg.pinv(x), [TALL]), "lu_factors": (lambda x: tuple(lab.linalg.lu(x)[1:]), [SQUARE]),
    "vector_norm_of": (lambda x: (lab.linalg.vector_norm(x, 3), lab.linalg.vector_norm(x, 1, 0)), [POSITIVE]),
    "how_many": (lambda x: (lab.linalg.vector_norm(x, 0), x.norm(0, 1, True)), [POSITIVE]),
    "distance": (lambda x, y: lab.dist(x, y, 3), [X, ROW]),
}  # fmt: skip


def pytest_generate_tests(metafunc):
    """A test that takes ``case`` runs once for every primitive."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", sorted(CASES))


@pytest.fixture
def cases():
    return CASES


@contextmanager
def planted(op, name: str, change):
    """Inside the block, the rule of ``op`` for input ``name`` returns ``change`` of what it should."""
    rule = op.rules[name]

    def wrong(*args):
        right = rule.function(*args)
        return [change(x) for x in right] if isinstance(right, (list, tuple)) else change(right)

    _swap(op, {**op.rules, name: Rule(wrong, rule.reads, rule.is_partial)}, op.forward)
    try:
        yield
    finally:
        _swap(op, {**op.rules, name: rule}, op.forward)


@contextmanager
def planted_forward(op, forward):
    """Inside the block ``op`` computes something else."""
    right = op.forward
    _swap(op, op.rules, forward)
    try:
        yield
    finally:
        _swap(op, op.rules, right)


def _swap(op, rules, forward):
    op.rules, op.forward, op.node_type = rules, forward, None
    op.written.clear()
    op.postpone()


@pytest.fixture
def plant():
    return planted


@pytest.fixture
def plant_forward():
    return planted_forward


@pytest.fixture
def derivative():
    return gradient_of


def random_function(seed: int, size: int = 10, kinks: bool = False, writes: bool = False):
    """A random function of two 3 x 4 tensors and their values; with ``kinks`` on a coarse grid, so that ties and zeros abound."""
    rng = random.Random(seed)
    words = "add sub mul tanh sigmoid exp sin softmax logsumexp mean matmul view sum cat transpose half".split()
    words += "abs relu clamp maximum minimum amax max_dim norm sqrt_abs where prod".split() if kinks else []
    words += ["write", "write_view", "set_row"] if writes else []
    plan = [(rng.choice(words), rng.random(), rng.random()) for _ in range(size)]
    values = np.random.default_rng(seed).standard_normal((2, 3, 4))
    if kinks:
        values = np.round(2 * values) / 2

    def function(x, y):
        made = [x * 1.0, y * 1.0]
        for word, a, b in plan:
            u, v = made[int(a * len(made))], made[int(b * len(made))]
            made.append(_random_step(word, u, v))
        return sum((t.sum() for t in made[3:]), made[2].sum())

    function.__name__ = f"random_{seed}"
    return function, [values[0], values[1]]


def _random_step(word, u, v):
    if word == "write":
        w = u * 1.0
        w.add_(v)
        return w.mul_(0.5)
    if word == "write_view":
        w = u * 1.0
        w[:2].mul_(v[1:])
        return w
    if word == "set_row":
        w = u * 1.0
        w[0] = v[1]
        return w
    return {
        "add": lambda: u + v, "sub": lambda: u - v, "mul": lambda: u * v, "tanh": u.tanh, "sigmoid": u.sigmoid, "sin": u.sin,
        "exp": lambda: (u * 0.1).exp(), "softmax": lambda: u.softmax(1), "half": lambda: u * 0.5,
        "logsumexp": lambda: u.logsumexp(1, True) + v, "mean": lambda: u.mean(0, True) * v, "sum": lambda: u.sum(1, True) - v,
        "matmul": lambda: (u @ v.T) @ u * 0.1, "view": lambda: u.reshape(4, 3).reshape(3, 4), "cat": lambda: lab.cat([u[:1], v[1:]]),
        "transpose": lambda: u.reshape(4, 3).T * v, "abs": u.abs, "relu": u.relu, "clamp": lambda: u.clamp(-0.5, 0.5),
        "maximum": lambda: u.maximum(v), "minimum": lambda: u.minimum(v), "amax": lambda: u.amax(1, True) + v,
        "max_dim": lambda: u.max(1, keepdim=True).values * v, "norm": lambda: u.norm() * v, "sqrt_abs": lambda: (u.abs() + 1).sqrt(),
        "where": lambda: lab.where(u > v, u, v * 2.0), "prod": lambda: (u * 0.5).prod(1, True) + v,
    }[word]()  # fmt: skip


@pytest.fixture
def random_functions():
    return random_function


@pytest.fixture(autouse=True)
def untouched():
    """No test leaves a planted fault behind."""
    before = {name: (op.rules, op.forward) for name, op in PRIMITIVES.items()}
    yield
    assert all(
        op.rules == before[name][0] and op.forward is before[name][1] for name, op in PRIMITIVES.items() if name in before
    )
