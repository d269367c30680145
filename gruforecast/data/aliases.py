"""Names of frequencies: pandas-like aliases, old and new spellings, to and from the fields of a grid."""

from __future__ import annotations

import re
from typing import Any

from gruforecast.errors import UsageError, escape

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

MONTH_END = 31
# Steps found in a file must have a name: microseconds as plain integers count hours by 3.6 billion.
MAX_STEP = 10**12

# 1970-01-01 was a Thursday: epoch day n falls on weekday (n + 3) mod 7, Monday = 0.
EPOCH_WEEKDAY = 3

_GRAMMAR = re.compile(
    r"(?P<step>\d{0,13})(?P<name>[A-Za-z]+)(?:-(?P<anchor>[A-Za-z]{3}))?(?:@(?P<day>\d{1,2}))?", re.ASCII
)
_MONTHLY = {"M": 1, "MS": 1, "ME": 1, "Q": 3, "QS": 3, "QE": 3}
_MONTHLY |= dict.fromkeys(("A", "AS", "Y", "YS", "YE"), 12)
_SECONDS = {"H": 3600, "h": 3600, "T": 60, "min": 60, "S": 1, "s": 1}
_EXAMPLES = "examples: YS, QE, MS, ME, W-SUN, D, B, h, 15min, int"


def is_bare(alias: str) -> bool:
    """True for aliases that name a period but not where it is stamped: ``M``, ``Q``, ``Y``, ``A``, ``W``."""
    return alias.strip().lstrip("0123456789") in ("M", "Q", "Y", "A", "W")


def fixed_modulus(alias: str) -> int:
    """How far a grid named *alias* may not be shifted: its stamps are fixed modulo this many units.

    ``2W-SUN`` fixes the weekday but not which week, ``6MS`` nothing, ``QS`` the months of a quarter.
    """
    if is_bare(alias):
        return 1
    name = alias.strip().lstrip("0123456789").split("-")[0].split("@")[0]
    return 7 if name == "W" else _MONTHLY.get(name, 1)


def parse_alias(alias: str) -> dict[str, Any]:
    """Fields of a grid (unit, step, anchor, day) named by *alias*. Raises UsageError on anything unknown."""
    match = _GRAMMAR.fullmatch(alias.strip())
    step = int(match["step"] or 1) if match else 0
    if match is None or not 1 <= step <= MAX_STEP:
        raise UsageError(f"frequency {escape(alias)} is not known", hint=_EXAMPLES)
    name, anchor, day = match["name"], (match["anchor"] or "").upper(), match["day"]
    if name in _MONTHLY:
        fields = _parse_monthly(name, step, anchor, int(day) if day else None)
    elif name == "W":
        weekday = WEEKDAYS.index(anchor) if anchor in WEEKDAYS else 6 if not anchor else -1
        fields = {"unit": "day", "step": 7 * step, "anchor": (weekday - EPOCH_WEEKDAY) % 7} if weekday >= 0 else {}
    elif anchor or day:
        fields = {}
    elif name in _SECONDS:
        seconds = step * _SECONDS[name]
        # Whole days are counted as days, so that they follow the calendar of their time zone.
        whole = seconds % 86400 == 0
        fields = {"unit": "day", "step": seconds // 86400} if whole else {"unit": "second", "step": seconds}
    else:
        unit = {"D": "day", "B": "business", "int": "integer"}.get(name)
        fields = {"unit": unit, "step": step} if unit else {}
    if not fields or fields["step"] > MAX_STEP:
        raise UsageError(f"frequency {escape(alias)} is not known", hint=_EXAMPLES)
    return fields


def _parse_monthly(name: str, step: int, anchor: str, day: int | None) -> dict[str, Any]:
    months = step * _MONTHLY[name]
    start = name.endswith("S")
    if (anchor and anchor not in MONTHS) or (day is not None and not 1 <= day <= MONTH_END):
        return {}
    # Pandas counts years and quarters that start in January and end in December unless told otherwise.
    month = MONTHS.index(anchor) if anchor else (0 if start else 11)
    return {
        "unit": "month",
        "step": months,
        "anchor": month % months,
        "day": day if day is not None else 1 if start else MONTH_END,
    }


def format_alias(unit: str, step: int, anchor: int, day: int) -> str:
    """Canonical modern alias of a grid. A day of month other than first and last follows an ``@``."""
    if unit == "month":
        return _format_monthly(step, anchor, day)
    if unit == "day" and step % 7 == 0:
        return f"{_times(step // 7)}W-{WEEKDAYS[(anchor + EPOCH_WEEKDAY) % 7]}"
    if unit == "second":
        for name, seconds in (("h", 3600), ("min", 60)):
            if step % seconds == 0:
                return f"{_times(step // seconds)}{name}"
        return f"{_times(step)}s"
    return f"{_times(step)}{ {'day': 'D', 'business': 'B', 'integer': 'int'}[unit] }"


def _format_monthly(step: int, anchor: int, day: int) -> str:
    letter, size = ("Y", 12) if step % 12 == 0 else ("Q", 3) if step == 3 else ("M", 1)
    suffix = "E" if day == MONTH_END else "S"
    default = 11 if day == MONTH_END else 0
    name = f"{_times(step // size)}{letter}{suffix}"
    if size > 1 and anchor % size != default % size:
        name += f"-{MONTHS[anchor % size]}"
    return name if day in (1, MONTH_END) else f"{name}@{day}"


def _times(step: int) -> str:
    return "" if step == 1 else str(step)
