"""Arguments that PyTorch refuses are refused in its words, and those it honours are honoured: nothing is passed over in silence."""

import pytest

import autograd_lab as lab

from .beside import calls, holds

REFUSED = """
F.layer_norm(x, (3,), m.ones(1)) | F.layer_norm(x, (3,), None, m.ones(2)) | F.rms_norm(x, (3,), m.ones(1)) | F.rms_norm(x, (4,)) | F.layer_norm(x, (4,))
F.avg_pool1d(x, 2, 1, 2) | F.avg_pool2d(x[None], (1, 2), 1, (0, 2)) | F.avg_pool2d(x[None], 2, divisor_override=0)
F.cross_entropy(x, m.tensor([0, 1]), label_smoothing=2.0) | F.cross_entropy(x, x.softmax(1), ignore_index=1) | F.mse_loss(x, x, weight=m.ones(3))
F.l1_loss(x, x, weight=m.ones(3)) | F.huber_loss(x, x, weight=m.ones(3)) | F.multi_margin_loss(x, m.tensor([1, 0]), p=3) | F.triplet_margin_loss(x, x, x, margin=-1)
F.hardtanh(x, 2.0, 1.0) | F.rrelu(x, 2.0, 1.0) | F.prelu(x, m.ones(2, 3)) | F.gelu(x, approximate="sigmoid")
F.interpolate(x[None], size=4, recompute_scale_factor=True) | F.interpolate(x[None], size=4, align_corners=True) | F.interpolate(x[None], size=(4, 4))
F.interpolate(x[None], size=4, mode="area", align_corners=False)
F.grid_sample(m.ones(1, 1, 2, 2), m.zeros(1, 1, 1, 2), mode="cubic") | F.grid_sample(m.ones(1, 1, 2, 2), m.zeros(1, 1, 1, 2), padding_mode="wrap")
F.grid_sample(m.ones(1, 1, 2, 2, 2), m.zeros(1, 1, 1, 1, 3), mode="bicubic", align_corners=False) | F.conv1d(x[None], m.ones(2, 2, 1), stride=0)
F.binary_cross_entropy_with_logits(s, s, weight=m.ones(1)) | F.binary_cross_entropy_with_logits(x, x, pos_weight=m.ones(2, 2, 3)) | F.kl_div(x, x, reduction="no")
s.flatten(1) | s.all([1]) | s.any(dim=1) | s.aminmax(dim=2) | s.quantile(0.5, dim=2) | m.roll(x, (1, 2), 0) | m.diff(x, n=-1) | m.linspace(0, 1, -1)
m.cov(x, fweights=m.ones(3)) | m.linalg.lu(x, pivot=False) | m.linalg.lu_factor(x, pivot=False) | m.linalg.eigh(x[:, :2], "Q") | m.scatter(x, 0, m.tensor([[0]]), 1.0, reduce="mean")
m.linalg.lu_factor_ex(m.zeros(2, 2), check_errors=True) | m.searchsorted(m.tensor([1.0, 2]), x, side="left", right=True) | m.meshgrid(x[0], indexing="yx")
m.gradient(x, edge_order=3) | m.gradient(x, spacing=[1.0, 2.0, 3.0]) | m.gradient(x[:1]) | m.pca_lowrank(x, q=9) | m.pca_lowrank(x, niter=-1) | m.linalg.householder_product(x, m.ones(2))
F.fractional_max_pool2d(x[None], 2) | F.fractional_max_pool2d(x[None], 3, 2) | F.linear_cross_entropy(x, m.ones(2, 4), m.tensor([0, 1])) | F.linear_cross_entropy(s, x, x)
F.linear_cross_entropy(x, m.ones(2, 3), m.tensor([0, 1]), linear_bias=m.ones(3)) | F.linear_cross_entropy(x, m.ones(2, 3), m.ones(2, 2), ignore_index=1)
F.linear_cross_entropy(x, x[0], m.tensor([0, 1])) | F.linear_cross_entropy(x[None], x, m.tensor([0])) | F.linear_cross_entropy(x[0], m.ones(4, 2, 3), m.tensor([0, 1]))
F.linear_cross_entropy(x, m.ones(4, 2, 3), m.tensor([[0, 1], [2, 3]]), linear_bias=m.ones(4)) | F.linear_cross_entropy(x, m.ones(4, 2, 3), m.tensor([0, 1]))
F.linear_cross_entropy(x, x, m.tensor([0, 1]), weight=m.ones(3)) | F.linear_cross_entropy(x, x, m.tensor([0, 1, 1])) | F.linear_cross_entropy(x, x, m.tensor([0.0, 1.0]))
F.nll_loss(x[0], m.tensor([1.0, 0.0])) | F.nll_loss(x, m.tensor(1)) | F.cross_entropy(x, x.softmax(1), m.ones(2)) | F.cross_entropy(s, s) | F.cross_entropy(s, m.tensor(1))
nn.AdaptiveLogSoftmaxWithLoss(4, 5, []) | nn.AdaptiveLogSoftmaxWithLoss(4, 5, [3, 2]) | nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(m.ones(2, 4), m.tensor([0, 9]))
nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(m.ones(2, 4), m.tensor([0])) | nn.FractionalMaxPool2d(2) | nn.FractionalMaxPool2d(2, 3, 0.5) | nn.FractionalMaxPool3d(2, output_ratio=1.5)
"""  # fmt: skip
HONOURED = """
F.mse_loss(x, y, size_average=False) | F.mse_loss(x, y, False) | F.mse_loss(x, y, None, False) | F.l1_loss(x, y, reduce=False) | F.nll_loss(x, m.tensor([0, 2]), None, False)
F.cross_entropy(x, m.tensor([0, 2]), size_average=False) | F.kl_div(x, y.exp(), reduce=False) | F.cosine_embedding_loss(x, y, m.tensor([1.0, -1]), 0.1, False, True)
F.soft_margin_loss(x, y.sign(), True, True) | F.multi_margin_loss(x[0], m.tensor([1]), reduction="none") | F.poisson_nll_loss(x, y.exp(), reduce=False)
m.gradient(x, edge_order=2, dim=1) | m.gradient(x, spacing=[2.0, 3.0]) | m.gradient(x, spacing=(m.tensor([0.0, 1]), m.tensor([0.0, 1, 3]))) | m.gradient(x, spacing=[m.tensor([0.0, 1, 3])], dim=1, edge_order=2)
m.linalg.matrix_rank(d, atol=1.0) | m.linalg.matrix_rank(d, tol=1.0) | m.linalg.matrix_rank(d, rtol=0.3) | m.linalg.matrix_rank(d, hermitian=True) | m.linalg.pinv(d, atol=1.0) | m.linalg.pinv(d, atol=0.1, rtol=0.5)
m.linalg.lu_factor_ex(m.zeros(2, 2)) | m.linalg.lu(m.tensor([[0.0, 1.0], [0.0, 2.0]])) | F.grid_sample(image, grid, "bicubic", "reflection", True) | F.grid_sample(image, grid, "bicubic", "border", False)
F.linear_cross_entropy(x, y, m.tensor([0, 1])) | F.linear_cross_entropy(x[0], y, m.tensor(1)) | F.linear_cross_entropy(x, y, y.softmax(1)[:, :2], linear_bias=m.tensor([1.0, 2.0]), weight=m.tensor([1.0, 3.0]))
F.linear_cross_entropy(x, y.expand(4, 2, 3), m.tensor([[0, -100], [3, 2]]), linear_bias=m.arange(8.0).reshape(4, 2), reduction="none") | F.linear_cross_entropy(x, y, m.tensor([0, 1]), ignore_index=1, reduction="sum")
F.linear_cross_entropy(x, y.expand(4, 2, 3), m.tensor([[0, 1], [3, 2]]), label_smoothing=0.1) | m.logcumsumexp(x * 1e3, 1)
nn.FractionalMaxPool2d(2, output_size=2)(image[0]) | nn.FractionalMaxPool2d((2, 1), output_ratio=0.6, return_indices=True)(image) | nn.FractionalMaxPool3d((1, 2, 2), (1, 2, 2))(image[None])
nn.AdaptiveLogSoftmaxWithLoss(3, 9, [2, 5], 2.0, True)(x, m.tensor([1, 7])) | nn.AdaptiveLogSoftmaxWithLoss(3, 9, [2, 5])(x[0], m.tensor(3)) | nn.AdaptiveLogSoftmaxWithLoss(3, 9, [4]).predict(x)
nn.LinearCrossEntropyLoss(3, 4, bias=True, label_smoothing=0.2)(x, m.tensor([1, 3])) | nn.LinearCrossEntropyLoss(3, 4, out_features=(2,), ignore_index=1)(x, m.tensor([[1, 3], [0, 0]]))
F.affine_grid(x[None], (1, 1, 2, 2)) | F.grid_sample(image, grid) | F.upsample_nearest(image, 3) | F.upsample_bilinear(image, 3) | F.huber_loss(x, y, weight=x)
m.randn(3, dtype=m.complex128) | m.randn(40, dtype=m.complex64) | m.rand(5, dtype=m.complex128)
"""  # fmt: skip


def evaluated(call):
    def claim(m):
        m.manual_seed(0)
        x = m.arange(6.0).reshape(2, 3)
        given = {"m": m, "nn": m.nn, "F": m.nn.functional, "x": x, "y": x.flip(1).sin(), "s": m.tensor(1.0), "d": m.tensor([[2.0, 0], [0, 0.5]]),
                 "image": m.rand(2, 2, 5, 5), "grid": m.rand(2, 3, 3, 2) * 3 - 1.5}  # fmt: skip
        return eval(call, given)

    return claim


@pytest.mark.parametrize("call", calls(REFUSED))
def test_a_wrong_argument_is_refused_as_pytorch_refuses_it(call):
    with pytest.raises((RuntimeError, ValueError, IndexError)):
        evaluated(call)(lab)
    holds(evaluated(call))


@pytest.mark.parametrize("call", calls(HONOURED))
def test_an_argument_is_honoured(call):
    holds(evaluated(call), 1e-5)


@pytest.mark.parametrize(("call", "says"), [
    ("F.embedding(m.tensor([0]), x, sparse=True)", "embedding: sparse=True is not supported"),
    ("F.embedding_bag(m.tensor([[0]]), x, sparse=True)", "embedding_bag: sparse=True is not supported"),
])  # fmt: skip
def test_what_is_not_supported_says_so_by_name(call, says):
    with pytest.raises(NotImplementedError, match=says):
        evaluated(call)(lab)
