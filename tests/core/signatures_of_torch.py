"""Writes ``core/signatures.txt`` from the stubs PyTorch ships: ``python -m tests.core.signatures_of_torch``."""

import ast
import re
from pathlib import Path

import torch

import autograd_lab as lab
from autograd_lab.core.signatures import KINDS, _signature

TABLE = Path(lab.__file__).parent / "core" / "signatures.txt"
STUBS = Path(torch.__file__).parent / "_C"
CODES = {
    "Tensor": "T", "Tensor | Number | _complex": "N", "Tensor | Number": "N", "Tensor | _int": "N", "Number | _complex": "S", "Number": "S",
    "Tensor | Number | _complex | torch.SymInt | torch.SymFloat": "N", "Tensor | Number | torch.SymInt | torch.SymFloat": "N",
    "_int": "i", "_int | SymInt": "i", "_float": "f", "_bool": "b", "_size": "I", "Sequence[_int | SymInt]": "I", "_int | _size": "J",
    "_int | SymInt | Sequence[_int | SymInt]": "J", "Sequence[_float]": "F", "Sequence[Number | _complex]": "C",
    "tuple[Tensor, ...] | list[Tensor]": "L", "Tensor | tuple[Tensor, ...] | list[Tensor]": "L",
    "tuple[Tensor | None, ...] | list[Tensor | None]": "L", "_dtype": "d", "DeviceLikeType": "v", "_layout": "l", "Generator": "g",
    "memory_format": "m", "torch.memory_format": "m", "str": "s",
}  # fmt: skip
# What the stubs do not say as PyTorch's parser does.
TAKES_NUMBERS = ("subtract", "multiply", "divide", "true_divide")  # for the first operand too, if the second is a tensor
CASTS = "bfloat16 bool byte cdouble cfloat char double float half int long short".split()
SAID_OTHERWISE = {("m", word): "+*; m?:memory_format=None" for word in CASTS} | {
    ("m", "size"): "+i?:dim=None", ("m", "stride"): "+i?:dim=None", ("m", "is_contiguous"): "+*; m:memory_format=torch.contiguous_format",
    ("f", "numel"): "+T:input", ("m", "requires_grad_"): "+b:requires_grad=True", ("m", "copy_"): "+N:other; b:non_blocking=False",
    ("m", "set_"): "+T:source; i:storage_offset; I:size; I?:stride=None | +T:source | +r:source; i:storage_offset; I:size; I?:stride=None | +r:source | +",
    ("f", "tensor"): "+x:data; *; d?:dtype=None; v?:device=None; b:pin_memory=False; b:requires_grad=False",
}  # fmt: skip


def stubs(file: str, owner: str | None = None) -> dict[str, list[ast.arguments]]:
    """Name -> the arguments of each overload, from a stub file or a class in it."""
    body = ast.parse((STUBS / file).read_text()).body
    if owner is not None:
        body = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == owner).body
    found: dict[str, list[ast.arguments]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node.args)
    return found


def parameters(arguments: ast.arguments):
    """(name, annotation, default or None, keyword only) of each; None for an overload with a star, which repeats another."""
    if arguments.vararg is not None:
        return None
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    return [
        (
            a.arg,
            ast.unparse(a.annotation) if a.annotation else "",
            None if d is None else ast.unparse(d),
            keyword,
        )
        for args, values, keyword in ((positional, defaults, False), (arguments.kwonlyargs, arguments.kw_defaults, True))
        for a, d in zip(args, values)
    ]


def written(given, hidden: bool) -> str:
    """A signature in the table's notation."""
    parts, starred = [], False
    for name, annotation, default, keyword in given:
        if keyword and not starred:
            parts.append("*")
            starred = True
        kinds = annotation.split(" | ")
        code = CODES.get(" | ".join(k for k in kinds if k != "None"), "x")
        nullable = "?" if ("None" in kinds or default == "None") and name != "alpha" else ""
        parts.append(f"{code}{nullable}:{name}" + ("" if default is None else f"={default}"))
    return ("-" if hidden else "+") + "; ".join(parts)


def is_old(given) -> bool:
    """One of the ways to call that PyTorch no longer shows: scalars between the tensors."""
    return any(name == "self" for name, *_ in given) or (
        len(given) > 1 and given[0][0] in ("alpha", "beta", "value") and given[0][1].startswith("Number")
    )


def lines(functions, methods) -> list[str]:
    """The table: for each word PyTorch parses the arguments of itself, its signatures."""
    of_functions, of_methods = stubs("_VariableFunctions.pyi"), stubs("__init__.pyi", "TensorBase")
    out = {}
    for kind, words, known, owner, native in (("f", functions, of_functions, torch, "builtin_function_or_method"),
                                              ("m", methods, of_methods, torch.Tensor, "method_descriptor")):  # fmt: skip
        for word in words:
            if word not in known or type(getattr(owner, word)).__name__ != native:
                continue
            found = []
            for arguments in known[word]:
                given = parameters(arguments)
                if given is None:
                    continue
                given = given[kind == "m" :]
                if kind == "m":  # of three methods the stubs say it, and no method takes it
                    given = [p for p in given if p[0] != "out"]
                text = written(given, is_old(given))
                if kind == "f" and word in TAKES_NUMBERS:
                    text = text.replace("+T:input; T:", "+N:input; T:")
                if kind == "m":
                    text = text.replace(":from_", ":from")  # a word of Python's, which the stubs cannot say
                if "x:names" not in text and not text.endswith("b:requires_grad=False; b:pin_memory=False"):
                    found.append(text)
            for arguments in of_functions.get(word.removesuffix("_"), ()) if kind == "m" else ():
                given = parameters(arguments) or []
                if is_old(given) and all(name != "out" for name, *_ in given):
                    found.append("-" + written([(n, a, None, False) for n, a, _, _ in given if n != "self"], True)[1:])
            out[kind, word] = " | ".join(dict.fromkeys(found))
    out |= {
        (kind, word): text for (kind, word), text in SAID_OTHERWISE.items() if word in (functions if kind == "f" else methods)
    }
    return [f"{kind} {word} {text}" for (kind, word), text in sorted(out.items()) if text]


# ---------------------------------------------------------------------- the words of modules, which have no stubs

SPACES = {
    "torch.linalg": torch.linalg,
    "torch.fft": torch.fft,
    "torch.special": torch.special,
    "torch.nn.functional": torch.nn.functional,
}
INNER = """adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool2d adaptive_max_pool3d binary_cross_entropy elu glu hardsigmoid hardswish
           hardtanh huber_loss im2col col2im l1_loss leaky_relu max_pool2d_with_indices max_pool3d_with_indices max_unpool2d max_unpool3d
           mish mse_loss multi_margin_loss multilabel_margin_loss nll_loss_nd cross_entropy_loss relu6 silu smooth_l1_loss soft_margin_loss
           fractional_max_pool2d fractional_max_pool3d pad""".split()  # called by functions that PyTorch has in Python
IN_SCHEMAS = {"Tensor": "T", "Scalar": "S", "int": "i", "SymInt": "i", "float": "f", "bool": "b", "str": "s", "ScalarType": "d", "Tensor[]": "L",
              "Device": "v", "Layout": "l", "float[]": "F"}  # fmt: skip


OPTIONS = "d?:dtype=None", "l?:layout=None", "v?:device=None", "b?:pin_memory=None"  # which a word has beside ``out``


def of_schemas(word: str) -> list[str]:
    """The signatures of a word whose schemas PyTorch tells, in no order: one that writes to ``out`` is the same one with a keyword more."""
    found: dict[tuple, str] = {}
    for schema in sorted(map(str, torch._C._jit_get_schemas_for_operator(f"aten::{word}")), key=lambda s: "!" in s):
        given, parts = re.match(r"aten::[\w.]+\((.*)\) -> ", schema)[1], []
        told = _apart(given)
        outs = [part for part in told[told.index("*") :] if "!" in part] if "*" in told else []
        for part in told:
            if part == "*" or part in outs:
                parts += ["*"] if part == "*" and told.index("*") + 1 + len(outs) < len(told) else []
                continue
            kind, name, default = re.fullmatch(r"(.+?) (\w+)(?:=(.*))?", re.sub(r"\(\w!?\)", "", part)).groups()
            code = IN_SCHEMAS.get(kind.rstrip("?")) or ("J" if re.search(r"int\[\d\]", kind, re.I) else "I")
            default = "None" if default == "[]" else default and default.replace('"', "'").replace("[", "(").replace("]", ")")
            name = "input" if name == "self" and code == "T" else name
            parts.append(
                f"{code}{'?' * (kind.endswith('?') or default == 'None')}:{name}" + ("" if default is None else f"={default}")
            )
        own = tuple(parts)
        own = next((key for key in found if key[: len(own)] == own and key[len(own) :] == ("*", *OPTIONS)), own)
        parts = list(own)
        if outs:
            parts += ["*"] * ("*" not in parts) + [f"{'T' if len(outs) == 1 else 'L'}?:out=None"]
        found[own] = "+" + "; ".join(parts)
    return list(found.values())


def _apart(given: str) -> list[str]:
    return re.split(r", (?![^\[]*\])", given) if given else []


def _listed(word: str, function) -> list[str]:
    """The signatures in the order in which PyTorch lists them."""
    texts = [text for text in of_schemas(word) if "Generator" not in text]
    if len(texts) < 2:
        return texts
    try:
        function(nothing_that_it_takes=1)
    except TypeError as error:
        listing = str(error)
    return sorted(texts, key=lambda text: listing.find(str(_signature(text))) % 10**6)


def of_spaces() -> list[str]:
    """Those of the modules' words, by the names PyTorch calls them in complaints: ``linalg_inv``."""
    words = {}
    for space in SPACES.values():
        for name in dir(space):
            function = getattr(space, name)
            if type(function).__name__ == "builtin_function_or_method" and name[0] != "_" != function.__name__[0]:
                words[function.__name__] = function
    words |= {name: getattr(torch._C._nn, name) for name in INNER}
    return [f"f {word} {' | '.join(_listed(word, function))}" for word, function in sorted(words.items())]


# ---------------------------------------------------------------------- what PyTorch lists when nothing fits

LISTED_OTHERWISE = ("new", "nonzero", "random_")  # by names that are words of Python's, or with a storage
_STRANGER = type("Stranger", (), {})()
_SPELT = {kind: code for code, kind in reversed(KINDS.items()) if code not in "NJ"}


def listing(function) -> list[str] | None:
    """The signatures PyTorch lists where several might have been meant; None if it never does."""
    for args in ((_STRANGER,) * n for n in range(6)):
        for kwargs in ({"nothing_that_it_takes": 1}, {}):
            try:
                function(*args, **kwargs)
            except Exception as error:
                if found := re.findall(r"^ \* (\(.*\))$", str(error), re.M):
                    return found
    return None


def as_listed(line: str, modules) -> str:
    """A line of the table with its signatures in PyTorch's order and words, where it lists them."""
    kind, word, rest = f"{line} ".split(" ", 2)
    owners = (torch.ones(1),) if kind == "m" else modules
    function = next((f for f in (getattr(owner, word, None) for owner in owners) if f is not None), None)
    if (
        word in LISTED_OTHERWISE
        or type(function).__name__ != "builtin_function_or_method"
        or (told := listing(function)) is None
    ):
        return line
    texts = rest.strip().split(" | ")
    own = {str(_signature("+" + text[1:])): text for text in reversed(texts)}
    if [s for s in reversed(own) if own[s][0] == "+"] == told:
        return line
    known = (p for text in texts for p in _signature("+" + text[1:]).parameters)
    codes = {(p.name, KINDS[p.kind]): p.kind + "?" * p.nullable for p in known}
    shown = ["+" + own[s][1:] if s in own else "+" + _written_as(s, codes) for s in told]
    old = [text for s, text in reversed(own.items()) if text[0] == "-" and s not in told]
    return f"{kind} {word} {' | '.join([*shown, *old])}"


def _written_as(listed: str, codes) -> str:
    """``(Tensor input, *, bool right = False)`` in the table's notation."""
    parts = []
    for part in listed[1:-1].split(", ") if listed != "()" else ():
        told, _, default = part.partition(" = ")
        kind, _, name = told.rpartition(" ")
        code = codes.get((name, kind)) or _SPELT.get(kind, "") + "?" * (default == "None")
        parts.append("*" if part == "*" else f"{code}:{name}" + (f"={default}" if default else ""))
    return "; ".join(parts)


def whole(functions, methods) -> list[str]:
    """All lines of the table."""
    own = lines(functions, methods)
    known = {line.split(" ", 2)[1] for line in own if line.startswith("f ")}
    of_torch = torch, *(getattr(torch._C, f"_{name}") for name in ("nn", "linalg", "special", "fft"))
    every = [*own, *(line for line in of_spaces() if line.split(" ", 2)[1] not in known)]
    return sorted(as_listed(line, of_torch) for line in every)


if __name__ == "__main__":
    from .test_calls_as_torch import functions, methods

    TABLE.write_text("\n".join(whole(functions(), methods())) + "\n")
