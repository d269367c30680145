"""The benchmark script itself: polite without its data, honest about a bar that was missed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCORER = """import json
print(json.dumps({"smape": 1.0, "mase": 0.5, "owa": 0.9, "n_series": 2}))
"""


def bench(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GRUFORECAST_BENCHMARKS": str(home)}
    command = [sys.executable, str(HERE / "run.py"), "--no-startup", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_without_data_nothing_fails(tmp_path: Path) -> None:
    done = bench(tmp_path)
    assert done.returncode == 0 and "No benchmark data" in done.stdout


def test_a_set_that_cannot_be_measured_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCORER)
    done = bench(tmp_path, "--sets", "m3_yearly", "--mode", "zero-shot")
    assert done.returncode == 1 and "ended with" in done.stdout


def test_unknown_set(tmp_path: Path) -> None:
    done = bench(tmp_path, "--sets", "m3_daily")
    assert done.returncode == 2 and "m3_monthly" in done.stderr


@pytest.mark.slow
def test_the_reader_is_measured_beside_pandas() -> None:
    words = [sys.executable, str(HERE / "reader.py"), "--rows", "400", "--repeat", "1", "--files", "hourly,quoted"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert [line.split(":")[0] for line in done.stdout.splitlines()[-2:]] == ["| hourly", "| quoted"]


@pytest.mark.slow
def test_the_world_is_compared_with_real_files(tmp_path: Path) -> None:
    rows = ["id,year,value"]
    rows += [f"s{i},{1960 + t},{100 * (1 + i) * 1.07**t:.3f}" for i in range(24) for t in range(30)]
    (tmp_path / "lines.csv").write_text("\n".join(rows) + "\n")
    words = [sys.executable, str(HERE / "realism.py"), "yearly", str(tmp_path / "lines.csv")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    # Perfect growth is not of this world, and the classifier sees it at once.
    auc = float(done.stdout.splitlines()[0].rpartition(" ")[2])
    assert auc > 0.95 and "steps: share up" in done.stdout


@pytest.mark.slow
def test_spoilt_histories_are_compared() -> None:
    file = HERE.parents[1] / "sample_data" / "passengers.csv"
    words = [sys.executable, str(HERE / "unclean.py"), str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found = {line[:12].strip(): [float(x) for x in line[12:].split()] for line in done.stdout.splitlines()[2:]}
    clean = found.pop("as it is")
    assert len(found) == 8
    for network, theta in found.values():
        # One value in ten years, or the unit of five, is no reason for another forecast.
        assert network < 1.3 * clean[0] and network < theta


@pytest.mark.slow
def test_textbook_processes_are_compared() -> None:
    words = [sys.executable, str(HERE / "textbook.py"), "--series", "5", "--grids", "QS,int"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    ratios = {line[:20].strip(): line[20:].split() for line in done.stdout.splitlines()[1:]}
    # A meter is counted up by its steps; Theta knows nothing of that.
    assert 0 < float(ratios["meter"][0]) < 0.8
    assert ratios["free season"][1] == "–" and len(ratios) > 15
