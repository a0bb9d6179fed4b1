"""``torch.batch_norm`` and its like, which take other arguments than ``nn.functional``'s words, beside PyTorch's."""

import pytest

import autograd_lab as lab
from autograd_lab.nn import aten  # noqa: F401

from .beside import holds, torch

CALLS = """
celu(x, 0.5) | selu(x) | threshold(x, 0.1, 2) | hardshrink(x, 0.2) | prelu(x, one4) | rrelu(x) | rrelu(x, 0.1, 0.4, True) | relu_(x * 1)
celu_(x * 1, 0.5) | selu_(x * 1) | threshold_(x * 1, 0.1, 2) | dropout(x, 0.5, True) | dropout(x, 0.5, False) | dropout_(x * 1, 0.5, True)
alpha_dropout(x, 0.3, True) | feature_dropout(image, 0.5, True) | feature_alpha_dropout(image, 0.3, True) | feature_dropout_(image * 1, 0.5, True)
batch_norm(image, one, None, one.detach(), one.detach().exp(), False, 0.1, 1e-5, True) | batch_norm(image, None, one, None, None, True, 0.1, 1e-5, False)
instance_norm(image, one, one, None, None, True, 0.1, 1e-5, True) | layer_norm(x, (4,)) | layer_norm(x, (4,), one4, one4, 1e-3, False)
group_norm(image, 1, one) | rms_norm(x, (4,), one4) | native_layer_norm(x, (4,), one4, None, 1e-5)[0] | native_batch_norm(image, one, one, None, None, True, 0.1, 1e-5)[0]
native_group_norm(image, one, None, 2, 2, 16, 2, 1e-5) | norm_except_dim(x) | norm_except_dim(x, 2, 1) | norm_except_dim(x, 2, -1)
max_pool1d(image[0], 2) | max_pool2d(image, 2, 1) | max_pool2d(image, (2, 1), (), 1) | max_pool3d(image, 2) | adaptive_max_pool1d(image[0], 2)[0] | adaptive_avg_pool1d(image[0], 2)
avg_pool1d(image[0], 2) | constant_pad_nd(x, (1, 2)) | constant_pad_nd(x, [1, 0, 0, 1], 3) | pixel_shuffle(square, 2) | pixel_unshuffle(image, 2) | channel_shuffle(image, 2)
binary_cross_entropy_with_logits(x, y) | binary_cross_entropy_with_logits(x, y, None, y.detach(), 0) | cosine_embedding_loss(x, y, sign, 0.1, 2) | hinge_embedding_loss(x, sign4, 0.5, 0)
kl_div(x, y, 0) | kl_div(x, y, 2, log_target=True) | margin_ranking_loss(x, y, sign4, 0.1) | poisson_nll_loss(x, y, True, False, 1e-8, 2) | triplet_margin_loss(x, y, y * 2, 0.5, reduction=0)
triplet_margin_loss(x, y, -y, 1.0, 2.0, 1e-6, True) | cosine_similarity(x, y) | pairwise_distance(x, y) | bilinear(x, y, cube) | embedding(x, index) | embedding(x, index, 1, True)
grid_sampler(image, grid, 0, 1, True) | grid_sampler_2d(image, grid, 2, 0, False) | affine_grid_generator(theta, (1, 1, 2, 3), False) | conv1d(image[0], kernel[0]) | conv2d(image, kernel, one, padding=1)
convolution(image, kernel, one, (1, 1), (1, 1), (1, 1), False, (0, 0), 1) | convolution(image, kernel, None, (2, 1), (0, 0), (1, 1), True, (1, 0), 1) | conv_tbc(image[0], kernel[0, 0, :, :, None] * one4[:3], one4[:3], 1)
conv_transpose2d(image, kernel) | lstm_cell(x, (h, h), w, v) | gru_cell(x, h, w[:6], v[:6]) | rnn_tanh_cell(x, h, w[:2], v[:2], w[:2, 0], v[:2, 0]) | rnn_relu_cell(x, h, w[:2], v[:2])
lstm(x.unsqueeze(0), (h[None], h[None]), [w, v, w[:, 0], v[:, 0]], True, 1, 0.0, False, False, False) | gru(x.unsqueeze(0), h[None], [w[:6], v[:6]], False, 1, 0.0, False, False, False)
rnn_tanh(x[None], h[None], [w[:2], v[:2]], False, 1, 0.0, False, False, False) | rnn_relu(x[None], h[None], [w[:2], v[:2]], False, 1, 0.0, False, False, False)
embedding_renorm_(x.detach() * 9, index, 1.0, 2.0) | ctc_loss(x.log_softmax(1)[:, None], index[:1, :1] + 1, [3], [1], 0, 2)
"""  # fmt: skip


def things(m):
    """Tensors of several shapes by name, all of double precision."""
    m.manual_seed(0)
    d = {"dtype": m.float64}
    x, y = m.randn(3, 4, **d), m.rand(3, 4, **d)
    return {
        "x": x.requires_grad_(), "y": y.requires_grad_(), "one": m.randn(2, **d).requires_grad_(), "one4": m.randn(4, **d).requires_grad_(),
        "image": m.randn(2, 2, 4, 4, **d).requires_grad_(), "square": m.randn(1, 4, 2, 2, **d), "sign": m.tensor([1.0, -1, 1], **d),
        "sign4": m.tensor([1.0, -1, 1, -1], **d), "cube": m.randn(2, 4, 4, **d), "index": m.tensor([[0, 1], [1, 2]]),
        "grid": m.rand(2, 3, 3, 2, **d) * 2.4 - 1.2, "theta": m.randn(1, 2, 3, **d), "kernel": m.randn(2, 2, 3, 3, **d), "h": m.randn(3, 2, **d),
        "w": m.randn(8, 4, **d), "v": m.randn(8, 2, **d),
    }  # fmt: skip


@pytest.mark.parametrize("call", [call.strip() for line in CALLS.strip().splitlines() for call in line.split("|")])
def test_a_call(call):
    def claim(m):
        given = things(m)
        m.manual_seed(1)
        out = eval(f"m.{call}", {"m": m} | given)
        outs = [o for o in (out if isinstance(out, tuple) else (out,)) if o.requires_grad]
        if outs:
            sum((o * o).sum() for o in outs).backward()
        return out, [t.grad for t in given.values() if t.is_leaf]

    holds(claim, 1e-9)


def test_all_are_functions_of_the_package_too():
    for name in lab._OF_THE_DISPATCHER:
        assert callable(getattr(lab, name)), name
        assert hasattr(torch, name), name
