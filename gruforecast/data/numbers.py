"""Numbers as text: what counts as a number, what counts as missing, and which decimal mark is meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gruforecast.data.panel import FloatArray
from gruforecast.errors import DataError, UsageError, escape

# Exactly these cells mean "missing"; anything else that is not a number is refused.
MISSING = ("", "NaN", "nan", "NA", "null")
_MISSING = frozenset(MISSING)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:[0-9]+,?[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_OTHER_MISSING = ("n/a", "#n/a", "none", "-", "--", "?", ".", "missing", "nil", "<na>", "\\n", "unknown", "n.a.")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[ ,.'\u00a0\u202f_][0-9]{3})+(?:[.,][0-9]+)?")
_UNIT = re.compile(r"[^0-9+-]{0,4}[+-]?[0-9][0-9.,]*[^0-9]{1,4}|[^0-9]{1,4}[+-]?[0-9][0-9.,]*")
_SMALL = re.compile(r"[+-]?[1-9][0-9]{0,2}")
_POINT_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether *cell* (stripped of spaces) is a plain or scientific decimal number in ASCII."""
    pattern = _NUMBER if decimal == "." else _COMMA_NUMBER
    return pattern.fullmatch(cell.strip(" ")) is not None


def is_missing(cell: str) -> bool:
    """Whether *cell* says that there is no value."""
    return cell.strip(" ") in _MISSING


def parse_number(cell: str, decimal: str = ".") -> float | None:
    """Value of *cell*, NaN if missing, None if it is no finite number."""
    if is_missing(cell):
        return np.nan
    if not is_number(cell, decimal):
        return None
    value = float(cell.replace(",", "."))
    return value if np.isfinite(value) else None


def parse_numbers(cells: Sequence[str], decimal: str) -> tuple[FloatArray, list[int]]:
    """Values [n] of *cells*, and the positions of those that are neither number nor missing."""
    parsed = [parse_number(cell, decimal) for cell in cells]
    bad = [i for i, value in enumerate(parsed) if value is None]
    return np.array([np.nan if value is None else value for value in parsed], dtype=np.float64), bad


def is_almost_number(cell: str) -> bool:
    """Whether *cell* is a number written for people: with thousands separators, a currency or a unit."""
    return bool(_GROUPED.fullmatch(cell.strip()) or _UNIT.fullmatch(cell.strip()))


def number_hint(cell: str) -> str:
    """What to do about a cell that should be a number."""
    text = cell.strip()
    if text.lower() in ("true", "false", "yes", "no"):
        return "write 1 and 0"
    if _GROUPED.fullmatch(text):
        return "write numbers without thousands separators and with a decimal point"
    if text.startswith("#") and text.lower() not in _OTHER_MISSING:
        return "a formula of the spreadsheet failed here: correct it, or leave the cell empty"
    if text.lower() in (*_OTHER_MISSING, *map(str.lower, MISSING)):
        return f"leave missing values empty, or write {', '.join(MISSING[1:])}"
    plain = "".join(str(unicodedata.decimal(c, c)) for c in cell).strip()
    if any(unicodedata.category(c) in ("Cf", "Zs") and c != " " for c in cell):
        return "delete the invisible characters in it"
    if text.lower().lstrip("+-") in ("inf", "infinity", "∞") or is_number(text):
        return "numbers go up to 1.8e308; leave the cell empty if there is no value"
    if plain != text and is_number(plain):
        return f"write it in plain digits: {escape(plain)}"
    if text.startswith(("−", "–", "(")):
        return "write negative numbers with a minus sign: -12"
    if _UNIT.fullmatch(text):
        return "write the number alone, without currency, unit or percent sign"
    return f"write plain numbers such as 1234.5; missing values are empty, {', '.join(MISSING[1:])}"


def find_decimal(
    columns: Mapping[str, Sequence[str]], asked: str | None, sep: str, name: str, line: Callable[[int], int]
) -> str:
    """The decimal mark: *asked* if given, else a comma only when some column can mean nothing else.

    *columns* holds sampled cells by column name, *line* says where a row stands.
    Raises DataError when ``1,234`` could be either.
    """
    if asked is not None:
        if asked not in (".", ",") or asked == sep:
            raise UsageError(f"--decimal {escape(asked)} cannot be", hint="it is . or , and not the separator")
        return asked
    marks: set[str] = set()
    for column, cells in columns.items():
        try:
            mark = _column_decimal([cell for cell in cells if not is_missing(cell)])
        except _Unclear as error:
            place = line(cells.index(error.cell))
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
        hint = "say --decimal , if it is a decimal comma, or write numbers without thousands separators"
        raise _Unclear("could be 1 or 1000 times as much", commas[0], hint)
    whole = [cell for cell in values if _SMALL.fullmatch(cell)]
    if points and whole and all(_POINT_THOUSANDS.fullmatch(cell.strip(" ")) for cell in points):
        # 999 beside 1.000: no program writes decimals like that.
        hint = "say --decimal . if it is a decimal point, or write numbers without thousands separators"
        raise _Unclear("could be 1 or 1000 times as much", points[0], hint)
    return "," if commas else "."
