"""Times at which nothing is ever recorded: Sundays in a shop, nights, months out of season.

A forecast of them stands for nothing, and a week that is summed up is too large by a day.
"""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import BoolArray, IntArray, Panel, portions

CYCLES = 26  # seasons that are looked back at
LEAST = 4  # times that a phase must have been missing
CHANCE = 0.001  # that a phase is missing as often by itself, at most
CHUNK = 4_000_000  # values that are looked at together


def unrecorded(panel: Panel, horizon: int) -> BoolArray:
    """[N, horizon] which periods after each series' cutoff are at a phase of a season that never has a value.

    Only where missing values that fall on a phase by chance would not do so as often.
    """
    result = np.zeros((len(panel), horizon), dtype=np.bool_)
    rows = np.flatnonzero(panel.lengths - panel.observed >= LEAST)
    longest = int(panel.lengths[rows].max(initial=0))
    seasons = [season for season in panel.freq.seasons if 1 < season < longest / (LEAST - 1)]
    if seasons:
        points = min(longest, CYCLES * seasons[-1])
        for part in portions(rows, CHUNK // points):
            inside = np.arange(-points, 0) >= -panel.lengths[part, None]
            missing = inside & np.isnan(panel.select(part).tail(points))
            for season in seasons:
                never = _never(_by_phase(missing, season), _by_phase(inside, season))
                result[part] |= never[:, np.arange(horizon) % season]
    return result


def _by_phase(happened: BoolArray, season: int) -> IntArray:
    """[B, L] → [B, season] how often in the newest CYCLES seasons, by the phase, the first after the cutoff first."""
    newest = happened[:, -CYCLES * season :]
    whole = np.pad(newest, ((0, 0), (-newest.shape[1] % season, 0)))
    count: IntArray = whole.reshape(len(whole), -1, season).sum(axis=1)
    return count


def _never(missing: IntArray, times: IntArray) -> BoolArray:
    """[B, season] the phases that were *missing* all *times*, but by chance if the others are missing often enough."""
    always = (missing == times) & (times >= LEAST)
    others, gone = (np.where(always, 0, count).sum(axis=1) for count in (times, missing))
    share = (gone + 1) / (others + 2)
    never: BoolArray = always & (missing.shape[1] * share[:, None] ** times < CHANCE)
    return never
