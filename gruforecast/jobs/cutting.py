"""Times as a user writes them against a panel's grid: cutting off what was not known then, refusing what is stale."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.errors import DataError, UsageError, escape

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
# What can mean one moment only, unlike 01/02/2024.
_ISO = re.compile(r"\d{4}(-\d\d?(-\d\d?([ T].*)?)?)?|\d{8}(T.*)?", re.ASCII)
SOON, BLOCK = 1000, 100_000  # periods after the data, and at a time, that are looked at
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)", re.ASCII)


def as_of(panel: Panel, when: str) -> Panel:
    """*panel* as it was known at *when*: no period stamped later. Raises UsageError or DataError (nothing is left).

    *when* is in ISO 8601, or written as the periods of the data are.
    """
    low, high = int(panel.start.min()) - 1, int(panel.cutoff.max())
    if panel.freq.unit != "integer" and not _ISO.fullmatch(when.strip()):
        return _cut(panel, _ordinal(panel.freq, when.strip(), low, high), when)
    moment = _moment(panel.freq, when)
    # Bisect: stamps increase with their ordinals.
    while low < high:
        middle = (low + high + 1) // 2
        if panel.freq.timestamps([middle])[0] <= moment:
            low = middle
        else:
            high = middle - 1
    return _cut(panel, low, when)


def _cut(panel: Panel, ordinal: int, when: str) -> Panel:
    cut = panel.until(ordinal)
    if not len(cut.y):
        raise DataError(f"no data at or before {escape(when)}", hint="give a later --as-of")
    return cut


def _ordinal(freq: Frequency, when: str, low: int, high: int) -> int:
    """The period from number *low* to *high*, or soon after, that is written as *when*. Raises UsageError."""
    for at in range(low, high + SOON, BLOCK):
        texts = freq.format(range(at, min(at + BLOCK, high + SOON)))
        found = np.flatnonzero(texts == when)
        if len(found):
            return at + int(found[0])
    hint = f"such as 2024-01-31, 2024-01-31T12:00, or as the data has it, {freq.format([high])[0]}"
    raise UsageError(f"--as-of {escape(when)} is not a time in ISO 8601, nor one of the data's periods", hint=hint)


def _moment(freq: Frequency, when: str) -> Any:
    """*when* on the clock of *freq*. Raises UsageError."""
    import pandas as pd  # only where it is asked for

    try:
        if freq.unit == "integer":
            return int(when)
        stamp = pd.Timestamp(when)
        if freq.tz is not None and freq.counts_utc:
            stamp = (stamp.tz_localize(freq.tz) if stamp.tz is None else stamp).tz_convert("UTC")
        return stamp.tz_localize(None).to_datetime64().astype("datetime64[s]")
    except (ValueError, OverflowError) as error:
        form = "a whole number" if freq.unit == "integer" else "a time such as 2024-01-31 or 2024-01-31T12:00"
        raise UsageError(f"--as-of {escape(when)} is not {form}") from error


def age_seconds(text: str) -> float:
    """Seconds of an age such as ``36h``. Raises UsageError."""
    match = _AGE.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"--max-age {escape(text)} is not an age", hint="such as 90min, 36h, 2d or 1w")
    return float(match[1]) * _UNITS[match[2]]


def refuse_stale(panel: Panel, age: str, now: datetime.datetime | None = None) -> None:
    """Raise DataError when the newest period of *panel* began longer than *age* ago. Naive stamps are UTC."""
    import pandas as pd  # only where it is asked for

    allowed = age_seconds(age)
    if panel.freq.unit == "integer":
        raise UsageError("--max-age needs times, and these are plain integers")
    newest = int(panel.cutoff.max())
    stamp = pd.Timestamp(panel.freq.timestamps([newest])[0])
    if panel.freq.tz is not None and not panel.freq.counts_utc:
        stamp = stamp.tz_localize(panel.freq.tz, ambiguous=True, nonexistent="shift_forward").tz_convert(None)
    moment = pd.Timestamp(now or datetime.datetime.now(datetime.UTC)).tz_convert(None)
    if (moment - stamp).total_seconds() > allowed:
        text = panel.freq.format([newest])[0]
        raise DataError(f"the newest data is of {text}, older than --max-age {age}", hint="bring the data up to date")
