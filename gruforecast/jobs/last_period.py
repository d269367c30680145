"""Whether the newest period of a panel is still running, so that sums in it are half-finished. Changes no result."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np

from gruforecast.data import zones
from gruforecast.data.aliases import MONTH_END
from gruforecast.data.panel import Panel
from gruforecast.errors import DataError
from gruforecast.jobs.source import Loaded


def unfinished_period(panel: Panel, now: datetime.datetime | None = None) -> tuple[str, str]:
    """A problem and its remedy if the newest period is running at *now*; both empty if not, or if nobody can tell.

    Naive stamps are UTC. A month, quarter or year stamped with its first or last day is that whole span, everything
    else (weeks, which may be named by either end) at least the stamp's day. Values of shorter periods are readings
    more often than sums, and integers know no clock: nothing is said of either.
    """
    freq = panel.freq
    if freq.unit in ("integer", "second") or not len(panel.y):
        return "", ""
    newest = int(panel.cutoff.max())
    try:
        before, stamp, after = freq.timestamps([newest - 1, newest, newest + 1]).astype("datetime64[D]")
    except DataError:
        return "", ""  # the calendar ends beside it, far from now
    begin, end = stamp, stamp + 1
    if freq.unit == "month" and freq.day == 1:
        end = after
    elif freq.unit == "month" and freq.day == MONTH_END:
        begin = before + 1
    if not begin <= _today(freq.tz, now) < end:
        return "", ""
    count = int((panel.cutoff == newest).sum())
    last, previous = freq.format([newest, newest - 1])
    series = "1 series ends" if count == 1 else f"{count:,} series end"
    problem = f"the last period, {last}, is not over yet: {series} with a value that may be half-finished"
    return problem, f"delete its rows, or leave it out of a forecast with --as-of {previous}"


def with_note(loaded: Loaded) -> Loaded:
    """*loaded* with a warning if its newest period is still running."""
    problem, hint = unfinished_period(loaded.panel)
    if not problem:
        return loaded
    return replace(loaded, report=loaded.report.with_warning(f"{problem}; {hint}"))


def _today(zone: str | None, now: datetime.datetime | None) -> np.datetime64:
    moment = np.array([now or _now()], dtype="datetime64[s]")
    if zone is not None:
        moment = moment + zones.utc_offsets(moment, zone, wall=False)
    today: np.datetime64 = moment.astype("datetime64[D]")[0]
    return today


def _now() -> datetime.datetime:
    """UTC, naive."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
