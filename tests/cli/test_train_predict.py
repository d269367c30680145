"""From a CSV file to a forecast file: what appears, what it holds, what is said."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Runner = Any
Sales = Callable[..., str]
STORES = ("Kyiv", "Oslo", "Rome")


def month(i: int) -> str:
    return f"{2018 + i // 12}-{i % 12 + 1:02d}-01"


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_train_says_what_it_found_and_what_to_type_next(empty: Path, run: Runner) -> None:
    result = run.train()
    assert result.code == 0 and result.out == ""
    for part in ("3 series", "monthly (MS)", "store (id)", "18 periods (chosen by frequency)", "gruforecast predict"):
        assert part in result.err
    assert (empty / "gruforecast-model" / "CURRENT").is_file()
    assert "\x1b" not in result.err


def test_train_json_is_one_document(empty: Path, run: Runner) -> None:
    result = run.train("--json", "--quiet")
    document = json.loads(result.out)
    assert result.err == ""
    assert document["schema_version"] == 1
    assert document["model"]["horizon"] == 18 and document["model"]["columns"]["id"] == "store"


def test_predict_uses_the_newest_model_and_its_file(here: Path, run: Runner) -> None:
    result = run("predict", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")
    rows = table((here / "forecasts.csv").read_text())
    assert list(rows[0]) == ["store", "month", "GRU", "GRU-lo-95", "GRU-lo-80", "GRU-hi-80", "GRU-hi-95"]
    assert [row["store"] for row in rows] == [s for s in STORES for _ in range(6)]
    assert [row["month"] for row in rows[:6]] == [month(60 + i) for i in range(6)]
    assert all(float(r["GRU-lo-95"]) <= float(r["GRU"]) <= float(r["GRU-hi-95"]) for r in rows)


def test_predict_without_a_model_uses_the_bundled_one(empty: Path, run: Runner) -> None:
    result = run("predict", "sales.csv", "--json")
    document = json.loads(result.out)
    assert document["model"] == {"path": None, "version": None, "bundled": True} and document["rows"] == 3 * 18
    assert "bundled pre-trained model" in result.err
    assert sorted(p.name for p in empty.iterdir()) == ["forecasts.csv", "forecasts.csv.meta.json", "sales.csv"]


def test_zero_shot_ignores_the_model_here(here: Path, run: Runner) -> None:
    assert len(table(run("predict", "sales.csv", "--zero-shot", "-H", "4", "-o", "-").out)) == 12
    assert run("predict", "sales.csv", "--zero-shot", "-m", "gruforecast-model").code == 2


def test_meta_says_where_the_forecast_came_from(here: Path, run: Runner) -> None:
    run("predict")
    meta = json.loads((here / "forecasts.csv.meta.json").read_text())
    assert meta["input"]["sha256"] == hashlib.sha256((here / "sales.csv").read_bytes()).hexdigest()
    assert meta["forecast_sha256"] == hashlib.sha256((here / "forecasts.csv").read_bytes()).hexdigest()
    assert meta["cutoff"] == dict.fromkeys(STORES, "2022-12-01")
    assert set(meta["versions"]) == {"gruforecast", "numpy", "pandas", "torch"}
    assert not (here / "forecasts.csv.status.csv").exists()


def test_predict_twice_gives_the_same_bytes(here: Path, run: Runner) -> None:
    names = ("forecasts.csv", "forecasts.csv.meta.json")
    run("predict")
    first = [(here / name).read_bytes() for name in names]
    run("predict")
    assert [(here / name).read_bytes() for name in names] == first


def test_same_seed_gives_the_same_forecast_bytes(empty: Path, run: Runner) -> None:
    outputs = []
    for name in ("one", "two"):
        assert run.train("-m", name, "-H", "3", "--seed", "7").code == 0
        outputs.append(run("predict", "-m", name, "-o", "-").out)
    assert outputs[0] == outputs[1] and outputs[0].count("\n") == 10


def test_shorter_horizon_is_the_exact_prefix(here: Path, run: Runner) -> None:
    long, short = table(run("predict", "-o", "-").out), table(run("predict", "-H", "3", "-o", "-").out)
    assert short == [row for i, row in enumerate(long) if i % 6 < 3]


def test_longer_horizon_is_told(here: Path, run: Runner) -> None:
    result = run("predict", "-H", "9", "-o", "-")
    assert len(table(result.out)) == 27 and "longer than the model's 6" in result.err


def test_levels_and_quantiles_name_their_columns(here: Path, run: Runner) -> None:
    header = run("predict", "--levels", "97.5", "--levels", "50", "--quantiles", ".1,.5", "-o", "-").out.split("\n")[0]
    names = ["GRU-lo-97.5", "GRU-lo-50", "GRU-hi-50", "GRU-hi-97.5", "GRU-q0.1", "GRU-q0.5"]
    assert header.split(",") == ["store", "month", "GRU", *names]


def test_only_and_dialect(here: Path, run: Runner) -> None:
    rows = table(run("predict", "--only", "Rome,Kyiv", "--dialect", "nixtla", "-o", "-").out)
    assert {row["unique_id"] for row in rows} == {"Rome", "Kyiv"} and "ds" in rows[0]


def test_only_names_the_nearest_series(here: Path, run: Runner) -> None:
    result = run("predict", "--only", "Rom")
    assert result.code == 2 and "did you mean 'Rome'?" in result.err


def test_as_of_equals_a_file_that_ends_there(here: Path, run: Runner, make_sales: Sales) -> None:
    (here / "old.csv").write_text(make_sales(48))
    old = run("predict", "old.csv", "-o", "-").out
    assert run("predict", "--as-of", "2021-12-31", "-o", "-").out == old
    assert run("predict", "--as-of", "2021-12-01", "-o", "-").out == old
    assert run("predict", "--as-of", "2001-01-01").code == 65
    assert run("predict", "--as-of", "soon").code == 2


def test_short_and_empty_series_get_a_status(here: Path, run: Runner, make_sales: Sales) -> None:
    extra = f"Short,{month(59)},3\nEmpty,{month(58)},\nEmpty,{month(59)},\n"
    (here / "more.csv").write_text(make_sales() + extra)
    result = run("predict", "more.csv")
    assert result.code == 0 and "1 fallback (too short)" in result.err and "1 skipped" in result.err
    status = {row["unique_id"]: row for row in table((here / "forecasts.csv.status.csv").read_text())}
    assert status["Short"] == {
        "unique_id": "Short",
        "status": "fallback",
        "reason": "too short",
        "model_used": "Naive",
        "cutoff": "2022-12-01",
        "n_obs": "1",
    }
    assert status["Empty"]["status"] == "skipped"
    forecast = table((here / "forecasts.csv").read_text())
    assert len(forecast) == 4 * 6 and {row["GRU"] for row in forecast if row["store"] == "Short"} == {"3.0"}
    assert run("predict", "more.csv", "--strict").code == 3


def test_stale_status_is_removed(here: Path, run: Runner) -> None:
    (here / "forecasts.csv.status.csv").write_text("old")
    run("predict")
    assert not (here / "forecasts.csv.status.csv").exists()


def test_unseen_series_are_forecast_and_listed(here: Path, run: Runner, make_sales: Sales) -> None:
    (here / "new.csv").write_text(make_sales(stores=("Lima", "Oslo")))
    assert run("predict", "new.csv", "--strict").code == 0
    assert table((here / "forecasts.csv.status.csv").read_text())[0]["status"] == "unseen"
    assert len(table((here / "forecasts.csv").read_text())) == 12


def test_predict_json(here: Path, run: Runner) -> None:
    document = json.loads(run("predict", "--json").out)
    assert document["rows"] == 18 and document["first"] == month(60) and document["levels"] == [80, 95]


def test_point_head_writes_no_intervals(empty: Path, run: Runner) -> None:
    assert run.train("-H", "2", "--head", "point").code == 0
    assert run("predict", "-o", "-").out.split("\n")[0] == "store,month,GRU"
    assert run("predict", "--levels", "80").code == 2
    assert run("evaluate", "--no-backtest", "--windows", "1").code == 0


@pytest.mark.parametrize("flags", [("--network", "pointwise"), ("--cell", "lstm"), ("--ensemble", "2")])
def test_other_networks_train_and_predict(empty: Path, run: Runner, flags: tuple[str, ...]) -> None:
    assert run.train("-H", "2", *flags).code == 0
    assert len(table(run("predict", "-o", "-").out)) == 6


def test_stdin(here: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run("predict", "-o", "-").out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((here / "sales.csv").read_bytes())))
    assert run("predict", "-", "-o", "-").out == expected
