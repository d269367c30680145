"""Numbers as text: what counts as a number, what counts as missing, and which decimal mark is meant."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gruforecast.data.panel import FloatArray
from gruforecast.data.remedies import edit
from gruforecast.errors import DataError, UsageError, escape

# Exactly these cells mean "missing"; anything else that is not a number is refused.
MISSING = ("", "NaN", "nan", "NA", "null")
_MISSING = frozenset(MISSING)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:[0-9]+,?[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_OTHER_MISSING = ("n/a", "#n/a", "none", "-", "--", "?", ".", "missing", "nil", "<na>", "\\n", "unknown", "n.a.")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[ ,.'’\u00a0\u2009\u202f_][0-9]{3})+(?:[.,][0-9]+)?")
_UNIT = re.compile(r"[+-]?(?P<before>[^0-9+.()−–-]{0,4})[+-]?[0-9][0-9.,]*\s?(?P<after>[^0-9+()-]{0,4})")
_MULTIPLES = ("k", "K", "M", "B", "Mio", "Mrd", "Mn", "bn", "m")
_GROUP_MARKS = {",": ",", ".": r"\.", "'": "['’]", " ": "[ \u00a0\u2009\u202f]"}
_GROUPS = {
    # After the groups only a decimal part or an exponent may follow, without another separator.
    mark: re.compile(rf"[+-]?[0-9]{{1,3}}(?:{marks}[0-9]{{3}})+(?![0-9])(?!.*{marks})")
    for mark, marks in _GROUP_MARKS.items()
}
# What decides that a column is meant as numbers: no name such as A1 or ABC-12 may look like that.
_AMOUNT = re.compile(
    r"[+-]?(?:[$€£¥₹₽<>~≈]|[A-Z]{3}\s) ?[+-]?[0-9][0-9.,]*"
    r"|[+-]?[0-9][0-9.,]*(?:\s?[%$€£¥₹₽*-]|\s?°[CF]?|\s[A-Za-z]{1,4}|(?<=[.,][0-9])[KMB])"
    r"|\([$€£]?[0-9][0-9.,]*\s?[%$€£]?\)"
)
_SMALL = re.compile(r"[+-]?[1-9][0-9]{0,2}")
_POINT_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")


def is_number(cell: str, decimal: str = ".", thousands: str = "") -> bool:
    """Whether *cell* (stripped of spaces) is a plain or scientific decimal number in ASCII, grouped by *thousands*."""
    pattern = _NUMBER if decimal == "." else _COMMA_NUMBER
    return pattern.fullmatch(ungrouped(cell, thousands)) is not None


def ungrouped(cell: str, thousands: str) -> str:
    """*cell* without outer spaces and, where each stands before three digits, without *thousands* separators."""
    plain = cell.strip(" ")
    if not thousands or not _GROUPS[thousands].match(plain):
        return plain
    return re.sub(_GROUP_MARKS[thousands], "", plain)


def is_missing(cell: str) -> bool:
    """Whether *cell* says that there is no value."""
    return cell.strip(" ") in _MISSING


def parse_number(cell: str, decimal: str = ".", thousands: str = "") -> float | None:
    """Value of *cell*, NaN if missing, None if it is no finite number."""
    if is_missing(cell):
        return np.nan
    if not is_number(cell, decimal, thousands):
        return None
    value = float(ungrouped(cell, thousands).replace(",", "."))
    return value if np.isfinite(value) else None


def parse_numbers(cells: Sequence[str], decimal: str, thousands: str = "") -> tuple[FloatArray, list[int]]:
    """Values [n] of *cells*, and the positions of those that are neither number nor missing."""
    parsed = [parse_number(cell, decimal, thousands) for cell in cells]
    bad = [i for i, value in enumerate(parsed) if value is None]
    return np.array([np.nan if value is None else value for value in parsed], dtype=np.float64), bad


def is_almost_number(cell: str) -> bool:
    """Whether *cell* is a number written for people: with thousands separators, a currency or a unit."""
    return bool(_GROUPED.fullmatch(cell.strip()) or _AMOUNT.fullmatch(cell.strip()))


def number_hint(cell: str, name: str = "", sep: str = ",") -> str:
    """What to do about a cell of the file *name*, with *sep* between its cells, that should be a number."""
    text = cell.strip()
    if text.lower() in ("true", "false", "yes", "no"):
        return "write 1 and 0"
    if _GROUPED.fullmatch(text):
        return _thousands_hint(text)
    if text.startswith("#") and text.lower() not in _OTHER_MISSING:
        return "a formula of the spreadsheet failed here: correct it, or leave the cell empty"
    if text.lower() in (*_OTHER_MISSING, *map(str.lower, MISSING)):
        return f"leave missing values empty, or write {', '.join(MISSING[1:])}"
    plain = "".join(str(unicodedata.decimal(c, c)) for c in cell).strip()
    if not is_almost_number(text) and any(unicodedata.category(c) in ("Cf", "Zs") and c != " " for c in cell):
        return "delete the invisible characters in it"
    if text.lower().lstrip("+-") in ("inf", "infinity", "∞") or is_number(text):
        return "numbers go up to 1.8e308; leave the cell empty if there is no value"
    if plain != text and is_number(plain):
        return f"write it in plain digits: {escape(plain)}"
    if text.startswith(("−", "–", "(")) or (text.endswith("-") and text[:1].isdigit()):
        return "write negative numbers with a minus sign: -12" + edit(name, _signs(text, sep))
    unit = unit_of(text)
    if unit in _MULTIPLES:
        return f"write the number in full, without {unit}"
    if unit:
        sign = re.escape(unit)
        behind, before = rf"""s/([0-9])[^0-9,;|"\t]{{0,3}}{sign}/\1/g""", rf"s/{sign} ?([-+]?[0-9])/\1/g"
        command = edit(name, behind if text.endswith(unit) else before)
        return f"write the number alone, without currency, unit or percent sign{command}"
    return f"write plain numbers such as 1234.5; missing values are empty, {', '.join(MISSING[1:])}"


def _signs(cell: str, sep: str) -> str:
    """The sed script for a *cell* such as (12), 12- or −12, as a whole: names and dates stay as they are."""
    mark = {"\t": "\\t", "|": "\\|"}.get(sep, sep)
    plain, quoted = "[0-9][0-9.]*" if sep == "," else "[0-9][0-9.,]*", "[0-9][0-9.,]*"
    if cell.startswith("("):
        quotes = rf's/"\(([^0-9()]?{quoted})\)"/"-\1"/g'
        return rf"s/(^|{mark}) ?\(([^0-9()]?{plain})\)/\1-\2/g;{quotes}"
    if cell.endswith("-"):
        behind = rf"s/(^|{mark}) ?({plain})-({mark}|\r|$)/\1-\2\3/g"
        # Twice: neighbours share the mark between them.
        return rf'{behind};{behind};s/"({quoted})-"/"-\1"/g'
    return rf's/(^|"|{mark}) ?(−|–)([0-9])/\1-\3/g'


def unit_of(cell: str) -> str:
    """The currency, unit or percent sign that stands before or after the number in *cell*; empty if there is none."""
    found = _UNIT.fullmatch(cell.strip())
    return (found["before"] or found["after"]).strip() if found else ""


def _thousands_hint(cell: str) -> str:
    """The flag with which a number like *cell* is read."""
    mark = next(c for c in cell.lstrip("+-") if not c.isdigit())
    known = next((name for name, marks in _GROUP_MARKS.items() if re.fullmatch(marks, mark)), None)
    if known is None:
        return "write numbers without thousands separators and with a decimal point"
    return f"say --thousands {shlex.quote(known)} if it separates thousands"


def find_decimal(
    columns: Mapping[str, Sequence[str]],
    asked: str | None,
    thousands: str | None,
    sep: str,
    name: str,
    line: Callable[[int], int],
) -> str:
    """The decimal mark: *asked* if given, else a comma only when some column can mean nothing else.

    *columns* holds sampled cells by column name, *line* says where a row stands.
    Raises DataError when ``1,234`` could be either, UsageError for marks that cannot be.
    """
    if thousands is not None and (thousands not in _GROUPS or thousands == asked):
        hint = "it is , . ' or a space, and not the decimal mark"
        raise UsageError(f"--thousands {escape(thousands)} cannot be", hint=hint)
    if asked is None and thousands in (".", ","):
        asked = "," if thousands == "." else "."
        if asked == sep:
            return "."
    if asked is not None:
        if asked not in (".", ",") or asked == sep:
            raise UsageError(f"--decimal {escape(asked)} cannot be", hint="it is . or , and not the separator")
        return asked
    marks: set[str] = set()
    for column, cells in columns.items():
        try:
            mark = _column_decimal([ungrouped(cell, thousands or "") for cell in cells if not is_missing(cell)])
        except _Unclear as error:
            place = line(next(i for i, cell in enumerate(cells) if ungrouped(cell, thousands or "") == error.cell))
            raise DataError(
                error.problem, file=name, line=place, column=column, value=error.cell, hint=error.hint
            ) from error
        marks |= {mark} if mark else set()
    if len(marks) > 1:
        raise DataError("some columns have decimal commas, others points", file=name, hint="say --decimal")
    return marks.pop() if marks else "."


class _Unclear(Exception):
    """A cell whose decimal mark is not certain."""

    def __init__(self, problem: str, cell: str, hint: str) -> None:
        super().__init__(problem)
        self.problem, self.cell, self.hint = problem, cell, hint


def _column_decimal(values: Sequence[str]) -> str:
    """The decimal mark that the non-missing *values* of one column show, empty if none. Raises _Unclear."""
    commas = [cell for cell in values if "," in cell and is_number(cell, ",")]
    points = [cell for cell in values if "." in cell and is_number(cell)]
    numeric = sum(is_number(cell, ",") or is_number(cell) for cell in values)
    if 2 * numeric <= len(values) or not (commas or points):
        return ""
    if commas and points:
        odd = min(commas, points, key=len)[0]
        hint = "write all numbers alike, or say --decimal"
        raise _Unclear("mixes decimal commas and points", odd, hint)
    if commas and all(_THOUSANDS.fullmatch(cell.strip(" ")) for cell in commas):
        hint = "say --decimal , if it is a decimal comma, --thousands , if it separates thousands"
        raise _Unclear("could be 1 or 1000 times as much", commas[0], hint)
    whole = [cell for cell in values if _SMALL.fullmatch(cell)]
    if points and whole and all(_POINT_THOUSANDS.fullmatch(cell.strip(" ")) for cell in points):
        # 999 beside 1.000: no program writes decimals like that.
        hint = "say --decimal . if it is a decimal point, --thousands . if it separates thousands"
        raise _Unclear("could be 1 or 1000 times as much", points[0], hint)
    return "," if commas else "."
