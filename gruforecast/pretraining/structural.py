"""The main family: level, trend, season and noise, summed in log space (the recipe's second run, widened)."""

from __future__ import annotations

from gruforecast.pretraining.draws import Array, Generator, log_uniform, some
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.levels import business_cycle, damped_line, local_trend, mean_reverting, walk
from gruforecast.pretraining.noise import level_shifts, noise, outliers
from gruforecast.pretraining.seasons import season


def structural(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] in log units: level + trend + season + noise, every parameter drawn per series."""
    x = level(rng, kind, n, length)
    if kind.season > 1:
        rows = some(rng, n, kind.seasonal)
        x[rows] += seasons(rng, kind, len(rows), length)
    x += irregular(rng, kind, n, length)
    return x


def level(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] sum of walk and local trend, with damped lines, cycles and mean reversion in some."""
    x = walk(rng, kind, n, length)
    x += local_trend(rng, kind, n, length)
    for share, component in ((0.1, damped_line), (0.15, mean_reverting), (0.15, business_cycle)):
        rows = some(rng, n, share)
        x[rows] += component(rng, kind, len(rows), length)
    return x


def seasons(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] main season, and in 60 % the long season where the kind has one."""
    low, high = kind.amplitude
    x = log_uniform(rng, n, low, high) * season(rng, n, length, kind.season, kind.harmonics)
    if kind.long_season > 1:
        rows = some(rng, n, 0.6)
        size = log_uniform(rng, len(rows), low, high) * 0.5
        x[rows] += size * season(rng, len(rows), length, kind.long_season, 8)
    return x


def irregular(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] noise of kind.noise, outliers in 10 % and level shifts in 20 % on the noise's scale."""
    sigma = log_uniform(rng, n, *kind.noise)
    x = sigma * noise(rng, n, length)
    rows = some(rng, n, 0.1)
    x[rows] += sigma[rows] * outliers(rng, len(rows), length)
    rows = some(rng, n, 0.2)
    x[rows] += log_uniform(rng, len(rows), 0.01, 0.3) * level_shifts(rng, len(rows), length)
    return x
