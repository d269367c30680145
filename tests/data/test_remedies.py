"""The commands that refusals give put the file right: typed in a shell, they leave a file that is read as meant."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import read_panel
from gruforecast.errors import DataError

DAYS = [f"2024-01-{d:02d}" for d in range(1, 7)]
GERMAN = [f"2024,{month}" for month in ("Jan", "Feb", "Mrz", "Apr", "Mai", "Juni")]
VALUES = [12.5, -1234.25, 7.0, 1000.0, -0.5, 3.0]
COMMAND = re.compile(r": ((?:sed|awk|python3) .*?> (edited\d*\.csv)|python3 -c '[^']*')")


def rows(header: str, cells: list[str], times: list[str] = DAYS, sep: str = ",") -> str:
    return "".join(f"{line}\n" for line in [header, *map(sep.join, zip(times, cells, strict=True))])


def american(value: float, form: str = "{}") -> str:
    return form.format(f"{value:,.2f}")


def german(value: float, form: str = "{}") -> str:
    return form.format(f"{value:,.2f}".translate(str.maketrans(",.", ".,")))


def edited(path: Path, **settings: str) -> Path:
    """The file that the command in the refusal of *path* writes."""
    with pytest.raises(DataError) as caught:
        read_panel(str(path), DataConfig(**settings))
    command = COMMAND.search(str(caught.value))
    assert command, str(caught.value)
    words = command[1].replace("python3", sys.executable, 1)
    subprocess.run(
        ["bash", "-c", words], cwd=path.parent, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    )
    return path.parent / (command[2] or "edited.csv")


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        (rows("day,y", [f'"{american(v, "${}")}"' for v in VALUES]), {"thousands": ","}),
        (rows("day,y", [f"${v:.2f}".replace("$-", "-$") for v in VALUES]), {}),
        (rows("Tag;Wert", [german(v, "{} €") for v in VALUES], sep=";"), {"thousands": "."}),
        (rows("Tag;Wert", [german(v, "{}\N{NO-BREAK SPACE}€") for v in VALUES], sep=";"), {"thousands": "."}),
        (rows("day,rate", [f"{v}%" for v in VALUES]), {}),
        (rows("day,power", [f"{v} kW" for v in VALUES]), {}),
        (rows("day,y", [f'"({american(-v)})"' if v < 0 else f'"{american(v)}"' for v in VALUES]), {"thousands": ","}),
        (
            rows("Tag;Wert", [german(-v, "{}-") if v < 0 else german(v) for v in VALUES], sep=";"),
            {"thousands": ".", "decimal": ","},
        ),
        (rows("day,y", [f"\N{MINUS SIGN}{-v}" if v < 0 else f"{v}" for v in VALUES]), {}),
        (rows("year,y", [f"{-v}-" if v < 0 else f"{v}" for v in VALUES], [str(y) for y in range(2001, 2007)]), {}),
    ],
    ids=[
        "dollars",
        "dollars-minus",
        "euros",
        "euros-nbsp",
        "percent",
        "unit",
        "brackets",
        "minus-behind",
        "minus-sign",
        "minus-behind-commas",
    ],
)
def test_numbers_written_for_people(content: str, settings: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "my data.csv"
    path.write_text(content)
    panel, _ = read_panel(str(edited(path, **settings)), DataConfig(**settings))
    assert panel.series(0).tolist() == VALUES and panel.freq.alias in ("D", "YS")


@pytest.mark.parametrize("form", ["{}-", "({})", "\N{MINUS SIGN}{}"])
def test_signs_are_changed_in_numbers_alone(form: str, tmp_path: Path) -> None:
    """Neither in names nor in dates; in neighbours, too."""
    below = "shop 4 (7),A\N{EN DASH}7,3-,{0},{0}".replace("{0}", form.format("7.5"))
    path = tmp_path / "data.csv"
    path.write_text(rows("day,shop,part,code,y,z", [below, "shop 1 (7),7-a,x-,7.5,4"] * 3, sorted(DAYS[:3] * 2)))
    names = DataConfig(id_col="shop", target_col="y")
    panel, _ = read_panel(str(edited(path, id_col="shop", target_col="y")), names)
    assert sorted(panel.ids) == ["shop 1 (7)", "shop 4 (7)"] and -7.5 in panel.y
    text = (tmp_path / "edited.csv").read_text()
    assert "2024-01-01,shop 4 (7),A\N{EN DASH}7," in text and text.count(",-7.5,-7.5\n") == 3 and ",7-a,x-," in text


def test_two_steps_write_two_files(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(rows("day,y", [f"(${-v})" if v < 0 else f"${v}" for v in VALUES]))
    once = edited(path)
    assert "(" in once.read_text()
    panel, _ = read_panel(str(edited(once)))
    assert panel.series(0).tolist() == VALUES and once.read_text()


@pytest.mark.parametrize(
    ("header", "times", "freq", "settings"),
    [
        ("Date,Time,y", [f"2024-01-01,{h:02d}:00" for h in range(6)], "h", {}),
        ("site,Date,Time,y", [f"a,2024-01-01,{h:02d}:00" for h in range(6)], "h", {}),
        ("Date,Hour,load", [f"2024-01-01,{h}" for h in range(6)], "h", {"date_format": "%Y-%m-%d %H"}),
        ("Year,Month,y", [f"2024,{m}" for m in range(1, 7)], "MS", {}),
        ("Year,Month,Day,y", [f"2024,1,{d}" for d in range(1, 7)], "D", {}),
        ("Year,Quarter,y", [f"{2022 + i // 4},Q{i % 4 + 1}" for i in range(6)], "QS", {}),
        ("Year,Quarter,y", [f"{2022 + i // 4},{i % 4 + 1}" for i in range(6)], "QS", {}),
        ("year,week,y", [f"2024,{w}" for w in range(7, 13)], "W-MON", {}),
        ("week,year,y", [f"{w},2024" for w in range(7, 13)], "W-MON", {}),
        ("month,year,y", [f"{m},2024" for m in range(7, 13)], "MS", {}),
        ("shop,day,month,year,y", [f"a,{d},12,2024" for d in range(7, 13)], "D", {}),
        ("Jahr,Monat,y", GERMAN, "MS", {"date_format": "%Y %b"}),
        ("MTU,y", [f"0{d}.01.2024 00:00 - 0{d + 1}.01.2024 00:00" for d in range(1, 7)], "D", {}),
        ("KW,y", [f"KW 0{w}/2024" for w in range(1, 7)], "W-MON", {}),
        ("day,y", [f"Mon. 0{d}.01.2024" for d in range(1, 7)], "D", {}),
        ("day,y", [f"Mon. 0{d} Jan 2024" for d in range(1, 7)], "D", {"date_format": "%d %b %Y"}),
        ("period,y", [f"00{m}.2024" for m in range(1, 7)], "MS", {}),
        ("timestamp,y", [f"{1704067200 + 3600 * h}.0" for h in range(6)], "h", {}),
    ],
)  # fmt: skip
def test_times_in_pieces_and_in_other_forms(
    header: str, times: list[str], freq: str, settings: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_text(rows(header, [str(v) for v in VALUES], times))
    panel, _ = read_panel(str(edited(path)), DataConfig(**settings))
    assert len(panel) == 1 and panel.series(0).tolist() == VALUES and panel.freq.alias == freq


def test_names_only_on_the_first_line_of_their_block(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(
        "region;day;y\n" + "".join(f"{n if i == 0 else ''};{d};{i}\n" for n in "ab" for i, d in enumerate(DAYS))
    )
    panel, _ = read_panel(str(edited(path)))
    assert panel.ids.tolist() == ["a", "b"] and panel.series(1).tolist() == list(range(6))


def test_times_in_the_header(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("shop,2024-01,2024-02,2024-03\n007,1,2,3\n008,4,5,6\n")
    panel, _ = read_panel(str(edited(path)))
    assert panel.ids.tolist() == ["007", "008"] and panel.series(1).tolist() == [4, 5, 6] and panel.freq.alias == "MS"


def test_events_are_cut_to_days_and_added_up(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("at,status,total\n" + "".join(f"{d} 1{i}:0{i}:07,paid,{i}\n" for d in DAYS for i in (1, 2)))
    settings = {"freq": "D", "id_col": "none"}
    panel, _ = read_panel(str(edited(path, **settings)), DataConfig(**settings, duplicates="sum"))
    assert panel.series(0).tolist() == [3.0] * 6


@pytest.mark.parametrize(
    "cells", [["5%", "3%", "7", "0.05", "6", "2"], ["5 kW", "3 MW", "7 kW", "1 kW", "6 kW", "2 kW"]]
)
def test_no_command_that_would_change_what_is_meant(cells: list[str], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(rows("day,y", cells))
    with pytest.raises(DataError, match="unit or percent") as caught:
        read_panel(str(path))
    assert "sed" not in caught.value.hint


@pytest.mark.parametrize("cell", ["1.5K", "1.5M"])
def test_thousands_by_letter_are_not_cut_off(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(rows("day,y", [cell] * 6))
    with pytest.raises(DataError, match="in full"):
        read_panel(str(path))


@pytest.mark.parametrize("settings", [{}, {"id_col": "store,item"}])
def test_two_columns_that_name_a_series_together(settings: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("store,item,day,y\n" + "".join(f"{s},{i},{d},1\n" for s in "ab" for i in "xy" for d in DAYS))
    panel, _ = read_panel(str(edited(path, **settings)))
    assert panel.ids.tolist() == ["a x", "a y", "b x", "b y"]
