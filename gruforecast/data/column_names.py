"""What the name of a column says about its role, in English and German."""

from __future__ import annotations

import re

_DATES = "date|datum|datetime|timestamp|quarter|month|week|day|monat|woche"
_TIMES = rf"{_DATES}|t|ds|ts|time|epoch|year|hour|minute|second|period|step|index|idx|zeit|jahr|quartal|stunde|periode"
_IDS = "id|ids|key|code|sku|item|series|store|shop|product|region|route|sensor|meter|station"
_IDS += "|filiale|werk|artikel|kunde|plz|standort|zip"
_PARTS = "year|quarter|month|week|day|hour|minute|second|jahr|quartal|monat|woche|tag|stunde"


def _names(words: str, endings: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*[_ .-])?(?:{words}){endings}", re.IGNORECASE)


TIME_NAME = _names(_TIMES, "s?(?:[_ .-](?:id|idx|index|no|number))?")
DATE_NAME = _names(_DATES, "s?")
ID_NAME = _names(_IDS, "(?:[_ .-](?:id|no|nr|number|code|key))?")
PART_NAME = re.compile(_PARTS, re.IGNORECASE)
