"""How finely series are recorded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.resolution import DISTINCT, MAX_DECIMALS, find_resolution

NAN = float("nan")


def found(*values):
    """Decimals and step of one series."""
    resolution = find_resolution(np.array([values], dtype=float))
    return int(resolution.decimals[0]), int(resolution.step[0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, NAN, 5], (0, 1)),
        ([0.1, 0.2, 0.3], (1, 1)),
        ([4.25, -3, NAN, 0], (2, 1)),
        ([1e-6, 3], (6, 1)),
        ([1e-7, 3], (0, 0)),
        ([1 / 3, 1], (0, 0)),
        ([0.1 + 0.2, 1], (0, 0)),  # was computed, not written down
        ([1e300, 3e300], (0, 0)),
        ([NAN, NAN], (0, 0)),
        ([0, 0, 0, 0], (0, 1)),
        (range(0, 12 * DISTINCT, 12), (0, 12)),
        (range(0, 12 * DISTINCT - 12, 12), (0, 1)),  # may be chance
        ([12.0] * 100, (0, 1)),
        ([x / 20 for x in range(-5, 20)], (2, 5)),
    ],
)
def test_the_coarsest_grid_that_holds_all(values, expected):
    assert found(*values) == expected


@settings(max_examples=300)
@given(
    st.integers(0, MAX_DECIMALS),
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30),
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5),
)
def test_what_is_read_as_decimals_is_written_as_such(places, wholes, raw):
    values = np.array([[float(f"{whole}e-{places}") for whole in wholes]])
    resolution = find_resolution(values)
    assert resolution.decimals[0] <= places and resolution.step[0] >= 1
    np.testing.assert_array_equal(resolution.nearest(values), values)
    power, step = 10 ** int(resolution.decimals[0]), int(resolution.step[0])
    for value, near in zip(raw, resolution.nearest(np.array([raw]))[0], strict=True):
        multiple = round(near * power / step)
        assert near == float(f"{multiple * step}e-{int(resolution.decimals[0])}")
        assert abs(near - value) <= 0.5 * step / power * (1 + 1e-9)


def test_each_series_has_its_own():
    history = np.array([[1.0, 2.0, 3.0], [0.5, 1.0, 2.5], [1 / 3, 1.0, 2.0]])
    values = np.array([1.26, -0.04, 7.77])[None, :, None] * np.ones((3, 1, 2))
    near = find_resolution(history).nearest(values)
    assert near[:, :, 0].tolist() == [[1.0, 0.0, 8.0], [1.3, 0.0, 7.8], [1.26, -0.04, 7.77]]
    assert not np.signbit(near[:2, 1]).any()


def test_what_is_too_large_for_decimals_and_what_is_missing_stays():
    near = find_resolution(np.array([[0.5, 1.0]])).nearest(np.array([[1e300, NAN, np.inf, 2.0**52 + 0.5]]))
    np.testing.assert_array_equal(near, [[1e300, NAN, np.inf, 2.0**52 + 0.5]])
