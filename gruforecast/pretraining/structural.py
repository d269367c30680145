"""The main family: level, trend, season and noise, summed in log space (the recipe's second run, widened)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gruforecast.pretraining.cycles import cycle
from gruforecast.pretraining.days import daily_and_weekly, weather
from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, some
from gruforecast.pretraining.events import holidays, promotions, trading_days
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.levels import business_cycle, damped_line, local_trend, mean_reverting, walk
from gruforecast.pretraining.noise import level_shifts, noise, outliers
from gruforecast.pretraining.seasons import season
from gruforecast.pretraining.trends import acceleration, piecewise_line, regimes, saturation, spells

Component = Callable[[Generator, Kind, int, int], Array]

# Trends that bend, fade or end, and the share of series that have each, times kind.bending.
BENDS: tuple[tuple[float, Component], ...] = (
    (0.10, damped_line),
    (0.08, piecewise_line),
    (0.08, spells),
    (0.06, saturation),
    (0.04, acceleration),
    (0.03, regimes),
)


def structural(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] in log units: level + trend + season + events + noise, every parameter drawn per series."""
    x = signal(rng, kind, n, length)
    x += irregular(rng, kind, n, length)
    return x


def signal(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] in log units: what a perfect observer would see of :func:`structural`, without noise."""
    x = level(rng, kind, n, length)
    foreign = some(rng, n, kind.foreign)
    rows = some(rng, n, kind.seasonal)
    if kind.season > 1:
        # What turns in a time of its own seldom follows the calendar as well.
        rows = np.setdiff1d(rows, foreign[: len(foreign) // 2])
        x[rows] += seasons(rng, kind, len(rows), length)
    x[foreign] += foreign_cycles(rng, kind, len(foreign), length)
    if kind.year > 1:
        x += calendar(rng, kind, n, length)
    return x


def level(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] sum of walk and local trend, further levels in some; nearly constant in kind.stationary."""
    x = walk(rng, kind, n, length)
    x += local_trend(rng, kind, n, length)
    bends = ((share * kind.bending, component) for share, component in BENDS)
    for share, component in ((kind.cycle, business_cycle), (kind.reverting, mean_reverting), *bends):
        rows = some(rng, n, share)
        x[rows] += component(rng, kind, len(rows), length)
    x[some(rng, n, kind.stationary)] *= np.float32(0.1)
    if kind.within_day:
        rows = some(rng, n, 0.5)
        size = log_uniform(rng, len(rows), 0.004, 0.2)
        x[rows] += size * weather(rng, len(rows), length, kind.season)
    return x


def seasons(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] main season, and the long season where the kind has one."""
    size = log_uniform(rng, n, *kind.amplitude)
    if not kind.within_day:
        return size * evolving(rng, kind, n, length, 0.7)
    # Profiles keep their shape; real days also change it slowly, which the evolving seasons teach.
    x = daily_and_weekly(rng, n, length, kind.season, kind.harmonics)
    rows = some(rng, n, 0.45)
    x[rows] = evolving(rng, kind, len(rows), length, 0.5)
    return size * x


def foreign_cycles(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] cycles of any period, up to three times as large as seasons are."""
    return log_uniform(rng, n, *kind.amplitude) * log_uniform(rng, n, 1, 3) * cycle(rng, n, length)


def evolving(rng: Generator, kind: Kind, n: int, length: int, share: float) -> Array:
    """[n, length] main season of unit size; in 60 % the long season too, *share* of its size."""
    x = season(rng, n, length, kind.season, kind.harmonics)
    if kind.long_season > 1:
        rows = some(rng, n, 0.6)
        size = log_uniform(rng, len(rows), 0.1, 2.5) * np.float32(share)
        x[rows] += size * season(rng, len(rows), length, kind.long_season, 8)
    return x


def calendar(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] effects of the civil calendar and of selling, in the shares usual for the kind."""
    x = np.zeros((n, length), dtype=np.float32)
    if kind.year == 12:
        rows = some(rng, n, 0.15)
        x[rows] += trading_days(rng, len(rows), length)
    elif kind.year >= 52:
        rows = some(rng, n, 0.2)
        x[rows] += holidays(rng, len(rows), length, kind.year)
        rows = some(rng, n, 0.12)
        x[rows] += promotions(rng, len(rows), length)
    return x


def irregular(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] noise, absent in kind.quiet, with outliers in 8 % and level shifts in 15 %."""
    sigma = log_uniform(rng, n, *kind.noise) * (1 - chance(rng, n, kind.quiet))
    x = sigma * noise(rng, n, length)
    rows = some(rng, n, 0.08)
    x[rows] += np.maximum(sigma[rows], np.float32(0.01)) * outliers(rng, len(rows), length)
    rows = some(rng, n, 0.15)
    x[rows] += log_uniform(rng, len(rows), 0.01, 0.3) * level_shifts(rng, len(rows), length)
    return x
