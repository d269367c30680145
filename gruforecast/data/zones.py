"""Time zones: from wall clock to UTC and back, vectorised. A zone is an IANA name, ``UTC`` or ``+HH:MM``."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gruforecast.errors import UsageError, escape

_FIXED = re.compile(r"([+-])(\d\d):(\d\d)")


def fixed_offset(zone: str) -> int | None:
    """Seconds east of UTC of a fixed zone, None for one with rules. Raises UsageError for an unknown one."""
    if zone == "UTC":
        return 0
    match = _FIXED.fullmatch(zone)
    if match:
        return (-1 if match[1] == "-" else 1) * (int(match[2]) * 3600 + int(match[3]) * 60)
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise UsageError(f"time zone {escape(zone)} is not known") from error
    return None


def offset_name(seconds: int) -> str:
    """``+HH:MM`` of an offset in seconds; ``UTC`` for zero."""
    if seconds == 0:
        return "UTC"
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}:{rest // 60:02d}"


def utc_offsets(times: NDArray[np.datetime64], zone: str, *, wall: bool) -> NDArray[np.int64]:
    """Seconds east of UTC at each of *times* (datetime64[s]), which are wall times of *zone* or UTC.

    A wall time that happens twice counts as the first; one that never happens, as the hour after it.
    """
    fixed = fixed_offset(zone)
    if fixed is not None:
        return np.full(times.shape, fixed, dtype=np.int64)
    import pandas as pd  # only for zones with rules

    naive = pd.DatetimeIndex(times.ravel().astype("datetime64[s]"))
    if wall:
        first: Any = np.ones(len(naive), dtype=bool)
        aware = naive.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
        local = aware.tz_localize(None)
        utc = aware.tz_convert("UTC").tz_localize(None)
    else:
        utc = naive
        local = naive.tz_localize("UTC").tz_convert(zone).tz_localize(None)
    seconds = (local.to_numpy() - utc.to_numpy()).astype("timedelta64[s]").astype(np.int64)
    return np.asarray(seconds).reshape(times.shape)
