"""What has been zero for longer than ever before: a product that is not sold any more, a line that is closed.

A window of a network holds the sales of before, and so it expects some of them back.
"""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import FloatArray, IntArray, Panel

FEWEST = 6  # zeros in a row that tell
SOLD = 5  # values above zero that there must have been


def silence(panel: Panel) -> IntArray:
    """[N] for how many observations each series has been zero beyond the longest such time since its first value.

    Less a season where two of the longest have not been seen, for such a silence may come every year, and less a day
    within days, as there are days when all is closed. 0 where it is not longer, and for series that were negative.
    """
    seen = np.isfinite(panel.y)
    y, owner = panel.y[seen], np.repeat(np.arange(len(panel)), panel.lengths)[seen]
    zero = y == 0
    begin = np.flatnonzero(np.r_[True, (zero[1:] != zero[:-1]) | (owner[1:] != owner[:-1])]) if len(y) else owner
    length = np.diff(np.r_[begin, len(y)])
    of, silent = owner[begin], zero[begin]
    first, last = (np.r_[True, of[1:] != of[:-1]], np.r_[of[1:] != of[:-1], True]) if len(of) else (silent, silent)
    now, before = np.zeros((2, len(panel)), dtype=np.int64)
    now[of[last & silent]] = length[last & silent]
    np.maximum.at(before, of[~last & ~first & silent], length[~last & ~first & silent])
    seasons = panel.freq.seasons
    known = np.bincount(owner, minlength=len(panel)) - now >= 2 * max(seasons)
    if panel.freq.unit == "second":
        usual = before + seasons[0]
    else:
        usual = np.where(known | (seasons[0] == 1), before, np.maximum(before, seasons[0]))
    sold = np.bincount(owner, y > 0, len(panel)) >= SOLD
    negative = np.bincount(owner, y < 0, len(panel)) > 0
    return np.where(sold & ~negative & (now >= FEWEST), np.maximum(now - usual, 0), 0)


def stay_silent(values: FloatArray, silent: IntArray, first: int, grid: tuple[float, ...]) -> FloatArray:
    """Quantiles *values* [B, H, Q] at *grid* of the periods from number *first* (0, …) on, zero where that is likely.

    What has lasted for *silent* [B] periods lasts for h more with a chance of silent / (silent + h), as lifetimes do
    of which nothing else is known (Gott, 1993).
    """
    rows = np.flatnonzero(silent)
    if not len(rows):
        return values
    ahead = first + 1 + np.arange(values.shape[1])
    lasts = silent[rows, None] / (silent[rows, None] + ahead)
    moved = values.copy()
    moved[rows] = np.where(np.array(grid) <= lasts[..., None], 0.0, values[rows])
    return moved
