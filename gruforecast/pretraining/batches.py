"""Training windows from the synthetic world: every step's batches follow from the seed and the step number alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.windows import MAX_FUTURE, Batch, Layout, make_batch, make_layout
from gruforecast.pretraining.draws import some
from gruforecast.pretraining.kinds import KINDS, Kind
from gruforecast.pretraining.world import sample_series

SHORTEST = 4  # points of history
# One zero or negative value in a history, and it is read in its own units though its movements may be proportions:
# shares of positive windows that are read as if there had been a zero, or something below, before them.
UNITS_FROM_ZERO, UNITS_FROM_BELOW = 0.15, 0.05
INTERRUPTED = 0.04  # share of windows with a long gap shortly before the cutoff


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
    _interrupt(rng, history, layout.season)
    # What is recorded since last week has to be forecast as well: far shorter than is usual for the kind.
    _shorten(rng, history, max(SHORTEST, least // 4), points)
    return make_batch(history, layout, horizon, target, _lowest_known(rng, n))


def _lowest_known(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """[n] the lowest value that is known from before each window: nothing, zero, or something negative."""
    sort = rng.random(n)
    return np.select([sort < UNITS_FROM_BELOW, sort < UNITS_FROM_BELOW + UNITS_FROM_ZERO], [-1.0, 0.0], np.inf)


def _draw_horizon(rng: np.random.Generator, kind: Kind, layout: Layout) -> int:
    """Whole segments: usually what the kind is asked for, sometimes more."""
    horizon = _log_whole(rng, *kind.horizon)
    segments = layout.future_segments(horizon)
    if rng.random() < 0.15:
        segments = int(rng.integers(1, MAX_FUTURE + 1))
    return min(segments, MAX_FUTURE) * layout.width


def _interrupt(rng: np.random.Generator, history: NDArray[np.float64], season: int) -> None:
    """Make gaps, in place: LU(1, 3 seasons) points go missing that end LU(1, 2 seasons) before the cutoff.

    Such gaps take from simple forecasts what they look at.
    """
    rows = some(rng, len(history), INTERRUPTED)
    since, wide = (_log_uniform(rng, 1, seasons * season + 1, (len(rows), 1)) for seasons in (2, 3))
    ago = np.arange(history.shape[1])[::-1]
    history[rows] = np.where((ago >= since) & (ago < since + wide), np.nan, history[rows])


def _shorten(rng: np.random.Generator, history: NDArray[np.float64], least: int, points: int) -> None:
    """Cut the past off a third of the series, in place: LU(least, points) points stay."""
    n, length = history.shape
    short = some(rng, n, 0.35)
    keep = np.full(n, length)
    keep[short] = _log_uniform(rng, least, points + 1, (len(short),)).astype(np.int64)
    history[np.arange(length) < (length - keep)[:, None]] = np.nan
    # A history that is missing altogether has nothing to forecast from.
    history[~np.isfinite(history).any(axis=1)] = 1.0


def _log_whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Log-uniform whole number in low … high."""
    return int(_log_uniform(rng, low, high + 1, (1,))[0])


def _log_uniform(rng: np.random.Generator, low: float, high: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Log-uniform on low … high in double precision: lengths are cut off to whole numbers."""
    return np.exp(rng.uniform(np.log(low), np.log(high), shape))
