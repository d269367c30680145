"""Several files and databases from the command line: the same forecasts as from one file, remembered by the model."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from .conftest import TINY, Runner


@pytest.fixture
def shops(empty: Path) -> Path:
    """The rows of sales.csv also as shops/*.csv and as a table of data/sales.db, in the working directory."""
    rows = list(csv.reader((empty / "sales.csv").open()))[1:]
    (empty / "shops").mkdir()
    for shop in {row[0] for row in rows}:
        lines = [f"{month};{value}\n" for name, month, value in rows if name == shop]
        (empty / "shops" / f"{shop}.csv").write_text("month;sales\n" + "".join(lines))
    (empty / "data").mkdir()
    with closing(sqlite3.connect("data/sales.db")) as connection, connection:
        connection.execute("CREATE TABLE sales (store TEXT, month TEXT, sales REAL)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", rows)
    return empty


def without_names(text: str) -> list[str]:
    return text.splitlines()[1:]


def test_a_pattern_is_trained_on_and_remembered(shops: Path, run: Runner) -> None:
    plain = run("predict", "sales.csv", "--zero-shot", "-o", "-", "-q").out
    done = run("predict", "shops/*.csv", "--zero-shot", "-o", "-", "-q")
    assert done.code == 0 and without_names(done.out) == without_names(plain)
    done = run("train", "shops/*.csv", "-m", "models/m", *TINY)
    assert done.code == 0 and "each file is one, called by its name (Kyiv, Oslo, Rome)" in done.err
    assert run("info", "models/m", "--json").out.count('"file": "shops/*.csv"') == 1
    shutil.copy("shops/Oslo.csv", "shops/Turin.csv")
    after = run("predict", "-m", "models/m", "-o", "all.csv", "--json")
    assert json.loads(after.out)["series"] == 4 and json.loads(after.out)["not_plain"][0]["id"] == "Turin"
    assert json.loads((shops / "all.csv.meta.json").read_text())["input"]["name"] == "*.csv"
    done = run("evaluate", "shops/Oslo.csv", "shops/Rome.csv", "--zero-shot", "--windows", "1", "--json")
    assert json.loads(done.out)["series"] == 2


def test_refusals_of_files(shops: Path, run: Runner) -> None:
    for words, code, part in (
        (["train", "shop/*.csv"], 66, "no file matches 'shop/*.csv'"),
        (["predict", "shops"], 66, "say 'shops/*.csv'"),
        (["predict", "sales.csv", "shops/Oslo.csv"], 65, "shops/Oslo.csv:1: has other columns than 'sales.csv'"),
        (["predict", "shops/*.csv", "-o", "shops/Oslo.csv"], 2, "is also an input"),
        (["check", "sales.csv", "--query", "select 1"], 2, "--query needs a database"),
        (["predict", "--query", "select 1"], 2, "--query needs a database"),
        (["predict", "sales.csv", "-o", "sqlite:///x.db"], 2, "which table is not said"),
        (["predict", "sales.csv", "-o", "sqlite:///x.db#t", "--excel-safe"], 2, "--excel-safe is for CSV"),
        (["evaluate", "sales.csv", "-o", "sqlite:///x.db#t"], 2, "only forecasts are written to a database"),
        (["predict", "sqlite:///x.db#t"], 66, "unable to open"),
        (["predict", "sqlite:///data/sales.db", "--query", "DROP TABLE sales"], 2, "only reading is allowed"),
    ):
        done = run(*words)
        assert (done.code, done.out) == (code, "") and part in done.err and done.err.count("\n") == 1, done.err
    assert not (shops / "x.db").exists()


def test_check_of_several_files(shops: Path, run: Runner) -> None:
    with (shops / "shops" / "Oslo.csv").open("a") as file:
        file.write("2031-01-01;much\n")
    done = run("check", "shops/*.csv")
    assert done.code == 65 and "shops/Oslo.csv:62: column 'sales': 'much'" in done.out
    assert "gruforecast check 'shops/*.csv' --fix --drop" in done.err
    assert run("check", "shops/*.csv", "--fix", "--drop", "-o", "clean.csv", "-q").code == 0
    assert (shops / "clean.csv").read_text().startswith("unique_id,month,sales\nKyiv,")


def test_a_query_is_trained_on_and_remembered(shops: Path, run: Runner) -> None:
    pytest.importorskip("sqlalchemy")
    query = ("sqlite:///data/sales.db", "--query", "SELECT * FROM sales WHERE store <> 'Kyiv'")
    assert run("train", *query, "-m", "models/m", "-q", *TINY).code == 0
    before = run("predict", "-m", "models/m", "-o", "-", "-q").out
    assert before.splitlines()[0].startswith("store,month,GRU") and "Oslo" in before and "Kyiv" not in before
    # Database and model move together.
    (shops / "moved").mkdir()
    for name in ("data", "models"):
        shutil.move(name, f"moved/{name}")
    assert run("predict", "-m", "moved/models/m", "-o", "-", "-q").out == before
    wrong = "SELECT store, month, CASE WHEN sales > 120 THEN 'much' ELSE sales END AS sales FROM sales"
    done = run("check", "sqlite:///moved/data/sales.db", "--query", wrong)
    assert done.code == 65 and ": row 123: column 'sales': 'much' is no finite number (also rows " in done.out


def test_forecasts_go_to_a_table(shops: Path, run: Runner) -> None:
    pytest.importorskip("sqlalchemy")
    with (shops / "sales.csv").open("a") as file:
        file.write("short,2022-12-01,5\n")
    plain = run("predict", "sales.csv", "--zero-shot", "-o", "-", "-q").out
    for _ in range(2):  # again, with the same result
        done = run("predict", "sales.csv", "--zero-shot", "-o", "sqlite:///out.db#forecasts")
        assert done.code == 0 and "Wrote sqlite:///out.db#forecasts (4 series" in done.err
        assert "1 fallback (too short); see sqlite:///out.db#forecasts_status" in done.err
    with closing(sqlite3.connect("out.db")) as connection, connection:
        cursor = connection.execute("SELECT * FROM forecasts")
        rows = [[column[0] for column in cursor.description], *cursor]
        assert connection.execute("SELECT * FROM forecasts_status").fetchall() == [
            ("short", "fallback", "too short", "Naive", "2022-12-01", 1)
        ]
    assert [",".join(map(str, row)) for row in rows] == plain.splitlines()
    out = "sqlite:///out.db#forecasts"
    assert run("predict", "sales.csv", "--zero-shot", "--only", "Oslo", "-o", out, "-q").code == 0
    with closing(sqlite3.connect("out.db")) as connection, connection:
        assert connection.execute("SELECT DISTINCT store FROM forecasts").fetchall() == [("Oslo",)]
        assert connection.execute("SELECT * FROM forecasts_status").fetchall() == []
    assert run("predict", "sales.csv", "--zero-shot", "--as-of", "2021-12-01", "-o", out, "-q").code == 0
    (shops / "sales.csv").write_text((shops / "sales.csv").read_text().replace("short,2022-12-01,5\n", ""))
    scored = run("score", out, "sales.csv", "--json")
    assert scored.code == 0 and json.loads(scored.out)["points"] == 36, scored.err


def test_what_is_skipped_is_in_no_table(tmp_path: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.chdir(tmp_path)
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(60)]
    rows = "".join(f"{day},{10 + day.weekday()}\n" for day in days if day.weekday() < 6)
    (tmp_path / "shop.csv").write_text(f"day,sold\n{rows}")
    plain = run("predict", "shop.csv", "--skip-unrecorded", "-o", "-", "-q").out.splitlines()
    assert len(plain) == 1 + 12 and not any(line.split(",")[1] in ("2024-03-03", "2024-03-10") for line in plain)
    done = run("predict", "shop.csv", "--skip-unrecorded", "-o", "sqlite:///out.db#forecasts")
    assert done.code == 0 and "2 of 14 periods" in done.err
    with closing(sqlite3.connect("out.db")) as connection, connection:
        assert [",".join(map(str, row)) for row in connection.execute("SELECT * FROM forecasts")] == plain[1:]
