"""Every class of refusal: its exit code, one line, a remedy, and nothing changed on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gruforecast.cli import console
from gruforecast.cli.app import EXIT_CODES
from gruforecast.errors import GruforecastError, ResourceError, TrainingDiverged

Runner = Any


def snapshot(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


def refused(result: Any, code: int, *parts: str) -> None:
    assert result.code == code, result.err
    assert result.err.startswith("error: ") and result.err.count("\n") == 1 and result.out == ""
    for part in parts:
        assert part in result.err


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["train"], ["missing argument 'DATA'", "train --help"]),
        (["train", "sales.csv", "--horizn", "3"], ["--horizn", "did you mean --horizon?"]),
        (["train", "sales.csv", "--hidden", "many"], ["--hidden"]),
        (["train", "sales.csv", "--hidden", "1000000"], ["hidden = 1000000 is outside 4 … 2048"]),
        (["train", "sales.csv", "--cell", "gur"], ["cell = 'gur' is not one of gru, lstm, rnn"]),
        (["train", "sales.csv", "--levels", "80,180"], ["--levels: '180' is not a number between 0 and 100"]),
        (["predict", "--levels", "80,0.95"], ["--levels: 0.95 is less than one percent; in percent: 95"]),
        (["evaluate", "sales.csv", "--zero-shot", "-m", "gruforecast-model"], ["--zero-shot uses the bundled model"]),
        (["info", "gruforecast-model", "--zero-shot"], ["--zero-shot uses the bundled model"]),
        (["evaluate", "-o", "x.csv", "--backtest-out", "./y/../x.csv"], []),
        (["plot", "-H", "-3"], ["horizon = -3 is outside"]),
        (["plot", "--last", "-5"], ["--last -5 is less than one period"]),
        (["predct"], ["predct", "did you mean predict?"]),
        (["predict", "-H", "0"], ["horizon = 0 is outside"]),
        (["predict", "--dialect", "mine"], ["--dialect 'mine' is not one of own, nixtla"]),
        (["predict", "--max-age", "soon"], ["--max-age 'soon' is not an age"]),
        (["predict", "-o", "-", "--json"], []),
        (["evaluate", "--baselines", "naiv"], ["did you mean naive?"]),
        (["evaluate", "--metrics", "MASEE"], ["did you mean MASE?"]),
        (["evaluate", "--fail-if", "MASE=1"], ["MASE>1"]),
        (["evaluate", "--by", "week"], ["--by 'week' is not one of overall, series, horizon, cutoff"]),
    ],
)
def test_usage_is_2(here: Path, run: Runner, words: list[str], parts: list[str]) -> None:
    before = snapshot(here)
    result = run(*words)
    if "--json" in words:
        assert result.code == 2 and json.loads(result.err)["code"] == "usage"
    else:
        refused(result, 2, *parts)
    assert snapshot(here) == before


def test_output_that_is_the_input_is_2(here: Path, run: Runner) -> None:
    refused(run("predict", "-o", "sales.csv"), 2, "sales.csv", "also an input")
    os.link(here / "sales.csv", here / "same.csv")
    refused(run("predict", "-o", "same.csv"), 2, "also an input")
    refused(run("predict", "-o", "gruforecast-model/CURRENT"), 2, "inside the model directory")


def test_diverged_is_4(empty: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverge(*_: object, **__: object) -> None:
        raise TrainingDiverged("the loss is not finite", hint="try a smaller --lr")

    monkeypatch.setattr("gruforecast.jobs.train.train_panel", diverge)
    refused(run.train("--quiet"), 4, "smaller --lr")
    assert not (empty / "gruforecast-model").exists()


def test_gate_is_7_and_the_files_are_written(here: Path, run: Runner) -> None:
    words = ("evaluate", "--windows", "1", "--fail-if", "MASE>0", "--quiet")
    refused(run(*words), 7, "MASE")
    assert (here / "metrics.csv").exists() and (here / "backtest.csv").exists()
    assert run(*words[:3], "--fail-if", "MASE>1000").code == 0


def test_bad_data_is_65_and_leaves_no_directory(empty: Path, run: Runner) -> None:
    (empty / "bad.csv").write_text((empty / "sales.csv").read_text() + "Rome,2023-01-01,x\x1b[31m\n")
    refused(run("train", "bad.csv", "--quiet"), 65, "bad.csv:182", "\\x1b")
    assert sorted(p.name for p in empty.iterdir()) == ["bad.csv", "sales.csv"]


def test_stale_data_is_65(here: Path, run: Runner) -> None:
    refused(run("predict", "--max-age", "2d"), 65, "2022-12-01", "--max-age 2d")
    assert run("predict", "--max-age", "99999d").code == 0


def test_no_input_is_66(empty: Path, run: Runner) -> None:
    refused(run("predict"), 66, "gruforecast predict DATA.csv")
    refused(run("train", "nothing.csv"), 66, "nothing.csv")
    refused(run("train", "."), 66, "not a regular file")
    refused(run("info", "nowhere"), 66, "nowhere")
    refused(run("train", "https://example.org/a.csv"), 66, "download it first")


def test_training_data_that_is_gone_is_66(here: Path, run: Runner) -> None:
    (here / "sales.csv").unlink()
    refused(run("predict"), 66, "sales.csv is gone")


def test_missing_gpu_is_69(empty: Path, run: Runner) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    refused(run.train("--device", "cuda", "--quiet"), 69, "--device")


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory"), RuntimeError("can't start new thread")],
)
def test_exhaustion_is_69(error: BaseException) -> None:
    assert isinstance(console.as_refusal(error), ResourceError)


def test_unwritable_output_is_74(here: Path, run: Runner) -> None:
    refused(run("predict", "-o", "no/such/dir.csv"), 74, "create its directory first")
    refused(run("predict", "-o", "."), 74, "name a file, not a directory")
    refused(run("train", "sales.csv", "-m", "/proc/model", "--quiet"), 74)


def test_locked_is_75(here: Path, run: Runner) -> None:
    from filelock import FileLock

    with FileLock(here / "gruforecast-model" / "LOCK"):
        refused(run.train("--quiet"), 75, "--wait")
        assert run("predict").code == 0
    assert run.train("--quiet", "--wait", "5").code == 0


def test_damaged_model_is_76(here: Path, run: Runner) -> None:
    weights = next((here / "gruforecast-model").rglob("model.safetensors"))
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    refused(run("predict"), 76, "SHA-256")


def test_pickle_as_model_is_76(here: Path, run: Runner) -> None:
    (here / "model.pt").write_bytes(b"\x80\x02}q\x00.")
    refused(run("predict", "-m", "model.pt"), 76)


def test_other_frequency_is_76_with_both_sides(here: Path, run: Runner) -> None:
    days = "\n".join(f"Oslo,2020-01-{d:02d},{d}" for d in range(1, 29))
    (here / "days.csv").write_text(f"store,month,sales\n{days}\n")
    refused(run("predict", "days.csv"), 76, "'days.csv' is D", "trained on MS", "--freq MS")


def test_other_columns_are_76_with_both_sides(here: Path, run: Runner) -> None:
    text = (here / "sales.csv").read_text().replace("store,month,sales", "shop,month,amount")
    (here / "other.csv").write_text(text)
    refused(run("predict", "other.csv"), 76, "'shop', 'month', 'amount'", "'store', 'month', 'sales'", "--id-col")
    assert run("predict", "other.csv", "--id-col", "shop", "--target-col", "amount").code == 0


def test_one_new_row_a_series_needs_no_frequency(here: Path, run: Runner) -> None:
    (here / "short.csv").write_text("store,month,sales\nOslo,2024-01-01,5\nRome,2024-01-01,7\n")
    assert run("predict", "short.csv").code == 0


def test_a_bug_is_1_and_one_line(here: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("gruforecast.jobs.predict.predict_panel", fail)
    refused(run("predict"), 1, "internal error: ZeroDivisionError", "--debug")
    with pytest.raises(ZeroDivisionError):
        run("predict", "--debug")


def test_debug_shows_where_a_refusal_came_from(empty: Path, run: Runner) -> None:
    result = run("--debug", "predict")
    assert result.code == 66 and "Traceback" in result.err and result.err.rstrip().split("\n")[-1].startswith("error: ")


def test_errors_as_json(empty: Path, run: Runner) -> None:
    result = run("predict", "--json")
    assert json.loads(result.err) == {
        "schema_version": 1,
        "code": "no-input",
        "message": "there is no model here yet, and no data is named",
        "hint": "gruforecast predict DATA.csv",
        "exit_code": 66,
    }
    assert result.out == ""


def test_every_code_of_the_exceptions_is_documented() -> None:
    def kinds(kind: type[GruforecastError]) -> list[type[GruforecastError]]:
        return [kind, *(k for sub in kind.__subclasses__() for k in kinds(sub))]

    documented = {code for cell, _ in EXIT_CODES for code in cell.split("/")}
    assert {str(kind.exit_code) for kind in kinds(GruforecastError)} <= documented
