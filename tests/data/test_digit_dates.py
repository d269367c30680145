"""Dates written as digits alone are read as dates, or refused where they could be plain numbers."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gruforecast.data import stamps
from gruforecast.data.plain_times import parse_format, parse_integers
from gruforecast.data.time_values import BadTime, Times

START = datetime.datetime(2019, 11, 20)
Step = Callable[[int], datetime.datetime]


def quarter(i: int) -> datetime.datetime:
    return datetime.datetime(2018 + i // 4, i % 4 * 3 + 1, 1)


def month(i: int) -> datetime.datetime:
    return datetime.datetime(2018 + i // 12, i % 12 + 1, 1)


def every(**span: int) -> Step:
    return lambda i: START + i * datetime.timedelta(**span)


def week(i: int) -> datetime.datetime:
    return datetime.datetime(2019, 11, 18) + i * datetime.timedelta(weeks=1)


STEPS: dict[str, Step] = {
    "%Y%m%d%H%M%S": every(seconds=90),
    "%Y%m%d%H%M": every(minutes=15),
    "%Y%m%d%H": every(hours=1),
    "%Y%m%d": every(days=1),
    "%Y%j": every(days=1),
    "%Y%m": month,
    "%G%V": week,
    "%Y%q": quarter,
}


def written(style: str, moment: datetime.datetime) -> str:
    return moment.strftime(style.replace("%q", str((moment.month + 2) // 3)))


def parse(cells: Sequence[str | int], **options: bool) -> Times:
    return parse_integers(np.array([str(cell) for cell in cells]).astype(np.bytes_), **options)


@pytest.mark.parametrize("style", list(STEPS))
def test_all_forms_are_read_and_written_again(style: str) -> None:
    moments = [STEPS[style](i) for i in range(60)]
    cells = [written(style, moment) for moment in moments]
    found = parse(cells)
    seconds = [int(moment.replace(tzinfo=datetime.UTC).timestamp()) for moment in moments]
    assert found.style == style and not found.integer and found.values.tolist() == seconds
    assert stamps.write(found.values.astype("datetime64[s]"), style, None, utc=False).tolist() == cells
    assert parse(cells, only_count=True).values.tolist() == [int(cell) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        pytest.param(range(2024001, 2024031), "a day of a year", id="one year of days"),
        pytest.param([*range(202301, 202313), 202401], "a month", id="a year of months"),
        pytest.param(range(202301, 202341), "a week", id="one year of weeks"),
        pytest.param([20231, 20232, 20233, 20234], "a quarter", id="one year of quarters"),
        pytest.param([*range(240101, 240132), 240201], "a date", id="short years and days"),
        pytest.param([y * 100 + m for y in (19, 20) for m in range(1, 13)], "a month", id="short years"),
    ],
)
def test_what_could_be_plain_numbers_is_refused(cells: Sequence[int], said: str) -> None:
    with pytest.raises(BadTime, match=f"could be {said} or a plain number") as caught:
        parse(cells)
    assert "--freq int" in caught.value.hint


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(range(20001, 20031), id="five digits"),
        pytest.param(range(20001, 20301, 10), id="always the same digit"),
        pytest.param(range(202001, 202101), id="six digits"),
        pytest.param(range(2020300, 2020400), id="seven digits"),
        pytest.param(range(20200101, 20200201), id="eight digits"),
        pytest.param(range(2020010100, 2020010200), id="ten digits"),
        pytest.param(range(202001010000, 202001010100), id="twelve digits"),
        pytest.param([20241301, 20241302], id="no such month"),
        pytest.param(range(1, 500), id="from one"),
        pytest.param(range(100_001, 101_000), id="from a hundred thousand"),
    ],
)
def test_numbers_that_count_stay_numbers(cells: Sequence[int]) -> None:
    found = parse(cells)
    assert found.integer or found.style == "%s"


def test_seconds_since_1970_that_look_like_an_hour_stay_seconds() -> None:
    assert parse([2020010100]).style == "%s"
    assert parse(range(1577836800, 1577836800 + 50 * 3600, 3600)).style == "%s"


@pytest.mark.parametrize(("style", "cell", "day"), [("%G%V", "202452", "2024-12-23"), ("%Y%q", "20244", "2024-10-01")])
def test_weeks_and_quarters_can_be_named(style: str, cell: str, day: str) -> None:
    found = parse_format(np.array([cell], dtype=object), style)
    assert found.style == style and str(found.values.astype("datetime64[s]")[0])[:10] == day


def test_what_does_not_match_a_named_form_is_refused() -> None:
    for style, cell in (("%G%V", "202453"), ("%Y%q", "20245"), ("%Y%q", "2024Q1"), ("%G%V", "")):
        with pytest.raises(BadTime, match=f"as --date-format {style} has it"):
            parse_format(np.array([cell], dtype=object), style)


def test_one_damaged_date_does_not_turn_all_into_numbers() -> None:
    cells = [written("%Y%m%d", every(days=1)(i)) for i in range(40)]
    cells[17] = "20191350"
    with pytest.raises(BadTime, match="is no date, as the others are") as caught:
        parse(cells)
    assert caught.value.index == 17


def test_years_are_not_taken_for_months_of_short_years() -> None:
    assert parse(range(1801, 2020)).style == "%Y"
    assert parse([1801, 1901, 2001]).style == "%Y"
