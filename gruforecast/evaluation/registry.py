"""The measures under the names a user types, each with its value per series and over all series."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gruforecast.data.forecast import interval_quantiles
from gruforecast.data.panel import FloatArray
from gruforecast.errors import GruforecastError, UsageError, escape
from gruforecast.evaluation import metrics as m

DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
DEFAULT_METRICS = ("MASE", "sMAPE", "MAE", "RMSE", "WQL", "coverage-80", "coverage-95")


@dataclass(frozen=True)
class Scored:
    """One model's forecasts beside the truth: all that any measure may look at.

    Attributes:
        actual, median: [N, H].
        quantiles: [N, H, Q] at ``levels`` [Q].
        scale, square_scale: [N] or [N, H], from :func:`in_sample_scale`.
    """

    actual: FloatArray
    median: FloatArray
    quantiles: FloatArray
    levels: tuple[float, ...]
    scale: FloatArray
    square_scale: FloatArray

    def at(self, levels: Sequence[float]) -> FloatArray:
        """[N, H, len(levels)] quantiles at these probabilities; raises GruforecastError if one is absent."""
        places = [_place(self.levels, level) for level in levels]
        return self.quantiles[:, :, places]


def _place(levels: Sequence[float], level: float) -> int:
    near = [i for i, known in enumerate(levels) if abs(known - level) < 1e-9]
    if not near:
        raise GruforecastError(f"the forecast has no quantile {level:g}")
    return near[0]


def mean(values: FloatArray) -> float:
    """Mean over the series that have a value, NaN if none has."""
    return float(m.row_mean(values[None, :], np.isfinite(values)[None, :])[0])


@dataclass(frozen=True)
class Metric:
    """A measure under the name a user types.

    Attributes:
        name: canonical spelling, such as ``MASE`` or ``coverage-80``.
        per_series: Scored → [N].
        overall: Scored → one number for all series together.
        levels: probabilities the forecast must have.
    """

    name: str
    per_series: Callable[[Scored], FloatArray]
    overall: Callable[[Scored], float]
    levels: tuple[float, ...] = ()


def _averaged(name: str, measure: Callable[[Scored], FloatArray], levels: tuple[float, ...] = ()) -> Metric:
    return Metric(name, measure, lambda scored: mean(measure(scored)), levels)


def _overall_wql(s: Scored) -> float:
    # Pooled, not a mean of ratios: a series of near-zero values would otherwise decide the figure.
    loss, size = m.wql_parts(s.actual, s.at(DECILES), DECILES)
    return float(m.divide(loss.sum(keepdims=True), size.sum(keepdims=True))[0])


def _coverage_metric(level: float) -> Metric:
    low, high = interval_quantiles((level,))

    def measure(s: Scored) -> FloatArray:
        bounds = s.at((low, high))
        return m.coverage(s.actual, bounds[:, :, 0], bounds[:, :, 1])

    return _averaged(f"coverage-{level:g}", measure, (low, high))


def _msis_metric(level: float, name: str = "") -> Metric:
    low, high = interval_quantiles((level,))

    def measure(s: Scored) -> FloatArray:
        bounds = s.at((low, high))
        return m.msis(s.actual, bounds[:, :, 0], bounds[:, :, 1], level, s.scale)

    return _averaged(name or f"MSIS-{level:g}", measure, (low, high))


_FIXED = (
    _averaged("MASE", lambda s: m.mase(s.actual, s.median, s.scale)),
    _averaged("sMAPE", lambda s: m.smape(s.actual, s.median)),
    _averaged("MAPE", lambda s: m.mape(s.actual, s.median)),
    _averaged("MAE", lambda s: m.mae(s.actual, s.median)),
    _averaged("MSE", lambda s: m.mse(s.actual, s.median)),
    # Root of the mean square over all series, so that one horizon's RMSE is not merely its MAE.
    Metric(
        "RMSE",
        lambda s: m.rmse(s.actual, s.median),
        lambda s: float(np.sqrt(mean(m.mse(s.actual, s.median)))),
    ),
    _averaged("RMSSE", lambda s: m.rmsse(s.actual, s.median, s.square_scale)),
    _averaged("pinball", lambda s: m.pinball(s.actual, s.at(DECILES), DECILES), DECILES),
    Metric("WQL", lambda s: m.wql(s.actual, s.at(DECILES), DECILES), _overall_wql, DECILES),
    _msis_metric(95.0, "MSIS"),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _FIXED}
_EXAMPLES = (*METRICS, "coverage-80", "coverage-95", "MSIS-80")


def metric(name: str) -> Metric:
    """The measure a user asked for as *name*, in any case; ``coverage-L`` and ``MSIS-L`` for any 0 < L < 100.

    Raises UsageError on an unknown name, with the nearest known one.
    """
    spelt = {key.lower(): key for key in _EXAMPLES}
    canonical = spelt.get(name.lower(), name)
    if canonical in METRICS:
        return METRICS[canonical]
    parts = re.fullmatch(r"(coverage|msis)-(\d+(?:\.\d+)?)", name, re.IGNORECASE | re.ASCII)
    if parts and 0 < float(parts[2]) < 100:
        build = _coverage_metric if parts[1].lower() == "coverage" else _msis_metric
        return build(float(parts[2]))
    near = difflib.get_close_matches(name.lower(), spelt, n=1)
    hint = f"did you mean {spelt[near[0]]}?" if near else f"known: {', '.join(_EXAMPLES)}"
    raise UsageError(f"unknown metric {escape(name)}", hint=hint)


def levels_needed(names: Iterable[str]) -> tuple[float, ...]:
    """Increasing probabilities a forecast must have so that all metrics *names* can be computed."""
    return tuple(sorted({level for name in names for level in metric(name).levels}))
