"""Stand-ins for the disk: fast, failing at the Nth operation, dying at it, or remembering what was done."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gruforecast.store.filesystem import Filesystem
from gruforecast.store.model_store import publish

OPERATIONS = (
    "open_exclusive", "hold", "write", "chmod", "fsync", "close",
    "rename", "unlink", "mkdir", "rmdir", "fsync_dir",
)  # fmt: skip
SPEC = {"gru.weight": (6, 2), "head.bias": (3,)}


class Died(BaseException):
    """The process is gone: nothing that comes after this has any effect."""


class FakeFilesystem(Filesystem):
    """A real disk without the wait for fsync. Counts operations; fails or dies at the *nth* (from 1)."""

    def __init__(self, nth: int = 0, error: OSError | Died | None = None) -> None:
        self.nth, self.error = nth, error
        self.log: list[tuple[str, tuple[Any, ...], Any]] = []
        self.open: set[int] = set()
        self.dead = False

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        if self.dead:
            raise Died
        self.log.append((name, args, None))
        if len(self.log) == self.nth and self.error is not None:
            if name == "write":  # A write that fails or is cut off has often done a part.
                os.write(args[0], args[1][: len(args[1]) // 2])
            if isinstance(self.error, Died):
                self.die()
            elif name == "close":  # A failed close has closed all the same.
                os.close(args[0])
            raise self.error
        result = None if name in ("fsync", "fsync_dir") else getattr(Filesystem, name)(self, *args)
        self.log[-1] = (name, args, result)
        self.open |= {result} if name in ("open_exclusive", "hold") else set()
        self.open -= {args[0]} if name == "close" else set()
        return result

    def die(self) -> None:
        """What the kernel does for a killed process: its files are closed and their locks dropped."""
        self.dead = True
        for fd in self.open:
            os.close(fd)


def _operation(name: str) -> Callable[..., Any]:
    return lambda self, *args: self.call(name, args)


for _name in OPERATIONS:
    setattr(FakeFilesystem, _name, _operation(_name))


def weights(value: float = 0.0) -> dict[str, np.ndarray]:
    """A tiny model of shapes SPEC."""
    return {name: np.full(shape, value, np.float32) for name, shape in SPEC.items()}


@pytest.fixture
def fake_fs() -> type[FakeFilesystem]:
    return FakeFilesystem


@pytest.fixture
def died() -> type[Died]:
    return Died


@pytest.fixture
def spec() -> dict[str, tuple[int, ...]]:
    return SPEC


@pytest.fixture
def make_weights() -> Callable[[float], dict[str, np.ndarray]]:
    return weights


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model directory with versions 1 to 3, version n published with value n."""
    directory = tmp_path / "gruforecast-model"
    for value in (1, 2, 3):
        publish(directory, {"value": value}, weights(value), fs=FakeFilesystem())
    return directory
