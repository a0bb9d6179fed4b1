"""Sizes and strides changed in place: each claim run here and in PyTorch."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

TURNS = {
    "t_": lambda b: b.t_(), "transpose_": lambda b: b.transpose_(0, 1), "swapaxes_": lambda b: b.swapaxes_(0, 1),
    "swapdims_": lambda b: b.swapdims_(0, 1), "squeeze_": lambda b: b.squeeze_(), "squeeze_ one": lambda b: b.squeeze_(0),
    "squeeze_ several": lambda b: b.squeeze_((0, 1)), "unsqueeze_": lambda b: b.unsqueeze_(0),
    "as_strided_": lambda b: b.as_strided_((6,), (1,)),
}  # fmt: skip


def leaf(m):
    return m.arange(6.0, dtype=m.float64).reshape(2, 3).requires_grad_()


def of_a_result(m, turn):
    a = leaf(m)
    b = a * 1
    view, before = b[0], b.grad_fn
    same = turn(b) is b
    told = [same, b.shape, b.stride(), b.grad_fn.name(), b.grad_fn.next_functions[0][0] is before, b._version, b._is_view()]
    (b * b).sum().backward(retain_graph=True)
    told += [a.grad, view.grad_fn.name(), (view * 3).sum().backward(), a.grad]
    view.mul_(5)
    told += [b, b.grad_fn.name()]
    (b * b).sum().backward()
    return *told, a.grad


def of_a_view(m, turn):
    a = leaf(m)
    b = a * 1
    v = b[:, :2].view(2, 2) if turn is not TURNS["as_strided_"] else b[:]
    turn(v)
    told = [v.shape, v.grad_fn.name(), b.grad_fn.name(), v._version, b._version, v._is_view(), v._base is b]
    v.mul_(2)
    told += [b, b.grad_fn.name(), v.grad_fn.name()]
    (b * b).sum().backward()
    return *told, a.grad


def of_a_leaf(m, turn):
    a = leaf(m)
    with m.no_grad():
        turn(a)
    (a * a).sum().backward()
    return a.shape, a.is_leaf, a._version, a.grad


def refused(m, turn):
    turn(leaf(m))


def of_a_constants_view(m, turn):
    q, w = m.ones(2, 3), m.ones(3, requires_grad=True)
    row = q[1]
    turn(q)
    row.mul_(w)
    (q * q).sum().backward()
    return q, q.grad_fn.name(), row.grad_fn.name(), w.grad


@pytest.mark.parametrize("claim", [of_a_result, of_a_view, of_a_leaf, refused, of_a_constants_view], ids=lambda c: c.__name__)
@pytest.mark.parametrize("turn", TURNS)
def test_as_torch(claim, turn):
    def outcome(m):
        try:
            return str(claim(m, TURNS[turn]))
        except RuntimeError as error:
            return str(error)

    assert outcome(lab) == outcome(torch)


def set_to(m):
    x, y = m.ones(3), m.zeros(2, 2)
    x.set_(y)
    y.add_(1)
    return x, x._version, y._version


def set_of_a_result(m):
    b = (m.ones(2, requires_grad=True) * 2).set_(m.ones(3))
    return b.grad_fn.name(), b.sum().backward()


def grown(m):
    a, c = m.ones(1, 2, requires_grad=True), m.ones(4, 2, 3, requires_grad=True)
    b = (a * 2).addbmm_(c, m.ones(4, 3, 2))
    b.sum().backward()
    return b, b.grad_fn.name(), b._version, a.grad, c.grad


def strides(m):
    x = m.arange(6.0).reshape(2, 3)
    y = x.t().as_strided((3,), (2,))
    y.mul_(10)
    w = x[1:].as_strided((2,), (1,))
    return x, y._is_view(), w, w.storage_offset(), m.arange(8.0)[2:].as_strided((2, 2), (1, 2), 1)


def strides_of_turned(m):
    a = leaf(m)
    b = a.t() * 1
    y = b.as_strided((2, 2), (3, 1))
    y.mul_(3)
    (b * b).sum().backward()
    return y, b, a.grad


CLAIMS = {
    "set_": set_to, "set_ of a result": set_of_a_result, "set_ of a leaf": lambda m: leaf(m).set_(m.ones(2, dtype=m.float64)), "set_ to nothing": lambda m: m.ones(2).set_().shape,
    "set_ to another dtype": lambda m: m.ones(2).set_(m.ones(2, dtype=m.float64)), "set_ by strides": lambda m: m.ones(3).set_(m.arange(6.0).reshape(2, 3), 1, (2,), (2,)),
    "strides": strides, "strides of a turned tensor": strides_of_turned, "too far": lambda m: m.ones(2, 3).as_strided((2, 2), (4, 1), 3), "backwards": lambda m: m.ones(2).as_strided((2,), (-1,)),
    "more strides than sizes": lambda m: m.ones(2).as_strided((2,), (1, 1)), "before the start": lambda m: m.ones(2).as_strided((2,), (1,), -1), "nothing": lambda m: m.ones(2).as_strided((0,), (1,), 5).shape,
    "diagonal filled": lambda m: (leaf(m) * 1).fill_diagonal_(7.0), "diagonal of a tall matrix": lambda m: m.ones(7, 3).fill_diagonal_(5.0, wrap=True), "diagonal of a line": lambda m: m.ones(3).fill_diagonal_(1.0),
    "diagonal of a box": lambda m: m.ones(2, 2, 3).fill_diagonal_(1), "apply_": lambda m: m.ones(2, 2).apply_(lambda x: x + 1), "apply_ of a leaf": lambda m: leaf(m).apply_(lambda x: x), "map_": lambda m: m.ones(2).map_(m.arange(2.0), lambda x, y: x + y),
    "map2_": lambda m: m.ones(2).map2_(m.arange(2.0), m.ones(2), lambda x, y, z: x + y * z), "resize_as_": lambda m: m.ones(2, 3).resize_as_(m.ones(3, 1)).shape, "resize_as_ of a result": lambda m: (leaf(m) * 1).resize_as_(m.ones(3)),
    "addmm_ of less": lambda m: m.ones(1, 2).addmm_(m.ones(2, 3), m.ones(3, 2)), "addmm_ of more": lambda m: m.ones(2, 2).addmm_(m.ones(1, 3), m.ones(3, 2)), "baddbmm_ of less": lambda m: m.ones(1, 2, 2).baddbmm_(m.ones(4, 2, 3), m.ones(4, 3, 2)),
    "addbmm_ of a row": lambda m: m.ones(1, 2).addbmm_(m.ones(4, 2, 3), m.ones(4, 3, 2), beta=2), "addbmm_ of a view": lambda m: m.ones(2, 2)[1:].addbmm_(m.ones(4, 1, 3), m.ones(4, 3, 2)), "addbmm_'s gradients": grown,
    "map_ of a result": lambda m: (leaf(m) * 1).map_(m.ones(2), lambda x, y: x),
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_memory_as_torch(claim):
    def outcome(m):
        try:
            return str(CLAIMS[claim](m))
        except RuntimeError as error:
            return str(error)

    assert outcome(lab) == outcome(torch)


def test_a_view_whose_elements_left_its_base_says_so():
    b = lab.ones(2, 3, requires_grad=True) * 1
    view = b[0]
    b.as_strided_((2,), (1,), 1)
    with pytest.raises(NotImplementedError, match="no longer holds all of the view's elements"):
        view * 2
