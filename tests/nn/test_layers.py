"""Every layer beside PyTorch's, both from the same seed: text, first values, output, gradients, state, evaluation."""

import pytest

from .beside import holds, lab, trained


def x(*shape, dtype="float32"):
    """Normal numbers, PyTorch's on both sides."""
    return lambda m: m.randn(*shape, dtype=getattr(m, dtype))


def ints(high, *shape):
    return lambda m: m.randint(0, high, shape)


LAYERS = {
    "Linear(3, 2)": [x(4, 3)], "Linear(3, 2, bias=False)": [x(3)], "Linear(2, 3, dtype=m.float64)": [x(2, 4, 2, dtype="float64")],
    "Bilinear(3, 2, 4)": [x(5, 3), x(5, 2)], "Bilinear(3, 2, 4, bias=False)": [x(5, 3), x(5, 2)], "Identity(5, unused=1)": [x(2)],
    "Flatten()": [x(2, 3, 4)], "Flatten(0, 1)": [x(2, 3, 4)], "Unflatten(1, (2, 3))": [x(2, 6)], "Unflatten(-1, [3, -1])": [x(2, 6)],
    "Conv1d(2, 4, 3)": [x(2, 2, 7)], "Conv1d(2, 4, 3, stride=2, padding=1, dilation=2, groups=2, bias=False)": [x(2, 2, 9)],
    "Conv2d(1, 2, 3)": [x(2, 1, 5, 6)], "Conv2d(3, 4, (1, 3), padding='same')": [x(1, 3, 5, 6)], "Conv2d(2, 2, 3, padding='valid')": [x(2, 5, 5)],
    "Conv2d(2, 2, 3, padding=1, padding_mode='circular')": [x(1, 2, 4, 4)], "Conv2d(2, 2, 3, padding=(1, 2), padding_mode='reflect')": [x(1, 2, 4, 4)],
    "Conv2d(2, 2, 2, padding='same', padding_mode='replicate')": [x(1, 2, 4, 4)], "Conv3d(1, 2, 2)": [x(1, 1, 3, 3, 3)],
    "Conv3d(2, 2, (1, 2, 2), padding=(0, 1, 0), padding_mode='circular')": [x(1, 2, 2, 3, 3)],
    "ConvTranspose1d(2, 3, 3, stride=2, output_padding=1)": [x(1, 2, 4)], "ConvTranspose2d(2, 4, 3, 2, 1, groups=2)": [x(1, 2, 4, 4)],
    "ConvTranspose3d(1, 1, 2, bias=False, dilation=2)": [x(1, 1, 2, 2, 2)],
    "MaxPool1d(2)": [x(1, 2, 6)], "MaxPool2d(3, 2, 1)": [x(1, 2, 6, 6)], "MaxPool2d((2, 1), ceil_mode=True, return_indices=True)": [x(2, 5, 5)],
    "MaxPool3d(2, dilation=2)": [x(1, 1, 5, 5, 5)], "AvgPool1d(2, 1)": [x(1, 2, 6)], "AvgPool2d(3, stride=2, padding=1, count_include_pad=False)": [x(1, 2, 6, 6)],
    "AvgPool2d((2, 3), divisor_override=5)": [x(1, 2, 6, 6)], "AvgPool3d(2)": [x(1, 1, 4, 4, 4)], "LPPool1d(2, 3)": [x(1, 2, 6)],
    "LPPool2d(2, 2, stride=1)": [x(1, 2, 4, 4)], "LPPool3d(2, 2)": [x(1, 1, 4, 4, 4)], "AdaptiveAvgPool1d(3)": [x(1, 2, 7)],
    "AdaptiveAvgPool2d((2, None))": [x(1, 2, 5, 4)], "AdaptiveAvgPool3d(2)": [x(1, 1, 3, 4, 5)], "AdaptiveMaxPool1d(3)": [x(1, 2, 7)],
    "AdaptiveMaxPool2d(2, return_indices=True)": [x(1, 2, 5, 4)], "AdaptiveMaxPool3d((1, 2, 2))": [x(1, 1, 3, 4, 5)],
    "BatchNorm1d(3)": [x(4, 3)], "BatchNorm1d(3, momentum=None)": [x(4, 3, 2)], "BatchNorm2d(2, eps=1e-3, momentum=0.3)": [x(3, 2, 2, 2)],
    "BatchNorm2d(2, track_running_stats=False)": [x(3, 2, 2, 2)], "BatchNorm3d(2, affine=False)": [x(3, 2, 2, 2, 1)],
    "LayerNorm(4)": [x(3, 4)], "LayerNorm((3, 4), bias=False)": [x(2, 3, 4)], "LayerNorm([4], elementwise_affine=False)": [x(2, 3, 4)],
    "RMSNorm(4)": [x(3, 4)], "RMSNorm((3, 4), eps=1e-3, elementwise_affine=False)": [x(2, 3, 4)], "GroupNorm(2, 4)": [x(3, 4, 2)],
    "GroupNorm(1, 4, affine=False)": [x(3, 4)], "InstanceNorm1d(3)": [x(2, 3, 5)], "InstanceNorm1d(3, affine=True, track_running_stats=True)": [x(2, 3, 5)],
    "InstanceNorm2d(3, affine=True)": [x(3, 4, 4)], "InstanceNorm3d(2, track_running_stats=True)": [x(2, 2, 2, 2, 2)],
    "LocalResponseNorm(2)": [x(1, 4, 3, 3)], "Embedding(5, 3)": [ints(5, 2, 4)], "Embedding(5, 3, padding_idx=-1)": [ints(5, 2, 4)],
    "Embedding(5, 3, max_norm=1.0)": [ints(5, 3)], "Embedding(5, 3, max_norm=1.0, norm_type=1.0, scale_grad_by_freq=True)": [ints(5, 9)],
    "Embedding(5, 3, padding_idx=2, scale_grad_by_freq=True)": [ints(5, 9)], "Embedding.from_pretrained(m.ones(2, 3))": [ints(2, 4)],
    "EmbeddingBag(5, 3)": [ints(5, 4, 3)], "EmbeddingBag(5, 3, mode='sum', padding_idx=1)": [ints(5, 4, 3)], "EmbeddingBag(5, 3, mode='max')": [ints(5, 4, 3)],
    "EmbeddingBag(6, 2, include_last_offset=True)": [ints(6, 7), lambda m: m.tensor([0, 3, 3, 7])],
    "EmbeddingBag(6, 2, mode='sum',  norm_type=1)": [ints(6, 2, 3), lambda m: None, x(2, 3)],
    "Dropout(0.3)": [x(40)], "Dropout(0.5, inplace=False)": [x(3, 3)], "Dropout1d(0.5)": [x(3, 4, 5)], "Dropout2d(0.4)": [x(3, 4, 2, 2)],
    "Dropout3d(0.4)": [x(3, 4, 2, 2, 1)], "AlphaDropout(0.4)": [x(30)], "FeatureAlphaDropout(0.4)": [x(4, 5, 2)], "Dropout(1.0)": [x(3)],
    "RReLU()": [x(5, 6)], "RReLU(0.1, 0.9)": [x(20, dtype="float64")], "PReLU()": [x(3, 4)], "PReLU(4, init=0.1)": [x(3, 4, 2)],
    "ConstantPad1d(2, 3.5)": [x(1, 2, 3)], "ConstantPad2d((1, 0, 2, 1), 1)": [x(2, 3, 3)], "ConstantPad3d(1, 2.0)": [x(1, 2, 2, 2)],
    "ZeroPad1d(1)": [x(1, 2, 3)], "ZeroPad2d((1, 2, -1, 0))": [x(1, 3, 3)], "ZeroPad3d(1)": [x(1, 2, 2, 2)], "ReflectionPad1d(2)": [x(1, 2, 4)],
    "ReflectionPad2d((1, 1, 2, 0))": [x(1, 2, 4, 4)], "ReflectionPad3d(1)": [x(1, 1, 2, 2, 2)], "ReplicationPad1d((3, 1))": [x(2, 3)],
    "ReplicationPad2d(2)": [x(1, 2, 3, 3)], "ReplicationPad3d(1)": [x(1, 1, 2, 2, 2)], "CircularPad1d(2)": [x(1, 2, 4)],
    "CircularPad2d((1, 1, 2, 0))": [x(1, 2, 4, 4)], "CircularPad3d(1)": [x(1, 1, 2, 2, 2)],
    "Upsample(scale_factor=2)": [x(1, 2, 3, 3)], "Upsample(size=(5, 4), mode='bilinear', align_corners=True)": [x(1, 2, 3, 3)],
    "Upsample(scale_factor=(2, 1), mode='bicubic')": [x(1, 2, 3, 3)], "UpsamplingNearest2d(scale_factor=2)": [x(1, 2, 3, 3)],
    "UpsamplingBilinear2d(size=6)": [x(1, 2, 3, 3)], "PixelShuffle(2)": [x(1, 8, 2, 3)], "PixelUnshuffle(2)": [x(1, 2, 4, 6)], "ChannelShuffle(2)": [x(1, 6, 2)],
    "Unfold(2, stride=2)": [x(1, 2, 4, 4)], "Fold((4, 5), (2, 2))": [x(1, 8, 12)], "CosineSimilarity()": [x(3, 4), x(3, 4)],
    "PairwiseDistance(1.0, keepdim=True)": [x(3, 4), x(3, 4)],
    "Sequential(m.nn.Conv2d(1, 4, 3), m.nn.BatchNorm2d(4), m.nn.ReLU(), m.nn.MaxPool2d(2), m.nn.Flatten(), m.nn.Linear(16, 3))": [x(2, 1, 6, 6)],
}  # fmt: skip
ACTIVATIONS = """ReLU() ReLU(inplace=True) ReLU(True) ReLU6() SELU() SiLU() Mish() Tanh() Sigmoid() LogSigmoid() Softsign() Tanhshrink() ELU() ELU(0.5) CELU(2.0)
    GELU() GELU('tanh') GLU(0) Hardtanh() Hardtanh(-2,1.5) Threshold(0.1,20) LeakyReLU(0.1) LeakyReLU(0.2,True) Hardshrink(0.3) Softshrink() Softplus(2,3)
    Softmax(1) Softmin(dim=0) LogSoftmax(-1) Hardsigmoid() Hardswish() Softmax()""".split()  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
def test_layer(layer):
    holds(lambda m: trained(m, lambda m: eval(f"m.nn.{layer}"), *LAYERS[layer]), 3e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation(activation):
    def claim(m):
        layer, x = eval(f"m.nn.{activation}"), m.randn(4, 3, requires_grad=True)
        out = layer(x * 1)
        out.sum().backward()
        return repr(layer), out, x.grad, list(layer.state_dict())

    holds(claim)


def test_even_kernels_keep_the_size_too():
    def claim(m):  # PyTorch warns of the copy, once a process
        return trained(m, lambda m: m.nn.Conv2d(3, 4, (2, 4), padding="same"), x(1, 3, 5, 6))

    holds(claim, 3e-5, warnings=False)


def test_a_bag_scales_gradients_by_frequency_as_a_table_does():
    """PyTorch's documentation says so; its CPU kernel divides by another word's count."""
    bag = lab.nn.EmbeddingBag(6, 2, mode="sum", scale_grad_by_freq=True)
    table = lab.nn.Embedding(6, 2, scale_grad_by_freq=True)
    words = lab.tensor([0, 3, 3, 5, 3])
    bag(words, lab.tensor([0, 2])).sum().backward()
    table(words).sum().backward()
    assert bag.weight.grad.tolist() == table.weight.grad.tolist() == [[1, 1], [0, 0], [0, 0], [1, 1], [0, 0], [1, 1]]


def test_softmax2d():
    holds(lambda m: m.nn.Softmax2d()(m.randn(2, 3, 2, 2)))
    holds(lambda m: m.nn.Softmax2d()(m.randn(2, 3)))


def test_unpooling_and_sizes_of_transposed_convolutions():
    def claim(m):
        x = m.randn(1, 2, 5, 5)
        y, where = m.nn.MaxPool2d(2, return_indices=True)(x)
        up = m.nn.MaxUnpool2d(2)
        layer = m.nn.ConvTranspose2d(2, 1, 3, stride=2, padding=1)
        return up, up(y, where, output_size=x.size()), layer(y, output_size=[4, 4]), layer(y).shape

    holds(claim)
    holds(lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.full((1, 1, 2, 2), 18)))
    holds(lambda m: m.nn.ConvTranspose2d(1, 1, 3, stride=2)(m.randn(1, 1, 2, 2), output_size=[9, 9]))
    holds(lambda m: m.nn.ConvTranspose2d(1, 1, 3, stride=2)(m.randn(1, 1, 2, 2), output_size=[9]))


REFUSALS = [
    "functional.layer_norm(m.ones(2, 4), 4)", "functional.pad(m.ones(2, 3, 4, 4), (1, 1), 'reflect')", "functional.pad(m.ones(2, 3), (1,), 'circular')", "functional.pad(m.ones(1, 2), (1, 1), 'spiral')",
    "Linear(2, 3)(None)", "Linear(2, 3)([1.0, 2.0])", "ReLU()(3)", "Linear(2, 3)(m.ones(2, 2).double())", "Conv2d(1, 1, 3)(m.ones(1, 1, 2, 2))", "Conv2d(1, 1, 3, dilation=2)(m.ones(1, 1, 4, 5))",
    "MaxPool2d(3)(m.ones(1, 1, 2, 2))", "AvgPool2d(3)(m.ones(1, 1, 2, 2))", "Dropout(0.5)(m.ones(3).long())", "BatchNorm2d(2)(m.ones(1, 3, 2, 2))", "BatchNorm1d(2, affine=False)(m.ones(4, 3))",
    "functional.batch_norm(m.ones(2, 3), None, None, m.ones(2), training=True)", "Linear(2, 2).to('cuda')", "Parameter([1.0])", "Parameter(3)", "functional.one_hot(m.tensor([0, 2]), 2)", "functional.one_hot(m.tensor([0.5]))",
    "functional.one_hot(m.tensor([-1]))", "Conv1d(1, 1, 1)(m.ones(1, 1, 3).double())", "Conv1d(1, 1, 1, bias=False)(m.ones(1, 1, 3).double())", "Bilinear(1, 2, 3)(m.ones(2, 1), m.ones(2, 3))", "Bilinear(1, 2, 3)(m.ones(2, 1), m.ones(3, 2))",
    "Conv2d(3, 4, 3, groups=2)", "Conv2d(2, 3, 3, groups=2)", "Conv2d(2, 2, 3, groups=0)", "Conv2d(1, 1, 3, stride=2, padding='same')", "ConvTranspose2d(1, 1, 2, padding_mode='reflect')", "Conv2d(1, 1, 2)(m.ones(1, 2, 4, 4))",
    "Conv2d(1, 1, 2)(m.ones(4))", "BatchNorm1d(2)(m.ones(2))", "BatchNorm2d(2)(m.ones(2, 2))", "BatchNorm1d(2)(m.ones(1, 2))", "GroupNorm(3, 4)",
    "LayerNorm(3)(m.ones(4))", "Embedding(3, 2, padding_idx=3)", "Embedding(3, 2)(m.tensor([3]))", "Embedding(3, 2)(m.tensor([0.5]))",
    "Embedding(2, 2, _weight=m.ones(3, 2))", "EmbeddingBag(3, 2)(m.tensor([0]))", "EmbeddingBag(3, 2)(m.tensor([0]), m.tensor([1]))",
    "EmbeddingBag(3, 2, mode='product')(m.tensor([[0]]))", "Dropout(-0.1)", "Dropout(1.5)", "Bilinear(0, 1, 1)", "Linear(2, 2)(m.ones(3, 5))",
    "InstanceNorm1d(2, affine=True)(m.ones(1, 3, 4))", "InstanceNorm2d(2)(m.ones(2, 3))", "MultiheadAttention(5, 2)", "MultiheadAttention(0, 2)",
    "Unflatten(0, 3)", "Unflatten(0, (2, 'a'))", "Dropout1d()(m.ones(2))", "ReflectionPad1d(5)(m.ones(1, 1, 3))", "Threshold()", "PixelShuffle(3)(m.ones(1, 4, 2, 2))",
]  # fmt: skip


@pytest.mark.parametrize("claim", REFUSALS)
def test_refusal(claim):
    holds(lambda m: eval(f"m.nn.{claim}"))
