"""``check`` lists everything at once, and its clean copy is read without a question."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

Runner = Any

MESSY = """Sales report

store,day,sales,note
Kyiv,2024-01-01,1,x
Kyiv,2024-01-02,n/a,x
Kyiv,2024-01-03,3,x
Kyiv,2024-01-04,n/a,x
Kyiv,2024-02-30,5,x
Kyiv,2024-01-06
Kyiv,2024-01-05,5,x
Kyiv,2024-01-05,6,x
"""


def daily(values: list[object], store: str = "Kyiv") -> list[str]:
    return [f"{store},2024-{1 + i // 28:02d}-{1 + i % 28:02d},{v}" for i, v in enumerate(values)]


@pytest.fixture
def messy(empty: Path) -> Path:
    (empty / "messy.csv").write_text(MESSY)
    return empty


def test_a_good_file(run: Runner, empty: Path) -> None:
    result = run("check", "sales.csv")
    assert result.code == 0 and result.out == ""
    assert "3, 2018-01-01 … 2022-12-01" in result.err and "monthly (MS), season 12" in result.err
    assert "strong" in result.err and "gruforecast train sales.csv" in result.err
    assert run("check", "sales.csv", "--quiet").err == ""


def test_all_faults_at_once_with_their_lines(run: Runner, messy: Path) -> None:
    result = run("check", "messy.csv", "--id-col", "store")
    assert result.code == 65
    lines = result.out.splitlines()
    assert all(line.startswith("messy.csv:") for line in lines)
    starts = ["messy.csv:1: ", "messy.csv:9: 2 fields", "messy.csv:8: column 'day': '2024-02-30' is no date"]
    starts += ["messy.csv:5: column 'sales': 'n/a' is no finite number (also line 7): leave missing values empty"]
    starts += [
        "messy.csv:11: column 'day': '2024-01-05' has the same time as line 10",
        "messy.csv: warning: line 2 is empty",
    ]
    starts += ["messy.csv: note: 1 series shorter than two seasons"]
    assert len(lines) == len(starts)
    assert all(line.startswith(start) for line, start in zip(lines, starts, strict=True))


def test_what_check_calls_an_error_train_refuses(run: Runner, messy: Path) -> None:
    for content in (MESSY, "\n".join(MESSY.splitlines()[2:4]), "a,b\n1,2\n", "", "store,day,sales\nA,2024-01-01,\n"):
        Path("x.csv").write_text(content)
        refused = run("train", "x.csv", "-m", "m", "--max-steps", "2", "--hidden", "8").code
        assert refused == 65 == run("check", "x.csv").code


def test_json(run: Runner, messy: Path) -> None:
    result = run("check", "messy.csv", "--id-col", "store", "--json")
    document = json.loads(result.out)
    assert result.code == 65 and document["usable"] is False
    kinds = [finding["severity"] for finding in document["findings"]]
    assert kinds == ["error"] * 5 + ["warning", "note"]
    numbers = document["findings"][3]
    assert (numbers["line"], numbers["column"], numbers["lines"], numbers["count"]) == (5, "sales", [5, 7], 2)
    assert document["profile"]["series"] == 1 and document["data"]["freq"] == "D"
    good = json.loads(run("check", "sales.csv", "--json").out)
    assert good["usable"] and good["profile"]["season_strength"] > 0.9 and good["next"] == "gruforecast train sales.csv"


def test_fixing_needs_decisions(run: Runner, messy: Path) -> None:
    words = ("check", "messy.csv", "--id-col", "store", "--fix", "-o", "clean.csv")
    result = run(*words)
    assert result.code == 65 and "--duplicates" in result.err and not Path("clean.csv").exists()
    result = run(*words, "--duplicates", "last")
    assert result.code == 65 and "--drop" in result.err and not Path("clean.csv").exists()
    result = run(*words, "--duplicates", "last", "--drop")
    assert result.code == 0
    text = Path("clean.csv").read_text()
    assert text.splitlines() == [
        "store,day,sales", "Kyiv,2024-01-01,1.0", "Kyiv,2024-01-02,", "Kyiv,2024-01-03,3.0", "Kyiv,2024-01-04,",
        "Kyiv,2024-01-05,6.0",
    ]  # fmt: skip
    for change in ("left out 2 values (5, 7)", "columns left out: 'note'", "merged, last: 1", "line 2 is empty"):
        assert change in result.err
    assert run("check", "clean.csv").code == 0


@pytest.mark.parametrize(
    ("content", "flags", "said"),
    [
        ("Datum;Wert\r\n31.01.2024;1,5\r\n29.02.2024;2,5\r\n", ["--freq", "M"], ["';'", "decimal", "line ends"]),
        ("ds;Wert\n2024-01-03;1,5\n2024-01-02;2,5\n2024-01-01;1\n", [], ["separator", "decimal", "sorted"]),
        ("ds,a,b\n2024-01-01,1,2\n2024-01-02,1,2\n2024-01-03,1,2\n", [], ["2 columns became series"]),
        ("id,ds,y\n007,1,2\n007,2,2\nNA,1,\nNA,2,\n", [], ["ends of series left out: 2"]),
        ("grp,n,y\n1,1,2\n1,2,2\n2,1,1\n2,2,3\n", ["--id-col", "grp", "--time-col", "n"], []),
        ("ds,y\n1704067200,1\n1704070800,2\n1704078000,3\n", [], ["empty value: 1"]),
    ],
)
def test_a_clean_copy_reads_back(run: Runner, empty: Path, content: str, flags: list[str], said: list[str]) -> None:
    from gruforecast.config import DataConfig
    from gruforecast.data.csv_reader import read_panel

    Path("x.csv").write_text(content)
    result = run("check", "x.csv", *flags, "--fix", "-o", "clean.csv")
    assert result.code == 0, result.err
    assert all(text in result.err for text in said)
    flag_names = {"--freq": "freq", "--id-col": "id_col", "--time-col": "time_col"}
    config = {flag_names[flag]: value for flag, value in zip(flags[::2], flags[1::2], strict=True)}
    before, _ = read_panel("x.csv", DataConfig(**config))
    single = before.ids.tolist() == [before.names.target]
    names = DataConfig(None if single else before.names.id, before.names.time, before.names.target)
    after, _ = read_panel("clean.csv", names)
    assert before.ids.tolist() == after.ids.tolist() and before.start.tolist() == after.start.tolist()
    assert repr(before.y.tolist()) == repr(after.y.tolist())


def test_stdin_stdout_and_flags(run: Runner, empty: Path) -> None:
    result = run("check", "sales.csv", "--fix", "-o", "-")
    assert result.code == 0 and result.out.startswith("store,month,sales\n") and len(result.out.splitlines()) == 181
    assert run("check", "sales.csv", "--fix").code == 2
    assert run("check", "sales.csv", "--drop").code == 2
    assert run("check", "sales.csv", "--fix", "-o", "sales.csv").code == 2
    assert run("check", "sales.csv", "--fix", "-o", "-", "--json").code == 2
    assert run("check", "nothing.csv").code == 66


def test_series_worth_a_word(run: Runner, empty: Path) -> None:
    good = daily([10 + math.sin(i) for i in range(40)])
    rows = [*good, *daily([5] * 40, "flat"), *daily([""] * 3, "none"), *daily([1], "one"), *daily([1, 2, 0], "short")]
    Path("x.csv").write_text("\n".join(["store,day,sales", *rows]) + "\n")
    result = run("check", "x.csv")
    assert result.code == 0
    for text in ("without a single value: 'none'", "only one value: 'one'", "all equal: 'flat'", "seasons: 'short'"):
        assert text in result.out


def test_hostile_text_stays_on_one_harmless_line(run: Runner, empty: Path) -> None:
    Path("x.csv").write_text("store,day,sales\n" + "\n".join(daily(["\x1b[31m", "\u202e1", 2, 3])) + "\n")
    result = run("check", "x.csv")
    assert result.code == 65 and len(result.out.splitlines()) == 1
    assert "\x1b" not in result.out and "\u202e" not in result.out
