"""Which dtypes ``out=`` may have, word for word: those that are computed elementwise cast, others want their result's own.

A word that is in no row casts wherever NumPy would within one kind of numbers, to wider kinds too.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..tensor import Tensor

_IN_C = {"Long": "long int", "Int": "int", "Short": "short int", "Char": "signed char", "Byte": "unsigned char", "Half": "c10::Half",
         "BFloat16": "c10::BFloat16", "ComplexFloat": "c10::complex<float>", "ComplexDouble": "c10::complex<double>"}  # fmt: skip

# Sentence -> the words that say it where the dtypes differ. {result}, {out}: PyTorch's names; {result_c}, {out_c}: C++'s.
_SAME = {
    "Expected out tensor to have dtype {result_c}, but got {out_c} instead":
        """addmm addmv alias_copy aminmax argmax argmin argsort as_strided_copy
        diag matmul baddbmm bmm cross diagonal_copy expand_copy gather index_add
        index_copy index_reduce isin linalg.cholesky linalg.cholesky_ex linalg.cross linalg.det linalg.eigh linalg.eigvalsh
        linalg.inv linalg.inv_ex linalg.ldl_factor linalg.ldl_factor_ex linalg.ldl_solve linalg.lu linalg.lu_factor
        linalg.lu_factor_ex linalg.lu_solve linalg.qr linalg.slogdet linalg.solve linalg.solve_ex linalg.svd linalg.svdvals
        linalg.vector_norm log_softmax lu_solve lu_unpack mm msort norm permute_copy qr renorm scatter scatter_add scatter_reduce
        slice_scatter softmax sort split_with_sizes_copy squeeze_copy svd t_copy take_along_dim topk transpose_copy
        triangular_solve tril triu unbind_copy unfold_copy unsqueeze_copy view_copy avg_pool2d avg_pool3d linear""",
    "Found dtype {out} but expected {result}":
        "bitwise_not abs absolute ceil conj_physical floor frac neg negative round sgn sign trunc fix gelu hardshrink softplus softshrink",
    "dtype {result} does not match dtype of out parameter ({out})": "arange empty eye full linspace logspace ones zeros",
    "expected scalar_type {result} but found {out}": "cummax cummin diff logcumsumexp",
    "expected scalar type {result} but found {out}": "linalg.solve_triangular logsigmoid",
    "{word} does not support non-boolean outputs": "isneginf isposinf signbit",
    "{word} only supports bool tensor for result, got: {out}": "all any",
    "Expected object of scalar type {result} but got scalar type {out} for argument 'out'": "complex polar",
    "{word}(): self and result must have the same scalar type": "index_select masked_select",
    "Expected the dtype for input and out to match, but got {result} for input's dtype and {out} for out's dtype.": "amax amin",
    "self and mat2 must have the same dtype, but got {out} and {result}": "addbmm",
    "addmv input tensors must have the same dtype, but got {out}, {result}, and {result}": "mv",
    "torch.frexp() expects mantissa to have dtype {result_c} but got {out_c}": "frexp",
    "output values must be of same type as input": "kthvalue",
    "quantile() out tensor must be same dtype as the input tensor": "quantile nanquantile",
    "heaviside is not yet implemented for tensors with different dtypes.": "heaviside",
    "expected scalar type '{result}' but got '{out}' for values output": "mode",
    "Expected self.dtype() == output.dtype() to be true, but got false.": "narrow_copy",
    "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{result} and result has dtype {out}": "ormqr",
    "the output given to float_power has dtype {out} but the operation's result requires dtype {result}": "float_power",
    "nan_to_num: dtype of out: {out} should be same as input: {result}": "nan_to_num",
    "take(): self and out expected to have the same dtype, but got self.dtype = {result} and out.dtype = {out}": "take",
    "torch.histogram: input tensor and hist tensor should have the same dtype, but got input {result_c} and hist {out_c}":
        "histc histogram",
    "tensordot: Expected the output tensor to have dtype {result}, but got an output tensor with dtype {out}": "tensordot inner",
    "{name} expected out tensor dtype {result} but got: {out}": "linalg.matrix_norm linalg.norm",
    "linalg.vecdot: Expected out of dtype{result} but found {out}": "linalg.vecdot",
    "nonzero: Expected out tensor to have scalar type {result} but got scalar type{out}": "nonzero",
    "multinomial expects {result} tensor out, got: {out}": "multinomial",
    "result dtype {out} does not match input dtype {result}": "dot vdot",
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether out_int32 "
    "flag is True, but we got output tensor's dtype {out} and out_int32 flag is {narrow}": "bucketize searchsorted",
    "multi_dot(): expected out tensor to have dtype {result_c} but got {out_c}": "linalg.multi_dot",
}  # fmt: skip
# And those that say it where the result would lose its kind; {word} is the name without its module.
_CASTING = {
    "{word}: Expected result to be safely castable from {result} dtype, but got result with dtype {out}":
        "cholesky cholesky_inverse cholesky_solve linalg.matrix_power linalg.tensorinv linalg.tensorsolve",
    "linalg.{word}: Expected result to be safely castable from {result} dtype, but got result with dtype {out}":
        "linalg.cond linalg.pinv",
    "torch.linalg.{word}: Expected result to be safely castable from {result} dtype, but got result with dtype {out}":
        "linalg.householder_product",
    "torch.linalg.{word}: Expected eigenvalues to be safely castable from {result} dtype, but got eigenvalues with dtype {out}":
        "linalg.eig linalg.eigvals",
    "torch.linalg.lstsq: Expected solution to be safely castable from {result} dtype, but got solution with dtype {out}":
        "linalg.lstsq",
    "torch.geqrf: Expected a to be safely castable from {result} dtype, but got a with dtype {out}": "geqrf",
    "torch.cat(): input types can't be cast to the desired output type {out}":
        "cat concat concatenate column_stack dstack hstack row_stack stack vstack",
    "logsumexp(): Expected floating point type for result tensor, but got: {out}": "logsumexp",
    "diag: result type {result} can't be cast to the desired out= type {out}": "diag",
    "mvlgamma: result type {result} can't be cast to the desired output type {out}": "mvlgamma",
}  # fmt: skip
SAME = {word: sentence for sentence, words in _SAME.items() for word in words.split()}
CASTING = {word: sentence for sentence, words in _CASTING.items() for word in words.split()}
_IN_NAMED = dict.fromkeys("sum prod mean cumsum cumprod".split(), SAME["mm"])
_IN_NAMED["nansum"] = "nansum: provided dtype must match dtype of result. Got {out} and {result}."
_COMPLEX = "fft ifft fft2 ifft2 fftn ifftn rfft rfft2 rfftn ihfft ihfft2 ihfftn".split()
_REAL = "irfft irfft2 irfftn hfft hfft2 hfftn".split()
SAME |= {f"fft.{w}": f"{w.replace('2', 'n')} expects a complex output tensor, but got {{out}}" for w in _COMPLEX}
SAME |= {f"fft.{w}": f"{w.replace('2', 'n')} expects a floating point output tensor, but got {{out}}" for w in _REAL}
_KIND_IS_ENOUGH = {f"fft.{w}" for w in (*_COMPLEX, *_REAL)}


def refuse_dtype(name: str, out: Tensor, result: Tensor, one_of_several: bool) -> None:
    """Raise unless the word's result may be written into ``out``'s dtype."""
    have, wanted = out._array.dtype, result._array.dtype
    if have == wanted or (name in _KIND_IS_ENOUGH and have.kind == wanted.kind):
        return
    if name in ("all", "any") and have == np.uint8:
        return
    sentence = SAME.get("sort" if one_of_several and name in ("max", "min") else name)
    fits = np.can_cast(wanted, have, "same_kind")
    if sentence is None and fits:
        return
    if sentence is None or (not fits and name in CASTING and not (name == "diag" and result._array.ndim == 1)):
        sentence = CASTING.get(name, "result type {result} can't be cast to the desired output type {out}")
    raise _refusal(name, sentence, have, wanted)


def refuse_named(name: str, named, out: Tensor) -> None:
    """Raise where a word that is told a dtype, and computes in it, is to write into another."""
    if name in _IN_NAMED and named is not None and (wanted := dtypes.as_numpy(named)) != out._array.dtype:
        raise _refusal(name, _IN_NAMED[name], out._array.dtype, wanted)


def _refusal(name: str, sentence: str, have, wanted) -> Exception:
    kinds = {"result": dtypes.BY_NUMPY[wanted].kind, "out": dtypes.BY_NUMPY[have].kind}
    told = {f"{role}_c": _IN_C.get(kind, kind.lower()) for role, kind in kinds.items()}
    error = TypeError if sentence.startswith("torch.cat()") else RuntimeError
    return error(sentence.format(name=name, word=name.rpartition(".")[2], narrow=wanted == np.int32, **kinds, **told))
