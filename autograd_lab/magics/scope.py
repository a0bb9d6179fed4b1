"""The learner's names: what an argument of ``%autograd`` means, and what to say when it means nothing."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from ..core.tensor import Tensor
from .command import UsageError


class Scope:
    """The names of a notebook, read but never changed."""

    def __init__(self, names: dict[str, Any]):
        self.names = names

    def tensors(self) -> dict[str, Tensor]:
        """The learner's tensors by name, without those IPython keeps (``_``, ``_3``, ``Out``)."""
        return {name: value for name, value in self.names.items() if isinstance(value, Tensor) and not name.startswith("_")}

    def value(self, text: str) -> Any:
        """What the expression ``text`` is in the notebook. Raises UsageError if it cannot be read or computed."""
        try:
            return eval(compile(text.strip(), "<%autograd>", "eval"), self.names)
        except SyntaxError as error:
            raise UsageError(f"{text!r} is not a Python expression: {error.msg}.") from None
        except NameError as error:
            name = error.name or text
            raise UsageError(f"{name!r} is not defined.{self._near(name)}") from None
        except Exception as error:
            raise UsageError(f"{text!r} raises {type(error).__name__}: {error}") from None

    def tensor(self, text: str) -> Tensor:
        """The tensor called ``text``. Raises UsageError if it is undefined or no Tensor."""
        value = self.value(text)
        if not isinstance(value, Tensor):
            raise UsageError(f"{text!r} is {described(value)}, not a Tensor.{self._listed()}")
        return value

    def call(self, function: Callable, *arguments: Any) -> Any:
        """``function(*arguments)``, called from among the learner's names: that is where a picture takes its names from."""
        return eval("_function(*_arguments)", self.names, {"_function": function, "_arguments": arguments})

    def _near(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.tensors(), 1, 0.5)
        return f" Did you mean {near[0]!r}?" if near else self._listed()

    def _listed(self) -> str:
        names = list(self.tensors())
        if not names:
            return " No tensor has a name here yet: run the cell that makes it first."
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        return f" Tensors here: {', '.join(names[:8])}{more}."


def described(value: Any) -> str:
    """What a value is, for a sentence: "None", "an int", "a list of 3".

    >>> described(7), described([1, 2]), described(None)
    ('an int', 'a list of 2', 'None')
    """
    if value is None:
        return "None"
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    size = f" of {len(value)}" if isinstance(value, (list, tuple, dict, set)) else ""
    if callable(value) and not isinstance(value, type):
        return "a function"
    return f"{article} {kind}{size}"
