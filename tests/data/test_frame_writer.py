"""Forecasts as a pandas frame."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.csv_writer import forecast_csv
from gruforecast.data.forecast import Forecast
from gruforecast.data.frame_writer import forecast_frame
from gruforecast.data.panel import ColumnNames
from gruforecast.data.stamps import EPOCH_STYLES

NAMES = ColumnNames("shop", "day", "sold")
LEVELS = (0.1, 0.5, 0.9)


def forecast() -> Forecast:
    quantiles = np.sort(np.random.default_rng(0).normal(size=(2, 3, len(LEVELS))), axis=-1)
    ids = np.array(["a", "b"], dtype=object)
    return Forecast(ids, np.arange(2) + 19_000, Frequency.parse("D"), quantiles[:, :, 1], quantiles, LEVELS)


def test_the_frame_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gruforecast.data.csv_writer._CHUNK", 2)
    one = forecast()
    frame = forecast_frame(one, NAMES, levels=(80,), quantile_levels=(0.5,))
    read = pd.read_csv(io.BytesIO(forecast_csv(one, NAMES, levels=(80,), quantile_levels=(0.5,))), parse_dates=["day"])
    pd.testing.assert_frame_equal(frame, read, check_dtype=False)


def test_skipped_periods_are_not_in_it() -> None:
    away = np.array([[False, True, False], [True, False, False]])
    zoned = replace(forecast(), freq=Frequency("day", tz="Europe/Berlin"))
    frame = forecast_frame(replace(zoned, skipped=away), NAMES, levels=(80,))
    whole = forecast_frame(zoned, NAMES, levels=(80,))
    pd.testing.assert_frame_equal(frame, whole[~away.ravel()].reset_index(drop=True))


def test_frames_carry_zones_and_integers() -> None:
    base = forecast()
    zoned = replace(base, freq=Frequency("second", 3600, tz="Europe/Berlin"))
    assert str(forecast_frame(zoned, NAMES, levels=(80,)).day.dt.tz) == "Europe/Berlin"
    daily = forecast_frame(replace(base, freq=Frequency("day", tz="Europe/Berlin")), NAMES, levels=())
    assert (daily.day.dt.hour == 0).all()
    assert forecast_frame(replace(base, freq=Frequency("integer")), NAMES, levels=()).day.tolist()[:2] == [19001, 19002]


@pytest.mark.parametrize("style", EPOCH_STYLES)
def test_seconds_since_1970_are_counted_as_the_input_did(style: str) -> None:
    one = replace(forecast(), freq=Frequency("second", 3600, style=style))
    read = pd.read_csv(io.BytesIO(forecast_csv(one, NAMES, levels=(80,), quantile_levels=())))
    assert forecast_frame(one, NAMES, levels=(80,)).day.tolist() == read.day.tolist()
    assert str(read.day[0]) == style.replace("%s", str(19_001 * 3600))
