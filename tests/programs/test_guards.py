"""Compiled functions beside the functions themselves while what they read by name changes between calls."""

import copy
import pickle
import threading
import types
import warnings
from collections import deque

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.programs.compiled import PATHS

scale, array, members, window, module = 2.0, np.array([1.0, 2.0]), {1, 2}, deque([1.0, 2.0], maxlen=2), types.ModuleType("mine")
module.scale, module.inner = 1.0, types.ModuleType("mine.inner")  # type: ignore[attr-defined]
module.inner.scale = 1.0  # type: ignore[attr-defined]


class Slots:
    __slots__ = ("scale",)


class Shared:
    scale = 1.0

    @property
    def doubled(self):
        return 2 * scale

    @staticmethod
    def of_scale():
        return scale


slots, shared = Slots(), Shared()
slots.scale = 1.0


def set_global(v):
    globals()["scale"] = v


def by_default(factor=1.0):
    return factor


layer = lab.nn.Linear(2, 2)


# what reads, and what changes it
READ = {
    "an array": (lambda x: x * lab.from_numpy(array), lambda v: array.__setitem__(0, v)),
    "an array of nan": (lambda x: x * lab.tensor(np.nan_to_num(array)), lambda v: array.__setitem__(0, v if v < 4 else np.nan)),
    "a set": (lambda x: x * (3 if 7 in members else 2), lambda v: (members.clear(), members.update({1, v}))),
    "a deque": (lambda x: x * window[0], lambda v: window.extend([v, v])),
    "__slots__": (lambda x: x * slots.scale, lambda v: setattr(slots, "scale", v)),
    "a class": (lambda x: x * Shared.scale, lambda v: setattr(Shared, "scale", v)),
    "an object's class": (lambda x: x * shared.scale, lambda v: setattr(Shared, "scale", v)),
    "what a property reads": (lambda x: x * shared.doubled, set_global),
    "what a method reads": (lambda x: x * shared.of_scale(), set_global),
    "a default": (lambda x: x * by_default(), lambda v: setattr(by_default, "__defaults__", (v,))),
    "a layer's own forward": (lambda x: layer(x), lambda v: setattr(layer, "forward", lambda x: x * v)),
    "a module": (lambda x: x * module.scale, lambda v: setattr(module, "scale", v)),
    "a module of a module": (lambda x: x * module.inner.scale, lambda v: setattr(module.inner, "scale", v)),
}


@pytest.mark.parametrize("what", READ)
def test_what_is_read_by_name_may_change(what):
    function, change = READ[what]
    compiled = lab.compile(function)
    for value in (1.0, 7.0, 7.0, 3.0):
        change(value)
        x, y = (lab.tensor([1.0, 2.0], requires_grad=True) for _ in "ab")
        compiled(x).sum().backward()
        function(y).sum().backward()
        assert x.grad.tolist() == y.grad.tolist()
    assert not compiled.refused


def test_what_stays_is_captured_once():
    for function, _ in READ.values():
        compiled = lab.compile(function)
        for _ in range(3):
            compiled(lab.ones(2))
        assert len(compiled.programs) == 1


def test_tensors_that_share_memory_are_not_written_to_by_a_program():
    def function(a, b):
        a.add_(1)
        return (a * b).sum()

    for pair in (lambda t: (t, t), lambda t: (t[:2], t[1:3]), lambda t: (t[0], t[0]), lambda t: (t, t * 1)):
        compiled = lab.compile(function)
        for _ in range(2):
            one, other = lab.ones(3), lab.ones(3)
            assert compiled(*pair(one)).item() == function(*pair(other)).item() and one.tolist() == other.tolist()
    t, u = lab.tensor(1.0), lab.tensor(1.0)
    assert lab.compile(function)(t, t).item() == function(u, u).item() == 4
    program = lab.programs.Program.capture(function, t, u)
    with pytest.raises(lab.programs.Unable, match="writes to one of two tensors that share memory: call the function itself"):
        program.run(t, t)


def test_a_copy_of_a_compiled_layer_has_weights_of_its_own():
    compiled = lab.compile(lab.nn.Linear(2, 2))
    before = compiled(lab.ones(1, 2))
    for copied in (copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled))):
        assert copied(lab.ones(1, 2)).tolist() == before.tolist()
        with lab.no_grad():
            copied.weight.fill_(0)
            copied.bias.fill_(7)
        assert copied(lab.ones(1, 2)).tolist() == [[7, 7]] and compiled(lab.ones(1, 2)).tolist() == before.tolist()


def test_a_warning_points_at_the_call():
    def cases(x, **more):
        return x * int(x[0].item())

    compiled = lab.compile(cases)
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        for i in range(10):
            assert compiled(lab.tensor([float(i)])).item() == i * i
        lab.compile(lambda x: iter([x]))(lab.ones(1))
        lab.compile(lambda x: iter([x]))(x=lab.ones(1))
    assert [w.filename for w in met] == [__file__] * 3
    assert "it took 8 different ways through its branches" in str(met[0].message)


def test_threads_capture_one_at_a_time_and_the_others_compute_on():
    compiled, found = lab.compile(lambda x: (x.tanh() * x).sum()), []

    def work(i):
        try:
            for j in range(15):
                x, y = (lab.tensor([float(i), j * 0.01], requires_grad=True) for _ in "ab")
                compiled(x).backward()
                (y.tanh() * y).sum().backward()
                fresh = lab.compile(lambda x: (x + lab.rand(2) * 0).exp().sum() * lab.ones(2).sum())
                found.append((x.grad.tolist() == y.grad.tolist(), fresh(x.detach()).shape, lab.zeros(3).add_(1).tolist()))
                lab.randn(3)
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(True, (), [1, 1, 1])] * 60


def test_what_waits_for_another_thread_while_it_is_captured_is_told(monkeypatch):
    monkeypatch.setattr(lab.programs.turns, "PATIENCE", 0.05)
    told = []

    def waits(x):
        def other():
            try:
                lab.ones(2) * 2
            except RuntimeError as error:
                told.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return x * 2

    assert lab.compile(waits)(lab.ones(1)).item() == 2
    assert "mul has waited 0.05 s for a function that another thread captures" in told[0]


class Counting(lab.nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * self.calls


def test_what_changes_in_every_call_is_captured_again_a_few_times_only():
    module, x = Counting(), lab.ones(2)
    compiled = lab.compile(module)
    for n in range(PATHS):
        assert compiled(x).tolist() == [n + 1] * 2
    with pytest.warns(
        UserWarning, match=f"Counting runs without being compiled: it found another 'calls' in each of {PATHS} calls"
    ):
        assert compiled(x).tolist() == [PATHS + 1] * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(x).tolist() == [PATHS + 2] * 2  # said once
    assert compiled.programs == []


def test_what_changes_now_and_then_is_captured_again_each_time():
    held = [0.0]
    compiled, x = lab.compile(lambda x: x * held[0]), lab.ones(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in range(3 * PATHS):
            held[0] = float(n)
            for _ in range(3):
                assert compiled(x).tolist() == [n, n]
    assert len(compiled.programs) == len(compiled.entries) == 1
