"""What a backward pass visits, and in which order."""

from __future__ import annotations

from itertools import compress, count
from operator import attrgetter, not_

from .node import AccumulateGrad, Output, loses

_age, _ends = attrgetter("seq"), attrgetter("ends")


def plan(roots, capture, whole=True):
    """(points to visit in order, the nodes that lead on to a captured point or None when all of them do).

    Nodes come newest first, a sink right after its oldest consumer. With ``capture``, only what leads to a captured point
    is visited. ``whole``: what is folded (folded.py) is unfolded as it is met. The list grows while it is walked: no
    recursion, so a million-op chain is no deeper than a short one.
    """
    nodes, waiting = [], {}  # waiting: the sinks whose place is not known yet
    for root in roots:
        if type(root) is AccumulateGrad:
            waiting[root] = None
        else:
            nodes.append(root)
    seen = {None, *roots}
    append, add = nodes.append, seen.add
    for node in nodes:
        for point in node.edges if whole else node.ends:
            if point not in seen:
                add(point)
                if type(point) is AccumulateGrad:
                    waiting[point] = None
                else:
                    append(point)
    nodes.sort(key=_age)
    through = None
    if capture is not None and not waiting.keys() <= capture.keys():  # every leaf asked for: every node leads to one
        nodes, through = _leading_to(capture, nodes)
        waiting = {sink: None for sink in waiting if sink in capture}
    # Built from the far end: the first consumer met, the oldest, is the last to be visited, and its sinks come after it.
    order, done = [], 0
    for at in _consumers(nodes, waiting) if waiting else ():
        node = nodes[at]
        if through is None or node in through:
            order += nodes[done:at]
            done = at
            for point in node.ends[::-1]:
                if point in waiting:
                    del waiting[point]
                    order.append(point)
            if not waiting:  # nearly always long before the end
                break
    order += nodes[done:]
    if waiting:
        order += reversed(waiting)  # roots that nobody has used
    order.reverse()
    return (_without_dead_ends(order, capture) if AccumulateGrad.lose_some else order), through


def _consumers(nodes, waiting):
    """The places in ``nodes`` of those that lead to a point that is ``waiting`` as they are reached.

    A chain of iterators, no step of which is Python's: 0.1 us a node where a loop takes 0.4.
    """
    return compress(count(), map(not_, map(waiting.keys().isdisjoint, map(_ends, nodes))))


def _without_dead_ends(order, capture):
    """``order`` without what only sends gradients where they are lost and, in PyTorch, has kept nothing: that runs twice."""

    def needed(point):
        edges = point.edges
        if not edges or point.hooks is not None or (capture is not None and point in capture):
            return True
        return not all(edge is None or loses(edge) for edge in edges) or _keeps_all(point)

    return [point for point in order if needed(point)]


def _keeps_all(node) -> bool:
    """Whether PyTorch saves for such a node whatever is wanted of it: unless each value is one input that one rule reads."""
    op = node.primitive
    if op is None or len(op.rules) < 2 or "out" in op.saves:
        return True
    return any(sum(name in rule.reads for rule in op.rules.values()) != 1 for name in op.holds)


def _leading_to(capture, nodes):
    """(the nodes, oldest first, that are captured or lead to a captured point; the set of those that lead to one)."""
    needed, through = asked_at(capture), set()
    for node in nodes:
        if not needed.isdisjoint(node.edges):
            needed.add(node)
            through.add(node)
    return [node for node in nodes if node in needed], through


def asked_at(capture) -> set:
    """The points at which the gradients asked for are known: of an output, that is where its node's turn comes."""
    return {point.node if type(point) is Output else point for point in capture}
