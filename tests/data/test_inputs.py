"""Several files as one panel: the same as one file with all their rows, and refusals that name the right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import ReadReport
from gruforecast.data.inputs import read_origin
from gruforecast.data.inspection import inspect
from gruforecast.data.origin import Files, origin_of
from gruforecast.data.panel import Panel
from gruforecast.errors import DataError, ResourceError

DAYS = [f"2024-01-{day:02d}" for day in range(1, 11)]


def rows(shop: str, days: list[str]) -> str:
    return "".join(f"{shop},{day},{int(day[-2:]) * 1.5}\n" for day in days)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made in the working directory."""
    monkeypatch.chdir(tmp_path)


def read(*words: str, layout: str | None = None, **settings: str) -> tuple[Panel, ReadReport]:
    return read_origin(origin_of(words), DataConfig(**settings), layout)


def refused(*words: str, **settings: str) -> str:
    with pytest.raises(DataError) as caught:
        read(*words, **settings)
    return str(caught.value)


def same(one: Panel, other: Panel) -> bool:
    pairs = ((one.ids, other.ids), (one.start, other.start), (one.indptr, other.indptr))
    return all(np.array_equal(a, b) for a, b in pairs) and np.array_equal(one.y, other.y, equal_nan=True)


@pytest.fixture
def whole() -> Panel:
    """One file with all rows."""
    Path("whole.csv").write_text("shop,day,sales\n" + rows("007", DAYS) + rows("NA", DAYS[:8]))
    return read("whole.csv")[0]


def test_rows_of_a_series_may_be_spread_and_files_may_look_different(whole: Panel) -> None:
    Path("1.csv").write_text("shop,day,sales\n" + rows("007", DAYS[6:]) + rows("NA", DAYS[:4]))
    swapped = [
        f"{sales};{shop};{day}\n"
        for shop, day, sales in map(str.split, rows("NA", DAYS[4:8]).replace(",", " ").splitlines())
    ]
    Path("2.csv").write_bytes(("sales;shop;day\r\n" + "".join(swapped)).replace(".", ",").encode("utf-8-sig"))
    frame = pd.DataFrame({"shop": "007", "day": pd.to_datetime(DAYS[:6]), "sales": np.arange(1, 7) * 1.5})
    frame.to_parquet("3.parquet")
    panel, report = read("?.*")
    assert same(panel, whole) and report.rows == 18 and report.source == "?.* (3 files)"
    again, other = read("3.parquet", "2.csv", "1.csv")
    assert same(again, whole) and other.sha256 != report.sha256
    assert same(read("?.*", id_col="shop", time_col="day", target_col="sales", layout="long")[0], whole)


def test_wide_files_continue_each_other() -> None:
    lines = [f"{day},{i},{i * 2}\n" for i, day in enumerate(DAYS)]
    Path("a.csv").write_text("day,x,z\n" + "".join(lines[5:]))
    Path("b.csv").write_text("day,x,z\n" + "".join(lines[:5]))
    Path("c.csv").write_text("day,x,z\n" + "".join(lines))
    assert same(read("a.csv", "b.csv")[0], read("c.csv")[0])


def test_files_without_ids_are_called_by_their_names() -> None:
    for name in ("oslo.csv", "rome.v2.csv"):
        Path(name).write_text("day,sales\n" + "".join(line[2:] for line in rows("x", DAYS).splitlines(True)))
    panel, report = read("*.csv")
    assert panel.ids.tolist() == ["oslo", "rome.v2"] and panel.lengths.tolist() == [10, 10]
    assert report.layout == "single" and "called by its name (oslo, rome.v2)" in report.warnings[-1]
    Path("rome.v2.csv").unlink()
    # A pattern means the same however many files match it today.
    assert read("*.csv", layout="single")[0].ids.tolist() == ["oslo"]
    assert read("oslo.csv")[0].ids.tolist() == ["sales"]
    Path("sub").mkdir()
    Path("sub/oslo.csv").write_text(Path("oslo.csv").read_text())
    message = refused("oslo.csv", "sub/oslo.csv")
    assert message.startswith("sub/oslo.csv: 'oslo.csv' is called 'oslo' too") and "rename" in message


def test_other_columns_are_refused(whole: Panel) -> None:
    Path("b.csv").write_text("shop,day,amount\n" + rows("x", DAYS))
    message = refused("whole.csv", "b.csv")
    assert message.startswith("b.csv:1: has other columns than 'whole.csv': it lacks 'sales'; it alone has 'amount'")


def test_refusals_name_file_and_line(whole: Panel) -> None:
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", DAYS) + rows("007", DAYS[2:4]))
    message = refused("whole.csv", "b.csv")
    assert message.startswith("b.csv:12: column 'day': '2024-01-03' has the same time as 'whole.csv', line 4")
    assert "(also line 13)" in message
    assert same(read("whole.csv", "whole.csv")[0], whole)
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", DAYS) + "x,2024-01-11,1O\n")
    assert refused("whole.csv", "b.csv").startswith("b.csv:12: column 'sales': '1O' is no finite number")
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", [*DAYS, "2024-13-01"]))
    assert refused("whole.csv", "b.csv").startswith("b.csv:12: column 'day': '2024-13-01'")
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", DAYS) + "x,2024-01-11\n")
    assert refused("whole.csv", "b.csv").startswith("b.csv:12: 2 fields where the header has 3")
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", ["2024-01-01 12:30"]))
    assert refused("whole.csv", "b.csv", freq="D").startswith("b.csv:2: ")


def test_blank_rows_and_notes_are_those_of_their_files(whole: Panel) -> None:
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", DAYS[:5]) + ",,\n" + rows("x", DAYS[5:]))
    Path("c.csv").write_text("shop,day,sales\n" + rows("y", DAYS)[:-1])
    panel, report = read("whole.csv", "b.csv", "c.csv")
    assert panel.ids.tolist() == ["007", "NA", "x", "y"]
    assert [note.split(":")[0] for note in report.warnings] == ["b.csv", "c.csv"]


def test_check_finds_the_faults_of_all_files(whole: Panel) -> None:
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", DAYS) + "x,2024-01-11,1O\n,2024-01-01,1\n")
    Path("c.csv").write_text("shop,day,sales\n" + rows("y", DAYS) + "y,soon,1\n")
    found = inspect(Files(("whole.csv", "b.csv", "c.csv")), DataConfig())
    assert sorted((f.file, f.line) for f in found.errors) == [("b.csv", 12), ("b.csv", 13), ("c.csv", 12)]
    assert found.panel is not None and found.panel.lengths.tolist() == [10, 8, 10, 10]


def test_zones_must_agree() -> None:
    times = pd.date_range("2024-01-01", periods=8, freq="h")
    for name, zone in (("a", "UTC"), ("b", "Asia/Tokyo")):
        pd.DataFrame({"id": name, "ds": times.tz_localize(zone), "y": 1.0}).to_parquet(f"{name}.parquet")
    assert refused("a.parquet", "b.parquet").startswith("b.parquet: column 'ds': has the time zone Asia/Tokyo")
    Path("c.csv").write_text("id,ds,y\n" + "".join(f"c,{t:%Y-%m-%d %H:%M:%S}Z,1\n" for t in times))
    assert read("a.parquet", "c.csv")[0].freq.tz == "UTC"


def test_all_files_together_must_fit_into_memory(whole: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("b.csv").write_text("shop,day,sales\n" + rows("x", DAYS))
    size = Path("whole.csv").stat().st_size
    monkeypatch.setattr("gruforecast.data.source._memory_limit", lambda: size + 10)
    assert len(read("whole.csv")[0]) == 2
    with pytest.raises(ResourceError, match="do not fit"):
        read("whole.csv", "b.csv")
