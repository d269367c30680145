"""Words and figures as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

_UNITS = {"YS": "yearly", "YE": "yearly", "QS": "quarterly", "QE": "quarterly", "MS": "monthly", "ME": "monthly"}
_UNITS |= {"D": "daily", "B": "business daily", "h": "hourly", "min": "every minute", "s": "every second"}


def escaped(value: object) -> str:
    """Text of the user's as rich markup: shown as it is, nothing in it obeyed."""
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "�" for c in str(value)))


def counted(number: int, word: str) -> str:
    """``1 row``, ``2,016 rows``; *word* in the singular."""
    plural = word if word == "series" else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"


def frequency(alias: str) -> str:
    """``monthly (MS)``."""
    name = _UNITS.get(alias.split("-")[0], "weekly" if alias.startswith("W-") else "")
    return f"{name} ({alias})" if name else alias


def intervals(levels: Sequence[float]) -> str:
    """``80 and 95 % intervals``."""
    if not levels:
        return "no intervals"
    words = [f"{level:g}" for level in sorted(levels)]
    return f"{' and '.join(filter(None, [', '.join(words[:-1]), words[-1]]))} % interval{'s' if len(words) > 1 else ''}"


def figures(before: str, start: float | None, end: float | None) -> str:
    """*before* and ``0.81 → 0.52``; nothing where there is no figure."""
    if end is None or not math.isfinite(end):
        return ""
    arrow = f"{start:.4g} → " if start is not None and math.isfinite(start) else ""
    return f"{before}{arrow}{end:.4g}"


def aligned(values: Sequence[float]) -> list[str]:
    """Measures of one table row, all with as many decimals as the smallest of them needs."""
    sizes = [abs(value) for value in values if math.isfinite(value) and value]
    smallest = min(sizes, default=1.0)
    decimals = 0 if smallest >= 1000 else 1 if smallest >= 100 else 3
    return [f"{value:,.{decimals}f}" if math.isfinite(value) else "–" for value in values]
