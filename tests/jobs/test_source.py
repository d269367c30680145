"""What a model remembers of its data: where it lies as seen from the model, and how it was read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from gruforecast.config import DataConfig
from gruforecast.data.origin import Files
from gruforecast.errors import NoInput, UsageError
from gruforecast.jobs import source
from gruforecast.jobs.source import describe, load, remembered_origin, with_model_columns


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("id,ds,y\nb,2024-01-01,1\nb,2024-02-01,2\na,2024-02-01,3\na,2024-03-01,4\n")
    return path


def test_what_is_remembered(csv: Path, tmp_path: Path) -> None:
    data = describe(load(csv, DataConfig()), tmp_path / "models" / "m")
    assert data["origin"] == {"files": ["../../data.csv"]}
    assert (data["rows"], data["series"], data["freq"]) == (4, 2, "MS")
    assert (data["first"], data["last"]) == ("2024-01-01", "2024-03-01")
    assert sorted(data["ids"]) == ["a", "b"]
    assert len(data["sha256"]) == 64


def test_a_frame_has_no_path(csv: Path, tmp_path: Path) -> None:
    data = describe(load(pd.read_csv(csv), DataConfig()), tmp_path)
    assert data["origin"] is None
    with pytest.raises(UsageError, match="not trained on a file"):
        remembered_origin(data, tmp_path)


def test_model_and_data_move_together(csv: Path, tmp_path: Path) -> None:
    data = describe(load(csv, DataConfig()), tmp_path / "m")
    assert remembered_origin(data, tmp_path / "m") == Files((str(csv),))
    (tmp_path / "elsewhere").mkdir()
    shutil.move(csv, tmp_path / "elsewhere" / "data.csv")
    moved = Files((str(tmp_path / "elsewhere" / "data.csv"),))
    assert remembered_origin(data, tmp_path / "elsewhere" / "m") == moved
    with pytest.raises(NoInput, match="is gone"):
        remembered_origin(data, tmp_path / "m")


@pytest.mark.parametrize("path", [["a\0b"], ["x" * 5000], [5], 5])
def test_a_damaged_path_is_gone(path: object, tmp_path: Path) -> None:
    with pytest.raises(NoInput, match="is gone"):
        remembered_origin({"origin": {"files": path}}, tmp_path)


def test_very_many_names_are_not_kept(csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_ID_CHARACTERS", 1)
    assert describe(load(csv, DataConfig()), tmp_path)["ids"] is None


def test_the_models_reading_rules_hold_unless_said_otherwise() -> None:
    remembered = DataConfig(id_col="shop", target_col="sales", sep=";", encoding="latin-1")
    assert with_model_columns(DataConfig(), remembered) == remembered
    changed = with_model_columns(DataConfig(target_col="profit", decimal=","), remembered)
    assert changed == DataConfig(id_col="shop", target_col="profit", sep=";", decimal=",", encoding="latin-1")
