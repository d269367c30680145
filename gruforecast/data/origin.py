"""What DATA names: a file or stdin, several files as one panel, or what a database answers."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gruforecast.errors import NoInput, UsageError, escape

STDIN = "-"
_DATABASE = re.compile(
    r"(?:sqlite|postgres|postgresql|mysql|mariadb|mssql|oracle|duckdb|redshift|snowflake)(?:\+\w+)?://"
)
_PASSWORD = re.compile(r"(?<=://)([^:/?#@]*):.*@|(?<=[?&])([^=&]*pass[^=&]*)=[^&#]*", re.IGNORECASE)


@dataclass(frozen=True)
class Files:
    """Files by path or pattern, as the user wrote them; ``-`` is stdin."""

    words: tuple[str, ...]

    @property
    def many(self) -> bool:
        """Whether this is one panel of several files; a pattern is, even while it matches a single one."""
        return len(self.words) > 1 or _is_pattern(self.words[0])

    @property
    def name(self) -> str:
        shown = self.words if len(self.words) <= 3 else (*self.words[:2], "…", self.words[-1])
        return ", ".join("stdin" if word == STDIN else word for word in shown)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files an output must not overwrite, as far as they exist."""
        return tuple(Path(path) for word in self.words if word != STDIN for path in _matches(word))

    def paths(self) -> list[str]:
        """Every file once, patterns in text order. Raises NoInput for a pattern without a match."""
        if not self.many:
            return list(self.words)
        if STDIN in self.words:
            raise UsageError("- (stdin) stands alone", hint="write it to a file to read it beside others")
        found: dict[str, str] = {}
        for word in self.words:
            matches = _matches(word)
            if not matches:
                hint = "check the pattern; it is relative to the working directory"
                raise NoInput(f"no file matches {escape(word, 200)}", hint=hint)
            for path in matches:
                found.setdefault(os.path.realpath(path), path)
        return list(found.values())


@dataclass(frozen=True)
class Query:
    """What a database is asked: *sql*, or else all of *table*. The *url* may hold a password, so it is not shown."""

    url: str = field(repr=False)
    sql: str | None = None
    table: str | None = None

    many = False

    @property
    def words(self) -> tuple[str, ...]:
        """What to type, without the password."""
        place = without_password(self.url) + (f"#{self.table}" if self.table else "")
        return (place, "--query", self.sql) if self.sql else (place,)

    @property
    def name(self) -> str:
        return self.words[0]

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The database file."""
        path = sqlite_path(self.url)
        return () if path is None else (Path(path),)


Origin = Files | Query
Named = Origin | str | Path | Sequence[str | Path]


def as_origin(named: Named) -> Origin:
    """What *named* stands for: a path, pattern or URL, several paths, or "-" for stdin. Raises as :func:`origin_of`."""
    if isinstance(named, Files | Query):
        return named
    return origin_of([named] if isinstance(named, str | Path) else named)


def origin_of(words: Sequence[str | Path], query: str | None = None) -> Origin:
    """What DATA and ``--query`` name together. ``@FILE`` as a query is read from that file.

    Raises UsageError for what does not go together, NoInput for a query file that cannot be read.
    """
    texts = tuple(map(str, words))
    if not any(map(is_database, texts)):
        if query is not None:
            raise UsageError("--query needs a database as DATA", hint="such as sqlite:///sales.db")
        return Files(texts)
    if len(texts) > 1:
        raise UsageError("a database stands alone as DATA", hint="join tables in the query")
    if query is not None:
        return Query(texts[0], sql=_query_text(query))
    url, table = split_table(texts[0])
    if not table:
        hint = "say --query 'select …', or add #table to it"
        raise UsageError(f"{escape(without_password(url), 200)}: what to read is not said", hint=hint)
    return Query(url, table=table)


def is_database(word: str) -> bool:
    """Whether *word* is the URL of a database."""
    return _DATABASE.match(word) is not None


def split_table(word: str) -> tuple[str, str]:
    """``URL#table`` as URL and table; the table is empty where none is named."""
    url, mark, table = word.rpartition("#")
    return (url, table) if mark and "@" not in table else (word, "")


def without_password(url: str, mark: str = ":***") -> str:
    """*url* with *mark* for the password, fit for terminals and logs."""
    return _PASSWORD.sub(lambda m: f"{m[1]}{mark}@" if m[1] is not None else f"{m[2]}={mark[1:]}", url)


def sqlite_path(url: str) -> str | None:
    """The file of an SQLite URL (three slashes before a relative path, four before an absolute one)."""
    kind, _, rest = url.partition("://")
    if not kind.startswith("sqlite"):
        return None
    return rest.partition("?")[0].removeprefix("/") or None


def _query_text(query: str) -> str:
    if not query.startswith("@"):
        text = query
    else:
        try:
            text = Path(query[1:]).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise NoInput(f"--query {escape(query, 200)}: {reason}", hint="name a file of SQL after @") from error
    if not text.strip():
        raise UsageError("--query is empty", hint="say --query 'select …'")
    return text.strip().rstrip(";")


def _is_pattern(word: str) -> bool:
    return glob.has_magic(word) and not os.path.lexists(word)


def _matches(word: str) -> list[str]:
    if not _is_pattern(word):
        return [word]
    return sorted(path for path in glob.glob(word, recursive=True) if not os.path.isdir(path))
