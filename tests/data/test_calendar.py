"""The time grid: counting, stamps, seasons, names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.calendar import UNITS, Frequency
from gruforecast.errors import DataError, UsageError

ALIASES = [
    *("YS", "YE", "YE-JUN", "YS-APR", "QS", "QE", "QS-FEB", "QE-JAN", "MS", "ME", "MS@15", "2MS", "6MS", "2YS"),
    *(
        "W-SUN",
        "W-WED",
        "2W-MON",
        "D",
        "3D",
        "B",
        "h",
        "2h",
        "30min",
        "15min",
        "10min",
        "min",
        "10s",
        "s",
        "int",
        "5int",
    ),
]


@st.composite
def frequencies(draw: st.DrawFn) -> Frequency:
    unit = draw(st.sampled_from(UNITS))
    step = draw(st.integers(1, 24))
    clock = draw(st.integers(0, 86399)) if unit not in ("second", "integer") else 0
    return Frequency(unit, step, draw(st.integers(0, step - 1)), day=draw(st.integers(1, 31)), time=clock)


@given(frequencies(), st.lists(st.integers(-900, 3800), min_size=1, max_size=20))
def test_timestamps_and_ordinals_are_inverse(freq: Frequency, numbers: list[int]) -> None:
    scale = 25 if freq.unit == "month" else 1  # stay within the calendar
    ordinals = np.array(numbers, dtype=np.int64) // scale
    stamps = freq.timestamps(ordinals)
    assert (freq.ordinals(stamps) == ordinals).all()
    assert (np.diff(freq.timestamps(np.sort(np.unique(ordinals))).astype(np.int64)) > 0).all()


@given(frequencies())
def test_dict_round_trip(freq: Frequency) -> None:
    assert Frequency.from_dict(freq.to_dict()) == freq


@pytest.mark.parametrize("alias", ALIASES)
def test_alias_round_trip(alias: str) -> None:
    assert Frequency.parse(alias).alias == alias


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A", "YE"),
        ("Y", "YE"),
        ("AS", "YS"),
        ("Q", "QE"),
        ("M", "ME"),
        ("W", "W-SUN"),
        ("H", "h"),
        ("T", "min"),
        ("30T", "30min"),
        ("S", "s"),
        ("60min", "h"),
        ("24h", "D"),
        ("A-JUN", "YE-JUN"),
        ("QE-NOV", "QE-FEB"),
    ],
)
def test_old_spellings(old: str, new: str) -> None:
    assert Frequency.parse(old).alias == new


@pytest.mark.parametrize(
    "alias", ["", "X", "0D", "-1D", "W-FOO", "QS-XXX", "D-MON", "MS@40", "9999999999999s", "D D", "٣D"]
)
def test_unknown_alias(alias: str) -> None:
    with pytest.raises(UsageError):
        Frequency.parse(alias)


@pytest.mark.parametrize(
    ("alias", "seasons", "horizon"),
    [
        ("YE", (1,), 6),
        ("QS", (4,), 8),
        ("MS", (12,), 18),
        ("W-SUN", (52,), 13),
        ("D", (7, 364), 14),
        ("B", (5, 260), 10),
        ("h", (24, 168), 48),
        ("2h", (12, 84), 24),
        ("30min", (48, 336), 96),
        ("15min", (96, 672), 192),
        ("10min", (144, 1008), 200),
        ("5min", (288, 2016), 200),
        ("min", (60, 1440), 120),
        ("int", (1,), 8),
        ("7h", (24,), 48),
    ],
)
def test_seasons_and_horizons(alias: str, seasons: tuple[int, ...], horizon: int) -> None:
    freq = Frequency.parse(alias)
    assert (freq.seasons, freq.season_length, freq.default_horizon) == (seasons, seasons[0], horizon)


def test_season_override() -> None:
    assert Frequency.parse("h").with_season(12).seasons == (12, 24, 168)
    assert Frequency.parse("D").with_season(30).seasons == (30,)
    assert Frequency.parse("int").with_season(12).seasons == (12,)
    assert Frequency.parse("int").with_season(24).seasons == (24, 168)
    assert Frequency.parse("int").with_season(7).seasons == (7, 364)
    assert Frequency.parse("D").with_season(1).seasons == (1,)


def test_month_ends_stay_month_ends() -> None:
    freq = Frequency.parse("ME")
    start = freq.ordinals(np.datetime64("2023-12-31"))
    assert freq.format(start + np.arange(3)).tolist() == ["2023-12-31", "2024-01-31", "2024-02-29"]


def test_business_days_skip_weekends() -> None:
    freq = Frequency.parse("B")
    friday = freq.ordinals(np.datetime64("2024-05-31"))
    assert freq.format(friday + np.arange(2)).tolist() == ["2024-05-31", "2024-06-03"]
    assert not freq.on_grid(np.datetime64("2024-06-01"))


def test_off_grid_is_refused() -> None:
    with pytest.raises(DataError, match="2024-01-02"):
        Frequency.parse("MS").ordinals(np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[s]"))


@pytest.mark.parametrize("alias", ALIASES)
def test_past_year_9999_is_refused(alias: str) -> None:
    with pytest.raises(DataError):
        Frequency.parse(alias).timestamps(np.array([0, 2**63 - 1]))
    with pytest.raises(DataError):
        Frequency.parse(alias).timestamps(np.array([1 - 2**63]))


def test_the_whole_calendar_works() -> None:
    freq = Frequency.parse("D")
    ends = freq.ordinals(np.array(["0001-01-01", "9999-12-31"], dtype="datetime64[s]"))
    assert freq.format(ends).tolist() == ["0001-01-01", "9999-12-31"]
    with pytest.raises(DataError, match="9999"):
        freq.timestamps(ends + 1)


def test_hours_across_daylight_saving() -> None:
    freq = Frequency("second", 3600, tz="Europe/Berlin")
    start = freq.ordinals(np.datetime64("2024-10-26T23:00:00"))
    texts = freq.format(start + np.arange(4)).tolist()
    assert texts == [f"2024-10-27 0{h}:00:00+0{o}:00" for h, o in ((1, 2), (2, 2), (2, 1), (3, 1))]


def test_days_across_daylight_saving() -> None:
    freq = Frequency("day", tz="Europe/Berlin")
    start = freq.ordinals(np.datetime64("2024-03-31"))
    texts = freq.format(start + np.arange(2)).tolist()
    assert texts == ["2024-03-31 00:00:00+01:00", "2024-04-01 00:00:00+02:00"]


@settings(max_examples=30)
@given(st.integers(-200_000, 200_000), st.sampled_from(["UTC", "+05:30", "-03:00", "America/New_York"]))
def test_zoned_text_names_the_instant(hour: int, zone: str) -> None:
    from gruforecast.data.times import parse_times

    freq = Frequency("second", 3600, tz=zone)
    parsed = parse_times(freq.format(np.array([hour])))
    assert parsed.offsets is not None
    assert parsed.values - parsed.offsets == hour * 3600


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"unit": "day", "extra": 1},
        {"unit": "fortnight"},
        {"unit": "day", "step": 0},
        {"unit": "day", "step": "1"},
        {"unit": "day", "step": True},
        {"unit": "day", "step": 3, "anchor": 3},
        {"unit": "month", "day": 32},
        {"unit": "day", "tz": "../etc/passwd"},
        {"unit": "day", "tz": 1},
        {"unit": "day", "style": "%X"},
        {"unit": "day", "season": 10**9},
    ],
)
def test_hostile_dicts_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Frequency.from_dict(bad)
