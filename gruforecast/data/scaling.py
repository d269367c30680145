"""Per-window normalisation in float64: optional logarithm, centre on the recent level, divide by the spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray

# exp() of more than this many log units above the last value is no forecast any more; it also keeps results finite.
MAX_LOG_STEP = 20.0


@dataclass(frozen=True)
class LocScale:
    """Normaliser of B windows: ``z = (t(x) - loc) / scale`` with ``t(x) = log(x / ref)`` or ``x - ref``.

    Attributes:
        ref: [B] last observed value. Measuring from it keeps small swings on a large offset exact.
        loc: [B] recent level of t(x): the last season's mean, or the last value where there is no season.
        scale: [B] mean absolute deviation of t(x) from loc, 0 for a constant window.
        log: [B] whether the logarithm is taken (all values positive).
        floor: [B] 0 where the window is never negative, else -inf. Inverses stay at or above it.
    """

    ref: FloatArray
    loc: FloatArray
    scale: FloatArray
    log: NDArray[np.bool_]
    floor: FloatArray

    def normalise(self, x: FloatArray) -> FloatArray:
        """[B, K] values → [B, K] normalised. Non-positive values of a log window are read as a tiny positive one."""
        ref, log = self.ref[:, None], self.log[:, None]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            change = (x - ref) / np.where(log, ref, 1.0)
            ratio = np.maximum(x / np.where(log, ref, 1.0), 1e-9)
            logs = np.where(np.abs(change) < 0.5, np.log1p(np.where(log, np.maximum(change, -0.6), 0)), np.log(ratio))
            z = np.where(log, np.where(np.isnan(x), np.nan, logs), change) - self.loc[:, None]
        return z / np.where(self.scale > 0, self.scale, 1.0)[:, None]

    def inverse(self, z: FloatArray) -> FloatArray:
        """[B, ...] normalised → values, finite and at or above ``floor``."""
        shape = (-1,) + (1,) * (z.ndim - 1)
        ref, log, floor = self.ref.reshape(shape), self.log.reshape(shape), self.floor.reshape(shape)
        top = np.finfo(np.float64).max
        with np.errstate(over="ignore", invalid="ignore"):
            t = z * self.scale.reshape(shape) + self.loc.reshape(shape)
            growth = np.expm1(np.where(log, np.clip(t, -MAX_LOG_STEP, MAX_LOG_STEP), 0.0))
            x = np.clip(np.where(log, ref + ref * growth, ref + t), -top, top)
        bounded: FloatArray = np.maximum(x, floor)
        return bounded


def last_observed(x: FloatArray) -> FloatArray:
    """[B, L] → [B] the last finite value of each row, 0 where there is none."""
    seen = np.isfinite(x)
    last = x.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)
    return np.where(seen.any(axis=1), x[np.arange(len(x)), last], 0.0)


@np.errstate(over="ignore", invalid="ignore")
def fit_scale(context: FloatArray, season: int, least: FloatArray | None = None) -> LocScale:
    """Normaliser for windows [B, L] (NaN = missing) of season length *season*.

    *least*, [B], are the lowest values that are known from elsewhere: what was negative once has no logarithm.
    """
    seen = np.isfinite(context)
    count = np.maximum(seen.sum(axis=1), 1)
    filled = np.where(seen, context, np.inf)
    low = filled.min(axis=1, initial=np.inf)
    low = low if least is None else np.minimum(low, least)
    log = (low > 0) & seen.any(axis=1)
    floor = np.where(low >= 0, 0.0, -np.inf)
    ref = last_observed(context)
    zeros = np.zeros(len(context))
    t = LocScale(ref, zeros, zeros, log, floor).normalise(context)
    loc = recent_mean(t, season)
    scale = np.abs(np.where(seen, t - loc[:, None], 0.0)) / count[:, None]
    spread = scale.sum(axis=1)
    # Near the largest float sums overflow; a window without a level or a spread to compute counts as constant.
    loc, spread = np.where(np.isfinite(spread), loc, 0.0), np.where(np.isfinite(spread), spread, 0.0)
    # Below the rounding of the inputs a window is constant; dividing by that noise would invent structure.
    noise = 1e-14 * np.where(log, 1.0, np.abs(ref))
    return LocScale(ref, loc, np.where(spread > noise, spread, 0.0), log, floor)


def recent_mean(t: FloatArray, season: int) -> FloatArray:
    """[B, L] → [B] mean over the last season; the last value (0 by construction of t) where there is none."""
    if season < 2:
        return np.zeros(len(t))
    return mean_observed(t[:, -season:], 0.0)


def mean_observed(x: FloatArray, default: float = np.nan) -> FloatArray:
    """Mean over the last axis of what is finite, *default* where nothing is."""
    seen = np.isfinite(x)
    count = seen.sum(axis=-1)
    mean: FloatArray = np.where(count, np.where(seen, x, 0.0).sum(axis=-1) / np.maximum(count, 1), default)
    return mean


def median_observed(x: FloatArray, axis: int = -1) -> FloatArray:
    """Median over *axis* of what is not NaN, NaN where nothing is."""
    if not x.shape[axis]:
        return np.full(np.delete(x.shape, axis), np.nan)
    ordered = np.sort(x, axis=axis)  # NaN last
    count = np.isfinite(ordered).sum(axis=axis, keepdims=True)
    middle = [np.take_along_axis(ordered, np.maximum(count - back, 0) // 2, axis=axis) for back in (1, 0)]
    median: FloatArray = ((middle[0] + middle[1]) / 2).squeeze(axis)
    return median
