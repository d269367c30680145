"""The files beside a forecast."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast
from gruforecast.errors import UsageError, WriteError
from gruforecast.jobs import outputs
from gruforecast.jobs.outputs import MAX_CUTOFFS, Outputs, cutoffs, status_csv
from gruforecast.jobs.predict_panel import SeriesStatus

STATUS = SeriesStatus('odd,"id"', "fallback", "too short", "Naive", "2024-01-01", 2)


def forecast(n: int) -> Forecast:
    ids = np.array([f"s{i}" for i in range(n)], dtype=object)
    empty = np.zeros((n, 1, 0))
    return Forecast(ids, np.arange(n, dtype=np.int64), Frequency("month", 1), np.zeros((n, 1)), empty, ())


def test_status_is_csv() -> None:
    header, row, end = status_csv([STATUS]).decode().split("\n")
    assert header == "unique_id,status,reason,model_used,cutoff,n_obs" and end == ""
    assert row == '"odd,""id""",fallback,too short,Naive,2024-01-01,2'


def test_cutoffs_are_bounded() -> None:
    assert cutoffs(forecast(2)) == {"s0": "1970-01-01", "s1": "1970-02-01"}
    assert cutoffs(forecast(MAX_CUTOFFS + 1)) == {"min": "1970-01-01", "max": "2053-05-01"}


def test_forecast_is_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(outputs.files, "write_together", lambda contents: order.extend(path.name for path in contents))
    Outputs(tmp_path / "f.csv").write(b"x", {}, [STATUS])
    assert order == ["f.csv.status.csv", "f.csv.meta.json", "f.csv"]


def test_all_stay_as_they_were_when_one_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Outputs(tmp_path / "f.csv")
    target.write(b"old", {"a": 1}, [STATUS])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(json.loads(before["f.csv.meta.json"])) == {"a", "forecast_sha256"}

    def full(fd: int, data: bytes, mode: int, fs: Any) -> None:
        os.close(fd)
        if data == b"new":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(outputs.files, "_fill", full)
    with pytest.raises(WriteError, match=r"f\.csv': No space left"):
        target.write(b"new", {}, [])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_plain_leaves_no_status(tmp_path: Path) -> None:
    target = Outputs(tmp_path / "f.csv")
    target.write(b"one", {}, [STATUS])
    target.write(b"two", {}, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.csv", "f.csv.meta.json"]


def test_names_say_how_tables_are_written(tmp_path: Path) -> None:
    target = Outputs(tmp_path / "f.csv.GZ")
    target.probe([])
    target.write(b"id,ds\n", {}, [])
    data = target.forecast.read_bytes()
    assert gzip.decompress(data) == b"id,ds\n"
    assert json.loads(target.meta.read_text())["forecast_sha256"] == hashlib.sha256(data).hexdigest()
    for name in ("f.csv.zst", "f.parquet", "F.XLSX"):
        with pytest.raises(UsageError, match="written as CSV"):
            Outputs(tmp_path / name).probe([])


@pytest.mark.parametrize("name", ["pipe", "/dev/null"])
def test_nothing_is_written_beside_a_stream(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "pipe":
        os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    target = Outputs(path)
    target.probe([])
    target.write(b"id,ds\n", {}, [STATUS])
    assert os.read(reader, 100) == (b"id,ds\n" if name == "pipe" else b"")
    os.close(reader)
    assert not target.meta.exists() and not target.status.exists()


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="needs /dev/shm")
def test_files_in_memory_are_files() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        target = Outputs(Path(folder) / "f.csv")
        for _ in range(2):  # new, and there already
            target.probe([])
            target.write(b"id,ds\n", {}, [STATUS])
            assert target.meta.exists() and target.status.exists()
