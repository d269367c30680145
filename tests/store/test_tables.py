"""Tables as outputs: replaced whole or not at all, and nobody's other table is touched."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gruforecast.errors import Locked, UsageError, WriteError
from gruforecast.store import tables
from gruforecast.store.files import probe_writable
from gruforecast.store.tables import INTEGER, REAL, TEXT, Content, probe_tables, replace_tables

pytest.importorskip("sqlalchemy")
URL = "sqlite:///out.db"
KINDS = {"id": TEXT, "ds": INTEGER, "GRU-lo-80": REAL}
OLD, NEW = [("a", 1, 1.5), ("b,\"'", 2, None)], [("c", 3, 2.5)] * 3


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database lies in the working directory."""
    monkeypatch.chdir(tmp_path)


def rows(table: str = "f") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect("out.db")) as connection, connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def names() -> list[str]:
    with closing(sqlite3.connect("out.db")) as connection, connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]


def test_a_table_is_made_and_its_rows_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK_ROWS", 2)
    probe_tables(URL, ["f"])
    assert not Path("out.db").exists()
    replace_tables(URL, [Content("f", KINDS, OLD)])
    assert rows() == OLD
    probe_tables(URL, ["f"])
    replace_tables(URL, [Content("f", KINDS, NEW)])
    assert rows() == NEW and names() == ["f"]


def test_a_table_without_rows_is_emptied_but_not_made() -> None:
    nothing = Content("s", {"id": TEXT})
    replace_tables(URL, [nothing, Content("f", KINDS, OLD)])
    assert names() == ["f"]
    replace_tables(URL, [Content("s", {"id": TEXT}, [("x",)])])
    replace_tables(URL, [nothing, Content("f", KINDS, NEW)])
    assert rows("s") == [] and rows() == NEW
    # One with other columns is somebody else's.
    replace_tables(URL, [Content("f", {"id": TEXT})])
    assert rows() == NEW


def test_a_table_with_other_columns_is_left_alone() -> None:
    replace_tables(URL, [Content("f", {"id": TEXT, "price": REAL}, [("x", 1.0)])])
    with pytest.raises(WriteError, match="has the columns 'id', 'price', not 'id', 'ds', 'GRU-lo-80'"):
        replace_tables(URL, [Content("s", {"id": TEXT}, [("x",)]), Content("f", KINDS, NEW)])
    assert rows() == [("x", 1.0)] and names() == ["f"]


def test_the_users_own_table_keeps_its_form() -> None:
    with closing(sqlite3.connect("out.db")) as connection, connection:
        connection.execute('CREATE TABLE f (ds INTEGER, "GRU-lo-80" REAL CHECK ("GRU-lo-80" < 2), id TEXT PRIMARY KEY)')
    replace_tables(URL, [Content("f", KINDS, OLD)])
    assert rows() == [(ds, low, name) for name, ds, low in OLD]
    for bad in (NEW, [("d", 4, 1.0), ("e", 5, 9.0)]):
        with pytest.raises(WriteError, match="constraint failed"):
            replace_tables(URL, [Content("s", {"id": TEXT}, [("x",)]), Content("f", KINDS, bad)])
        assert len(rows()) == 2 and "s" not in names()


def test_a_fault_half_way_leaves_the_old_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[tuple[object, ...]]:
        yield from NEW
        raise RuntimeError

    monkeypatch.setattr(tables, "CHUNK_ROWS", 1)
    replace_tables(URL, [Content("f", KINDS, OLD)])
    with pytest.raises(RuntimeError):
        replace_tables(URL, [Content("s", {"id": TEXT}, [("x",)]), Content("f", KINDS, broken())])
    assert rows() == OLD and names() == ["f"]


KILLED = """
import os, signal
from gruforecast.store import tables
def rows():
    for i in range(200_000):
        yield (str(i), i, 0.5)
    os.kill(os.getpid(), signal.SIGKILL)
kinds = {"id": "text", "ds": "integer", "GRU-lo-80": "real"}
tables.replace_tables("sqlite:///out.db", [tables.Content("f", kinds, rows())])
"""


def test_kill_leaves_the_old_rows() -> None:
    replace_tables(URL, [Content("f", KINDS, OLD)])
    path = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == -signal.SIGKILL
    assert rows() == OLD
    replace_tables(URL, [Content("f", KINDS, NEW)])
    assert rows() == NEW


def test_what_cannot_be_written_is_refused_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WriteError, match="create its directory first"):
        probe_tables("sqlite:///absent/out.db", ["f"])
    Path("text.db").write_text("no database " * 100)
    with pytest.raises(Exception, match="not a sound SQLite database"):
        probe_tables("sqlite:///text.db", ["f"])
    connect = sqlite3.connect
    replace_tables(URL, [Content("f", KINDS, OLD)])
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, timeout=0))
    busy = connect("out.db")
    busy.execute("BEGIN IMMEDIATE")
    for refused in (lambda: probe_tables(URL, ["f"]), lambda: replace_tables(URL, [Content("f", KINDS, NEW)])):
        with pytest.raises(Locked, match="try again later"):
            refused()
    busy.close()
    assert rows() == OLD


def test_a_file_output_is_no_database() -> None:
    with pytest.raises(UsageError) as caught:
        probe_writable("postgresql://me:dark@host/db#t")
    assert "only forecasts" in str(caught.value) and "dark" not in str(caught.value)
