"""Settings from flags, variables and a file, and who wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

Runner = Any


def rows(text: str) -> int:
    return text.count("\n") - 1


def test_flag_beats_variable_beats_file_beats_default(here: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "settings.toml").write_text('horizon = 2\noutput = "-"\n')
    assert rows(run("predict", "-o", "-").out) == 3 * 6
    assert rows(run("predict", "--config", "settings.toml").out) == 3 * 2
    monkeypatch.setenv("GRUFORECAST_HORIZON", "3")
    assert rows(run("predict", "--config", "settings.toml").out) == 3 * 3
    assert rows(run("predict", "--config", "settings.toml", "-H", "4").out) == 3 * 4


def test_a_list_is_that_flag_more_than_once(here: Path, run: Runner) -> None:
    (here / "settings.toml").write_text('fail_if = ["MAE<0", "MASE>1e9"]\nlevels = [50, 90]\n')
    done = run("evaluate", "--config", "settings.toml", "--windows", "1")
    assert done.code == 0 and "GRU-hi-90" in (here / "backtest.csv").read_text()
    (here / "settings.toml").write_text('fail_if = ["MAE<0", "MASE>0"]\n')
    assert run("evaluate", "--config", "settings.toml", "--windows", "1").code == 7


def test_table_of_a_command_wins_in_the_file(here: Path, run: Runner) -> None:
    (here / "settings.toml").write_text(
        'horizon = 2\noutput = "-"\nhidden = 9\n[predict]\nhorizon = 1\nlevels = [80, 97.5]\n[train]\nlr = 0.1\n'
    )
    out = run("predict", "--config", "settings.toml").out
    assert rows(out) == 3 and "GRU-lo-97.5,GRU-lo-80" in out


def test_config_file_from_a_variable(here: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "settings.toml").write_text('output = "-"\nonly = ["Oslo", "Rome"]\n')
    monkeypatch.setenv("GRUFORECAST_CONFIG", "settings.toml")
    assert rows(run("predict").out) == 12


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("horizn = 3", ["'settings.toml'", "'horizn'", "did you mean horizon?"]),
        ("[predict]\nhidden = 3", ["[predict]", "'hidden'"]),
        ("[predct]\nhorizon = 3", ["'predct'"]),
        ('horizon = "many"', ["'settings.toml': horizon = 'many'"]),
        ("horizon = ", ["is not TOML"]),
    ],
)
def test_bad_files_are_refused(here: Path, run: Runner, text: str, parts: list[str]) -> None:
    (here / "settings.toml").write_text(text)
    result = run("predict", "--config", "settings.toml")
    assert result.code == 2 and result.err.count("\n") == 1
    for part in parts:
        assert part in result.err


def test_missing_file_is_refused(here: Path, run: Runner) -> None:
    assert run("predict", "--config", "none.toml").code == 66


def test_unknown_variable_is_refused(here: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRUFORECAST_HORIZN", "3")
    result = run("predict")
    assert result.code == 2 and "did you mean horizon?" in result.err
