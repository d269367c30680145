"""Training windows from the synthetic world: every step's batches follow from the seed and the step number alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.windows import MAX_FUTURE, Batch, Layout, make_batch, make_layout
from gruforecast.pretraining.kinds import KINDS, Kind
from gruforecast.pretraining.world import sample_series

SHORTEST = 4  # points of history


def kind_layout(kind: Kind, points: int | None = None) -> Layout:
    """The layout that *kind* gets in real use, or one with *points* of context."""
    seasons = (kind.season, kind.long_season) if kind.long_season > 1 else (kind.season,)
    return make_layout(seasons, points)


def draw_batches(seed: int, step: int, size: int, groups: int) -> list[Batch]:
    """*groups* batches of one kind each, *size* windows in all, kinds drawn by their weight."""
    rng = np.random.default_rng([seed, step])
    kinds = list(KINDS.values())
    cumulative = np.cumsum([kind.weight for kind in kinds])
    # One draw in each of *groups* equal shares: every step sees nearly the right mixture.
    points = (rng.random() + np.arange(groups)) / groups * cumulative[-1]
    chosen = np.minimum(np.searchsorted(cumulative, points, side="right"), len(kinds) - 1)
    return [draw_batch(rng, kinds[int(i)], size // groups) for i in chosen]


def draw_batch(rng: np.random.Generator, kind: Kind, n: int) -> Batch:
    """*n* windows of *kind*: one context length and one horizon for all, some histories shorter than that."""
    full = kind_layout(kind)
    least = min(kind.context[0], full.context_length)
    most = min(kind.context[1], full.context_length)
    points = most if rng.random() < 0.4 else _log_whole(rng, max(least, full.width), most)
    layout = kind_layout(kind, points)
    horizon = _draw_horizon(rng, kind, layout)
    # Of the long seasons before the context a third of the batches see all, a third some, a third none.
    reach = int(rng.choice((layout.history, int(rng.integers(points, layout.history + 1)), points)))
    y = sample_series(rng, kind, n, reach + horizon)
    history = np.full((n, layout.history), np.nan)
    history[:, layout.history - reach :], target = y[:, :reach], y[:, reach:]
    # What is recorded since last week has to be forecast as well: far shorter than is usual for the kind.
    _shorten(rng, history, max(SHORTEST, least // 4), points)
    return make_batch(history, layout, horizon, target)


def _draw_horizon(rng: np.random.Generator, kind: Kind, layout: Layout) -> int:
    """Whole segments: usually what the kind is asked for, sometimes more."""
    horizon = _log_whole(rng, *kind.horizon)
    segments = layout.future_segments(horizon)
    if rng.random() < 0.15:
        segments = int(rng.integers(1, MAX_FUTURE + 1))
    return min(segments, MAX_FUTURE) * layout.width


def _shorten(rng: np.random.Generator, history: NDArray[np.float64], least: int, points: int) -> None:
    """Cut the past off a third of the series, in place: LU(least, points) points stay."""
    n, length = history.shape
    short = rng.random(n) < 0.35
    keep = np.full(n, length)
    keep[short] = np.exp(rng.uniform(np.log(least), np.log(points + 1), np.count_nonzero(short))).astype(np.int64)
    history[np.arange(length) < (length - keep)[:, None]] = np.nan
    # A history that is missing altogether has nothing to forecast from.
    history[~np.isfinite(history).any(axis=1)] = 1.0


def _log_whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Log-uniform whole number in low … high."""
    return int(np.exp(rng.uniform(np.log(low), np.log(high + 1))))
