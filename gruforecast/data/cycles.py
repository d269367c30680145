"""The cycle that a window shows by itself, whatever its calendar says: tides, pay days, sunspots, a sine to try out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray, IntArray

LEAST_PERIOD = 2
LEAST_LINK = 0.3  # autocorrelation below which a peak is taken for chance
LEAST_RISE = 0.25  # of a peak above the lowest autocorrelation before it: what merely wanders has no such peak
ROUNDING = 1e-4  # movements of a window of unit size that are none
SMOOTH = 64  # lengths that are multiples of this transform in half the time of others
PATIENCE = 0.1  # a period twice as long must be linked more closely, by this share of the window


def find_cycles(z: FloatArray) -> tuple[IntArray, FloatArray]:
    """The period after which each window repeats itself best, by the highest peak of its autocorrelation.

    Args:
        z: [B, L] windows of unit size, NaN = missing or before the start.

    Returns:
        [B] period in points, at most half of what is observed, 0 where none is found; [B] autocorrelation there, 0
        where none is found. A period that is no whole number of points shows up as a multiple that nearly is one.
    """
    length = z.shape[1]
    if length < 2 * LEAST_PERIOD + 1:
        return np.zeros(len(z), dtype=np.int64), np.zeros(len(z))
    first = np.argmax(np.isfinite(z), axis=1)
    link = autocorrelations(detrended(z), first, length // 2 + 1)
    lags, span = np.arange(link.shape[1]), length - first
    lowest = np.minimum.accumulate(link, axis=1)
    peak = np.zeros(link.shape, dtype=np.bool_)
    inner = link[:, 1:-1]
    peak[:, 1:-1] = (inner >= link[:, :-2]) & (inner >= link[:, 2:]) & (inner - lowest[:, :-2] >= LEAST_RISE)
    peak &= (lags >= LEAST_PERIOD) & (2 * lags <= span[:, None]) & (link >= LEAST_LINK)
    worth = np.where(peak, link - PATIENCE * lags / span[:, None], -np.inf)
    best = np.argmax(worth, axis=1)
    rows = np.arange(len(z))
    found = peak[rows, best]
    return np.where(found, best, 0), np.where(found, link[rows, best], 0.0)


def detrended(z: FloatArray) -> NDArray[np.float32]:
    """*z* [B, L] of unit size less its least-squares line, 0 where missing."""
    seen = np.isfinite(z)
    count = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    time = np.where(seen, np.linspace(-1, 1, z.shape[1]), 0.0)
    time = np.where(seen, time - time.sum(axis=1, keepdims=True) / count, 0.0)
    x = np.where(seen, z, 0.0)
    x = np.where(seen, x - x.sum(axis=1, keepdims=True) / count, 0.0)
    slope = (time * x).sum(axis=1, keepdims=True) / np.maximum((time * time).sum(axis=1, keepdims=True), 1e-9)
    rest = x - slope * time
    # What a straight line leaves is rounding, and rounding has no cycles.
    rest[np.abs(rest).max(axis=1, initial=0) < ROUNDING] = 0
    single: NDArray[np.float32] = rest.astype(np.float32)
    return single


def autocorrelations(x: NDArray[np.float32], first: IntArray, most: int) -> FloatArray:
    """[B, most + 1] correlation of *x* [B, L] with itself 0 … *most* points ago, each over the points that overlap.

    *x* is 0 before its point number *first* [B], where the series begins.
    """
    length, lags = x.shape[1], most + 1
    size = -(-(length + lags) // SMOOTH) * SMOOTH
    wave = np.fft.rfft(x, n=size, axis=1)
    product = np.fft.irfft(wave.real**2 + wave.imag**2, n=size, axis=1)[:, :lags]
    energy = np.cumsum(x * x, axis=1, dtype=np.float64)
    total = energy[:, -1:]
    begun = np.minimum(first[:, None] + np.arange(most), length - 1)
    late = np.concatenate([total, total - np.take_along_axis(energy, begun, axis=1)], axis=1)
    early = energy[:, ::-1][:, :lags]
    norm = np.sqrt(np.maximum(early * late, 0))
    # Rounding leaves a trace where nothing overlaps.
    least = 1e-6 * total
    correlation: FloatArray = np.where(norm > least, product / np.maximum(norm, least + 1e-30), 0.0)
    return correlation
