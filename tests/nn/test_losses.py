"""Every loss as a module beside PyTorch's: value and gradient by each reduction, text, state, refusals."""

import numpy as np
import pytest

from .beside import holds


def same(m, x):
    return m.randn(*x.shape, dtype=x.dtype)


def labels(m, x):
    return m.randint(0, x.shape[1], (x.shape[0],))


def probabilities(m, x):
    return m.rand(*x.shape, dtype=x.dtype)


def signs(m, x):
    return m.randint(0, 2, x.shape) * 2 - 1


def row_signs(m, x):
    return m.randint(0, 2, x.shape[:1]) * 2 - 1


LOSSES = {
    "L1Loss": [(same,)], "MSELoss": [(same,)], "SmoothL1Loss": [(same,), (same, "beta=0.5"), (same, "beta=0")], "HuberLoss": [(same, "delta=0.3")], "SoftMarginLoss": [(signs,)],
    "NLLLoss": [(labels,), (labels, "weight=m.arange(4.).double()"), (labels, "ignore_index=2")],
    "CrossEntropyLoss": [(labels,), (labels, "label_smoothing=0.2, weight=m.arange(4.).double() + 1"), (labels, "ignore_index=1"), (probabilities,)],
    "BCELoss": [(probabilities,), (probabilities, "weight=m.arange(4.).double()")], "BCEWithLogitsLoss": [(probabilities,), (probabilities, "pos_weight=m.arange(4.).double(), weight=m.arange(4.).double()")],
    "KLDivLoss": [(probabilities,), (same, "log_target=True")], "PoissonNLLLoss": [(probabilities,), (probabilities, "full=True, eps=1e-6")],
    "HingeEmbeddingLoss": [(signs,), (signs, "margin=0.5")], "MultiMarginLoss": [(labels,), (labels, "p=2, margin=0.5, weight=m.arange(4.).double()")],
    "MultiLabelMarginLoss": [(lambda m, x: m.tensor([[0, 2, -1, 1], [3, -1, 0, 0], [1, 0, 2, 3]]),)],
    "MultiLabelSoftMarginLoss": [(lambda m, x: m.randint(0, 2, x.shape).double(),), (lambda m, x: m.randint(0, 2, x.shape).double(), "weight=m.arange(4.).double()")],
}  # fmt: skip
CASES = [(kind, *case) for kind, cases in LOSSES.items() for case in cases]
WITH_TWO = {"MarginRankingLoss(margin=0.5": row_signs, "CosineEmbeddingLoss(margin=0.2": row_signs}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0] + "".join(case[2:]))
def test_loss(case, reduction):
    kind, target, *options = case

    def claim(m):
        x = m.randn(3, 4, dtype=m.float64)
        x = (x.sigmoid() if kind == "BCELoss" else x).requires_grad_()
        loss = eval(f"m.nn.{kind}({', '.join([*options, f'reduction={reduction!r}'])})")
        value = loss(x, target(m, x))
        value.sum().backward()
        return repr(loss), value, x.grad, loss.state_dict()

    holds(claim, 1e-9)


@pytest.mark.parametrize(
    "loss",
    [
        *WITH_TWO,
        "TripletMarginLoss(margin=0.7, p=1",
        "TripletMarginLoss(swap=True",
        "TripletMarginWithDistanceLoss(margin=0.3",
        "GaussianNLLLoss(full=True",
    ],
)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_of_three_tensors(loss, reduction):
    def claim(m):
        a, b, c = (m.randn(3, 4, dtype=m.float64, requires_grad=True) for _ in range(3))
        made = eval(f"m.nn.{loss}, reduction={reduction!r})")
        if loss in WITH_TWO:
            a, b = (a.sum(1), b.sum(1)) if loss.startswith("Margin") else (a, b)
            value = made(a, b, WITH_TWO[loss](m, a))
        else:
            value = made(a, b, c.exp() if "NLL" in loss else c)
        return repr(made), value, m.autograd.grad(value.sum(), [a, b])

    holds(claim, 1e-9)


CLAIMS = ["MSELoss(size_average=False)", "MSELoss(reduce=False)(m.ones(2), m.zeros(2))", "MSELoss(reduction='max')(m.ones(2), m.zeros(2))", "MSELoss()(m.ones(2), m.ones(2, 1))", "MultiMarginLoss(p=3)",
          "TripletMarginLoss(margin=-1)", "BCELoss()(m.ones(2), m.ones(3))", "BCEWithLogitsLoss()(m.ones(2), m.ones(3))", "NLLLoss()(m.ones(2, 3), m.tensor([0, 5]))", "KLDivLoss(reduction='batchmean')(m.ones(2, 2), m.ones(2, 2))",
          "NLLLoss()(m.ones(2, 3), m.tensor([0]))", "CrossEntropyLoss()(m.ones(2, 3), m.tensor([0, 1, 2]))", "CrossEntropyLoss()(m.zeros(3), m.tensor(1))", "CrossEntropyLoss()(m.zeros(2, 3, 4), m.zeros(2, 4, dtype=m.int64))",
          "CrossEntropyLoss()(m.zeros(2, 3), m.tensor([0.5, 1.0]))", "BCELoss()(m.tensor([2.0]), m.tensor([1.0]))",
          "NLLLoss()(m.ones(2, 3, 4), m.zeros(2, 5).long())", "NLLLoss()(m.ones(3), m.zeros(2).long())", "NLLLoss()(m.ones(2, 3), m.zeros(2).int())", "NLLLoss()(m.ones(2, 3), m.zeros(2, 1).long())", "NLLLoss()(m.ones(()), m.zeros(()).long())",
          "CrossEntropyLoss()(m.ones(2, 3), m.zeros(2, 3).long())", "NLLLoss(weight=m.ones(2))(m.ones(2, 3), m.zeros(2).long())", "NLLLoss()(m.ones(2, 3, 4, 4), m.zeros(2, 4).long())", "MultiMarginLoss()(m.ones(2, 3), m.zeros(3).long())",
          "BCELoss()(m.tensor([1.0]), m.tensor([2.0]))"]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim(claim):
    holds(lambda m: eval(f"m.nn.{claim}"))


TEXTS = {
    "rows": lambda m: (m.tensor([[1, 3, 3], [3, 1, 0]]), m.tensor([6, 5]), m.tensor([3, 2])), "one behind the other": lambda m: (m.tensor([1, 1, 3, 3]), [6, 4], [3, 1]),
    "too long": lambda m: (m.tensor([[1, 3, 3], [3, 1, 0]]), (2, 5), (3, 2)), "an empty text": lambda m: (m.tensor([[1, 3], [3, 1]]), (5, 6), (0, 2)),
    "longer than the sequence": lambda m: (m.tensor([[1], [3]]), (7, 6), (1, 1)), "longer than the row": lambda m: (m.tensor([[1], [3]]), (6, 6), (2, 1)),
    "one length": lambda m: (m.tensor([[1], [3]]), (6,), (1, 1)), "sum differs": lambda m: (m.tensor([1, 2, 3]), (6, 6), (1, 1)),
}  # fmt: skip


@pytest.mark.parametrize(
    "options", ["", "blank=2", "reduction='sum'", "reduction='none', zero_infinity=True", "reduction='none'", "blank=9"]
)
@pytest.mark.parametrize("text", TEXTS)
def test_ctc_loss(text, options):
    def claim(m):
        x = m.randn(6, 2, 4, dtype=m.float64, requires_grad=True)
        logs, loss = x.log_softmax(2), eval(f"m.nn.CTCLoss({options})")
        logs.retain_grad()
        value = loss(logs, *TEXTS[text](m))
        value.sum().backward()
        return repr(loss), value, logs.grad, x.grad

    holds(claim, 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_ctc_loss_of_a_batch_of_unlike_sequences(seed):
    """Long and short texts in one batch, impossible ones, logarithms that are -inf or nan: losses and gradients."""
    draw = np.random.default_rng(seed)
    logs, texts = draw.standard_normal((9, 5, 4)), draw.integers(1, 4, (5, 6))
    logs -= np.log(np.exp(logs).sum(-1, keepdims=True))
    logs[3, 1, seed % 4], logs[:, 2, 3], logs[4, 3, 1] = -np.inf, -np.inf, np.nan
    steps, lengths = draw.integers(1, 10, 5).tolist(), draw.integers(0, 7, 5).tolist()

    def claim(m):
        x = m.tensor(logs, requires_grad=True)
        loss = m.nn.functional.ctc_loss(x, m.tensor(texts), steps, lengths, reduction="none", zero_infinity=seed % 2 == 0)
        loss.sum().backward()
        return loss, x.grad

    holds(claim, 1e-9)


def test_ctc_loss_of_one_sequence():
    holds(
        lambda m: m.nn.functional.ctc_loss(
            m.randn(5, 4).log_softmax(1), m.tensor([1, 2]), m.tensor(5), m.tensor(2), reduction="none"
        )
    )


def test_ctc_loss_has_no_second_derivative():
    def claim(m):
        x = m.randn(4, 1, 3, dtype=m.float64, requires_grad=True)
        loss = m.nn.functional.ctc_loss(x.log_softmax(2), m.tensor([1]), (4,), (1,))
        (g,) = m.autograd.grad(loss, x, create_graph=True)
        g.sum().backward()

    holds(claim)
