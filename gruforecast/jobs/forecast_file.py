"""Reading a forecast CSV back: which of its columns are models, and their forecasts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data.forecast import Forecast, interval_quantiles
from gruforecast.data.inputs import Opened
from gruforecast.data.origin import Named, as_origin
from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.errors import DataError
from gruforecast.evaluation.rolling import values_at

_INTERVAL = re.compile(r"(.+)-(lo|hi)-(\d+(?:\.\d+)?)", re.ASCII)
_QUANTILE = re.compile(r"(.+)-q(0?\.\d+)", re.ASCII)
_NOT_MODELS = ("cutoff", "y")
MAX_COLUMNS = 200


@dataclass(frozen=True)
class ForecastFile:
    """Forecasts of one or more models over the same series and times, and the intervals they have, in percent."""

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
    """One panel a column, all on the rows of the first model's."""
    config = DataConfig(id_col=id_name, time_col=time_name, sep=",", decimal=".", freq=freq)
    place: tuple[IntArray, IntArray] | None = None
    forecasts: dict[str, Forecast] = {}
    levels: set[float] = set()
    for model, quantiles in columns.items():
        first, _ = opened.panel(_target(config, model), "long")
        if place is None:
            horizon = int(first.lengths.max())
            place = (first.start - 1, first.start[:, None] + np.arange(horizon))
        cutoff, ordinals = place

        def values(name: str, at: IntArray = ordinals) -> FloatArray:
            panel, _ = opened.panel(_target(config, name), "long")
            return values_at(panel, at)

        parts = [values(name) for name in quantiles.values()]
        stacked = np.stack(parts, axis=2) if parts else np.zeros((*ordinals.shape, 0))
        forecasts[model] = Forecast(
            first.ids, cutoff, first.freq, values_at(first, ordinals), stacked, tuple(quantiles)
        )
        levels |= {round(100 * (1 - 2 * q), 6) for q in quantiles if q < 0.5}
    return ForecastFile(forecasts, tuple(sorted(levels)))


def _target(config: DataConfig, name: str) -> DataConfig:
    from dataclasses import replace

    return replace(config, target_col=name)
