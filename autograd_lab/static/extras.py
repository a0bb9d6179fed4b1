"""The corners of TensorFlow 1 that listings reach for: ``tf.train``, ``tf.nn``."""

from __future__ import annotations

from types import SimpleNamespace

from .. import core as lab
from .graph import Tensor, get_default_graph, gradients, multiply, operation


class GradientDescentOptimizer:
    """``minimize(loss)``: a place in the graph that, when run, takes one step down for every variable."""

    def __init__(self, learning_rate: float):
        self.learning_rate = learning_rate

    def minimize(self, loss: Tensor, var_list=None) -> Tensor:
        """The place to run; ``var_list``: the variables to move, all trainable ones if None."""
        variables = [v for v in get_default_graph().variables if v.trainable] if var_list is None else list(var_list)
        found = zip(variables, gradients(loss, variables))
        steps = [v.assign_sub(multiply(g, self.learning_rate)) for v, g in found if g is not None]
        return Tensor("GradientDescent", lambda *steps: lab.tensor(0.0), *steps)


nn = SimpleNamespace(relu=operation("Relu", lambda x: x.relu()), softmax=operation("Softmax", lambda x: x.softmax(-1)))
train = SimpleNamespace(GradientDescentOptimizer=GradientDescentOptimizer)
