"""What a backward pass visits, and in which order."""

from __future__ import annotations

from .node import AccumulateGrad, loses


def plan(roots, capture):
    """(points to visit in order, the nodes that lead on to a captured point or None when all of them do).

    Nodes come newest first, a sink right after its oldest consumer. With ``capture``, only what leads to a captured point
    is visited. The list grows while it is walked: no recursion, so a million-op chain is no deeper than a short one.
    """
    ages, nodes, sinks = {None: -1}, [], []  # a sink is as old as its oldest consumer, and comes after it: it is found later
    for root in roots:
        ages[root] = root.seq
        (sinks if type(root) is AccumulateGrad else nodes).append(root)
    append = nodes.append
    for node in nodes:
        age = node.seq
        for point in node.edges:
            if point not in ages:
                if type(point) is AccumulateGrad:
                    ages[point] = age
                    sinks.append(point)
                else:
                    ages[point] = point.seq
                    append(point)
            elif ages[point] > age:  # so it is a sink: any node is older than its consumers
                del ages[point]  # several of one consumer come in the order of its edges
                ages[point] = age
    del ages[None]
    order, through = sorted(ages, key=ages.__getitem__, reverse=True), None
    if capture is not None and not capture.keys() >= set(sinks):  # every leaf asked for: every node leads to one
        order, through = _leading_to(capture, order)
    return (_without_dead_ends(order, capture) if AccumulateGrad.lose_some else order), through


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


def _leading_to(capture, order):
    """(what of ``order`` is captured or leads to a captured point; the set of the nodes that lead to one)."""
    needed, through = set(capture), set()
    for node in reversed(order):
        if not needed.isdisjoint(node.edges):
            needed.add(node)
            through.add(node)
    return [point for point in order if point in needed], through
