"""From a file to a panel: nothing invented, nothing lost, whatever the order of rows and columns."""

from __future__ import annotations

import io
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import open_table, panel_from_frame
from gruforecast.data.csv_writer import text_cells
from gruforecast.data.panel import Panel
from gruforecast.data.source import read_source
from gruforecast.errors import DataError, GruforecastError

from .conftest import Read, Refuse

FUNCTION_FIXTURE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HEADER = "unique_id,ds,y\n"


def rows(*items: tuple[str, str, object]) -> str:
    return HEADER + "".join(f"{i},{t},{v}\n" for i, t, v in items)


def same(a: Panel, b: Panel) -> bool:
    arrays = all(np.array_equal(getattr(a, n), getattr(b, n)) for n in ("ids", "start", "indptr"))
    return arrays and np.array_equal(a.y, b.y, equal_nan=True) and a.freq == b.freq


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@FUNCTION_FIXTURE
@given(ids=st.lists(TEXT, min_size=1, max_size=6, unique=True))
def test_ids_round_trip_exactly(read: Read, ids: list[str]) -> None:
    cells = text_cells(ids)
    panel, _ = read(rows(*((cell, f"2024-01-0{d}", d) for cell in cells for d in (1, 2, 3))))
    assert panel.ids.tolist() == sorted(ids)


@pytest.mark.parametrize(
    "name",
    ["007", "NA", "nan", "null", "1e5", "True", " a ", "x,y", 'say "hi"', "a\nb", "🚲", "שלום", "\x1b[31m", "1.0", "-"],
)
def test_awkward_ids(read: Read, name: str) -> None:
    cell = text_cells([name])[0]
    panel, _ = read(rows(*((cell, f"2024-01-0{d}", d) for d in (1, 2, 3))))
    assert panel.ids.tolist() == [name]


@FUNCTION_FIXTURE
@given(st.integers(0, 10**6))
def test_order_quotes_line_ends_and_marks_change_nothing(read: Read, seed: int) -> None:
    rng = random.Random(seed)
    values = [
        [f"s{i}", f"2024-0{1 + d // 28}-{1 + d % 28:02d}", repr(rng.gauss(0, 9))] for i in range(3) for d in range(9)
    ]
    values = [row for row in values if rng.random() > 0.1]
    plain = read(HEADER + "".join(",".join(row) + "\n" for row in values))[0]
    order = rng.sample(range(3), 3)
    rng.shuffle(values)
    end = rng.choice(["\n", "\r\n", "\r"])
    quote = (lambda cell: f'"{cell}"') if rng.random() < 0.5 else (lambda cell: cell)
    lines = [["unique_id", "ds", "y"], *values]
    content = end.join(",".join(quote(row[i]) for i in order) for row in lines) + end
    mark = b"\xef\xbb\xbf" if rng.random() < 0.5 else b""
    assert same(read(mark + content.encode())[0], plain)


def test_gaps_are_masked_and_ends_trimmed(read: Read) -> None:
    content = rows(
        *(
            ("a", f"2024-02-{d:02d}", v)
            for d, v in [(1, ""), (2, 1), (3, 2), (4, ""), (5, 3), (8, 4), (9, ""), (10, "")]
        ),
        *(("b", f"2024-02-{d:02d}", "") for d in range(1, 4)),
        *(("c", f"2024-02-{d:02d}", 5) for d in range(1, 2)),
    )
    panel, report = read(content)
    assert panel.ids.tolist() == ["a", "b", "c"] and panel.lengths.tolist() == [7, 0, 1]
    assert np.array_equal(panel.series(0), [1, 2, np.nan, 3, np.nan, np.nan, 4], equal_nan=True)
    assert panel.freq.format(panel.cutoff).tolist() == ["2024-02-08", "2024-02-03", "2024-02-01"]
    assert (report.gaps, report.missing, report.trimmed, report.empty_ids) == (2, 7, 6, ("b",))


def test_duplicates(read: Read, refuse: Refuse) -> None:
    content = rows(
        ("a", "2024-01-01", 1),
        ("a", "2024-01-02", 2),
        ("b", "2024-01-01", 7),
        ("a", "2024-01-02", 5),
        ("a", "2024-01-03", 3),
    )
    message = refuse(content)
    assert ":5:" in message and "line 3" in message and "--duplicates" in message and "series 'a'" in message
    for how, value in [("first", 2), ("last", 5), ("mean", 3.5), ("sum", 7)]:
        panel, report = read(content, duplicates=how)
        assert panel.series(0).tolist() == [1, value, 3] and report.merged == 1
    empty = content.replace("02,5", "02,")
    assert read(empty, duplicates="mean")[0].series(0).tolist() == [1, 2, 3]
    assert np.isnan(read(empty.replace("02,2", "02,"), duplicates="sum")[0].series(0)[1])


def test_merged_sums_do_not_depend_on_row_order(read: Read) -> None:
    values = [0.1, 0.2, 0.3, 1e16, -1e16, 0.7]
    lines = [("a", f"2024-01-0{d}", v) for d in (1, 2, 3) for v in values]
    plain = read(rows(*lines), duplicates="sum")[0]
    assert same(read(rows(*lines[::-1]), duplicates="sum")[0], plain)


def test_daylight_saving(read: Read, refuse: Refuse) -> None:
    naive = [f"2024-10-27 0{h}:00:00" for h in (0, 1, 2, 2, 3, 4)]
    assert "UTC" in refuse("ds,y\n" + "".join(f"{t},{i}\n" for i, t in enumerate(naive)))
    zoned = [f"2024-10-27 0{h}:00:00+0{o}:00" for h, o in ((0, 2), (1, 2), (2, 2), (2, 1), (3, 1), (4, 1))]
    panel, report = read("ds,y\n" + "".join(f"{t},{i}\n" for i, t in enumerate(zoned)))
    assert panel.y.tolist() == list(range(6)) and "UTC" in report.warnings[0]
    assert panel.freq.format(panel.cutoff + 1).tolist() == ["2024-10-27 04:00:00+00:00"]
    local = ["2024-03-30T00:00:00+01:00", "2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+02:00"]
    panel, report = read("ds,y\n" + "".join(f"{t},{i}\n" for i, t in enumerate(local)))
    assert panel.freq.alias == "D" and "local dates" in report.warnings[0]
    mixed = ["2024-01-01T00:00+01:00", "2024-01-01T01:00+01:00", "2024-01-01T02:00-05:00"]
    assert "UTC" in refuse("ds,y\n" + "".join(f"{t},1\n" for t in mixed))


def test_empty_ids_are_refused(refuse: Refuse) -> None:
    assert ":3:" in refuse(rows(("a", "2024-01-01", 1), ("", "2024-01-02", 1), ("a", "2024-01-03", 1)))


def test_formula_ids_are_kept_with_a_warning(read: Read) -> None:
    panel, report = read(rows(*(("=1+1", f"2024-01-0{d}", d) for d in (1, 2, 3))))
    assert panel.ids.tolist() == ["=1+1"] and "--excel-safe" in report.warnings[0]


def test_many_chunks(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    content = rows(*((f"s{i % 7}", str(np.datetime64("2024-01-01") + i // 7), i) for i in range(200)))
    whole = read(content)[0]
    monkeypatch.setattr("gruforecast.data.csv_table._CHUNK_ROWS", 11)
    monkeypatch.setattr("gruforecast.data.text._BLOCK", 13)
    assert same(read(content)[0], whole)


def test_extreme_values_survive(read: Read) -> None:
    values = [1e300, -1e300, 5e-324, 1e9 + 1e-3]
    panel, _ = read(rows(*(("a", f"2024-01-0{d}", repr(v)) for d, v in enumerate(values, 1))))
    assert panel.y.tolist() == values


def test_season_length_and_freq_are_taken_from_the_settings(read: Read) -> None:
    content = rows(*(("a", f"2024-0{m}-01", m) for m in range(1, 9)))
    assert read(content, season_length=6)[0].freq.seasons == (6, 12)
    assert read(content, freq="D")[1].gaps > 100


def test_the_same_bytes_have_the_same_hash(read: Read) -> None:
    content = rows(*(("a", f"2024-01-0{d}", d) for d in (1, 2, 3)))
    assert read(content)[1].sha256 == read(content)[1].sha256 != read(content + "a,2024-01-04,1\n")[1].sha256


def test_a_table_is_read_on_demand(tmp_path: object) -> None:
    path = f"{tmp_path}/t.csv"
    with open(path, "w") as handle:
        handle.write("metric,GRU\nMAE,1.5\nMASE,\n")
    table = open_table(read_source(path), DataConfig())
    columns = table.load(["metric"], ["GRU"])
    assert columns.texts["metric"].expand().tolist() == ["MAE", "MASE"]
    assert table.rows == 2 and np.isnan(columns.numbers["GRU"][1])


@FUNCTION_FIXTURE
@given(st.data())
def test_damaged_files_are_read_or_refused_in_one_line(read: Read, data: st.DataObject) -> None:
    content = bytearray(rows(*((i, f"2024-01-{d:02d}", d * 1.5) for i in "ab" for d in range(1, 9))).encode())
    pieces = st.sampled_from([b'"', b",", b";", b"\n", b"\r", b"\0", b"\xff", b"-", b"1e999", b"", b"9999-12-31", b" "])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 5))] = data.draw(pieces)
    try:
        read(bytes(content))
    except GruforecastError as error:
        assert str(error).isprintable() and error.exit_code in (2, 65)


# ---- data frames


def frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_a_frame_and_its_csv_give_the_same_panel(read: Read) -> None:
    days = pd.date_range("2024-01-01", periods=30)
    rng = np.random.default_rng(0)
    table = frame(unique_id=np.repeat(["b", "a"], 30), ds=np.tile(days, 2), y=rng.normal(size=60))
    from_csv = read(table.to_csv(index=False))[0]
    for variant in (
        table,
        table.astype({"unique_id": "category"}),
        table.astype({"ds": "datetime64[ns]"}),
        table.assign(ds=table.ds.dt.to_period("D")),
        table.assign(ds=table.ds.dt.date),
        table.assign(ds=table.ds.astype(str), y=table.y.map(repr)),
    ):
        panel, report = panel_from_frame(variant)
        assert same(panel, from_csv) and report.source == "DataFrame"


def test_zone_aware_frames_keep_their_zone() -> None:
    times = pd.date_range("2024-10-26 22:00", periods=30, freq="h", tz="Europe/Berlin")
    panel, report = panel_from_frame(frame(ds=times, y=np.arange(30.0)))
    assert panel.lengths.tolist() == [30] and report.gaps == 0
    assert panel.freq.format(panel.cutoff + 1).tolist() == ["2024-10-28 03:00:00+01:00"]
    days = pd.date_range("2024-10-25", periods=5, tz="Europe/Berlin")
    panel, _ = panel_from_frame(frame(ds=days, y=np.arange(5.0)))
    assert panel.freq.alias == "D"
    assert panel.freq.format(panel.cutoff + 1).tolist() == ["2024-10-30 00:00:00+01:00"]


def test_frames_with_numbers_and_missing_values() -> None:
    table = frame(unique_id=[7, 7, 7, 12], ds=[1, 2, 3, 1], y=pd.array([1, None, 3, 4], dtype="Int64"))
    panel, _ = panel_from_frame(table)
    assert panel.ids.tolist() == ["12", "7"] and np.array_equal(panel.series(1), [1, np.nan, 3], equal_nan=True)


@pytest.mark.parametrize(
    "table",
    [
        frame(ds=[1, 2], y=[1.0, np.inf]),
        frame(ds=[1, 2], y=["1", "x"]),
        frame(ds=pd.to_datetime(["2024-01-01", None]), y=[1.0, 2.0]),
        frame(ds=pd.to_datetime(["2024-01-01 00:00:00.5", "2024-01-02"], format="mixed"), y=[1.0, 2.0]),
        frame(unique_id=["a", None], ds=[1, 2], y=[1.0, 2.0]),
        frame(ds=[], y=[]),
        pd.DataFrame([[1, 2, 3]], columns=["ds", "y", "y"]),
    ],
)
def test_frames_that_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(DataError):
        panel_from_frame(table, DataConfig(freq="int") if table.get("ds") is not None and len(table) > 2 else None)


def test_the_frame_is_left_alone() -> None:
    table = frame(unique_id=["a"] * 3, ds=["2024-01-03", "2024-01-01", "2024-01-02"], y=[1.0, 2.0, 3.0])
    before = table.copy()
    panel_from_frame(table)
    pd.testing.assert_frame_equal(table, before)
    assert panel_from_frame(pd.read_csv(io.StringIO(table.to_csv(index=False))))[0].y.tolist() == [2, 3, 1]


def test_quarters_as_digits_are_no_days_of_a_spreadsheet(read: Read) -> None:
    rows = "".join(f"{year}{quarter},{quarter}\n" for year in range(2005, 2011) for quarter in range(1, 5))
    panel, _ = read(f"quarter,sales\n{rows}")
    assert panel.freq.alias == "QS" and str(panel.freq.format([int(panel.cutoff[0])])[0]) == "20104"
