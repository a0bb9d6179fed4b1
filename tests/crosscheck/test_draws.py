"""Random numbers the same again, and the user's own as if nothing had been drawn."""

import random

import numpy as np

import autograd_lab as lab
from autograd_lab.crosscheck import draws


def drawn():
    return lab.rand(2).tolist(), random.random(), np.random.random()


def test_draws_come_again_and_go_on():
    state = draws.random_state()
    first, second = drawn(), drawn()
    assert draws.drew(state)
    with draws.same_draws(state):
        assert drawn() == first
    draws.draw_from(state)
    assert (drawn(), drawn()) == (first, second)


def test_nothing_drawn():
    assert not draws.drew(draws.random_state())
