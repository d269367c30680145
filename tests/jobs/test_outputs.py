"""The files beside a forecast."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast
from gruforecast.errors import WriteError
from gruforecast.jobs import outputs
from gruforecast.jobs.outputs import MAX_CUTOFFS, Outputs, cutoffs, status_csv
from gruforecast.jobs.predict import SeriesStatus

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
    monkeypatch.setattr(outputs.files, "write_atomic", lambda path, _: order.append(Path(path).name))
    Outputs(tmp_path / "f.csv").write(b"x", {}, [STATUS])
    assert order == ["f.csv.status.csv", "f.csv.meta.json", "f.csv"]


def test_what_stood_there_stays_when_a_write_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Outputs(tmp_path / "f.csv")
    target.write(b"old", {"a": 1}, [])
    assert set(json.loads(target.meta.read_text())) == {"a", "forecast_sha256"}

    def fail(path: Path, _: bytes) -> None:
        raise WriteError(f"cannot write {path}")

    monkeypatch.setattr(outputs.files, "write_atomic", fail)
    with pytest.raises(WriteError):
        target.write(b"new", {}, [STATUS])
    assert target.forecast.read_bytes() == b"old" and not target.status.exists()
