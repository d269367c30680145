"""Commands for the shell that put a file right, for hints: files may be too large for any editor."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence

_MARKS = {",": ",", ";": ";", "\t": "\\t", "|": "\\|"}  # separators, as sed reads them
_EDITED = re.compile(r"edited(\d*)\.csv")


def edited(name: str) -> str:
    """What a corrected copy of *name* is called: another file, also where that is a corrected copy already."""
    found = _EDITED.fullmatch(os.path.basename(name))
    return f"edited{int(found[1] or 1) + 1}.csv" if found else "edited.csv"


def edit(name: str, script: str, *, tool: str = "sed -E") -> str:
    """``: sed -E 's/…/…/' NAME > edited.csv``, or nothing where NAME is no plain file of text."""
    if not name.lower().endswith((".csv", ".txt", ".tsv")) or "://" in name:
        return ""
    return f": {tool} {shlex.quote(script)} {shlex.quote(name)} > {edited(name)}"


def rearrange(name: str, sep: str, header: Sequence[str], columns: Sequence[str], rule: tuple[str, str]) -> str:
    """The command that makes neighbouring *columns* one, as *rule* says with \\1, …; then it does the rest of it."""
    first, mark = header.index(columns[0]), _MARKS.get(sep)
    if mark is None or list(header[first : first + len(columns)]) != list(columns):
        return ""
    cell = f"[^{sep if sep == '|' else mark}]*"
    made, after = rule
    ahead = f"(({cell}{mark}){{{first}}})" if first else ""
    if ahead:  # two more groups in front
        made = r"\1" + re.sub(r"\\(\d)", lambda found: rf"\{int(found[1]) + 2}", made)
    return edit(name, f"s/^{ahead}{mark.join([f'({cell})'] * len(columns))}/{made}/{after}")


def join(name: str, sep: str, header: Sequence[str], columns: Sequence[str], mark: str) -> str:
    """The command that makes neighbouring *columns* one, with *mark* between their cells; nothing for others."""
    first = header.index(columns[0])
    if list(header[first : first + len(columns)]) != list(columns):
        return ""
    place = _MARKS.get(sep)
    return edit(name, ";".join([f"s/{place}/{mark}/{first + 1}"] * (len(columns) - 1))) if place else ""
