"""Every public word, called wrongly in twenty ways, in PyTorch and here: the same class and first sentence.

The cases are generated, not listed: the words both libraries have, times the mistakes people make with arguments. Most agree;
those that do not are counted, exactly, so that the number can only be made smaller on purpose.
"""

import collections
import functools
import re
import warnings

import pytest

import autograd_lab as lab
from autograd_lab.core.guarded import guarded
from autograd_lab.core.signatures import KINDS, complaint, signatures_of, table
from autograd_lab.nn import operands

torch = pytest.importorskip("torch")
from .signatures_of_torch import TABLE, whole  # noqa: E402

APART = """backward register_hook register_post_accumulate_grad_hook set_default_dtype set_default_device manual_seed seed initial_seed
           set_grad_enabled set_rng_state get_rng_state save load compile numpy cuda share_memory_ tolist vmap is_tensor
           broadcast_shapes einsum autocast set_printoptions module_load to_sparse set_autocast_dtype set_autocast_enabled
           set_autocast_cache_enabled clear_autocast_cache is_autocast_enabled is_autocast_cache_enabled get_autocast_dtype
           use_deterministic_algorithms set_num_threads get_num_threads storage untyped_storage typename from_file
           is_storage""".split()  # modes and state, or no arguments of PyTorch's parser
MISTAKES = {
    "no arguments": lambda m: ((), {}), "None": lambda m: ((None,), {}), "a string": lambda m: (("a",), {}), "a float": lambda m: ((1.5,), {}),
    "a list": lambda m: (([1.0, 2.0],), {}), "too many": lambda m: ((m.ones(2, 3),) * 7, {}), "tensor and None": lambda m: ((m.ones(2, 3), None), {}),
    "tensor and string": lambda m: ((m.ones(2, 3), "a"), {}), "tensor and 7": lambda m: ((m.ones(2, 3), 7), {}), "tensor and -5": lambda m: ((m.ones(2, 3), -5), {}),
    "tensor and float": lambda m: ((m.ones(2, 3), 1.5), {}), "other shape": lambda m: ((m.ones(2, 3), m.ones(4, 5)), {}), "unknown keyword": lambda m: ((m.ones(2, 3),), {"foo": 1}),
    "dim=7": lambda m: ((m.ones(2, 3),), {"dim": 7}), "dim=None": lambda m: ((m.ones(2, 3),), {"dim": None}), "dim='a'": lambda m: ((m.ones(2, 3),), {"dim": "a"}),
    "dim=1.5": lambda m: ((m.ones(2, 3),), {"dim": 1.5}), "out=1": lambda m: ((m.ones(2, 3),), {"out": 1}), "a tensor": lambda m: ((m.ones(2, 3),), {}), "0-d and 3": lambda m: ((m.tensor(1.0), 3), {}),
}  # fmt: skip


def functions():
    """Functions of the package that PyTorch has too."""
    native = ("builtin_function_or_method", "function")
    return [n for n in dir(lab) if n[0] != "_" and n not in APART and type(getattr(torch, n, None)).__name__ in native and callable(getattr(lab, n))]  # fmt: skip


def methods():
    """Methods of Tensor that PyTorch's has too."""
    return [n for n in dir(torch.Tensor) if n[0] != "_" and n not in APART and callable(getattr(torch.Tensor, n)) and hasattr(lab.Tensor, n)]  # fmt: skip


def first_sentence(text):
    text = re.sub(r"^Tensor\.(\w+\(\) takes)", r"TensorBase.\1", text)  # CPython says either, by how a method is called
    return re.split(r"(?<=[.!])\s|\n", text.strip(), maxsplit=1)[0][:300]


@functools.cache
def said(m, kind, word, mistake):
    """(class, first sentence) of the refusal, None if there is none. Two tests ask for ours."""
    args, kwargs = MISTAKES[mistake](m)
    owner = m if kind == "f" else m.ones(2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(owner, word)(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, first_sentence(str(error))
    return None


def disagreements(kind, words):
    """Counter of what becomes of a call PyTorch refuses, and examples of each kind of difference."""
    found, examples = collections.Counter(), collections.defaultdict(list)
    for word in words:
        for mistake in MISTAKES:
            theirs = said(torch, kind, word, mistake)
            if theirs is None:
                continue
            ours = said(lab, kind, word, mistake)
            what = (
                "same"
                if ours == theirs
                else "taken"
                if ours is None
                else "other words"
                if ours[0] == theirs[0]
                else "other class"
            )
            found[what] += 1
            examples[what].append((word, mistake, ours, theirs))
    return found, examples


# How many of the calls that PyTorch refuses are refused in its words here. The numbers only go up.
AGREEING = {"f": 6505, "m": 8260}


@pytest.mark.parametrize(("kind", "words"), [("f", functions), ("m", methods)])
def test_wrong_calls_are_refused_in_pytorchs_words(kind, words):
    found, examples = disagreements(kind, words())
    told = "\n".join(f"{what}: {case}" for what in ("taken", "other class", "other words") for case in examples[what])
    assert found["same"] >= AGREEING[kind], told
    assert found["same"] > 0.87 * found.total(), told


def test_no_word_of_numpys_reaches_a_user():
    """Of the calls that PyTorch refuses, none ends in an assertion of ours."""
    for kind, words in (("f", functions()), ("m", methods())):
        for word in words:
            for mistake in MISTAKES:
                ours = said(lab, kind, word, mistake)
                assert ours is None or ours[0] not in ("AssertionError", "RecursionError", "NameError", "UnboundLocalError"), (
                    word,
                    mistake,
                    ours,
                )


OPERATORS = [f"x {sign} {value}" for sign in ("+", "-", "*", "/", "**", "@", "//", "%", "&", "|", "^", "<<") for value in ("None", "'a'", "[1]", "{}", "object()")] + [
    f"{value} {sign} x" for sign in ("+", "-", "*", "/", "**", "@", "//") for value in ("None", "'a'", "[1]", "{}", "object()")
] + ["x += None", "x -= 'a'", "x *= None", "x /= {}", "x **= None", "s + None", "r * None", "r @ 3", "3 @ r", "-None + x"]  # fmt: skip


@pytest.mark.parametrize("text", OPERATORS)
def test_operators(text):
    told = []
    for m in (lab, torch):
        names = {"m": m, "x": m.ones(2, 3), "s": m.tensor(1.0), "r": m.ones(2, 3, requires_grad=True)}
        with pytest.raises(Exception) as raised:  # noqa: PT011
            exec(text, names)
        told.append((type(raised.value).__name__, str(raised.value)))
    assert told[0] == told[1]


CALLS = [
    "torch.sum(x, 'a')", "torch.sum(x, (0, 1), foo=2)", "torch.add(x)", "torch.clamp(x, 'a')", "torch.softmax(x)", "torch.cat(1)", "torch.cat([x, None])", "torch.stack([x, 1])", "torch.flip(x)",
    "x.view('a')", "x.view()", "x.expand(1.5)", "torch.sum(x, dim='a')", "x.transpose(0)", "torch.exp(x, input=x)", "torch.addmm(x, x, 1)", "torch.topk(x, 'a')", "x.reshape()", "x.repeat()", "x.fill_('a')",
    "torch.zeros('a')", "torch.zeros()", "torch.zeros(1.5)", "torch.tensor()", "torch.full((2,), 'a')", "torch.eye('a')", "torch.arange('a')", "torch.linspace(0, 1)", "torch.randn('a')", "x.pow(None)", "x.mul('a')",
    "x.mul(x, x)", "x.eq(None)", "x.lt(None)", "x.mm(3)", "x.matmul(None)", "torch.where(x > 0, None, x)", "x.requires_grad_('a')", "x.size(5)", "x.stride(5)", "x.exp(2)", "x.relu(1)", "x.maximum(3)", "x.gather(0, [0])",
    "x.index_select(0, [1])", "x.squeeze('a')", "x.permute('a')", "x.max('a')", "x.sort('a')", "x.float(1)", "torch.dot(x)", "torch.max(x, 1.5)", "x.masked_fill(1, 2)",
]  # fmt: skip


@pytest.mark.parametrize("text", CALLS)
def test_calls(text):
    """What people get wrong, to the letter of the first line."""
    told = []
    for m in (lab, torch):
        with pytest.raises(Exception) as raised:  # noqa: PT011
            eval(text, {"torch": m, "x": m.ones(2, 3)})
        told.append((type(raised.value).__name__, str(raised.value).splitlines()[0]))
    assert told[0] == told[1]


LISTINGS = [
    "torch.div()", "torch.div(x)", "torch.div(x, 1, 2)", "x.div(2, rounding_mode=3)", "torch.where()", "torch.where(x > 0, 1)", "torch.where(x > 0, 'a', 2)", "torch.where([True], x, x)",
    "torch.where(condition=1, input=x, other=2)", "torch.where(x > 0, x=x, y=x)", "x.where(1, 2)", "torch.pow(x, 'a')", "torch.bitwise_and('a', 1)", "torch.std(x, 'a')", "torch.max(x, x, x)", "x.any('a')",
    "torch.narrow(x, 0, 'a', 1)", "torch.quantile(x, 'a')", "torch.normal(1, 2)", "torch.searchsorted(x, 'a')", "x.view('a')", "torch.var(x, dim='a')", "x.random_('a')", "torch.floor_divide()", "x.to('a', 1.5, x)",
]  # fmt: skip


@pytest.mark.parametrize("text", LISTINGS)
def test_listings(text):
    """Where several signatures might have been meant: all of them in PyTorch's order, and what each does not take."""
    told = []
    for m in (lab, torch):
        with pytest.raises(TypeError) as raised:
            eval(text, {"torch": m, "x": m.ones(2, 3)})
        told.append(str(raised.value).split("\n\n")[0].rstrip())
    assert told[0] == told[1]


# ---------------------------------------------------------------------- the table of signatures


def test_the_table_is_what_pytorchs_stubs_say():
    assert set(TABLE.read_text().splitlines()) <= set(whole(functions(), methods())), (
        "run python -m tests.core.signatures_of_torch"
    )


def test_the_table_names_words_that_are_there():
    spaces = {f"{space.__name__.rpartition('.')[2]}_": space for space in (lab.linalg, lab.fft, lab.special)}
    spoken = {words.split()[0] for words in operands.SPOKEN.values()}  # by functions of nn.functional
    for kind, word in table():
        space = next((s for s in spaces if word.startswith(s)), "")
        owner = lab.Tensor if kind == "m" else spaces.get(space, lab)
        there = hasattr(owner, word.removeprefix(space)) or word in spoken or hasattr(lab.nn.functional, word)
        assert there, (kind, word)
        for signature in signatures_of(kind, word):
            assert all(p.kind in KINDS for p in signature.parameters)


def test_a_call_that_fits_is_no_mistake():
    assert complaint("f", "sum", (lab.ones(2), 0), {}) is None
    assert complaint("m", "view", (2, 3), {}) is None
    assert complaint("f", "a word nobody knows", (), {}) is None


def test_an_error_of_the_computation_stays_what_it_is():
    def word(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        guarded("f", "exp", word)(lab.ones(2))
