"""Words that PyTorch has replaced by others, and arguments that it no longer wants left out: asked before, they warn in its sentences."""

from __future__ import annotations

from ..telling import tell
from .preconditions import before

_REMOVED = "and will be removed in a future PyTorch release."
_WINDOW = "A window was not provided. A rectangular window will be applied{}To suppress this warning and use a rectangular window, " \
          "explicitly set `window=torch.ones(n_fft, device=<device>)`."  # fmt: skip
_SOLVE = "is deprecated in favor of torch.linalg.{}" + _REMOVED

_CROSS = "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply use " \
         "torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release."  # fmt: skip

OLD = {
    "cholesky": f"torch.cholesky is deprecated in favor of torch.linalg.cholesky {_REMOVED}\nL = torch.cholesky(A)\nshould be "
                "replaced with\nL = torch.linalg.cholesky(A)\nand\nU = torch.cholesky(A, upper=True)\nshould be replaced with\n"
                "U = torch.linalg.cholesky(A).mH\nThis transform will produce equivalent results for all valid (symmetric positive "
                "definite) inputs.",
    "qr": f"torch.qr is deprecated in favor of torch.linalg.qr {_REMOVED}\nThe boolean parameter 'some' has been replaced with a "
          "string parameter 'mode'.\nQ, R = torch.qr(A, some)\nshould be replaced with\nQ, R = torch.linalg.qr(A, 'reduced' if some "
          "else 'complete')",
    "lu": f"torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex {_REMOVED}\nLU, pivots = "
          "torch.lu(A, compute_pivots)\nshould be replaced with\nLU, pivots = torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, "
          "pivots, info = torch.lu(A, compute_pivots, get_infos=True)\nshould be replaced with\nLU, pivots, info = "
          "torch.linalg.lu_factor_ex(A, compute_pivots)",
    "chain_matmul": f"torch.chain_matmul is deprecated {_REMOVED} Use torch.linalg.multi_dot instead, which accepts a list of two or "
                    "more tensors rather than multiple parameters.",
    "triangular_solve": f"torch.triangular_solve {_SOLVE.format('solve_triangular')}\ntorch.linalg.solve_triangular has its arguments "
                        "reversed and does not return a copy of one of the inputs.\nX = torch.triangular_solve(B, A).solution\nshould "
                        "be replaced with\nX = torch.linalg.solve_triangular(A, B).",
    "lu_solve": f"torch.lu_solve {_SOLVE.format('lu_solve')}\nNote that torch.linalg.lu_solve has its arguments reversed.\nX = "
                "torch.lu_solve(B, LU, pivots)\nshould be replaced with\nX = torch.linalg.lu_solve(LU, pivots, B)",
}  # fmt: skip


def _told(word: str):
    return lambda *args, **named: tell(OLD[word])


for _word in OLD:
    before(_word)(_told(_word))


@before("cross")
def cross(x, other, dim=None):
    if dim is None:
        tell(_CROSS)


@before("stft")
def stft(x, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", normalized=False, onesided=None,
         return_complex=None, align_to_window=None):  # fmt: skip
    if window is None:
        tell(_WINDOW.format(",which is known to cause spectral leakage. Other windows such as torch.hann_window or torch.hamming_window "
                            "are recommended to reduce spectral leakage."))  # fmt: skip
    if return_complex is False:
        tell("stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for all "
             "inputs, and return_complex=False will raise an error.\nNote: you can still call torch.view_as_real on the complex output "
             "to recover the old return format.")  # fmt: skip


@before("istft")
def istft(x, n_fft, hop_length=None, win_length=None, window=None, *rest, **named):
    if window is None:
        tell(_WINDOW.format(".Please provide the same window used by stft to make the inversion lossless."))
