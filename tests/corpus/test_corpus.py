"""Every file of the corpus is read as it must be, or refused with a message that helps."""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import read_panel
from gruforecast.data.inspection import inspect
from gruforecast.errors import DataError, GruforecastError


def _cases() -> list[Any]:
    spec = importlib.util.spec_from_file_location("corpus_cases", Path(__file__).with_name("cases.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return list(module.CASES)


CASES = _cases()
GOOD = [case for case in CASES if case.panel is not None]
BAD = [case for case in CASES if case.panel is None]


def test_the_corpus_is_large_and_its_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) >= 250 and len(set(names)) == len(names)
    assert len(BAD) >= 120 and all(case.why for case in CASES)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: ascii(case.name))
def test_read(case: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(case.content)
    panel, report = read_panel(path, DataConfig(**case.settings))
    want = case.panel
    assert panel.ids.tolist() == list(want.ids)
    assert panel.freq.alias == want.freq
    known = panel.lengths > 0
    ends = panel.freq.format([int(panel.start[known].min()), int(panel.cutoff[known].max())]).tolist()
    assert ends == [want.first, want.last]
    expected = [math.nan if value is None else float(value) for value in want.y]
    assert repr(panel.series(0).tolist()) == repr(expected)
    if want.next is not None:
        assert panel.freq.format([int(panel.cutoff.max()) + 1]).tolist() == [want.next]
    if want.warning is not None:
        assert any(re.search(want.warning, line) for line in report.warnings), report.warnings
    assert not inspect(path, DataConfig(**case.settings)).errors


@pytest.mark.parametrize("case", BAD, ids=lambda case: ascii(case.name))
def test_refused(case: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(case.content)
    with pytest.raises(GruforecastError) as caught:
        read_panel(path, DataConfig(**case.settings))
    error = caught.value
    text = str(error)
    assert error.exit_code == case.code, text
    assert re.search(case.message, text), text
    assert text.isprintable() and len(text) < 500
    assert error.hint, f"no remedy: {text}"
    if isinstance(error, DataError):
        assert text.startswith(str(path))
        assert error.line == case.line if case.line is not None else True, text
        found = inspect(path, DataConfig(**case.settings))
        assert found.errors and found.errors[0].line == error.line
        assert all(finding.hint for finding in found.errors)
