"""Time stamps as text: what is certain is read, what is not is refused."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.time_values import BadTime, Times
from gruforecast.data.times import looks_like_time, parse_times
from gruforecast.errors import UsageError

from .conftest import Read, Refuse


def parse(*cells: str, date_format: str | None = None) -> Times:
    return parse_times(np.array(cells, dtype=object), date_format)


def stamps(*cells: str, date_format: str | None = None) -> list[str]:
    return [str(v) for v in parse(*cells, date_format=date_format).values.astype("datetime64[s]")]


@pytest.mark.parametrize(
    ("cell", "stamp", "style"),
    [
        ("2024-02-29", "2024-02-29T00:00:00", ""),
        ("2024/02/29", "2024-02-29T00:00:00", ""),
        ("2024-2-9", "2024-02-09T00:00:00", ""),
        ("2024-02-29 13:45", "2024-02-29T13:45:00", "%Y-%m-%d %H:%M"),
        ("2024-02-29 13:45:59", "2024-02-29T13:45:59", "%Y-%m-%d %H:%M:%S"),
        ("2024-02-29T13:45:59.000", "2024-02-29T13:45:59", "%Y-%m-%dT%H:%M:%S"),
        ("2024-02-29T13:45:59Z", "2024-02-29T13:45:59", "%Y-%m-%dT%H:%M:%SZ"),
        ("2024-02-29 13:45:59+02:00", "2024-02-29T13:45:59", "%Y-%m-%d %H:%M:%S"),
        ("20240229T134559Z", "2024-02-29T13:45:59", ""),
        ("2024-02", "2024-02-01T00:00:00", "%Y-%m"),
        ("2024Q3", "2024-07-01T00:00:00", "%YQ%q"),
        ("2024-q1", "2024-01-01T00:00:00", "%Y-Q%q"),
        ("20240229", "2024-02-29T00:00:00", "%Y%m%d"),
        ("2024-W01", "2024-01-01T00:00:00", "%G-W%V"),
        ("2020W53", "2020-12-28T00:00:00", "%GW%V"),
        ("1709164800", "2024-02-29T00:00:00", "%s"),
        ("1709164800000", "2024-02-29T00:00:00", "%s000"),
        ("1850", "1850-01-01T00:00:00", "%Y"),
        ("0001-01-01", "0001-01-01T00:00:00", ""),
        ("9999-12-31", "9999-12-31T00:00:00", ""),
        ("31/12/2024", "2024-12-31T00:00:00", ""),
        ("12/31/2024", "2024-12-31T00:00:00", ""),
        ("31.12.2024 08:00", "2024-12-31T08:00:00", ""),
    ],
)
def test_forms_of_time(cell: str, stamp: str, style: str) -> None:
    found = parse(cell)
    assert stamps(cell) == [stamp] and found.style == style and not found.integer


@given(st.datetimes(min_value=datetime.datetime(1, 1, 1)))
@settings(deadline=None)
def test_any_datetime_reads_back(moment: datetime.datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert stamps(moment.isoformat(sep=" ")) == [moment.isoformat()]
    assert stamps(moment.date().isoformat()) == [moment.date().isoformat() + "T00:00:00"]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "x",
        "2024-13-01",
        "2023-02-29",
        "2024-00-10",
        "2024-01-32",
        "0000-01-01",
        "2024-01-01 24:00",
        "2024-01-01 12:60",
        "2024-01-01 12:00:60",
        "2024-01-01 12:00:00.5",
        "2024Q5",
        "2024Q0",
        "２０２４-01-01",
        "Jan 2024",
        "24-01-01",
        "dddd-dd",
        "2024-01-01T",
        "2024-01-01 1:00",
        "NaT",
        "2024-01/01",
        "1.5",
        "10000-01-01",
        "2024-W01",  # a week does not mix with days
        "2023-W53",
        "x" * 100,
        "2024-01-01\n",
    ],
)
def test_what_is_no_time(cell: str) -> None:
    if cell != "2024-W01":
        with pytest.raises(BadTime):
            parse(cell)
    with pytest.raises(BadTime) as caught:
        parse("2024-01-05", cell)
    assert caught.value.index == 1


def test_day_and_month_order_must_be_settled_by_the_column() -> None:
    assert stamps("01/02/2020", "13/02/2020")[0] == "2020-02-01T00:00:00"
    assert stamps("01/02/2020", "02/13/2020")[0] == "2020-01-02T00:00:00"
    for cells in (["01/02/2020", "03/04/2020"], ["13/01/2020", "01/13/2020"]):
        with pytest.raises(BadTime) as caught:
            parse(*cells)
        assert "--date-format" in caught.value.hint
    assert stamps("01/02/2020", date_format="%d/%m/%Y") == ["2020-02-01T00:00:00"]


def test_integers_are_not_1970() -> None:
    assert parse("1", "2", "-3").integer
    assert parse("1600000", "1700000").integer
    assert parse("20241301", "20241302").integer  # no such month, so plain numbers
    assert parse("999", "1000").integer
    with pytest.raises(BadTime, match="month or a plain number"):
        parse("202001", "202002")
    assert parse("202001", "202012", date_format="%Y%m").style == "%Y%m"
    with pytest.raises(BadTime):
        parse("2024", "2024-02")


def test_zones() -> None:
    found = parse("2024-01-01T00:00+05:30", "2024-01-01T01:00-0800", "2024-01-01T02:00Z", "2024-01-01T02:00+01")
    assert found.offsets is not None
    assert found.offsets.tolist() == [19800, -28800, 0, 3600]
    for cells in (["2024-01-01T00:00Z", "2024-01-01T01:00"], ["2024-01-01T00:00", "2024-01-01T01:00Z"]):
        with pytest.raises(BadTime, match="time zone"):
            parse(*cells)


def test_own_formats() -> None:
    assert stamps("3. 2. 21", date_format="%d. %m. %y") == ["2021-02-03T00:00:00"]
    with pytest.raises(BadTime, match="does not match"):
        parse("2021-01-01", date_format="%d.%m.%Y")
    with pytest.raises(UsageError):
        parse("2021-01-01", date_format="%Q")
    zoned = parse("2021-01-01 00:00 +0200", date_format="%Y-%m-%d %H:%M %z")
    assert zoned.offsets is not None and zoned.offsets.tolist() == [7200]


def test_looks_like_time() -> None:
    assert looks_like_time(["2024-01-01", "2024-13-45"])
    assert not looks_like_time(["2024-01-01", "x"]) and not looks_like_time(["20240101"]) and not looks_like_time([])


def test_errors_name_the_line(refuse: Refuse) -> None:
    content = "ds,y\n2024-01-01,1\n2024-01-02,2\n2024-02-30,3\n"
    assert "data.csv:4: column 'ds': '2024-02-30' is no date" in refuse(content)
    assert "data.csv:3: column 'ds': is empty" in refuse(content.replace("2024-01-02", "")).replace("'' ", "")


@pytest.mark.parametrize(
    ("cells", "following"),
    [
        (["2020", "2021", "2022"], "2023"),
        (["2020Q3", "2020Q4", "2021Q1"], "2021Q2"),
        (["2020-11", "2020-12", "2021-01"], "2021-02"),
        (["20240130", "20240131", "20240201"], "20240202"),
        (["1", "2", "3"], "4"),
        (["2024-01-01T00:00Z", "2024-01-01T01:00Z", "2024-01-01T02:00Z"], "2024-01-01T03:00Z"),
        (["2024-01-01 00:00:00", "2024-01-02 00:00:00", "2024-01-03 00:00:00"], "2024-01-04 00:00:00"),
        (["2024-01-01 12:00", "2024-01-02 12:00", "2024-01-03 12:00"], "2024-01-04 12:00"),
        (["30/01/2024", "31/01/2024", "01/02/2024"], "2024-02-02"),
        (["2024-01-01T00:00+02:00", "2024-01-01T01:00+02:00", "2024-01-01T02:00+02:00"], "2024-01-01T03:00+02:00"),
    ],
)
def test_the_forecast_is_stamped_in_the_same_style(read: Read, cells: list[str], following: str) -> None:
    panel, _ = read("ds,y\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells)))
    assert panel.freq.format(panel.cutoff + 1).tolist() == [following]
