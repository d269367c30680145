"""What a history was before it was what it is: zeros before a series began, levels before its unit changed."""

from __future__ import annotations

import math

import numpy as np

from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.data.scaling import mean_observed, median_observed

# Zeros at the beginning that would come by chance less often are from before the beginning.
CHANCE = 1e-3
# A break is a factor of two or more, so many times as large as usual steps are and as the largest other one is, and
# leaves so much of itself between the highest value on one side and the lowest on the other.
FACTOR, UNUSUAL, ALONE, APART = 2.0, 8.0, 2.0, 0.5
# Values, seasons where there are some, that there have to be on either side.
LEAST = 2
NEAR = 3  # of which so many, the nearest, say how large the break is


def begun(history: FloatArray) -> FloatArray:
    """[B, L] windows (NaN = missing) without the zeros from before they began, where zeros are rarer since."""
    zero, seen = history == 0, np.isfinite(history)
    first = np.argmax(seen & ~zero, axis=1)
    before = np.arange(history.shape[1]) < first[:, None]
    leading, since = (zero & before).sum(axis=1), (seen & ~before).sum(axis=1)
    share = np.maximum((zero & ~before).sum(axis=1), 0.5) / np.maximum(since, 1)
    rows = (leading * np.log(np.minimum(share, 1.0)) < math.log(CHANCE)) & (since > LEAST)
    return np.where(before & zero & rows[:, None], np.nan, history)


def spliced(history: FloatArray, season: int) -> FloatArray:
    """[B, L] positive windows with what is before their break at today's level, NaN while it breaks.

    Kilowatts become watts, two shops become one: a network takes its unit from all of a window, and the level of
    long ago would fill it. One break at most, between values or, where there is a season, between means of seasons,
    all in logarithms. What is left of the season in which it breaks is unknown.
    """
    blocks = history.shape[1] // season
    if blocks < 2 * LEAST + 1:
        return history
    start = history.shape[1] - blocks * season
    positive = np.flatnonzero(~(history <= 0).any(axis=1))
    logs = np.log(history[positive])
    level = mean_observed(logs[:, start:].reshape(len(logs), blocks, season))
    place = _break(level, between=1 if season > 1 else 0)
    rows = np.flatnonzero(place)
    if not len(rows):
        return history
    after = place[rows] + (season > 1)
    number = np.arange(blocks)
    old, new = (
        median_observed(np.where(near, level[rows], np.nan))
        for near in (
            (number < place[rows, None]) & (number >= place[rows, None] - NEAR),
            (number >= after[:, None]) & (number < after[:, None] + NEAR),
        )
    )
    time = np.arange(history.shape[1])
    is_old, is_new = time < start + season * place[rows, None], time >= start + season * after[:, None]
    result = history.copy()
    moved = np.exp(logs[rows] + (new - old)[:, None])
    result[positive[rows]] = np.where(is_new, history[positive[rows]], np.where(is_old, moved, np.nan))
    return result


@np.errstate(invalid="ignore")
def _break(level: FloatArray, between: int) -> IntArray:
    """[B] how many of the *level* [B, S] are before the break, 0 where there is none; *between* of them are neither."""
    width = between + 1
    step = np.abs(np.diff(level, axis=1))
    usual = median_observed(step)[:, None]
    highest, lowest = np.fmax.accumulate, np.fmin.accumulate
    before, after = level[:, :-width], level[:, width:]
    backwards = after[:, ::-1]
    up = lowest(backwards, axis=1)[:, ::-1] - highest(before, axis=1)
    down = lowest(before, axis=1) - highest(backwards, axis=1)[:, ::-1]
    jump = np.abs(after - before)
    # Steps that are no part of the jump: those that end before it, and those that begin after it.
    earlier = np.pad(highest(step, axis=1)[:, :-width], ((0, 0), (1, 0)))
    later = np.pad(highest(step[:, ::-1], axis=1)[:, ::-1][:, width:], ((0, 0), (0, 1)))
    other = np.fmax(np.fmax(earlier, later), 0.0)
    enough = np.minimum(np.isfinite(before).cumsum(axis=1), np.isfinite(backwards).cumsum(axis=1)[:, ::-1]) >= LEAST
    broken = enough & (usual > 0) & (jump > math.log(FACTOR)) & (jump > UNUSUAL * width * usual)
    broken &= (jump > ALONE * other) & (np.fmax(up, down) > APART * jump)
    size = np.where(broken, jump, 0.0)
    place: IntArray = np.where(broken.any(axis=1), size.argmax(axis=1) + 1, 0)
    return place
