"""Windows count back from each series' own end, hold the truth apart, and leave out what does not fit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.panel import Panel
from gruforecast.errors import UsageError
from gruforecast.evaluation.rolling import values_at, windows, windows_after

MakePanel = Callable[..., Panel]
NAN = math.nan


def test_cutoffs_count_back_from_each_end(make_panel: MakePanel) -> None:
    panel = make_panel([range(10), range(20, 27)], start=[0, 100])
    first, second = windows(panel, horizon=2, n_windows=2)
    assert first.cutoff.tolist() == [5, 102] and second.cutoff.tolist() == [7, 104]
    np.testing.assert_array_equal(first.actual, [[6, 7], [23, 24]])
    np.testing.assert_array_equal(second.actual, [[8, 9], [25, 26]])
    np.testing.assert_array_equal(second.train.series(0), range(8))
    assert [w.cutoff[0] for w in windows(panel, 2, n_windows=3, step=1)] == [5, 6, 7]


def test_short_series_join_later_windows_only(make_panel: MakePanel) -> None:
    panel = make_panel([range(12), range(5), [1, 2, 3], []])
    found = windows(panel, horizon=3, n_windows=3)
    assert [window.scored.tolist() for window in found] == [
        [True, False, False, False],
        [True, False, False, False],
        [True, True, False, False],
    ]
    assert np.isnan(found[0].actual[1:]).all()


def test_windows_without_any_series_are_dropped(make_panel: MakePanel) -> None:
    assert len(windows(make_panel([range(8)]), horizon=3, n_windows=5)) == 2


def test_no_room_is_refused_with_a_horizon_that_fits(make_panel: MakePanel) -> None:
    with pytest.raises(UsageError, match=r"the longest has 6; a shorter horizon \(-H\), at most 4"):
        windows(make_panel([range(6)]), horizon=5)
    assert windows(make_panel([range(6)]), horizon=4)


def test_missing_values_are_not_scored(make_panel: MakePanel) -> None:
    panel = make_panel([[1, 2, 3, NAN, 5, NAN, 7], [1, 2, 3, 4, NAN, NAN, 7], [1, *[NAN] * 6, 1, 2]])
    (window,) = windows(panel, horizon=2, n_windows=1)
    np.testing.assert_array_equal(window.actual[:2], [[NAN, 7], [NAN, 7]])
    # The third series has one observation before its cutoff, long ago.
    assert window.scored.tolist() == [True, True, False]


def test_values_at(make_panel: MakePanel) -> None:
    panel = make_panel([[1, 2], [], [7]], start=[5, 0, 2])
    ordinals = np.array([[4, 5, 6, 7], [0, 1, 2, 3], [2, 3, 1, 2]])
    expected = [[NAN, 1, 2, NAN], [NAN] * 4, [7, NAN, NAN, 7]]
    np.testing.assert_array_equal(values_at(panel, ordinals), expected)
    assert np.isnan(values_at(make_panel([[]]), ordinals[:1])).all()


def test_windows_after_training(make_panel: MakePanel) -> None:
    panel = make_panel([range(12), range(12), range(7)])
    trained_until = np.array([4, 9, -1])
    found = windows_after(panel, trained_until, horizon=3)
    assert [w.cutoff[0] for w in found] == [4, 7]
    assert [w.scored.tolist() for w in found] == [[True, False, False], [True, False, True]]
    assert [w.cutoff[0] for w in windows_after(panel, trained_until, 3, n_windows=1)] == [7]
    assert [w.cutoff[0] for w in windows_after(panel, trained_until, 3, step=2)] == [4, 6, 8]
    assert windows_after(panel, panel.cutoff - 2, horizon=3) == []


@given(
    lengths=st.lists(st.integers(0, 25), min_size=1, max_size=5),
    horizon=st.integers(1, 6),
    n_windows=st.integers(1, 4),
    step=st.integers(1, 8),
)
@settings(max_examples=40, deadline=None)
def test_train_never_reaches_past_the_cutoff(
    make_panel: MakePanel, lengths: list[int], horizon: int, n_windows: int, step: int
) -> None:
    panel = make_panel([np.arange(n) + 1000 * i for i, n in enumerate(lengths)])
    try:
        found = windows(panel, horizon, n_windows, step)
    except UsageError:
        assert max(lengths) < horizon + 2
        return
    for window in found:
        assert (window.train.cutoff <= window.cutoff)[window.train.lengths > 0].all()
        for i in np.flatnonzero(window.scored):
            assert window.train.series(i).max() < window.actual[i].min()
            np.testing.assert_array_equal(window.actual[i], window.train.series(i)[-1] + np.arange(1, horizon + 1))


def test_a_gap_before_the_cutoffs_is_what_is_named(make_panel: MakePanel) -> None:
    y = np.arange(60.0)
    y[-12:-2] = np.nan
    with pytest.raises(UsageError, match=r"shortly before the cutoffs .* within 4 periods") as caught:
        windows(make_panel([y]), 4, 1)
    assert "shorter" not in str(caught.value.hint) and windows(make_panel([y]), 20, 1)
