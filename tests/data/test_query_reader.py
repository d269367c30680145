"""What a database answers gives the same panel as CSV; nothing in the database can be changed on the way."""

from __future__ import annotations

import datetime
import sqlite3
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from gruforecast.config import DataConfig
from gruforecast.data import query_reader
from gruforecast.data.inputs import read_origin
from gruforecast.data.inspection import inspect
from gruforecast.data.origin import origin_of
from gruforecast.data.panel import Panel
from gruforecast.errors import DataError, GruforecastError, Locked, NoInput, ResourceError, UsageError

pytest.importorskip("sqlalchemy")
DAYS = [f"2024-01-{day:02d}" for day in range(1, 11)]


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A database sales.db in the working directory, with a table of two shops, in chunks of a few rows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(query_reader, "CHUNK_ROWS", 4)
    connection = sqlite3.connect("sales.db")
    connection.execute("CREATE TABLE sales (shop TEXT, day TEXT, sold REAL)")
    connection.executemany(
        "INSERT INTO sales VALUES (?, ?, ?)",
        [(shop, day, None if day.endswith("7") else i * 1.5) for shop in ("007", "NA") for i, day in enumerate(DAYS)],
    )
    connection.commit()
    yield connection
    connection.close()


def read(query: str | None = None, data: str = "sqlite:///sales.db", **settings: str) -> Panel:
    return read_origin(origin_of([data], query), DataConfig(**settings))[0]


def refused(query: str, kind: type[GruforecastError], **settings: str) -> str:
    with pytest.raises(kind) as caught:
        read(query, **settings)
    return str(caught.value)


def test_the_same_panel_as_from_csv(database: sqlite3.Connection) -> None:
    lines = [",".join("" if c is None else str(c) for c in row) for row in database.execute("SELECT * FROM sales")]
    Path("x.csv").write_text("\n".join(["shop,day,sold", *lines]) + "\n")
    plain = read(data="x.csv")
    for panel in (read(data="sqlite:///sales.db#sales"), read("SELECT sold, day, shop FROM sales ORDER BY sold;")):
        assert panel.ids.tolist() == ["007", "NA"] and panel.freq == plain.freq
        assert np.array_equal(panel.y, plain.y, equal_nan=True) and panel.start.tolist() == plain.start.tolist()


def test_percent_colon_and_comments_mean_nothing_else() -> None:
    panel = read("SELECT * FROM sales -- 100 %s\nWHERE shop LIKE '0%' AND day <> ':day'")
    assert panel.ids.tolist() == ["007"]


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE sales",
        "DELETE FROM sales",
        "UPDATE sales SET sold = 0 RETURNING shop, day, sold",
        "CREATE TABLE x AS SELECT * FROM sales",
        "PRAGMA user_version = 7",
        "VACUUM INTO 'copy.db'",
        "ATTACH 'other.db' AS other",
        "SELECT 1; DROP TABLE sales",
        "COMMIT",
    ],
)
def test_nothing_can_be_changed(query: str) -> None:
    before = Path("sales.db").read_bytes()
    assert "the query fails" in refused(query, UsageError)
    assert Path("sales.db").read_bytes() == before and [p.name for p in Path().iterdir()] == ["sales.db"]


def test_refusals_name_row_and_column() -> None:
    both = "SELECT * FROM sales UNION ALL SELECT * FROM sales WHERE shop = 'NA'"
    message = refused(both, DataError)
    assert message.startswith("sqlite:///sales.db: row 21: column 'day': '2024-01-01' has the same time as row 11")
    late = "SELECT shop, day, CASE WHEN sold > 12 THEN 'much' ELSE sold END AS sold FROM sales"
    message = refused(late, DataError)
    assert "row 10: column 'sold': 'much' is no finite number (also row 20)" in message
    assert "row 2: column 'sold'" in refused(
        "SELECT shop, day, CASE WHEN day = '2024-01-02' THEN 9e999 ELSE sold END AS sold FROM sales", DataError
    )
    assert "row 3: column 'x': holds bytes" in refused(
        "SELECT *, CASE WHEN day > '2024-01-02' THEN x'00' END AS x FROM sales", DataError
    )
    found = inspect(origin_of(["sqlite:///sales.db"], both), DataConfig()).errors
    assert [(f.file, f.line, f.count) for f in found] == [("sqlite:///sales.db", 21, 10)]
    assert found[0].message.endswith("(also rows 22, 23, 24, 25, 10 in all)")
    assert found[0].problem == "'2024-01-01' has the same time as row 11 (series 'NA')"


def test_what_is_no_table_is_refused() -> None:
    assert "no such table: other" in refused("SELECT * FROM other", UsageError)
    assert "stands twice" in refused("SELECT shop, day, sold, sold FROM sales", DataError)
    assert "no rows; it has the columns 'shop', 'day', 'sold'" in refused("SELECT * FROM sales WHERE 0", DataError)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoInput, match="unable to open"):
        read(data="sqlite:///absent.db#sales")
    assert not Path("absent.db").exists()
    Path("text.db").write_text("no database " * 100)
    with pytest.raises(DataError, match="not a sound SQLite database"):
        read(data="sqlite:///text.db#sales")
    with pytest.raises(UsageError, match="names no file"):
        read(data="sqlite://#sales")
    for url in (
        "mysql://me:dark@host/db#t",
        "postgresql+psycopg2://me:dark@host/db#t",
        "postgresql://me:dark@host:x/db#t",
    ):
        with pytest.raises(UsageError) as caught:
            read(data=url)
        assert "me:***@host" in str(caught.value) and "dark" not in str(caught.value)


def test_a_database_that_is_being_written_to(database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, timeout=0))
    database.execute("BEGIN EXCLUSIVE")
    assert "try again later" in refused("SELECT * FROM sales", Locked)


def test_names_that_need_quotes(database: sqlite3.Connection) -> None:
    database.execute('ALTER TABLE sales RENAME TO "the ""Sales"" of 2024"')
    assert len(read(data='sqlite:///sales.db#the "Sales" of 2024')) == 2


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gruforecast.data.source._memory_limit", lambda: 200)
    with pytest.raises(ResourceError, match="do not fit"):
        read(data="sqlite:///sales.db#sales")


@pytest.mark.parametrize(("module", "extra"), [("sqlalchemy", "sql"), ("psycopg", "postgresql")])
def test_a_missing_library_is_named(module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        read(data="postgresql://host/db#t")
    assert caught.value.hint == f"pip install 'gruforecast[{extra}]'"


@pytest.mark.parametrize(
    ("chunks", "cells"),
    [
        ([[1, None], [3, 4]], [1, None, 3, 4]),
        ([[None, None], [1, 2.5]], [None, None, 1.0, 2.5]),
        ([[Decimal("7"), Decimal("8.0")], [None, None]], [7, 8, None, None]),
        ([[Decimal("7"), Decimal("8")], [Decimal("9.25"), Decimal("NaN")]], [7.0, 8.0, 9.25, None]),
        ([["007", None], [7, 8]], ["007", None, "7", "8"]),
        ([[True, False], ["x", "x"]], ["True", "False", "x", "x"]),
        ([[2**63, 1], [2, 3]], [2.0**63, 1.0, 2.0, 3.0]),
    ],
)
def test_columns_keep_their_kind(chunks: list[list[object]], cells: list[object]) -> None:
    column = query_reader._whole_column([query_reader._column(chunk, "db", "x", 0) for chunk in chunks])
    found = column.astype(object).where(column.notna(), None).tolist()
    assert found == cells and list(map(type, found)) == list(map(type, cells))


def test_datetimes() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=9))
    moment = datetime.datetime(2024, 1, 1, 12)
    plain = query_reader._column([moment, None], "db", "x", 0)
    aware = query_reader._column([moment.replace(tzinfo=zone)], "db", "x", 0)
    dates = query_reader._column([datetime.date(2024, 1, 1)], "db", "x", 0)
    assert str(plain[0]) == "2024-01-01 12:00:00" and plain.isna().tolist() == [False, True]
    assert str(aware[0]) == "2024-01-01 03:00:00+00:00" and str(dates[0]) == "2024-01-01 00:00:00"
