"""What is worth knowing of a panel before a model is trained on it: lengths, gaps, zeros, how strong its season is."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from gruforecast.data.panel import FloatArray, Panel

SHOWN_NAMES = 5
_MAX_SERIES = 200
_MAX_PERIODS = 5_000


@dataclass(frozen=True)
class Group:
    """Series that have something in common: how many, and the names of the first few."""

    count: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, panel: Panel, mask: np.ndarray) -> Group:
        """The series of *panel* that *mask* [N] marks."""
        return cls(int(mask.sum()), tuple(panel.ids[np.flatnonzero(mask)[:SHOWN_NAMES]].tolist()))


@dataclass(frozen=True)
class Profile:
    """A panel in figures.

    Attributes:
        series, periods, observed: how many series, periods of all series, and values among them.
        lengths: shortest, median and longest of the series that have values, in periods.
        first, last: the first and last period of all.
        gaps: periods within series without a value.
        zeros, negatives: their share among the values.
        season_strength: 0 (none) to 1 (nothing but season), median over series; None where it cannot be measured.
        empty: series without a value; single: with one; pair: with two; constant: with more that are all equal;
            short: other series shorter than two seasons and the horizon.
    """

    series: int
    periods: int
    observed: int
    lengths: tuple[int, float, int]
    first: str
    last: str
    gaps: int
    zeros: float
    negatives: float
    season_length: int
    season_strength: float | None
    empty: Group
    single: Group
    pair: Group
    constant: Group
    short: Group

    @property
    def gap_share(self) -> float:
        """Periods without a value among all periods."""
        return self.gaps / self.periods if self.periods else 0.0


def profile(panel: Panel) -> Profile:
    """Measure *panel*."""
    seen = np.isfinite(panel.y)
    observed = int(seen.sum())
    owner = np.repeat(np.arange(len(panel)), panel.lengths)
    counts = np.bincount(owner[seen], minlength=len(panel))
    lengths = panel.lengths[counts > 0]
    size = (int(lengths.min()), float(np.median(lengths)), int(lengths.max())) if len(lengths) else (0, 0.0, 0)
    constant = _constant(panel, owner, seen) & (counts > 2)
    enough = min(2 * panel.freq.season_length, 24) + 1
    full = panel.lengths > 0
    ends = panel.freq.format([int(panel.start[full].min()), int(panel.cutoff[full].max())]) if full.any() else ("", "")
    return Profile(
        series=len(panel),
        periods=len(panel.y),
        observed=observed,
        lengths=size,
        first=str(ends[0]),
        last=str(ends[1]),
        gaps=len(panel.y) - observed,
        zeros=float((panel.y == 0).sum() / max(observed, 1)),
        negatives=float((panel.y < 0).sum() / max(observed, 1)),
        season_length=panel.freq.season_length,
        season_strength=season_strength(panel),
        empty=Group.of(panel, counts == 0),
        single=Group.of(panel, counts == 1),
        pair=Group.of(panel, counts == 2),
        constant=Group.of(panel, constant),
        short=Group.of(panel, (counts > 2) & (counts < enough) & ~constant),
    )


def _constant(panel: Panel, owner: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """[N] which series have no two different values."""
    low, high = np.full(len(panel), np.inf), np.full(len(panel), -np.inf)
    np.minimum.at(low, owner[seen], panel.y[seen])
    np.maximum.at(high, owner[seen], panel.y[seen])
    return np.asarray(low >= high)


def season_strength(panel: Panel) -> float | None:
    """Median strength of the primary season over series, at most 200 evenly chosen.

    1 - Var(remainder) / Var(detrended), not below 0: Wang, Smith & Hyndman (2006), "Characteristic-based clustering for
    time series data", with moving averages for the trend.
    """
    season = panel.freq.season_length
    long = np.flatnonzero(panel.lengths >= 3 * season)
    if season < 2 or not len(long):
        return None
    chosen = long[np.linspace(0, len(long) - 1, min(len(long), _MAX_SERIES)).astype(np.int64)]
    found = [_strength(panel.series(int(i))[-max(_MAX_PERIODS, 3 * season) :], season) for i in chosen]
    known = [value for value in found if value is not None]
    return float(np.median(known)) if known else None


def _strength(y: FloatArray, season: int) -> float | None:
    """Strength of *season* in one series [n]; NaN = missing."""
    ragged = len(y) % season
    y = (y / max(float(np.nanmax(np.abs(y))), 1e-300))[ragged:]  # so that no square overflows
    rest = y - _trend(y, season)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a season of which a phase is never observed
        phases = np.nanmean(rest.reshape(-1, season), axis=0)
        remainder = rest - np.tile(phases, len(rest) // season)
        total, left = float(np.nanvar(rest)), float(np.nanvar(remainder))
    if not np.isfinite(total) or not np.isfinite(left) or total <= 1e-12:
        return None
    return max(0.0, 1.0 - left / total)


def _trend(y: FloatArray, season: int) -> FloatArray:
    """[n] centred moving average over a season of what is observed; NaN at the ends, where there is no whole season."""
    kernel = np.ones(season + 1 - season % 2)
    if season % 2 == 0:
        kernel[[0, -1]] = 0.5
    seen = np.isfinite(y)
    sums = np.convolve(np.where(seen, y, 0.0), kernel, "same")
    weights = np.convolve(seen.astype(np.float64), kernel, "same")
    trend = np.where(weights > 0, sums / np.maximum(weights, 0.5), np.nan)
    trend[: season // 2] = trend[len(y) - season // 2 :] = np.nan
    return trend
