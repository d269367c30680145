"""Families of series: how components in log or unit size become values, and the share of each family."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gruforecast.pretraining.counts import counts, intermittent
from gruforecast.pretraining.days import open_hours, sunshine
from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, normal, signs, uniform
from gruforecast.pretraining.gaussian import gaussian_process
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.mixing import mixed, modulation
from gruforecast.pretraining.prices import prices
from gruforecast.pretraining.structural import structural

Family = Callable[[Generator, Kind, int, int], Array]

# A window whose largest value is more than e^8 ≈ 3,000 times its smallest teaches little about real ones.
LARGEST_LOG_RANGE = 8.0


def tame(x: Array) -> Array:
    """*x* [n, T] in log units, centred, and shrunk where it spans more than LARGEST_LOG_RANGE."""
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    shrink = np.minimum(1, LARGEST_LOG_RANGE / np.maximum(high - low, 1e-6))
    tamed: Array = (x - (low + high) / 2) * shrink
    return tamed


def multiplicative(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] positive: the exponential of the structural family."""
    return np.exp(tame(structural(rng, kind, n, length)))


def additive(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] positive: 1 + x of the structural family x, eˣ where x is negative.

    Growth is linear here, decline exponential; seasons and noise keep their size as the level grows, and stay in
    proportion as it falls: what many business series do.
    """
    x = structural(rng, kind, n, length)
    y: Array = np.maximum(x, 0) + np.exp(np.clip(x, -LARGEST_LOG_RANGE, 0))
    return y


def lifted(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] positive: the structural family itself, lifted to LU(.02, 5) of its own range above zero.

    The wild ones: what comes near zero bounces back, and any movement may be large for the level.
    """
    x = structural(rng, kind, n, length)
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    reach = np.maximum(high - low, np.float32(1e-3))
    above: Array = (x - low) / reach + log_uniform(rng, n, 0.02, 5)
    return above


def crossing(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] additive around zero or an offset of a few spreads: temperatures, balances, anomalies."""
    x = tame(structural(rng, kind, n, length))
    spread = x.std(axis=1, keepdims=True) + np.float32(1e-3)
    centred: Array = x / spread + normal(rng, n) * uniform(rng, n, 0, 3)
    return centred


def smooth(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] Gaussian processes: as logs in half, around an offset in the other half."""
    x = gaussian_process(rng, kind, n, length)
    logs = np.exp(np.clip(log_uniform(rng, n, 0.03, 1) * x, -4, 4))
    offset = signs(rng, n, 0.8) * log_uniform(rng, n, 0.1, 20)
    return np.where(chance(rng, n, 0.5) > 0, logs, x + offset)


def price(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] positive: the exponential of price walks."""
    return np.exp(tame(prices(rng, kind, n, length)))


def bounded(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] shares in 0 … 1, per cent in 0 … 100 for half: the logistic of the structural family."""
    centre = normal(rng, n) * uniform(rng, n, 0, 3)
    logits = np.clip(2 * structural(rng, kind, n, length) + centre, -30, 30)
    ceiling = 1 + 99 * chance(rng, n, 0.5)
    shares: Array = ceiling / (1 + np.exp(-logits))
    return shares


def modulated(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] positive: the structural family under amplitude modulation."""
    x = structural(rng, kind, n, length)
    middle = x.mean(axis=1, keepdims=True)
    return np.exp(tame(middle + (x - middle) * modulation(rng, n, length, 0.5)))


def mixture(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] convex combinations of structural series and Gaussian processes."""
    half = (n + 1) // 2
    pool = np.concatenate([multiplicative(rng, kind, half, length), smooth(rng, kind, half, length)])
    pool /= np.mean(np.abs(pool), axis=1, keepdims=True) + np.float32(1e-6)
    return mixed(rng, pool)[:n]


def cumulated(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] positive running totals, from wavy to straight: meters, cases; in 25 % stocks that run out.

    The flow is multiplicative, brought nearer to a constant by LU(.02, 1) in its logs; the total starts at LU(.003, 10)
    of what it gains.
    """
    flow = multiplicative(rng, kind, n, length) ** log_uniform(rng, n, 0.02, 1)
    total = np.cumsum(flow, axis=1, dtype=np.float64)
    total /= total[:, -1:]
    left = np.where(chance(rng, n, 0.25) > 0, 1 - total, total)
    return (left + log_uniform(rng, n, 0.003, 10)).astype(np.float32)


def floored(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] resting at zero: sunshine where the kind has days, else structural series cut off."""
    if kind.within_day:
        return sunshine(rng, n, length, kind.season)
    x = structural(rng, kind, n, length)
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    cut_off: Array = np.maximum(x - low - uniform(rng, n, 0.1, 0.5) * (high - low), 0)
    return cut_off


def opened(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] of shops and desks: multiplicative series, counts in half, and zero while closed.

    For kinds whose season is a day in a week, or a week of days.
    """
    day = kind.season if kind.within_day else 1
    half = n // 2
    drawn = np.concatenate([counts(rng, kind, half, length), multiplicative(rng, kind, n - half, length)])
    return drawn * open_hours(rng, n, length, day)


# Counts and shares are recorded in their own units; all other families get a random unit.
OWN_UNITS: frozenset[Family] = frozenset({counts, intermittent, bounded})

_BASE: dict[Family, float] = {
    multiplicative: 0.56, additive: 0.10, lifted: 0.04, modulated: 0.03, mixture: 0.03, smooth: 0.06, crossing: 0.04,
    bounded: 0.03, price: 0.03, counts: 0.04, intermittent: 0.03, floored: 0.01, cumulated: 0.025,
}  # fmt: skip
_SLOW: dict[Family, float] = _BASE | {
    multiplicative: 0.40, additive: 0.50, lifted: 0.11, smooth: 0.04, crossing: 0.03, counts: 0.03, intermittent: 0.01,
    floored: 0.0, cumulated: 0.015,
}  # fmt: skip
_DAYS: dict[Family, float] = _BASE | {
    additive: 0.1,
    lifted: 0.08,
    price: 0.01,
    crossing: 0.06,
    intermittent: 0.01,
    floored: 0.04,
    opened: 0.05,
    counts: 0.06,
}

_SHARES: dict[str, dict[Family, float]] = {
    **dict.fromkeys(("yearly", "quarterly", "monthly"), _SLOW),
    "plain": _SLOW | {additive: 0.26},
    **dict.fromkeys(("hourly", "half-hourly", "15-minute", "10-minute", "5-minute"), _DAYS),
    "weekly": _BASE | {cumulated: 0.05},
    "daily": _BASE | {opened: 0.04, cumulated: 0.035},
    "business": _BASE | {price: 0.4},
}


def shares(kind: Kind) -> dict[Family, float]:
    """Share of every family for *kind*; they sum to 1."""
    chosen = _SHARES.get(kind.name, _BASE)
    total = sum(chosen.values())
    return {family: share / total for family, share in chosen.items()}
