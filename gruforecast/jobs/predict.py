"""The verb ``predict``: find model and data, forecast, and write the result whole."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gruforecast.config import DEVICES, DataConfig
from gruforecast.data.csv_writer import forecast_csv
from gruforecast.data.origin import Named, is_database
from gruforecast.data.panel import Panel
from gruforecast.errors import PartialResult, UsageError, escape
from gruforecast.jobs.bundled import on_grid
from gruforecast.jobs.cutting import age_seconds, as_of, refuse_stale
from gruforecast.jobs.last_period import with_note
from gruforecast.jobs.outputs import Outputs, forecast_meta
from gruforecast.jobs.predict_panel import Prediction, SeriesStatus, check_horizon, predict_panel
from gruforecast.jobs.resolve import load_for_model, resolve_data, resolve_model, select_series
from gruforecast.jobs.saved_model import SavedModel
from gruforecast.jobs.season import with_season
from gruforecast.jobs.source import Loaded
from gruforecast.jobs.table_outputs import TableOutputs

STDOUT = "-"


@dataclass(frozen=True)
class ForecastRequest:
    """What the user asked for; None means: as the model has it."""

    data: Named | None = None
    model: Path | None = None
    output: str = "forecasts.csv"
    horizon: int | None = None
    levels: tuple[float, ...] | None = None
    quantiles: tuple[float, ...] = ()
    only: tuple[str, ...] = ()
    as_of: str | None = None
    max_age: str | None = None
    dialect: str = "own"
    excel_safe: bool = False
    allow_negative: bool = False
    skip_unrecorded: bool = False
    reading: DataConfig = field(default_factory=DataConfig)
    where: Path = Path()
    zero_shot: bool = False
    device: str = "auto"

    def check(self) -> None:
        """Raise UsageError for what cannot work whatever the data."""
        check_horizon(self.horizon)
        if self.dialect not in ("own", "nixtla"):
            raise UsageError(f"--dialect {self.dialect!r:.60} is not one of own, nixtla")
        if self.device not in DEVICES:
            raise UsageError(f"--device {self.device!r:.60} is not one of {', '.join(DEVICES)}")
        if self.excel_safe and is_database(self.output):
            raise UsageError("--excel-safe is for CSV files", hint="leave it out: a table needs no quotes")
        if self.max_age is not None:
            age_seconds(self.max_age)


@dataclass(frozen=True)
class ForecastDone:
    """A forecast, its CSV bytes (none for a table), and where it was written (None: they are for stdout)."""

    model: SavedModel
    loaded: Loaded
    prediction: Prediction
    levels: tuple[float, ...]
    csv: bytes
    outputs: Outputs | TableOutputs | None

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.loaded.report.warnings, *self.prediction.notes)

    def refuse_partial(self) -> None:
        """Raise PartialResult when a series fell back or was skipped."""
        count = sum(status.status in ("fallback", "skipped") for status in self.prediction.statuses)
        if count:
            where = f", see {self.outputs.status}" if self.outputs else ""
            raise PartialResult(f"{count} series fell back to a baseline or were skipped{where}")


def forecast(request: ForecastRequest) -> ForecastDone:
    """Do what *request* says. Everything is computed before the first byte is written.

    Raises UsageError, NoInput, DataError, ModelRefused or WriteError; an earlier output is then untouched.
    """
    request.check()
    model = resolve_model(
        request.model, request.where, or_bundled=request.data is not None, zero_shot=request.zero_shot
    )
    data = resolve_data(model, request.data)
    outputs = _outputs(request.output)
    if isinstance(outputs, TableOutputs):
        outputs.probe()
    elif outputs is not None:
        outputs.probe(data.inputs)
        if model.path is not None and model.path.resolve() in outputs.forecast.resolve().parents:
            raise UsageError(f"output {escape(request.output, 200)} is inside the model directory", hint="move it out")
    loaded = load_for_model(model, data, request.reading, remembered=request.data is None)
    if request.as_of is None:
        loaded = with_note(loaded)
    loaded = with_season(loaded, model, functools.partial(_known, request))
    model = on_grid(model, loaded.panel.freq)
    prediction = _predict(request, model, loaded)
    levels = _levels(request, model)
    made, names = prediction.forecast, loaded.panel.names
    columns: dict[str, Any] = {
        "levels": levels,
        "quantile_levels": request.quantiles,
        "dialect": request.dialect,
    }
    csv = b""
    if isinstance(outputs, TableOutputs):
        outputs.write(made, names, prediction.statuses, **columns)
    else:
        csv = forecast_csv(made, names, excel_safe=request.excel_safe, **columns)
    if isinstance(outputs, Outputs):
        outputs.write(csv, forecast_meta(model, loaded, made, levels), prediction.statuses)
    return ForecastDone(model, loaded, prediction, levels, csv, outputs)


def _outputs(word: str) -> Outputs | TableOutputs | None:
    """Where a forecast goes; None is stdout."""
    if word == STDOUT:
        return None
    return TableOutputs.named(word) if is_database(word) else Outputs(Path(word))


def _predict(request: ForecastRequest, model: SavedModel, loaded: Loaded) -> Prediction:
    panel = loaded.panel
    if request.max_age is not None:
        refuse_stale(panel, request.max_age)
    only = None
    if request.only:
        only = np.array(select_series(panel.ids.tolist(), request.only), dtype=np.int64)
    panel = _known(request, panel)
    prediction = predict_panel(
        model,
        panel,
        only=only,
        horizon=request.horizon,
        levels=_levels(request, model),
        quantiles=request.quantiles,
        device=request.device,
        allow_negative=request.allow_negative,
        skip_unrecorded=request.skip_unrecorded,
    )
    asked = panel if only is None else panel.select(only)
    return replace(prediction, statuses=[*prediction.statuses, *_unseen(model, asked, prediction)])


def _known(request: ForecastRequest, panel: Panel) -> Panel:
    return panel if request.as_of is None else as_of(panel, request.as_of)


def _unseen(model: SavedModel, panel: Panel, prediction: Prediction) -> list[SeriesStatus]:
    """Series the model was not trained on: it is global and serves them all the same, but the user should know."""
    known = model.data.get("ids")
    if not isinstance(known, list):
        return []
    listed = {*known, *(status.id for status in prediction.statuses)}
    rows = [i for i, name in enumerate(panel.ids) if name not in listed]
    counts, cutoffs = panel.observed, panel.freq.format(panel.cutoff)
    return [
        SeriesStatus(str(panel.ids[i]), "unseen", "not in the training data", "GRU", str(cutoffs[i]), int(counts[i]))
        for i in rows
    ]


def _levels(request: ForecastRequest, model: SavedModel) -> tuple[float, ...]:
    """The intervals to write. Raises UsageError when some are asked of a model that has none."""
    if model.config.head != "quantile":
        if request.levels or request.quantiles:
            raise UsageError(
                "the model was trained without intervals", hint="leave --levels out, or train with --head quantile"
            )
        return ()
    return model.levels if request.levels is None else request.levels
