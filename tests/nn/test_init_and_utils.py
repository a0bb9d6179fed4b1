"""First values, PyTorch's own after ``manual_seed``; and what is done with parameters: clipped, laid in a vector, reparametrised."""

import pytest

from .beside import holds

INIT = ["uniform_(w)", "uniform_(w, -1, 3)", "normal_(w)", "normal_(w, 2.0, 0.5)", "trunc_normal_(w)", "trunc_normal_(w, 1.0, 2.0, 0.0, 3.0)", "trunc_normal_(w, 0.0, 1.0, 1.0, 1.5)", "constant_(w, 0.3)", "ones_(w)",
        "zeros_(w)", "xavier_uniform_(w)", "xavier_uniform_(w, gain=2.0)", "xavier_normal_(w)", "kaiming_uniform_(w)", "kaiming_uniform_(w, 0.3, 'fan_out')",
        "kaiming_normal_(w, nonlinearity='relu')", "kaiming_normal_(w, mode='fan_out')", "orthogonal_(w)", "orthogonal_(w, gain=2)"]  # fmt: skip
ONLY_2D = ["eye_(w)", "sparse_(w, 0.4)"]
REFUSALS = ["kaiming_uniform_(m.ones(3))", "xavier_normal_(m.ones(3))", "orthogonal_(m.ones(3))", "eye_(m.ones(3))", "dirac_(m.ones(3, 3))", "dirac_(m.ones(3, 3, 3), 2)",
            "sparse_(m.ones(3), 0.1)", "kaiming_normal_(m.ones(2, 2), mode='fan')", "kaiming_normal_(m.ones(2, 2), nonlinearity='sine')", "calculate_gain('leaky_relu', 'a')",
            "kaiming_uniform_(m.ones(0, 2))", "trunc_normal_(m.ones(2), 10.0)", "dirac_(m.ones(4, 2, 3))", "dirac_(m.ones(4, 2, 3, 3), 2)",
            "calculate_gain('tanh')", "calculate_gain('leaky_relu', 0.2)", "calculate_gain('selu')", "calculate_gain('conv2d')"]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 5), (8, 4), (6, 2, 3)])
@pytest.mark.parametrize("call", INIT + ONLY_2D)
def test_first_values(call, shape, dtype):
    def claim(m):
        w = m.empty(*shape, dtype=getattr(m, dtype), requires_grad=True)
        out = eval(f"m.nn.init.{call}")
        return w, out is w, out.is_leaf, m.rand(1)  # as many numbers drawn

    holds(claim, 1e-5 if "trunc" in call or "ortho" in call else 1e-7)


@pytest.mark.parametrize("call", REFUSALS)
def test_refusals_and_gains(call):
    holds(lambda m: eval(f"m.nn.init.{call}"))


def test_first_values_of_every_layer_with_weights():
    kinds = ["Linear(5, 3)", "Bilinear(2, 3, 4)", "Conv1d(2, 3, 4)", "Conv2d(4, 4, 3, groups=2)", "Conv3d(1, 2, 2)", "ConvTranspose1d(2, 3, 3)", "ConvTranspose2d(2, 4, 3, groups=2)",
             "LSTM(3, 4, 2, proj_size=2)", "GRU(3, 4, bidirectional=True)", "RNN(3, 4)", "LSTMCell(2, 3)", "Embedding(5, 3, padding_idx=1)", "EmbeddingBag(5, 3)", "PReLU(3)",
             "MultiheadAttention(6, 2)", "MultiheadAttention(6, 2, kdim=3, add_bias_kv=True)", "Transformer(4, 2, 1, 1, 6)", "BatchNorm2d(3)", "LayerNorm(4)"]  # fmt: skip
    holds(lambda m: [(kind, eval(f"m.nn.{kind}").state_dict()) for kind in kinds], 1e-7, warnings=False)


# ---------------------------------------------------------------------- utils


def with_gradients(m):
    a, b, c = (m.ones(*shape, requires_grad=True) for shape in ((2, 3), (4,), (1,)))
    a.grad, b.grad = m.arange(6.0).reshape(2, 3), -m.arange(4.0)
    return [a, b, c]


CLIPS = ["clip_grad_norm_(p, 1.0)", "clip_grad_norm_(p, 100.0)", "clip_grad_norm_(p, 2.0, norm_type=1)", "clip_grad_norm_(p, 2.0, float('inf'))", "clip_grad_value_(p, 1.5)",
         "clip_grad_norm_(p[0], 1.0)", "clip_grad_norm_([], 1.0)", "clip_grad_norm_(iter(p), 1.0)", "get_total_norm([p[0].grad, p[1].grad], 3.0)",
         "clip_grads_with_norm_(p, 1.0, m.tensor(2.0))"]  # fmt: skip


@pytest.mark.parametrize("call", CLIPS)
def test_clipping(call):
    def claim(m):
        p = with_gradients(m)
        return eval(f"m.nn.utils.{call}"), [x.grad for x in p]

    holds(claim)


def test_clipping_refuses_what_is_not_finite_when_asked_to():
    def claim(m):
        p = with_gradients(m)
        p[0].grad[0, 0] = float("nan")
        return m.nn.utils.clip_grad_norm_(p, 1.0), m.nn.utils.clip_grad_norm_(p, 1.0, error_if_nonfinite=True)

    holds(claim)


def test_parameters_as_a_vector():
    def claim(m):
        net = m.nn.Sequential(m.nn.Linear(2, 3), m.nn.Linear(3, 1))
        vector = m.nn.utils.parameters_to_vector(net.parameters())
        (vector * vector).sum().backward()
        m.nn.utils.vector_to_parameters(m.arange(13.0), net.parameters())
        return vector, net[0].weight.grad, net.state_dict(), net[0].weight.requires_grad

    holds(claim)
    holds(lambda m: m.nn.utils.vector_to_parameters([1.0], []))


NORMS = {
    "weight_norm": "weight_norm(m.nn.Linear(3, 2))", "along 1": "weight_norm(m.nn.Linear(3, 2), dim=1)", "of all": "weight_norm(m.nn.Conv2d(3, 2, 1), dim=None)",
    "spectral_norm": "spectral_norm(m.nn.Linear(3, 2))", "of a transposed convolution": "spectral_norm(m.nn.ConvTranspose2d(3, 2, 2), n_power_iterations=3)",
}  # fmt: skip


@pytest.mark.parametrize("norm", NORMS)
def test_reparametrised_weights(norm):
    def claim(m):
        layer = eval(f"m.nn.utils.{NORMS[norm]}")
        x = m.randn(2, 3) if "Linear" in NORMS[norm] else m.randn(1, 3, 2, 2)
        layer(x)
        out = layer(x)
        (out * out).sum().backward()
        kind = "weight_norm" if "weight" in NORMS[norm] else "spectral_norm"
        told = list(layer.state_dict()), layer.state_dict(), {n: p.grad for n, p in layer.named_parameters()}, out
        plain = getattr(m.nn.utils, f"remove_{kind}")(layer)
        return *told, list(plain.state_dict()), plain.eval()(x), plain.weight.is_leaf

    holds(claim, 1e-5, warnings=False)  # PyTorch says of weight_norm that another way is newer


def test_what_is_not_reparametrised_is_not_removed():
    holds(lambda m: m.nn.utils.remove_weight_norm(m.nn.Linear(1, 1)))
    holds(lambda m: m.nn.utils.remove_spectral_norm(m.nn.Linear(1, 1)))
    holds(lambda m: m.nn.utils.spectral_norm(m.nn.utils.spectral_norm(m.nn.Linear(1, 1))))


FUNCTIONS = ["relu_(x)", "elu_(x, 0.5)", "celu_(x)", "selu_(x)", "leaky_relu_(x, 0.1)", "hardtanh_(x, -0.5, 0.5)", "threshold_(x, 0.1, 2.0)", "rrelu_(x)", "gumbel_softmax(x, hard=True).sum(-1)",
             "lp_pool1d(x, 2, 2)", "max_pool1d_with_indices(x, 2)", "alpha_dropout(x, 0.5)", "feature_alpha_dropout(x.unsqueeze(0), 0.5, True)", "dropout(x, 2.0)", "rrelu(x, training=True)"]  # fmt: skip


@pytest.mark.parametrize("call", FUNCTIONS)
def test_functions(call):
    def claim(m):
        start = m.randn(3, 6, dtype=m.float64, requires_grad=True)
        x = start * 1
        made = eval(f"m.nn.functional.{call}")
        (made[0] if isinstance(made, tuple) else made).sum().backward()
        return made, x, start.grad

    holds(claim, 1e-9)


@pytest.mark.parametrize("tied", [False, True])
def test_a_module_with_other_tensors_for_a_block(tied):
    def claim(m):
        layer = m.nn.BatchNorm1d(2)
        layer.scale = layer.weight
        with m.nn.utils.stateless._reparametrize_module(layer, {"weight": m.ones(2) * 5}, tie_weights=tied):
            inside = layer.weight + 0, layer.scale + 0
        return inside, layer.weight

    holds(claim)
