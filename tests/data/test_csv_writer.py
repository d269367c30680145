"""Forecast files: exact columns, exact numbers, safe cells."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.calendar import Frequency
from gruforecast.data.csv_writer import forecast_csv, number_cells, text_cells
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import ColumnNames
from gruforecast.errors import UsageError

LEVELS = (0.0125, 0.025, 0.1, 0.5, 0.9, 0.975, 0.9875)
NAMES = ColumnNames("shop", "day", "sold")


def forecast(freq: str = "D", ids: tuple[str, ...] = ("a", "b"), horizon: int = 3) -> Forecast:
    n = len(ids)
    quantiles = np.sort(np.random.default_rng(0).normal(size=(n, horizon, len(LEVELS))), axis=-1)
    return Forecast(
        np.array(ids, dtype=object), np.arange(n) + 19_000, Frequency.parse(freq), quantiles[:, :, 3], quantiles, LEVELS
    )


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_columns_in_order_and_named_exactly() -> None:
    content = forecast_csv(forecast(), NAMES, levels=(97.5, 80, 95), quantile_levels=(0.1, 0.5, 0.9))
    header = "shop,day,GRU,GRU-lo-97.5,GRU-lo-95,GRU-lo-80,GRU-hi-80,GRU-hi-95,GRU-hi-97.5,GRU-q0.1,GRU-q0.5,GRU-q0.9"
    assert content.startswith(header.encode() + b"\n") and content.endswith(b"\n") and b"\r" not in content
    rows = np.array([[float(cell) for cell in row[2:]] for row in table(content)[1:]])
    assert (np.diff(rows[:, [1, 2, 3, 0, 4, 5, 6]], axis=1) >= 0).all()
    assert (rows[:, 7] == rows[:, 3]).all() and (rows[:, 8] == rows[:, 0]).all()


def test_dialect_and_model_name() -> None:
    header = table(forecast_csv(forecast(), NAMES, levels=(), model_name="SeasonalNaive", dialect="nixtla"))[0]
    assert header == ["unique_id", "ds", "SeasonalNaive"]
    with pytest.raises(UsageError):
        forecast_csv(forecast(), NAMES, dialect="klingon")


def test_rows_are_sorted_by_series_and_time() -> None:
    rows = table(forecast_csv(forecast(), NAMES))[1:]
    assert [row[:2] for row in rows] == [
        *(["a", day] for day in ("2022-01-09", "2022-01-10", "2022-01-11")),
        *(["b", day] for day in ("2022-01-10", "2022-01-11", "2022-01-12")),
    ]


def test_skipped_periods_are_not_written() -> None:
    whole = table(forecast_csv(forecast(), NAMES))[1:]
    away = np.array([[False, True, False], [True, True, True]])
    rows = table(forecast_csv(replace(forecast(), skipped=away), NAMES))[1:]
    assert rows == [whole[0], whole[2]]


def test_a_level_the_forecast_does_not_have() -> None:
    with pytest.raises(UsageError, match=r"quantile 0\.25"):
        forecast_csv(forecast(), NAMES, levels=(50,))


FLOATS = st.lists(st.floats(allow_infinity=False), min_size=1, max_size=20)


@given(FLOATS)
def test_numbers_read_back_exactly(values: list[float]) -> None:
    cells = number_cells(np.array(values, dtype=np.float64))
    assert np.array_equal([float(cell or "nan") for cell in cells], values, equal_nan=True)


@settings(max_examples=500)
@given(FLOATS, st.floats(-40, 40))
def test_many_numbers_are_written_like_few(values: list[float], exponent: float) -> None:
    # Between the extremes that hypothesis likes, and where notations change.
    array = np.array([*values, 10**exponent, -(10**exponent), 1e16, 1e-4, 99999e-9, 9999999999999998.0, -0.0, np.inf])
    with pytest.MonkeyPatch.context() as patched:
        few = number_cells(array[::2]), number_cells(array)
        patched.setattr("gruforecast.data.csv_writer.MANY", 1)
        assert (number_cells(array[::2]), number_cells(array)) == few


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=4))
def test_ids_read_back_exactly(ids: list[str]) -> None:
    content = forecast_csv(forecast(ids=tuple(ids), horizon=1), NAMES)
    assert [row[0] for row in table(content)[1:]] == ids
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    assert frame["shop"].tolist() == ids


def test_excel_safe_changes_text_cells_only() -> None:
    ids = ("=1+1", "@x", "-5", "plain", '+"q"')
    names = ColumnNames("=id", "day", "y")
    rows = table(forecast_csv(forecast(ids=ids, horizon=1), names, excel_safe=True))
    assert [row[0] for row in rows] == ["'=id", "'=1+1", "'@x", "'-5", "plain", '\'+"q"']
    assert any(float(row[2]) < 0 and row[2].startswith("-") for row in rows[1:])
    assert [row[0] for row in table(forecast_csv(forecast(ids=ids, horizon=1), names))][1:] == list(ids)


def test_missing_values_are_empty_cells() -> None:
    one = forecast()
    content = forecast_csv(replace(one, median=np.full_like(one.median, np.nan)), NAMES, levels=())
    assert table(content)[1] == ["a", "2022-01-09", ""]


def test_quoting_follows_rfc_4180() -> None:
    assert text_cells(["a", "a,b", 'a"b', "a\nb", "a\rb", " a"]) == ["a", '"a,b"', '"a""b"', '"a\nb"', '"a\rb"', " a"]
