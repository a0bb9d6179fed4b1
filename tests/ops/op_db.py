"""Measure ourselves by PyTorch's own operator database: ``python -m tests.ops.op_db [--dtype complex128] [--second] [--list] [name ...]``.

Every public operator there that supports autograd in the dtype is called on the database's own sample inputs, once in PyTorch
and once here; a sample counts when every output and every gradient is equal (rtol 1e-7, and the dtypes). An operator has up to
three routes: the function, the method and the in-place method, and in the database often several variants. It runs here when
all its variants do by every route that PyTorch has. ``--second`` differentiates once more; ``--most-used`` asks only for the
operators that models and tutorials use most.
"""

from __future__ import annotations

import argparse
import itertools
import re
import signal
import sys
import warnings
from collections import Counter
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

import autograd_lab as lab
from autograd_lab.nn import aten

RTOL, ATOL = 1e-7, 1e-9
OURSELVES = {torch.device: lambda d: "cpu", torch.dtype: lambda d: getattr(lab, str(d).removeprefix("torch.")),
             torch.Size: tuple, torch.memory_format: lambda f: None}  # fmt: skip


# What the layers, losses, optimisers and tutorials are made of: the names that PyTorch's own documentation and examples call most.
MOST_USED = """
    abs acos add addcdiv addcmul addmm all any amax amin argmax argmin asin atan atan2 baddbmm bmm broadcast_to cat ceil chunk clamp clone
    cos cosh cross cumprod cumsum diag diagonal div dot einsum erf exp expand expm1 flatten flip floor gather index_add index_select
    linalg.cholesky linalg.det linalg.eigh linalg.inv linalg.norm linalg.solve log log10 log1p log2 logsumexp masked_fill
    masked_select matmul max maximum mean median min minimum mm mul mv neg norm outer permute pow prod reciprocal repeat reshape
    roll round rsqrt rsub scatter scatter_add select sigmoid sign sin sinh sort split sqrt square squeeze stack std sub sum t
    take_along_dim tan tanh topk trace transpose tril triu unbind unfold unsqueeze var view where
    nn.functional.avg_pool2d nn.functional.batch_norm nn.functional.binary_cross_entropy nn.functional.conv1d nn.functional.conv2d
    nn.functional.conv_transpose2d nn.functional.cross_entropy nn.functional.embedding nn.functional.gelu nn.functional.group_norm
    nn.functional.layer_norm nn.functional.leaky_relu nn.functional.linear nn.functional.max_pool2d nn.functional.mse_loss
    nn.functional.nll_loss nn.functional.relu nn.functional.scaled_dot_product_attention nn.functional.silu
    log_softmax softmax nn.functional.softplus
""".split()


class Outcome(NamedTuple):
    """What became of one operator on one route: ``word`` is equal, missing, refused, error, values, gradients or slow."""

    word: str
    detail: str = ""


def database(dtype=torch.float64, names=()):
    """The public operators that support autograd in ``dtype``, each (name, OpInfo); all unless ``names`` says which."""
    from torch.testing._internal.common_methods_invocations import op_db

    for op in op_db:
        full = op.name + (f"/{op.variant_test_name}" if op.variant_test_name else "")
        private = re.match(r"_[^_]|torch\.ops\.", op.name)  # ``__radd__`` and ``__getitem__`` are everybody's
        if dtype in op.dtypes and op.supports_autograd and not private and (not names or op.name in names or full in names):
            yield full, op


def _pooled_back(x, kernel_size=(), stride=(), padding=0, dilation=1, ceil_mode=False, return_indices=True):
    """As the database calls ``max_pool2d_with_indices_backward``: with ones, of what the forward chose."""
    settings = kernel_size, kernel_size if stride is None else stride, padding, dilation, ceil_mode
    out, where = lab.nn.functional.max_pool2d_with_indices(x, *settings)
    return aten.max_pool2d_with_indices_backward(lab.ones_like(out), x, *settings, where)


SWAPPED = {
    "max_pool2d_with_indices_backward": _pooled_back,
    "native_dropout_backward": aten.native_dropout_backward,
    "einsum": lambda tensors, equation: lab.einsum(equation, tensors),
    "nn.functional.embedding_bag": lambda weight, index, **options: lab.nn.functional.embedding_bag(index, weight, **options),
    "normal/number_mean": lambda std, mean, *args, **options: lab.normal(mean, std, *args, **options),
    "polygamma": lambda x, n: lab.polygamma(n, x),
    "special.polygamma": lambda x, n: lab.special.polygamma(n, x),
    "zero_": lambda x: x.clone().zero_(),
    "linalg.pinv/singular": lambda a, b: lab.linalg.pinv(a @ b.mT),
    "svd_lowrank": lambda a, b, **options: lab.svd_lowrank(a @ b.mT, **options),
    "pca_lowrank": lambda a, b, **options: lab.pca_lowrank(a @ b.mT, **options),
    "linalg.lstsq/grad_oriented": lambda a, b, driver: lab.linalg.lstsq(a, b, driver=driver)[:2],
    "slice": lambda x, dim=0, start=None, end=None, step=1: x[(slice(None),) * (dim % x.ndim) + (slice(start, end, step),)],
    "where": lambda x, condition, other: lab.where(condition, x, other),
    "nn.functional.embedding": lambda weight, index, **options: lab.nn.functional.embedding(index, weight, **options),
}  # the database's own order of arguments


def here(name):
    """Our function of that name, or None."""
    if name in SWAPPED:
        return SWAPPED[name]
    if isinstance(getattr(lab.Tensor, name, None), property):
        return getattr(lab.Tensor, name).fget
    found = lab
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except (AttributeError, ImportError):
            return None
    return found if callable(found) else None


def ours(value, leaves):
    """A sample's argument as we take it; tensors that require a gradient are collected in ``leaves``."""
    if isinstance(value, torch.Tensor):
        plain = value.detach()
        array = plain.resolve_conj().resolve_neg().numpy().copy() if plain.layout is torch.strided else plain.to_dense().numpy()
        t = lab.tensor(array, requires_grad=value.requires_grad)
        leaves += [t] if value.requires_grad else []
        return t
    if value is torch.nn.functional.pairwise_distance or isinstance(value, torch.nn.PairwiseDistance):
        return (
            lab.nn.functional.pairwise_distance
            if callable(value) and not hasattr(value, "norm")
            else lab.nn.PairwiseDistance(value.norm, value.eps, value.keepdim)
        )
    if type(value) in OURSELVES:
        return OURSELVES[type(value)](value)
    if isinstance(value, tuple | list):
        return type(value)(ours(v, leaves) for v in value)
    if isinstance(value, dict):
        return {k: ours(v, leaves) for k, v in value.items()}
    return value


def theirs(value, leaves):
    """The same argument for PyTorch: fresh leaves."""
    if isinstance(value, torch.Tensor):
        t = value.detach().clone().requires_grad_(value.requires_grad)
        leaves += [t] if value.requires_grad else []
        return t
    if isinstance(value, tuple | list) and not isinstance(value, torch.Size):
        return type(value)(theirs(v, leaves) for v in value)
    if isinstance(value, dict):
        return {k: theirs(v, leaves) for k, v in value.items()}
    return value


def tensors(out):
    """All tensors of a result, in order."""
    if hasattr(out, "requires_grad"):
        return [out]
    return [t for o in out for t in tensors(o)] if isinstance(out, tuple | list) else []


def array(t):
    if isinstance(t, torch.Tensor) and t.dtype == torch.bfloat16:  # which NumPy does not know by itself
        t = t.float()
    if not isinstance(t, torch.Tensor) and t.dtype == lab.bfloat16:
        t = t.detach().float()
    return np.asarray(t.detach().resolve_conj().resolve_neg().numpy(force=True) if isinstance(t, torch.Tensor) else t._array)


def gradients(m, outs, leaves, weights, second):
    """First (or second) derivatives of a weighted sum of the outputs."""
    outs = [(o, w) for o, w in zip(outs, weights) if o.requires_grad]
    if not outs or not leaves:
        return []
    seeds = [m.tensor(w) for _, w in outs]
    grads = m.autograd.grad([o for o, _ in outs], leaves, seeds, allow_unused=True, create_graph=second)
    if not second:
        return grads
    live = [g for g in grads if g is not None and g.requires_grad]
    return m.autograd.grad([(g * g).sum() for g in live], leaves, allow_unused=True) if live else []


def compare(function, call, sample, second):
    """The Outcome of one sample."""
    arguments = (sample.input, tuple(sample.args), dict(sample.kwargs))
    their_leaves, our_leaves = [], []
    x, args, kwargs = theirs(arguments, their_leaves)
    try:
        wanted = tensors(sample.output_process_fn_grad(function(x, *args, **kwargs)))
    except Exception:
        return Outcome("equal", "refused by PyTorch")
    weights = [np.random.default_rng(i).uniform(0.5, 1.5, tuple(o.shape)).astype(array(o).dtype) for i, o in enumerate(wanted)]
    try:
        expected = gradients(torch, wanted, their_leaves, weights, second)
    except RuntimeError:
        expected = None
    x, args, kwargs = ours(arguments, our_leaves)
    if call is None:
        return Outcome("missing")
    try:
        got = tensors(sample.output_process_fn_grad(call(x, *args, **kwargs)))
    except NotImplementedError as error:
        return Outcome("refused", str(error))
    if len(got) != len(wanted):
        return Outcome("values", f"{len(got)} outputs, not {len(wanted)}")
    for i, (a, b) in enumerate(zip(got, wanted)):
        if str(a.dtype) != str(b.dtype) or tuple(a.shape) != tuple(b.shape):
            return Outcome("values", f"output {i} is {a.dtype} {tuple(a.shape)}, not {b.dtype} {tuple(b.shape)}")
        if not np.allclose(array(a), array(b), RTOL, ATOL, equal_nan=True):
            return Outcome("values", f"output {i}")
    if expected is None:
        return Outcome("equal")
    for i, (a, b) in enumerate(zip(gradients(lab, got, our_leaves, weights, second), expected)):
        if a is None or b is None:
            if any(t is not None and array(t).any() for t in (a, b)):
                return Outcome("gradients", f"input {i}: one is None")
        elif tuple(a.shape) != tuple(b.shape) or str(a.dtype) != str(b.dtype):
            return Outcome("gradients", f"input {i}: {a.dtype} {tuple(a.shape)}, not {b.dtype} {tuple(b.shape)}")
        elif not np.allclose(array(a), array(b), RTOL * (10 if second else 1), ATOL * (10 if second else 1), equal_nan=True):
            return Outcome("gradients", f"input {i}")
    return Outcome("equal")


class Slow(Exception):
    """One operator took too long."""


def stop(*_):
    raise Slow


def judge(op, dtype=torch.float64, second=False, limit=60, seconds=60):
    """{route: Outcome} of one operator: the first sample that is not equal decides."""
    verdicts, method = {}, op.get_method()
    name = op.name.rpartition(".")[2]
    full = f"{op.name}/{op.variant_test_name}"
    routes = {"function": (op.get_op(), SWAPPED.get(full) or here(op.name) or getattr(lab.Tensor, op.name, None))}
    if method is not None:
        routes["method"] = method, getattr(lab.Tensor, name, None)
    if op.get_inplace() is not None:
        in_place, mine = op.get_inplace(), getattr(lab.Tensor, f"{name.removesuffix('_')}_", None)
        if op.name.startswith("nn.functional."):
            mine = partial(here(op.name), inplace=True)
        routes["in place"] = ((lambda x, *a, **k: in_place(x.clone(), *a, **k)),
                              mine and (lambda x, *a, **k: mine(x.clone(), *a, **k)))  # fmt: skip
    signal.signal(signal.SIGPROF, stop)
    for route, (function, call) in routes.items():
        verdicts[route] = Outcome("equal")
        signal.setitimer(signal.ITIMER_PROF, seconds)  # of processor time
        try:
            torch.manual_seed(0)
            for k, sample in enumerate(itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=True), limit)):
                for m in (torch, lab):
                    m.manual_seed(42)  # which the database sets itself before what draws
                verdict = compare(function, call, sample, second)
                if verdict.word != "equal":
                    shown = str(sample).replace("\n", " ")[:300]
                    verdicts[route] = Outcome(verdict.word, f"{verdict.detail} [sample {k}: {shown}]")
                    break
        except Slow:
            verdicts[route] = Outcome("slow")
        except Exception as error:
            verdicts[route] = Outcome("error", f"{type(error).__name__}: {str(error)[:160]} [sample {k}: {str(sample)[:200]}]")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return verdicts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only these operators")
    parser.add_argument("--dtype", default="float64", choices=("float64", "complex128"))
    parser.add_argument("--second", action="store_true", help="compare second derivatives")
    parser.add_argument("--most-used", action="store_true", help=f"only the {len(MOST_USED)} most used operators")
    parser.add_argument("--list", action="store_true", help="say of every operator that does not count what became of it")
    parser.add_argument("--limit", type=int, default=60, help="at most this many samples of an operator (default 60)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    names = options.names or (MOST_USED if options.most_used else ())
    dtype, left, reasons = getattr(torch, options.dtype), {}, Counter()
    for name, op in database(dtype, names):
        verdicts = judge(op, dtype, options.second, options.limit)
        failed = {route: verdict for route, verdict in verdicts.items() if verdict.word != "equal"}
        left[op.name] = left.get(op.name, False) or bool(failed)
        reasons.update([next(iter(failed.values())).word] if failed else [])
        if options.list or options.names:
            for route, verdict in failed.items():
                print(f"{name:<44} {route:<9} {verdict.word:<10} {verdict.detail}", flush=True)
    what = "second derivatives" if options.second else "outputs and gradients"
    print(f"{options.dtype}: {list(left.values()).count(False)} of {len(left)} public operators run with {what} equal to PyTorch's, "
          "by every variant and route")  # fmt: skip
    if reasons:
        print("variants left: " + ", ".join(f"{word} {n}" for word, n in reasons.most_common()))


if __name__ == "__main__":
    sys.exit(main())
