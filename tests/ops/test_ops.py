"""Every operation, proven: against PyTorch, against finite differences, against its JAX oracle, and differentiated again.

The table is samples.py. What is asked of an operation is asked of all of them, so a word or a primitive without samples, or
a primitive without an oracle, fails.
"""

import functools
import importlib
import inspect
import pkgutil
import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import births, ops
from autograd_lab.core.complexes import turn
from autograd_lab.core.namespaces import NUMPY, namespace_of, sum_to
from autograd_lab.core.ops import later
from autograd_lab.core.primitive import PRIMITIVES, Primitive, primitive
from autograd_lab.core.rules import unsent
from autograd_lab.crosscheck.oracles import oracles

from .kept import assert_kept
from .samples import TOPICS, Maker, collect, find

torch = pytest.importorskip("torch")
for _topic in pkgutil.iter_modules(ops.__path__):  # some primitives are declared when first used: here all are
    importlib.import_module(f"{ops.__name__}.{_topic.name}")
SAMPLES = collect()
KINKS = {}
for topic in TOPICS:
    KINKS |= getattr(importlib.import_module(f".samples_{topic}", __package__), "KINKS", {})
CALLS = [pytest.param(found, id=name) for name, found in SAMPLES.items()]
AT_KINKS = [pytest.param(found, id=name) for name, found in KINKS.items()]
TOLERANCE = {"float64": (1e-9, 1e-12), "float32": (2e-4, 2e-5)}

pytestmark = pytest.mark.filterwarnings("ignore")


def tensors(out):
    if hasattr(out, "requires_grad"):
        return [out]
    return [t for o in out for t in tensors(o)] if isinstance(out, tuple | list) else []


def run(m, sample, dtype="float64"):
    """(outputs, leaves) of a sample in library ``m``."""
    maker = Maker(m, dtype)
    return tensors(sample(m, maker)), [leaf for leaf in maker.leaves if leaf.requires_grad]


def array(t):
    return (
        None
        if t is None
        else np.asarray(t.detach().resolve_conj().numpy(force=True) if isinstance(t, torch.Tensor) else t._array)
    )


def grads(m, outs, leaves, again=False):
    """Gradients of a weighted sum of the outputs; ``again``: of the sum of their squares once more."""
    outs = [o for o in outs if o.requires_grad]
    if not outs or not leaves:
        return []
    seeds = [m.tensor(np.random.default_rng(i).uniform(0.5, 1.5, tuple(o.shape)), dtype=o.dtype) for i, o in enumerate(outs)]
    first = m.autograd.grad(outs, leaves, seeds, allow_unused=True, create_graph=again)
    if not again:
        return first
    live = [g for g in first if g is not None and g.requires_grad]
    return m.autograd.grad([(g * g).sum() for g in live], leaves, allow_unused=True) if live else [None] * len(leaves)


def attempt(*arguments, **options):
    """``grads``, or the first sentence of the error where PyTorch says that there is no derivative."""
    try:
        return grads(*arguments, **options)
    except RuntimeError as error:
        if "is not implemented" not in str(error):
            raise
        return str(error).partition(". ")[0].rstrip(".")


UNNUMBERED = "Sum Mean Prod Max Min Squeeze".split()  # one primitive here for what PyTorch numbers by overload


def node_name(t):
    """``ErfBackward0`` of what erf made; None of a constant."""
    name = t.grad_fn.name().split("::")[-1] if t.grad_fn is not None else None
    return name[:-1] if name and name.removesuffix(name[-9:]) in UNNUMBERED else name


def each_word(table):
    """Run the test on every sample of a word, one test a word, and say which sample failed."""

    def decorate(test):
        @pytest.mark.parametrize("samples", table)
        def every(samples, **others):
            for i, sample in enumerate(samples):
                try:
                    test(sample, **others)
                except Exception as error:
                    error.add_note(f"in sample {i}")
                    raise

        signature = inspect.signature(test)
        fixtures = [p for name, p in signature.parameters.items() if name != "sample"]
        samples = inspect.Parameter("samples", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        every.__signature__ = inspect.Signature([samples, *fixtures])
        every.__doc__ = test.__doc__
        return every

    return decorate


def assert_same(ours, theirs, rtol, atol, what):
    if isinstance(ours, str) or isinstance(theirs, str):
        assert ours == theirs
        return
    assert len(ours) == len(theirs), what
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a is None or b is None:
            assert all(t is None or np.abs(array(t)).max(initial=0) < 1e-12 for t in (a, b)), f"{what} {i}: {a} and {b}"
            continue
        assert (str(a.dtype), tuple(a.shape)) == (str(b.dtype), tuple(b.shape)), f"{what} {i}"
        np.testing.assert_allclose(array(a), array(b), rtol, atol, err_msg=f"{what} {i}")


@pytest.mark.parametrize("dtype", TOLERANCE)
@each_word(CALLS)
def test_values_and_gradients_are_pytorchs(sample, dtype):
    (ours, leaves), (theirs, their_leaves) = run(lab, sample, dtype), run(torch, sample, dtype)
    assert_same(ours, theirs, *TOLERANCE[dtype], "output")
    if dtype == "float64":  # of float32 PyTorch has kernels for whole layers
        assert [node_name(o) for o in ours] == [node_name(o) for o in theirs]
    assert_kept(ours, theirs)
    rtol, atol = TOLERANCE[dtype]
    rtol = max(rtol, getattr(sample, "rtol", 0))
    assert_same(attempt(lab, ours, leaves), attempt(torch, theirs, their_leaves), rtol, atol, "gradient")


@each_word(AT_KINKS)
def test_values_at_kinks_are_pytorchs(sample):
    (ours, leaves), (theirs, their_leaves) = run(lab, sample), run(torch, sample)
    assert_same(ours, theirs, *TOLERANCE["float64"], "output")
    assert_same(attempt(lab, ours, leaves), attempt(torch, theirs, their_leaves), *TOLERANCE["float64"], "gradient")


@each_word(CALLS)
def test_second_derivatives_are_pytorchs(sample):
    (ours, leaves), (theirs, their_leaves) = run(lab, sample), run(torch, sample)
    expected = attempt(torch, theirs, their_leaves, again=True)
    if isinstance(expected, str):  # PyTorch has no second derivative of a few operations of which we have one
        return
    assert_same(grads(lab, ours, leaves, again=True), expected, 1e-8, 1e-10, "second derivative")


@each_word(CALLS)
def test_gradients_are_slopes(sample):
    """Along a random direction: the gradient's component, and a central difference of values."""
    outs, leaves = run(lab, sample)
    if not leaves or not any(o.requires_grad for o in outs):
        return
    found = attempt(lab, outs, leaves)
    if isinstance(found, str):
        return
    found = [g if g is not None else lab.zeros_like(leaf) for g, leaf in zip(found, leaves)]
    r = np.random.default_rng(5)
    ways = [r.uniform(-1, 1, leaf.shape) for leaf in leaves]
    slope = sum(float((array(g) * way).sum()) for g, way in zip(found, ways))
    weights = [
        np.random.default_rng(i).uniform(0.5, 1.5, tuple(o.shape)) for i, o in enumerate(o for o in outs if o.requires_grad)
    ]

    def value(h):
        moved = iter(ways)

        class Moved(Maker):
            def __call__(self, *shape, **options):
                leaf = super().__call__(*shape, **options)
                if leaf.requires_grad:
                    leaf.data.copy_(lab.tensor(leaf._array + h * next(moved)))
                return leaf

        again = [o for o in tensors(sample(lab, Moved(lab, "float64"))) if o.requires_grad]
        return sum(float((array(o) * w).sum()) for o, w in zip(again, weights))

    differences = [(value(h) - value(-h)) / (2 * h) for h in (1e-4, 1e-5, 1e-6)]
    size = max(1.0, *(float(np.abs(array(g)).max(initial=0)) for g in found))
    assert min(abs(d - slope) for d in differences) < 1e-6 * size, (slope, differences)


# ---------------------------------------------------------------------- one primitive at a time


@functools.cache
def applications():
    """{primitive's name: [(arrays, params)]} of what the samples run in float64, second derivatives included."""
    seen = {}

    def heard(op, inputs, params, out, node):
        if not isinstance(op, Primitive):  # a user's Function, or a write told by name
            return
        arrays = [np.array(getattr(a, "_array", a)) for a in inputs]
        full = op.params | params
        key = op.__name__, tuple((a.shape, a.dtype.char) for a in arrays), repr(full)
        seen.setdefault(key, (arrays, full))

    with births.heard_by(heard), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for found in SAMPLES.values():
            for sample in found:
                outs, leaves = run(lab, sample)
                attempt(lab, outs, leaves, again=True)
    by_name = {}
    for (name, *_), application in sorted(seen.items(), key=lambda item: -sum(a.size for a in item[1][0])):
        if all(np.isfinite(a).all() for a in application[0] if a.dtype.kind in "fc"):
            by_name.setdefault(name, []).append(application)
    return by_name


def our_gradients(op, xp, g, arrays, params):
    """What the rules give, one entry per input that has a rule; a variadic primitive's rule gives a list."""
    out = op.forward(xp, *arrays, **params)
    if not op.holomorphic:  # written in PyTorch's convention, the conjugate of JAX's
        g = turn(g)
    known = dict(params) | {"out": out}
    for i, name in enumerate(op.inputs):
        value = list(arrays) if op.variadic else arrays[i]
        known[name] = value
        known[name + "_shape"] = [a.shape for a in arrays] if op.variadic else value.shape
        known[name + "_dtype"] = [a.dtype for a in arrays] if op.variadic else value.dtype
    ruled = [(name, op.rules[name]) for name in op.inputs if name in op.rules]
    found = [np.zeros(known[name + "_shape"]) if rule.function is unsent else rule(xp, g, known) for name, rule in ruled]
    if op.elementwise and len(op.inputs) > 1:
        found = [
            sum_to(xp, f, arrays[op.inputs.index(name)].shape)
            for f, name in zip(found, [n for n in op.inputs if n in op.rules])
        ]
    return out, found[0] if op.variadic else found if op.holomorphic else turn(found)


@functools.cache
def beside_jax():
    """{name: (the oracle's values, its gradients, what our rules give on JAX arrays, our forward's values there)} of every
    primitive, or the error.

    Compiled two dozen primitives at a time, which takes a quarter of the time that one by one takes.
    """
    import jax

    found, names = {}, [name for name in sorted(PRIMITIVES) if name in applications() and name in oracles()]
    cases = {name: prepared(name) for name in names}
    with jax.enable_x64(True):
        for i in range(0, len(names), 24):
            batch = names[i : i + 24]
            try:
                answers = compiled([cases[name] for name in batch])
            except Exception:
                answers = []
                for name in batch:
                    try:
                        answers += compiled([cases[name]])
                    except Exception as error:
                        answers.append(error)
            found |= dict(zip(batch, answers))
    return cases, found


def compiled(cases):
    """JAX's answers to several cases from one compilation."""
    import jax

    run = jax.jit(lambda inputs: [case["both"](*given) for case, given in zip(cases, inputs)])
    return jax.tree.map(np.asarray, run([(case["live"], case["seeds"]) for case in cases]))


def prepared(name):
    """Everything about one application of a primitive: our answers, and a function that gives JAX's."""
    import jax

    op, oracle = PRIMITIVES[name], oracles()[name]
    arrays, params = applications()[name][0]
    with np.errstate(all="ignore"):
        out = op.forward(NUMPY, *arrays, **params)
    outs = out if isinstance(out, tuple) else (out,)
    kinds = [np.asarray(o).dtype.kind in "fc" for o in outs]
    wanted = [i for i, a in enumerate(arrays) if a.dtype.kind in "fc" and (op.variadic or op.inputs[i] in op.rules)]
    if not any(kinds):
        wanted = []
    r = np.random.default_rng(0)
    seeds = [r.uniform(0.5, 1.5, np.shape(o)).astype(np.asarray(o).dtype) for o, kind in zip(outs, kinds) if kind]
    seeds = [s * (1 - 0.5j) if s.dtype.kind == "c" else s for s in seeds]

    def spread(seeds):
        g = iter(seeds)
        g = [next(g) if kind else None for kind in kinds]
        return g if isinstance(out, tuple) else g[0]

    def floating(made):
        return [o for o, kind in zip(made if isinstance(out, tuple) else (made,), kinds) if kind]

    def both(live, seeds):
        full = [live[wanted.index(i)] if i in wanted else a for i, a in enumerate(arrays)]

        def independent(*live):
            return floating(oracle(*[live[wanted.index(i)] if i in wanted else a for i, a in enumerate(arrays)], **params))

        world = namespace_of(jax.numpy.zeros(1))
        if not wanted:
            return independent(), [], [], floating(op.forward(world, *map(jax.numpy.asarray, full), **params))
        values, pull = jax.vjp(independent, *live)
        made, found = our_gradients(op, world, spread(seeds), full, params)
        return values, pull(list(seeds)), found, floating(made)

    with np.errstate(all="ignore"):
        ours = our_gradients(op, NUMPY, spread(seeds), arrays, params)[1] if wanted else []
    return {"live": [arrays[i] for i in wanted], "seeds": seeds, "both": both, "ours": ours, "wanted": wanted,
            "values": [o for o, kind in zip(outs, kinds) if kind]}  # fmt: skip


# tests/devices tries the words that move tensors
OF_CORE = sorted(name for name, op in PRIMITIVES.items() if op.forward.__module__.startswith("autograd_lab.core"))


@pytest.mark.parametrize("name", OF_CORE)
def test_rules_agree_with_jax(name):
    """Forward and rules on NumPy arrays, the same under ``jax.jit``, and an independent function with its derivative, all alike."""
    pytest.importorskip("jax")
    assert name in oracles(), f"{name} has no oracle"
    assert name in applications(), f"no sample runs {name}"
    cases, answers = beside_jax()
    case, answer = cases[name], answers[name]
    if isinstance(answer, Exception):
        raise answer
    cast = name == "to"  # a cast between floating types rounds; its oracle does not
    values, theirs, on_jax, forward = answer
    for a, b, c in zip(case["values"], values, forward, strict=True):
        np.testing.assert_allclose(a, b, 1e-7 if cast else 1e-10, 1e-12, err_msg=f"value of {name}")
        np.testing.assert_allclose(a, c, 1e-7 if cast else 1e-10, 1e-12, err_msg=f"{name}: our forward on NumPy and on JAX")
    tolerance = (1e-6, 1e-7) if cast else (1e-8, 1e-10)
    for where, a, b, c in zip(case["wanted"], case["ours"], theirs, on_jax):
        np.testing.assert_allclose(a, b, *tolerance, err_msg=f"{name}: our rule and the oracle, input {where}")
        np.testing.assert_allclose(a, c, *tolerance, err_msg=f"{name}: our rule on NumPy and on JAX, input {where}")


def public(path):
    """The functions that a module of the package offers and PyTorch's has too: what is called there, not what is imported."""
    ours, theirs = find(lab, path), find(torch, path)
    names = (n for n in dir(theirs) if n[0] != "_" and callable(getattr(theirs, n)) and not inspect.isclass(getattr(theirs, n)))
    return {f"{path}.{n}" for n in names if hasattr(ours, n)}


NO_NUMBERS = {"nn.functional.vector_norm", "special.multigammaln"}  # another's; mvlgamma, which has samples
NO_NUMBERS |= {"is_conj", "is_neg"}  # they answer yes or no


def test_every_word_has_samples_and_every_sample_a_word():
    words = set(later.WORDS) | {*lab._OF_THE_DISPATCHER}
    words = words.union(*map(public, ("nn.functional", "linalg", "fft", "special"))) - NO_NUMBERS
    known = (
        set(SAMPLES)
        | {f"special.{name}" for name in SAMPLES}
        | {f"linalg.{name}" for name in SAMPLES}
        | {f"fft.{name}" for name in SAMPLES}
    )
    assert sorted(words - known) == []


def test_a_primitive_without_samples_or_oracle_fails():
    """What the suite asks of every primitive is asked of one declared just now."""

    @primitive
    def left_alone(xp, x):
        """x."""
        return x * 1

    try:
        with pytest.raises(AssertionError, match="left_alone has no oracle"):
            test_rules_agree_with_jax("left_alone")
        oracles()["left_alone"] = lambda x: x * 1
        with pytest.raises(AssertionError, match="no sample runs left_alone"):
            test_rules_agree_with_jax("left_alone")
    finally:
        oracles().pop("left_alone", None)
        del PRIMITIVES["left_alone"]
