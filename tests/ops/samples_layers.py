"""Samples of what layers call: the rest of nn.functional, and the dispatcher's words outside of it (``torch.lstm``, ``torch.layer_norm``)."""

F = "nn.functional."
# word: calls, a bar between two
OF_FUNCTIONAL = {
    "adaptive_max_pool1d_with_indices": "f.adaptive_max_pool1d_with_indices(t(2, 3, 7, apart=True), 3)[0]",
    "adaptive_max_pool2d_with_indices": "f.adaptive_max_pool2d_with_indices(t(1, 2, 5, 6, apart=True), (2, 3))[0]",
    "adaptive_max_pool3d_with_indices": "f.adaptive_max_pool3d_with_indices(t(1, 1, 4, 5, 4, apart=True), 2)[0]",
    "max_pool1d_with_indices": "f.max_pool1d_with_indices(t(2, 3, 8, apart=True), 3, 2, 1)[0]",
    "max_pool2d_with_indices": "f.max_pool2d_with_indices(t(2, 3, 6, 7, apart=True), 3, 2, 1)[0]",
    "max_pool3d_with_indices": "f.max_pool3d_with_indices(t(1, 2, 4, 4, 4, apart=True), 2)[0]",
    "fractional_max_pool2d_with_indices": "f.fractional_max_pool2d_with_indices(t(1, 1, 6, 7, apart=True), 2, output_size=(3, 4), _random_samples=t.const([[[0.3, 0.6]]]))[0]",
    "fractional_max_pool3d_with_indices": "f.fractional_max_pool3d_with_indices(t(1, 1, 5, 4, 5, apart=True), 2, output_size=(3, 2, 3), _random_samples=t.const([[[0.3, 0.6, 0.1]]]))[0]",
    "lp_pool1d": "f.lp_pool1d(t(2, 3, 8, low=0.1), 3, 2) | f.lp_pool1d(t(1, 2, 7, low=0.1), 2.0, 3, 2, ceil_mode=True)",
    "lp_pool2d": "f.lp_pool2d(t(1, 2, 5, 6, low=0.1), 2, (2, 3))", "lp_pool3d": "f.lp_pool3d(t(1, 1, 4, 4, 4, low=0.1), 3, 2)",
    "dropout1d": "f.dropout1d(t(2, 3, 4), 0.5, False)", "dropout2d": "f.dropout2d(t(2, 3, 4, 2), 0.5, False)",
    "dropout3d": "f.dropout3d(t(1, 2, 3, 2, 2), 0.5, False)", "alpha_dropout": "f.alpha_dropout(t(3, 4), 0.5, False)",
    "feature_alpha_dropout": "f.feature_alpha_dropout(t(2, 3, 4), 0.5, False)",
    "rrelu": "f.rrelu(t(3, 4), 0.1, 0.3, False)", "rrelu_": "f.rrelu_(t(3, 4) * 1)",
    "relu_": "f.relu_(t(3, 4) * 1)", "elu_": "f.elu_(t(3, 4) * 1, 0.5)", "selu_": "f.selu_(t(3, 4) * 1)", "celu_": "f.celu_(t(3, 4) * 1, 0.5)",
    "leaky_relu_": "f.leaky_relu_(t(3, 4) * 1, 0.2)", "hardtanh_": "f.hardtanh_(t(3, 4) * 1, -0.3, 0.4)", "threshold_": "f.threshold_(t(3, 4) * 1, 0.1, 0.5)",
    "gumbel_softmax": "f.gumbel_softmax(t(1, 1), dim=1)",
    "embedding_bag": "f.embedding_bag(t.ints(3, 2), t(5, 4)) | f.embedding_bag(t.ints(6), t(5, 4), m.tensor([0, 2, 2]), mode='sum', per_sample_weights=t(6))"
                     " | f.embedding_bag(t.ints(6), t(5, 4, apart=True), m.tensor([0, 4]), mode='max', padding_idx=1)",
    "linear_cross_entropy": "f.linear_cross_entropy(t(2, 3), t(4, 3), m.tensor([0, 3]), linear_bias=t(4))",
    "multi_head_attention_forward": "f.multi_head_attention_forward(t(3, 2, 4), t(3, 2, 4), t(3, 2, 4), 4, 2, t(12, 4), t(12), None, None, False, 0.0, t(4, 4), t(4))",
    "upsample": "f.upsample(t(1, 2, 3), 6, mode='linear')",
}  # fmt: skip
OF_THE_DISPATCHER = {
    "adaptive_avg_pool1d": "m.adaptive_avg_pool1d(t(2, 3, 7), 3)", "adaptive_max_pool1d": "m.adaptive_max_pool1d(t(2, 3, 7, apart=True), 3)[0]",
    "affine_grid_generator": "m.affine_grid_generator(t(2, 2, 3), (2, 1, 3, 4), False)", "avg_pool1d": "m.avg_pool1d(t(2, 3, 8), 3, 2, 1)",
    "batch_norm": "m.batch_norm(t(4, 3), t(3), t(3), None, None, True, 0.1, 1e-5, False)", "bilinear": "m.bilinear(t(2, 3), t(2, 4), t(5, 3, 4), t(5))",
    "celu": "m.celu(t(3, 4), 0.5)", "celu_": "m.celu_(t(3, 4) * 1, 0.5)", "selu": "m.selu(t(3, 4))", "selu_": "m.selu_(t(3, 4) * 1)", "relu_": "m.relu_(t(3, 4) * 1)",
    "threshold": "m.threshold(t(3, 4), 0.1, 0.5)", "threshold_": "m.threshold_(t(3, 4) * 1, 0.1, 0.5)", "hardshrink": "m.hardshrink(t(3, 4), 0.2)", "prelu": "m.prelu(t(2, 3), t(3))",
    "rrelu": "m.rrelu(t(3, 4), 0.1, 0.3, False)", "rrelu_": "m.rrelu_(t(3, 4) * 1)", "channel_shuffle": "m.channel_shuffle(t(1, 6, 2, 2), 3)",
    "pixel_shuffle": "m.pixel_shuffle(t(1, 8, 2, 3), 2)", "pixel_unshuffle": "m.pixel_unshuffle(t(1, 2, 4, 6), 2)",
    "constant_pad_nd": "m.constant_pad_nd(t(2, 3), (1, 2), 0.5)", "conv1d": "m.conv1d(t(2, 3, 8), t(4, 3, 3), t(4))", "conv2d": "m.conv2d(t(1, 2, 5, 5), t(3, 2, 2, 2), None, 2, 1)",
    "conv3d": "m.conv3d(t(1, 1, 3, 3, 3), t(2, 1, 2, 2, 2))", "conv_tbc": "m.conv_tbc(t(5, 2, 3), t(2, 3, 4), t(4), 1)",
    "conv_transpose1d": "m.conv_transpose1d(t(2, 3, 5), t(3, 2, 3), t(2), 2)", "conv_transpose2d": "m.conv_transpose2d(t(1, 2, 3, 3), t(2, 3, 2, 2))",
    "conv_transpose3d": "m.conv_transpose3d(t(1, 2, 2, 2, 2), t(2, 1, 2, 2, 2))",
    "convolution": "m.convolution(t(1, 2, 5, 5), t(3, 2, 2, 2), t(3), (1, 1), (1, 0), (1, 1), False, (0, 0), 1)",
    "cosine_similarity": "m.cosine_similarity(t(3, 4), t(3, 4))", "pairwise_distance": "m.pairwise_distance(t(3, 4), t(3, 4))",
    "binary_cross_entropy_with_logits": "m.binary_cross_entropy_with_logits(t(3, 4), t(3, 4, low=0, grad=False))",
    "hinge_embedding_loss": "m.hinge_embedding_loss(t(3, 4), t(3, 4).detach().sign(), 0.4)", "kl_div": "m.kl_div(t(3, 4), t(3, 4, low=0.1))",
    "cosine_embedding_loss": "m.cosine_embedding_loss(t(3, 4), t(3, 4), t(3).detach().sign(), 0.1)",
    "margin_ranking_loss": "m.margin_ranking_loss(t(4), t(4), t(4).detach().sign(), 0.3)", "poisson_nll_loss": "m.poisson_nll_loss(t(3), t(3), True, False, 1e-8, 1)",
    "triplet_margin_loss": "m.triplet_margin_loss(t(3, 4), t(3, 4), t(3, 4))", "dropout": "m.dropout(t(3, 4), 0.5, False)", "dropout_": "m.dropout_(t(3, 4) * 1, 0.5, False)",
    "alpha_dropout": "m.alpha_dropout(t(3, 4), 0.5, False)", "feature_dropout": "m.feature_dropout(t(2, 3, 4), 0.5, False)",
    "feature_alpha_dropout": "m.feature_alpha_dropout(t(2, 3, 4), 0.5, False)", "alpha_dropout_": "m.alpha_dropout_(t(3, 4) * 1, 0.5, False)",
    "feature_dropout_": "m.feature_dropout_(t(2, 3, 4) * 1, 0.5, False)", "feature_alpha_dropout_": "m.feature_alpha_dropout_(t(2, 3, 4) * 1, 0.5, False)",
    "embedding_bag": "m.embedding_bag(t(5, 4), t.ints(6), m.tensor([0, 2, 3]), False, 0, False, t(6))[0]", "native_dropout": "m.native_dropout(t(3, 4), 0.0, True)[0]",
    "native_channel_shuffle": "m.native_channel_shuffle(t(1, 4, 2, 3, grad=False), 2)", "nn.functional.native_channel_shuffle": "m.nn.functional.native_channel_shuffle(t(1, 4, 2, 3, grad=False), 2)",
    "nn.functional.conv_tbc": "m.nn.functional.conv_tbc(t(5, 2, 3), t(2, 3, 4), t(4))",
    "embedding": "m.embedding(t(5, 4), t.ints(3, 2))", "embedding_renorm_": "m.embedding_renorm_(t(5, 4, grad=False), t.ints(3), 0.5, 2.0)",
    "grid_sampler": "m.grid_sampler(t(1, 2, 4, 5), t(1, 3, 3, 2), 0, 0, False)", "grid_sampler_2d": "m.grid_sampler_2d(t(1, 2, 4, 5), t(1, 3, 3, 2), 0, 1, True)",
    "grid_sampler_3d": "m.grid_sampler_3d(t(1, 2, 3, 3, 3), t(1, 2, 2, 2, 3), 0, 0, True)", "group_norm": "m.group_norm(t(2, 6, 3), 3, t(6), t(6))",
    "instance_norm": "m.instance_norm(t(2, 3, 4), t(3), t(3), None, None, True, 0.1, 1e-5, False)", "layer_norm": "m.layer_norm(t(2, 3, 4), (4,), t(4), t(4))",
    "rms_norm": "m.rms_norm(t(2, 4), (4,), t(4), 1e-5)", "native_layer_norm": "m.native_layer_norm(t(2, 3, 4), (4,), t(4), t(4), 1e-5)[0]",
    "native_group_norm": "m.native_group_norm(t(2, 6, 3), t(6), t(6), 2, 6, 3, 3, 1e-5)[0]",
    "native_batch_norm": "m.native_batch_norm(t(4, 3), t(3), t(3), None, None, True, 0.1, 1e-5)[0]", "norm_except_dim": "m.norm_except_dim(t(3, 4), 2, 0)",
    "max_pool1d": "m.max_pool1d(t(2, 3, 8, apart=True), 3, 2, 1)", "max_pool1d_with_indices": "m.max_pool1d_with_indices(t(2, 3, 8, apart=True), 3, 2)[0]",
    "max_pool2d": "m.max_pool2d(t(1, 2, 5, 5, apart=True), 2)", "max_pool3d": "m.max_pool3d(t(1, 1, 4, 4, 4, apart=True), 2)",
    "ctc_loss": "m.ctc_loss(t(4, 2, 3).log_softmax(-1), m.tensor([[0, 1], [1, 0]]), m.tensor([4, 3]), m.tensor([2, 2]), 2, 1)",
    "gru_cell": "m.gru_cell(t(2, 3), t(2, 2), t(6, 3), t(6, 2), t(6), t(6))", "lstm_cell": "m.lstm_cell(t(2, 3), (t(2, 2), t(2, 2)), t(8, 3), t(8, 2), t(8), t(8))",
    "rnn_tanh_cell": "m.rnn_tanh_cell(t(2, 3), t(2, 2), t(2, 3), t(2, 2), t(2), t(2))", "rnn_relu_cell": "m.rnn_relu_cell(t(2, 3), t(2, 2), t(2, 3), t(2, 2), t(2), t(2))",
    "gru": "m.gru(t(3, 2, 3), t(1, 2, 2), (t(6, 3), t(6, 2), t(6), t(6)), True, 1, 0.0, False, False, False)",
    "lstm": "m.lstm(t(3, 2, 3), (t(1, 2, 2), t(1, 2, 2)), (t(8, 3), t(8, 2), t(8), t(8)), True, 1, 0.0, False, False, False)",
    "rnn_tanh": "m.rnn_tanh(t(3, 2, 3), t(1, 2, 2), (t(2, 3), t(2, 2), t(2), t(2)), True, 1, 0.0, False, False, False)",
    "rnn_relu": "m.rnn_relu(t(3, 2, 3), t(1, 2, 2), (t(2, 3), t(2, 2), t(2), t(2)), True, 1, 0.0, False, False, False)",
}  # fmt: skip


def sample(call):
    code = compile(call.strip(), "sample", "eval")
    return lambda m, t: eval(code, {"m": m, "t": t, "f": m.nn.functional})


SAMPLES = {F + word: [*map(sample, calls.split(" | "))] for word, calls in OF_FUNCTIONAL.items()}
SAMPLES |= {word: [sample(call)] for word, call in OF_THE_DISPATCHER.items()}
SAMPLES[F + "ctc_loss"] = [sample(OF_THE_DISPATCHER["ctc_loss"].replace("m.ctc_loss", "f.ctc_loss").replace("2, 1)", "2)"))]
