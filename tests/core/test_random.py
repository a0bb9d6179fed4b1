"""Random numbers: PyTorch's own, draw for draw."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

DRAWS = {
    "rand": lambda m: m.rand(5), "rand of many": lambda m: m.rand(3, 100), "randn of few": lambda m: m.randn(3),
    "randn of 15": lambda m: m.randn(15), "randn of 16": lambda m: m.randn(16), "randn of a ragged number": lambda m: m.randn(7, 11),
    "randn of many": lambda m: m.randn(64, 1000), "doubles": lambda m: m.rand(9, dtype=m.float64),
    "integers": lambda m: m.randint(0, 10, (50,)), "just below two words": lambda m: m.randint(0, 2**28 - 1, (9,)),
    "two words": lambda m: m.randint(-5, 2**28, (9,)), "large integers": lambda m: m.randint(0, 2**40, (9,)),
    "permutation": lambda m: m.randperm(33), "bernoulli": lambda m: m.bernoulli(m.full((20,), 0.3)),
    "normal": lambda m: m.normal(2.0, 3.0, (5,)), "half": lambda m: m.rand(9, dtype=m.float16), "like": lambda m: m.randn_like(m.ones(40)),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_numbers_bit_for_bit(name):
    for seed in (0, 7, 2**35 + 3):
        lab.manual_seed(seed), torch.manual_seed(seed)
        for _ in range(3):  # what one draw leaves behind, the next begins with
            ours, theirs = DRAWS[name](lab), DRAWS[name](torch)
            assert str(ours.dtype) == str(theirs.dtype)
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_normals_in_double_precision_agree_to_rounding():
    lab.manual_seed(0), torch.manual_seed(0)
    np.testing.assert_allclose(
        lab.randn(40, dtype=lab.float64).numpy(), torch.randn(40, dtype=torch.float64).numpy(), rtol=1e-13
    )


def test_a_sequence_of_different_draws_stays_in_step():
    for m in (lab, torch):
        m.manual_seed(3)
    for draw in [*DRAWS.values()] * 2:
        np.testing.assert_array_equal(draw(lab).numpy(), draw(torch).numpy())


def test_state_is_carried_over():
    lab.manual_seed(1)
    lab.randn(3)  # leaves a spare normal behind
    state = lab.get_rng_state()
    first = lab.randn(5).tolist()
    lab.randn(100)
    lab.set_rng_state(state)
    assert lab.randn(5).tolist() == first


@pytest.mark.parametrize("m", [lab, torch])
def test_states_carried_to_and_fro_are_those_of_pytorch(m):
    state = torch.manual_seed(7).get_state().numpy()
    ours = m.Generator().manual_seed(3)
    m.rand(700, generator=ours)
    before = ours.get_state()
    assert ours.get_state().tolist() == before.tolist()
    ours.set_state(m.tensor(state))
    assert ours.get_state().tolist() == state.tolist()  # though nothing was drawn
    ours.set_state(before)
    drawn = m.rand(4, generator=ours).tolist()
    after = ours.get_state().tolist()
    assert after != before.tolist()  # what was taken stays as it was
    ours.set_state(before)
    assert m.rand(4, generator=ours).tolist() == drawn and ours.get_state().tolist() == after
    ours.set_state(before)
    ours.manual_seed(3)
    assert m.rand(700, generator=ours).tolist() != drawn and ours.get_state().tolist() == before.tolist()


def test_a_generator_of_ones_own():
    ours, theirs = lab.Generator().manual_seed(5), torch.Generator().manual_seed(5)
    np.testing.assert_array_equal(lab.rand(4, generator=ours).numpy(), torch.rand(4, generator=theirs).numpy())
    assert ours.initial_seed() == theirs.initial_seed() == 5
