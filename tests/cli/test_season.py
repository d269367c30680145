"""Times that only count: the season is found in what is known, said, and kept with a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .conftest import TINY, Result

Run = Callable[..., Result]
NOTE = "their values show a season of 24 periods"


def hours(n: int, flat: int = 0) -> str:
    """A day's wave over *n* hours that are only numbered, the first *flat* of them without it."""
    noise = np.random.default_rng(0).normal(size=n)
    t = np.arange(n)
    y = 100 + 30 * np.sin(2 * np.pi * t / 24) * (t >= flat) + noise
    return "t,load\n" + "".join(f"{i + 1},{value:.3f}\n" for i, value in enumerate(y))


def table(text: str) -> np.ndarray:
    return np.array([[float(cell) for cell in line.split(",")[1:]] for line in text.splitlines()[1:]])


@pytest.fixture
def hourly(empty: Path) -> Path:
    (empty / "hours.csv").write_text(hours(400))
    return empty


def test_predict_finds_it_and_says_so(hourly: Path, run: Run) -> None:
    found = run("predict", "hours.csv", "-o", "-")
    ahead = table(found.out)
    truth = 100 + 30 * np.sin(2 * np.pi * (ahead[:, 0] - 1) / 24)
    assert found.code == 0 and NOTE in found.err and len(ahead) == 48
    assert np.abs(ahead[:, 1] - truth).max() < 3
    assert run("predict", "hours.csv", "-o", "-", "--quiet").err == ""


def test_a_flag_sets_it(hourly: Path, run: Run) -> None:
    none, day = (run("predict", "hours.csv", "-o", "-", "--season-length", season) for season in ("1", "24"))
    assert NOTE not in none.err + day.err
    assert len(table(none.out)) == 8 and day.out == run("predict", "hours.csv", "-o", "-").out


def test_what_comes_later_does_not_show_it(empty: Path, run: Run) -> None:
    (empty / "late.csv").write_text(hours(700, flat=300))
    (empty / "flat.csv").write_text("".join(hours(700, flat=300).splitlines(keepends=True)[:301]))
    assert NOTE in run("predict", "late.csv").err
    early = run("predict", "late.csv", "--as-of", "300", "-o", "-")
    assert NOTE not in early.err and early.out == run("predict", "flat.csv", "-o", "-").out
    shown = run("evaluate", "late.csv", "--windows", "1", "-H", "24")
    hidden = run("evaluate", "late.csv", "--windows", "1", "-H", "400")
    assert "season: 24 periods" in shown.err and "season: 24 periods" not in hidden.err


def test_check_says_what_predict_will_find(hourly: Path, run: Run) -> None:
    done = run("check", "hours.csv", "--json")
    found = json.loads(done.out)
    assert found["profile"]["season_length"] == 24 and NOTE in found["findings"][0]["message"]


def test_a_model_keeps_its_season(hourly: Path, run: Run) -> None:
    assert NOTE in run("train", "hours.csv", *TINY).err
    (hourly / "hours.csv").write_text(hours(430, flat=500))
    later = run("predict", "-o", "-")
    assert later.code == 0 and NOTE not in later.err and len(table(later.out)) == 48
    other = run("predict", "--season-length", "12")
    assert other.code == 76 and "trained with a season of 24 periods, not 12" in other.err
    assert run("predict", "--season-length", "24").code == 0


def test_a_season_of_ones_own_under_a_calendar(empty: Path, run: Run) -> None:
    y = np.random.default_rng(1).normal(size=10)
    days = [f"{np.datetime64('2024-01-01') + i},{100 + 10 * y[i % 10] + y[i % 7]:.3f}" for i in range(200)]
    (empty / "days.csv").write_text("day,sold\n" + "\n".join(days) + "\n")
    done = run("predict", "days.csv", "--season-length", "10", "-H", "10", "-o", "-")
    ahead = np.array([float(line.split(",")[2]) for line in done.out.splitlines()[1:]])
    assert done.code == 0 and np.corrcoef(ahead, y)[0, 1] > 0.95
