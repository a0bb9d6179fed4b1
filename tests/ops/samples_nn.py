"""Samples of nn.functional."""

F = "nn.functional."


def f(m):
    return m.nn.functional


def simple(name, low=-2.0, high=2.0, **options):
    yield lambda m, t: getattr(f(m), name)(t(3, 4, low=low, high=high), **options)
    yield lambda m, t: getattr(f(m), name)(t(low=low, high=high), **options)
    yield lambda m, t: getattr(f(m), name)(t(0, 3), **options)


def loss(name, low=-1.0, high=1.0, target=(0.0, 1.0), **options):
    for reduction in ("mean", "sum", "none"):
        yield lambda m, t, r=reduction: getattr(f(m), name)(
            t(3, 4, low=low, high=high), t(3, 4, low=target[0], high=target[1]), reduction=r, **options
        )


def recorded_gradient(m, x, name):
    """The gradient at x of an activation, recorded: a function of x whose slope is 0."""
    y = getattr(f(m), name)(x, *((0.1, 0.5) if name == "threshold" else ()))
    return m.autograd.grad(y.sum(), x, create_graph=True)[0]


def recorded_curvature(m, x, kernel_size):
    """The second derivative of the squares of means of windows, recorded itself."""
    first = m.autograd.grad((f(m).avg_pool2d(x, kernel_size) ** 2).sum(), x, create_graph=True)[0]
    return m.autograd.grad((first**2).sum(), x, create_graph=True)[0] * 1


def signs(m, t, *shape):
    return t.bools(*shape).to(t.dtype) * 2 - 1


SAMPLES = {F + name: list(simple(name)) for name in
           "relu sigmoid tanh leaky_relu elu selu celu gelu silu mish softplus hardtanh relu6 hardshrink softshrink logsigmoid softsign tanhshrink".split()}  # fmt: skip
SAMPLES |= {
    F + "hardswish": list(simple("hardswish", -5, 5)),
    F + "hardsigmoid": list(simple("hardsigmoid", -5, 5)),
    F + "threshold": list(simple("threshold", threshold=0.1, value=0.5)),
}
for name in ("relu", "leaky_relu", "hardtanh", "hardshrink", "softshrink", "threshold"):
    SAMPLES[F + name].append(lambda m, t, name=name: recorded_gradient(m, t(3, 4, low=-2.0, high=2.0), name))
SAMPLES[F + "gelu"] += list(simple("gelu", approximate="tanh"))
SAMPLES[F + "softplus"] += list(simple("softplus", beta=2, threshold=1.0))
SAMPLES[F + "elu"] += [lambda m, t: f(m).elu(t(3, 4) * 1, 0.5, inplace=True)]
SAMPLES[F + "celu"] += list(simple("celu", alpha=0.5))
SAMPLES[F + "prelu"] = [lambda m, t: f(m).prelu(t(2, 3, 4), t(3)), lambda m, t: f(m).prelu(t(3), t(1))]
SAMPLES[F + "glu"] = [lambda m, t: f(m).glu(t(3, 4)), lambda m, t: f(m).glu(t(4, 3), 0)]
SAMPLES |= {
    F + name: [
        lambda m, t, name=name: getattr(f(m), name)(t(3, 4), dim=1),
        lambda m, t, name=name: getattr(f(m), name)(t(2, 3, 4), -2),
    ]
    for name in ("softmax", "log_softmax", "softmin")
}

SAMPLES |= {F + name: list(loss(name)) for name in "mse_loss l1_loss smooth_l1_loss huber_loss".split()}
SAMPLES[F + "smooth_l1_loss"] += list(loss("smooth_l1_loss", beta=0.3))
SAMPLES[F + "huber_loss"] += list(loss("huber_loss", delta=0.3))
SAMPLES[F + "binary_cross_entropy"] = [
    *list(loss("binary_cross_entropy", 0.1, 0.9))[2:],
    lambda m, t: f(m).binary_cross_entropy(t(3, 4, low=0.1, high=0.9), t(3, 4, low=0, grad=False), t(4, low=0, grad=False)),
]
SAMPLES[F + "binary_cross_entropy_with_logits"] = [*list(loss("binary_cross_entropy_with_logits"))[2:], lambda m, t: f(m).binary_cross_entropy_with_logits(
    t(3, 4), t(3, 4, low=0, grad=False), t(4, low=0, grad=False), pos_weight=t(4, low=0, high=2, grad=False))]  # fmt: skip
SAMPLES[F + "kl_div"] = [
    lambda m, t, r=r: f(m).kl_div(t(3, 4), t(3, 4, low=0.1), reduction=r) for r in ("sum", "none", "batchmean")
] + [lambda m, t: f(m).kl_div(t(3, 4), t(3, 4), reduction="sum", log_target=True)]
SAMPLES[F + "soft_margin_loss"] = [
    lambda m, t, r=r: f(m).soft_margin_loss(t(3, 4), signs(m, t, 3, 4), reduction=r) for r in ("mean", "sum", "none")
]
SAMPLES[F + "poisson_nll_loss"] = [
    lambda m, t: f(m).poisson_nll_loss(t(3, 4), t(3, 4, low=0, high=4), full=True),
    lambda m, t: f(m).poisson_nll_loss(t(3, low=0.1), t(3), log_input=False),
]
SAMPLES[F + "gaussian_nll_loss"] = [
    lambda m, t: f(m).gaussian_nll_loss(t(3, 4), t(3, 4), t(3, 4, low=0.2), full=True),
    lambda m, t: f(m).gaussian_nll_loss(t(3, 4), t(3, 4), t(3, 1, low=0.2)),
]
SAMPLES[F + "nll_loss"] = [
    lambda m, t, r=r: f(m).nll_loss(t(3, 5), t.ints(3), reduction=r) for r in ("mean", "sum", "none")
] + [
    lambda m, t: f(m).nll_loss(t(4, 5, 2), t.ints(4, 2), t(5, low=0.2, grad=False), ignore_index=2),
    lambda m, t: f(m).nll_loss(t(5), m.tensor(3)),
]
SAMPLES[F + "cross_entropy"] = [
    lambda m, t, r=r: f(m).cross_entropy(t(3, 5), t.ints(3), reduction=r) for r in ("mean", "sum", "none")
] + [
    lambda m, t: f(m).cross_entropy(t(4, 5, 2), t.ints(4, 2), t(5, low=0.2, grad=False), ignore_index=2, label_smoothing=0.1),
    lambda m, t: f(m).cross_entropy(t(3, 5), t(3, 5, low=0), label_smoothing=0.1),
    lambda m, t: f(m).cross_entropy(t(5), m.tensor(3)),
]
SAMPLES[F + "hinge_embedding_loss"] = [lambda m, t: f(m).hinge_embedding_loss(t(3, 4), signs(m, t, 3, 4))]
SAMPLES[F + "margin_ranking_loss"] = [lambda m, t: f(m).margin_ranking_loss(t(4), t(4), signs(m, t, 4), 0.3)]
SAMPLES[F + "multi_margin_loss"] = [
    lambda m, t: f(m).multi_margin_loss(t(3, 5), t.ints(3)),
    lambda m, t: f(m).multi_margin_loss(t(3, 5), t.ints(3), p=2, margin=0.5, weight=t(5, low=0.1, grad=False)),
]
SAMPLES[F + "multilabel_margin_loss"] = [
    lambda m, t: f(m).multilabel_margin_loss(t(2, 4), m.tensor([[3, 0, -1, 1], [1, -1, 0, 2]]))
]
SAMPLES[F + "multilabel_soft_margin_loss"] = [lambda m, t: f(m).multilabel_soft_margin_loss(t(3, 4), t.bools(3, 4).to(t.dtype))]
SAMPLES[F + "cosine_similarity"] = [
    lambda m, t: f(m).cosine_similarity(t(3, 4), t(3, 4)),
    lambda m, t: f(m).cosine_similarity(t(2, 3, 4), t(4), -1),
]
SAMPLES[F + "cosine_embedding_loss"] = [lambda m, t: f(m).cosine_embedding_loss(t(3, 4), t(3, 4), signs(m, t, 3), 0.1)]
SAMPLES[F + "pairwise_distance"] = [
    lambda m, t: f(m).pairwise_distance(t(3, 4), t(3, 4)),
    lambda m, t: f(m).pairwise_distance(t(3, 4), t(3, 4), 1, keepdim=True),
]
SAMPLES[F + "pdist"] = [lambda m, t: f(m).pdist(t(4, 3))]
SAMPLES[F + "triplet_margin_loss"] = [
    lambda m, t: f(m).triplet_margin_loss(t(3, 4), t(3, 4), t(3, 4)),
    lambda m, t: f(m).triplet_margin_loss(t(3, 4), t(3, 4), t(3, 4), 0.5, 1, swap=True, reduction="sum"),
]
SAMPLES[F + "triplet_margin_with_distance_loss"] = [
    lambda m, t: f(m).triplet_margin_with_distance_loss(t(3, 4), t(3, 4), t(3, 4))
]

SAMPLES[F + "linear"] = [
    lambda m, t: f(m).linear(t(2, 3), t(4, 3), t(4)),
    lambda m, t: f(m).linear(t(2, 2, 3), t(4, 3)),
    lambda m, t: f(m).linear(t(3), t(4, 3), t(4)),
]
SAMPLES[F + "bilinear"] = [lambda m, t: f(m).bilinear(t(2, 3), t(2, 4), t(5, 3, 4), t(5))]
SAMPLES[F + "embedding"] = [lambda m, t: f(m).embedding(t.ints(3, 2), t(5, 4))]
SAMPLES[F + "one_hot"] = [lambda m, t: f(m).one_hot(t.ints(4), 6), lambda m, t: f(m).one_hot(t.ints(2, 3))]
SAMPLES[F + "dropout"] = [lambda m, t: f(m).dropout(t(3, 4), 0.5, False), lambda m, t: f(m).dropout(t(3, 4), 0.0)]

SAMPLES |= {
    F + "conv1d": [lambda m, t: f(m).conv1d(t(2, 3, 8), t(4, 3, 3), t(4)), lambda m, t: f(m).conv1d(t(2, 4, 9), t(6, 2, 3), stride=2, padding=1, dilation=2, groups=2), lambda m, t: f(m).conv1d(t(3, 8), t(4, 3, 3), padding="same")],
    F + "conv2d": [lambda m, t: f(m).conv2d(t(2, 3, 6, 5), t(4, 3, 3, 2), t(4)), lambda m, t: f(m).conv2d(t(2, 4, 7, 7), t(6, 2, 3, 3), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2), lambda m, t: f(m).conv2d(t(1, 2, 5, 5), t(2, 1, 2, 2), padding="same", groups=2)],
    F + "conv3d": [lambda m, t: f(m).conv3d(t(1, 2, 4, 4, 4), t(2, 2, 2, 2, 2), t(2), stride=2)],
    F + "conv_transpose1d": [lambda m, t: f(m).conv_transpose1d(t(2, 3, 5), t(3, 2, 3), t(2), stride=2, padding=1, output_padding=1)],
    F + "conv_transpose2d": [lambda m, t: f(m).conv_transpose2d(t(2, 4, 3, 3), t(4, 2, 3, 2), t(4), stride=2, padding=1, groups=2), lambda m, t: f(m).conv_transpose2d(t(1, 2, 3, 3), t(2, 2, 2, 2), dilation=2)],
    F + "conv_transpose3d": [lambda m, t: f(m).conv_transpose3d(t(1, 2, 2, 2, 2), t(2, 1, 2, 2, 2))],
    F + "avg_pool1d": [lambda m, t: f(m).avg_pool1d(t(2, 3, 8), 3, 2, 1)], F + "avg_pool2d": [lambda m, t: f(m).avg_pool2d(t(2, 3, 6, 7), 3, 2, 1), lambda m, t: recorded_curvature(m, t(1, 5, 6), 2), lambda m, t: f(m).avg_pool2d(t(1, 1, 5, 5), (2, 3), ceil_mode=True, count_include_pad=False, padding=(1, 1)), lambda m, t: f(m).avg_pool2d(t(1, 1, 5, 5), 2, divisor_override=3)],
    F + "avg_pool3d": [lambda m, t: f(m).avg_pool3d(t(1, 2, 4, 4, 4), 2)],
    F + "max_pool1d": [lambda m, t: f(m).max_pool1d(t(2, 3, 8, apart=True), 3, 2, 1)], F + "max_pool2d": [lambda m, t: f(m).max_pool2d(t(2, 3, 6, 7, apart=True), 3, 2, 1), lambda m, t: f(m).max_pool2d(t(1, 1, 5, 5, apart=True), 2, ceil_mode=True, return_indices=True), lambda m, t: f(m).max_pool2d(t(1, 1, 7, 7, apart=True), 2, 1, dilation=2)],
    F + "max_pool3d": [lambda m, t: f(m).max_pool3d(t(1, 2, 4, 4, 4, apart=True), 2)],
    F + "fractional_max_pool2d": [lambda m, t: f(m).fractional_max_pool2d(t(1, 2, 6, 7, apart=True), 2, output_size=(3, 4), _random_samples=t.const([[[0.3, 0.6], [0.8, 0.1]]]), return_indices=True), lambda m, t: f(m).fractional_max_pool2d(t(2, 5, 5, apart=True), (2, 1), output_ratio=(0.6, 0.8), _random_samples=t.const([[[0.3, 0.6], [0.8, 0.1]]]))],
    F + "fractional_max_pool3d": [lambda m, t: f(m).fractional_max_pool3d(t(1, 1, 5, 4, 5, apart=True), 2, output_size=(3, 2, 3), _random_samples=t.const([[[0.3, 0.6, 0.1]]]), return_indices=True)],
    F + "max_unpool1d": [lambda m, t: f(m).max_unpool1d(*f(m).max_pool1d(t(2, 3, 8, apart=True), 2, return_indices=True), 2)], F + "max_unpool2d": [lambda m, t: f(m).max_unpool2d(*f(m).max_pool2d(t(2, 3, 4, 4, apart=True), 2, return_indices=True), 2)],
    F + "max_unpool3d": [lambda m, t: f(m).max_unpool3d(*f(m).max_pool3d(t(1, 1, 4, 4, 4, apart=True), 2, return_indices=True), 2)],
    F + "adaptive_avg_pool1d": [lambda m, t: f(m).adaptive_avg_pool1d(t(2, 3, 7), 3)], F + "adaptive_avg_pool2d": [lambda m, t: f(m).adaptive_avg_pool2d(t(2, 3, 6, 7), (4, None)), lambda m, t: f(m).adaptive_avg_pool2d(t(3, 6, 7), 2)],
    F + "adaptive_avg_pool3d": [lambda m, t: f(m).adaptive_avg_pool3d(t(1, 1, 4, 5, 4), 2)],
    F + "adaptive_max_pool1d": [lambda m, t: f(m).adaptive_max_pool1d(t(2, 3, 7, apart=True), 3)], F + "adaptive_max_pool2d": [lambda m, t: f(m).adaptive_max_pool2d(t(2, 3, 6, 7, apart=True), (4, 3), return_indices=True)],
    F + "adaptive_max_pool3d": [lambda m, t: f(m).adaptive_max_pool3d(t(1, 1, 4, 5, 4, apart=True), 2)],
    F + "pad": [lambda m, t: f(m).pad(t(2, 3, 4), (1, 2)), lambda m, t: f(m).pad(t(2, 3, 4), (1, -1, 2, 0), value=0.5)] + [lambda m, t, how=how, size=size: f(m).pad(t(*size), (1, 2, 2, 1, 1, 0)[: 2 * len(size) - 4], how) for size in ((2, 3, 4, 5), (2, 3, 4), (1, 2, 2, 4, 3)) for how in ("reflect", "replicate", "circular")],
    F + "unfold": [lambda m, t: f(m).unfold(t(2, 3, 5, 6), (2, 3), 1, 1, 2)], F + "fold": [lambda m, t: f(m).fold(t(2, 12, 12), (4, 5), (2, 2))],
    F + "pixel_shuffle": [lambda m, t: f(m).pixel_shuffle(t(1, 8, 2, 3), 2)], F + "pixel_unshuffle": [lambda m, t: f(m).pixel_unshuffle(t(1, 2, 4, 6), 2)], F + "channel_shuffle": [lambda m, t: f(m).channel_shuffle(t(1, 6, 2, 2), 3)],
    F + "interpolate": [lambda m, t, a=a: f(m).interpolate(t(*a[0]), **a[1]) for a in (
        ((1, 2, 4), {"size": 7}), ((1, 2, 4), {"scale_factor": 1.7}), ((1, 2, 4), {"size": 6, "mode": "linear"}), ((1, 2, 3, 4), {"size": (5, 7), "mode": "bilinear"}), ((1, 2, 3, 4), {"scale_factor": 2, "mode": "bilinear", "align_corners": True}),
        ((1, 2, 3, 4), {"size": (5, 7), "mode": "bicubic"}), ((1, 1, 3, 3, 2), {"size": (4, 5, 3), "mode": "trilinear"}), ((1, 2, 5, 4), {"size": 3, "mode": "area"}), ((1, 2, 3, 4), {"size": 5, "mode": "nearest-exact"}), ((1, 1, 2, 3, 2), {"scale_factor": 2}), ((1, 2, 4), {"size": 7, "mode": "nearest-exact"}), ((1, 1, 2, 3, 2), {"scale_factor": 2, "mode": "nearest-exact"}), ((1, 2, 5, 4), {"size": (3, 6), "mode": "bilinear", "antialias": True}), ((1, 1, 5, 4), {"size": (3, 2), "mode": "bicubic", "antialias": True}))],
    F + "upsample_nearest": [lambda m, t: f(m).upsample_nearest(t(1, 2, 3, 4), scale_factor=2)], F + "upsample_bilinear": [lambda m, t: f(m).upsample_bilinear(t(1, 2, 3, 4), scale_factor=2)],
    F + "grid_sample": [lambda m, t, a=a: f(m).grid_sample(t(2, 3, 4, 5), t(2, 3, 3, 2, low=-1.2, high=1.2), align_corners=a[0], padding_mode=a[1]) for a in ((False, "zeros"), (True, "border"), (False, "reflection"))] + [lambda m, t: f(m).grid_sample(t(1, 2, 3, 3, 3), t(1, 2, 2, 2, 3), align_corners=True)],
    F + "affine_grid": [lambda m, t: f(m).affine_grid(t(2, 2, 3), (2, 1, 3, 4), align_corners=False)],
    F + "layer_norm": [lambda m, t: f(m).layer_norm(t(2, 3, 4), (4,), t(4), t(4)), lambda m, t: f(m).layer_norm(t(2, 3, 4), (3, 4))], F + "rms_norm": [lambda m, t: f(m).rms_norm(t(2, 3, 4), (4,), t(4), 1e-5), lambda m, t: f(m).rms_norm(t(2, 4), (4,))],
    F + "group_norm": [lambda m, t: f(m).group_norm(t(2, 6, 3), 3, t(6), t(6))], F + "instance_norm": [lambda m, t: f(m).instance_norm(t(2, 3, 4), weight=t(3), bias=t(3))],
    F + "batch_norm": [lambda m, t: f(m).batch_norm(t(0), t(0, grad=False), t(0, grad=False)), lambda m, t: f(m).batch_norm(t(4, 3), None, None, t(3), t(3), True), lambda m, t: f(m).batch_norm(t(2, 3, 4), t.const(0, 1, 2.0), t.const(1, 2, 3.0), t(3), t(3)), lambda m, t: f(m).batch_norm(t(2, 3, 4), m.zeros(3, dtype=t.dtype), m.ones(3, dtype=t.dtype), training=True)],
    F + "local_response_norm": [lambda m, t: f(m).local_response_norm(t(2, 5, 3), 3)], F + "normalize": [lambda m, t: f(m).normalize(t(3, 4)), lambda m, t: f(m).normalize(t(3, 4), 1, 0)],
    F + "scaled_dot_product_attention": [lambda m, t: f(m).scaled_dot_product_attention(t(2, 3, 4), t(2, 5, 4), t(2, 5, 4)), lambda m, t: f(m).scaled_dot_product_attention(t(2, 3, 4), t(2, 3, 4), t(2, 3, 4), is_causal=True), lambda m, t: f(m).scaled_dot_product_attention(t(2, 3, 4), t(2, 3, 4), t(2, 3, 4), t.bools(3, 3) | m.eye(3, dtype=m.bool), scale=0.3)],
}  # fmt: skip


_ZERO = {
    "leaky_relu": 0,
    "elu": 0,
    "relu": 0,
    "hardshrink": 0.5,
    "softshrink": 0.5,
    "relu6": 6,
    "hardtanh": 1,
    "hardswish": 3,
    "hardsigmoid": 3,
    "gelu": 0,
    "silu": 0,
    "softplus": 0,
    "logsigmoid": 0,
    "celu": 0,
    "selu": 0,
    "mish": 0,
}
for sample in SAMPLES[F + "hardsigmoid"]:
    sample.rtol = 1e-7  # PyTorch's slope is a sixth in float32, whatever the dtype
KINKS = {
    F + name: [
        lambda m, t, name=name, at=at: getattr(f(m), name)(t(2) * 0 + at),
        lambda m, t, name=name, at=at: getattr(f(m), name)(t(2) * 0 - at),
    ]
    for name, at in _ZERO.items()
}
KINKS[F + "prelu"] = [lambda m, t: f(m).prelu(t(2) * 0, t(1))]
KINKS[F + "l1_loss"] = [lambda m, t: f(m).l1_loss(t(2) * 0, t(2) * 0)]
KINKS[F + "max_pool2d"] = [lambda m, t: f(m).max_pool2d(t(1, 1, 2, 2) * 0, 2)]
KINKS[F + "embedding"] = [lambda m, t: f(m).embedding(t.ints(6), t(5, 4), padding_idx=1)]
