"""Opening the input: what is refused before anything is parsed."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest

from gruforecast.data import source
from gruforecast.data.csv_reader import read_panel
from gruforecast.data.source import read_source
from gruforecast.errors import DataError, NoInput, ResourceError

CSV = b"unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2\n"


def test_gzip_by_content_and_in_several_members(tmp_path: Path) -> None:
    path = tmp_path / "plain-name.csv"
    path.write_bytes(gzip.compress(CSV[:20]) + gzip.compress(CSV[20:]) + b"\0" * 8)
    assert read_source(path).data == CSV


@pytest.mark.parametrize("damage", ["cut", "crc", "garbage", "empty"])
def test_damaged_gzip(tmp_path: Path, damage: str) -> None:
    packed = gzip.compress(CSV)
    content = {
        "cut": packed[:-9],
        "crc": packed[:-8] + b"\1\2\3\4" + packed[-4:],
        "garbage": packed + b"garbage after the end",
        "empty": packed[:2],
    }[damage]
    path = tmp_path / "data.csv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="gzip"):
        read_source(path)


def test_gzip_bomb_stops_at_the_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,2024-01-01,1\n" * 1_000_000))
    monkeypatch.setattr(source, "MAX_BYTES", 3 << 20)
    with pytest.raises(DataError, match="more than"):
        read_source(path)
    monkeypatch.setattr(source, "_memory_limit", lambda: 2 << 20)
    with pytest.raises(ResourceError, match="memory"):
        read_source(path)


def test_bomb_of_one_line_or_of_zeros_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_LINE", 2 << 20)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"x" * (4 << 20)))
    with pytest.raises(DataError, match=r"bomb.csv.gz:2: .*longer"):
        read_source(path)
    path.write_bytes(gzip.compress(b"a,b\n" + b"\0" * (4 << 20)))
    with pytest.raises(DataError, match="NUL byte at offset 4"):
        read_source(path)


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.csv", CSV)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (_zip(), "zip"),
        (pickle.dumps([1]), "pickle"),
        (b"BZh9....", "bzip2"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"<!DOCTYPE html>", "web page"),
        (b"\xd0\xcf\x11\xe0", "Excel"),
    ],
)
def test_foreign_files_named_csv(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=kind):
        read_source(path)


def test_only_regular_files(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo, "/dev/zero", tmp_path / "absent.csv", "https://example.org/data.csv", "", "a\0b"):
        with pytest.raises(NoInput):
            read_panel(path)


def test_symlinks_to_files_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(CSV)
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert read_source(tmp_path / "link.csv").data == CSV


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CSV)))
    found = read_source("-")
    assert (found.name, found.data) == ("stdin", CSV)
