"""A Summary is exact about what it says, and JSON."""

import json

import numpy as np
import pytest

from autograd_lab.trace.summary import number, partial_summary, summarise


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.0, 1), (-2.34567, -2.346), (123456.0, 123500), (1e-9, 1e-9), (0.1 + 0.2, 0.3), (-0.0, 0), (np.float32(1 / 3), 0.3333),
     (float("nan"), "nan"), (float("inf"), "inf"), (-float("inf"), "-inf"), (True, 1), (1e300, 1e300)],
)  # fmt: skip
def test_numbers_have_four_digits_and_whole_ones_no_point(value, said):
    assert number(value) == said and type(number(value)) is type(said)


def test_a_scalar_is_one_number():
    assert summarise(np.float32(-2.5)) == {"shape": [], "norm": 2.5, "corner": [[-2.5]]}
    assert summarise(np.array(np.nan)) == {"shape": [], "norm": "nan", "corner": [["nan"]], "nan": 1}
    assert summarise(np.float64(-np.inf)) == {"shape": [], "norm": "inf", "corner": [["-inf"]], "inf": 1}


def test_counts_and_range_are_over_the_whole_array_and_the_corner_is_its_beginning():
    a = np.arange(200.0).reshape(10, 20)
    a[9, 19], a[9, 18], a[9, 17] = np.nan, -np.inf, -7.0
    s = summarise(a)
    assert (s["nan"], s["inf"], s["zero"], s["min"], s["max"]) == (1, 1, 1, -7, 196)
    assert (len(s["corner"]), len(s["corner"][0])) == (8, 8) and s["corner"][1][0] == 20


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (20, 30), (5, 1, 12, 9), (0,), (2, 0, 3)])
def test_a_corner_is_rows_of_the_last_axis(shape):
    a = np.random.default_rng(0).normal(size=shape)
    s = summarise(a)
    assert s["shape"] == list(shape)
    if a.size:
        first = a.reshape(-1, shape[-1]) if a.ndim < 3 else a[tuple(slice(0, 8) for _ in shape)].reshape(-1, min(8, shape[-1]))
        assert s["corner"] == [[number(v) for v in row[:8]] for row in first[:8]]
        assert s["norm"] == number(np.linalg.norm(a))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4", "u1", "?", "c8"])
def test_every_dtype_is_json(dtype):
    json.dumps(summarise(np.ones((2, 2), dtype)), allow_nan=False)


def test_squares_that_overflow_float32_do_not_overflow_the_norm():
    assert summarise(np.full(4, 1e30, "f4"))["norm"] == 2e30


def test_a_strided_array_is_not_copied_whole_to_be_summarised():
    a = np.broadcast_to(np.float32(2), (1000, 1000))
    assert summarise(a)["norm"] == 2000


def test_of_what_is_gone_only_the_shape_or_the_corner_is_said():
    assert partial_summary((5, 6)) == {"shape": [5, 6], "norm": 0, "corner": [], "part": "none"}
    kept = partial_summary((5000,), np.array([[3.0, 4.0]]))
    assert (kept["shape"], kept["norm"], kept["corner"], kept["part"]) == ([5000], 5, [[3, 4]], "corner")
