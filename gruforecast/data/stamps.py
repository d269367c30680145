"""Writing time stamps as text, in the style the input had."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import zones

# A closed set: a style read back from a model file can only be one of these.
DATE_STYLES = ("%Y-%m-%d", "%Y-%m", "%YQ%q", "%Y-Q%q", "%G-W%V", "%GW%V")
DIGIT_STYLES = ("%Y", "%Y%q", "%Y%m", "%G%V", "%Y%j", "%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S")
EPOCH_STYLES = ("%s", "%s000", "%s000000", "%s000000000")
CLOCK_STYLES = tuple(f"%Y-%m-%d{t}%H:%M{s}{z}" for t in (" ", "T") for s in (":%S", "") for z in ("", "Z"))
STYLES = ("", *DATE_STYLES, *DIGIT_STYLES, *EPOCH_STYLES, *CLOCK_STYLES)


def epoch_unit(style: str) -> int:
    """Of one of the EPOCH_STYLES: what a second is counted as."""
    return int(style.replace("%s", "1"))


def write(times: NDArray[np.datetime64], style: str, zone: str | None, *, utc: bool) -> NDArray[np.object_]:
    """Text of *times* [n] (datetime64[s]), which are UTC instants if *utc* and wall times otherwise."""
    if not len(times):
        return np.empty(0, dtype=object)
    if style in EPOCH_STYLES:
        return np.array([style.replace("%s", str(s)) for s in times.astype(np.int64).tolist()], dtype=object)
    if "%V" in style or "%j" in style:
        return np.array([day.strftime(style) for day in times.astype("datetime64[D]").tolist()], dtype=object)
    offsets = zones.utc_offsets(times, zone, wall=not utc) if zone is not None else None
    local = times + offsets.astype("timedelta64[s]") if offsets is not None and utc else times
    text: NDArray[np.object_] = _write_local(local, style.removesuffix("Z"))
    if offsets is None or "%H" not in style:
        return text
    if style.endswith("Z") and not offsets.any():
        return np.asarray(text + "Z", dtype=object)
    kinds, index = np.unique(offsets, return_inverse=True)
    names = [zones.offset_name(int(k)).replace("UTC", "+00:00") for k in kinds]
    return np.asarray(text + np.asarray(names, dtype=object)[index], dtype=object)


def _write_local(times: NDArray[np.datetime64], style: str) -> NDArray[np.object_]:
    iso = np.datetime_as_string(times.astype("datetime64[s]"), unit="s").tolist()

    def one(text: str) -> str:
        return (
            style.replace("%Y", text[:4])
            .replace("%m", text[5:7])
            .replace("%d", text[8:10])
            .replace("%H", text[11:13])
            .replace("%M", text[14:16])
            .replace("%S", text[17:19])
            .replace("%q", str((int(text[5:7]) + 2) // 3))
        )

    return np.array([one(text) for text in iso], dtype=object)
