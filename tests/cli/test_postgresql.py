"""Input and output in PostgreSQL, against a real server that is started for these tests in a temporary directory."""

from __future__ import annotations

import importlib
import io
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import TINY, Runner

pytestmark = pytest.mark.slow
SAMPLES = Path(__file__).parents[2] / "sample_data"
PASSWORD = "dark#secret"
# Set where the tests must not be skipped for lack of a server.
REQUIRED = "REQUIRE_POSTGRESQL"


def tools() -> Path:
    """The directory of initdb and postgres, which Debian keeps off the path."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for place in reversed(places):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    if os.environ.get(REQUIRED):
        pytest.fail("PostgreSQL is not installed, and is needed here")
    pytest.skip("PostgreSQL is not installed")


def driver() -> Any:
    """The module psycopg."""
    return importlib.import_module("psycopg") if os.environ.get(REQUIRED) else pytest.importorskip("psycopg")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a server of the module's own, without the password."""
    programs, psycopg = tools(), driver()
    # Short, for the sake of the socket's name, and open to the user who may run a server: root may not.
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    other: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        (home / "password").write_text(PASSWORD)
        if other:
            for path in (home, home / "password"):
                shutil.chown(path, other["user"], other["group"])
        words = ["-D", str(home / "data"), "-U", "tester", "-A", "scram-sha-256", "--pwfile", str(home / "password")]
        made = subprocess.run(
            [programs / "initdb", *words, "-E", "UTF8", "--locale", "C", "--no-sync"],
            cwd=home,
            capture_output=True,
            text=True,
            **other,
        )
        assert made.returncode == 0, made.stderr
        settings = ["-k", str(home), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "timezone=Asia/Tokyo"]
        with open(home / "log", "wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", str(home / "data"), *settings], cwd=home, stdout=log, stderr=log, **other
            )
        try:
            await_answer(psycopg, process, home)
            yield f"postgresql://tester@/postgres?host={home}"
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(home)


def await_answer(psycopg: Any, process: subprocess.Popen[bytes], home: Path) -> None:
    """Return once the server takes connections."""
    for _ in range(600):
        assert process.poll() is None, (home / "log").read_text()
        try:
            psycopg.connect(host=str(home), user="tester", password=PASSWORD, dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    pytest.fail((home / "log").read_text())


@pytest.fixture
def database(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A connection to an empty database; commands get its password from the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with driver().connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        yield connection


def fill(database: Any, table: str, types: str, csv: str) -> None:
    """Make *table* and put the rows of *csv* into it."""
    database.execute(f"CREATE TABLE {table} ({types})")
    with database.cursor().copy(f"COPY {table} FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
        copy.write(csv.encode())


TYPES = {
    "passengers": "route text, month date, passengers integer",
    "stores": "store varchar(20), date date, sales numeric(10,2)",
    "electricity": "region text, time timestamp, load_mw double precision",
}


@pytest.mark.parametrize("name", TYPES)
def test_the_same_forecast_from_every_kind_of_input(
    name: str, server: str, database: Any, empty: Path, run: Runner
) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pandas = pytest.importorskip("pandas")
    text = (SAMPLES / f"{name}.csv").read_text()
    (empty / "x.csv").write_text(text)
    frame = pandas.read_csv(io.StringIO(text), parse_dates=[1])
    frame.to_parquet("x.parquet")
    plain = pandas.read_csv(io.StringIO(text))
    plain.to_sql("x", sqlalchemy.create_engine("sqlite:///x.db"), index=False)
    fill(database, "x", TYPES[name], text)
    found = []
    for data in ("x.csv", "x.parquet", "sqlite:///x.db#x", f"{server}#x"):
        done = run("predict", data, "--zero-shot", "-o", "-", "-q")
        assert (done.code, done.err) == (0, "")
        found.append(done.out)
    assert len(found[0]) > 1000 and found[1:] == found[:1] * 3


@pytest.mark.parametrize("zone", ["", " AT TIME ZONE 'Europe/Berlin'"])
def test_instants_are_utc_whatever_the_server_is_set_to(
    zone: str, server: str, database: Any, empty: Path, run: Runner
) -> None:
    database.execute("CREATE TABLE x (at timestamptz, y numeric)")
    rows = "SELECT generate_series('2024-03-30 00:00+00', '2024-04-02 00:00+00', interval '1 hour'), random()"
    database.execute(f"INSERT INTO x {rows}")
    done = run(
        "predict", server, "--query", f"SELECT at{zone} AS at, y FROM x", "-H", "1", "--zero-shot", "-o", "-", "-q"
    )
    if zone:  # the hour that summer time skips is missing
        assert done.out.splitlines()[1].startswith("y,2024-04-02 03:00:00,")
    else:
        assert done.out.splitlines()[1].startswith("y,2024-04-02 01:00:00+00:00,")


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE x",
        "WITH gone AS (DELETE FROM x RETURNING *) SELECT * FROM gone",
        "SELECT 1; DROP TABLE x",
        "SELECT 1; COMMIT; DROP TABLE x",
        "SELECT *, nextval('counter') FROM x",
        "SET TRANSACTION READ WRITE",
    ],
)
def test_nothing_can_be_changed(query: str, server: str, database: Any, empty: Path, run: Runner) -> None:
    database.execute("CREATE TABLE x (ds date, y integer)")
    database.execute("INSERT INTO x SELECT date '2024-01-01' + i, i FROM generate_series(1, 20) i")
    database.execute("CREATE SEQUENCE counter")
    done = run("predict", server, "--query", query)
    assert done.code == 2 and "the query fails" in done.err and done.err.count("\n") == 1
    assert database.execute("SELECT count(*) FROM x").fetchone() == (20,)
    assert database.execute("SELECT nextval('counter')").fetchone() == (1,)


def test_forecasts_go_to_a_table_and_back(server: str, database: Any, empty: Path, run: Runner) -> None:
    psycopg = driver()
    fill(database, "sales", "store text, month date, sales double precision", (empty / "sales.csv").read_text())
    database.execute("CREATE SCHEMA planning")
    out = f"{server}#planning.forecasts"
    for _ in range(2):
        done = run("predict", f"{server}#sales", "--zero-shot", "--as-of", "2021-12-01", "-o", out)
        assert done.code == 0 and f"Wrote {out} (3 series" in done.err
    plain = run("predict", "sales.csv", "--zero-shot", "--as-of", "2021-12-01", "-o", "-", "-q").out.splitlines()
    rows = database.execute("SELECT * FROM planning.forecasts").fetchall()
    assert [",".join(map(str, row)) for row in rows] == plain[1:]
    types = "SELECT data_type FROM information_schema.columns WHERE table_name = 'forecasts' ORDER BY ordinal_position"
    assert [kind for (kind,) in database.execute(types)][:3] == ["text", "date", "double precision"]
    assert run("score", out, "sales.csv", "-q").code == 0
    # A reader in the middle of it sees the old rows, and a row the table does not take leaves them all.
    database.execute('ALTER TABLE planning.forecasts ADD CHECK ("GRU" < 1) NOT VALID')
    with psycopg.connect(server) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert reader.execute("SELECT count(*) FROM planning.forecasts").fetchone() == (len(rows),)
        done = run("predict", "sales.csv", "--zero-shot", "-o", out)
        assert done.code == 74 and "violates check constraint" in done.err and done.err.count("\n") == 1
    assert database.execute("SELECT * FROM planning.forecasts").fetchall() == rows
    done = run("predict", "sales.csv", "--zero-shot", "-o", f"{server}#sales")
    assert done.code == 74 and "has the columns 'store', 'month', 'sales', not" in done.err


def test_the_password_is_neither_shown_nor_kept(
    server: str, database: Any, empty: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, "sales", "store text, month date, sales double precision", (empty / "sales.csv").read_text())
    monkeypatch.delenv("PGPASSWORD")
    typed = server.replace("tester@", f"tester:{PASSWORD.replace('#', '%23')}@")
    said = []
    for words, code in (
        (["train", f"{typed}#sales", "-m", "m", *TINY], 0),
        (["info", "m"], 0),
        (["check", f"{typed}#sales"], 0),
        (["predict", f"{typed}#sales", "--zero-shot", "-o", f"{typed}#forecasts"], 0),
        (["predict", f"{typed}#absent"], 2),
        (["predict", "sales.csv", "-o", f"{typed}#sales"], 74),
        (["predict", "-m", "m"], 66),  # asked again, without the password
        (["--debug", "predict", f"{typed}#absent"], 2),
    ):
        done = run(*words)
        assert done.code == code, done.err
        said.append(done.out + done.err)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert run("predict", "-m", "m", "-q").code == 0
    said += [path.read_text(errors="replace") for path in empty.rglob("*") if path.is_file()]
    for text in said:
        assert "dark" not in text
    assert "tester:***@" in said[3]


def test_no_server(tmp_path: Path, run: Runner) -> None:
    url = f"postgresql://tester:dark@/postgres?host={tmp_path}"
    for words, code in (
        (["predict", f"{url}#x"], 66),
        (["predict", str(SAMPLES / "stores.csv"), "-o", f"{url}#x"], 74),
    ):
        done = run(*words)
        assert done.code == code and "PGPASSWORD" in done.err and "dark" not in done.err and done.err.count("\n") == 1
