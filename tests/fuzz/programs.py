"""Write a random program: straight lines, each a few letters of what users write.

The writer knows the shape of every tensor (it keeps an array of that shape and does to it what the line does), so most lines
are legal. It knows nothing of what autograd forbids: writes to leaves, to saved values, to views made under ``no_grad``
happen as they come, and both libraries must refuse them alike.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

SHAPES = [(), (1,), (3,), (3,), (2,), (2, 3), (2, 3), (1, 3), (2, 1), (3, 2), (2, 1, 3), (2, 2, 3), (0, 3)]


class Program(NamedTuple):
    """Blocks of lines that run one after the other, and the last of them, which walk the graph."""

    blocks: list[str]
    closing: list[str]

    @property
    def source(self) -> str:
        return "\n".join([*self.blocks, *self.closing])


def _same(x):
    return x


UNARY: dict[str, Callable] = {  # the line, and what it does to the shape
    "{x}.tanh()": _same, "{x}.sin()": _same, "({x} * 0.5).exp()": _same, "{x}.sigmoid()": _same, "{x}.clone()": _same,
    "-{x}": _same, "{x} ** 2": _same, "{x} * {x}": _same, "2 / ({x} * {x} + 1)": _same, "1 - {x}": _same,
    "({x} * {x} + 1).sqrt()": _same, "({x} * {x} + 1).log()": _same, "{x}.relu()": _same, "{x}.abs()": _same,
    "{x}.clamp(-0.5, 0.5)": _same, "m.where({x} > 0, {x}, {x} * 2)": _same, "{x}.masked_fill({x} > 0.3, 0.25)": _same,
    "m.nn.functional.softplus({x})": _same, "m.nn.functional.gelu({x})": _same, "Cube.apply({x})": _same,
    "m.utils.checkpoint.checkpoint(curve, {x}, use_reentrant=False)": _same,
    "m.utils.checkpoint.checkpoint(curve, {x}, use_reentrant=True)": _same,
    "{x}.sum()": lambda x: x.sum(), "{x}.mean()": lambda x: x.sum(), "({x} * {x} + 1).norm()": lambda x: x.sum(),
    "{x}.sum({d})": lambda x, d: x.sum(d), "{x}.sum({d}, keepdim=True)": lambda x, d: x.sum(d, keepdims=True),
    "{x}.mean({d}, keepdim=True)": lambda x, d: x.sum(d, keepdims=True), "{x}.logsumexp({d})": lambda x, d: x.sum(d),
    "{x}.softmax({d})": lambda x, d: x, "{x}.cumsum({d})": lambda x, d: x,
    "{x}.amax({d})": lambda x, d: x.sum(d) if x.shape[d] else None,
    "{x}.max({d}).values": lambda x, d: x.sum(d) if x.shape[d] else None,
    "{x}.sort({d}).values": lambda x, d: x, "{x}.flip({d})": lambda x, d: x, "{x}.roll(1, {d})": lambda x, d: x,
    "{x}[[0, -1]]": lambda x: x[[0, -1]] if x.ndim and len(x) else None, "{x}.repeat(2, *[1] * ({x}.ndim - 1))":
    lambda x: np.concatenate([x, x]) if x.ndim else None, "{x}.to(m.float64)": _same, "{x}.contiguous()": _same,
    "{x}.detach()": _same, "m.zeros_like({x}) + {x}": _same, "{x}.double().float().double()": _same,
}  # fmt: skip

VIEWS: dict[str, Callable] = {
    "{x}[0]": lambda x: x[0] if x.ndim and len(x) else None, "{x}[1:]": lambda x: x[1:] if x.ndim else None,
    "{x}[::2]": lambda x: x[::2] if x.ndim else None, "{x}[..., :2]": lambda x: x[..., :2] if x.ndim else None,
    "{x}[None]": lambda x: x[None] if x.ndim < 3 else None, "{x}.unsqueeze(-1)": lambda x: x[..., None] if x.ndim < 3 else None,
    "{x}.squeeze()": lambda x: x.squeeze(), "{x}.mT": lambda x: x.swapaxes(-1, -2) if x.ndim > 1 else None,
    "{x}.transpose(0, {d})": lambda x, d: x.swapaxes(0, d), "{x}.select({d}, 0)": lambda x, d: x.take(0, d) if x.shape[d] else None,
    "{x}.narrow({d}, 0, 1)": lambda x, d: x.take([0], d) if x.shape[d] else None, "{x}.reshape(-1)": lambda x: x.reshape(-1),
    "{x}.view(-1)": lambda x: x.reshape(-1), "{x}.flatten()": lambda x: x.reshape(-1), "{x}.view_as({x})": _same,
    "{x}.expand(2, *{x}.shape)": lambda x: np.stack([x, x]) if x.ndim < 3 else None,
    "{x}.unbind(0)[-1]": lambda x: x[-1] if x.ndim and len(x) else None,
    "{x}.split(1, {d})[0]": lambda x, d: x.take([0], d) if x.shape[d] else None,
    "{x}.chunk(2, {d})[0]": lambda x, d: x.take(range(-(-x.shape[d] // 2)), d) if x.shape[d] else None,
    "{x}.diagonal()": lambda x: x.diagonal() if x.ndim > 1 else None, "{x}.data": _same, "{x}.detach()": _same,
    "{x}.movedim(0, -1)": lambda x: np.moveaxis(x, 0, -1) if x.ndim else None,
    "{x}.unfold({d}, 1, 1)": lambda x, d: x[..., None] if x.ndim < 3 and x.size else None,
}  # fmt: skip

BINARY = ["{x} + {y}", "{x} - {y}", "{x} * {y}", "{x} * {y}", "{x} / ({y} * {y} + 1)", "m.maximum({x}, {y})",
          "m.where({x} > {y}, {x}, {y})", "m.atan2({x}, {y} * {y} + 1)", "m.addcmul({x}, {y}, {y}, value=0.5)",
          "m.lerp({x}, {y}, 0.25)", "m.hypot({x} + 2, {y} * {y} + 1)"]  # fmt: skip

IN_PLACE = ["{x}.add_(0.5)", "{x}.mul_(1.5)", "{x}.neg_()", "{x}.tanh_()", "{x}.sin_()", "{x}.zero_()", "{x}.fill_(0.25)",
            "{x}.clamp_(-0.4, 0.4)", "{x}.relu_()", "{x} *= 2", "{x}.mul_({x})", "{x}.exp_().mul_(0.1)", "{x}.sigmoid_()",
            "{x}[{x} > 0.2] = 0.75", "{x}.masked_fill_({x} < 0, 0.5)", "{x}[...] = 0.125",
            "{x}.detach().add_(0.25)", "{x}.sqrt_().nan_to_num_()"]  # fmt: skip
IN_PLACE_BINARY = ["{x}.add_({y})", "{x}.mul_({y})", "{x}.sub_({y}, alpha=2)", "{x} += {y}", "{x}.copy_({y})", "{x}[...] = {y}",
                   "{x}.div_({y} * {y} + 1)", "{x}.lerp_({y}, 0.5)", "{x}.addcmul_({y}, {y})", "m.add({x}, {y}, out={x})"]  # fmt: skip
IN_PLACE_ROWS = ["{x}[0] = {c}", "{x}[1:] *= 3", "{x}[:1].add_(0.5)", "{x}[0].sin_()", "{x}[[0, -1]] = {c}", "{x}[-1] += 1",
                 "{x}.unbind(0)[0].mul_(2)", "{x}[0].zero_()"]  # fmt: skip

PRELUDE = """\
class Cube(m.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g
def curve(x):
    return (x * 0.5).exp() * x.sin()"""


class Writer:
    """Writes one program from one seed."""

    def __init__(self, seed: int, hooks: bool = True):
        self.r, self.hooks = random.Random(seed), hooks
        self.blocks: list[str] = []
        self.arrays: dict[str, np.ndarray] = {}  # of each tensor's shape
        self.leaves: list[str] = []
        self.handles: list[str] = []
        self.limp: set[str] = (
            set()
        )  # views that are made under no_grad or whose base may be written: hooks on them crash PyTorch
        self.viewed: set[str] = set()  # whose flags stay as they are: what follows for their views is not settled in PyTorch
        self.count = 0

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def pick(self) -> str:
        """A tensor, the youngest more often."""
        names = list(self.arrays)
        return names[-1 - min(int(self.r.expovariate(0.4)), len(names) - 1)]

    def bind(self, text: str, array, letter: str = "x") -> None:
        array = np.asarray(array)
        if array.size > 60:
            return
        name = self.name(letter)
        self.emit(f"{name} = {text}")
        self.arrays[name] = np.zeros(array.shape)
        if "no_grad" in self.blocks[-1] or any(x in text for x in self.limp):
            self.limp.add(name)

    def emit(self, line: str) -> None:
        if self.r.random() < 0.06:
            context = self.r.choice(["m.no_grad()"] * 3 + ["m.enable_grad()", "m.autograd.graph.save_on_cpu()"])
            line = f"with {context}:\n    " + line.replace("\n", "\n    ")
        self.blocks.append(line)

    # ---------------------------------------------------------------- kinds of lines
    def leaf(self) -> None:
        shape = self.r.choice(SHAPES)
        numbers = np.array([self.r.randint(-150, 150) / 100 + 0.003 for _ in range(int(np.prod(shape)))]).reshape(shape)
        wants = self.r.random() < 0.8 or not self.leaves
        name = self.name("a")
        text = f"m.tensor({numbers.round(3).tolist()}" if numbers.size else f"m.zeros({shape}"
        self.blocks.append(f"{name} = {text}, dtype=m.float64{', requires_grad=True' * wants})")
        self.arrays[name] = numbers
        if wants:
            self.leaves.append(name)

    def from_table(self, table: dict[str, Callable], letter: str) -> None:
        text, does = self.r.choice(list(table.items()))
        x = self.pick()
        if table is VIEWS:
            self.viewed.add(x)
        array = self.arrays[x]
        if "{d}" in text:
            if not array.ndim:
                return
            d = self.r.randrange(-array.ndim, array.ndim) % array.ndim
            made = does(array, d)
            text = text.replace("{d}", str(d))
        else:
            made = does(array)
        if made is not None:
            shared = table is VIEWS or text in ("{x}.to(m.float64)", "{x}.contiguous()", "{x}.detach()")
            self.bind(text.replace("{x}", x), made, x[0] if shared and x[0] in "gp" else letter)

    def unary(self) -> None:
        self.from_table(UNARY, "x")

    def view(self) -> None:
        self.from_table(VIEWS, "v")

    def broadcasting(self, x: str) -> str | None:
        """A tensor that goes with x, or now and then one that does not."""
        names = list(self.arrays)
        self.r.shuffle(names)
        for y in names:
            try:
                np.broadcast_shapes(self.arrays[x].shape, self.arrays[y].shape)
            except ValueError:
                if self.r.random() < 0.005:
                    return y
                continue
            return y
        return None

    def binary(self) -> None:
        x = self.pick()
        y = self.broadcasting(x)
        if y is None:
            return
        try:
            shape = np.broadcast_shapes(self.arrays[x].shape, self.arrays[y].shape)
        except ValueError:
            shape = self.arrays[x].shape
        self.bind(self.r.choice(BINARY).replace("{x}", x).replace("{y}", y), np.zeros(shape))

    def product(self) -> None:
        x, y = self.pick(), self.pick()
        a, b = self.arrays[x], self.arrays[y]
        turned = b.ndim > 1 and self.r.random() < 0.5
        try:
            made = a @ (b.swapaxes(-1, -2) if turned else b)
        except ValueError:  # they do not go together
            return
        self.bind(f"{x} @ {y}{'.mT' * turned}", made, "p")

    def joined(self) -> None:
        x = self.pick()
        alike = [y for y, array in self.arrays.items() if array.shape == self.arrays[x].shape]
        y = self.r.choice(alike)
        if self.arrays[x].ndim and self.r.random() < 0.6:
            self.bind(f"m.cat([{x}, {y}])", np.concatenate([self.arrays[x], self.arrays[y]]))
        elif self.arrays[x].ndim < 3:
            self.bind(f"m.stack([{x}, {y}], -1)", np.stack([self.arrays[x], self.arrays[y]], -1))

    def in_place(self) -> None:
        x = self.pick()
        if x in self.leaves and self.r.random() < 0.93:
            return
        kind = self.r.random()
        self.limp |= {v for v in self.arrays if v[0] == "v"}
        if kind < 0.45:
            self.emit(self.r.choice(IN_PLACE).replace("{x}", x))
        elif kind < 0.75:
            fits = [y for y, b in self.arrays.items() if _fits(b.shape, self.arrays[x].shape) or self.r.random() < 0.01]
            if fits:
                self.emit(self.r.choice(IN_PLACE_BINARY).replace("{x}", x).replace("{y}", self.r.choice(fits)))
        elif self.arrays[x].ndim and len(self.arrays[x]):
            self.emit(self.r.choice(IN_PLACE_ROWS).replace("{x}", x).replace("{c}", self.r.choice(["0.5", "-1"])))

    def hook(self) -> None:
        if not self.hooks:
            return
        x, h = self.pick(), self.name("h")
        if x in self.limp:
            return
        kinds = [
            "look",
            "look",
            "replace",
            "retain",
            "retain",
            "node",
            "node replaces",
            "prehook",
            "after",
            "remove",
            "in place",
        ]
        kind = self.r.choice(kinds)
        if kind == "look":
            self.emit(f"{h} = {x}.register_hook(lambda g: note('{h}', g))")
        elif kind == "replace":
            by = self.r.choice(["g * 2", "g + 1", "-g", "g.clone()", "g.detach() * 0.5", "g * g", "g.expand_as(g)"])
            self.emit(f"{h} = {x}.register_hook(lambda g: {by})")
        elif kind == "in place":
            self.emit(f"{h} = {x}.register_hook(lambda g: None if g.numel() == 0 else note('{h}', g.clone().mul_(2)))")
        elif kind == "retain":
            self.emit(f"{x}.retain_grad()" if self.r.random() < 0.1 else f"if {x}.requires_grad: {x}.retain_grad()")
            return
        elif kind in ("node", "node replaces", "prehook"):
            does = {"node": f"register_hook(lambda i, o: note('{h}', *i, *o))", "node replaces": "register_hook(double)",
                    "prehook": f"register_prehook(lambda o: note('{h}', *o))"}[kind]  # fmt: skip
            self.emit(f"if {x}.grad_fn is not None: {x}.grad_fn.{does}")
            return
        elif kind == "after" and self.leaves:
            leaf = self.r.choice(self.leaves)
            self.emit(f"{h} = {leaf}.register_post_accumulate_grad_hook(lambda t: note('{h}', t.grad))")
        elif kind == "remove" and self.handles:
            self.emit(f"{self.r.choice(self.handles)}.remove()")
            return
        else:
            return
        self.handles.append(h)

    def derivative(self) -> None:
        """A gradient as a value, mostly one that can be differentiated again."""
        if not self.leaves:
            return
        x, a = self.pick(), self.r.choice([*self.leaves, self.pick()])
        options = ", create_graph=True" if self.r.random() < 0.7 else ", retain_graph=True"
        unused = ", materialize_grads=True" if self.r.random() < 0.9 else ""
        text = f"m.autograd.grad(({x} * {x}).sum(), {a}{options}{unused})[0]"
        self.bind(text, self.arrays[a], "g")

    def walk(self) -> None:
        x = self.pick()
        keep = self.r.choice(
            ["retain_graph=True"] * 4 + ["", "create_graph=True", f"retain_graph=True, inputs=[{self.pick()}]"]
        )
        self.emit(f"{x}.sum().backward({keep})")

    def flags(self) -> None:
        x = self.r.choice([x for x in self.arrays if x not in self.viewed] or [self.pick()])
        self.emit(self.r.choice([f"{x}.grad = None", f"{x}.requires_grad_()", f"{x}.requires_grad_(False)"]))

    def write(self) -> Program:
        for _ in range(self.r.randint(1, 3)):
            self.leaf()
        kinds = [self.unary] * 6 + [self.binary] * 6 + [self.view] * 5 + [self.in_place] * 4 + [self.product, self.joined]
        kinds += [self.hook] * 3 + ([self.derivative, self.walk, self.flags] if self.hooks else [])
        for _ in range(self.r.randint(3, 18)):
            self.r.choice(kinds)()
        roots = self.r.sample(list(self.arrays), min(3, len(self.arrays)))
        terms = [self.r.choice(["({x} * {x}).sum()", "{x}.sum()", "{x}.sin().sum()"]).replace("{x}", x) for x in roots]
        closing = [f"out = {' + '.join(terms)}", f"out.backward({self.r.choice(['', '', 'retain_graph=True'])})"]
        if self.hooks and self.r.random() < 0.2:
            closing.append("out.backward()")
        return Program([PRELUDE, *self.blocks], closing)


def _fits(shape, target) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def write(seed: int, hooks: bool = True) -> Program:
    """The program of that seed. ``hooks=False``: without hooks, and without walks before the last."""
    return Writer(seed, hooks).write()
