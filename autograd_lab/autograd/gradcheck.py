"""``gradcheck``: are the gradients of a function those that finite differences find?

Every output is differentiated with respect to every input that wants it, both ways, and the two Jacobians are compared
element by element: columns by central differences, rows by the function's own backward. The annotations are evaluated, not
strings, so that ``inspect.signature`` prints what PyTorch's does.
"""

import itertools
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from ..core import forward
from ..core.device import beside, on_host
from ..core.differentiate import grad
from ..core.grad_mode import enable_grad
from ..core.ops.create import randn_like
from ..core.random import Generator
from ..core.refusals import NO_BOOLS
from ..core.tensor import Tensor, wrap

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """Raised when a gradient is wrong."""


GradcheckError.__module__ = "torch.autograd.gradcheck"


def gradcheck(
    func: Callable[..., Tensor | Sequence[Tensor]], inputs: Tensor | Sequence[Tensor], *, eps: float = 1e-6, atol: float = 1e-5,
    rtol: float = 1e-3, raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False, check_batched_grad: bool = False, check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False, check_backward_ad: bool = True, fast_mode: bool = False, masked: bool | None = None,
) -> bool:  # fmt: skip
    """True if the gradients of ``func`` at ``inputs`` agree with central differences of step ``eps``.

    Use float64 inputs: in float32 the differences themselves are off by more than the tolerances. ``fast_mode`` compares one
    random direction instead of every element. A mismatch raises GradcheckError, or is False with ``raise_exception=False``.

    >>> import autograd_lab as torch
    >>> gradcheck(torch.sin, torch.rand(3, dtype=torch.float64, requires_grad=True))
    True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    check = _Check(func, inputs, eps, atol, rtol, nondet_tol)
    try:
        check.inputs_are_fit()
        check.outputs_depend()
        for _ in check.parts():
            if check_forward_ad:
                check.jacobians(check.by_forward_mode, "Jacobian computed with forward mode mismatch")
            if check_backward_ad and fast_mode:
                check.one_direction()
            elif check_backward_ad:
                check.jacobians(check.by_backward, "Jacobian mismatch")
        if check_backward_ad:
            check.repeats()
            check.scales_with_the_gradient()
            if check_undefined_grad:
                check.takes_undefined_gradients()
            if check_grad_dtypes:
                check.dtypes_match()
            if check_batched_grad:
                check.batches()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Tensor | Sequence[Tensor]], inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True, nondet_tol: float = 0.0,
    check_undefined_grad: bool = True, check_grad_dtypes: bool = False, check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True, fast_mode: bool = False, masked: bool = False,
) -> bool:  # fmt: skip
    """``gradcheck`` of the gradient of ``func``: are its second derivatives right?

    ``grad_outputs`` are the vectors with which the gradient is taken; random ones unless given.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    count = len(inputs)
    if grad_outputs is None:
        vectors = tuple(randn_like(out.detach()).requires_grad_() for out in _outputs(func(*inputs)))
    else:
        vectors = tuple(grad_outputs) if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)

    def gradient(*all_inputs):
        xs, gs = all_inputs[:count], all_inputs[count:]
        wanted = tuple(x for x in xs if isinstance(x, Tensor) and x.requires_grad)
        found = grad(_outputs(func(*xs)), wanted, gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(gradient, inputs + vectors, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
                     nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
                     check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev,
                     check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked)  # fmt: skip


def _outputs(made):
    """The differentiable outputs of a call."""
    made = tuple(made) if isinstance(made, (tuple, list)) else (made,)
    return tuple(out for out in made if out.requires_grad)


class _Check:
    """One function at one place, and the ways to look at it."""

    def __init__(self, func, inputs, eps, atol, rtol, nondet_tol):
        self.func, self.inputs, self.eps, self.atol, self.rtol, self.nondet_tol = func, inputs, eps, atol, rtol, nondet_tol
        self.part: str | None = None  # "real" or "imag": which of a complex output is looked at
        self.wanted = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]

    def run(self):
        with enable_grad():
            return tuple(self._seen(out) for out in _outputs(self.func(*self.inputs)))

    def _seen(self, out):
        return getattr(out, self.part) if self.part is not None and out._array.dtype.kind == "c" else out

    def parts(self):
        """Look at the imaginary part of complex outputs, then at the real part; once, where all outputs are real."""
        if not any(out._array.dtype.kind == "c" for out in self.run()):
            yield
            return
        for self.part in ("imag", "real"):
            yield
        self.part = None

    def _about(self) -> str:
        word = {"imag": "imaginary", "real": "real", None: None}[self.part]
        return "" if word is None else f"While considering the {word} part of complex outputs only, "

    # ------------------------------------------------------------------ may it be checked at all?
    def inputs_are_fit(self):
        if not self.wanted:
            raise ValueError(
                "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
            )
        for i in self.wanted:
            x = self.inputs[i]
            if x._array.dtype not in (np.float64, np.complex128):
                warnings.warn(
                    f"Input #{i} requires gradient and is not a double precision floating point or complex. This check will "
                    "likely fail if all the inputs are not of double precision floating point or complex. ",
                    UserWarning, stacklevel=3)  # fmt: skip
            if x._array.size and any(s == 0 and n > 1 for s, n in zip(x._materialise().strides, x._array.shape)):
                raise RuntimeError(
                    f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to "
                    "be able to compute the numerical gradients correctly. You should call .contiguous on the input before "
                    "passing it to gradcheck."
                )

    def outputs_depend(self):
        """An output that requires no gradient must not move with the inputs."""
        made = self.func(*self.inputs)
        made = tuple(made) if isinstance(made, (tuple, list)) else (made,)
        tracked = [out.requires_grad for out in made]
        if any(out._array.dtype.kind == "b" for out in made):  # PyTorch takes differences of all that comes out
            raise RuntimeError(NO_BOOLS)
        if any(tracked):
            return
        floating = [k for k, out in enumerate(made) if out._array.dtype.kind == "f"]
        if floating and any(np.any(self.numerical(i, floating)[k]) for i in self.wanted for k in range(len(floating))):
            raise GradcheckError("Numerical gradient for function expected to be zero")

    # ------------------------------------------------------------------ Jacobians, of shape (input elements, output elements)
    def numerical(self, i, outputs=None):
        """d outputs / d input ``i``, by central differences; of a complex input d / d real + i d / d imaginary, as gradients are."""
        x = self.inputs[i]
        array = x._materialise()
        columns = []
        for place in np.ndindex(array.shape):
            column = self._difference(array, place, self.eps, outputs)
            if array.dtype.kind == "c":
                across = self._difference(array, place, 1j * self.eps, outputs)
                column = [along + 1j * aside for along, aside in zip(column, across)]
            columns.append(column)
        return [np.array(rows).reshape(array.size, -1) for rows in zip(*columns)]

    def _difference(self, array, place, by, outputs=None):
        before = array[place].item()
        found = []
        for step in (by, -by):
            array[place] = before + step
            found.append([np.array(on_host(out._array), "f8").reshape(-1) for out in self._all(outputs)])
        array[place] = before
        return [(plus - minus) / (2 * self.eps) for plus, minus in zip(*found)]

    def _all(self, outputs):
        if outputs is None:
            return self.run()
        made = self.func(*self.inputs)
        made = tuple(made) if isinstance(made, (tuple, list)) else (made,)
        return [made[k] for k in outputs]

    def by_backward(self, i):
        """d outputs / d input ``i``, row by row from the function's own backward."""
        found = []
        for out in self.run():
            jacobian = np.zeros((self.inputs[i]._array.size, out._array.size), _wide(self.inputs[i]))
            for k in range(out._array.size):
                unit = np.zeros(out._array.size, out._array.dtype)
                unit[k] = 1
                (g,) = grad(
                    out,
                    self.inputs[i],
                    wrap(beside(unit.reshape(out._array.shape), out._array)),
                    retain_graph=True,
                    allow_unused=True,
                )
                if g is not None:
                    jacobian[:, k] = on_host(g._array).reshape(-1)
            found.append(jacobian)
        return found

    def by_forward_mode(self, i):
        """d outputs / d input ``i``, column by column from tangents."""
        x, columns = self.inputs[i], []
        for k in range(x._array.size):
            column = self._pushed(x, k, 1)
            if x._array.dtype.kind == "c":
                column = [along + 1j * aside for along, aside in zip(column, self._pushed(x, k, 1j))]
            columns.append(column)
        return [np.array(rows) for rows in zip(*columns)]

    def _pushed(self, x, k, by):
        """The outputs' tangents when element ``k`` of x moves by ``by``."""
        unit = np.zeros(x._array.size, x._array.dtype)
        unit[k] = by
        forward.open_level()
        try:
            forward.set_tangent(x, wrap(beside(unit.reshape(x._array.shape), x._array)))
            outs = self.run()
            tangents = [forward.tangent_of(out) for out in outs]
        finally:
            forward.close_level()
        return [
            np.zeros(o._array.size) if t is None else np.array(on_host(t._array), "f8").reshape(-1)
            for o, t in zip(outs, tangents)
        ]

    def jacobians(self, analytical, sentence):
        for j, i in enumerate(self.wanted):
            for k, (a, n) in enumerate(zip(analytical(i), self.numerical(i))):
                if not np.allclose(a, n, self.rtol, self.atol, equal_nan=True):
                    raise GradcheckError(self._about() + _mismatch(sentence, k, j, self._shown(n, i), self._shown(a, i)))

    def _shown(self, jacobian, i):
        return wrap(jacobian.astype(self.inputs[i]._array.dtype))

    # ------------------------------------------------------------------ the other questions
    def one_direction(self):
        """v . J . u for one random u and v, both ways; on a mismatch, say what the whole Jacobians are."""
        rng = np.random.default_rng(0)
        for (j, i), k in itertools.product(enumerate(self.wanted), range(len(self.run()))):
            out, x = self.run()[k], self.inputs[i]
            u, v = rng.uniform(size=x._array.shape), rng.uniform(size=out._array.shape)
            if x._array.dtype.kind == "c":
                u = u + 1j * rng.uniform(size=x._array.shape)
            u, v = u / (np.linalg.norm(u) or 1), v / (np.linalg.norm(v) or 1)
            array = x._materialise()
            before, found = array.copy(), []
            for step in (self.eps, -self.eps):
                array[...] = before + step * u
                found.append(np.asarray(on_host(self.run()[k]._array), "f8"))
            array[...] = before
            numerical = float(((found[0] - found[1]) / (2 * self.eps) * v).sum())
            (g,) = grad(out, x, wrap(beside(v.astype(out._array.dtype), out._array)), allow_unused=True)
            analytical = 0.0 if g is None else float((np.conj(g._array) * u).sum().real)
            if not np.isclose(analytical, numerical, self.rtol, self.atol):
                raise GradcheckError(self._about() + self._slowly(k, j, i, numerical, analytical))

    def _slowly(self, k, j, i, numerical, analytical):
        n, a = self.numerical(i)[k], self.by_backward(i)[k]
        return (
            f"{_mismatch('Jacobian mismatch', k, j, numerical, analytical)}\nThe above quantities relating the numerical and "
            "analytical jacobians are computed \nin fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more "
            "background \nabout fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\nNumerical:\n "
            f"{self._shown(n, i)}\nAnalytical:\n{self._shown(a, i)}\n\nThe max per-element difference (slow mode) is: "
            f"{np.abs(n - a).max()}.\n"
        )

    def repeats(self):
        """The same backward twice gives the same gradients."""
        outs = self.run()
        own = Generator().manual_seed(0)  # whoever draws after a check goes on as before it
        drawn = [own.normal(out.numel(), out._array.dtype).reshape(out._array.shape) for out in outs]
        vectors = [wrap(beside(numbers, out._array)) for numbers, out in zip(drawn, outs)]
        wanted = [self.inputs[i] for i in self.wanted]
        first, second = (
            (grad(outs, wanted, vectors, retain_graph=True, allow_unused=True) for _ in range(2)) if outs else ((), ())
        )
        for a, b in zip(first, second):
            if a is not None and np.abs(a._array - b._array).max(initial=0) > self.nondet_tol:
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
                    "different values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism "
                    f"was {self.nondet_tol}."
                )

    def scales_with_the_gradient(self):
        """Where the outputs' gradients are zero, so are the inputs': a loss whose backward forgets its ``g`` is right only for 1."""
        outs, wanted = self.run(), [self.inputs[i] for i in self.wanted]
        zeros = [wrap(beside(np.zeros(out._array.shape, out._array.dtype), out._array)) for out in outs]
        for g in grad(outs, wanted, zeros, allow_unused=True) if outs else ():
            if g is not None and np.any(on_host(g._array) != 0):
                raise GradcheckError("backward not multiplied by grad_output")

    def takes_undefined_gradients(self):
        """An output nobody used counts as one whose gradient is zero."""
        wanted = [self.inputs[i] for i in self.wanted]
        for unused in range(len(self.run()) if len(self.run()) > 1 else 0):
            outs = self.run()
            rest = [out for k, out in enumerate(outs) if k != unused]
            without = grad(
                rest, wanted, [wrap(beside(np.ones(o._array.shape, o._array.dtype), o._array)) for o in rest], allow_unused=True
            )
            outs = self.run()
            vectors = [o.detach() * 0 + (k != unused) for k, o in enumerate(outs)]
            for a, b in zip(without, grad(outs, wanted, vectors, allow_unused=True)):
                if not np.allclose(0 if a is None else a._array, 0 if b is None else b._array):
                    raise GradcheckError(
                        'Expected backward function to handle undefined output grads. Please look at "Notes about undefined '
                        'output gradients" in "tools/autograd/derivatives.yaml"'
                    )

    def dtypes_match(self):
        outs = self.run()
        for i, g in zip(self.wanted, grad(outs, [self.inputs[i] for i in self.wanted], outs, allow_unused=True)):
            if g is not None and g.dtype is not self.inputs[i].dtype:
                raise GradcheckError("gradient's dtype does not match its input's")

    def batches(self):
        """Gradients for a batch of vectors are those for each of them."""
        for out, i in itertools.product(self.run(), self.wanted):
            vectors = [randn_like(out.detach()) for _ in range(2)]
            stacked = wrap(np.stack([v._array for v in vectors]))
            (batch,) = grad(out, self.inputs[i], stacked, retain_graph=True, allow_unused=True, is_grads_batched=True)
            for row, v in enumerate(vectors):
                (one,) = grad(out, self.inputs[i], v, retain_graph=True, allow_unused=True)
                if one is not None and not np.allclose(batch._array[row], one._array):
                    raise GradcheckError("For output and input: batched gradients differ from those taken one by one")


def _wide(x):
    """The dtype of a Jacobian: complex for a complex input."""
    return np.complex128 if x._array.dtype.kind == "c" else np.float64


def _mismatch(sentence, output, position, numerical, analytical):
    return f"{sentence} for output {output} with respect to input {position},\nnumerical:{numerical}\nanalytical:{analytical}\n"
