"""One grid per file, robust to gaps; everything else is refused with the place where it breaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.calendar import Frequency
from gruforecast.data.inference import Irregular, fit_frequency, infer_frequency
from gruforecast.errors import UsageError

from .conftest import Read, Refuse

GRIDS = ["YS", "YE", "YE-JUN", "QS", "QE", "QS-FEB", "MS", "ME", "MS@15", "2MS", "W-SUN", "W-WED", "2W-MON", "D", "B"]
GRIDS += ["h", "2h", "30min", "15min", "10min", "min", "s", "int", "5int"]


def seconds(freq: Frequency, ordinals: np.ndarray) -> np.ndarray:
    return freq.timestamps(ordinals).astype(np.int64)


@pytest.mark.parametrize("alias", GRIDS)
@given(seed=st.integers(0, 1000))
@settings(deadline=None)
def test_every_grid_is_found_in_spite_of_gaps(alias: str, seed: int) -> None:
    freq = Frequency.parse(alias)
    rng = np.random.default_rng(seed)
    series = [np.sort(rng.choice(60, 50, replace=False)) + rng.integers(0, 30) for _ in range(3)]
    times = np.concatenate([seconds(freq, s) for s in series])
    found, _ = infer_frequency(times, np.array([0, 50, 100, 150]), integer=freq.unit == "integer")
    assert found.alias == alias


@pytest.mark.parametrize("alias", GRIDS)
def test_a_named_grid_fits_its_own_times(alias: str) -> None:
    freq = Frequency.parse(alias)
    assert fit_frequency(alias, seconds(freq, np.arange(5, 20, 3)), integer=freq.unit == "integer") == freq


def infer(*times: str) -> Frequency:
    values = np.array(times, dtype="datetime64[s]").astype(np.int64)
    return infer_frequency(values, np.array([0, len(values)]))[0]


def fit(alias: str, *times: str) -> Frequency:
    return fit_frequency(alias, np.array(times, dtype="datetime64[s]").astype(np.int64))


def test_open_phases_come_from_the_data() -> None:
    assert fit("M", "2024-01-01", "2024-02-01").alias == "MS"
    assert fit("M", "2024-01-31", "2024-02-29").alias == "ME"
    assert fit("M", "2024-01-15", "2024-02-15").alias == "MS@15"
    assert fit("W", "2024-01-03", "2024-01-10").alias == "W-WED"
    assert fit("Q", "2024-02-01", "2024-05-01").alias == "QS-FEB"
    assert fit("2W-WED", "2024-01-10", "2024-01-24").anchor == np.datetime64("2024-01-10").astype(int) % 14
    assert fit("D", "2024-01-01T06:00", "2024-01-02T06:00").time == 6 * 3600
    assert fit("h", "2024-01-01T00:30", "2024-01-01T01:30").anchor == 1800


def test_a_named_grid_that_does_not_fit() -> None:
    for alias, times in [
        ("MS", ["2024-01-01", "2024-02-02"]),
        ("W-SUN", ["2024-01-01", "2024-01-08"]),
        ("B", ["2024-01-05", "2024-01-06"]),
        ("h", ["2024-01-01T00:30", "2024-01-01T01:00"]),
        ("D", ["2024-01-01T00:30", "2024-01-02T01:00"]),
        ("QS", ["2024-02-01", "2024-05-01"]),
    ]:
        with pytest.raises(Irregular, match="not on the"):
            fit(alias, *times)
    with pytest.raises(UsageError):
        fit_frequency("D", np.arange(5), integer=True)
    with pytest.raises(UsageError):
        fit("int", "2024-01-01")


def test_month_days_past_the_end_of_short_months() -> None:
    freq = infer("2024-01-30", "2024-02-29", "2024-03-30", "2024-04-30")
    assert freq.day == 30
    assert infer("2023-01-31", "2023-02-28", "2023-03-31").day == 31


def test_business_days_need_a_skipped_weekend() -> None:
    week = pd.date_range("2024-01-01", periods=5).strftime("%Y-%m-%d")
    assert infer(*week).alias == "D"
    assert infer(*week, "2024-01-08", "2024-01-09").alias == "B"
    assert infer(*week, "2024-01-06", "2024-01-08").alias == "D"


def test_irregular_spacing_is_refused_at_the_first_gap(refuse: Refuse) -> None:
    days = [1, 8, 15, 23, 29, 36]
    rows = "".join(
        f"s{i},{np.datetime64('2024-01-01') + d},1\n" for i in (1, 2) for d in (days if i == 2 else range(0, 42, 7))
    )
    message = refuse("unique_id,ds,y\n" + rows)
    assert "series 's2'" in message and "--freq" in message and ":11:" in message
    odd = ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-24", "2024-01-31", "2024-02-07"]
    message = refuse("ds,y\n" + "".join(f"{d},1\n" for d in odd))
    assert "'2024-01-24' comes 9 x D after" in message and ":5:" in message


def test_mixed_frequencies_are_refused(refuse: Refuse) -> None:
    daily = pd.date_range("2024-01-01", periods=40).strftime("%Y-%m-%d")
    rows = "".join(f"d,{t},1\n" for t in daily) + "".join(f"w,{t},1\n" for t in daily[::7])
    message = refuse("unique_id,ds,y\n" + rows)
    assert "mixed frequencies" in message and "series 'w'" in message


def test_one_row_tells_no_frequency(refuse: Refuse, read: Read) -> None:
    content = "unique_id,ds,y\na,2024-01-01,1\nb,2024-01-02,1\n"
    assert "--freq" in refuse(content)
    assert read(content, freq="D")[0].freq.alias == "D"


def test_a_wrong_year_does_not_fill_the_memory(refuse: Refuse) -> None:
    days = pd.date_range("2024-01-01", periods=40).strftime("%Y-%m-%d").tolist()
    message = refuse("ds,y\n" + "".join(f"{t},1\n" for t in [*days, "9024-01-01"]))
    assert ":42:" in message and "gap of" in message


@pytest.mark.parametrize(
    ("days", "place", "said"),
    [
        (["2019-12-31", "2020-01-31", "2020-02-28", "2020-03-31", "2020-04-30", "2020-05-31"], 2, "not the last day"),
        (
            ["2020-01-15", "2020-02-15", "2020-03-15", "2020-04-16", "2020-05-15", "2020-06-15"],
            3,
            "not day 15 of its month",
        ),
    ],
)
def test_a_day_beside_the_day_of_the_month_is_the_one_at_fault(days: list[str], place: int, said: str) -> None:
    times = np.array(days, dtype="datetime64[s]").astype(np.int64)
    with pytest.raises(Irregular, match=said) as caught:
        infer_frequency(times, np.array([0, len(times)]))
    assert caught.value.position == place and caught.value.off_grid.tolist() == [place]
