"""Names of months in the languages spreadsheets are kept in; strptime knows only those of the locale it runs in."""

from __future__ import annotations

import datetime
import re

_ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NAMES = (
    "January February March April May June July August September October November December",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "Jänner Feber Mrz Apr Mai Juno Julei Aug Sept Okt Nov Dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
)
# Each name and each of its beginnings of three letters and more; "jui" alone could be June or July.
_MONTHS = {
    name[:length].lower(): month
    for names in map(str.split, _NAMES)
    for month, name in enumerate(names, 1)
    for length in range(3, len(name) + 1)
    if name[:length] != "jui"
}
_WORD = re.compile(r"[^\W\d_]{3,}\.?")


def month_number(word: str) -> int:
    """The month that *word* names or abbreviates, 0 for none."""
    return _MONTHS.get(word.strip().removesuffix(".").lower(), 0)


def parse_moment(cell: str, date_format: str) -> datetime.datetime:
    """``strptime`` to which months of other languages count as ``%b`` and ``%B``. Raises ValueError."""
    if "%b" not in date_format and "%B" not in date_format:
        return datetime.datetime.strptime(cell, date_format)
    return datetime.datetime.strptime(_WORD.sub(_in_english, cell), date_format.replace("%B", "%b"))


def _in_english(word: re.Match[str]) -> str:
    month = month_number(word[0])
    return _ENGLISH[month - 1] if month else word[0]


def follows(cell: str, date_format: str) -> bool:
    """Whether *cell* has the form *date_format*."""
    try:
        parse_moment(cell, date_format)
    except ValueError:
        return False
    return True
