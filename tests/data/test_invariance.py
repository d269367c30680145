"""What a file looks like changes nothing: the same series, however written, give the same panel and forecast bytes."""

from __future__ import annotations

import csv
import gzip
import io
import locale
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gruforecast.data.calendar import Frequency
from gruforecast.data.clean_csv import clean_csv, reading_flags
from gruforecast.data.csv_writer import forecast_csv, text_cells
from gruforecast.data.panel import Panel
from gruforecast.evaluation.baselines import SeasonalNaive

from .conftest import Read

EACH = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
IDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=10)
GRIDS = st.sampled_from(["YS", "YE-JUN", "QS", "QE", "MS", "ME", "MS@15", "W-SUN", "W-WED", "D", "h", "15min", "int"])
NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.integers(-1000, 1000).map(float), st.just(float("nan")))


@dataclass(frozen=True)
class Series:
    """Rows of a small panel: id, time, value as text."""

    rows: tuple[tuple[str, str, str], ...]
    freq: Frequency


@st.composite
def series(draw: Any) -> Series:
    freq = Frequency.parse(draw(GRIDS))
    first = draw(st.integers(20, 60)) if freq.unit != "second" else draw(st.integers(400_000, 450_000))
    rows = []
    for name in draw(st.lists(IDS, min_size=1, max_size=4, unique=True)):
        length = draw(st.integers(12, 20))
        times = freq.format(np.arange(first, first + length)).tolist()
        values = draw(st.lists(NUMBERS, min_size=length, max_size=length))
        values[0] = values[-1] = 1.5
        rows += [(name, t, "" if v != v else repr(v)) for t, v in zip(times, values, strict=True)]
    return Series(tuple(rows), freq)


@dataclass(frozen=True)
class Writing:
    """How to write a table."""

    order: int
    columns: tuple[int, ...]
    end: str
    mark: bool
    quoted: bool
    extra: bool
    packed: bool
    sep: str
    blank: bool
    index: bool


WRITINGS = st.builds(
    Writing,
    order=st.integers(0, 2**32 - 1),
    columns=st.permutations((0, 1, 2)).map(tuple),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.booleans(),
    quoted=st.booleans(),
    extra=st.booleans(),
    packed=st.booleans(),
    sep=st.sampled_from([",", ";", "\t", "|"]),
    blank=st.booleans(),
    index=st.booleans(),
)


def write(data: Series, how: Writing) -> bytes:
    """The rows of *data* as a file of another look."""
    rows = [list(data.rows[i]) for i in np.random.default_rng(how.order).permutation(len(data.rows))]
    table = [["unique_id", "ds", "y"], *rows]
    table = [[row[i] for i in how.columns] for row in table]
    if how.extra:
        table = [[*row, "remark" if i == 0 else "x y"] for i, row in enumerate(table)]
    if how.index:
        table = [["" if i == 0 else str(i - 1), *row] for i, row in enumerate(table)]
    text = "".join(how.sep.join(_cell(cell, how) for cell in row) + how.end for row in table)
    content = (b"\xef\xbb\xbf" if how.mark else b"") + text.encode()
    content += how.end.encode() * 2 if how.blank else b""
    return gzip.compress(content) if how.packed else content


def _cell(text: str, how: Writing) -> str:
    # Not by csv.writer, which leaves a line feed unquoted when lines end otherwise.
    special = how.quoted or any(c in text for c in ('"', "\r", "\n", how.sep))
    return '"' + text.replace('"', '""') + '"' if special else text


def plain(data: Series) -> bytes:
    cells = (",".join((text_cells([name])[0], t, v)) for name, t, v in data.rows)
    return ("\n".join(["unique_id,ds,y", *cells]) + "\n").encode()


def forecast(panel: Panel) -> bytes:
    return forecast_csv(SeasonalNaive().predict(panel, 3, [0.1, 0.9]), panel.names, levels=[80])


def same(one: Panel, other: Panel) -> bool:
    arrays = ((one.ids, other.ids), (one.start, other.start), (one.indptr, other.indptr))
    equal = all(np.array_equal(a, b) for a, b in arrays) and np.array_equal(one.y, other.y, equal_nan=True)
    return equal and one.freq == other.freq and one.names == other.names


@EACH
@given(series(), WRITINGS)
def test_the_look_of_a_file_changes_nothing(read: Read, data: Series, how: Writing) -> None:
    one = read(plain(data))[0]
    other = read(write(data, how), sep=how.sep)[0]
    assert same(one, other)
    assert forecast(one) == forecast(other)


@EACH
@given(series())
def test_ids_and_times_round_trip_exactly(read: Read, data: Series) -> None:
    panel = read(plain(data))[0]
    assert panel.ids.tolist() == sorted({name for name, _, _ in data.rows})
    written = {(name, t): v for name, t, v in data.rows}
    for i, name in enumerate(panel.ids.tolist()):
        times = panel.freq.format(np.arange(panel.start[i], panel.cutoff[i] + 1)).tolist()
        values = ["" if v != v else repr(v) for v in panel.series(i).tolist()]
        assert [written[name, t] for t in times] == values
    rows = list(csv.reader(io.StringIO(forecast(panel).decode(), newline="")))
    assert {row[0] for row in rows[1:]} == set(panel.ids.tolist())


@EACH
@given(series())
def test_a_clean_copy_is_the_same_panel(read: Read, data: Series) -> None:
    panel = read(plain(data))[0]
    content = clean_csv(panel, single=False)
    reading_flags(content, panel, single=False)  # raises when no flags read it back
    assert same(read(content)[0], panel)


@pytest.fixture(params=["Pacific/Kiritimati", "America/St_Johns", "Europe/Berlin"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


FILES = [
    "ds,y\n" + "".join(f"2024-03-{d:02d},{d}\n" for d in range(20, 32)),
    "ds,y\n" + "".join(f"2024-10-27 {h:02d}:00:00,{h}\n" for h in range(12)),
    "ds,y\n" + "".join(f"2024-10-27T{h:02d}:00:00+01:00,{h}\n" for h in range(12)),
    "ts,y\n" + "".join(f"{1729983600 + 3600 * h},{h}\n" for h in range(12)),
]


@pytest.mark.parametrize("content", FILES)
def test_the_time_zone_of_the_machine_changes_nothing(read: Read, elsewhere: str, content: str) -> None:
    there = forecast(read(content)[0])
    os.environ["TZ"] = "UTC"
    time.tzset()
    assert forecast(read(content)[0]) == there


def test_the_locale_changes_nothing(read: Read) -> None:
    content = "ds;y\n" + "".join(f"{d}.01.2024;{d},5\n" for d in range(10, 25))
    here = forecast(read(content)[0])
    old = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"):
            try:
                locale.setlocale(locale.LC_ALL, name)
            except locale.Error:
                continue
            assert forecast(read(content)[0]) == here
    finally:
        locale.setlocale(locale.LC_ALL, old)
