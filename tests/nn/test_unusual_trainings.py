"""Trainings off the beaten track end where PyTorch's end: optimisers with all their options, schedulers, packed and masked sequences."""

import numpy as np
import pytest
import torch

import autograd_lab as lab

LENGTHS = [5, 5, 4, 3, 2, 1]
STEPS = 10


def data(m):
    draw = np.random.default_rng(1)
    return m.tensor(draw.normal(size=(6, 5, 4))), m.tensor(draw.normal(size=(6, 3)))


def perceptron(m):
    return m.nn.Sequential(m.nn.Flatten(), m.nn.Linear(20, 8), m.nn.GELU(), m.nn.LayerNorm(8), m.nn.Linear(8, 3))


def packed(m):
    class Reader(m.nn.Module):
        """Both directions of two layers, over sequences of their own lengths."""

        def __init__(self):
            super().__init__()
            self.layers, self.head = m.nn.GRU(4, 6, 2, batch_first=True, bidirectional=True), m.nn.Linear(12, 3)

        def forward(self, x):
            sequences = m.nn.utils.rnn.pack_padded_sequence(x, m.tensor(LENGTHS), batch_first=True)
            out, last = self.layers(sequences)
            out, _ = m.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
            return self.head(out.sum(1) + m.cat([last[-1], last[-2]], 1))

    return Reader()


def masked(m):
    class Listener(m.nn.Module):
        """Attention that does not hear what is padding."""

        def __init__(self):
            super().__init__()
            self.heads, self.head = m.nn.MultiheadAttention(4, 2, batch_first=True, add_bias_kv=True), m.nn.Linear(4, 3)

        def forward(self, x):
            padding = m.tensor([[place >= n for place in range(5)] for n in LENGTHS])
            return self.head(self.heads(x, x, x, key_padding_mask=padding)[0].mean(1))

    return Listener()


def one_cycle(m, model):
    optimizer = m.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1, amsgrad=True)
    return optimizer, m.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=STEPS + 1)


def groups(m, model):
    given = [{"params": model[1].parameters(), "lr": 0.02}, {"params": model[4].parameters(), "weight_decay": 0.1}]
    optimizer = m.optim.SGD([*given, {"params": model[3].parameters()}], lr=0.05, momentum=0.9, nesterov=True)
    return optimizer, m.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4, 2)


TRAININGS = {
    "AdamW, amsgrad, one cycle": (perceptron, one_cycle),
    "RMSprop, centred": (perceptron, lambda m, model: (m.optim.RMSprop(model.parameters(), 0.003, centered=True, momentum=0.9), None)),
    "LBFGS, strong Wolfe": (perceptron, lambda m, model: (m.optim.LBFGS(model.parameters(), 1, 4, line_search_fn="strong_wolfe"), None)),
    "SGD, nesterov, groups, restarts": (perceptron, groups),
    "GRU of packed sequences, NAdam": (packed, lambda m, model: (m.optim.NAdam(model.parameters(), lr=0.01), None)),
    "attention with padding, Adagrad": (masked, lambda m, model: (m.optim.Adagrad(model.parameters(), lr=0.05, lr_decay=0.01), None)),
}  # fmt: skip


def trained(m, training):
    build, choose = TRAININGS[training]
    m.manual_seed(7)
    model = build(m).double()
    x, y = data(m)
    optimizer, scheduler = choose(m, model)
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = m.nn.functional.mse_loss(model(x), y)
        loss.backward()
        if scheduler is not None:  # a line search wants the slopes of the loss itself
            m.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        return loss

    for _ in range(STEPS):
        losses.append(optimizer.step(closure).item())
        if scheduler is not None:
            scheduler.step()
    return losses, m.nn.utils.parameters_to_vector(model.parameters()).tolist()


@pytest.mark.parametrize("training", TRAININGS)
def test_training(training):
    (ours, weights), (theirs, expected) = trained(lab, training), trained(torch, training)
    assert theirs[-1] < 0.98 * theirs[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    np.testing.assert_allclose(weights, expected, rtol=1e-9, atol=1e-9)
