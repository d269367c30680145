"""Times at which nothing is ever recorded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data import unrecorded as module
from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.data.unrecorded import unrecorded


def panel_of(*series, freq="D"):
    """Series as a panel holds them: the first and the last value are observed."""
    kept = []
    for y in series:
        seen = np.flatnonzero(np.isfinite(y))
        kept.append(np.asarray(y, dtype=float)[seen[0] : seen[-1] + 1])
    ends = np.concatenate([[0], np.cumsum([len(y) for y in kept])]).astype(np.int64)
    names = np.array([f"s{i}" for i in range(len(kept))], dtype=object)
    return Panel(names, np.zeros(len(kept), np.int64), ends, np.concatenate(kept), Frequency.parse(freq))


def open_when(is_open):
    return np.where(is_open, 1.0, np.nan)


def test_sundays_of_a_shop():
    day = np.arange(20 * 7 - 3)  # the last one is a Thursday, day 3 of its week
    closed, always = open_when(day % 7 != 6), np.ones(len(day))
    found = unrecorded(panel_of(closed, always), 14)
    assert np.flatnonzero(found[0]).tolist() == [2, 9]
    assert not found[1].any()


def test_nights_and_sundays_of_hours():
    hour = np.arange(9 * 168)
    busy = (hour % 24 >= 7) & (hour % 24 < 20) & (hour // 24 % 7 != 6)
    y = open_when(busy)
    ahead = np.arange(np.flatnonzero(busy)[-1] + 1, np.flatnonzero(busy)[-1] + 1 + 400)
    expected = (ahead % 24 >= 7) & (ahead % 24 < 20) & (ahead // 24 % 7 != 6)
    assert (unrecorded(panel_of(y, freq="h"), 400)[0] == ~expected).all()


def test_months_out_of_season():
    month = np.arange(12 * 12 - 4)
    y = open_when((month % 12 >= 3) & (month % 12 <= 8))  # the last value is of month 7
    assert np.flatnonzero(unrecorded(panel_of(y, freq="MS"), 18)[0]).tolist() == [1, 2, 3, 4, 5, 6, 13, 14, 15, 16, 17]


def test_once_open_is_open_and_long_ago_does_not_count():
    day = np.arange(40 * 7)
    sunday = day % 7 == 6
    once = open_when(~sunday | (day == 20 * 7 - 1))
    assert not unrecorded(panel_of(once), 7).any()
    long_ago = open_when(~sunday | (day < 13 * 7))
    assert np.flatnonzero(unrecorded(panel_of(long_ago), 7)[0]).tolist() == [0]


def test_a_few_weeks_tell_too_little():
    day = np.arange(4 * 7)
    assert not unrecorded(panel_of(open_when(day % 7 != 6)), 14).any()


@pytest.mark.parametrize(("freq", "length"), [("D", 60), ("D", 1200), ("MS", 96), ("h", 900), ("W-SUN", 300)])
@pytest.mark.parametrize("missing", [0.05, 0.3, 0.7, 0.95])
def test_what_is_missing_by_chance_stays(freq, length, missing):
    rng = np.random.default_rng(0)
    rows = [open_when(rng.random(length) > missing) for _ in range(300)]
    rows = [y for y in rows if np.isfinite(y).any()]
    found = unrecorded(panel_of(*rows, freq=freq), Frequency.parse(freq).seasons[-1])
    assert found.any(axis=1).sum() <= 2


@settings(max_examples=50)
@given(st.data())
def test_no_series_depends_on_another(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 9999)))
    rows = []
    for _ in range(data.draw(st.integers(1, 6))):
        n = data.draw(st.integers(1, 300))
        y = open_when((np.arange(n) % 7 != data.draw(st.integers(0, 6))) & (rng.random(n) > 0.1))
        rows.append(y if np.isfinite(y).any() else np.ones(1))
    together = unrecorded(panel_of(*rows), 20)
    for row, y in zip(together, rows, strict=True):
        assert (unrecorded(panel_of(y), 20)[0] == row).all()


def test_many_series_a_part_at_a_time(monkeypatch):
    rows = [open_when(np.arange(100 + i) % 7 != 6) for i in range(50)]
    whole = unrecorded(panel_of(*rows), 14)
    monkeypatch.setattr(module, "CHUNK", 1000)
    assert (unrecorded(panel_of(*rows), 14) == whole).all() and whole.any()


def test_without_a_season_nothing_is_known():
    assert not unrecorded(panel_of(open_when(np.arange(60) % 7 != 6), freq="YS"), 5).any()
