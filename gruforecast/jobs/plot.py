"""The verb ``plot``: a picture of history and forecast."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gruforecast.config import DataConfig
from gruforecast.data.forecast import Forecast
from gruforecast.data.origin import STDIN, Named, as_origin
from gruforecast.data.panel import Panel
from gruforecast.errors import UsageError, escape
from gruforecast.jobs.bundled import on_grid
from gruforecast.jobs.forecast_file import read_forecasts
from gruforecast.jobs.outputs import probe
from gruforecast.jobs.predict_panel import check_horizon, predict_panel
from gruforecast.jobs.resolve import load_for_model, resolve_data, resolve_model
from gruforecast.jobs.season import with_season
from gruforecast.jobs.source import load
from gruforecast.report.picture import forecast_picture

INTERVALS = (80.0, 95.0)


@dataclass(frozen=True)
class PlotRequest:
    """What to draw. Without *forecasts* the model makes them; *model_name* picks a column of a forecast file."""

    data: Named | None = None
    forecasts: str | None = None
    model: Path | None = None
    model_name: str | None = None
    output: str = "forecast.png"
    series: tuple[str, ...] = ()
    last: int | None = None
    title: str | None = None
    horizon: int | None = None
    reading: DataConfig = field(default_factory=DataConfig)
    where: Path = Path()


def plot(request: PlotRequest) -> bytes:
    """Draw and write the picture; returns its bytes. Raises UsageError, NoInput, DataError or WriteError."""
    if request.last is not None and request.last < 1:
        raise UsageError(f"--last {request.last} is less than one period")
    check_horizon(request.horizon)
    named = [as_origin(data) for data in (request.data, request.forecasts) if data is not None]
    inputs = [path for origin in named for path in origin.inputs]
    if request.output != STDIN:
        probe(request.output, inputs)
    panel, forecast = _from_file(request) if request.forecasts is not None else _from_model(request)
    path = None if request.output == STDIN else request.output
    return forecast_picture(panel, forecast, path, list(request.series) or None, request.last, request.title)


def _from_file(request: PlotRequest) -> tuple[Panel, Forecast]:
    assert request.data is not None  # forecasts stand behind it
    panel = load(request.data, request.reading).panel
    file = read_forecasts(str(request.forecasts), panel.freq.alias)
    name = request.model_name or next(iter(file.forecasts))
    if name not in file.forecasts:
        known = ", ".join(file.forecasts)
        raise UsageError(f"the forecast file has no model {escape(name)}", hint=f"it has {known}")
    return panel, file.forecasts[name]


def _from_model(request: PlotRequest) -> tuple[Panel, Forecast]:
    model = resolve_model(request.model, request.where, or_bundled=request.data is not None)
    data = resolve_data(model, request.data)
    loaded = with_season(load_for_model(model, data, request.reading, remembered=request.data is None), model)
    model = on_grid(model, loaded.panel.freq)
    levels = INTERVALS if model.config.head == "quantile" else ()
    return loaded.panel, predict_panel(model, loaded.panel, horizon=request.horizon, levels=levels).forecast
