"""The season of series whose times only count: what a calendar would say, found in the values."""

from __future__ import annotations

from collections import Counter

import numpy as np

from gruforecast.data.outliers import outliers
from gruforecast.data.panel import FloatArray, Panel

# Seasons of calendars: quarters and months of a year, days of a week, weeks, periods of a day.
SEASONS = (4, 5, 7, 12, 24, 48, 52, 96, 144, 288)
LEAST_TIMES = 3  # seasons that a series has to hold
LEAST_LINK = 0.2  # autocorrelation below which a season would help no forecast
CHANCE = 1.2  # over the root of the number of seasons: what noise, walks and AR processes seldom reach
LIKE_BEST = 0.8  # a multiple of the season is linked as closely, give or take
LEAST_SHARE = 1 / 8  # of the series: in most panels many show no season
MAX_SERIES, MAX_PERIODS = 100, 4000
MAX_TIMES = 4  # seasons that are looked back
CLIP = 4.0  # sigmas beyond which a value is an outlier


def find_season(panel: Panel) -> int:
    """The season that the most series of *panel* show, in periods; 1 if too few show any.

    Of more than MAX_SERIES series, those are asked that stand evenly in the order of their ids. One of :data:`SEASONS`,
    for the grids of calendars are what networks know; cycles of another period are found window by window.
    """
    order = np.argsort(panel.ids, kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(len(order), MAX_SERIES)).astype(np.int64)]
    votes = Counter(_season(panel.series(int(i))[-MAX_PERIODS:]) for i in chosen)
    shown = {season: count for season, count in votes.items() if season > 1}
    if not shown:
        return 1
    # Of two with as many votes the shorter, whatever the order of the series.
    season = max(shown, key=lambda season: (shown[season], -season))
    return season if shown[season] >= LEAST_SHARE * len(chosen) else 1


def _season(y: FloatArray) -> int:
    """The season of one series [n], NaN = missing; 1 if it shows none."""
    y = _bridged(y)
    shown = {season: _link(y, season) for season in SEASONS if len(y) >= LEAST_TIMES * season}
    best = max(shown.values(), default=0.0)
    return next((season for season, value in shown.items() if value > 0 and value >= LIKE_BEST * best), 1)


def _bridged(y: FloatArray) -> FloatArray:
    """*y* [n] without what is missing at its ends, straight lines in its gaps; logarithms if it is positive.

    What is far off counts as missing: it would be in every moving average about it.
    """
    known = np.flatnonzero(np.isfinite(y) & ~outliers(y[None], 1, 0)[0])
    if len(known) < LEAST_TIMES * SEASONS[0]:
        return np.zeros(0)
    bridged: FloatArray = np.interp(np.arange(known[0], known[-1] + 1), known, y[known])
    if bridged.min() > 0:
        return np.log(bridged)
    return bridged / max(float(np.abs(bridged).max()), 1e-300)


def _link(y: FloatArray, season: int) -> float:
    """Mean autocorrelation of *y* [n] after one *season*, two, …; 0 unless it is a peak that is not chance.

    A moving average over the season is taken off first, and what is far off is clipped. Periods a thirtieth off drift
    away from the peaks of a season that is there.
    """
    rest = _clipped(_without_trend(y, season))
    n, aside = len(rest), max(1, season // 30)
    size = float(rest @ rest) / n
    if not size > 0:
        return 0.0
    times = range(1, min(MAX_TIMES, n // (2 * season)) + 1)

    def mean_link(period: int) -> float:
        lags = [period * k for k in times]
        return sum(float(rest[lag:] @ rest[:-lag]) / (n - lag) for lag in lags) / (size * len(lags))

    value = mean_link(season)
    if value < max(LEAST_LINK, CHANCE / (n / season) ** 0.5):
        return 0.0
    return value if value > max(mean_link(season - aside), mean_link(season + aside)) else 0.0


def _without_trend(y: FloatArray, season: int) -> FloatArray:
    """*y* [n] less its centred moving average over one season, [n - season or one more]."""
    total = np.concatenate([[0.0], np.cumsum(y)])
    mean = (total[season:] - total[:-season]) / season
    if season % 2 == 0:
        mean = (mean[1:] + mean[:-1]) / 2
    half = season // 2
    rest: FloatArray = y[half : half + len(mean)] - mean
    return rest


def _clipped(x: FloatArray) -> FloatArray:
    """*x* about its median, no further off than CLIP sigmas, centred."""
    x = x - np.median(x)
    usual = 1.4826 * float(np.median(np.abs(x))) or float(x.std())
    clipped = np.clip(x, -CLIP * usual, CLIP * usual)
    centred: FloatArray = clipped - clipped.mean()
    return centred
