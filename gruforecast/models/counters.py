"""Counters: series that never fall, as meters and running totals do. What is forecast is their next rises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray, IntArray, Panel
from gruforecast.data.scaling import last_observed
from gruforecast.models.quantiles import expected, interpolate_quantiles

FEWEST = 50  # steps without a fall: what merely grows seldom gets that far
EVEN = 1e-6  # of the largest step: steps that differ by less are those of a straight line
USUAL = (0.1, 0.9)  # quantiles between which a step is usual; rarer ones do not count for what is expected
SHARED = 0.1  # correlation of the errors of two steps


def is_counter(history: FloatArray) -> NDArray[np.bool_]:
    """[B] whether windows [B, L], NaN where missing, rise in steps of unequal size, FEWEST or more, and never fall."""
    step = rises(history)
    known = np.isfinite(step)
    least = np.where(known, step, np.inf).min(axis=1)
    most = np.where(known, step, -np.inf).max(axis=1)
    falls = (history < np.fmax.accumulate(history, axis=1)).any(axis=1)
    counter: NDArray[np.bool_] = (known.sum(axis=1) >= FEWEST) & ~falls & (most - least > EVEN * most)
    return counter


def rises(history: FloatArray) -> FloatArray:
    """[B, L] the steps of windows [B, L]; the first one is unknown."""
    return np.diff(history, axis=1, prepend=np.nan)


def counted_up(history: FloatArray, steps: FloatArray, grid: Sequence[float]) -> FloatArray:
    """Quantiles of a counter from those of its next steps: what it last showed and the sum of what is expected since.

    Expected is the mean, for only means add up. Errors do as if any two were correlated by SHARED.

    Args:
        history: [B, L] the counters.
        steps: [B, H, Q] quantiles of their next steps at *grid*.

    Returns:
        [B, H, Q], non-decreasing along the last axis, nowhere below the last value.
    """
    last = last_observed(history)[:, None, None]
    low, high = np.moveaxis(interpolate_quantiles(steps, grid, USUAL), -1, 0)[..., None]
    usual = expected(np.clip(steps, low, high), grid)
    error = steps - steps[..., [grid.index(0.5)]]
    alone, together = np.cumsum(error**2, axis=1), np.cumsum(error, axis=1) ** 2
    spread = np.sign(error) * np.sqrt((1 - SHARED) * alone + SHARED * together)
    counted: FloatArray = np.maximum(last + np.cumsum(usual, axis=1)[..., None] + spread, last)
    return counted


def with_rises(panel: Panel, history: int) -> Panel:
    """*panel* with the steps of its counters in their place: what networks that forecast them have to learn from.

    Counters are told by their newest *history* points, as in a forecast. Where one was reset before, that step is
    missing.
    """
    rows = [i for i in _without_falls(panel, history).tolist() if is_counter(panel.series(i)[None, -history:])[0]]
    if not rows:
        return panel
    start, parts = panel.start.copy(), [panel.series(i) for i in range(len(panel))]
    for i in rows:
        step = rises(parts[i][None])[0]
        step[step < 0] = np.nan
        known = np.flatnonzero(np.isfinite(step))
        parts[i] = step[known[0] : known[-1] + 1]
        start[i] += known[0]
    indptr = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return replace(panel, start=start, indptr=indptr, y=np.concatenate(parts))


def _without_falls(panel: Panel, history: int) -> IntArray:
    """Numbers of the series that are long enough for counters and nowhere fall in their newest *history* points.

    Few are left of many, so that only those few are looked at one by one.
    """
    falls = np.concatenate([[0], np.cumsum(rises(panel.y[None])[0] < 0)])
    end = panel.indptr[1:]
    first = np.maximum(panel.indptr[:-1], end - history)
    # What lies between two series is no step of either.
    inside = falls[end] - falls[np.minimum(first + 1, end)]
    return np.flatnonzero((panel.lengths > FEWEST) & (inside == 0))
