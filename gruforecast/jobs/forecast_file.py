"""Reading a forecast CSV back: which of its columns are models, and their forecasts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data.forecast import Forecast, interval_quantiles
from gruforecast.data.inputs import Opened
from gruforecast.data.origin import Named, as_origin
from gruforecast.errors import DataError
from gruforecast.evaluation.rolling import values_at

_INTERVAL = re.compile(r"(.+)-(lo|hi)-(\d+(?:\.\d+)?)", re.ASCII)
_QUANTILE = re.compile(r"(.+)-q(0?\.\d+)", re.ASCII)
_NOT_MODELS = ("cutoff", "y")
MAX_COLUMNS = 200


@dataclass(frozen=True)
class ForecastFile:
    """Forecasts of one or more models over the same series, times and probabilities, and the intervals in percent.

    NaN stands where a model has no value.
    """

    forecasts: dict[str, Forecast]
    levels: tuple[float, ...]


def read_forecasts(named: Named, freq: str | None = None) -> ForecastFile:
    """Read what ``predict`` wrote, or a table of the same form: id, time, then a column a model and quantile.

    Args:
        freq: the time grid, for a file in which no series has two rows.

    Raises DataError or NoInput.
    """
    origin = as_origin(named)
    opened = Opened.of(origin, DataConfig())
    header = opened.header(DataConfig(sep=","))
    if len(header) < 3:
        raise DataError("a forecast has an id, a time and at least one model", file=origin.name, line=1)
    values = [name for name in header[2:] if name not in _NOT_MODELS]
    models = [name for name in values if not (_INTERVAL.fullmatch(name) or _QUANTILE.fullmatch(name))]
    if not models or len(values) > MAX_COLUMNS:
        raise DataError("no column is a model's forecast, such as GRU", file=origin.name, line=1)
    columns = {model: _probabilities(model, values) for model in models}
    return _read(opened, header[0], header[1], columns, freq)


def _probabilities(model: str, names: Sequence[str]) -> dict[float, str]:
    """Probability → column of one model, increasing."""
    found = {}
    for name in names:
        interval, quantile = _INTERVAL.fullmatch(name), _QUANTILE.fullmatch(name)
        if interval and interval[1] == model and 0 < float(interval[3]) < 100:
            bounds = interval_quantiles([float(interval[3])])
            found[bounds[0] if interval[2] == "lo" else bounds[-1]] = name
        elif quantile and quantile[1] == model:
            found[float(quantile[2])] = name
    return dict(sorted(found.items()))


def _read(
    opened: Opened, id_name: str, time_name: str, columns: dict[str, dict[float, str]], freq: str | None
) -> ForecastFile:
    """All models on the same series, periods and probabilities; NaN where a model has none."""
    config = DataConfig(id_col=id_name, time_col=time_name, sep=",", decimal=".", freq=freq)
    names = [name for model, quantiles in columns.items() for name in (model, *quantiles.values())]
    panels = {name: opened.panel(replace(config, target_col=name), "long")[0] for name in names}
    first = panels[names[0]]
    known = [panels[model] for model in columns if len(panels[model].y)]
    if not known:
        raise DataError("no forecast in it is a number", file=opened.origin.name)
    # A model may begin later or end earlier than another.
    far = np.iinfo(np.int64).max
    start = np.min([np.where(panel.lengths, panel.start, far) for panel in known], axis=0)
    start = np.where(start == far, first.start, start)
    horizon = max(int((panel.cutoff - start)[panel.lengths > 0].max()) + 1 for panel in known)
    ordinals = start[:, None] + np.arange(horizon)
    probabilities = sorted({q for quantiles in columns.values() for q in quantiles})
    absent = np.full(ordinals.shape, np.nan)
    forecasts = {}
    for model, quantiles in columns.items():
        values = [values_at(panels[quantiles[q]], ordinals) if q in quantiles else absent for q in probabilities]
        stacked = np.stack(values, axis=2) if values else np.zeros((*ordinals.shape, 0))
        median = values_at(panels[model], ordinals)
        forecasts[model] = Forecast(first.ids, start - 1, first.freq, median, stacked, tuple(probabilities))
    levels = {round(100 * (1 - 2 * q), 6) for q in probabilities if q < 0.5}
    return ForecastFile(forecasts, tuple(sorted(levels)))
