"""A weight whose columns (or rows, if there are fewer) are orthonormal, as a parametrisation of any matrix."""

from __future__ import annotations

from ...core.grad_mode import no_grad
from ...core.ops.create import eye, randn, zeros_like
from ...core.ops.decompositions import solve
from ...core.ops.joining import cat
from ...core.ops.products import matrix_exp
from ...core.ops.reflections import geqrf, householder_product
from ...core.tensor import Tensor
from ..modules.module import Module

MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    """From any matrix an orthogonal one, by one of `MAPS`; ``base``: what it is multiplied by, so that a start may be chosen."""

    base: Tensor

    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool = True):
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        wide = x.shape[-2] < x.shape[-1]
        made = self._from_tall(x.mT if wide else x)
        if hasattr(self, "base"):
            made = self.base @ made
        return made.mT if wide else made

    def _from_tall(self, x: Tensor) -> Tensor:
        n, k = x.shape[-2:]
        if self.orthogonal_map == "householder":
            below = x.tril(-1)
            made = householder_product(below, 2.0 / (1.0 + (below * below).sum(-2)))
            return made * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        x = x.tril()
        if n != k:
            x = cat([x, x.new_zeros(n, n - k).expand(*x.shape[:-2], -1, -1)], -1)
        skew = x - x.mH
        if self.orthogonal_map == "matrix_exp":
            made = matrix_exp.call(skew)
        else:  # Cayley: (I + A/2) (I - A/2)^-1
            one = eye(n, dtype=skew.dtype)
            made = solve(one.add(skew, alpha=-0.5), one.add(skew, alpha=0.5))
        return made if n == k else made[..., :k]

    def right_inverse(self, q: Tensor) -> Tensor:
        """A matrix that gives ``q``, or the orthogonal matrix nearest by QR."""
        if q.shape != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {q.shape}.")
        with no_grad():
            return self._of_base(q.detach()) if hasattr(self, "base") else self._of_reflections(q.detach())

    def _of_reflections(self, q: Tensor) -> Tensor:
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        wide = q.shape[-2] < q.shape[-1]
        packed, tau = geqrf(q.mT if wide else q)
        sides = packed.diagonal(dim1=-2, dim2=-1)
        sides.sign_()
        sides[tau == 0.0] *= -1
        return packed.mT if wide else packed

    def _of_base(self, q: Tensor) -> Tensor:
        start = zeros_like(q)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        tall = q.mT if q.shape[-2] < q.shape[-1] else q
        n, k = tall.shape[-2:]
        if n != k:
            tall = cat([tall, randn(*tall.shape[:-2], n, n - k, dtype=tall.dtype)], -1)
        self.base = tall.clone() if n == k and _is_orthogonal(tall) else _made_orthogonal(tall)
        return start


def _is_orthogonal(q: Tensor) -> bool:
    """Whether its columns are orthonormal, up to 10 times the rounding of as many products."""
    from ...core.limits import finfo

    k = q.shape[-1]
    error = 10.0 * k * finfo(q.dtype).eps
    return bool(((q.mH @ q - eye(k, dtype=q.dtype)).abs() <= error).all())


def _made_orthogonal(x: Tensor) -> Tensor:
    """Q of x = Q R, with R's diagonal positive."""
    packed, tau = geqrf(x)
    made = householder_product(packed, tau)
    return made * packed.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)
