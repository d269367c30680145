"""``kill -9`` at any moment: what stood there before stays whole or the new is complete, and the next run works."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.jobs.predict import ForecastRequest, forecast
from gruforecast.jobs.train import train
from gruforecast.store.files import is_temp

COMMAND = [sys.executable, "-m", "gruforecast"]
TRAIN = ["train", "sales.csv", "-m", "model", "-H", "6", "--max-steps", "3", "--hidden", "8"]
# Without held-out values all three steps are taken, so other data give another model.
TRAIN += ["--batch-size", "16", "--threads", "1", "--val-size", "0", "--quiet"]
PREDICT = ["predict", "new.csv", "-m", "model", "-o", "forecasts.csv", "--quiet"]
OUTPUTS = ("forecasts.csv", "forecasts.csv.meta.json", "forecasts.csv.status.csv")


def sales(scale: float) -> str:
    rows = [
        f"{store},{2019 + i // 12}-{i % 12 + 1:02d}-01,{scale * 100 + 10 * math.sin(i * math.pi / 6) + i % 5:.3f}"
        for store in ("Oslo", "Rome")
        for i in range(36)
    ]
    return "store,month,sales\n" + "\n".join(rows) + "\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with data, a model, its forecast, and newer data."""
    (tmp_path / "sales.csv").write_text(sales(1))
    (tmp_path / "new.csv").write_text(sales(2) + "short,2021-12-01,5\n")
    train(
        tmp_path / "sales.csv",
        tmp_path / "model",
        model=ModelConfig(hidden=8),
        config=TrainConfig(horizon=6, max_steps=3, batch_size=16, threads=1, seed=1),
    )
    forecast(ForecastRequest(str(tmp_path / "sales.csv"), tmp_path / "model", str(tmp_path / "forecasts.csv")))
    return tmp_path


@dataclass(frozen=True)
class Seen:
    """What a reader finds: the model that CURRENT names, and the outputs of predict (None: not there)."""

    version: bytes
    model: tuple[bytes, bytes]
    outputs: tuple[bytes | None, ...]

    @classmethod
    def at(cls, home: Path) -> Seen:
        version, digest = (home / "model" / "CURRENT").read_bytes().split()
        folder = home / "model" / "versions" / version.decode()
        manifest, weights = ((folder / name).read_bytes() for name in ("manifest.json", "model.safetensors"))
        assert sha256(manifest).hexdigest().encode() == digest
        assert json.loads(manifest)["weights"]["sha256"] == sha256(weights).hexdigest()
        paths = [home / name for name in OUTPUTS]
        return cls(version, (manifest, weights), tuple(p.read_bytes() if p.exists() else None for p in paths))


def run(home: Path, words: list[str]) -> float:
    """Run to the end; returns the seconds it took."""
    began = time.monotonic()
    done = subprocess.run([*COMMAND, *words], cwd=home, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    return time.monotonic() - began


def killed(home: Path, words: list[str], sign: Path | None, after: float) -> bool:
    """Start, and kill *after* seconds from the start, or from when *sign* changed; returns whether it was running."""
    began = changed(sign)
    process = subprocess.Popen([*COMMAND, *words], cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while sign is not None and changed(sign) == began and process.poll() is None:
            time.sleep(0.0002)
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait(600) != 0


def changed(sign: Path | None) -> int:
    return sign.stat().st_mtime_ns if sign is not None and sign.exists() else 0


def leftovers(home: Path) -> list[str]:
    return [name for _, folders, names in os.walk(home) for name in [*folders, *names] if is_temp(name)]


Moment = tuple[Path | None, float]


def check_train(home: Path, moments: list[Moment]) -> None:
    old, found, hits = Seen.at(home), [], 0
    for sign, after in moments:
        hits += killed(home, TRAIN, sign, after)
        found.append(Seen.at(home))
    run(home, TRAIN)
    new = Seen.at(home)
    # Other data, so another model; predict's outputs are none of train's business.
    assert new.model[1] != old.model[1]
    for seen in found:
        # The same training gives the same bytes, whichever of the killed ones published it.
        assert seen.model in (old.model, new.model) and seen.outputs == old.outputs
        assert (seen.model == new.model) == (seen.version > old.version)
    assert hits
    assert leftovers(home) == []
    assert len(list((home / "model" / "versions").iterdir())) <= 3


def check_predict(home: Path, moments: list[Moment]) -> None:
    old, found, hits = Seen.at(home), [], 0
    for sign, after in moments:
        hits += killed(home, PREDICT, sign, after)
        found.append(Seen.at(home))
        restore(home, old)
    run(home, PREDICT)
    new = Seen.at(home)
    assert all(before != after for before, after in zip(old.outputs, new.outputs, strict=True))
    for seen in found:
        # They are written one after the other, the forecast last: a new one has new company.
        fresh = [output == after for output, after in zip(seen.outputs, new.outputs, strict=True)]
        assert fresh in ([False] * 3, [False, False, True], [False, True, True], [True] * 3)
        assert all(
            output == (after if is_new else before)
            for output, before, after, is_new in zip(seen.outputs, old.outputs, new.outputs, fresh, strict=True)
        )
        assert seen.model == old.model
    assert hits
    assert leftovers(home) == []


def restore(home: Path, old: Seen) -> None:
    """Put the outputs back as they were; temporary files stay, for the next run to sweep."""
    for name, data in zip(OUTPUTS, old.outputs, strict=True):
        (home / name).unlink(missing_ok=True)
        if data is not None:
            (home / name).write_bytes(data)


@pytest.mark.slow
def test_train_killed_while_it_publishes(home: Path) -> None:
    check_train(home, [(home / "model" / "versions", 0.0)])


def test_predict_killed_while_it_writes(home: Path) -> None:
    check_predict(home, [(None, 0.3), (home / OUTPUTS[2], 0.0), (home / OUTPUTS[1], 0.0)])


@pytest.mark.slow
def test_train_killed_at_fifty_moments(home: Path) -> None:
    length, dice = run(home, TRAIN), random.Random(0)
    anywhen: list[Moment] = [(None, dice.uniform(0, 1.1) * length) for _ in range(20)]
    late: list[Moment] = [(home / "model" / "versions", dice.uniform(0, 0.02)) for _ in range(30)]
    (home / "sales.csv").write_text(sales(3))
    check_train(home, anywhen + late)


@pytest.mark.slow
def test_predict_killed_at_fifty_moments(home: Path) -> None:
    old = Seen.at(home)
    length, dice = run(home, PREDICT), random.Random(1)
    restore(home, old)
    anywhen: list[Moment] = [(None, dice.uniform(0, 1.1) * length) for _ in range(20)]
    late: list[Moment] = [(home / dice.choice(OUTPUTS), dice.uniform(0, 0.003)) for _ in range(30)]
    check_predict(home, anywhen + late)
