"""Writes ``core/signatures.txt`` from the stubs PyTorch ships: ``python -m tests.core.signatures_of_torch``."""

import ast
from pathlib import Path

import torch

import autograd_lab as lab

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
CASTS = "bfloat16 bool byte char double float half int long short".split()
SAID_OTHERWISE = {("m", word): "+*; m?:memory_format=None" for word in CASTS} | {
    ("m", "requires_grad_"): "+b:requires_grad=True", ("m", "copy_"): "+N:other; b:non_blocking=False",
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
        (a.arg, ast.unparse(a.annotation) if a.annotation else "", None if d is None else ast.unparse(d), keyword)
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
                text = written(given, is_old(given))
                if kind == "f" and word in TAKES_NUMBERS:
                    text = text.replace("+T:input; T:", "+N:input; T:")
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


if __name__ == "__main__":
    from .test_calls_as_torch import functions, methods

    TABLE.write_text("\n".join(lines(functions(), methods())) + "\n")
