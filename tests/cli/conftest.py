"""One tiny trained model for all tests, and a way to run the command line inside this process."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gruforecast.cli.main import main

TINY = ("--max-steps", "5", "--hidden", "8", "--batch-size", "32", "--threads", "1")
STORES = ("Kyiv", "Oslo", "Rome")


@dataclass(frozen=True)
class Result:
    """How a run ended and what it said."""

    code: int
    out: str
    err: str


def month(i: int) -> str:
    return f"{2018 + i // 12}-{i % 12 + 1:02d}-01"


def sales(length: int = 60, stores: tuple[str, ...] = STORES) -> str:
    """Monthly sales of some stores as CSV text."""
    rows = ["store,month,sales"]
    for k, store in enumerate(stores):
        rows += [f"{store},{month(i)},{100 + 5 * k + 10 * math.sin(i * math.pi / 6) + i % 5}" for i in range(length)]
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds sales.csv and a model trained on it."""
    home = tmp_path_factory.mktemp("trained")
    (home / "sales.csv").write_text(sales())
    data, model = str(home / "sales.csv"), str(home / "gruforecast-model")
    assert main(["train", data, "-m", model, "-H", "6", "--quiet", *TINY]) == 0
    return home


@pytest.fixture
def here(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own with the trained model in it."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with sales.csv and no model."""
    (tmp_path / "sales.csv").write_text(sales())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass(frozen=True)
class Runner:
    """Runs the command line in this process."""

    capture: pytest.CaptureFixture[bytes]

    def __call__(self, *words: str) -> Result:
        self.capture.readouterr()
        code = main(list(words))
        captured = self.capture.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())

    def train(self, *words: str) -> Result:
        """As small as training can be."""
        return self("train", "sales.csv", *TINY, *words)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Runner:
    """See :class:`Runner`."""
    return Runner(capfdbinary)


@pytest.fixture(scope="session")
def make_sales() -> Callable[..., str]:
    """See :func:`sales`."""
    return sales
