"""What autocast does with which word: PyTorch's lists for the CPU, and how a word is made to ask them.

Nobody pays for autocast outside of it. While some thread is inside, the functions listed here run a stub that casts their
arguments first; when the last one leaves, they run their own code again. The function objects stay the same, so methods,
operators and whoever imported them see the change.
"""

from __future__ import annotations

import importlib
import threading
import types
from collections.abc import Callable

# by the public module that has them
LOWER = {  # computed in the region's dtype
    "": "matmul mm bmm addmm baddbmm addbmm einsum tensordot",
    ".linalg": "vecdot",
    ".nn.functional": """linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d prelu
                         scaled_dot_product_attention""",
}
FLOAT32 = {  # computed in float32, whatever comes
    "": "prod quantile nanquantile cdist cholesky cholesky_solve qr svd triangular_solve",
    ".linalg": "inv inv_ex cholesky qr svd svdvals eigh eigvalsh solve lstsq cond tensorinv",
    ".nn.functional": """avg_pool3d max_pool3d adaptive_avg_pool3d adaptive_max_pool3d grid_sample pad mse_loss l1_loss
                         smooth_l1_loss huber_loss binary_cross_entropy binary_cross_entropy_with_logits nll_loss kl_div
                         poisson_nll_loss cosine_embedding_loss hinge_embedding_loss margin_ranking_loss multi_margin_loss
                         multilabel_margin_loss soft_margin_loss triplet_margin_loss""",
}
KEPT = {"": "inner", ".nn.functional": "bilinear"}  # one operation in PyTorch, and in no list; here made of one that is
WIDEST = {"": "cat stack index_copy"}  # in the widest dtype among their arguments


def applies(word: str, args: tuple, params: dict) -> bool:
    """Whether the listed word casts this time: einsum where it sums products, pad where it reads its input more than once."""
    if word == "pad":
        return (args[2] if len(args) > 2 else params.get("mode", "constant")) in ("reflect", "replicate")
    if word == "einsum" and isinstance(args[0], str) and args[0].count(","):
        inputs, _, output = args[0].partition("->")
        letters = set(inputs) - set(", .")
        kept = output if "->" in args[0] else (c for c in letters if inputs.count(c) == 1)
        return bool(letters - set(kept))
    return word != "einsum" or len(args) > 2


class Rerouted:
    """A function that can be made to run ``answer(function as it was, args, params)`` instead of its own code."""

    def __init__(self, function: types.FunctionType, answer: Callable):
        self.function = function
        self.own = function.__code__, function.__defaults__, function.__kwdefaults__
        itself = types.FunctionType(
            function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        itself.__kwdefaults__ = function.__kwdefaults__
        self.stub = _stub(function.__code__.co_freevars), None, {"_run": lambda args, params: answer(itself, args, params)}

    def turn(self, on: bool) -> None:
        """Run the answer from now on, or the function's own code again."""
        function = self.function
        function.__code__, function.__defaults__, function.__kwdefaults__ = self.stub if on else self.own


def _stub(closure: tuple[str, ...]) -> types.CodeType:
    """Code that calls ``_run``. A function keeps its closure, so the code must name as many variables of one."""
    names = ", ".join(closure)
    source = f"def around({names}):\n def rerouted(*args, _run, **params):\n  {f'({names},)' if names else 'pass'}\n"
    scope: dict = {}
    exec(compile(source + "  return _run(args, params)\n return rerouted", "<autograd_lab autocast>", "exec"), scope)
    return scope["around"](*closure).__code__


class Words:
    """All listed words, found when they are first needed and turned together; who is inside is counted."""

    def __init__(self, answer: Callable):
        self.answer, self.found, self.inside, self.lock = answer, [], 0, threading.Lock()

    def enter(self) -> None:
        """One thread more is inside."""
        with self.lock:
            self.found = self.found or list(self._find())
            self.inside += 1
            if self.inside == 1:
                for word in self.found:
                    word.turn(True)

    def leave(self) -> None:
        """One thread fewer."""
        with self.lock:
            self.inside -= 1
            if not self.inside:
                for word in self.found:
                    word.turn(False)

    def _find(self):
        package = __name__.split(".")[0]
        for policy, table in (("lower", LOWER), ("float32", FLOAT32), ("widest", WIDEST), ("kept", KEPT)):
            for module, names in table.items():
                loaded = importlib.import_module(package + module)
                for name in names.split():
                    word = getattr(loaded, name)
                    yield self._rerouted(getattr(word, "__wrapped__", word), policy, name)  # what every face of it calls

    def _rerouted(self, function, policy: str, name: str) -> Rerouted:
        def answer(itself, args, params):
            return self.answer(policy, name, itself, args, params)

        return Rerouted(function, answer)
