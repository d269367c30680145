"""Training and validation windows drawn from a panel: one flat array and an index, no copies, no loader."""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import FloatArray, IntArray, Panel
from gruforecast.data.windows import Batch, Layout, make_batch

# Windows this many horizons older than the newest count 1/e as much: recent behaviour is what continues.
RECENCY_HORIZONS = 8.0


class WindowSampler:
    """Draws windows at random over all series and all cutoffs of a panel.

    A window needs a few known points before its cutoff and at least one observed point after it; what reaches beyond
    the series on either side is missing.
    """

    def __init__(self, panel: Panel, layout: Layout, horizon: int) -> None:
        self.panel, self.layout, self.horizon = panel, layout, horizon
        lengths = panel.lengths
        least = np.minimum(np.maximum(layout.season, 3), np.maximum(lengths // 2, 1))
        position = np.arange(len(panel.y)) - np.repeat(panel.indptr[:-1], lengths)
        # Position p stands for the cutoff just before it, so p itself is the first target.
        allowed = (position >= np.repeat(least, lengths)) & np.isfinite(panel.y)
        self.stops = np.flatnonzero(allowed)
        age = (np.repeat(lengths, lengths) - position)[allowed]
        weights = np.exp(-np.maximum(age - horizon, 0) / (RECENCY_HORIZONS * horizon))
        self.cumulative = np.cumsum(weights)
        self.series = np.repeat(np.arange(len(panel)), lengths)[allowed]

    def __len__(self) -> int:
        """Number of distinct windows."""
        return len(self.stops)

    def sample(self, rng: np.random.Generator, size: int) -> Batch:
        """*size* windows, drawn with replacement."""
        draw = np.searchsorted(self.cumulative, rng.random(size) * self.cumulative[-1], side="right")
        draw = np.minimum(draw, len(self.stops) - 1)
        return self._batch(self.stops[draw], self.series[draw])

    def _batch(self, stop: IntArray, series: IntArray) -> Batch:
        begin, end = self.panel.indptr[series], self.panel.indptr[series + 1]
        history = _gather(self.panel.y, stop[:, None] + np.arange(-self.layout.history, 0), begin, end)
        target = _gather(self.panel.y, stop[:, None] + np.arange(self.horizon), begin, end)
        return make_batch(history, self.layout, self.horizon, target)


def _gather(y: FloatArray, index: IntArray, begin: IntArray, end: IntArray) -> FloatArray:
    """[B, K] values at *index* [B, K], NaN outside each row's series."""
    inside = (index >= begin[:, None]) & (index < end[:, None])
    return np.where(inside, y[np.clip(index, 0, len(y) - 1)], np.nan)


def last_windows(panel: Panel, layout: Layout, horizon: int, val_size: int) -> Batch | None:
    """One window per series whose target is its last *val_size* points; None when no series is long enough."""
    lengths = panel.lengths
    fit = np.flatnonzero(lengths >= val_size + np.minimum(np.maximum(layout.season, 3), 2 * val_size))
    if not len(fit):
        return None
    part = panel.select(fit)
    history = part.tail(layout.history, drop=val_size)
    target = np.full((len(part), horizon), np.nan)
    target[:, :val_size] = part.tail(val_size)
    return make_batch(history, layout, horizon, target)
