"""The newest period is called half-finished exactly while it runs."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.jobs import last_period
from gruforecast.jobs.check import CheckRequest, check
from gruforecast.jobs.last_period import unfinished_period, with_note
from gruforecast.jobs.source import load


def ending(alias: str, last: str, zone: str | None = None) -> Panel:
    """Two series on the grid *alias*, of which one ends at *last* and the other two periods before."""
    freq = Frequency.parse(alias)
    freq = Frequency(**{**freq.to_dict(), "tz": zone})
    newest = int(freq.ordinals(np.array([last], dtype="datetime64[s]"))[0])
    ids = np.array(["a", "b"], dtype=object)
    return Panel(ids, np.array([newest - 9, newest - 9]), np.array([0, 10, 18]), np.arange(18.0), freq)


@pytest.mark.parametrize(
    ("alias", "last", "begin", "end"),
    [
        ("D", "2024-05-13", "2024-05-13", "2024-05-14"),
        ("B", "2024-05-13", "2024-05-13", "2024-05-14"),
        ("W-SUN", "2024-05-12", "2024-05-12", "2024-05-13"),
        ("MS", "2024-05-01", "2024-05-01", "2024-06-01"),
        ("ME", "2024-05-31", "2024-05-01", "2024-06-01"),
        ("QS", "2024-04-01", "2024-04-01", "2024-07-01"),
        ("QE", "2024-06-30", "2024-04-01", "2024-07-01"),
        ("YS", "2024-01-01", "2024-01-01", "2025-01-01"),
    ],
)
def test_only_while_it_runs(alias: str, last: str, begin: str, end: str) -> None:
    panel, second = ending(alias, last), datetime.timedelta(seconds=1)
    first, over = datetime.datetime.fromisoformat(begin), datetime.datetime.fromisoformat(end)
    told = [bool(unfinished_period(panel, now)[0]) for now in (first - second, first, over - second, over)]
    assert told == [False, True, True, False]


def test_what_is_said() -> None:
    problem, hint = unfinished_period(ending("MS", "2024-05-01"), datetime.datetime(2024, 5, 20))
    assert "2024-05-01, is not over yet: 1 series ends" in problem and "--as-of 2024-04-01" in hint


@pytest.mark.parametrize(("alias", "last"), [("YS", "9999-01-01"), ("D", "0001-01-01")])
def test_nothing_is_said_where_the_calendar_ends(alias: str, last: str) -> None:
    assert unfinished_period(ending(alias, last)) == ("", "")


def test_the_day_is_that_of_the_data() -> None:
    now = datetime.datetime(2024, 5, 13, 23)
    assert unfinished_period(ending("D", "2024-05-13"), now)[0]
    assert not unfinished_period(ending("D", "2024-05-13", "Europe/Berlin"), now)[0]


def test_nothing_is_said_of_readings_and_integers() -> None:
    assert not unfinished_period(ending("h", "2024-05-13T10"), datetime.datetime(2024, 5, 13, 10, 30))[0]
    panel = ending("D", "2024-05-13")
    numbers = Panel(panel.ids, panel.start, panel.indptr, panel.y, Frequency("integer"))
    assert not unfinished_period(numbers, datetime.datetime(2024, 5, 13))[0]


def test_check_finds_it_and_jobs_note_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("ds,y\n" + "".join(f"2024-05-{day:02d},{day}\n" for day in range(1, 14)))
    monkeypatch.setattr(last_period, "_now", lambda: datetime.datetime(2024, 5, 13, 12))
    (finding,) = [f for f in check(CheckRequest(str(path))).findings if "not over" in f.message]
    assert finding.severity == "warning" and "--as-of 2024-05-12" in finding.hint
    loaded = load(path, CheckRequest("").reading)
    assert [note for note in with_note(loaded).report.warnings if "not over" in note]
    monkeypatch.setattr(last_period, "_now", lambda: datetime.datetime(2024, 5, 14))
    assert with_note(loaded) is loaded
