"""Forecast a panel with a saved model; series that the model cannot serve get a plain baseline and a status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gruforecast.data.calendar_effects import take_out_calendar
from gruforecast.data.effects import FEASTS, NEWEST, SHARED_SEASON, CalendarEffects, put_back
from gruforecast.data.forecast import Forecast, interval_quantiles
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel
from gruforecast.data.resolution import find_resolution
from gruforecast.data.scaling import median_observed
from gruforecast.data.silence import silence
from gruforecast.data.unrecorded import unrecorded
from gruforecast.errors import DataError, UsageError, escape
from gruforecast.evaluation.baselines import Naive
from gruforecast.jobs.saved_model import SavedModel

# With fewer observed points there is no movement to learn a forecast from, only a last value.
LEAST_OBSERVED = 3
MAX_HORIZON = 10_000
ASKED = 1000  # series that tell how far values are apart
# Why a series gets no forecast though it has values, and why another has none.
NOTHING_THEN, NOTHING_AT_ALL = "no value is ever recorded at these times", "no observed value"
# Fewer missing values are nothing to speak of; more may be times that were misunderstood.
MANY_MISSING = 0.1


def check_horizon(horizon: int | None) -> None:
    """Raise UsageError unless so many periods can be forecast; None: as the model says."""
    if horizon is not None and not (isinstance(horizon, int | np.integer) and 1 <= horizon <= MAX_HORIZON):
        raise UsageError(f"horizon = {horizon!r:.60} is outside 1 … {MAX_HORIZON}")


@dataclass(frozen=True)
class SeriesStatus:
    """How a series was forecast when it was not plain: "fallback" (by *model_used*) or "skipped" (no forecast)."""

    id: str
    status: str
    reason: str
    model_used: str
    cutoff: str
    n_obs: int


@dataclass(frozen=True)
class Prediction:
    """Forecasts of all series that have one, statuses of those that were not plain, and remarks for the user."""

    forecast: Forecast
    statuses: list[SeriesStatus]
    notes: list[str]


def predict_panel(
    model: SavedModel,
    panel: Panel,
    *,
    only: IntArray | None = None,
    horizon: int | None = None,
    levels: Sequence[float] = (),
    quantiles: Sequence[float] = (),
    engine: str = "auto",
    device: str = "auto",
    allow_negative: bool = False,
    skip_unrecorded: bool = False,
) -> Prediction:
    """Forecast *panel*.

    Args:
        engine: "numpy", "torch", or "auto": torch where a GPU is asked for, else numpy wherever it can. Most of
            the work is reading and writing, so even 100,000 series end later with a GPU than without.
        device: "auto", "cpu" or "cuda".
        only: numbers of the series to forecast; default: all.
        horizon: periods; default: the model's.
        levels: prediction intervals in percent.
        quantiles: further probabilities.
        skip_unrecorded: leave out periods at which nothing is ever recorded (see :func:`unrecorded`).

    Raises:
        DataError: no series has an observed value.
        UsageError: probabilities no forecast has, or any of a model that was trained without them.
        ResourceError: *device* is not there.
    """
    check_horizon(horizon)
    horizon = horizon or model.horizon
    company, panel = panel, panel if only is None else panel.select(only)
    counts = panel.observed
    if not counts.any():
        raise DataError("no series has an observed value", hint="check the target column (--target-col)")
    wanted = tuple(sorted({*interval_quantiles(levels), *(round(q, 10) for q in quantiles)}))
    if not all(0 < q < 1 for q in wanted):
        raise UsageError("levels must lie between 0 and 100, quantiles between 0 and 1, bounds excluded")
    if wanted and model.config.head == "point":
        raise UsageError("the model was trained without intervals", hint="train with --head quantile")
    served = np.flatnonzero(counts > 0)
    part = panel.select(served)
    if engine == "auto" and device == "cuda":
        engine = "torch"
    forecaster = model.forecaster(engine, allow_negative, device)
    plain, effects = take_out_calendar(company) if model.is_universal else (company, [])
    rows = served if only is None else only[served]
    effects = [effect for effect in (found.select(rows) for found in effects) if len(effect.rows)]
    plain = plain.select(rows) if effects else part
    forecast = forecaster.predict(plain, horizon, wanted)
    short = counts[served] < LEAST_OBSERVED
    broken = ~np.isfinite(forecast.median).all(axis=1) | ~np.isfinite(forecast.quantiles).all(axis=(1, 2))
    replaced = np.flatnonzero(short | broken)
    forecast = with_fallback(forecast, plain, replaced, wanted, company, allow_negative=allow_negative)
    forecast = put_back(effects, forecast, part, allow_negative=allow_negative)
    away = unrecorded(part, horizon)
    if skip_unrecorded:
        forecast = replace(forecast, skipped=away)
    reasons = {int(served[i]): "too short" if short[i] else "no finite forecast" for i in replaced}
    reasons |= {int(served[i]): NOTHING_THEN for i in np.flatnonzero(~forecast.written.any(axis=1))}
    notes = []
    missing = len(part.y) - int(counts.sum())
    if missing > MANY_MISSING * len(part.y):
        notes.append(f"{missing:,} of {len(part.y):,} periods have no value and are left as missing")
    notes += _ends(part)
    notes += _calendar_notes(effects, forecast, part)
    if horizon > model.direct_horizon:
        notes.append(
            f"horizon {horizon} is longer than the model's {model.direct_horizon}: "
            "later periods build on its own forecasts"
        )
    silent = np.flatnonzero(silence(part)) if model.is_universal else served[:0]
    if len(silent):
        notes.append(f"{_of(silent, part)} are zero for longer than ever before: the longer, the longer it may last")
    if len(forecast.left_out):
        notes.append(_left_out(forecast, part))
    if away.any():
        what = "are left out" if forecast.written.any() else "and so none is left: ask for more of them (-H)"
        what = what if skip_unrecorded else "are forecast all the same; --skip-unrecorded leaves them out"
        notes.append(f"{_unrecorded(forecast, away)} {what}")
    return Prediction(forecast, _statuses(panel, counts, reasons), notes)


def _ends(panel: Panel) -> list[str]:
    """Which series end before the newest period, if most have that."""
    early = np.flatnonzero(panel.cutoff < panel.cutoff.max())
    if not 0 < 2 * len(early) <= len(panel):
        return []
    first = early[np.argmin(panel.cutoff[early])]
    newest, oldest = panel.freq.format([int(panel.cutoff.max()), int(panel.cutoff[first])])
    return [
        f"{_of(early, panel)} end before {newest}, the first with {oldest} (series {escape(panel.ids[first])}): "
        "every forecast begins where its series ends"
    ]


def _calendar_notes(effects: Sequence[CalendarEffects], forecast: Forecast, panel: Panel) -> list[str]:
    """What the forecasts owe to other series and to other years, where a reader may wonder."""
    notes = []
    for effect in effects:
        if effect.kind == SHARED_SEASON:
            notes.append(f"{_of(effect.rows, panel)} are short and take the season that the others share")
        if effect.kind == FEASTS:
            ahead = effect.at(np.arange(len(effect.rows))[:, None], forecast.ordinals[effect.rows])
            if ahead.any():
                notes.append(_feasts(effect, ahead, forecast, panel))
    return notes


def _feasts(effect: CalendarEffects, ahead: FloatArray, forecast: Forecast, panel: Panel) -> str:
    """Which dates *ahead* [K, horizon] are unlike others."""
    k, period = np.unravel_index(np.argmax(np.abs(ahead)), ahead.shape)
    row, size = effect.rows[k], ahead[k, period]
    when = forecast.freq.format([forecast.ordinals[row, period]])[0]
    change = f"{np.exp(size):.2g} times the usual" if effect.relative[k] else f"{size:+.3g}"
    return (
        f"{_of(effect.rows[ahead.any(axis=1)], panel)} are expected to do on some dates as in other years, most of all "
        f"on {when} ({change}, series {escape(panel.ids[row])})"
    )


def _of(rows: IntArray, panel: Panel) -> str:
    return f"{len(rows):,} of {len(panel):,} series"


def _left_out(forecast: Forecast, panel: Panel) -> str:
    """Which values of the history were not believed."""
    count = len(forecast.left_out)
    series, ordinal = forecast.left_out[0].tolist()
    value = panel.series(series)[ordinal - panel.start[series]]
    first = f"{value:g} of series {escape(panel.ids[series])} at {panel.freq.format([ordinal])[0]}"
    if count == 1:
        return f"1 value is far off all around it and is read as missing: {first}"
    return f"{count} values are far off all around them and are read as missing, the first: {first}"


def _unrecorded(forecast: Forecast, away: BoolArray) -> str:
    """Which periods those are."""
    series, period = np.argwhere(away)[0].tolist()
    when = forecast.freq.format([forecast.ordinals[series, period]])[0]
    return (
        f"{away.sum():,} of {away.size:,} periods, at such times nothing is ever recorded (first {when} of series "
        f"{escape(forecast.ids[series])}),"
    )


def with_fallback(
    forecast: Forecast,
    panel: Panel,
    rows: IntArray,
    levels: tuple[float, ...],
    company: Panel,
    *,
    allow_negative: bool,
) -> Forecast:
    """*forecast* of *panel* with the series at *rows* replaced by the naive one, under the same bound at zero.

    One value says nothing of how far the next will be from it: *company*, all series there are, does.
    """
    if not len(rows):
        return forecast
    part = panel.select(rows)
    naive = Naive().predict(part, forecast.horizon, levels)
    single = part.observed == 1
    if single.any():
        usual = _usual_distances(company, forecast.horizon, levels)
        naive.quantiles[single] += usual * np.abs(naive.median[single])[:, :, None]
    negative = np.array([(part.series(i) < 0).any() for i in range(len(part))])
    floor = np.where(negative | allow_negative, -np.inf, 0.0)[:, None]
    resolution = find_resolution(part.tail(min(NEWEST, int(part.lengths.max()))))
    median, quantiles = forecast.median.copy(), forecast.quantiles.copy()
    median[rows] = resolution.nearest(np.maximum(naive.median, floor))
    quantiles[rows] = resolution.nearest(np.maximum(naive.quantiles, floor[:, None]))
    return replace(forecast, median=median, quantiles=quantiles)


@np.errstate(over="ignore", invalid="ignore")
def _usual_distances(panel: Panel, horizon: int, levels: tuple[float, ...]) -> FloatArray:
    """[H, Q] how far quantiles of naive forecasts are from the last value, as a share of it, in the median series."""
    known = np.flatnonzero(panel.observed >= LEAST_OBSERVED)[:ASKED]
    naive = Naive().predict(panel.select(known), horizon, levels)
    last = np.abs(naive.median)[:, :, None]
    share = (naive.quantiles - naive.median[:, :, None]) / np.where(last > 0, last, np.nan)
    return np.nan_to_num(median_observed(share, axis=0))


def _statuses(panel: Panel, counts: IntArray, reasons: dict[int, str]) -> list[SeriesStatus]:
    result = []
    for i in sorted({*reasons, *np.flatnonzero(counts == 0).tolist()}):
        empty = counts[i] == 0
        reason = NOTHING_AT_ALL if empty else reasons[i]
        skipped = reason in (NOTHING_AT_ALL, NOTHING_THEN)
        result.append(
            SeriesStatus(
                id=str(panel.ids[i]),
                status="skipped" if skipped else "fallback",
                reason=reason,
                model_used="" if skipped else "Naive",
                cutoff="" if empty else str(panel.freq.format([int(panel.cutoff[i])])[0]),
                n_obs=int(counts[i]),
            )
        )
    return result
