"""Independent JAX functions for products.py, decompositions.py, cholesky.py, norms.py and named.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def oracles() -> dict[str, Callable]:
    """{name of a primitive: its oracle}."""
    import jax
    import jax.numpy as jnp

    def added(product):
        return lambda x, a, b, beta, alpha: beta * x + alpha * product(a, b)

    def vector_norm(x, ord, dim, keepdim):
        if dim is None:
            out = jnp.linalg.norm(jnp.ravel(x), ord=ord)
            return out.reshape((1,) * jnp.ndim(x)) if keepdim else out
        dims = dim if isinstance(dim, tuple) else (dim,)
        rest = tuple(d for d in range(jnp.ndim(x)) if d not in dims)
        flat = jnp.transpose(x, (*rest, *dims)).reshape((*(jnp.shape(x)[d] for d in rest), -1))
        out = jnp.linalg.norm(flat, ord=ord, axis=-1)
        return jnp.expand_dims(out, dims) if keepdim else out

    def renormed(x, p, dims, maxnorm):
        length = vector_norm(x, p, dims, True)
        return x * jnp.where(length > maxnorm, maxnorm / (length + 1e-7), 1.0)

    def triangle(a, upper, unitriangular):
        a = jnp.triu(a) if upper else jnp.tril(a)
        eye = jnp.eye(jnp.shape(a)[-1])
        return a * (1 - eye) + eye if unitriangular else a

    def solve(a, b, left=True, vector=False):
        inverse = jnp.linalg.inv(a)
        if vector:
            return jnp.einsum("...ij,...j->...i", inverse, b)
        return inverse @ b if left else b @ inverse

    def distances(x, y, p):
        return jnp.linalg.norm(x[..., :, None, :] - y[..., None, :, :], ord=p, axis=-1)

    def own_distances(x, p):
        i, j = np.triu_indices(jnp.shape(x)[0], 1)
        return jnp.linalg.norm(x[i] - x[j], ord=p, axis=-1)

    def lu(x, pivots):
        moved = jnp.take_along_axis(x, pivots[..., None], axis=-2)
        n, m = jnp.shape(x)[-2:]
        shapes = "(n,n)->(n,n),(n,n)" if n == m else "(n,m)->(n,m),(m,m)" if n > m else "(n,m)->(n,n),(n,m)"
        return tuple(jnp.vectorize(lambda a: jax.scipy.linalg.lu(a)[1:], signature=shapes)(moved))

    def packed(x, pivots):
        lower, upper = lu(x, pivots)
        return jnp.tril(lower, -1) + upper

    def unpacked(factors):
        return jnp.tril(factors, -1) + jnp.eye(jnp.shape(factors)[-1]), jnp.triu(factors)

    def from_factors(factors, b, pivots, left, adjoint):
        lower, upper = unpacked(factors)
        a = lower @ upper
        a = jnp.take_along_axis(a, jnp.argsort(pivots, -1)[..., None], axis=-2)
        a = jnp.conj(jnp.swapaxes(a, -1, -2)) if adjoint else a
        return (
            jnp.linalg.solve(a, b)
            if left
            else jnp.swapaxes(jnp.linalg.solve(jnp.swapaxes(a, -1, -2), jnp.swapaxes(b, -1, -2)), -1, -2)
        )

    def in_words(z):
        """Complex numbers as 32-bit words."""
        return jax.lax.bitcast_convert_type(jnp.stack([jnp.real(z), jnp.imag(z)]), jnp.uint32)

    def lapack_eig(x):
        """What LAPACK gives, signs as they fall. In words: the thread that calls back may not be the one that is in double
        precision, and JAX rounds what such a thread is given and gives."""
        is_real = not jnp.iscomplexobj(x)

        def eig(words):
            real, imaginary = np.ascontiguousarray(words).view(np.float64)[..., 0]
            found = np.linalg.eig(real if is_real else real + 1j * imaginary)
            return tuple(np.stack([np.real(p), np.imag(p)]).astype(float)[..., None].view(np.uint32) for p in found)

        shapes = [jax.ShapeDtypeStruct((2, *lead, 2), np.uint32) for lead in (jnp.shape(x)[:-1], jnp.shape(x))]
        found = jax.pure_callback(eig, shapes, in_words(jnp.asarray(x)))
        return [jax.lax.complex(*jax.lax.bitcast_convert_type(words, np.float64)) for words in found]

    def eigen(x):
        """One step of Newton's method from LAPACK's answer: the implicit function of A v = L v, |v| = 1."""
        values, v = map(jax.lax.stop_gradient, lapack_eig(jax.lax.stop_gradient(x)))
        inner = jnp.linalg.inv(v) @ (x + 0j) @ v
        eye = jnp.eye(v.shape[-1], dtype=bool)
        gaps = jnp.where(eye, 1.0, values[..., None, :] - values[..., :, None])
        moved = v @ (jnp.where(eye, 0.0, inner / gaps) + jnp.eye(v.shape[-1]))
        length = jnp.sqrt(jnp.sum(moved.real**2 + moved.imag**2, axis=-2, keepdims=True))
        return jnp.sum(jnp.where(eye, inner, 0.0), axis=-1), moved / length

    def reflections(x, tau):
        """H_1 ... H_k, each written out as a matrix."""
        n = jnp.shape(x)[-2]
        whole = jnp.broadcast_to(jnp.eye(n), (*jnp.shape(x)[:-2], n, n))
        for i in range(jnp.shape(tau)[-1]):
            v = jnp.where(jnp.arange(n) > i, x[..., i], 0.0) + (jnp.arange(n) == i)
            whole = whole @ (jnp.eye(n) - tau[..., i, None, None] * v[..., :, None] * jnp.conj(v)[..., None, :])
        return whole

    def reflected(x, tau, c, left, transpose):
        q = reflections(x, tau)
        q = jnp.conj(jnp.swapaxes(q, -1, -2)) if transpose else q
        return q @ c if left else c @ q

    def read(x, upper, slope):
        """The symmetric matrix of which one triangle of x is read; it moves as ``slope`` does."""
        half = jnp.triu(x, 1) if upper else jnp.tril(x, -1)
        whole = half + jnp.conj(jnp.swapaxes(half, -1, -2)) + jnp.real(x) * jnp.eye(jnp.shape(x)[-1])
        return slope + jax.lax.stop_gradient(whole - slope)

    def symmetric(x, upper):
        return read(x, upper, (x + jnp.conj(jnp.swapaxes(x, -1, -2))) / 2)

    def moving(value, differential):
        """``value`` of a matrix, whose own derivative is ``differential(x, value(x), dx)``: for what PyTorch has another way."""
        found = jax.custom_jvp(value)

        @found.defjvp
        def _(primals, tangents):
            out = found(*primals)
            return out, differential(*primals, out, *tangents)

        return found

    def factor(x, upper):
        if not jnp.iscomplexobj(x):
            return jnp.linalg.cholesky(symmetric(x, upper), upper=upper)
        lower = moving(lambda x: jnp.linalg.cholesky(symmetric(x, upper)), of_factor)(x)
        return jnp.conj(jnp.swapaxes(lower, -1, -2)) if upper else lower

    def of_factor(x, lower, dx):
        """Murray (2016), of any dx, as PyTorch has it: one that is not Hermitian makes the diagonal complex."""
        inverse = jnp.linalg.inv(lower)
        inner = inverse @ dx @ jnp.conj(jnp.swapaxes(inverse, -1, -2)) / 2
        return lower @ (jnp.tril(inner) + jnp.tril(jnp.conj(jnp.swapaxes(inner, -1, -2)), -1))

    def pseudo_inverse(x, rcond, hermitian=False):
        if not hermitian:
            return jnp.linalg.pinv(x, rtol=rcond)
        return moving(lambda x: jnp.linalg.pinv(read(x, False, x), rtol=rcond), of_pseudo_inverse)(x)

    def of_pseudo_inverse(x, p, dx):
        """Golub and Pereyra (1973), of all of x, as PyTorch has it, though p is of one triangle."""
        ph, dxh = (jnp.conj(jnp.swapaxes(a, -1, -2)) for a in (p, dx))
        eye = jnp.eye(jnp.shape(x)[-1])
        return -p @ dx @ p + p @ ph @ dxh @ (eye - x @ p) + (eye - p @ x) @ dxh @ ph @ p

    def whole(factor, upper):
        """The matrix of a Cholesky factor: of the triangle that is read, with the slope of all of ``factor``, as in PyTorch."""

        def product(f):
            turned = jnp.conj(jnp.swapaxes(f, -1, -2))
            return turned @ f if upper else f @ turned

        read = product(jnp.triu(factor) if upper else jnp.tril(factor))
        return product(factor) + jax.lax.stop_gradient(read - product(factor))

    return {
        "mv": jnp.matmul, "dot": jnp.vdot, "vdot": jnp.vdot, "addmm_list": added(jnp.matmul), "addmv_list": added(jnp.matmul),
        "addr_list": added(jnp.outer), "baddbmm_list": added(jnp.matmul),
        "addbmm_list": added(lambda a, b: jnp.sum(jnp.matmul(a, b), 0)),
        "cross_along": lambda x, y, dim: jnp.cross(x, y, axis=dim), "matrix_exp": jax.scipy.linalg.expm,
        "solve_matrix": solve, "determinant": jnp.linalg.det, "sign_and_log": lambda x: tuple(jnp.linalg.slogdet(x)),
        "solve_triangle": lambda a, b, upper, unitriangular, left: solve(triangle(a, upper, unitriangular), b, left),
        "cholesky_inverted": lambda x, upper: jnp.linalg.inv(whole(x, upper)),
        "cholesky_solved": lambda x, factor, upper: jnp.linalg.solve(whole(factor, upper), x),
        "cholesky_factor": factor,
        "eigh": lambda x, uplo="L": tuple(jnp.linalg.eigh(symmetric(x, uplo == "U"), uplo, symmetrize_input=False)),
        "qr_reduced": lambda x: tuple(jnp.linalg.qr(x)),
        "svd_reduced": lambda x: tuple(jnp.linalg.svd(x, full_matrices=False)),
        "pseudo_inverse": pseudo_inverse, "vector_norm_of": vector_norm,
        "how_many": vector_norm,
        "euclidean_distances": lambda x, y: distances(x, y, 2.0), "renormed": renormed, "distances": distances,
        "own_distances": own_distances,
        "distance": lambda x, y, p: vector_norm(x - y, p, None, False), "lu_factors": lu,
        "lu_packed": packed, "lu_unpacked": unpacked, "lu_solution": from_factors,
        "least_squares": lambda a, b, rcond: jnp.linalg.lstsq(a, b, rcond=rcond)[0],
        "eigen": eigen, "reflections": lambda x, tau: reflections(x, tau)[..., : jnp.shape(x)[-1]], "reflected": reflected,
    }  # fmt: skip
