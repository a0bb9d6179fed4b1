"""Six small trainings, fifty steps in float64 beside PyTorch's from the same weights: every loss, and every weight at the end."""

import numpy as np
import pytest

from .beside import lab, torch

STEPS = 50


def blobs(m):
    """Two classes of points."""
    x = m.randn(40, 3, dtype=m.float64)
    return x, (x @ m.tensor([[1.0], [-2.0], [0.5]], dtype=m.float64) + 0.3 * x[:, :1] ** 2 > 0).to(m.float64)


def logistic_regression(m):
    x, y = blobs(m)
    model = m.nn.Linear(3, 1, dtype=m.float64)
    loss = m.nn.BCEWithLogitsLoss()
    return model, m.optim.SGD(model.parameters(), lr=0.5), lambda: loss(model(x), y)


def perceptron(m):
    x, y = blobs(m)
    model = m.nn.Sequential(m.nn.Linear(3, 8), m.nn.Tanh(), m.nn.Linear(8, 8), m.nn.ReLU(), m.nn.Linear(8, 2)).double()
    loss, classes = m.nn.CrossEntropyLoss(), y[:, 0].to(m.int64)
    return model, m.optim.Adam(model.parameters(), lr=0.01), lambda: loss(model(x), classes)


def convolutions(m):
    x = m.randn(6, 1, 8, 8, dtype=m.float64)
    classes = m.tensor([0, 1, 2, 0, 1, 2])
    x = x + classes.to(m.float64).reshape(6, 1, 1, 1) * 0.5
    nn = m.nn
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten(),
                          nn.Linear(16, 3)).double()  # fmt: skip
    loss = nn.CrossEntropyLoss()
    return model, m.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True), lambda: loss(model(x), classes)


def recurrent(m, kind):
    class Sums(m.nn.Module):
        """Says of a sequence of numbers what they sum to."""

        def __init__(self):
            super().__init__()
            self.rnn, self.head = getattr(m.nn, kind)(1, 6, batch_first=True), m.nn.Linear(6, 1)

        def forward(self, x):
            out, _ = self.rnn(x)
            return self.head(out[:, -1])

    x = m.randn(8, 5, 1, dtype=m.float64)
    model, loss, total = Sums().double(), m.nn.MSELoss(), x.sum(1)
    return model, m.optim.RMSprop(model.parameters(), lr=0.005), lambda: loss(model(x), total)


def transformer(m):
    class Speller(m.nn.Module):
        """Predicts the next letter of short words: an embedding, one block, a head."""

        def __init__(self):
            super().__init__()
            self.letters, self.places = m.nn.Embedding(7, 8), m.nn.Embedding(6, 8)
            self.block = m.nn.TransformerEncoderLayer(
                8, 2, 16, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            self.head = m.nn.Linear(8, 7)

        def forward(self, words):
            mask = m.nn.Transformer.generate_square_subsequent_mask(words.shape[1], dtype=m.float64)
            x = self.letters(words) + self.places(m.arange(words.shape[1]))
            return self.head(self.block(x, src_mask=mask, is_causal=True))

    words = m.randint(0, 7, (5, 7))
    model, loss = Speller().double(), m.nn.CrossEntropyLoss()
    optimizer = m.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    return model, optimizer, lambda: loss(model(words[:, :-1]).flatten(0, 1), words[:, 1:].flatten())


TRAININGS = {"logistic regression": logistic_regression, "two-layer perceptron": perceptron, "convolutions": convolutions,
             "LSTM": lambda m: recurrent(m, "LSTM"), "GRU": lambda m: recurrent(m, "GRU"), "transformer block": transformer}  # fmt: skip


def trained(m, training):
    m.manual_seed(7)
    model, optimizer, compute = TRAININGS[training](m)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = compute()
        loss.backward()
        m.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        losses.append(loss.item())
    return losses, {name: np.asarray(value.tolist()) for name, value in model.state_dict().items()}


@pytest.mark.parametrize("training", TRAININGS)
def test_training(training):
    (ours, weights), (theirs, expected) = trained(lab, training), trained(torch, training)
    assert theirs[-1] < 0.8 * theirs[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    assert weights.keys() == expected.keys()
    for name, value in expected.items():
        scale = np.abs(value).max()
        np.testing.assert_allclose(weights[name], value, rtol=1e-9, atol=1e-9 * scale, err_msg=name)
