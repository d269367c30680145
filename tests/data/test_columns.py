"""Finding the columns: named, conventional, the only candidate; anything else is refused with the flag to type."""

from __future__ import annotations

import pytest

from gruforecast.errors import DataError, UsageError

from .conftest import Read, Refuse

DAYS = [f"2024-01-{d:02d}" for d in range(1, 9)]


def table(header: str, *columns: list[str], rows: int = 8) -> str:
    return "\n".join([header, *(",".join(c[i] for c in columns) for i in range(rows))]) + "\n"


IDS = ["a"] * 4 + ["b"] * 4
TIMES = DAYS[:4] * 2
NUM = [f"{i}.5" for i in range(8)]
INT = [str(i * i) for i in range(8)]


def test_conventional_names_win_over_everything(read: Read) -> None:
    content = table("other,y,when,unique_id,ds,z", IDS, NUM, TIMES, IDS, TIMES, NUM)
    report = read(content)[1]
    assert (report.id_col, report.time_col, report.target_col) == ("unique_id", "ds", "y")
    assert report.layout == "long" and report.ignored == ("other", "when", "z")


def test_named_columns_win_over_conventional_ones(read: Read) -> None:
    content = table("unique_id,ds,y,k,t,v", IDS, TIMES, NUM, IDS[::-1], TIMES, INT)
    report = read(content, id_col="k", time_col="t", target_col="v")[1]
    assert (report.id_col, report.time_col, report.target_col) == ("k", "t", "v")


def test_another_case_counts(read: Read) -> None:
    report = read(table("Unique_ID,DS,Y,z", IDS, TIMES, NUM, NUM))[1]
    assert (report.id_col, report.time_col, report.target_col) == ("Unique_ID", "DS", "Y")


def test_the_only_candidates(read: Read) -> None:
    panel, report = read(table("sold,shop,day", NUM, IDS, TIMES))
    assert (report.id_col, report.time_col, report.target_col) == ("shop", "day", "sold")
    assert (panel.names.id, panel.names.time, panel.names.target) == ("shop", "day", "sold")


def test_one_series_is_named_after_its_target(read: Read) -> None:
    panel, report = read(table("day,sold", DAYS, NUM))
    assert panel.ids.tolist() == ["sold"] and report.layout == "single" and panel.names.id == "unique_id"
    assert read(table("day,sold,y", DAYS, INT, NUM))[0].ids.tolist() == ["y"]


def test_wide(read: Read) -> None:
    panel, report = read(table("day,north,south", DAYS, NUM, INT))
    assert report.layout == "wide" and panel.ids.tolist() == ["north", "south"]
    assert panel.series(1).tolist() == [float(v) for v in INT]
    assert report.series_cols == ("north", "south") and report.target_col is None
    again = read(table("day,north,south", DAYS, NUM, INT), layout="wide")[0]
    assert again.y.tolist() == panel.y.tolist()
    with pytest.raises(DataError, match="line 2"):
        read(table("day,north,south", [DAYS[0], *DAYS[:7]], NUM, INT))


def test_wide_with_an_empty_column(read: Read) -> None:
    panel, report = read(table("day,north,south,west", DAYS, NUM, INT, [""] * 8))
    assert panel.ids.tolist() == ["north", "south", "west"] and report.empty_ids == ("west",)


def test_ids_that_are_numbers(read: Read, refuse: Refuse) -> None:
    numbers = ["007"] * 4 + ["12"] * 4
    panel, report = read(table("store,day,sold", numbers, TIMES, NUM))
    assert panel.ids.tolist() == ["007", "12"] and report.id_col == "store" and report.layout == "long"
    assert read(table("store,day,y,price", numbers, TIMES, NUM, INT))[0].ids.tolist() == ["007", "12"]
    # A counter is no id: every row would be its own series.
    assert read(table("row_id,day,y", [str(i) for i in range(8)], DAYS, NUM))[1].layout == "single"
    assert "--id-col" in refuse(table("store,day,sold,price", numbers, TIMES, NUM, INT))
    assert read(table("floor,day,y", numbers, TIMES, NUM))[0].ids.tolist() == ["007", "12"]  # no number is written 007
    assert "line 2" in refuse(table("floor,day,y", ["7"] * 4 + ["12"] * 4, TIMES, NUM))


def test_no_id_column_at_all(read: Read, refuse: Refuse) -> None:
    remarks = ["rent", "food"] * 4
    content = table("day,text,place,amount", DAYS, remarks, IDS, NUM)
    assert "--id-col none" in refuse(content)
    panel, report = read(content, id_col="none")
    assert panel.ids.tolist() == ["amount"] and report.id_col is None and report.layout == "single"
    assert panel.series(0).tolist() == [float(v) for v in NUM]
    assert "--id-col none" in refuse(table("day,text,amount", DAYS, remarks, NUM))  # no two rows have a day in common
    assert read(table("day,none,amount", TIMES, IDS, NUM), id_col="none")[0].ids.tolist() == ["a", "b"]


def test_series_that_follow_one_another_are_series(read: Read) -> None:
    assert read(table("day,shop,amount", DAYS, IDS, NUM))[0].ids.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("header", "columns", "flag", "candidates"),
    [
        ("shop,day,sold,price", [IDS, TIMES, NUM, INT], "--target-col", ["sold", "price"]),
        ("shop,kind,day,sold", [IDS, IDS, TIMES, NUM], "--id-col", ["shop", "kind"]),
        ("shop,day,due,sold", [IDS, TIMES, TIMES, NUM], "--time-col", ["day", "due"]),
        ("store,item,day,y", [INT, INT, TIMES, NUM], "--id-col", ["store", "item"]),
        ("shop,a,y", [IDS, NUM, NUM], "--time-col", ["shop", "a"]),
        ("shop,year,week,y", [IDS, INT, INT, NUM], "--time-col", ["year", "week"]),
        ("shop,day,note", [IDS, TIMES, IDS], "--id-col", ["shop", "note"]),
        ("shop,day", [IDS, TIMES], "--target-col", ["shop", "day"]),
    ],
)
def test_ambiguity_is_refused(
    refuse: Refuse, header: str, columns: list[list[str]], flag: str, candidates: list[str]
) -> None:
    message = refuse(table(header, *columns))
    assert flag in message and all(f"'{name}'" in message for name in candidates)


def test_integer_time_needs_a_name_that_says_so(read: Read, refuse: Refuse) -> None:
    steps = ["1", "2", "3", "4"] * 2
    assert read(table("shop,step,v", IDS, steps, NUM))[0].freq.alias == "int"
    assert read(table("id,time_idx,v", IDS, steps, NUM))[1].time_col == "time_idx"
    assert "--time-col" in refuse(table("shop,n,v", IDS, steps, NUM))
    assert read(table("shop,n,v", IDS, steps, NUM), time_col="n")[0].freq.alias == "int"


def test_year_column(read: Read) -> None:
    panel, report = read(table("year,sold", [str(2000 + i) for i in range(8)], INT))
    assert report.freq == "YS" and panel.ids.tolist() == ["sold"]


def test_own_date_format_finds_the_column(read: Read) -> None:
    days = [f"{d:02d} Jan 24" for d in range(1, 9)]
    report = read(table("when,sold", days, NUM), date_format="%d %b %y")[1]
    assert report.time_col == "when"


def test_unknown_and_repeated_names(refuse: Refuse, read: Read) -> None:
    message = refuse(table("shop,day,sold", IDS, TIMES, NUM), target_col="Sold!")
    assert "--target-col 'Sold!' is not a column" in message and "'sold'" in message
    with pytest.raises(UsageError):
        read(table("shop,day,sold", IDS, TIMES, NUM), id_col="shop", target_col="shop")
    with pytest.raises(UsageError):
        read(table("shop,day,sold", IDS, TIMES, NUM), layout="tall")


def test_what_was_found_reads_the_next_file_the_same_way(read: Read) -> None:
    for content in (
        table("sold,shop,day", NUM, IDS, TIMES),
        table("day,sold", DAYS, NUM),
        table("day,north,south", DAYS, NUM, INT),
        table("store,day,sold", ["7"] * 4 + ["8"] * 4, TIMES, NUM),
    ):
        panel, report = read(content)
        again, second = read(content, layout=report.layout, **report.config.to_dict())
        assert second == report and again.freq == panel.freq and again.ids.tolist() == panel.ids.tolist()
