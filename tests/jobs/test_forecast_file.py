"""A forecast file read back is the forecast that was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.csv_writer import forecast_csv
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import ColumnNames
from gruforecast.errors import DataError
from gruforecast.jobs.forecast_file import read_forecasts

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


def made(freq: Frequency, horizon: int) -> Forecast:
    rng = np.random.default_rng(0)
    median = rng.normal(size=(2, horizon))
    quantiles = median[:, :, None] + np.linspace(-1, 1, 5)
    cutoff = np.array([600, 612], dtype=np.int64)
    return Forecast(np.array(["a,b", "é"], dtype=object), cutoff, freq, median, quantiles, LEVELS)


@pytest.mark.parametrize("freq", [Frequency("month", 1), Frequency("second", 3600, tz="UTC"), Frequency("integer", 7)])
@pytest.mark.parametrize("horizon", [1, 4])
def test_round_trip(tmp_path: Path, freq: Frequency, horizon: int) -> None:
    forecast = made(freq, horizon)
    csv = forecast_csv(forecast, ColumnNames("id", "when", "y"), levels=(80, 95), quantile_levels=(0.5,))
    (tmp_path / "f.csv").write_bytes(csv)
    file = read_forecasts(tmp_path / "f.csv", freq.alias)
    back = file.forecasts["GRU"]
    assert file.levels == (80, 95) and back.levels == LEVELS and back.ids.tolist() == ["a,b", "é"]
    np.testing.assert_array_equal(back.ds, forecast.ds)
    np.testing.assert_array_equal(back.median, forecast.median)
    np.testing.assert_array_equal(back.quantiles[:, :, [0, 1, 3, 4]], forecast.quantiles[:, :, [0, 1, 3, 4]])
    np.testing.assert_array_equal(back.quantiles[:, :, 2], forecast.median)


def test_several_models(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("unique_id,ds,cutoff,A,A-lo-90,B,y\nx,2024-01-01,2023-12-01,1,0,2,3\n")
    file = read_forecasts(tmp_path / "f.csv", "MS")
    assert list(file.forecasts) == ["A", "B"] and file.forecasts["A"].levels == (0.05,)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "id,ds,M-lo-80\nx,2024-01-01,1\n"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(DataError):
        read_forecasts(tmp_path / "f.csv", "MS")
