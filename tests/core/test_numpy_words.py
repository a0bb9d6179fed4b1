"""NumPy's functions on tensors: NumPy's values and shapes, and a gradient that agrees with differences."""

import numpy as np
import pytest

import autograd_lab as lab

a = np.array([[1.25, 2.5], [0.5, 3.0]])
b = np.array([2.1, 0.55])
UNARY = """sin cos tan exp log sqrt abs absolute tanh arctan sinh cosh arcsinh log1p expm1 log2 log10 square negative reciprocal exp2
deg2rad radians degrees rad2deg positive fabs conjugate sign floor ceil rint trunc isnan isfinite isinf signbit""".split()
BINARY = """add subtract multiply divide true_divide power float_power maximum minimum fmax fmin arctan2 hypot logaddexp logaddexp2 fmod mod
remainder floor_divide copysign heaviside greater less equal not_equal""".split()
FUNCTIONS = {f"{name} alone": lambda q, name=name: getattr(np, name)(q) for name in UNARY}
FUNCTIONS |= {f"{name} an array": lambda q, name=name: getattr(np, name)(q, b) for name in BINARY}
FUNCTIONS |= {f"an array {name}": lambda q, name=name: getattr(np, name)(b, q) for name in BINARY}
FUNCTIONS |= {f"{name} a number": lambda q, name=name: getattr(np, name)(q, 2.0) for name in BINARY}
FUNCTIONS |= {
    "sum": lambda q: np.sum(q),
    "sum0": lambda q: np.sum(q,0),
    "sumax": lambda q: np.sum(q,axis=(0,1)),
    "sumkeep": lambda q: np.sum(q,axis=1,keepdims=True),
    "mean": lambda q: np.mean(q,axis=-1),
    "meank": lambda q: np.mean(q,axis=0,keepdims=True),
    "prod": lambda q: np.prod(q,axis=1),
    "max": lambda q: np.max(q,axis=1),
    "min": lambda q: np.min(q),
    "amax": lambda q: np.amax(q,axis=0),
    "std": lambda q: np.std(q),
    "stdd": lambda q: np.std(q,axis=0,ddof=1),
    "var": lambda q: np.var(q,axis=1),
    "cumsum": lambda q: np.cumsum(q,axis=1),
    "cumprod": lambda q: np.cumprod(q,axis=0),
    "argmax": lambda q: np.argmax(q,axis=1),
    "argsort": lambda q: np.argsort(q,axis=1),
    "sort": lambda q: np.sort(q,axis=0),
    "median": lambda q: np.median(q),
    "ptp": lambda q: np.ptp(q),
    "any": lambda q: np.any(q>1),
    "all": lambda q: np.all(q>0,axis=0),
    "nansum": lambda q: np.nansum(q),
    "count_nonzero": lambda q: np.count_nonzero(q),
    "dot": lambda q: np.dot(q,q),
    "dotv": lambda q: np.dot(q,b),
    "matmul": lambda q: np.matmul(q,q),
    "inner": lambda q: np.inner(q,q),
    "outer": lambda q: np.outer(q[0],q[1]),
    "tensordot": lambda q: np.tensordot(q,q,1),
    "tensordot2": lambda q: np.tensordot(q,q,axes=([0],[1])),
    "vdot": lambda q: np.vdot(q,q),
    "einsum": lambda q: np.einsum("ij,jk->ik",q,q),
    "einsum_tr": lambda q: np.einsum("ii",q),
    "trace": lambda q: np.trace(q),
    "kron": lambda q: np.kron(q,q),
    "concatenate": lambda q: np.concatenate([q,q],axis=1),
    "concat arr": lambda q: np.concatenate((q,a)),
    "stack": lambda q: np.stack([q,q],axis=-1),
    "vstack": lambda q: np.vstack([q,q]),
    "hstack": lambda q: np.hstack([q,q]),
    "column_stack": lambda q: np.column_stack([q[0],q[1]]),
    "dstack": lambda q: np.dstack([q,q]),
    "append": lambda q: np.append(q,q),
    "append ax": lambda q: np.append(q,q,axis=0),
    "split": lambda q: np.split(q,2)[0],
    "array_split": lambda q: np.array_split(q,2,axis=1)[1],
    "where": lambda q: np.where(q>1,q,0.),
    "where2": lambda q: np.where(a>1,q,a),
    "where3": lambda q: np.where(a>1,0.,q),
    "clip": lambda q: np.clip(q,1,2),
    "clipnone": lambda q: np.clip(q,None,2),
    "clipkw": lambda q: np.clip(q,a_min=1,a_max=2),
    "select": lambda q: np.select([a>2,a>1],[q,q*2],0.),
    "reshape": lambda q: np.reshape(q,4),
    "reshapet": lambda q: np.reshape(q,(4,1)),
    "transpose": lambda q: np.transpose(q),
    "transposeax": lambda q: np.transpose(q,(1,0)),
    "swapaxes": lambda q: np.swapaxes(q,0,1),
    "moveaxis": lambda q: np.moveaxis(q,0,1),
    "expand_dims": lambda q: np.expand_dims(q,1),
    "squeeze": lambda q: np.squeeze(q[None]),
    "squeezeax": lambda q: np.squeeze(q[None],axis=0),
    "ravel": lambda q: np.ravel(q),
    "flip": lambda q: np.flip(q,0),
    "flipall": lambda q: np.flip(q),
    "fliplr": lambda q: np.fliplr(q),
    "roll": lambda q: np.roll(q,1),
    "rollax": lambda q: np.roll(q,1,axis=0),
    "tile": lambda q: np.tile(q,(2,1)),
    "repeat": lambda q: np.repeat(q,2),
    "repeatax": lambda q: np.repeat(q,2,axis=0),
    "broadcast_to": lambda q: np.broadcast_to(q,(3,2,2)),
    "atleast_2d": lambda q: np.atleast_2d(q[0]),
    "diag": lambda q: np.diag(q),
    "diagv": lambda q: np.diag(q[0]),
    "diagonal": lambda q: np.diagonal(q),
    "triu": lambda q: np.triu(q),
    "tril": lambda q: np.tril(q,-1),
    "rot90": lambda q: np.rot90(q),
    "take": lambda q: np.take(q,[0,1],axis=1),
    "take flat": lambda q: np.take(q,[0,3]),
    "take_along": lambda q: np.take_along_axis(q,np.array([[0],[1]]),1),
    "diff": lambda q: np.diff(q),
    "zeros_like": lambda q: np.zeros_like(q),
    "ones_like": lambda q: np.ones_like(q),
    "full_like": lambda q: np.full_like(q,3.),
    "copy": lambda q: np.copy(q),
    "round": lambda q: np.round(q),
    "roundd": lambda q: np.round(q,1),
    "real": lambda q: np.real(q),
    "isclose": lambda q: np.isclose(q,a),
    "allclose": lambda q: np.allclose(q,a),
    "array_equal": lambda q: np.array_equal(q,a),
    "shape": lambda q: np.shape(q),
    "ndim": lambda q: np.ndim(q),
    "size": lambda q: np.size(q),
    "nan_to_num": lambda q: np.nan_to_num(q),
    "average": lambda q: np.average(q,axis=0),
    "averagew": lambda q: np.average(q,axis=0,weights=b),
    "percentile": lambda q: np.percentile(q,50),
    "quantile": lambda q: np.quantile(q,0.5),
    "trapezoid": lambda q: np.trapezoid(q),
    "norm": lambda q: np.linalg.norm(q),
    "norm1": lambda q: np.linalg.norm(q,axis=1),
    "norm1k": lambda q: np.linalg.norm(q,ord=1,axis=1,keepdims=True),
    "normfro": lambda q: np.linalg.norm(q,"fro"),
    "norm2": lambda q: np.linalg.norm(q,2),
    "inv": lambda q: np.linalg.inv(q),
    "det": lambda q: np.linalg.det(q),
    "solve": lambda q: np.linalg.solve(q,b),
    "eigh": lambda q: np.linalg.eigh(q+q.T)[0],
    "svd": lambda q: np.linalg.svd(q)[1],
    "cholesky": lambda q: np.linalg.cholesky(q@q.T),
    "matrix_power": lambda q: np.linalg.matrix_power(q,2),
    "qr": lambda q: np.linalg.qr(q)[1],
    "pinv": lambda q: np.linalg.pinv(q),
    "slogdet": lambda q: np.linalg.slogdet(q)[1],
    "multi_dot": lambda q: np.linalg.multi_dot([q,q,q]),
    "trace2": lambda q: np.linalg.trace(q),
    "arr op": lambda q: a*q-b/q+q**b,
    "iarr": lambda q: b@q,
    "np scalar": lambda q: np.float64(2)*q,
    "reduce": lambda q: np.add.reduce(q,axis=0),
    "mulreduce": lambda q: np.multiply.reduce(q,axis=1),
    "maxreduce": lambda q: np.maximum.reduce(q,axis=0),
    "accum": lambda q: np.add.accumulate(q,axis=0),
    "outerm": lambda q: np.multiply.outer(q[0],q[1]),
    "cmp": lambda q: a>q,
}  # fmt: skip
STEPS = set("sign floor ceil rint trunc round roundd zeros_like ones_like full_like".split())
UNDERIVABLE = {"heaviside", "floor_divide"}  # PyTorch has no derivative of them


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients(name):
    function = FUNCTIONS[name]
    x = lab.tensor(a, requires_grad=True)
    ours, theirs = function(x), function(a)
    if not isinstance(ours, lab.Tensor):
        assert type(theirs) in (bool, int, tuple) and ours == theirs
        return
    value = ours.detach().numpy()
    np.testing.assert_allclose(value, theirs, rtol=1e-12)
    assert value.shape == np.shape(theirs) and value.dtype == np.asarray(theirs).dtype
    steps = not STEPS.isdisjoint(name.split())
    if value.dtype.kind != "f" or (steps and not ours.requires_grad):
        return
    weights = np.random.default_rng(0).uniform(0.5, 1.5, value.shape)
    scalar = (ours * lab.tensor(weights)).sum()
    if word := UNDERIVABLE.intersection(name.split()):
        with pytest.raises(RuntimeError, match=f"derivative for aten::{word.pop()} is not implemented"):
            scalar.backward()
        return
    scalar.backward()
    if steps:
        assert x.grad.abs().sum() == 0
        return
    eps, slopes = 1e-6, np.zeros_like(a)
    for place in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[place] = eps
        slopes[place] = ((function(a + step) - function(a - step)) * weights).sum() / (2 * eps)
    np.testing.assert_allclose(x.grad.numpy(), slopes, rtol=1e-6, atol=1e-7)


def test_what_has_no_word_is_refused_when_a_gradient_would_be_lost():
    x = lab.tensor(a, requires_grad=True)
    for function in (np.unique, np.cov, lambda t: np.add(t, 1, out=np.zeros((2, 2))), lambda t: np.sum(t, where=a > 1)):
        with pytest.raises(RuntimeError, match="requires grad"):
            function(x)
    assert np.unique(x.detach()).tolist() == [0.5, 1.25, 2.5, 3.0]


def test_memory_is_shared_with_numpy():
    array = np.ones(3)
    t = lab.from_numpy(array)
    array[0] = 5
    t[1] = 7
    assert t.tolist() == [5, 7, 1] and array.tolist() == [5, 7, 1] and np.asarray(t) is not None
    assert np.shares_memory(np.asarray(t), array) and np.shares_memory(t.numpy(), array)
    assert np.asarray(t, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
def test_dlpack_to_and_from_the_others(shape):
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    values = np.arange(float(np.prod(shape))).astype("f4").reshape(shape)
    t = lab.tensor(values)
    for other in (np, torch, jax.dlpack if hasattr(jax, "dlpack") else jax.numpy):
        assert np.asarray(other.from_dlpack(t)).tolist() == values.tolist()
    for given in (values.copy(), torch.tensor(values), jax.numpy.asarray(values)):
        back = lab.from_dlpack(given)
        assert back.tolist() == values.tolist() and back.dtype is lab.float32
    theirs = torch.tensor(values)
    shared = lab.from_dlpack(theirs)
    if theirs.numel():
        theirs += 1
        assert shared.tolist() == theirs.tolist()
        torch.from_dlpack(t).mul_(2)
        assert t.tolist() == (values * 2).tolist()
