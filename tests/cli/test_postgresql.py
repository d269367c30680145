"""Input and output in PostgreSQL, against a real server that is started for these tests in a temporary directory."""

from __future__ import annotations

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

from .conftest import Runner

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


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a server of the module's own, without the password."""
    psycopg = pytest.importorskip("psycopg")
    programs = tools()
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
    psycopg = pytest.importorskip("psycopg")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with psycopg.connect(server, autocommit=True) as connection:
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
