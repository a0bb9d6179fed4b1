"""Products of batches: several nodes in PyTorch, of which a plain pass walks one until somebody looks.

``x @ w`` with x (8, 32, 64) is in PyTorch a view of x as (256, 64), a product, and a view of that as (8, 32, n): three nodes,
and six where both operands are batches. To make, sort and visit them all would be a tenth of a transformer's step, although
all but one only say a shape anew. So two are made: the product's, and the last, a `Folded`, which stands for all of them.
There are two ways to go on from it:

* ``edges``, from which everything that looks at graphs starts (pictures, steps, hooks, ``create_graph``), unfold it for good:
  the nodes of the views are made, with the numbers drawn for them, and it becomes a common ``UnsafeViewBackward0``;
* ``ends``, another name for the same slot, which unfolds nothing, lead to where the operands came from, and so does ``visit``.

A pass planned while it was folded, which meets one that has been unfolded since, goes on from it by itself
(``BackwardPass._turn``): for it to ask, what is unfolded has a place for hooks.
"""

from __future__ import annotations

from .building import one_at_a_time
from .hooks import hooks_of
from .node import AccumulateGrad, Node, add_to
from .primitive import PRIMITIVES, RUNTIME
from .tensor import Tensor

_draw = RUNTIME["draw"]
_VIEWS = {"mm": ("view",), "bmm": ("expand", "view")}  # by which PyTorch lays flat what a product is made of


class Folded(Node):
    """The last node of a product, standing for the others too.

    ``folds``: the product's node; the points its operands came from; the shape each of them had before it was laid flat, None
    if that was done by nodes of its own; and for each of them the number drawn for the last of its views.
    """

    __slots__ = ()
    some = False  # whether there has been one

    def unfold(self):
        _unfold(self)
        return self

    @property
    def edges(self):
        _unfold(self)
        return self.edges  # now a common node's

    def visit(self, g, keep, grads):
        product, (x, y), x_shape, y_shape, _, _ = self.folds
        g = g.reshape(self.x_shape)
        try:
            sent = product.apply(g, keep)
        except RuntimeError:
            sent = None
        if sent is None:  # once more, now that what was saved knows of the views by which it was made
            self.unfold()
            sent = product.apply(g, keep)
        x_grad, y_grad = sent
        if y is not None:  # its views, if it has any, are the younger
            y_grad = y_grad if y_shape is None else y_grad.reshape(y_shape)
            if y not in grads:
                grads[y] = y_grad
            else:
                add_to(grads, y, y_grad)
        if x is not None:
            x_grad = x_grad if x_shape is None else x_grad.reshape(x_shape)
            if x not in grads:
                grads[x] = x_grad
            else:
                add_to(grads, x, x_grad)


_classes: dict[type, type] = {}  # the node class of `unsafe_view` -> the same, folded


def fold(made: Tensor, shape, x_shape, y_shape=None, x_number=0, y_number=0) -> Tensor:
    """``made``, a product just made of what was laid flat, in ``shape``; see `Folded`."""
    product, array = made._node, made._array
    made._array = array.reshape(shape)
    if product is not None:
        last = PRIMITIVES["unsafe_view"].node_type
        made._node = node = (_classes.get(last) or _class_of(last))()
        node.seq = _draw()
        node.hooks = None
        node.ends = ends = product.edges
        node.x_shape = array.shape
        node.folds = product, ends, x_shape, y_shape, x_number, y_number
    return made


@one_at_a_time
def _class_of(last):
    if last is None:
        PRIMITIVES["unsafe_view"].build()
        last = PRIMITIVES["unsafe_view"].node_type
    if last not in _classes:
        Folded.some = True
        _classes[last] = type(last.__name__, (Folded, last), {"__slots__": (), "__module__": last.__module__})
    return _classes[last]


@one_at_a_time
def _unfold(node) -> None:
    if not isinstance(node, Folded):  # another thread has been here
        return
    product, (x, y), x_shape, y_shape, x_number, y_number = node.folds
    views = _VIEWS[product.primitive.__name__]
    product.edges = _seen(product.x, x, x_shape, views, x_number), _seen(product.y, y, y_shape, views, y_number)
    node.ends = (product,)
    node.__class__ = type(node).__bases__[1]
    hooks_of(node)


def _seen(operand, point, shape, views, number):
    """The last of the ``views`` by which what ``point`` made was laid flat to be ``operand``, if it was."""
    if point is None or shape is None:
        return point
    for i, name in enumerate(views, 1 - len(views)):
        op = PRIMITIVES[name]
        if op.node_type is None:
            op.build()
        node = op.node_type()
        node.seq, node.hooks, node.edges, node.x_shape = number + i, None, (point,), shape
        point = node
    if type(operand) is Tensor:
        operand._node = point
    return point


def inside(node) -> list:
    """The nodes that ``node``, unfolded, stood for, in the order in which they are visited; none if it is another node."""
    folds = getattr(node, "folds", None)
    if folds is None or isinstance(node, Folded):
        return []
    product, ends, *shapes = folds[:4]
    nodes = [product]
    for point, end, shape in reversed([*zip(product.edges, ends, shapes)]):
        while shape is not None and point is not end:
            nodes.append(point)
            (point,) = point.edges
    return nodes


def in_full(run) -> list:
    """The order of ``run``, a pass, with nothing folded, from now on."""
    before, run.whole = run._order, True
    run._order = unfolded(before)
    run.position = run._order.index(before[run.position]) if run.position < len(before) else len(run._order)
    return run._order


def unfolded(order: list) -> list:
    """``order``, planned while some were folded, with all the nodes in their places: by number, each sink after its oldest consumer."""
    known, nodes, last = {*order}, [], {}
    for point in order:
        if type(point) is not AccumulateGrad:
            point.unfold()
            nodes += [point, *(node for node in inside(point) if node not in known)]
    nodes.sort(key=lambda node: -node.seq)
    for node in nodes:
        last |= {point: node for point in node.edges if type(point) is AccumulateGrad}
    out = [point for point in order if type(point) is AccumulateGrad and point not in last]  # roots that nobody has used
    for node in nodes:
        mine = [point for point in dict.fromkeys(node.edges[::-1]) if last.get(point) is node]
        out += [node, *mine[::-1]]
    return out


def at_product(point, g):
    """(point, g); or of what a plain pass walked folded the product's node, where alone it can fail, and what arrives there."""
    point.unfold()
    nodes = inside(point)
    return (nodes[0], g.reshape(point.x_shape)) if nodes else (point, g)
