"""Small CSV files and the readers under test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import ReadReport, read_panel
from gruforecast.data.panel import Panel

Read = Callable[..., tuple[Panel, ReadReport]]
Refuse = Callable[..., str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read CSV given as text or bytes; keywords are DataConfig settings."""

    def run(content: str | bytes, layout: str | None = None, **settings: Any) -> tuple[Panel, ReadReport]:
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_panel(path, DataConfig(**settings), layout=layout)

    return run


@pytest.fixture
def refuse(read: Read) -> Refuse:
    """The message with which content is refused as bad data."""
    from gruforecast.errors import DataError

    def run(content: str | bytes, **settings: Any) -> str:
        with pytest.raises(DataError) as caught:
            read(content, **settings)
        message = str(caught.value)
        assert "\n" not in message and "\x1b" not in message
        assert "data.csv" in message
        return message

    return run
