"""Tables of a database as outputs: their content is replaced in one transaction, or stays as it is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gruforecast.data import database
from gruforecast.data.origin import sqlite_path, without_password
from gruforecast.errors import WriteError, escape
from gruforecast.store import files

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine

TEXT, INTEGER, REAL = "text", "integer", "real"
DATE, TIME, INSTANT = "date", "time", "instant"  # not in SQLite, which has no types for them
CHUNK_ROWS = 10_000


@dataclass(frozen=True)
class Content:
    """What a table is to hold: the kind of each column by name, in order, and its rows.

    A table without *rows* is emptied if it has these columns, and neither made nor touched otherwise.
    """

    table: str
    columns: Mapping[str, str]
    rows: Iterable[Sequence[Any]] | None = field(default=None, repr=False)


def probe_tables(url: str, tables: Sequence[str]) -> None:
    """Refuse, before any work, a database that does not answer. Raises UsageError or WriteError."""
    path = sqlite_path(url)
    if path is not None:
        database.parse(url)
        files.probe_writable(path)
        if not os.path.exists(path):
            return
    with database.faults(url, WriteError), _engine(url).connect() as connection:
        for table in tables:
            _existing(connection, table)


def replace_tables(url: str, contents: Sequence[Content]) -> None:
    """Replace what stands in the tables by *contents*, all in one transaction; tables that are missing are made.

    Readers see the old rows or the new ones. Raises WriteError, also for a table with other columns, and Locked; the
    old rows are then whole.
    """
    with database.faults(url, WriteError), _engine(url).begin() as connection:
        for content in contents:
            _replace(connection, url, content)


def _engine(url: str) -> Engine:
    from sqlalchemy import event

    parsed: URL = database.parse(url)
    engine = database.make_engine(parsed, "rwc")
    if parsed.drivername == "sqlite":
        # The driver would leave CREATE TABLE out of the transaction and begin it only at the first INSERT.
        event.listen(engine, "connect", lambda driver, _: setattr(driver, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _replace(connection: Connection, url: str, content: Content) -> None:
    from sqlalchemy import Column, MetaData, Table

    schema, name = _parts(content.table)
    types = _types()
    columns = [Column(column, types[kind]) for column, kind in content.columns.items()]
    table = Table(name, MetaData(), *columns, schema=schema)
    found = _existing(connection, content.table)
    if content.rows is None and (found is None or set(found) != set(content.columns)):
        return
    if found is None:
        table.create(connection)
    elif set(found) != set(content.columns):
        have, want = (", ".join(map(escape, names[:20])) for names in (found, list(content.columns)))
        problem = (
            f"{escape(without_password(url), 200)}: table {escape(content.table)} has the columns {have}, not {want}"
        )
        raise WriteError(problem, hint="name another table; this one is left as it is")
    if connection.dialect.name == "postgresql":
        # Two writers would each delete the old rows and then both insert theirs; readers are not held up.
        connection.exec_driver_sql(f"LOCK TABLE {_quoted(connection, content.table)} IN SHARE ROW EXCLUSIVE MODE")
    connection.execute(table.delete())
    for rows in _chunks(content):
        connection.execute(table.insert(), rows)


def _chunks(content: Content) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in content.rows or ():
        chunk.append(dict(zip(content.columns, row, strict=True)))
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _existing(connection: Connection, table: str) -> list[str] | None:
    """The columns of *table*, None if there is none."""
    from sqlalchemy import inspect

    schema, name = _parts(table)
    inspector = inspect(connection)
    if not inspector.has_table(name, schema=schema):
        return None
    return [column["name"] for column in inspector.get_columns(name, schema=schema)]


def _parts(table: str) -> tuple[str | None, str]:
    """Schema and name of ``table`` or ``schema.table``."""
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _quoted(connection: Connection, table: str) -> str:
    return ".".join(map(connection.dialect.identifier_preparer.quote, table.split(".")))


def _types() -> dict[str, Any]:
    """Column types by kind."""
    import sqlalchemy as sql

    plain = {TEXT: sql.Text(), INTEGER: sql.BigInteger(), REAL: sql.Double()}
    return {**plain, DATE: sql.Date(), TIME: sql.DateTime(), INSTANT: sql.DateTime(timezone=True)}
