"""Data that are not what the model was trained on: the refusal says in what they differ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import TINY, Result, sales

Run = Callable[..., Result]

OTHER = "day;Oslo;Rome\n2024-01-01;1,5;2\n2024-01-02;1,6;3\n2024-01-03;1,6;4\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(OTHER, "has the columns 'day', 'Oslo', 'Rome', the model was trained on", id="columns"),
        pytest.param(sales().replace(",", ";"), "is not separated by ','", id="separator"),
        pytest.param(sales().replace("Rome,2018-01-01,", "Rome,2018-01-01,x"), ":122: column 'sales': 'x", id="values"),
    ],
)
def test_other_data_are_refused_for_what_they_are(here: Path, run: Run, text: str, said: str) -> None:
    (here / "other.csv").write_text(text)
    done = run("predict", "other.csv", "-o", "-")
    assert done.code in (65, 76) and said in done.err and not done.out
    assert done.err.count("\n") == 1


def test_another_separator_can_be_named(here: Path, run: Run) -> None:
    (here / "semicolons.csv").write_text(sales().replace(",", ";"))
    done = run("predict", "semicolons.csv", "--sep", ";", "-o", "-")
    assert done.code == 0 and done.out == run("predict", "sales.csv", "-o", "-").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target-col", "nosuch"], "--target-col 'nosuch' is not a column; found 'store', 'month', 'sales'"),
        (["--id-col", "none"], "has the same time as line"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--zero-shot"]])
def test_what_the_user_named_is_none_of_the_models(
    here: Path, run: Run, words: list[str], said: str, more: list[str]
) -> None:
    done = run("predict", "sales.csv", *words, *more)
    assert done.code == 65 and said in done.err and "trained on" not in done.err


def test_the_marks_of_the_training_data_are_the_models(empty: Path, run: Run) -> None:
    rows = [f"2024-01-{day:02d};1.0{day:02d},5" for day in range(1, 31)]
    (empty / "german.csv").write_text("\n".join(["Tag;Wert", *rows]) + "\n")
    plain = [row.replace(".", "").replace(",", ".").replace(";", ",") for row in rows]
    (empty / "plain.csv").write_text("\n".join(["Tag,Wert", *plain]) + "\n")
    assert run("train", "german.csv", "--thousands", ".", *TINY).code == 0
    flags: list[str] = []
    for flag, value in (("--sep", ","), ("--decimal", "."), ("--thousands", ",")):
        done = run("predict", "plain.csv", *flags)
        assert done.code == 76 and "as the model's training data were" in done.err and flag in done.err
        flags += [flag, value]
    assert run("predict", "plain.csv", *flags).code == 0


def test_what_comes_next_reads_the_same_way(empty: Path, run: Run) -> None:
    rows = [f"2024-01-{day:02d};1.0{day:02d},5" for day in range(1, 31)]
    (empty / "german.csv").write_text("\n".join(["Tag;Wert", *rows]) + "\n")
    done = run("predict", "german.csv", "--thousands", ".", "--zero-shot")
    assert "Next:  gruforecast train german.csv --thousands . (adapts" in done.err


def test_weeks_as_digits_alone_are_weeks(empty: Path, run: Run) -> None:
    weeks = [f"{year}{week:02d}" for year, last in ((2019, 52), (2020, 53), (2021, 30)) for week in range(1, last + 1)]
    (empty / "weeks.csv").write_text("week,sold\n" + "".join(f"{week},{i % 7}\n" for i, week in enumerate(weeks)))
    done = run("predict", "weeks.csv", "-H", "25", "-o", "-", "--quiet")
    ahead = [line.split(",")[1] for line in done.out.splitlines()[1:]]
    assert ahead == [*(f"2021{week}" for week in range(31, 53)), "202201", "202202", "202203"]
    counted = run("predict", "weeks.csv", "-H", "2", "-o", "-", "--freq", "int")
    assert [line.split(",")[1] for line in counted.out.splitlines()[1:]] == ["202131", "202132"]
    assert "periods have no value" in counted.err


def test_a_model_knows_what_a_few_digits_mean(empty: Path, run: Run) -> None:
    weeks = [f"{year}{week:02d}" for year in (2021, 2022) for week in range(1, 53)]
    rows = [f"{week},{i % 7}\n" for i, week in enumerate(weeks)]
    (empty / "weeks.csv").write_text("week,sold\n" + "".join(rows))
    (empty / "few.csv").write_text("week,sold\n" + "".join(rows[-9:]))
    assert run("predict", "few.csv", "-o", "-").code == 65
    assert run("train", "weeks.csv", *TINY).code == 0
    done = run("predict", "few.csv", "-H", "1", "-o", "-", "--quiet")
    assert done.code == 0 and done.out.splitlines()[1].startswith("sold,202301,")


def test_what_is_usual_may_be_asked_for_too(empty: Path, run: Run) -> None:
    """A model of files in Latin-1 whose duplicates were added up, and a file that is neither."""
    rows = "".join(f"K\u00f6ln,2024-01-{day:02d},{day % 5}\n" for day in range(1, 31))
    (empty / "old.csv").write_text("city,day,y\n" + rows + rows, encoding="latin-1")
    (empty / "new.csv").write_text("city,day,y\n" + rows, encoding="utf-8")
    assert run("train", "old.csv", "--encoding", "latin-1", "--duplicates", "sum", *TINY).code == 0
    done = run("predict", "new.csv", "--encoding", "utf-8", "-o", "-", "-q")
    assert done.code == 0 and done.out.splitlines()[1].startswith("K\u00f6ln,")
    refused = run("predict", "old.csv", "--duplicates", "error")
    assert refused.code == 65 and "has the same time as line" in refused.err
