"""Define, then run: the listing as it is written, and what a session says."""

import numpy as np
import pytest

import autograd_lab as lab
import autograd_lab.static as tf


@pytest.fixture(autouse=True)
def empty_graph():
    tf.reset_default_graph()
    lab.manual_seed(0)


LISTING = """
import autograd_lab.static as tf
import numpy as np

N, D_in, H, D_out = 64, 1000, 100, 10

x = tf.placeholder(tf.float32, shape=(None, D_in))
y = tf.placeholder(tf.float32, shape=(None, D_out))

w1 = tf.Variable(tf.random_normal((D_in, H)))
w2 = tf.Variable(tf.random_normal((H, D_out)))

h = tf.matmul(x, w1)
h_relu = tf.maximum(h, tf.zeros(1))
y_pred = tf.matmul(h_relu, w2)

loss = tf.reduce_sum((y - y_pred) ** 2.0)

grad_w1, grad_w2 = tf.gradients(loss, [w1, w2])

learning_rate = 1e-6
new_w1 = w1.assign(w1 - learning_rate * grad_w1)
new_w2 = w2.assign(w2 - learning_rate * grad_w2)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    initial = sess.values[w1].copy(), sess.values[w2].copy()

    x_value = np.random.randn(N, D_in)
    y_value = np.random.randn(N, D_out)
    losses = []
    for _ in range(20):
        loss_value, _, _ = sess.run([loss, new_w1, new_w2],
                                    feed_dict={x: x_value, y: y_value})
        losses.append(loss_value)
"""


def test_the_listing_runs_as_written_and_trains_as_the_dynamic_graph_does():
    scope: dict = {}
    exec(LISTING, scope)
    losses, (w1, w2) = scope["losses"], (lab.tensor(w, requires_grad=True) for w in scope["initial"])
    x, y = (lab.tensor(scope[name].astype("f4")) for name in ("x_value", "y_value"))
    for expected in losses:
        loss = ((y - x.mm(w1).maximum(lab.zeros(1)).mm(w2)) ** 2.0).sum()
        assert loss.item() == expected
        loss.backward()
        with lab.no_grad():
            for w in (w1, w2):
                w.sub_(w.grad * 1e-6)
                w.grad = None
    assert losses[-1] < losses[0] / 5


def test_nothing_is_computed_before_it_is_run():
    x = tf.placeholder(tf.float64)
    y = tf.log(x) / 0.0
    assert repr(y) == "<tf.Tensor 'RealDiv:0'>" and repr(tf.log(x)) == "<tf.Tensor 'Log_1:0'>"
    with pytest.raises(TypeError, match="not allowed"):
        bool(y > 0)
    with pytest.raises(TypeError, match="not iterable"):
        list(y)


def test_one_program_for_each_thing_asked_and_each_shape():
    x = tf.placeholder(tf.float64, shape=(None,))
    total, peak = tf.reduce_sum(x * x), tf.reduce_max(x)
    with tf.Session() as sess:
        for n in (2, 3, 2):
            assert sess.run(total, {x: np.arange(n)}) == sum(i * i for i in range(n))
        assert sess.run({"a": peak, "b": (total, [x])}, {x: [1.0, 5.0]})["b"][0] == 26
        assert len(sess.programs) == 3
        program = sess.program(total, {x: [1.0, 2.0]})
        assert [line.name for line in program.lines] == ["mul", "sum"]
        assert [node.op for node in program.picture.nodes if node.is_op] == ["mul", "sum"]


def test_gradients_are_places_like_any_other():
    x = tf.placeholder(tf.float64)
    y = x**3.0
    (first,) = tf.gradients(y, x)
    doubled = first * 2.0
    unrelated = tf.gradients(tf.stop_gradient(y), [x])[0]
    with tf.Session() as sess:
        found = sess.run([y, first, doubled, unrelated], {x: np.array([2.0, 3.0])})
    assert [v.tolist() for v in found] == [[8.0, 27.0], [12.0, 27.0], [24.0, 54.0], [0.0, 0.0]]
    with pytest.raises(NotImplementedError, match="gradient of a gradient"):
        tf.gradients(doubled, [x])


def test_variables_are_kept_between_runs():
    counter = tf.Variable(0.0)
    step = counter.assign_add(1.0)
    with tf.Session() as sess:
        with pytest.raises(RuntimeError, match="Attempting to use uninitialized value Variable"):
            sess.run(counter)
        sess.run(tf.global_variables_initializer())
        assert [float(sess.run(step)) for _ in range(3)] == [1.0, 2.0, 3.0] and sess.run(counter) == 3
        assert sess.run([counter, step]) == [3.0, 4.0]  # reading is of what it was


def test_random_numbers_differ_from_run_to_run():
    noise = tf.random_normal((3,))
    with tf.Session() as sess:
        first, second = sess.run(noise), noise.eval(session=sess)
    lab.manual_seed(0)
    assert not np.array_equal(first, second) and np.array_equal(first, lab.randn(3).numpy())


def test_an_optimizer_is_a_place_too():
    w = tf.Variable([5.0, -3.0])
    loss = tf.reduce_sum(tf.square(w - [1.0, 2.0]))
    train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(20):
            sess.run(train)
        assert np.allclose(sess.run(w), [1.0, 2.0], atol=1e-4)


def test_what_does_not_fit_is_said():
    x = tf.placeholder(tf.float32, shape=(None, 5))
    with tf.Session() as sess:
        with pytest.raises(
            ValueError, match=r"Cannot feed value of shape \(3, 4\) for Tensor 'Placeholder:0', which has shape '\(\?, 5\)'"
        ):
            sess.run(x, {x: np.ones((3, 4))})
        with pytest.raises(RuntimeError, match="You must feed a value for placeholder tensor 'Placeholder'"):
            sess.run(x * 2.0)
        with pytest.raises(TypeError, match="has invalid type int"):
            sess.run(3)
        with pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor"):
            sess.run(x, {"x": 1})


def test_a_session_is_the_default_inside_of_its_block_and_closed_after_it():
    w = tf.Variable([1.0, 2.0])
    total = tf.reduce_sum(w)
    with pytest.raises(ValueError, match="No default session is registered"):
        total.eval()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with tf.Session() as inner:
            inner.run(tf.global_variables_initializer())
            assert inner.run(w.assign([3.0, 4.0])).tolist() == [3, 4] and total.eval() == 7
        assert total.eval() == 3
    for use in (session.run, session.program):
        with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
            use(total)


def test_what_is_fed_in_place_of_something_else_takes_its_dtype():
    x, w, v = tf.placeholder(tf.float32, (2,)), tf.Variable([1.0, 2.0]), tf.Variable(np.ones(2))
    narrow, wide = x * w, x * v
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for place, dtype in ((w, np.float32), (narrow, np.float32), (wide, np.float64)):
            assert session.run(tf.identity(place), {place: np.zeros(2), x: [1, 1]}).dtype == dtype


def test_what_nothing_leads_to_has_no_gradient_and_an_optimizer_leaves_it():
    w, other = tf.Variable([1.0]), tf.Variable([5.0])
    loss = tf.reduce_sum(w * 2.0)
    assert tf.gradients(tf.constant(1.0), [w]) == [None]
    with pytest.raises(TypeError, match="is of tensors of the graph with respect to others, and 3 is of type int"):
        tf.gradients(3, [w])
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss, [w, other])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run([w, other]) == [0, 5]


def test_a_word_that_it_does_not_have_is_said_to_be_none():
    with pytest.raises(AttributeError, match="no attribute 'group': of TensorFlow 1 it has the 49 words"):
        tf.group  # noqa: B018
