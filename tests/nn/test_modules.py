"""``Module`` beside PyTorch's: attributes, names, state, hooks, modes, text, refusals."""

import copy
import pickle

import pytest

from .beside import holds, lab


def net(m):
    return m.nn.Sequential(m.nn.Linear(2, 3), m.nn.BatchNorm1d(3), m.nn.Sequential(m.nn.Tanh(), m.nn.Linear(3, 1, bias=False)))


def shift(m, persistent=True):
    class Shift(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("by", m.ones(2), persistent)
            self.scale = m.nn.Parameter(m.ones(2) * 2)
            self.register_parameter("nothing", None)
            self.inner = m.nn.Linear(2, 2)
            self.number = 3

        def forward(self, x, plus=0):
            if plus == "error":
                raise ArithmeticError("no")
            return self.inner(x) * self.scale + self.by + plus

        def extra_repr(self):
            return "two lines\nof it"

    return Shift()


def does(module, *calls):
    """What comes of calling ``calls`` on ``module`` in turn."""
    return [call(module) for call in calls]


def assigned(name, value):
    """``module.name = value(m)``, then where the name is found."""

    def claim(m):
        s = shift(m)
        setattr(s, name, value(m))
        return list(s._parameters), list(s._buffers), list(s._modules), sorted(s.state_dict()), name in s.__dict__

    return claim


def loaded(change, **options):
    def claim(m):
        a, b = net(m), net(m)
        state = a.state_dict()
        change(m, state)
        keys = b.load_state_dict(state, **options)
        return repr(keys), keys.missing_keys, keys.unexpected_keys, list(b.parameters()), b[1].running_mean

    return claim


def subclass(m, init):
    return type("A", (m.nn.Module,), {"__init__": init})()


CLAIMS = {
    "text": lambda m: (repr(net(m)), repr(shift(m)), repr(m.nn.Sequential()), repr(m.nn.ModuleList([m.nn.Linear(1, 1) for _ in range(3)] + [m.nn.ReLU()]))),
    "names": lambda m: ([n for n, _ in shift(m).named_parameters()], [n for n, _ in shift(m).named_buffers("p")], [n for n, _ in net(m).named_modules(prefix="net")],
                        [n for n, _ in net(m).named_children()], [n for n, _ in shift(m).named_parameters(recurse=False)], list(shift(m).state_dict(prefix="a."))),
    "a layer used twice": lambda m: (lambda a: does(m.nn.Sequential(a, a), lambda s: len(list(s.parameters())), lambda s: list(s.state_dict()),
                                     lambda s: [n for n, _ in s.named_modules(remove_duplicate=False)], lambda s: [n for n, _ in s.named_parameters(remove_duplicate=False)]))(m.nn.Linear(1, 1)),
    "dir": lambda m: [n for n in dir(shift(m)) if n in ("by", "scale", "nothing", "inner", "weight")],
    "metadata": lambda m: dict(net(m).state_dict()._metadata), "kept": lambda m: [v.requires_grad for v in net(m).state_dict(keep_vars=True).values()],
    "not persistent": lambda m: (list(shift(m, False).state_dict()), [n for n, _ in shift(m, False).named_buffers()]),
    "a tensor for a parameter": assigned("scale", lambda m: m.ones(2)), "None for a parameter": assigned("scale", lambda m: None), "a parameter for a buffer": assigned("by", lambda m: m.nn.Parameter(m.ones(1))),
    "a number for a module": assigned("inner", lambda m: 3), "None for a module": assigned("inner", lambda m: None), "a module for a parameter": assigned("scale", lambda m: m.nn.ReLU()),
    "a number for a buffer": assigned("by", lambda m: 3), "a tensor for a buffer": assigned("by", lambda m: m.zeros(5)), "a module for a number": assigned("number", lambda m: m.nn.ReLU()),
    "a module for a parameter's error": assigned("scale", lambda m: "no"), "Buffer": assigned("extra", lambda m: m.nn.Buffer(m.ones(1))), "a plain tensor": assigned("extra", lambda m: m.ones(1)),
    "Buffer, not persistent": assigned("extra", lambda m: m.nn.Buffer(m.ones(1), persistent=False)), "a module for None": assigned("nothing", lambda m: m.nn.Parameter(m.ones(1))),
    "deleted": lambda m: (lambda s: (delattr(s, "by"), delattr(s, "scale"), delattr(s, "inner"), list(s.state_dict())))(shift(m)),
    "deleted, not there": lambda m: delattr(shift(m), "there"), "not there": lambda m: shift(m).there, "no init": lambda m: subclass(m, lambda self: setattr(self, "p", m.nn.Parameter(m.ones(1)))),
    "no init, module": lambda m: subclass(m, lambda self: setattr(self, "p", m.nn.ReLU())), "no init, buffer": lambda m: subclass(m, lambda self: self.register_buffer("p", m.ones(1))),
    "no init, registered": lambda m: subclass(m, lambda self: self.register_parameter("p", None)), "no forward": lambda m: m.nn.Module()(1), "surplus": lambda m: m.nn.Module(3), "unknown word": lambda m: m.nn.Linear(1, 1, units=3),
    "register: name": lambda m: shift(m).register_parameter(3, None), "register: dot": lambda m: shift(m).register_parameter("a.b", None), "register: empty": lambda m: shift(m).register_parameter("", None),
    "register: taken": lambda m: shift(m).register_parameter("forward", None), "register: tensor": lambda m: shift(m).register_parameter("p", m.ones(1)), "register: number": lambda m: shift(m).register_parameter("p", 3),
    "buffer: name": lambda m: shift(m).register_buffer(3, None), "buffer: dot": lambda m: shift(m).register_buffer("a.b", None), "buffer: taken": lambda m: shift(m).register_buffer("scale", None),
    "buffer: number": lambda m: shift(m).register_buffer("b", 3), "module: name": lambda m: shift(m).add_module(3, None), "module: dot": lambda m: shift(m).add_module("a.b", None), "module: empty": lambda m: shift(m).add_module("", None),
    "module: taken": lambda m: shift(m).register_module("by", None), "module: tensor": lambda m: shift(m).add_module("t", m.ones(1)), "module: list": lambda m: m.nn.Sequential([m.nn.ReLU()]),
    "submodules": lambda m: (net(m).get_submodule("2.1"), net(m).get_submodule("") is not None, net(m).get_parameter("0.weight").shape, net(m).get_buffer("1.running_var")),
    "submodule not there": lambda m: net(m).get_submodule("2.5"), "no submodule": lambda m: shift(m).get_submodule("scale"), "no parameter": lambda m: shift(m).get_parameter("by"),
    "no buffer": lambda m: shift(m).get_buffer("scale"), "parameter not there": lambda m: shift(m).get_parameter("inner.scale"),
    "set submodule": lambda m: (lambda n: (n.set_submodule("2.0", m.nn.ReLU()), repr(n)))(net(m)), "set no submodule": lambda m: net(m).set_submodule("", m.nn.ReLU()),
    "loaded": loaded(lambda m, s: None), "assigned": loaded(lambda m, s: None, assign=True), "missing": loaded(lambda m, s: s.pop("0.weight")), "missing, lenient": loaded(lambda m, s: s.pop("0.weight"), strict=False),
    "unexpected": loaded(lambda m, s: s.update({"9.w": m.ones(1), "0.x": m.ones(1)})), "unexpected, lenient": loaded(lambda m, s: s.update({"9.w": m.ones(1), "0.x": m.ones(1)}), strict=False),
    "another size": loaded(lambda m, s: s.update({"0.weight": m.ones(2, 2)})), "both": loaded(lambda m, s: (s.pop("0.bias"), s.update({"x": m.ones(1)}))), "no tensor": loaded(lambda m, s: s.update({"0.bias": 3})),
    "no dict": lambda m: net(m).load_state_dict([]), "assigned are taken": lambda m: (lambda n, w: (n.load_state_dict({"weight": w, "bias": m.zeros(1)}, assign=True), n.weight.data_ptr() == w.data_ptr(), n.weight.requires_grad))(m.nn.Linear(2, 1), m.ones(1, 2)),
    "modes": lambda m: (lambda n: (n.eval().training, n[1].training, n.train()[2][0].training, n.train(False).training))(net(m)), "mode": lambda m: net(m).train("yes"),
    "dtypes": lambda m: (lambda n: ([p.dtype for p in n.double().state_dict().values()], [p.dtype for p in n.half().parameters()], n.float()[0].weight, n.to(m.float64)[0].bias.dtype, n.to(m.ones(1)).state_dict()["1.running_mean"].dtype))(net(m)),
    "cast to integers": lambda m: net(m).to(m.int64), "gradients are cast": lambda m: (lambda n: (n(m.ones(1, 2)).sum().backward(), n.double().weight.grad))(m.nn.Linear(2, 1)),
    "apply": lambda m: (lambda told: (net(m).apply(lambda x: told.append(type(x).__name__)), told)[1])([]), "frozen": lambda m: [p.requires_grad for p in net(m).requires_grad_(False).parameters()],
    "copied": lambda m: (lambda n, c: (c(m.ones(2, 2)) - n(m.ones(2, 2)), list(c.state_dict()), c[0].weight is n[0].weight))(*(lambda n: (n, copy.deepcopy(n)))(net(m))),
    "sequential": lambda m: (lambda s: (s[-1], s[1:], len(s), s.append(m.nn.ReLU()), s.insert(0, m.nn.Tanh()), s.pop(1), list(s.state_dict()), s + s[:1], s * 2, s.extend(s[:1])))(net(m)),
    "sequential set": lambda m: (lambda s: (s.__setitem__(0, m.nn.ReLU()), s.__delitem__(slice(1, 2)), s, 7 in s))(net(m)), "out of range": lambda m: net(m)[3], "list out of range": lambda m: m.nn.ModuleList()[0],
    "insert far": lambda m: net(m).insert(9, m.nn.ReLU()), "named": lambda m: (lambda s: (s, s[0], s.conv))(m.nn.Sequential(__import__("collections").OrderedDict(conv=m.nn.Conv1d(1, 1, 1), act=m.nn.ReLU()))),
    "module list": lambda m: (lambda s: (s, s[0], s[1:], s + s, s.insert(1, m.nn.ReLU()), s.pop(-1), next(s.named_parameters())[0], s.extend([m.nn.Tanh()]), m.nn.ModuleList()))(m.nn.ModuleList([m.nn.Linear(1, 1), m.nn.Linear(1, 1)])),
    "list of numbers": lambda m: m.nn.ModuleList([3]), "list of nothing": lambda m: m.nn.ModuleList(3), "list called": lambda m: m.nn.ModuleList([m.nn.ReLU()])(m.ones(1)),
    "module dict": lambda m: (lambda s: (s, list(s), "a" in s, s["b"], s.pop("a"), s.update({"c": m.nn.ReLU()}), s, list(s.items()), len(s), s.clear(), s))(m.nn.ModuleDict({"a": m.nn.Linear(1, 1), "b": m.nn.ReLU()})),
    "dict of pairs": lambda m: m.nn.ModuleDict([["a", m.nn.ReLU()], ["b", m.nn.Tanh()]]), "dict of triples": lambda m: m.nn.ModuleDict([[1, 2, 3]]), "dict of nothing": lambda m: m.nn.ModuleDict(3),
    "dict method": lambda m: m.nn.ModuleDict({"keys": m.nn.ReLU()}),
    "parameter list": lambda m: (lambda s: (s, len(s), s[-1], s[:1], s.append(m.ones(2, 3)), list(s.state_dict()), s.extend([3]), s, [type(v).__name__ for v in s]))(m.nn.ParameterList([m.nn.Parameter(m.ones(2))])),
    "parameter list of a tensor": lambda m: m.nn.ParameterList(m.ones(2)), "parameter list out of range": lambda m: m.nn.ParameterList([])[0],
    "parameter dict": lambda m: (lambda s: (s, s["a"], sorted(s), "b" in s, s.pop("a"), list(s.state_dict()), s.get("x"), s.setdefault("y", m.zeros(1)), s, s.copy(), s | {"z": m.ones(1)}, len(s)))(m.nn.ParameterDict({"a": m.ones(1), "b": m.nn.Parameter(m.ones(2))})),
    "parameter dict key": lambda m: m.nn.ParameterDict({3: m.ones(1)}), "parameter dict not there": lambda m: m.nn.ParameterDict({})["a"],
    "parameter": lambda m: (repr(m.nn.Parameter(m.ones(1), requires_grad=False)), repr(m.nn.Parameter()), m.nn.Parameter(m.ones(2)) * 2, isinstance(m.nn.Parameter(m.ones(1)), m.Tensor), isinstance(m.ones(1), m.nn.Parameter)),
    "integer parameter": lambda m: (m.nn.Parameter(m.tensor([1]), requires_grad=False), m.nn.Parameter(m.tensor([1]))), "type": lambda m: m.nn.Linear(1, 1).type(m.float64).weight.dtype,
    "extra state": lambda m: extra(m), "gpu": lambda m: net(m).cuda(),
}  # fmt: skip


def extra(m):
    class Counting(m.nn.Module):
        count = 5

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"] + 1

    a, b = Counting(), Counting()
    b.load_state_dict(a.state_dict())
    return dict(a.state_dict()), b.count, b.load_state_dict({}, strict=False)


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    holds(CLAIMS[claim])


# ---------------------------------------------------------------------- hooks


def hooked(register):
    """A module of which ``register(m, module, told)`` hooks something: what the hooks told, the output, the gradients."""

    def claim(m):
        s, told, x = shift(m), [], m.ones(1, 2, requires_grad=True)
        register(m, s, told)
        out = s(x, plus=1)
        out.sum().backward()
        return told, out, x.grad, s.scale.grad, out.grad_fn.name()

    return claim


def removed(m, s, told):
    handle = s.register_forward_hook(lambda *a: told.append("never"))
    handle.remove()
    with s.register_forward_pre_hook(lambda *a: told.append("never")):
        pass


HOOKS = {
    "order": lambda m, s, t: (s.register_forward_hook(lambda *a: t.append(1)), s.register_forward_hook(lambda *a: t.append(2), prepend=True), s.register_forward_pre_hook(lambda *a: t.append(3)),
                              s.register_forward_pre_hook(lambda *a: t.append(4), prepend=True))[:0],
    "pre: one value": lambda m, s, t: s.register_forward_pre_hook(lambda _, a: a[0] * 3), "pre: with kwargs": lambda m, s, t: s.register_forward_pre_hook(lambda _, a, k: (t.append(list(k)), (a, {"plus": 7}))[1], with_kwargs=True),
    "pre: with kwargs, wrong": lambda m, s, t: s.register_forward_pre_hook(lambda _, a, k: a, with_kwargs=True), "post: with kwargs": lambda m, s, t: s.register_forward_hook(lambda _, a, k, o: o * k["plus"] * 2, with_kwargs=True),
    "post: replaced": lambda m, s, t: s.register_forward_hook(lambda _, a, o: o * 2), "removed": removed,
    "backward": lambda m, s, t: s.register_full_backward_hook(lambda _, i, o: t.append((i, o))), "backward: replaced": lambda m, s, t: s.register_full_backward_hook(lambda _, i, o: (i[0] * 2,)),
    "backward: too many": lambda m, s, t: s.register_full_backward_hook(lambda _, i, o: (i[0], None)), "backward pre": lambda m, s, t: s.register_full_backward_pre_hook(lambda _, o: (o[0] * 3,)),
    "backward both": lambda m, s, t: (s.register_full_backward_pre_hook(lambda _, o: (o[0] * 3,)), s.register_full_backward_hook(lambda _, i, o: t.append((i, o)))), "old": lambda m, s, t: s.register_backward_hook(lambda _, i, o: t.append((len(i), o))),
    "old and full": lambda m, s, t: (s.register_backward_hook(lambda *a: None), s.register_full_backward_hook(lambda *a: None)),
    "prepended": lambda m, s, t: (s.register_full_backward_hook(lambda *a: t.append(1)), s.register_full_backward_hook(lambda *a: t.append(2), prepend=True))[:0],
}  # fmt: skip


@pytest.mark.parametrize("hook", HOOKS)
def test_hooks(hook):
    holds(hooked(HOOKS[hook]))


def test_hooks_where_no_input_requires_grad():
    def claim(m, result=None):
        s, told = shift(m), []
        s.register_full_backward_hook(lambda _, i, o: (told.append((i, o)), result)[1])
        s(m.ones(1, 2)).sum().backward()
        return told, s.scale.grad

    holds(claim)
    holds(lambda m: claim(m, (m.ones(1),)))


def test_hooks_of_a_module_with_several_inputs_and_outputs():
    def claim(m):
        told = []

        class Two(m.nn.Module):
            def forward(self, a, b, n):
                return a * b, "text", b * n

        two, a, b = Two(), m.ones(2, requires_grad=True), m.ones(2)
        two.register_full_backward_hook(lambda _, i, o: told.append((i, o)))
        out = two(a, b, 3)
        out[0].sum().backward()
        return told, a.grad, out[1]

    holds(claim)


def test_hooks_that_run_even_when_forward_raised():
    def claim(m):
        s, told = shift(m), []
        s.register_forward_hook(lambda _, a, o: told.append(("always", o)), always_call=True)
        s.register_forward_hook(lambda _, a, o: told.append("not"))
        try:
            s(m.ones(1, 2), plus="error")
        except ArithmeticError as error:
            told.append(str(error))
        return told

    holds(claim)


def test_hooks_of_all_modules():
    def claim(m):
        told, module, s = [], m.nn.modules.module, shift(m)
        handles = [module.register_module_forward_pre_hook(lambda n, a: told.append(type(n).__name__)),
                   module.register_module_forward_hook(lambda n, a, o: told.append(o.shape)),
                   module.register_module_full_backward_hook(lambda n, i, o: told.append((type(n).__name__, o)))]  # fmt: skip
        try:
            s(m.ones(1, 2, requires_grad=True)).sum().backward()
        finally:
            for handle in handles:
                handle.remove()
        s(m.ones(1, 2))
        return told

    holds(claim)


def test_hooks_of_state():
    def claim(m):
        told, s = [], shift(m)
        s.register_state_dict_pre_hook(lambda n, prefix, keep: told.append((prefix, keep)))
        s.register_state_dict_post_hook(
            lambda n, state, prefix, about: (told.append(about), state.pop(prefix + "by"))[:0] and None
        )
        s.register_load_state_dict_pre_hook(lambda n, state, prefix, *rest: state.update({prefix + "by": m.zeros(2)}))
        s.register_load_state_dict_post_hook(lambda n, keys: told.append(keys.missing_keys))
        state = s.state_dict()
        s.load_state_dict(state)
        return told, list(state), s.by

    holds(claim)


def test_a_module_survives_pickling():
    model = net(lab)
    again = pickle.loads(pickle.dumps(model))
    assert again(lab.ones(2, 2)).tolist() == model(lab.ones(2, 2)).tolist() and repr(again) == repr(model)
    assert isinstance(again[0].weight, lab.nn.Parameter)


def test_the_parameters_generator_is_what_grad_and_backward_are_asked_for():
    def claim(m):
        layer = m.nn.Linear(2, 1)
        grads = m.autograd.grad(layer(m.ones(1, 2)).sum(), layer.parameters())
        layer(m.ones(1, 2)).sum().backward(inputs=layer.parameters())
        return grads, layer.weight.grad

    holds(claim)
