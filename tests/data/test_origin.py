"""What DATA names: files, patterns, databases; and that a password is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from gruforecast.data.origin import Files, Query, is_database, origin_of, split_table, sqlite_path, without_password
from gruforecast.errors import NoInput, UsageError


@pytest.fixture
def shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with files in a directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shops").mkdir()
    for name in ("rome.csv", "oslo.csv", "a[1].csv"):
        (tmp_path / "shops" / name).write_text("x")
    (tmp_path / "shops" / "old.csv").mkdir()
    return tmp_path


def test_patterns_are_sorted_files(shops: Path) -> None:
    files = origin_of(["shops/*.csv"])
    assert isinstance(files, Files) and files.many
    assert files.paths() == ["shops/a[1].csv", "shops/oslo.csv", "shops/rome.csv"]
    assert files.inputs == tuple(map(Path, files.paths()))


def test_a_file_is_read_once_however_it_is_named(shops: Path) -> None:
    (shops / "newest.csv").symlink_to("shops/oslo.csv")
    assert Files(("shops/oslo.csv", "shops/*o*.csv", "newest.csv")).paths() == ["shops/oslo.csv", "shops/rome.csv"]


def test_a_file_that_looks_like_a_pattern_is_itself(shops: Path) -> None:
    file = Files(("shops/a[1].csv",))
    assert not file.many and file.paths() == ["shops/a[1].csv"]


def test_what_does_not_go_together(shops: Path) -> None:
    with pytest.raises(NoInput, match=r"no file matches 'shops/\*\.parquet'"):
        Files(("shops/oslo.csv", "shops/*.parquet")).paths()
    with pytest.raises(UsageError, match="stands alone"):
        Files(("shops/oslo.csv", "-")).paths()
    with pytest.raises(UsageError, match="stands alone"):
        origin_of(["sqlite:///a.db#t", "shops/oslo.csv"])
    with pytest.raises(UsageError, match="--query needs a database"):
        origin_of(["shops/oslo.csv"], "select 1")
    with pytest.raises(UsageError, match="what to read is not said"):
        origin_of(["postgresql://me@localhost/db"])


def test_queries_and_tables(shops: Path) -> None:
    assert origin_of(["sqlite:///a.db#t"]) == Query("sqlite:///a.db", table="t")
    assert origin_of(["sqlite:///a.db"], " select 1; ") == Query("sqlite:///a.db", "select 1")
    (shops / "q.sql").write_text("select 2\n")
    assert origin_of(["sqlite:///a.db"], "@q.sql") == Query("sqlite:///a.db", "select 2")
    with pytest.raises(NoInput, match=r"absent\.sql"):
        origin_of(["sqlite:///a.db"], "@absent.sql")
    with pytest.raises(UsageError, match="empty"):
        origin_of(["sqlite:///a.db"], " ")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:dark@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("postgresql://me:d/r@k#@host/db", "postgresql://me:***@host/db"),
        ("postgresql://:dark@host/db?sslpassword=dark&x=1", "postgresql://:***@host/db?sslpassword=***&x=1"),
        ("postgresql://me@/db?host=/tmp&PASSWORD=dark", "postgresql://me@/db?host=/tmp&PASSWORD=***"),
        ("mysql+pymysql://me:dark@host/db", "mysql+pymysql://me:***@host/db"),
        ("sqlite:////data/a:b@c.db", "sqlite:////data/a:b@c.db"),
    ],
)
def test_passwords_are_not_shown(url: str, shown: str) -> None:
    assert is_database(url) and without_password(url) == shown
    for text in (Query(url, table="t").name, repr(Query(url, "select 1")), *Query(url, "select 1").words):
        assert "dark" not in text


def test_parts_of_a_url() -> None:
    assert split_table("postgresql://me:a#b@h/db") == ("postgresql://me:a#b@h/db", "")
    assert split_table("postgresql://me:a#b@h/db#s.t") == ("postgresql://me:a#b@h/db", "s.t")
    assert sqlite_path("sqlite:///a/b.db?x=1") == "a/b.db" and sqlite_path("sqlite:////a.db") == "/a.db"
    assert sqlite_path("sqlite://") is None and sqlite_path("postgresql:///a.db") is None
    assert not is_database("https://example.org/a.csv") and not is_database("a.csv")
