"""Rolling-origin windows: a past to forecast from and the truth that follows it, kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray, IntArray, Panel
from gruforecast.errors import UsageError

# With one value there is no change to scale an error by.
MIN_TRAIN = 2


@dataclass(frozen=True)
class BacktestWindow:
    """One origin: a forecaster is handed ``train`` only.

    Attributes:
        cutoff: [N] ordinal of the last period a forecaster may know, counted from each series' own end.
        train: the panel up to ``cutoff`` (a series may end earlier when its last values there are missing).
        actual: [N, H] what followed; NaN = not scored. A series left out of the window is NaN throughout.
    """

    cutoff: IntArray
    train: Panel
    actual: FloatArray

    @property
    def scored(self) -> NDArray[np.bool_]:
        """[N] series with anything to score here."""
        return np.asarray(np.isfinite(self.actual).any(axis=1))


def values_at(panel: Panel, ordinals: IntArray) -> FloatArray:
    """[N, H] values of each series at its *ordinals* [N, H], NaN outside the series."""
    offset = ordinals - panel.start[:, None]
    inside = (offset >= 0) & (offset < panel.lengths[:, None])
    if not len(panel.y):
        return np.full(ordinals.shape, np.nan)
    index = np.where(inside, panel.indptr[:-1, None] + offset, 0)
    return np.where(inside, panel.y[index], np.nan)


def window_at(panel: Panel, cutoff: IntArray, horizon: int) -> BacktestWindow:
    """The window after *cutoff* [N].

    Left out are series that have fewer than two observations before the cutoff, that do not reach a full horizon
    past it, or that were silent for more than a horizon before it.
    """
    train = panel.until(cutoff)
    owner = np.repeat(np.arange(len(panel)), train.lengths)
    observed = np.bincount(owner, weights=np.isfinite(train.y), minlength=len(panel))
    fits = (observed >= MIN_TRAIN) & (cutoff + horizon <= panel.cutoff) & (cutoff - train.cutoff <= horizon)
    actual = values_at(panel, cutoff[:, None] + np.arange(1, horizon + 1))
    return BacktestWindow(cutoff, train, np.where(fits[:, None], actual, np.nan))


def _used(panel: Panel, cutoffs: Iterable[IntArray], horizon: int) -> list[BacktestWindow]:
    found = (window_at(panel, cutoff, horizon) for cutoff in cutoffs)
    return [window for window in found if window.scored.any()]


def windows(panel: Panel, horizon: int, n_windows: int = 3, step: int | None = None) -> list[BacktestWindow]:
    """The last *n_windows* windows, oldest first, *step* periods apart (a horizon when None).

    Fewer are returned when no series reaches back far enough; UsageError when there is none at all.
    """
    step = step or horizon
    starts = (panel.cutoff - horizon - k * step for k in reversed(range(n_windows)))
    found = _used(panel, starts, horizon)
    if not found:
        raise _too_short(panel, horizon, n_windows, step)
    return found


def _too_short(panel: Panel, horizon: int, n_windows: int, step: int) -> UsageError:
    """Why no series can hold back *horizon* periods."""
    longest = int(panel.lengths.max(initial=0))
    if longest < horizon + MIN_TRAIN:
        return UsageError(
            f"no series is long enough to hold back {horizon} periods: the longest has {longest}",
            hint=f"a shorter horizon (-H), at most {max(longest - MIN_TRAIN, 1)}, or more history",
        )
    first, last = panel.freq.format([int(panel.cutoff.max()) - horizon - k * step for k in (n_windows - 1, 0)])
    return UsageError(
        f"no series has values shortly before the cutoffs {first} … {last}, within {horizon} periods",
        hint="other cutoffs, by -H, --windows or --step, or a history without that gap",
    )


def windows_after(
    panel: Panel, trained_until: IntArray, horizon: int, step: int | None = None, n_windows: int | None = None
) -> list[BacktestWindow]:
    """All windows from *trained_until* [N] on (the last *n_windows* when given), oldest first; maybe none.

    A series the model was not trained on may be given an ordinal before its start: it enters once it has history.
    """
    step = step or horizon
    room = int((panel.cutoff - trained_until).max(initial=0)) - horizon
    starts = (trained_until + shift for shift in range(0, room + 1, step))
    found = _used(panel, starts, horizon)
    return found if n_windows is None else found[-n_windows:]
