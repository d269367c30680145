"""The verb ``score``: how good was an existing forecast file, now that the truth is known?"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data.inputs import Opened
from gruforecast.data.origin import Named, Origin, as_origin
from gruforecast.data.panel import Panel
from gruforecast.errors import DataError, UsageError
from gruforecast.evaluation.backtest import Backtest, before, score_forecasts
from gruforecast.evaluation.registry import DEFAULT_METRICS, levels_needed
from gruforecast.evaluation.registry import metric as find_metric
from gruforecast.evaluation.verdict import Gate
from gruforecast.jobs.forecast_file import ForecastFile, read_forecasts
from gruforecast.jobs.metrics_table import Scores, check_groups, score_table
from gruforecast.jobs.outputs import probe, write
from gruforecast.jobs.season import settled

_SCALED = ("MASE", "RMSSE", "MSIS")


@dataclass(frozen=True)
class ScoreRequest:
    """A forecast file, what came true, and for scaled errors the history it was made from."""

    forecast: Named
    actuals: Named
    train: Named | None = None
    metrics: tuple[str, ...] | None = None
    by: tuple[str, ...] = ("overall",)
    gates: tuple[str, ...] = ()
    output: str | None = "metrics.csv"
    reading: DataConfig = field(default_factory=DataConfig)


@dataclass(frozen=True)
class Scored:
    """The figures, the forecasts they are of, and what there is to say of them."""

    backtest: Backtest
    scores: Scores
    notes: tuple[str, ...] = ()


def score(request: ScoreRequest) -> Scored:
    """Do what *request* says. Raises UsageError, NoInput, DataError or WriteError."""
    gates = [Gate.parse(text) for text in request.gates]
    actuals, history = as_origin(request.actuals), None if request.train is None else as_origin(request.train)
    check_groups(request.by)
    if request.output is not None:
        inputs = (as_origin(request.forecast).inputs, actuals.inputs, history.inputs if history else ())
        probe(request.output, [path for paths in inputs for path in paths])
    actual = _history(request, actuals)
    file = read_forecasts(request.forecast, actual.freq.alias)
    train, note = None, ""
    if history is not None:
        known = functools.partial(before, forecast=next(iter(file.forecasts.values())))
        train, note = settled(_history(request, history), known)
    metrics = _metrics(request, file)
    backtest = score_forecasts(actual, file.forecasts, train, file.levels)
    if not backtest.used.any():
        raise DataError("no forecast period has an actual value yet", file=actuals.name)
    scores = score_table(backtest, metrics, request.by, gates)
    if request.output is not None:
        write({request.output: scores.csv})
    return Scored(backtest, scores, tuple(filter(None, (note, _uneven(file)))))


def _history(request: ScoreRequest, origin: Origin) -> Panel:
    """True values. The forecast kept the user's names for id and time, so they hold here too."""
    reading = request.reading
    own = Opened.of(as_origin(request.forecast), DataConfig()).header(DataConfig(sep=","))[:2]
    opened = Opened.of(origin, reading)
    header = opened.header(reading)
    if reading.id_col is None and own[0] in header:
        reading = replace(reading, id_col=own[0])
    if reading.time_col is None and len(own) > 1 and own[1] in header:
        reading = replace(reading, time_col=own[1])
    return opened.panel(reading)[0]


def _uneven(file: ForecastFile) -> str:
    """A note where some models forecast periods that others do not."""
    known = np.stack([np.isfinite(forecast.median) for forecast in file.forecasts.values()])
    count = int((known.any(axis=0) & ~known.all(axis=0)).sum())
    return f"{count:,} periods that not every model forecasts are not scored" if count else ""


def _metrics(request: ScoreRequest, file: ForecastFile) -> tuple[str, ...]:
    """What was asked for, else the usual measures as far as the files allow. Raises UsageError."""
    carried = {q for forecast in file.forecasts.values() for q in forecast.levels}

    def missing(name: str) -> list[float]:
        return [q for q in levels_needed([name]) if not any(abs(q - have) < 1e-9 for have in carried)]

    if request.metrics is None:
        usable = [name for name in DEFAULT_METRICS if not missing(name)]
        return tuple(name for name in usable if request.train is not None or name not in _SCALED)
    for name in request.metrics:
        find_metric(name)
        if missing(name):
            wanted = ",".join(f"{q:g}" for q in levels_needed([name]))
            raise UsageError(f"the forecast lacks quantiles for {name}", hint=f"predict with --quantiles {wanted}")
    return request.metrics
