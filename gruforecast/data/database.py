"""Connections to SQLite and PostgreSQL by SQLAlchemy, which is imported only here and where tables are written."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gruforecast.data.origin import sqlite_path, without_password
from gruforecast.errors import DataError, GruforecastError, Locked, NoInput, UsageError, escape

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine

_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")
_SQLITE = ("sqlite", "sqlite+pysqlite")
_SELECTS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
# Of these databases it is known that a query cannot change anything.
_KNOWN = "sqlite:///FILE and postgresql://HOST/NAME"
_CONNECT = "check host, name and user; a password can stand in PGPASSWORD or ~/.pgpass"


@contextlib.contextmanager
def reading(text: str) -> Iterator[Connection]:
    """A connection on which nothing can be changed; its session counts time in UTC.

    Raises NoInput when there is no connection, UsageError for a bad URL, a missing library or a statement that is
    refused, DataError for a damaged database.
    """
    url = parse(text)
    engine = make_engine(url, "rw")  # SQLite may have to finish what a killed writer left behind
    with faults(text, NoInput), engine.connect() as connection:
        if url.drivername == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _SELECTS else sqlite3.SQLITE_DENY)
        else:
            connection = connection.execution_options(postgresql_readonly=True)
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        with faults(text, UsageError):
            yield connection


def parse(text: str) -> URL:
    """The parts of a URL. Raises UsageError for another database, or when SQLAlchemy is missing."""
    try:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise UsageError("databases need SQLAlchemy", hint="pip install 'gruforecast[sql]'") from error
    shown = escape(without_password(text), 200)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        hint = "write user:password@host:port/name, with %40 for an @ in the password"
        raise UsageError(f"{shown} is no URL of a database", hint=hint) from error
    if url.drivername in _SQLITE:
        if sqlite_path(text) is None:
            raise UsageError(f"{shown} names no file", hint="three slashes before it: sqlite:///sales.db")
        return url.set(drivername="sqlite")
    if url.drivername not in _POSTGRES:
        raise UsageError(f"{shown}: this driver is not supported", hint=f"known are {_KNOWN}")
    return url.set(drivername="postgresql+psycopg")


def make_engine(url: URL, mode: str) -> Engine:
    """An engine that keeps no connection open. SQLite opens its file in *mode*: rw, or rwc to create it."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    path = sqlite_path(str(url))
    if path is not None:
        uri = f"file:{quote(os.path.abspath(path))}?mode={mode}"
        return create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool)
    try:
        return create_engine(url, poolclass=NullPool)
    except ImportError as error:
        raise UsageError("PostgreSQL needs psycopg", hint="pip install 'gruforecast[postgresql]'") from error


@contextlib.contextmanager
def faults(text: str, refusal: type[GruforecastError]) -> Iterator[None]:
    """Turn what the database at the URL *text* complains of into one line, as *refusal* where nothing says more."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        raise _refused(text, error, refusal) from error


def _refused(text: str, error: Any, refusal: type[GruforecastError]) -> GruforecastError:
    cause = getattr(error, "orig", None) or error
    shown, said = escape(without_password(text), 200), _said(text, cause)
    if type(cause) is sqlite3.DatabaseError and "author" not in said:
        return DataError(f"not a sound SQLite database ({said})", file=without_password(text), hint="restore a copy")
    if "database is locked" in said:
        return Locked(f"{shown}: {said}", hint="another program is writing to it; try again later")
    if refusal is UsageError and getattr(error, "connection_invalidated", False):
        refusal = NoInput
    if refusal is NoInput:
        return NoInput(f"{shown}: {said}", hint="check the path" if text.startswith("sqlite") else _CONNECT)
    if refusal is UsageError:
        return UsageError(f"{shown}: the query fails: {said}", hint="correct it; only reading is allowed")
    return refusal(f"{shown}: {said}", hint=_CONNECT if "connection" in said else "nothing was changed there")


def _said(text: str, error: object) -> str:
    """The first line of a complaint; should it quote the password, without it."""
    from sqlalchemy.engine import make_url

    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    password = make_url(text).password
    return line.replace(password, "***") if password else line
