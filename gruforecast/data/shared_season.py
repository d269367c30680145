"""The season that the series of a panel share, for those that have hardly shown one.

A shop that opened in spring knows nothing of Christmas, but its sisters do; networks read every series by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gruforecast.data.effects import SHARED_SEASON, CalendarEffects, cut_off
from gruforecast.data.exact import exact_continuation
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions
from gruforecast.data.scaling import mean_observed

TELLS = 2  # seasons, from which a series tells of its own
LISTENS = 4  # seasons, below which it listens to others
SPAN = 6  # newest seasons that are told of
FEWEST = 5  # series that have to tell
MOST = 1000  # series that are asked
OBSERVED = 0.7  # share of their values that has to be known
FAR = 10.0  # mean deviations, beyond which they count no more
FORETOLD = 0.1  # share of the squared deviations of a series that all others have to foretell
LEAST = 1e-3  # factor of what the others never have
ROUNDING = 1e-9  # of shares
CHUNK = 1_000_000  # values that are looked at together


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def find_shared_season(panel: Panel) -> CalendarEffects | None:
    """The series of less than four seasons that have the season of the panel's others, if there are any."""
    season = panel.freq.seasons[0]
    short = np.flatnonzero((panel.lengths > 0) & (panel.lengths < LISTENS * season))
    if season < 2 or not len(short):
        return None
    told = _told(panel, season)
    if told is None or not np.median(told.foretold) > FORETOLD:
        return None
    among = np.full(len(panel), len(told.rows))
    among[told.rows] = np.arange(len(told.rows))
    span = int(panel.lengths[short].max())
    evidence = [_evidence(panel, rows, span, told.profiles[among[rows]]) for rows in portions(short, CHUNK // span)]
    kept = short[np.concatenate(evidence) + told.odds > 0]

    def at(k: IntArray, ordinals: IntArray) -> FloatArray:
        return np.asarray(told.profiles[among[kept[k]], ordinals % season])

    return CalendarEffects(kept, np.ones(len(kept), dtype=np.bool_), at, SHARED_SEASON) if len(kept) else None


def _evidence(panel: Panel, rows: IntArray, span: int, profiles: FloatArray) -> FloatArray:
    """[B] how much likelier the steps of the series at *rows* are if they have the season of *profiles*, in logarithms.

    Steps are normal, of unknown size. Minus infinity for what is negative, and has no shares, and for what goes on
    exactly as it is.
    """
    part = panel.select(rows)
    y, phase = part.tail(span), part.tail_ordinals(span) % profiles.shape[1]
    steps = [np.diff(_relative(x), axis=1) for x in (y, y / np.exp(np.take_along_axis(profiles, phase, axis=1)))]
    seen = np.isfinite(steps[0]).sum(axis=1)
    squares, without = (np.nansum(x**2, axis=1) for x in steps)
    gain = np.where(seen > 0, seen / 2 * np.log(squares / without), 0.0)
    clear = exact_continuation(y, (profiles.shape[1],), np.zeros(len(y), dtype=np.int64), 1)
    return np.where((y < 0).any(axis=1) | np.isnan(gain) | np.isfinite(clear[:, 0]), -np.inf, gain)


@dataclass(frozen=True)
class _Told:
    """What K series tell of their seasons.

    Attributes:
        rows: [K] the series.
        profiles: [K + 1, season] mean effect on logarithms, by ordinal modulo the season, of all but number k; of all.
        foretold: [K] share of the squared deviations of each that the others foretell.
    """

    rows: IntArray
    profiles: FloatArray
    foretold: FloatArray

    @property
    def odds(self) -> float:
        """Logarithm of the odds that a series has the season of the others."""
        return float(np.log((np.sum(self.foretold > 0) + 0.5) / (np.sum(self.foretold <= 0) + 0.5)))


def _told(panel: Panel, season: int) -> _Told | None:
    """What series of two seasons and more tell; None where they are too few."""
    rows = np.flatnonzero(panel.lengths >= TELLS * season)
    if len(rows) > MOST:
        rows = rows[np.linspace(0, len(rows) - 1, MOST).astype(np.int64)]
    part = panel.select(rows)
    span = min(SPAN * season, int(part.lengths.max(initial=1)))
    y, phase = part.tail(span), part.tail_ordinals(span) % season
    known = np.isfinite(y[:, -TELLS * season :]).mean(axis=1) >= OBSERVED
    deviation = cut_off(_from_the_season_around(y, season), FAR)
    seen = np.isfinite(deviation)
    kept = np.flatnonzero(known & ~(y < 0).any(axis=1) & (np.nansum(deviation**2, axis=1) > 0))
    rows, deviation, seen, phase = rows[kept], deviation[kept], seen[kept], phase[kept]
    cell = (phase + season * np.arange(len(rows))[:, None])[seen]
    count, total = (
        np.bincount(cell, weights, season * len(rows)).reshape(-1, season) for weights in (None, deviation[seen])
    )
    told = count > 0
    if not len(rows) or told.sum(axis=0).min() < FEWEST:
        return None
    own = np.where(told, total / np.maximum(count, 1), 0.0)
    own -= np.where(told, own.sum(axis=1, keepdims=True) / told.sum(axis=1, keepdims=True), 0.0)
    everyone = own.sum(axis=0, keepdims=True) / told.sum(axis=0)
    others = (own.sum(axis=0) - own) / (told.sum(axis=0) - told)
    left = deviation - np.take_along_axis(others, phase, axis=1)
    foretold = 1 - np.nansum(left**2, axis=1) / np.nansum(deviation**2, axis=1)
    return _Told(rows, np.log(np.maximum(1 + np.concatenate([others, everyone]), LEAST)), foretold)


def _relative(y: FloatArray) -> FloatArray:
    """[B, L] logarithms of positive series, shares of their means of others."""
    positive: BoolArray = np.asarray(~(y <= 0).any(axis=1))[:, None]
    return np.where(positive, np.log(np.where(y > 0, y, np.nan)), y / mean_observed(y)[:, None])


def _from_the_season_around(y: FloatArray, season: int) -> FloatArray:
    """[B, L] differences from the mean of the season around each value, as shares of it; NaN where that is unknown."""
    deviation, length, half = np.full_like(y, np.nan), y.shape[1], season // 2
    if length <= 2 * half:
        return deviation
    z = y / np.where(np.isfinite(y), np.abs(y), 0.0).max(axis=1, keepdims=True)
    sums = np.cumsum(np.pad(np.where(np.isfinite(z), z, 0.0), ((0, 0), (1, 0))), axis=1)
    gaps = np.cumsum(np.pad(~np.isfinite(z), ((0, 0), (1, 0))), axis=1)
    mean, gap = ((x[:, season:] - x[:, :-season]) / season for x in (sums, gaps))
    mean[gap > 0] = np.nan
    if season % 2 == 0:
        mean = (mean[:, :-1] + mean[:, 1:]) / 2
    share = z[:, half : length - half] / np.where(mean > 0, mean, np.nan) - 1
    deviation[:, half : length - half] = np.where(np.abs(share) > ROUNDING, share, 0.0 * share)
    return deviation
