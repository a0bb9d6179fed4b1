"""When births are noted, an error's note names the lines that led to it; its text stays PyTorch's."""

import pytest

import autograd_lab as torch
from autograd_lab.core import births
from autograd_lab.utils.checkpoint import checkpoint


def error_of(make):
    with births.noting(), pytest.raises(RuntimeError) as raised:
        make()
    return str(raised.value), "".join(getattr(raised.value, "__notes__", []))


def ones():
    return torch.ones(2, requires_grad=True)


def test_a_change_names_both_lines():
    def change():
        a = ones()
        b = a.exp()
        b.add_(1)
        b.mul_(2)
        b.sum().backward()

    text, note = error_of(change)
    assert text.endswith("set_detect_anomaly(True, check_nan=False).")
    assert "`b = a.exp()`" in note and "`b.add_(1)`" in note and "mul_" not in note


def test_a_change_of_an_operand():
    def change():
        a, c = ones(), torch.ones(2)
        y = a * c
        c[0] = 5
        y.sum().backward()

    _, note = error_of(change)
    assert "`y = a * c`" in note and "`c[0] = 5`" in note


class Both(torch.autograd.Function):
    """Two outputs, saved beside the input."""

    @staticmethod
    def forward(ctx, x):
        y, z = x.exp(), x.sin()
        ctx.save_for_backward(x, y, z)
        return y, z

    @staticmethod
    def backward(ctx, g, h):
        x, y, _ = ctx.saved_tensors
        return g * y + h * x.cos()


def test_a_change_of_what_a_function_saved():
    def of_its_input():
        x = ones() * 3
        y, z = Both.apply(x)
        x.mul_(2)
        (y + z).sum().backward()

    def of_an_output():
        y, z = Both.apply(ones())
        z.add_(1)
        (y + z).sum().backward()

    text, note = error_of(of_its_input)
    assert "output 0 of Mul, is" in text and "`y, z = Both.apply(x)`" in note and "`x.mul_(2)`" in note
    text, note = error_of(of_an_output)
    assert "output 1 of Both, is" in text and "`y, z = Both.apply(ones())`" in note and "`z.add_(1)`" in note


def test_a_change_of_what_a_checkpoint_reads_again():
    def change():
        x = ones() * 3
        y = checkpoint(torch.exp, x, use_reentrant=False)
        x.mul_(2)
        y.sum().backward()

    _, note = error_of(change)
    assert "`y = checkpoint(torch.exp, x, use_reentrant=False)`" in note and "`x.mul_(2)`" in note


def test_a_second_walk_names_the_first():
    def twice():
        y = ones().exp()
        y.sum().backward(retain_graph=True)
        y.sum().backward()
        z = y * 2
        z.sum().backward()

    text, note = error_of(twice)
    assert text.startswith("Trying to backward through the graph a second time")
    assert "`y.sum().backward()`" in note and "retain_graph=True, or compute" in note


def test_why_nothing_requires_a_gradient():
    def off():
        x = ones()
        with torch.no_grad():
            y = x * 2
        y.sum().backward()

    def later():
        with torch.no_grad():
            y = ones() * 2
        z = (y * 3).sum()
        z.backward()

    def cut():
        d = ones().detach()
        d.sum().backward()

    def constants():
        y = torch.ones(2) * 2
        y.backward(torch.ones(2))

    def made():
        c = torch.tensor(3.0)
        c.backward()

    assert "`y = x * 2` while recording was off" in error_of(off)[1]
    assert "`z = (y * 3).sum()` from what was computed while recording was off" in error_of(later)[1]
    assert "detach()" in error_of(cut)[1]
    assert "`y = torch.ones(2) * 2` from constants only" in error_of(constants)[1]
    assert "`c = torch.tensor(3.0)` and is a constant" in error_of(made)[1]


def test_a_script_is_told_how_to_learn_the_lines():
    def twice():
        y = ones().exp().sum()
        y.backward()
        y.backward()

    def change():
        b = ones().exp()
        b.add_(1)
        b.sum().backward()

    for make, told in (
        (twice, "the call that freed the graph"),
        (change, "where the value was saved and where it was written over"),
        (lambda: torch.ones(()).backward(), "a constant, a detach() or a no_grad block"),
    ):
        with pytest.raises(RuntimeError) as raised:
            make()
        (note,) = raised.value.__notes__
        assert note.startswith("\nCall autograd_lab.on() before computing") and told in note
        assert "autograd_lab" not in str(raised.value)
        with births.noting(), pytest.raises(RuntimeError) as raised:
            make()
        assert "autograd_lab.on()" not in "".join(getattr(raised.value, "__notes__", []))


def test_the_line_that_cut_it_off_is_named_and_not_the_one_that_used_it():
    with births.noting():
        cut = ones().detach()  # here
        doubled = cut * 2
        loss = doubled.sum()
        with pytest.raises(RuntimeError) as raised:
            loss.backward()
        assert "`cut = ones().detach()  # here`" in raised.value.__notes__[0]


def test_a_pass_that_failed_is_named_for_what_it_had_freed():
    with births.noting():
        y = ones().exp()
        loss = y.exp().sum()
        y.register_hook(lambda g: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            loss.backward()  # here
        with pytest.raises(RuntimeError, match="a second time") as raised:
            loss.backward()
        assert "`loss.backward()  # here`" in raised.value.__notes__[0]
