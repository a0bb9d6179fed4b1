"""Recurrent layers, attention and transformers beside PyTorch's, from the same seed: values, gradients, names, graphs, refusals."""

import pytest

from .beside import holds, trained


def x(*shape):
    return lambda m: m.randn(*shape, dtype=m.float64)


RECURRENT = {
    "RNN(3, 4)": [x(5, 2, 3)], "RNN(3, 4, 2, 'relu', bias=False)": [x(5, 2, 3), x(2, 2, 4)], "RNN(3, 4, nonlinearity='relu', bidirectional=True)": [x(5, 3)],
    "LSTM(3, 4)": [x(5, 2, 3)], "LSTM(3, 4, batch_first=True)": [x(2, 5, 3)], "LSTM(3, 4, num_layers=2, bidirectional=True)": [x(5, 2, 3)],
    "LSTM(3, 4, 2, proj_size=2, bidirectional=True)": [x(5, 2, 3)], "LSTM(3, 4, 2, dropout=0.4)": [x(5, 2, 3)], "LSTM(3, 4, bias=False)": [x(5, 3)],
    "LSTM(2, 3, 1, True, True)": [x(2, 4, 2), lambda m: (m.randn(1, 2, 3, dtype=m.float64), m.randn(1, 2, 3, dtype=m.float64))],
    "GRU(3, 4)": [x(5, 2, 3)], "GRU(3, 4, 2, bidirectional=True, dropout=0.2)": [x(5, 2, 3), x(4, 2, 4)], "GRU(3, 2, batch_first=True, bias=False)": [x(5, 3), x(1, 2)],
    "RNNCell(3, 4)": [x(2, 3)], "RNNCell(3, 4, False, 'relu')": [x(2, 3), x(2, 4)], "LSTMCell(3, 4)": [x(2, 3)],
    "LSTMCell(3, 4, bias=False)": [x(3), lambda m: (m.randn(4, dtype=m.float64), m.randn(4, dtype=m.float64))], "GRUCell(3, 4)": [x(2, 3), x(2, 4)], "GRUCell(3, 2)": [x(3)],
}  # fmt: skip
ATTENTION = {
    "MultiheadAttention(4, 2)": [x(3, 2, 4), x(5, 2, 4), x(5, 2, 4)], "MultiheadAttention(4, 2, bias=False, batch_first=True)": [x(2, 3, 4), x(2, 5, 4), x(2, 5, 4)],
    "MultiheadAttention(4, 1, kdim=3, vdim=2)": [x(3, 2, 4), x(5, 2, 3), x(5, 2, 2)], "MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True)": [x(3, 4), x(5, 4), x(5, 4)],
    "MultiheadAttention(4, 2, dropout=0.3)": [x(3, 2, 4), x(5, 2, 4), x(5, 2, 4)],
    "TransformerEncoderLayer(4, 2, 8, dropout=0.0)": [x(3, 2, 4)], "TransformerEncoderLayer(4, 2, 8, 0.1, 'gelu', batch_first=True, norm_first=True)": [x(2, 3, 4)],
    "TransformerEncoderLayer(4, 2, 8, 0.2, bias=False, layer_norm_eps=1e-3)": [x(3, 4)], "TransformerDecoderLayer(4, 2, 8)": [x(3, 2, 4), x(5, 2, 4)],
    "TransformerDecoderLayer(4, 2, 8, activation='gelu', norm_first=True, batch_first=True)": [x(2, 3, 4), x(2, 5, 4)],
    "TransformerEncoder(m.nn.TransformerEncoderLayer(4, 2, 8), 2, m.nn.LayerNorm(4), enable_nested_tensor=False)": [x(3, 2, 4)],
    "TransformerDecoder(m.nn.TransformerDecoderLayer(4, 2, 8, 0.0), 2)": [x(3, 2, 4), x(5, 2, 4)],
    "Transformer(4, 2, 1, 1, 8, batch_first=True)": [x(2, 3, 4), x(2, 5, 4)],
}  # fmt: skip


@pytest.mark.parametrize("layer", [*RECURRENT, *ATTENTION])
def test_layer(layer):
    def claim(m):
        return trained(m, lambda m: eval(f"m.nn.{layer}").double(), *(RECURRENT | ATTENTION)[layer])

    holds(claim, 1e-9, warnings=False)  # PyTorch warns of fast paths, which nobody takes here


def names(node, seen=None):
    seen = {} if seen is None else seen
    if node is None or node in seen:
        return seen.get(node)
    seen[node] = len(seen)
    return node.name(), [names(n, seen) for n, _ in node.next_functions]


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_recurrent_layer_records_pytorchs_graph(kind):
    def claim(m):
        out, _ = getattr(m.nn, kind)(2, 3, dtype=m.float64)(m.ones(2, 1, 2, dtype=m.float64))
        return names(out.grad_fn)

    holds(claim)


def packed(m, kind, **settings):
    sequences = [m.randn(n, 2, dtype=m.float64) for n in (2, 4, 1, 3)]
    rnn, layer = m.nn.utils.rnn, getattr(m.nn, kind)(2, 3, dtype=m.float64, **settings)
    pack = rnn.pack_sequence(sequences, enforce_sorted=False)
    out, state = layer(pack)
    padded, lengths = rnn.pad_packed_sequence(out, batch_first=True, padding_value=-1.0)
    padded.sum().backward()
    return (
        pack.data,
        pack.batch_sizes,
        out.data,
        state,
        padded,
        lengths,
        [p.grad for p in layer.parameters()],
        rnn.unpack_sequence(out),
    )


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_packed_sequences(kind, bidirectional):
    holds(lambda m: packed(m, kind, num_layers=2, bidirectional=bidirectional), 1e-9)


MASKS = {
    "a causal mask of numbers": lambda m, t: {"attn_mask": m.nn.Transformer.generate_square_subsequent_mask(3, dtype=m.float64)},
    "a boolean mask": lambda m, t: {"attn_mask": m.tensor([[False, True, False], [False, False, False], [True, False, False]])},
    "padding": lambda m, t: {"key_padding_mask": m.tensor([[False, False, True], [False, False, False]])},
    "both, each head's weights": lambda m, t: {"attn_mask": m.zeros(4, 3, 3, dtype=m.float64) + 0.5, "average_attn_weights": False,
                                               "key_padding_mask": m.tensor([[False, False, True], [False, True, False]])},
    "no weights": lambda m, t: {"need_weights": False}, "no weights, causal": lambda m, t: {"need_weights": False, "is_causal": True,
                                "attn_mask": m.nn.Transformer.generate_square_subsequent_mask(3, dtype=m.float64)},
    "a mask of the wrong shape": lambda m, t: {"attn_mask": m.zeros(2, 3)}, "causal without a mask": lambda m, t: {"is_causal": True},
}  # fmt: skip


@pytest.mark.parametrize("mask", MASKS)
def test_masks(mask):
    def claim(m):
        layer, t = m.nn.MultiheadAttention(4, 2).double(), m.randn(3, 2, 4, dtype=m.float64, requires_grad=True)
        out, weights = layer(t, t, t, **MASKS[mask](m, t))
        out.sum().backward()
        return out, weights, t.grad, [p.grad for p in layer.parameters()]

    holds(claim, 1e-9)


def test_masks_of_a_transformer():
    def claim(m):
        model = m.nn.Transformer(4, 2, 1, 2, 8, dropout=0.0).double()
        a, b = m.randn(3, 2, 4, dtype=m.float64), m.randn(5, 2, 4, dtype=m.float64)
        causal = m.nn.Transformer.generate_square_subsequent_mask(5, dtype=m.float64)
        return (
            model(a, b, tgt_mask=causal),
            model(a, b, tgt_key_padding_mask=m.zeros(2, 5, dtype=m.bool)),
            list(model.state_dict()),
        )

    holds(claim, 1e-9, warnings=False)


REFUSALS = [
    "LSTM(2, 0)", "LSTM(2, 3, 0)", "LSTM(2, 3.0)", "LSTM(2, 3, dropout=2)", "LSTM(2, 3, dropout=0.5)", "LSTM(2, 3, proj_size=3)", "GRU(2, 3, proj_size=1)",
    "RNN(2, 3, nonlinearity='sin')", "LSTM(2, 3)(m.ones(2))", "LSTM(2, 3)(m.ones(2, 4))", "GRU(2, 3)(m.ones(1, 1, 2), m.ones(1, 3))",
    "GRU(2, 3)(m.ones(1, 1, 2), m.ones(1, 2, 3))", "LSTM(2, 3)(m.ones(1, 1, 2), (m.ones(1, 1, 3), m.ones(1, 1, 4)))",
    "LSTM(2, 3)(m.ones(1, 1, 2), (m.ones(1, 3), m.ones(1, 3)))", "LSTM(2, 3)(m.ones(1, 2), (m.ones(1, 1, 3), m.ones(1, 1, 3)))", "LSTMCell(2, 3)(m.ones(1, 1, 2))",
    "GRUCell(2, 3)(m.ones(1, 4))", "RNNCell(2, 3)(m.ones(1, 2), m.ones(1, 4))", "TransformerEncoderLayer(4, 2, activation='tanh')",
    "Transformer(4, 2, 1, 1)(m.ones(1, 2, 4), m.ones(1, 3, 4))", "Transformer(4, 2, 1, 1)(m.ones(1, 2, 3), m.ones(1, 2, 4))",
    "MultiheadAttention(4, 2)(m.ones(4), m.ones(4), m.ones(4))", "MultiheadAttention(4, 2)(m.ones(2, 4), m.ones(1, 2, 4), m.ones(1, 2, 4))",
    "utils.rnn.pack_padded_sequence(m.ones(3, 2, 1), m.tensor([1, 3]))", "utils.rnn.pad_sequence([m.ones(2, 1), m.zeros(3, 1)], padding_side='left')",
    "utils.rnn.pad_sequence([m.ones(2), m.zeros(3)], True, 7.0)", "utils.rnn.pack_padded_sequence(m.ones(3, 2, 1), [3, 1], enforce_sorted=True)[:2]",
]  # fmt: skip


@pytest.mark.parametrize("claim", REFUSALS)
def test_refusal(claim):
    holds(lambda m: eval(f"m.nn.{claim}"), warnings="Transformer(" not in claim)
