"""Samples of linear algebra. Names with a dot are in a submodule."""


def spd(m, t, *batch, n=3):
    """Symmetric positive definite matrices that depend on a leaf."""
    a = t(*batch, n, n)
    return a @ a.transpose(-1, -2) + 3 * m.eye(n, dtype=t.dtype)


def off(m, t, *batch, n=3):
    """Square matrices well away from singular ones."""
    return t(*batch, n, n) + 2 * m.eye(n, dtype=t.dtype)


def sign_free(q, r):
    """Of Q and R, what does not depend on signs: their product's parts squared."""
    return q * q, r * r


SAMPLES = {
    "matmul": [lambda m, t: m.matmul(t(3, 4), t(4, 2)), lambda m, t: t(3) @ t(3), lambda m, t: t(2, 3) @ t(3), lambda m, t: t(3) @ t(3, 2),
               lambda m, t: t(2, 3, 4) @ t(4, 2), lambda m, t: (t(2, 1, 3, 4) @ t(5, 4, 2)), lambda m, t: (t(4) @ t(2, 4, 3)), lambda m, t: t(0, 3) @ t(3, 2)],
    "mm": [lambda m, t: m.mm(t(3, 4), t(4, 2)), lambda m, t: t.turned(3, 4).mm(t.turned(4, 3))], "bmm": [lambda m, t: m.bmm(t(2, 3, 4), t(2, 4, 2))],
    "mv": [lambda m, t: m.mv(t(3, 4), t(4))], "dot": [lambda m, t: m.dot(t(4), t(4)), lambda m, t: t(0).dot(t(0))], "vdot": [lambda m, t: m.vdot(t(4), t(4))],
    "inner": [lambda m, t: m.inner(t(4), t(4)), lambda m, t: m.inner(t(2, 4), t(3, 4)), lambda m, t: m.inner(t(), t(3))],
    "outer": [lambda m, t: m.outer(t(3), t(4))], "ger": [lambda m, t: m.ger(t(3), t(4))],
    "addmm": [lambda m, t: m.addmm(t(2, 4), t(2, 3), t(3, 4)), lambda m, t: t(4).addmm(t(2, 3), t(3, 4), beta=0.5, alpha=2), lambda m, t: t(2, 4).addmm(t(2, 3), t(3, 4), beta=0)],
    "addmv": [lambda m, t: m.addmv(t(2), t(2, 3), t(3), alpha=0.5), lambda m, t: t().addmv(t(2, 3), t(3))],
    "addr": [lambda m, t: m.addr(t(2, 3), t(2), t(3), beta=0.5, alpha=2)], "baddbmm": [lambda m, t: m.baddbmm(t(2, 3, 2), t(2, 3, 4), t(2, 4, 2), beta=0.5, alpha=2), lambda m, t: t(2).baddbmm(t(2, 3, 4), t(2, 4, 2))],
    "addbmm": [lambda m, t: m.addbmm(t(3, 2), t(2, 3, 4), t(2, 4, 2), beta=0.5, alpha=2)],
    "einsum": [lambda m, t: m.einsum("ij,jk->ik", t(2, 3), t(3, 4)), lambda m, t: m.einsum("ij,jk,k", t(2, 3), t(3, 4), t(4)), lambda m, t: m.einsum("ii->i", t(3, 3)),
               lambda m, t: m.einsum("...ij,...jk->...ik", t(2, 1, 3, 4), t(5, 4, 2)), lambda m, t: m.einsum("ij->", t(2, 3)), lambda m, t: m.einsum("i,j->ij", t(2), t(3)),
               lambda m, t: m.einsum("bij,bj->bi", t(2, 3, 4), t(2, 4))],
    "tensordot": [lambda m, t: m.tensordot(t(2, 3, 4), t(3, 4, 2)), lambda m, t: m.tensordot(t(2, 3), t(3, 2), ([0], [1])), lambda m, t: m.tensordot(t(2), t(3), 0)],
    "kron": [lambda m, t: m.kron(t(2, 2), t(3, 2)), lambda m, t: t(2).kron(t(2, 2))], "cross": [lambda m, t: m.cross(t(2, 3), t(2, 3), dim=1), lambda m, t: t(3, 2).cross(t(3, 2), 0)],
    "chain_matmul": [lambda m, t: m.chain_matmul(t(2, 3), t(3, 4), t(4, 2))],
    "matrix_power": [lambda m, t, n=n: m.matrix_power(off(m, t), n) for n in (0, 1, 2, 3, -1)], "matrix_exp": [lambda m, t: m.matrix_exp(t(3, 3)), lambda m, t: t(2, 2, 2).matrix_exp()],
    "linalg.matrix_exp": [lambda m, t: m.linalg.matrix_exp(t(2, 2))], "linalg.matrix_power": [lambda m, t: m.linalg.matrix_power(t(2, 2), 2)],
    "linalg.multi_dot": [lambda m, t: m.linalg.multi_dot([t(2, 3), t(3, 4), t(4, 2)])], "linalg.cross": [lambda m, t: m.linalg.cross(t(2, 3), t(2, 3))],
    "linalg.vecdot": [lambda m, t: m.linalg.vecdot(t(2, 3), t(3))], "linalg.diagonal": [lambda m, t: m.linalg.diagonal(t(2, 3, 3))],
    "inverse": [lambda m, t: m.inverse(off(m, t)), lambda m, t: off(m, t, 2).inverse()], "linalg.inv": [lambda m, t: m.linalg.inv(off(m, t))],
    "linalg.inv_ex": [lambda m, t: m.linalg.inv_ex(off(m, t))],
    "linalg.solve": [lambda m, t: m.linalg.solve(off(m, t), t(3, 2)), lambda m, t: m.linalg.solve(off(m, t), t(3)), lambda m, t: m.linalg.solve(off(m, t, 2), t(3, 2)),
                     lambda m, t: m.linalg.solve(off(m, t), t(2, 3), left=False)],
    "linalg.solve_ex": [lambda m, t: m.linalg.solve_ex(off(m, t), t(3, 2))],
    "linalg.solve_triangular": [lambda m, t: m.linalg.solve_triangular(off(m, t), t(3, 2), upper=True), lambda m, t: m.linalg.solve_triangular(off(m, t, 2), t(3, 2), upper=False, unitriangular=True),
                                lambda m, t: m.linalg.solve_triangular(off(m, t), t(2, 3), upper=False, left=False)],
    "triangular_solve": [lambda m, t: m.triangular_solve(t(3, 2), off(m, t))[0], lambda m, t: m.triangular_solve(t(3, 2), off(m, t), upper=False, transpose=True)[0]],
    "det": [lambda m, t: m.det(off(m, t)), lambda m, t: off(m, t, 2).det()], "linalg.det": [lambda m, t: m.linalg.det(off(m, t))],
    "slogdet": [lambda m, t: m.slogdet(off(m, t))], "linalg.slogdet": [lambda m, t: m.linalg.slogdet(-off(m, t))], "logdet": [lambda m, t: m.logdet(off(m, t))],
    "cholesky": [lambda m, t: m.cholesky(spd(m, t))], "linalg.cholesky": [lambda m, t: m.linalg.cholesky(spd(m, t, 2)), lambda m, t: m.linalg.cholesky(spd(m, t), upper=True)],
    "linalg.cholesky_ex": [lambda m, t: m.linalg.cholesky_ex(spd(m, t))[0]],
    "cholesky_inverse": [lambda m, t: m.cholesky_inverse(off(m, t).tril())], "cholesky_solve": [lambda m, t: m.cholesky_solve(t(3, 2), off(m, t).tril())],
    "qr": [lambda m, t: sign_free(*m.qr(t(4, 3)))], "linalg.qr": [lambda m, t: sign_free(*m.linalg.qr(t(4, 3))), lambda m, t: sign_free(*m.linalg.qr(t(2, 3, 3))), lambda m, t: sign_free(*m.linalg.qr(t(3, 4)))],
    "svd": [lambda m, t: sign_free(*m.svd(t(3, 3))[:2])], "linalg.svd": [lambda m, t: (lambda u, s, v: (u * u, s, v * v))(*m.linalg.svd(t(4, 3), full_matrices=False)),
            lambda m, t: (lambda u, s, v: (u * u, s, v * v))(*m.linalg.svd(t(2, 2, 3), full_matrices=False))],
    "linalg.svdvals": [lambda m, t: m.linalg.svdvals(t(3, 4))], "linalg.eigh": [lambda m, t: (lambda w, v: (w, v * v))(*m.linalg.eigh(spd(m, t))), lambda m, t: m.linalg.eigh(spd(m, t, 2))[0]],
    "linalg.eigvalsh": [lambda m, t: m.linalg.eigvalsh(spd(m, t))], "linalg.pinv": [lambda m, t: m.linalg.pinv(t(4, 3)), lambda m, t: m.linalg.pinv(t(2, 3, 4))], "pinverse": [lambda m, t: m.pinverse(t(4, 3))],
    "linalg.lstsq": [lambda m, t: m.linalg.lstsq(t(4, 3), t(4, 2))[0]],
    "lu": [lambda m, t: off(m, t).lu()[0]], "lu_unpack": [lambda m, t: [o * 1 for o in m.lu_unpack(*m.linalg.lu_factor(off(m, t)))[1:]]],
    "linalg.lu": [lambda m, t: m.linalg.lu(off(m, t)), lambda m, t: m.linalg.lu(t(3, 4, apart=True)), lambda m, t: m.linalg.lu(t(4, 3, apart=True))], "linalg.lu_factor": [lambda m, t: m.linalg.lu_factor(off(m, t))[0]], "linalg.lu_factor_ex": [lambda m, t: m.linalg.lu_factor_ex(off(m, t, 2))[0]],
    "lu_solve": [lambda m, t: m.lu_solve(t(3, 2), *m.linalg.lu_factor(off(m, t)))], "linalg.lu_solve": [lambda m, t: m.linalg.lu_solve(*m.linalg.lu_factor(off(m, t)), t(3, 2))],
    "norm": [lambda m, t: m.norm(t(3, 4)), lambda m, t: t(3, 4).norm(dim=1, keepdim=True), lambda m, t: t(3, 4).norm(1), lambda m, t: m.norm(t(3, 4), p=3, dim=0), lambda m, t: t(3, 4).norm(float("inf")),
             lambda m, t: t(3, 4).norm("nuc"), lambda m, t: t(3, 4).norm(0.5)],
    "linalg.norm": [lambda m, t: m.linalg.norm(t(3, 4)), lambda m, t: m.linalg.norm(t(3, 4), 1), lambda m, t: m.linalg.norm(t(2, 3, 4), dim=(1, 2)), lambda m, t: m.linalg.norm(t(4), 3)],
    "linalg.vector_norm": [lambda m, t, o=o: m.linalg.vector_norm(t(3, 4, apart=True), o, dim=1) for o in (2, 1, 3, 0, 2.5, float("inf"), -float("inf"), 0.5)],
    "linalg.matrix_norm": [lambda m, t, o=o: m.linalg.matrix_norm(t(2, 3, 4, apart=True), o) for o in ("fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf"))],
    "linalg.cond": [lambda m, t: m.linalg.cond(off(m, t)), lambda m, t: m.linalg.cond(off(m, t), -2)], "linalg.matrix_rank": [lambda m, t: m.linalg.matrix_rank(t(3, 4, grad=False))],
    "linalg.tensorinv": [lambda m, t: m.linalg.tensorinv(off(m, t, n=4).reshape(2, 2, 4), 2)], "linalg.tensorsolve": [lambda m, t: m.linalg.tensorsolve(off(m, t, n=4).reshape(2, 2, 4), t(2, 2))],
    "linalg.vander": [lambda m, t: m.linalg.vander(t(3), N=4), lambda m, t: m.linalg.vander(t(), N=3)], "linalg.matmul": [lambda m, t: m.linalg.matmul(t(2, 3), t(3, 2))],
    "dist": [lambda m, t: m.dist(t(3, 4), t(4)), lambda m, t: t(3).dist(t(3), 1), lambda m, t: t(3).dist(t(3), 3)],
    "cdist": [lambda m, t: m.cdist(t(3, 4), t(2, 4)), lambda m, t: m.cdist(t(26, 2), t(2, 2)), lambda m, t: m.cdist(t(2, 3, 2), t(27, 2)), lambda m, t: m.cdist(t(2, 3, 4), t(2, 2, 4), p=1)], "pdist": [lambda m, t: m.pdist(t(4, 3))],
    "linalg.eig": [lambda m, t: (lambda w, v: (w.real * 1, w.imag * 1, (v * v.conj()).real * 1))(*m.linalg.eig(off(m, t))), lambda m, t: m.linalg.eig(off(m, t, 2))[0].abs()],
    "linalg.eigvals": [lambda m, t: m.linalg.eigvals(t(3, 3)).abs()],
    "linalg.householder_product": [lambda m, t: m.linalg.householder_product(t(4, 3), t(3)), lambda m, t: m.linalg.householder_product(t(2, 3, 3), t(2, 2))],
    "orgqr": [lambda m, t: m.orgqr(t(4, 3), t(3)), lambda m, t: t(3, 2).orgqr(t(2))],
    "ormqr": [lambda m, t, left=left, turned=turned: m.ormqr(t(4, 3), t(3), t(4, 2) if left else t(2, 4), left, turned) for left in (True, False) for turned in (True, False)],
    "geqrf": [lambda m, t: m.geqrf(t(4, 3, grad=False)), lambda m, t: t(2, 2, 3, grad=False).geqrf()],
    "svd_lowrank": [lambda m, t: m.svd_lowrank(t(4, 2) @ t(2, 4), 2)[1]], "pca_lowrank": [lambda m, t: m.pca_lowrank(t(3, 4), 2)[1]],
    "renorm": [lambda m, t, p=p: m.renorm(t(3, 4), p, 0, 0.5) for p in (2, 1, 3, float("inf"))] + [lambda m, t: m.renorm(t(2, 3, 4), 2, 1, 1.0), lambda m, t: (t(3, 4) * 1).renorm_(2, 1, 0.5)],
    "special.ndtr": [lambda m, t: m.special.ndtr(t(3, 4))], "special.zeta": [lambda m, t: m.special.zeta(t(3, low=2, high=3, grad=False), t(3, low=1, high=2))],
    "special.xlog1py": [lambda m, t: m.special.xlog1py(t(3, 4), t(4))], "special.entr": [lambda m, t: m.special.entr(t(3, low=0.1))], "special.log_ndtr": [lambda m, t: m.special.log_ndtr(t(3, 4))],
    "special.ndtri": [lambda m, t: m.special.ndtri(t(3, low=0.1, high=0.9))], "special.erfcx": [lambda m, t: m.special.erfcx(t(3, 4))],
    **{f"special.{name}": [lambda m, t, name=name: getattr(m.special, name)(t(3, 4, low=0.2, high=2))] for name in "i0e i1 i1e gammaln psi expit".split()},
}  # fmt: skip

SAMPLES["gt_"] = [
    lambda m, t: (t(3, 4) * 1).gt_(0.1),
    lambda m, t: (t(3, 4) * 1).lt_(t(4)),
    lambda m, t: (t(3, 4) * 1)[0].ge_(t()),
]
SAMPLES["zero_"] = [lambda m, t: (t(3, 4) * 1).zero_()]
KINKS = {
    "linalg.svdvals": [lambda m, t: m.linalg.svdvals(t(3, 3) * 0 + m.eye(3, dtype=t.dtype)), lambda m, t: m.linalg.matrix_norm(t(2, 3) * 0, "nuc")],
    "linalg.eigvalsh": [lambda m, t: m.linalg.eigvalsh(t(3, 3) * 0 + m.eye(3, dtype=t.dtype))],
    "linalg.eigvals": [lambda m, t: m.linalg.eigvals(t(3, 3) * 0 + m.eye(3, dtype=t.dtype)).real],
    "norm": [lambda m, t: m.norm(t(3) * 0), lambda m, t: m.norm(t(3) * 0, 1), lambda m, t: m.norm(t(3) * 0, 3), lambda m, t: m.norm(t(3) * 0, float("inf")), lambda m, t: m.norm(t(2, 2) * 0, dim=1)],
    "dist": [lambda m, t: m.dist(t(3) * 0, t(3) * 0), lambda m, t: m.dist(t(3) * 0, t(3) * 0, 1)],
}  # fmt: skip
