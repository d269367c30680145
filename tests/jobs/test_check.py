"""What check finds, suggests and writes, on files that are awkward in one way or in many."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import read_panel
from gruforecast.errors import DataError, NoInput, UsageError
from gruforecast.jobs.check import Checked, CheckRequest, check

DAYS = pd.date_range("2024-01-01", periods=30)


def frame() -> pd.DataFrame:
    """Thirty good days of one store, as text but for the times."""
    return pd.DataFrame({"store": ["a"] * 30, "ds": DAYS, "y": [str(i) for i in range(30)]})


def faulty() -> pd.DataFrame:
    """The same with a fault of each kind."""
    table = frame()
    table.loc[3, "store"] = None
    table.loc[4, "ds"] = pd.NaT
    table.loc[[9, 11], "y"] = ["x", "n/a"]
    return pd.concat([table, table.iloc[20:22]])


def looked_at(path: Path, content: str | bytes | pd.DataFrame, **request: object) -> Checked:
    """What check says of *content*, written to *path*."""
    if isinstance(content, pd.DataFrame):
        content.to_parquet(path) if path.suffix == ".parquet" else content.to_csv(path, index=False)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    reading = {name: request.pop(name) for name in list(request) if name in DataConfig().to_dict()}
    return check(CheckRequest(str(path), DataConfig(**reading), **request))  # type: ignore[arg-type]


def test_parquet_tells_as_much_as_csv(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    columnar, plain = looked_at(tmp_path / "x.parquet", faulty()), looked_at(tmp_path / "x.csv", faulty())
    # A row of a table is one line further down in CSV, below the header.
    found = {(f.column, tuple(line + 1 for line in f.lines), f.count, f.fix) for f in columnar.errors}
    assert found == {(f.column, f.lines, f.count, f.fix) for f in plain.errors}
    assert len(found) == 4 and all(f.hint for f in columnar.errors)
    assert columnar.profile == plain.profile is not None
    assert columnar.command == plain.command == ""  # doubles need a decision


def test_parquet_is_cleaned_as_csv_is(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    words = {"fix": True, "drop": True, "duplicates": "last"}
    columnar = looked_at(tmp_path / "x.parquet", faulty(), **words, output=str(tmp_path / "one.csv"))
    plain = looked_at(tmp_path / "x.csv", faulty(), **words, output=str(tmp_path / "two.csv"))
    assert columnar.csv == plain.csv == (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert columnar.changes is not None and "written as CSV" in columnar.changes
    assert not any("line ends" in change for change in columnar.changes)
    assert not looked_at(tmp_path / "again.csv", columnar.csv).errors


def test_numbers_and_times_of_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"ds": DAYS.as_unit("ms"), "y": np.arange(30.0)})
    table.loc[[3, 5], "y"] = [np.inf, -np.inf]
    table.loc[[7, 8], "ds"] += pd.Timedelta("300ms")
    found = looked_at(tmp_path / "x.parquet", table)
    assert [(f.column, f.lines, f.fix) for f in found.errors] == [("ds", (8, 9), "drop"), ("y", (4, 6), "blank")]
    assert "'inf' is no finite number" in found.errors[1].message and found.profile is not None
    assert found.profile.observed == 26
    every = looked_at(tmp_path / "x.parquet", table.assign(ds=DAYS + pd.Timedelta("1ms")))
    assert [f.message[:27] for f in every.errors] == ["'2024-01-01T00:00:00.001000"] and every.profile is None


def test_a_file_of_nothing_but_faults_is_not_called_empty(tmp_path: Path) -> None:
    found = looked_at(tmp_path / "x.csv", "ds,y\n" + "".join(f"2024-13-{d:02d},{d}\n" for d in range(1, 20)))
    assert [f.count for f in found.errors] == [19] and found.profile is None and found.command == ""
    with pytest.raises(DataError, match="2024-13-01") as caught:
        check(CheckRequest(str(tmp_path / "x.csv"), fix=True, drop=True))
    assert caught.value.hint and caught.value.line == 2


@pytest.mark.parametrize(
    ("content", "reading"),
    [
        ("", {}),
        ("\n\n", {}),
        ("ds,y\n", {}),
        ("ds,y\n2024-01-01,\n2024-01-02,\n", {}),
        (b"\0\0\0", {}),
        (b"PAR1PAR1", {}),
        (gzip.compress(b"ds,y\n", mtime=0)[:-4], {}),
        (b"\xff\xfed\0", {"encoding": "utf-16-le"}),
        ("ds;y\n1;2\n", {"sep": ","}),
        ("a,b,ds,y\nx,x,2024-01-01,1\n", {"id_col": "c"}),
        ('ds,y\n"2024-01-01,1\n', {}),
    ],
)
def test_hopeless_files_are_findings_and_nothing_is_written(
    tmp_path: Path, content: str | bytes, reading: dict[str, str]
) -> None:
    found = looked_at(tmp_path / "x.csv", content, **reading)
    assert found.errors and all(f.message and f.hint for f in found.errors)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["usable"] is False
    out = tmp_path / "clean.csv"
    out.write_text("old")
    with pytest.raises(DataError):
        check(CheckRequest(str(tmp_path / "x.csv"), DataConfig(**reading), fix=True, output=str(out)))
    assert out.read_text() == "old" and sorted(p.name for p in tmp_path.iterdir()) == ["clean.csv", "x.csv"]


def test_a_column_name_with_a_colon_stays_out_of_the_message(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-{d:02d},{'<1' if d == 5 else d}\n" for d in range(1, 20))
    (found,) = looked_at(tmp_path / "x.csv", "Week,cats: (Worldwide)\n" + rows).errors
    assert found.message == "'<1' is no finite number" and found.column == "cats: (Worldwide)" and found.line == 6


def test_the_command_it_ends_with_leads_on(tmp_path: Path) -> None:
    name = tmp_path / "two words.csv"
    rows = "".join(f"2024-01-{d:02d};Köln;{d}\n" for d in range(1, 20))
    found = looked_at(name, ("ds;id;y\n" + rows).encode("latin-1"))
    assert found.command == f"gruforecast train '{name}' --encoding latin-1"
    assert read_panel(name, DataConfig(encoding="latin-1"))[0].ids.tolist() == ["Köln"]
    found = looked_at(name, "ds,y\n" + "".join(f"2024-01-{d:02d},{d}\n" for d in range(1, 20)) + "Total,99\n")
    assert found.command == f"gruforecast check '{name}' --fix --drop -o clean.csv"
    fixed = check(CheckRequest(str(name), fix=True, drop=True, output=str(tmp_path / "clean.csv")))
    assert fixed.command == f"gruforecast train {tmp_path / 'clean.csv'}"
    assert len(read_panel(tmp_path / "clean.csv")[0].y) == 19


def test_what_cannot_be_looked_at_is_raised(tmp_path: Path) -> None:
    with pytest.raises(NoInput):
        check(CheckRequest(str(tmp_path / "none.csv")))
    (tmp_path / "x.csv").write_text("ds,y\n2024-01-01,1\n2024-01-02,2\n")
    with pytest.raises(UsageError, match="--sep"):
        check(CheckRequest(str(tmp_path / "x.csv"), DataConfig(sep="::")))
    with pytest.raises(UsageError):
        check(CheckRequest(str(tmp_path / "x.csv"), fix=True, output=str(tmp_path / "x.csv")))
    assert (tmp_path / "x.csv").read_text().endswith("2\n")


def test_no_copy_is_offered_that_would_lose_much_of_the_file(tmp_path: Path) -> None:
    table = frame()
    table["y"] = [f"{i}-" if i % 3 == 0 else str(i) for i in range(30)]
    found = looked_at(tmp_path / "credits.csv", table)
    assert found.errors and found.command == "" and "minus sign" in found.errors[0].hint
    with pytest.raises(DataError, match="decision"):
        check(CheckRequest(str(tmp_path / "credits.csv"), fix=True, drop=True, output=str(tmp_path / "clean.csv")))
    times = [f"{day:%Y-%m-%d}" + (" 10:07" if i % 2 else " 00:00") for i, day in enumerate(DAYS)]
    found = looked_at(tmp_path / "events.csv", frame().assign(ds=times), freq="D")
    assert found.errors and found.command == ""


def test_values_that_cannot_be_read_are_not_called_missing(tmp_path: Path) -> None:
    found = looked_at(tmp_path / "dollars.csv", frame().assign(y=[f"${i}" for i in range(30)]))
    assert [error.line for error in found.errors] == [2] and "sed" in found.errors[0].hint
