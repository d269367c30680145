"""As-of cuts and staleness on every kind of time."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.errors import DataError, UsageError
from gruforecast.jobs.cutting import age_seconds, as_of, refuse_stale

UTC = datetime.UTC


def panel(freq: Frequency, start: int, length: int = 48) -> Panel:
    """Two series, the second one half as long, both from ordinal *start*."""
    lengths = [length, length // 2]
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.array(["a", "b"], dtype=object)
    return Panel(ids, np.full(2, start, dtype=np.int64), indptr, np.arange(indptr[-1], dtype=float), freq)


def hourly(zone: str | None) -> Panel:
    freq = Frequency("second", 3600, tz=zone)
    return panel(freq, int(freq.ordinals(np.array(["2024-01-01T00"], dtype="datetime64[s]"))[0]))


def test_cut_keeps_the_moment_itself() -> None:
    months = panel(Frequency("month", 1), 0)
    assert as_of(months, "1970-03-01").lengths.tolist() == [3, 3]
    assert as_of(months, "1970-02-28").lengths.tolist() == [2, 2]
    assert as_of(months, "2024-01-01").lengths.tolist() == [48, 24]


def test_cut_speaks_the_clock_of_the_data() -> None:
    assert as_of(hourly(None), "2024-01-01T05:30").lengths[0] == 6
    assert as_of(hourly("Europe/Berlin"), "2024-01-01T05:30").lengths[0] == 5
    assert as_of(hourly("Europe/Berlin"), "2024-01-01T04:30+00:00").lengths[0] == 5


def test_cut_by_an_integer() -> None:
    numbers = panel(Frequency("integer", 5), 2)
    assert as_of(numbers, "24").lengths[0] == 3
    with pytest.raises(UsageError, match="whole number"):
        as_of(numbers, "2024-01-01")


def test_cut_before_everything_is_refused() -> None:
    with pytest.raises(DataError, match="no data at or before"):
        as_of(panel(Frequency("day", 1), 0), "1969-01-01")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5h", 5400), ("2d", 172_800), ("1W", 604_800)])
def test_ages(text: str, seconds: float) -> None:
    assert age_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "-1d", "2 months", "d"])
def test_bad_ages(text: str) -> None:
    with pytest.raises(UsageError):
        age_seconds(text)


def test_stale_by_the_newest_series() -> None:
    data = hourly("Europe/Berlin")  # ends at 2024-01-02T23 UTC
    refuse_stale(data, "1h", datetime.datetime(2024, 1, 3, 0, 0, tzinfo=UTC))
    with pytest.raises(DataError, match="older than --max-age 1h"):
        refuse_stale(data, "1h", datetime.datetime(2024, 1, 3, 0, 1, tzinfo=UTC))
    with pytest.raises(UsageError):
        refuse_stale(panel(Frequency("integer"), 0), "1h")


@pytest.mark.parametrize(
    ("freq", "style"),
    [
        (Frequency("month", 1), "%Y%m"),
        (Frequency("month", 3), "%Y%q"),
        (Frequency("month", 3), "%YQ%q"),
        (Frequency("day", 7, 3), "%G-W%V"),
        (Frequency("second", 3600), "%s000"),
        (Frequency("second", 3600), "%Y%m%d%H"),
        (Frequency("day", 1), "%Y%m%d"),
        (Frequency("month", 12), "%Y"),
    ],
)
def test_a_period_as_the_data_have_it_is_a_cut(freq: Frequency, style: str) -> None:
    """What a note on a half-finished period says to type."""
    data = panel(replace(freq, style=style), 100)
    assert as_of(data, str(data.freq.format([130])[0])).lengths.tolist() == [31, 24]


@pytest.mark.parametrize("when", ["01/02/2024", "13.02.2024", "Feb 2024", "yesterday", "202613"])
def test_no_moment_is_guessed(when: str) -> None:
    with pytest.raises(UsageError, match="ISO 8601"):
        as_of(panel(Frequency("day", 1), 19_700), when)
