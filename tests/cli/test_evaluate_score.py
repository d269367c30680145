"""Measuring forecasts: backtests, the saved model on new data, and existing files."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Runner = Any
Sales = Callable[..., str]


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_evaluate_compares_with_baselines(here: Path, run: Runner) -> None:
    result = run("evaluate", "--windows", "2")
    assert result.code == 0 and result.out == ""
    for part in ("2 windows of 6 periods, 3 series", "SeasonalNaive", "MASE", "metrics.csv and backtest.csv"):
        assert part in result.err
    metrics = {row["metric"]: row for row in table(here / "metrics.csv")}
    assert list(metrics["MASE"]) == ["metric", "GRU", "Naive", "SeasonalNaive", "Drift"]
    backtest = table(here / "backtest.csv")
    assert list(backtest[0])[:4] == ["store", "month", "cutoff", "GRU"] and list(backtest[0])[-1] == "sales"
    assert len(backtest) == 2 * 6 * 3


def test_plot_needs_no_model(empty: Path, run: Runner) -> None:
    pytest.importorskip("matplotlib")
    assert run("plot", "sales.csv").code == 0


def test_evaluate_needs_no_model(empty: Path, run: Runner) -> None:
    words = (
        "-H",
        "4",
        "--windows",
        "1",
        "--max-steps",
        "3",
        "--threads",
        "1",
        "--baselines",
        "naive",
        "--no-backtest",
        "--json",
    )
    document = json.loads(run("evaluate", "sales.csv", *words, "--quiet").out)
    assert document["horizon"] == 4 and set(document["metrics"]["MAE"]) == {"GRU", "Naive"}
    assert document["verdict"]["sentence"]
    assert sorted(p.name for p in empty.iterdir()) == ["metrics.csv", "sales.csv"]


def test_evaluate_groups(here: Path, run: Runner) -> None:
    run("evaluate", "--windows", "1", "--by", "overall,series,horizon,cutoff", "--metrics", "MAE")
    rows = table(here / "metrics.csv")
    assert list(rows[0])[:4] == ["store", "horizon", "cutoff", "metric"]
    assert len(rows) == 1 + 3 + 6 + 1
    assert rows[1]["store"] == "Kyiv" and rows[4]["horizon"] == "1" and rows[-1]["cutoff"] == "2022-06-01"


def test_grown_data_scores_the_saved_model(here: Path, run: Runner, make_sales: Sales) -> None:
    (here / "sales.csv").write_text(make_sales(68))
    result = run("evaluate", "--json", "--no-backtest")
    assert "what follows 2022-12-01" in json.loads(result.out)["notes"][0]
    assert json.loads(result.out)["windows"] == 1


def test_model_for_other_data_is_not_forced_on_it(here: Path, run: Runner) -> None:
    days = "\n".join(f"{2020 + m // 12}-{m % 12 + 1:02d}-{d:02d},{d % 7}" for m in range(3) for d in range(1, 29))
    (here / "days.csv").write_text(f"ds,y\n{days}\n")
    words = ("--freq", "D", "-H", "3", "--windows", "1", "--max-steps", "2", "--threads", "1", "--no-backtest")
    result = run("evaluate", "days.csv", *words)
    assert result.code == 0 and "is for other data" in result.err
    assert run("evaluate", "days.csv", "-m", "gruforecast-model", *words).code == 76


def test_score_an_existing_forecast(here: Path, run: Runner, make_sales: Sales) -> None:
    run("predict")
    (here / "new.csv").write_text(make_sales(64))
    result = run("score", "forecasts.csv", "new.csv", "--train", "sales.csv", "--json")
    document = json.loads(result.out)
    assert document["points"] == 12 and 0 < document["metrics"]["MASE"]["GRU"] < 100
    assert "WQL" not in document["metrics"] and "coverage-95" in document["metrics"]


def test_score_agrees_with_arithmetic(here: Path, run: Runner, make_sales: Sales) -> None:
    (here / "f.csv").write_text("store,month,Mine\nOslo,2023-01-01,100\nOslo,2023-02-01,110\n")
    (here / "a.csv").write_text("store,month,sales\nOslo,2023-01-01,104\nOslo,2023-02-01,108\n")
    document = json.loads(run("score", "f.csv", "a.csv", "--metrics", "MAE,RMSE", "--json").out)
    assert document["metrics"] == {"MAE": {"Mine": 3.0}, "RMSE": {"Mine": pytest.approx(10**0.5)}}


def scored(run: Runner, *words: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("score", *words, "--json").out)
    return document


def test_score_takes_every_model_at_its_own_levels(here: Path, run: Runner) -> None:
    rows = ["10,8,12,10,9.9,10.1", "10,8,12,10,9.9,10.1", "10,8,12,,9.9,10.1"]
    (here / "f.csv").write_text(
        "id,day,A,A-lo-80,A-hi-80,B,B-lo-50,B-hi-50\n" + "".join(f"x,2024-01-0{i},{r}\n" for i, r in enumerate(rows, 1))
    )
    (here / "a.csv").write_text("id,day,y\nx,2024-01-01,10\nx,2024-01-02,11\nx,2024-01-03,12\n")
    found = scored(run, "f.csv", "a.csv", "--metrics", "MAE,coverage-80,coverage-50")
    assert found["metrics"] == {
        "MAE": {"A": 0.5, "B": 0.5},
        "coverage-80": {"A": 1.0, "B": None},
        "coverage-50": {"A": None, "B": 0.5},
    }
    assert found["points"] == 2 and "1 periods that not every model" in found["notes"][0]


def test_score_takes_forecasts_of_any_lengths(here: Path, run: Runner) -> None:
    (here / "f.csv").write_text("id,day,A\nx,2024-01-01,10\nx,2024-01-02,10\ny,2024-01-02,10\n")
    (here / "a.csv").write_text("id,day,y\n" + "".join(f"{i},2024-01-0{d},1{d}\n" for i in "xy" for d in range(1, 6)))
    found = scored(run, "f.csv", "a.csv", "--metrics", "MAE")
    assert found["points"] == 3 and found["metrics"]["MAE"]["A"] == pytest.approx((1.5 + 2) / 2)
    rows = "x,2024-01-01,10,9,11\nx,2024-01-02,10,9,\ny,2024-01-01,10,9,11\n"
    (here / "f.csv").write_text(f"id,day,A,A-lo-80,A-hi-80\n{rows}")
    holes = run("score", "f.csv", "a.csv")
    assert holes.code == 65 and "A lacks the quantile 0.9 of some periods, first in series" in holes.err


def test_errors_are_scaled_by_what_was_known(here: Path, run: Runner, make_sales: Sales) -> None:
    """A history that holds the scored periods as well, and times that only count, whose season is found."""
    hours = [f"{t},{100 + 30 * math.sin(math.pi * t / 12) + t * t % 7}" for t in range(1, 481)]
    (here / "all.csv").write_text("hour,load\n" + "\n".join(hours) + "\n")
    (here / "past.csv").write_text("hour,load\n" + "\n".join(hours[:-48]) + "\n")
    run("predict", "past.csv", "--zero-shot", "-H", "48", "-o", "f.csv")
    evaluated = json.loads(run("evaluate", "all.csv", "--zero-shot", "-H", "48", "--windows", "1", "--json").out)
    for history in ("past.csv", "all.csv"):
        found = scored(run, "f.csv", "all.csv", "--train", history)
        assert found["metrics"]["MASE"]["GRU"] == pytest.approx(evaluated["metrics"]["MASE"]["GRU"])
        assert "a season of 24 periods" in found["notes"][0]
    (here / "days.csv").write_text("day,load\n2024-01-01,1\n2024-01-02,3\n")
    other = run("score", "f.csv", "all.csv", "--train", "days.csv")
    assert other.code == 2 and "the history is D, the actual values are" in other.err


def test_score_refusals(here: Path, run: Runner) -> None:
    run("predict")
    nothing = run("score", "forecasts.csv", "sales.csv")
    assert nothing.code == 65 and "no forecast period" in nothing.err
    lacking = run("score", "forecasts.csv", "sales.csv", "--metrics", "WQL")
    assert lacking.code == 2 and "--quantiles 0.1,0.2" in lacking.err
    assert run("score", "sales.csv", "sales.csv", "-o", "sales.csv").code == 2


@pytest.mark.parametrize("name", ["metric", "cutoff", "Naive", "GRU", "GRU-lo-80"])
def test_names_that_results_have_are_refused(here: Path, run: Runner, make_sales: Sales, name: str) -> None:
    """Their columns would be one."""
    text = make_sales(40)
    for role in ("store", "month", "sales"):
        (here / "x.csv").write_text(text.replace(role, name, 1))
        columns = [name if column == role else column for column in ("store", "month", "sales")]
        flags = [
            word for pair in zip(("--id-col", "--time-col", "--target-col"), columns, strict=True) for word in pair
        ]
        done = run("evaluate", "x.csv", "--zero-shot", *flags)
        assert done.code == 2 and f"column {name!r} is called as one of the result" in done.err
        forecast = run("predict", "x.csv", "--zero-shot", "-o", "-", *flags)
        assert forecast.code == (2 if name.startswith("GRU") and role != "sales" else 0)


def test_one_file_for_two_outputs_is_refused(here: Path, run: Runner) -> None:
    assert run("evaluate", "-o", "same.csv", "--backtest-out", "./same.csv").code == 2
    assert not (here / "same.csv").exists()


def test_metrics_to_stdout(here: Path, run: Runner) -> None:
    out = run("evaluate", "--windows", "1", "-o", "-", "--no-backtest", "--metrics", "MAE").out
    assert out.startswith("metric,GRU,Naive,SeasonalNaive,Drift\nMAE,")


def test_info(here: Path, run: Runner) -> None:
    shown = run("info").out
    for part in ("GRU, segment, 8 wide", "sales.csv, 180 rows", "monthly (MS)", "80 and 95 %", "seed 0"):
        assert part in shown
    model = json.loads(run("info", "gruforecast-model", "--json").out)["model"]
    assert model["version"] == 1 and model["freq"] == "MS" and len(model["manifest_sha256"]) == 64


def test_info_of_the_bundled_model(empty: Path, run: Runner) -> None:
    shown = run("info").out
    for part in ("the bundled model", "synthetic series only", "any frequency"):
        assert part in shown
    model = json.loads(run("info", "--zero-shot", "--json").out)["model"]
    assert model["version"] is None and model["card"]["parameters"] == model["parameters"]
    assert "recorded" not in model["card"]


def test_plot(here: Path, run: Runner) -> None:
    pytest.importorskip("matplotlib")
    assert run("plot").code == 0
    first = (here / "forecast.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    run("predict")
    assert run("plot", "sales.csv", "forecasts.csv", "-o", "again.png").code == 0
    assert (here / "again.png").read_bytes() == first
    assert run("plot", "--series", "Nowhere").code == 2
