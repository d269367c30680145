"""zstd and Parquet give the same panel as CSV; where their libraries are missing, the extra to install is named."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import open_table, read_panel
from gruforecast.data.inspection import inspect
from gruforecast.data.source import read_source
from gruforecast.errors import DataError, UsageError

from .conftest import Read, Refuse

CSV = "unique_id,ds,y\n" + "".join(f"{i},2024-01-{d:02d},{d * 1.5}\n" for i in ("007", "NA") for d in range(1, 9))


def parquet(frame: pd.DataFrame, **options: object) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, **options)  # type: ignore[call-overload]
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def frame() -> pd.DataFrame:
    table = pd.read_csv(io.StringIO(CSV), dtype={"unique_id": str}, keep_default_na=False)
    return table.assign(ds=pd.to_datetime(table.ds))


def test_zstd(read: Read, refuse: Refuse) -> None:
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.compress(CSV.encode())
    plain = read(CSV)[0]
    halves = zstandard.compress(CSV[:50].encode()) + zstandard.compress(CSV[50:].encode())
    for content in (packed, halves):
        panel = read(content)[0]
        assert panel.ids.tolist() == plain.ids.tolist() and panel.y.tolist() == plain.y.tolist()
    assert "cut off" in refuse(packed[:-3])
    assert "damaged" in refuse(packed[:8] + b"\xff" * 8 + packed[16:])
    assert "longer than" in refuse(zstandard.compress(b"x" * (64 << 20)))


def test_parquet(read: Read) -> None:
    pytest.importorskip("pyarrow")
    plain = read(CSV)[0]
    for table in (frame(), frame().astype({"unique_id": "category"}), frame().sample(frac=1, random_state=0)):
        panel, report = read(parquet(table))
        assert panel.ids.tolist() == ["007", "NA"] and panel.y.tolist() == plain.y.tolist()
        assert panel.freq.alias == "D" and report.source.endswith("data.csv")
        assert panel.start.tolist() == plain.start.tolist()


def test_parquet_keeps_zones_and_whole_numbers(read: Read) -> None:
    pytest.importorskip("pyarrow")
    times = pd.date_range("2024-10-26 22:00", periods=30, freq="h", tz="Europe/Berlin")
    panel, _ = read(parquet(pd.DataFrame({"ds": times, "y": np.arange(30.0)})))
    assert panel.lengths.tolist() == [30] and panel.freq.tz == "Europe/Berlin"
    table = pd.DataFrame(
        {"unique_id": pd.array([7, 7, 7], dtype="Int64"), "ds": [1, 2, 3], "y": pd.array([1, None, 3])}
    )
    panel, _ = read(parquet(table))
    assert panel.ids.tolist() == ["7"] and np.array_equal(panel.y, [1, np.nan, 3], equal_nan=True)


def test_parquet_refusals(refuse: Refuse, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    content = parquet(frame())
    assert "damaged" in refuse(content[: len(content) // 2]) and "damaged" in refuse(b"PAR1")
    assert "no rows" in refuse(parquet(frame().iloc[:0]))
    message = refuse(parquet(frame().assign(y=["x"] + ["1"] * 15)))
    assert ":1: column 'y': 'x' is no finite number" in message
    path = tmp_path / "x.parquet"
    path.write_bytes(parquet(pd.concat([frame(), frame().iloc[:2]])))
    found = inspect(path, DataConfig())
    assert [(f.line, f.count) for f in found.errors] == [(17, 2)] and "--duplicates" in found.errors[0].hint
    by_day = frame().loc[:7].set_index("ds")[["y"]]
    by_day.index.name = None
    assert read_panel(_write(tmp_path / "y", parquet(by_day)))[1].time_col == "ds"
    assert open_table(read_source(path), DataConfig()).header == ["unique_id", "ds", "y"]


@pytest.mark.parametrize(("magic", "module"), [(b"PAR1", "pyarrow"), (b"\x28\xb5\x2f\xfd", "zstandard")])
def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, magic: bytes, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / "x"
    path.write_bytes(magic + b"\0" * 20)
    with pytest.raises(UsageError) as caught:
        read_panel(path)
    assert "pip install 'gruforecast[" in caught.value.hint and not isinstance(caught.value, DataError)
