"""What a picture folds: the modules, functions, labelled blocks, loops and repeated pieces that its operations belong to.

A group's id is its path, ``encoder/layers.0/self_attn``, its last part the name a reader knows: a module's as in
``named_modules``, a function's, a label's of ``record_function``. Groups that would hold a single node are left out, and so is
one around everything. Where one would hold more than a hundred things it is cut into pieces, so that whatever is
opened can be read; many leaves that are used all over one place, a module's in each turn of a loop, are a group there.
Small pictures have none but layers.

A layer is what a backward pass with ``create_graph`` made: a group of its own, inside which the groups of what was
differentiated come again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .names import shortened
from .nesting import Nest, nest
from .picture import PictureEdge
from .progress import each
from .source import Sources
from .wire import Group

GROUPED = 60  # nodes up to which a picture has no groups: it is read at once
WEIGHTS = 2  # leaves beside a single operation from which the three are a group: a layer norm's
TOGETHER = 100  # cards that one group may hold when it is opened
REPEATS = 24  # operations side by side from which repeated pieces are looked for
FEW = 30  # pieces that a longer row is cut into, at most
LONGEST = 64  # operations of a repeated piece
SHARED = 12  # leaves of several groups that stand side by side in what is around them; of more a column is taller than a page
SEARCHED = 20_000  # operations side by side beyond which they are not looked for
NAME = 40  # letters of a part of a path
LAYER = "backward"  # the kind of group that a layer is


@dataclass(frozen=True)
class Layers:
    """What passes with ``create_graph`` made: (pass, node whose rule made it) of each operation, and what the passes are called."""

    made: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    names: Mapping[Any, str] = field(default_factory=dict)
    leaves: Container[str] = ()  # which are no part of a layer, whoever uses them


@dataclass(eq=False)
class _Fold:
    """A group that is being made: of ids and of folds, in the order in which they ran."""

    kind: str
    name: str
    what: str = ""
    inside: list[Any] = field(default_factory=list)

    @property
    def only(self) -> Any:
        """What it holds, if that is one thing."""
        return self.inside[0] if len(self.inside) == 1 else None


def groups_of(
    operations: Sequence[tuple[str, Any]],
    edges: Sequence[PictureEdge],
    facts: Callable[[str], Any],
    given: Container[str],
    namespace: Mapping[str, Any],
    sources: Sources,
    layers: Layers,
    large: bool,
) -> tuple[dict[str, str], tuple[Group, ...]]:
    """(group of each node that is in one, the groups).

    ``operations`` are ids with their births (None where none was noted), in the order in which they ran. ``facts(id)`` is what
    makes two operations alike. A leaf or a constant is in the innermost group of all its uses; the leaves ``given``, which are
    no module's own, came into a module from outside and stay there. A picture that is not ``large`` has no groups but layers.
    """
    reads: dict[str, list[str]] = {}
    for edge in edges:
        reads.setdefault(edge.dst, []).append(edge.src)
    first = nest(entry for entry in operations if large and entry[0] not in layers.made)
    root = _folds(first, _Namer(namespace, sources), reads)
    while isinstance(root.only, _Fold):
        root.inside = root.only.inside
    _walk(root, lambda fold: _find_repeats(fold, facts, reads))
    _walk(root, _cut)
    of: dict[str, str] = {}
    groups: list[Group] = []
    _write(root, "", of, groups)
    if layers.made:
        root.inside += _layers([me for me, _ in operations], layers, of, groups)
        of, groups = {}, []
        _write(root, "", of, groups)
    shared = _place_the_rest(of, edges, given, layers.leaves, groups)
    if large:
        _fold_shared(shared, of, groups)
    used = {path for group in of.values() for path in _upward(group)}
    return of, tuple(group for group in groups if group["id"] in used)


def _upward(path: str) -> Iterable[str]:
    """A path and those around it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


# ---------------------------------------------------------------------- from nests to folds
class _Namer:
    """What nests are called."""

    def __init__(self, namespace: Mapping[str, Any], sources: Sources):
        self.sources = sources
        self._children: dict[int, dict[int, str]] = {}
        self._variables: dict[int, str] | None = None
        self._namespace = namespace

    def name(self, nest: Nest) -> tuple[str, str]:
        """(name, what it is)."""
        if nest.kind == "function":
            return nest.of.co_name.strip("<>"), f"function {nest.of.co_qualname}"
        if nest.kind == "label":
            return nest.of.name, "record_function"
        if nest.kind == "module":
            return self._module(nest.of) or nest.of.name, nest.of.name
        code, loop = nest.of
        place = self.sources.place(code, loop.start)
        line = self.sources.line(place).strip() if place is not None else ""
        header = re.match(r"(for .+?) in\b|while\b|.*\b(for .+?) in\b", line)
        return (header and (header[1] or header[2] or "while")) or "loop", line or "loop"

    def _module(self, scope) -> str:
        """As in the ``named_modules`` of the module that called it; for an outermost one, the variable."""
        module, around = scope.of(), scope.parent
        if module is None:
            return ""
        while around is not None:
            caller = around.of() if around.of is not None else None
            if caller is not None:
                if id(caller) not in self._children:
                    self._children[id(caller)] = {id(child): name for name, child in caller.named_modules() if name}
                return self._children[id(caller)].get(id(module), "")
            around = around.parent
        if self._variables is None:
            self._variables = {}
            for name in list(self._namespace):
                value = self._namespace.get(name)
                if hasattr(type(value), "named_modules") and isinstance(name, str) and not name.startswith("_"):
                    self._variables.setdefault(id(value), name)
        return self._variables.get(id(module), "")


def _folds(nest: Nest, namer: _Namer, reads: Mapping[str, list[str]]) -> _Fold:
    """The same tree, without what says nothing: a loop of one turn, a group of one group, or of one node without its weights."""
    name, what = ("", "") if nest.kind == "all" else namer.name(nest)
    fold = _Fold(nest.kind, "turn" if nest.kind == "turn" else name, what)
    for thing in nest.inside:
        if not isinstance(thing, Nest):
            fold.inside.append(thing)
            continue
        inner = _folds(thing, namer, reads)
        only = inner.only
        if only is not None and (isinstance(only, _Fold) or sum(src[0] == "t" for src in reads.get(only, ())) < WEIGHTS):
            if isinstance(only, _Fold) and only.kind in ("loop", "turn") and inner.kind not in ("loop", "turn"):
                only.kind, only.name, only.what = inner.kind, inner.name, inner.what  # the outer one is better known
            elif isinstance(only, _Fold) and inner.kind not in ("loop", "turn"):
                inner.inside = only.inside
                only = inner
            fold.inside.append(only)
        else:
            fold.inside.append(inner)
    return fold


def _walk(fold: _Fold, change: Callable[[_Fold], None]) -> None:
    """Call ``change`` on every fold, the innermost first."""
    for thing in fold.inside:
        if isinstance(thing, _Fold):
            _walk(thing, change)
    change(fold)


# ---------------------------------------------------------------------- what repeats
def _find_repeats(fold: _Fold, facts: Callable[[str], Any], reads: Mapping[str, list[str]]) -> None:
    """Fold pieces that repeat side by side: the same operations on the same shapes, joined in the same way."""
    n = len(fold.inside)
    if not REPEATS < n <= SEARCHED or fold.kind == "loop":
        return
    signs = [facts(x) if isinstance(x, str) else (x.kind, x.what, len(x.inside)) for x in fold.inside]
    found: list[Any] = []
    begin = 0
    for start, piece, times in _runs(signs):
        pieces = [fold.inside[start + i * piece : start + (i + 1) * piece] for i in range(times)]
        pieces = _alike(pieces, reads)
        if len(pieces) < 3:
            continue
        found += fold.inside[begin:start]
        turns = [_Fold("turn", "block", "repeated block", list(inside)) for inside in pieces]
        found.append(_Fold("repeat", f"{len(pieces)} blocks", "repeated block", list(turns)))
        begin = start + piece * len(pieces)
    fold.inside = found + fold.inside[begin:]
    if isinstance(fold.only, _Fold):
        fold.inside = fold.only.inside


def _runs(signs: list) -> list[tuple[int, int, int]]:
    """(start, length of the piece, times) of what repeats three times or more, without overlap, the longest runs first."""
    candidates = []
    for piece in each(range(2, min(LONGEST, len(signs) // 3) + 1), "folding what repeats", unit="length"):
        same = 0
        for i in range(piece, len(signs) + 1):
            if i < len(signs) and signs[i] == signs[i - piece]:
                same += 1
                continue
            times = same // piece + 1
            if (
                times >= 3
                and times * piece >= max(REPEATS // 2, len(signs) // 4)
                and len(set(signs[i - same - piece : i - same])) > 1
            ):
                candidates.append((i - same - piece, piece, times))
            same = 0
    taken: list[tuple[int, int, int]] = []
    for start, piece, times in sorted(candidates, key=lambda c: (-c[1] * c[2], c[1], c[0])):
        if all(start + piece * times <= s or s + p * t <= start for s, p, t in taken):
            taken.append((start, piece, times))
    return sorted(taken)


def _alike(pieces: list[list], reads: Mapping[str, list[str]]) -> list[list]:
    """The first pieces that are joined inside as the first one is."""

    def joints(piece):
        at = {thing: i for i, thing in enumerate(piece) if isinstance(thing, str)}
        return [[at.get(source) for source in reads.get(thing, ())] for thing in at]

    first = joints(pieces[-1])
    kept = [piece for piece in pieces if joints(piece) == first]
    return pieces if len(kept) == len(pieces) else []


# ---------------------------------------------------------------------- what is too much for one look
def _cut(fold: _Fold) -> None:
    """Cut what holds more than a hundred things into pieces of ten, a hundred, ..., in their order."""
    n = len(fold.inside)
    size = 10
    while n > FEW * size:
        size *= 10
    if n <= TOGETHER:
        return
    word = "turns" if all(isinstance(x, _Fold) and x.kind == "turn" for x in fold.inside) else "nodes"
    if word == "turns":
        for i, turn in enumerate(fold.inside):
            turn.name = f"{turn.name} {i}"
    pieces = []
    for start in range(0, n, size):
        inside = fold.inside[start : start + size]
        pieces.append(_Fold("run", f"{start}–{start + len(inside) - 1}", word, inside))
        _cut(pieces[-1])
    fold.inside = pieces


# ---------------------------------------------------------------------- what a backward pass made
def _layers(operations: Iterable[str], layers: Layers, of: Mapping[str, str], groups: Sequence[Group]) -> list[_Fold]:
    """A fold for each layer: what the rule of a node made is in a group that is called as the node's own is."""
    known = {group["id"]: group for group in groups}
    home = dict(of)
    found: dict[Any, dict[str, _Fold]] = {}
    for me in operations:
        if me not in layers.made:
            continue
        layer, maker = layers.made[me]
        path = home[me] = home.get(maker, "")
        folds = found.setdefault(layer, {"": _Fold(LAYER, layers.names[layer], "the graph that this pass made")})
        for inner in reversed(list(_upward(path))):
            if inner not in folds:
                group = known[inner]
                folds[inner] = _Fold(group.get("kind", "label"), group["name"], group.get("what", ""))
                folds[inner.rpartition("/")[0]].inside.append(folds[inner])
        folds[path].inside.append(me)
    made = [folds[""] for folds in found.values()]
    for fold in made:
        _walk(fold, _lift)
        _walk(fold, _cut)
    return [fold for fold in made if len(fold.inside) > 1 or isinstance(fold.only, _Fold)]


def _lift(fold: _Fold) -> None:
    """Leave out groups of a single thing."""
    fold.inside = [x.only or x if isinstance(x, _Fold) else x for x in fold.inside]


# ---------------------------------------------------------------------- paths
def _write(fold: _Fold, path: str, of: dict[str, str], groups: list[Group]) -> None:
    """Give every id the path of its group, and every group its entry."""
    counts: dict[str, int] = {}
    for thing in fold.inside:
        if isinstance(thing, _Fold):
            counts[thing.name] = counts.get(thing.name, 0) + 1
    seen: dict[str, int] = {}
    taken: set[str] = set()
    for thing in fold.inside:
        if not isinstance(thing, _Fold):
            if path:
                of[thing] = path
            continue
        name = thing.name
        if counts[name] > 1:
            seen[name] = seen.get(name, -1) + 1
            name = f"{name} {seen[name]}"
        part = shortened(re.sub(r"[/\x00-\x1f]", "|", name), NAME) or "group"
        while part in taken:
            part += "'"
        taken.add(part)
        me = f"{path}/{part}" if path else part
        groups.append({"id": me, "name": shortened(name, NAME), "kind": thing.kind, "what": shortened(thing.what, 80)})  # type: ignore[typeddict-item]
        _write(thing, me, of, groups)


def _place_the_rest(
    of: dict[str, str], edges: Sequence[PictureEdge], given: Container[str], leaves: Container[str], groups: Sequence[Group]
) -> dict[str, list[str]]:
    """Leaves and constants: in the innermost group of all their uses, outside of modules if they were given to one.

    Returns the leaves of several groups, by where they are.
    """
    modules = {group["id"] for group in groups if group.get("kind") == "module"}
    made = {group["id"] for group in groups if group.get("kind") == LAYER}
    common: dict[str, list[str]] = {}
    users: dict[str, set[str]] = {}
    for edge in edges:
        if edge.src[0] == "t":
            path = of.get(edge.dst, "")
            users.setdefault(edge.src, set()).add(path)
            place = path.split("/")
            known = common.setdefault(edge.src, place)
            same = next((i for i, (a, b) in enumerate(zip(known, place)) if a != b), min(len(known), len(place)))
            common[edge.src] = known[:same]
    shared: dict[str, list[str]] = {}
    for me, place in common.items():
        if me in given:
            inside = (i for i in range(len(place)) if "/".join(place[: i + 1]) in modules)
            place = place[: next(inside, len(place))]
        if (path := "/".join(place)) and not (me in leaves and place[0] in made):
            of[me] = path
        if me in leaves and len(users[me]) > 1:
            shared.setdefault(of.get(me, ""), []).append(me)
    return shared


def _fold_shared(shared: Mapping[str, list[str]], of: dict[str, str], groups: list[Group]) -> None:
    """Make a group of many leaves that all stand in one place."""
    for path, together in shared.items():
        if len(together) > SHARED:
            name, taken = f"{len(together)} leaves", {group["name"] for group in groups}
            while name in taken:  # a label of the user's
                name += "'"
            fold = _Fold("run", name, "leaves used in several groups", together)
            _cut(fold)
            _write(_Fold("run", "", inside=[fold]), path, of, groups)
