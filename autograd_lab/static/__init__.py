"""Define, then run: a small face over programs with the names of TensorFlow 1, for listings written that way.

    import autograd_lab.static as tf

Nothing is computed while the graph is defined; ``Session.run`` captures what is asked for as one program (a
`autograd_lab.programs.Program`, gradients and all) and runs it, again and again, on what is fed. That is the difference from
the rest of this package, where an operation computes at once and the graph is what was left behind. Theano's
``function(inputs, outputs)`` is the same idea under another name.

>>> import autograd_lab.static as tf
>>> x = tf.placeholder(tf.float32, shape=(None, 2))
>>> w = tf.Variable([[1.0], [2.0]])
>>> loss = tf.reduce_sum(tf.matmul(x, w) ** 2.0)
>>> (grad_w,) = tf.gradients(loss, [w])
>>> loss
<tf.Tensor 'Sum:0'>
>>> with tf.Session() as session:
...     session.run(tf.global_variables_initializer())
...     session.run([loss, grad_w], feed_dict={x: [[1.0, 1.0]]})
[np.float32(9.0), array([[6.],
       [6.]], dtype=float32)]
"""

from __future__ import annotations

from .extras import GradientDescentOptimizer, nn, train
from .graph import (
    Graph,
    Tensor,
    Variable,
    abs,
    add,
    bool_,
    constant,
    divide,
    exp,
    float16,
    float32,
    float64,
    get_default_graph,
    global_variables_initializer,
    gradients,
    greater,
    identity,
    initialize_all_variables,
    int32,
    int64,
    less,
    log,
    matmul,
    maximum,
    minimum,
    multiply,
    negative,
    ones,
    placeholder,
    pow,
    random_normal,
    random_uniform,
    reduce_max,
    reduce_mean,
    reduce_sum,
    reset_default_graph,
    reshape,
    sigmoid,
    sqrt,
    square,
    stop_gradient,
    subtract,
    tanh,
    transpose,
    zeros,
)
from .session import Session

__all__ = [
    "GradientDescentOptimizer",
    "Graph",
    "Session",
    "Tensor",
    "Variable",
    "abs",
    "add",
    "bool_",
    "constant",
    "divide",
    "exp",
    "float16",
    "float32",
    "float64",
    "get_default_graph",
    "global_variables_initializer",
    "gradients",
    "greater",
    "identity",
    "initialize_all_variables",
    "int32",
    "int64",
    "less",
    "log",
    "matmul",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nn",
    "ones",
    "placeholder",
    "pow",
    "random_normal",
    "random_uniform",
    "reduce_max",
    "reduce_mean",
    "reduce_sum",
    "reset_default_graph",
    "reshape",
    "sigmoid",
    "sqrt",
    "square",
    "stop_gradient",
    "subtract",
    "tanh",
    "train",
    "transpose",
    "zeros",
]


def __getattr__(name: str):
    raise AttributeError(
        f"module {__name__!r} has no attribute {name!r}: of TensorFlow 1 it has the {len(__all__)} words that define a graph "
        "and run it, listed in __all__, and nothing else"
    )
