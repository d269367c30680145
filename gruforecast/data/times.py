"""Time stamps as text: ISO 8601, quarters, years, plain integers, or a format the user names. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import IntArray
from gruforecast.data.plain_times import parse_format, parse_integers
from gruforecast.data.time_values import BadTime, Times, clock_seconds, midnight, week_start

_CLOCK = (
    r"(?:(?P<t>[ T])(?P<H>dd):(?P<M>dd)(?::(?P<S>dd)(?:[.,](?P<f>d+))?)?"
    r"(?: ?(?P<z>Z)| ?(?P<zs>[+-])(?P<zh>dd):?(?P<zm>dd)?)?)?"
)
# Templates are texts whose digits have all become "d"; a match gives the columns each part stands in.
_TEMPLATES = {
    "iso": re.compile(r"(?P<y>dddd)(?P<s>[-/])(?P<m>dd?)(?P=s)(?P<d>dd?)" + _CLOCK),
    "basic": re.compile(r"(?P<y>dddd)(?P<m>dd)(?P<d>dd)(?P<t>T)(?P<H>dd)(?P<M>dd)(?P<S>dd)?(?P<z>Z)?"),
    "week": re.compile(r"(?P<y>dddd)(?P<dash>-?)W(?P<w>dd)"),
    "month": re.compile(r"(?P<y>dddd)-(?P<m>dd?)"),
    "quarter": re.compile(r"(?P<y>dddd)(?P<dash>-?)[Qq](?P<q>d)"),
    "quarter_first": re.compile(r"[QqTt](?P<q>d)[ /-]?(?P<y>dddd)"),
    "either": re.compile(r"(?P<a>dd?)(?P<s>[-/.])(?P<b>dd?)(?P=s)(?P<y>dddd)" + _CLOCK),
    "integer": re.compile(r"[+-]?d{1,19}"),
}
_PARTS = ("y", "w", "m", "d", "a", "b", "q", "H", "M", "S", "zh", "zm")
_MAX_TEMPLATES = 64
_BLOCK = 1 << 16
_ALIKE_HINT = "write all times of a column alike"
_ZONES_DIFFER = "differs from the rows above in having a time zone"
_ZONES_HINT = "write all times in UTC, such as 2024-01-31T13:00Z"
Group = tuple[str, re.Match[str], IntArray]


def kind_of(form: str) -> str:
    """The kind of time that a text is whose digits have all become "d"; empty for none."""
    return next((kind for kind, pattern in _TEMPLATES.items() if pattern.fullmatch(form)), "")


def looks_like_time(cells: list[str]) -> bool:
    """Whether most of *cells* have the form of a date (not a plain integer), valid or not.

    One damaged cell must not hide the time column: it is refused later, by its line.
    """
    forms = [re.sub("[0-9]", "d", cell) for cell in cells]
    dates = [pattern for kind, pattern in _TEMPLATES.items() if kind != "integer"]
    return 2 * sum(any(p.fullmatch(form) for p in dates) for form in forms) > len(forms)


def parse_times(texts: NDArray[Any], date_format: str | None = None, *, only_count: bool = False) -> Times:
    """Stamps of *texts*, all of one kind. Raises BadTime at the first cell that does not fit.

    *only_count*: integers are no dates, whatever they look like.

    *texts* is [n] strings or, without *date_format*, their UTF-8 bytes.
    """
    if date_format is not None:
        return parse_format(texts, date_format)
    fixed = _fixed(texts)
    matrix = fixed.view(np.uint8).reshape(len(fixed), fixed.dtype.itemsize)
    groups = list(_groups(matrix))
    kinds = {kind for kind, _, _ in groups}
    if kinds == {"integer"}:
        return parse_integers(fixed, only_count=only_count)
    if "integer" in kinds or (kinds & {"either", "week"} and len(kinds) > 1):
        odd = next(rows for kind, _, rows in groups if kind != groups[0][0])
        raise BadTime(int(odd[0]), "is written unlike the times above it", _ALIKE_HINT, whole=True)
    order = _day_first(matrix, groups) if kinds == {"either"} else None
    zoned = _zoned(groups)
    values = np.empty(len(matrix), dtype=np.int64)
    offsets = np.empty(len(matrix), dtype=np.int64) if zoned else None
    for kind, match, rows in groups:
        for at in range(0, len(rows), _BLOCK):
            piece = rows[at : at + _BLOCK]
            where = piece if len(rows) < len(matrix) else slice(at, at + _BLOCK)
            values[where], shift = _instants(_read(matrix[where], match), piece, kind, order)
            if offsets is not None:
                offsets[where] = shift
    return Times(values, style=_style(groups), offsets=offsets)


def _zoned(groups: list[Group]) -> bool:
    """Whether the stamps carry a time zone. Raises BadTime where only some do."""
    zoned = [bool(match.groupdict().get("z") or match.groupdict().get("zh")) for _, match, _ in groups]
    if any(zoned) and not all(zoned):
        odd = zoned.index(not zoned[0])
        raise BadTime(int(groups[odd][2][0]), _ZONES_DIFFER, _ZONES_HINT, whole=True)
    return all(zoned) and bool(zoned)


def _fixed(texts: NDArray[Any]) -> NDArray[np.bytes_]:
    """[n] the bytes of ASCII *texts*, zero padded."""
    try:
        fixed = texts.astype(np.bytes_)
    except UnicodeEncodeError:
        bad = next(i for i, cell in enumerate(texts.tolist()) if not cell.isascii())
        raise BadTime(bad, "is no time") from None
    if fixed.dtype.itemsize > 64:
        raise BadTime(int(np.char.str_len(fixed).argmax()), "is no time")
    return np.ascontiguousarray(fixed, dtype=f"S{max(fixed.dtype.itemsize, 1)}")


def _groups(matrix: NDArray[np.uint8]) -> Iterator[Group]:
    """Rows that share a template: its kind, the match that locates its parts, the row numbers."""
    rest = np.arange(len(matrix))
    for _ in range(_MAX_TEMPLATES):
        if not len(rest):
            return
        first = matrix[rest[0]]
        digits = (first >= 48) & (first <= 57)
        # A literal "d" in the text must not pass for a digit, nor a byte that is not ASCII for anything.
        form = np.where(digits, ord("d"), np.where((first == ord("d")) | (first > 127), 1, first))
        text = bytes(form.astype(np.uint8)).rstrip(b"\0").decode("ascii")
        found = ((kind, pattern.fullmatch(text)) for kind, pattern in _TEMPLATES.items())
        kind, match = next(((kind, m) for kind, m in found if m), ("", None))
        if match is None:
            raise BadTime(int(rest[0]), "is no time" if text else "is empty where a time is needed")
        whole = len(rest) == len(matrix)
        same = _same_form(matrix if whole else matrix[rest], first, digits)
        if same.all():
            yield kind, match, rest
            return
        yield kind, match, rest[same]
        rest = rest[~same]
    if len(rest):
        raise BadTime(int(rest[0]), "is written unlike the times above it", _ALIKE_HINT)


def _same_form(matrix: NDArray[np.uint8], first: NDArray[np.uint8], digits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[n] which rows have digits where *first* has, and its very bytes elsewhere."""
    same = np.empty(len(matrix), dtype=bool)
    fixed = ~digits
    for at in range(0, len(matrix), _BLOCK):
        rows = matrix[at : at + _BLOCK]
        right = ((rows - np.uint8(48)) < 10) & digits
        right |= (rows == first) & fixed
        same[at : at + _BLOCK] = right.all(axis=1)
    return same


def _read(cells: NDArray[np.uint8], match: re.Match[str]) -> dict[str, IntArray]:
    """The numbers [n] that the named parts of a template hold; ``sign`` and ``f`` where it has them."""
    present = {part: match.span(part) for part, found in match.groupdict().items() if found and part in _PARTS}
    weights = np.zeros((cells.shape[1], len(present)), dtype=np.float32)
    for i, (start, end) in enumerate(present.values()):
        weights[start:end, i] = 10.0 ** np.arange(end - start - 1, -1, -1)
    # At most four digits a part: exact in single precision, and one matrix product reads all parts at once.
    numbers = ((cells.astype(np.float32) - 48) @ weights).T.astype(np.int64)
    result = dict(zip(present, numbers, strict=True))
    if match.groupdict().get("f"):
        result["f"] = (cells[:, slice(*match.span("f"))] != 48).any(axis=1).astype(np.int64)
    if match.groupdict().get("zs"):
        result["sign"] = np.where(cells[:, match.start("zs")] == ord("-"), -1, 1)
    return result


def _day_first(matrix: NDArray[np.uint8], groups: list[Group]) -> bool:
    """Whether the first part of dates like 01/02/2020 is the day. Raises BadTime unless some row settles it."""
    first = second = False
    for _, match, rows in groups:
        numbers = _read(matrix[rows], match)
        first |= bool((numbers["a"] > 12).any())
        second |= bool((numbers["b"] > 12).any())
    if not first and not second and all(match["s"] == "." for _, match, _ in groups):
        return True  # nobody writes the month first with dots
    if first == second:
        what = "could be day or month first" if not first else "is in a column that mixes day first and month first"
        raise BadTime(int(groups[0][2][0]), what, _order_hint(groups[0][1]), whole=True)
    return first


def _order_hint(match: re.Match[str]) -> str:
    """Both ways to read dates like 01/02/2020, as the flag to type."""
    part = match.groupdict()
    clock = f"{part['t']}%H:%M{':%S' if part['S'] else ''}" if part.get("t") else ""
    one, other = (f"'{part['s'].join(order)}{clock}'" for order in (("%d", "%m", "%Y"), ("%m", "%d", "%Y")))
    return f"say --date-format {one} or {other}, or write ISO 8601"


def _instants(
    numbers: dict[str, IntArray], rows: IntArray, kind: str, day_first: bool | None
) -> tuple[IntArray, IntArray | int]:
    """Wall clock seconds [n] and offsets from UTC [n] of the numbers of some rows of one template."""
    year, one = numbers["y"], np.ones_like(numbers["y"])
    if kind == "either":
        month, day = (numbers["b"], numbers["a"]) if day_first else (numbers["a"], numbers["b"])
    elif kind.startswith("quarter"):
        quarter = numbers["q"]
        month, day = np.where((quarter >= 1) & (quarter <= 4), quarter * 3 - 2, 0), one
    elif kind == "week":
        return week_start(year, numbers["w"], rows), 0
    else:
        month, day = numbers["m"], numbers.get("d", one)
    seconds = midnight(year, month, day, rows)
    if "H" in numbers:
        seconds += clock_seconds(numbers, rows)
    if "sign" not in numbers:
        return seconds, 0
    return seconds, numbers["sign"] * (numbers["zh"] * 3600 + numbers.get("zm", 0 * one) * 60)


def _style(groups: list[Group]) -> str:
    """The style all templates share, the natural one where they differ or are not ISO 8601."""
    styles = set()
    for kind, match, _ in groups:
        part = match.groupdict()
        if kind == "iso" and part.get("t"):
            seconds = ":%S" if part["S"] else ""
            styles.add(f"%Y-%m-%d{part['t']}%H:%M{seconds}{part['z'] or ''}")
        elif kind == "month":
            styles.add("%Y-%m")
        elif kind == "week":
            styles.add(f"%G{part['dash']}W%V")
        elif kind.startswith("quarter"):
            styles.add(f"%Y{part.get('dash', '')}Q%q")
        else:
            styles.add("")
    return styles.pop() if len(styles) == 1 else ""
