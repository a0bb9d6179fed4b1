"""Linear algebra of matrices without an answer, and of what is no matrix: PyTorch's values, ``info``, gradients and sentences."""

import warnings

import numpy as np
import pytest

from tests.nn.beside import calls, holds, lab

REFUSED = """
L.inv_ex(z,check_errors=True) | L.cholesky_ex(-d,check_errors=True) | L.solve_ex(z,d,check_errors=True) | L.inv(z) | L.cholesky(-d) | L.solve(z,d) | L.inv(b) | L.cholesky(b) | L.solve(b,b) | L.lu_factor(z) | L.lu_factor(b)
L.inv(r) | L.det(r) | L.slogdet(r) | L.cholesky(r) | L.qr(v) | L.svd(v) | L.eigh(r) | L.eig(r) | L.eigvalsh(r) | L.solve(r,r) | L.solve(d,v3) | L.lstsq(v,v) | L.lstsq(d,v3) | L.matrix_power(r,2)
L.matrix_power(z,-1) | L.matrix_power(d,1.5) | L.pinv(v) | L.matrix_rank(v) | L.cond(d,3) | L.norm(d,'bad') | L.norm(v,'fro') | L.matrix_norm(v) | L.matrix_norm(d,'bad') | L.matrix_norm(d,7) | L.norm(d,2,(0,0)) | L.norm(d,2,5)
L.vector_norm(d,2,5) | L.matrix_norm(d,dim=(0,0)) | L.norm(i) | L.vector_norm(i) | L.inv(i) | L.det(i) | L.svd(i) | L.qr(i) | L.qr(d,'bad') | L.eigh(d,'X') | L.matrix_exp(r) | L.matrix_exp(i) | L.multi_dot([d]) | L.multi_dot([])
L.multi_dot([d,r,v]) | L.multi_dot([d,v3]) | L.cross(d,d) | L.cross(r,r,dim=0) | L.cross(v3,v) | L.vander(s) | L.vander(v3,N=0) | L.tensorinv(d) | L.tensorinv(r,ind=0) | L.tensorsolve(d,v3) | L.householder_product(v,v)
L.solve_triangular(d,v3,upper=True) | L.solve_triangular(r,d,upper=True) | L.diagonal(v) | L.lu(v) | L.lu_solve(d,v,d) | m.cholesky_solve(v,d) | m.cholesky_solve(d,r) | m.cholesky_inverse(r)
m.cholesky_inverse(v) | L.svdvals(v) | L.lstsq(d,d,driver='bad') | L.svd(nan) | L.cholesky(nan) | L.eig(nan) | m.trace(v) | m.trace(t3) | m.det(r) | m.mm(v,d) | m.bmm(d,d) | m.bmm(t3,t3) | m.mv(d,v3) | m.mv(v,v) | m.dot(d,d)
m.dot(v,v3) | m.dot(v,i1) | m.outer(d,v) | m.ger(d,v) | m.addmm(d,r,r) | m.addmv(v3,d,v) | m.addr(d,v3,v3) | m.baddbmm(d,t3,t3) | m.matmul(s,v) | m.matmul(d,v3) | m.matmul(t3,t3) | m.einsum('ij',v) | m.einsum('ij->k',d)
m.einsum('i1',d) | m.einsum('ij,jk->ik',d) | m.einsum('ii->ii',d) | m.einsum('ij->ijj',d) | m.tensordot(d,d,3) | m.tensordot(d,d,([0],[0,1])) | m.tensordot(d,r,([0],[1])) | m.tensordot(d,d,-1) | m.inner(d,v3) | m.cross(d,d)
m.cdist(v,d) | m.cdist(d,r) | m.cdist(d,d,-1) | m.dist(v,v3) | m.renorm(d,2,5,1.) | m.renorm(v,2,0,1.) | m.renorm(d,-2,0,1.) | m.cov(t3) | m.corrcoef(t3) | m.lu_unpack(d,v) | m.ormqr(v,v,v) | m.geqrf(v) | m.pca_lowrank(v)
m.svd_lowrank(v) | m.triangular_solve(v,d) | m.norm(d,'bad') | m.norm(d,p='nuc',dim=0)
"""  # fmt: skip


def evaluated(call):
    def claim(m):
        both = m.tensor([[[2.0, 1.0], [1.0, 3.0]], [[0.0, 0.0], [0.0, 0.0]]])
        given = {"m": m, "L": m.linalg, "F": m.nn.functional, "z": m.zeros(2, 2), "d": both[0], "b": both, "r": m.arange(6.0).reshape(2, 3),
                 "v": m.tensor([1.0, 2.0]), "v3": m.tensor([1.0, 2.0, 3.0]), "i": m.ones(2, 2, dtype=m.int64), "i1": m.tensor([1, 2]),
                 "s": m.tensor(2.0), "t3": m.arange(12.0).reshape(2, 2, 3), "z4": m.zeros(1, 0, 0), "nan": m.full((2, 2), float("nan"))}  # fmt: skip
        return eval(call, given)

    return claim


@pytest.mark.parametrize("call", calls(REFUSED))
def test_a_mistake_is_told_as_pytorch_tells_it(call):
    with pytest.raises((RuntimeError, ValueError, IndexError, TypeError)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is deprecated
        evaluated(call)(lab)
    holds(evaluated(call), warnings=False)


@pytest.mark.parametrize("call", [
    "L.inv_ex({})", "L.cholesky_ex({})", "L.cholesky_ex({}, upper=True)", "L.solve_ex({}, d)", "L.solve_ex({}, v)",
    "L.solve_ex({}, d[:1], left=False)", "L.lu_factor_ex({})",
])  # fmt: skip
@pytest.mark.parametrize("matrix", ["d", "z", "b", "-d", "z4"])
def test_info_says_which_matrix_has_no_answer(call, matrix):
    if matrix == "z4" and "solve" in call:
        call = "L.solve_ex(z4, m.ones(1, 0, 2))"

    def claim(m):
        found, *_, info = evaluated(call.format(matrix))(m)
        answers = (info == 0).reshape(*info.shape, *(1,) * (found.ndim - info.ndim))
        return info, m.where(answers, found, 7.0)

    holds(claim)


def test_where_there_is_no_answer_there_is_no_number_either():
    found, info = lab.linalg.inv_ex(evaluated("b")(lab))
    assert info.tolist() == [0, 1] and np.isnan(found[1].numpy()).all() and np.isfinite(found[0].numpy()).all()


SINGULAR = [[[0.0]], [[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 4.0]], [[1.0] * 3] * 3, [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [7.0, 8.0, 9.0]],
            [[[1.0, 2.0], [2.0, 4.0]], [[2.0, 1.0], [1.0, 3.0]]]]  # fmt: skip


@pytest.mark.parametrize(("matrix", "times", "create_graph"), [
    (matrix, times, create_graph) for matrix in SINGULAR for times in (1, 1 + 0.5j) for create_graph in (False, True)
    if create_graph or matrix is not SINGULAR[4]  # a determinant of 0 but for rounding, which is the machine's
])  # fmt: skip
def test_the_gradient_of_a_singular_determinant_is_0_and_its_cofactors_with_create_graph(matrix, times, create_graph):
    def claim(m):
        x = (m.tensor(matrix, dtype=m.complex128) * times if times != 1 else m.tensor(matrix, dtype=m.float64)).requires_grad_()
        out = m.linalg.det(x)
        return out, m.autograd.grad((out * (2 - times)).sum(), x, m.ones((), dtype=out.dtype), create_graph=create_graph)

    holds(claim, 1e-9)


@pytest.mark.parametrize("matrix", SINGULAR[2:3] + SINGULAR[5:])
def test_the_cofactors_have_a_slope(matrix):
    def claim(m):
        x = m.tensor(matrix, dtype=m.float64, requires_grad=True)
        out = m.linalg.det(x)
        gradient = m.autograd.grad((out**2 + out).sum(), x, create_graph=True)[0]
        return m.autograd.grad((gradient * m.arange(1.0, x.numel() + 1).reshape(x.shape)).sum(), x)

    holds(claim, 1e-9)
    turned = (lab.tensor(matrix, dtype=lab.complex128) * 1j).requires_grad_()
    with pytest.raises(NotImplementedError, match="det: second derivatives at a singular complex matrix are not supported"):
        lab.autograd.grad(lab.autograd.grad(lab.linalg.det(turned).real.sum(), turned, create_graph=True)[0].real.sum(), turned)
