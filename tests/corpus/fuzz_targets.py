"""What is fuzzed, and what must hold for any bytes: a panel that agrees with a second reading, or one tidy refusal.

Each target takes bytes and raises on a finding. ``file`` is everything (reader, check, clean copy), chosen settings
included: the first byte picks them from :data:`SETTINGS`. The others look at one layer, where ten times as many
executions fit into a second: ``lines`` (bytes to records), ``numbers`` and ``times`` (cells, one a line).
"""

from __future__ import annotations

import _strptime
import contextlib
import math
import os
import re
import tempfile
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
from reference import MISSING, moment, rows_of, series_of

from gruforecast.cli.check import finding_line
from gruforecast.config import DataConfig
from gruforecast.data import numbers, text
from gruforecast.data.clean_csv import clean_csv, reading_flags
from gruforecast.data.csv_reader import ReadReport, read_panel
from gruforecast.data.dialect import find_separator, is_nameless, nameless
from gruforecast.data.form import find_form
from gruforecast.data.inspection import Inspection, inspect
from gruforecast.data.panel import Panel
from gruforecast.data.plain_numbers import plain_numbers
from gruforecast.data.profile import profile
from gruforecast.data.records import records
from gruforecast.data.source import Digest, Source
from gruforecast.data.texts import TextColumn
from gruforecast.data.time_faults import bad_times, time_hint
from gruforecast.data.time_values import BadTime
from gruforecast.data.times import parse_times
from gruforecast.errors import DataError, GruforecastError
from gruforecast.jobs.check import CheckRequest, check

SETTINGS = (
    DataConfig(),
    DataConfig(duplicates="sum"),
    DataConfig(duplicates="last"),
    DataConfig(encoding="latin-1"),
    DataConfig(encoding="utf-16"),
    DataConfig(decimal=","),
    DataConfig(sep=";"),
    DataConfig(freq="D"),
    DataConfig(freq="W-MON"),
    DataConfig(freq="M"),
    DataConfig(freq="h"),
    DataConfig(date_format="%d/%m/%Y"),
    DataConfig(date_format="%m/%d/%Y %I:%M %p"),
    DataConfig(id_col="id", time_col="ds", target_col="y"),
    DataConfig(time_col="ds"),
    DataConfig(season_length=7),
    DataConfig(thousands=","),
    DataConfig(thousands="."),
    DataConfig(thousands=" "),
    DataConfig(thousands="'"),
)
# What bad bytes may end with, of the exit codes the command line documents.
CODES = {2, 65, 66, 69}
# Formats are tried by the hundred for a hint, and the standard library keeps only five of them compiled.
_strptime._CACHE_MAX_SIZE = 2000
_PLACE = (
    Path("/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()) / f"gruforecast-fuzz-{os.getpid()}.csv"
)


def file(data: bytes) -> str:
    """Reader, check and clean copy on ``data[1:]`` with the settings that ``data[0]`` picks; says what it was."""
    config, content = SETTINGS[data[0] % len(SETTINGS) if data else 0], data[1:]
    _PLACE.write_bytes(content)
    # What reads the file once more is done for one input in eight: always the same ones.
    turn = zlib.crc32(data) % 8
    try:
        found = inspect(_PLACE, config)
    except GruforecastError as error:
        _tidy(error)
        assert not isinstance(error, DataError), "check raises what it should list"
        found = None
    if turn == 0:
        _train_agrees(found, config)
    if found is None:
        return "refused"
    for finding in found.errors:
        assert finding.hint, f"no remedy: {finding.message}"
        assert finding.message and len(finding.message) < 1000
        assert finding.line is None or finding.line >= 1
    if found.panel is not None:
        assert found.report is not None
        _whole(found.panel)
        if turn == 1:
            profile(found.panel)
            single = found.report.layout == "single"
            with contextlib.suppress(*([DataError] if found.panel.freq.unit == "integer" else [])):
                reading_flags(clean_csv(found.panel, single=single), found.panel, single=single)
    if found.errors:
        if turn == 2:
            _check_agrees(config, found)
        return "refused"
    assert found.panel is not None and found.report is not None
    if config.duplicates == "error":
        agrees(content, found.panel, found.report)
    return "read"


def _tidy(error: GruforecastError) -> None:
    message = str(error)
    assert message.isprintable() and len(message) < 1500, f"a message a terminal would obey: {message!r}"
    assert error.exit_code in CODES, f"exit code {error.exit_code}"


def _train_agrees(found: Inspection | None, config: DataConfig) -> None:
    """What train reads, check calls readable, and the other way round."""
    try:
        read_panel(_PLACE, config)
    except GruforecastError as error:
        _tidy(error)
        assert found is None or found.errors, "check finds nothing where train refuses"
        assert error.hint, f"no remedy: {error}"
    else:
        assert found is not None and not found.errors, "check refuses what train takes"


def _check_agrees(config: DataConfig, found: Inspection) -> None:
    """The verb itself: its findings are lines a terminal can show, and a copy is refused tidily or reads back."""
    checked = check(CheckRequest(str(_PLACE), config))
    assert len(checked.errors) >= len(found.errors)
    for finding in checked.findings:
        assert finding_line(finding).isprintable()
    with contextlib.suppress(DataError):
        copy = check(CheckRequest(str(_PLACE), config, fix=True, drop=True))
        assert copy.csv and copy.changes


def _whole(panel: Panel) -> None:
    """A panel that keeps what its docstring says."""
    assert len(set(panel.ids.tolist())) == len(panel) and all(type(name) is str for name in panel.ids)
    assert panel.indptr[0] == 0 and panel.indptr[-1] == len(panel.y) and not np.isinf(panel.y).any()
    for i in range(min(len(panel), 20)):
        series = panel.series(i)
        assert not len(series) or np.isfinite(series[[0, -1]]).all(), "a series that ends on nothing"


def agrees(content: bytes, panel: Panel, report: ReadReport) -> None:
    """The panel holds exactly the names and values that a second reading finds, each at its time."""
    config = report.config
    if report.merged or content.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1")):
        return
    encoding = {"utf-8": "utf-8-sig"}.get(config.encoding, config.encoding)
    header, rows = rows_of(content, encoding, config.sep or ",")
    # A column without a name is known by its place, or is the time.
    known = {name if name.strip() else f"Unnamed: {i}": i for i, name in enumerate(header)}
    wide = report.layout == "wide"
    targets = {name: known[name] for name in report.series_cols} if wide else {"": known[str(report.target_col)]}
    time_at = known.get(report.time_col, next((i for i, name in enumerate(header) if not name.strip()), -1))
    id_at = None if report.id_col is None else known[report.id_col]
    series = series_of(rows, id_at, time_at, targets, (config.decimal or ".", config.thousands), wide)
    if report.layout == "single":
        series = {str(report.target_col): series[""]} if "" in series else {str(report.target_col): []}
    assert set(panel.ids.tolist()) == set(series), "other series than the file has"
    for i, name in enumerate(panel.ids.tolist()):
        values = panel.series(i)
        at = np.flatnonzero(np.isfinite(values))
        found, wanted = values[at].tolist(), [value for _, value in series[name]]
        assert sorted(map(repr, found)) == sorted(map(repr, wanted)), f"other values than the file has: {name!r}"
        moments = [moment(cell) for cell, _ in series[name]]
        if all(isinstance(m, datetime) for m in moments) or all(isinstance(m, int) for m in moments):
            ordered = sorted(zip(moments, wanted, strict=True))
            assert repr(found) == repr([value for _, value in ordered]), f"values in another order: {name!r}"
            written = panel.freq.format(panel.start[i] + at).tolist()
            assert [moment(cell) for cell in written] == [m for m, _ in ordered], f"other times: {name!r}"


def lines(data: bytes) -> str:
    """From bytes to records: what is accepted has the header and as many rows as ``csv`` finds."""
    source = Source("x", Digest(data), data)
    try:
        content = text.clean_text(source, "utf-8")
        sep = find_separator(content, None, "x")
        text.check_quotes(content, sep.encode(), "x")
        form = find_form(content, sep, "x", text.ends_torn(data))
    except GruforecastError as error:
        _tidy(error)
        assert error.hint, f"no remedy: {error}"
        return "refused"
    header, rows = rows_of(data, "utf-8-sig", sep)
    if not all(map(is_nameless, form.header)):
        named = [name if name.strip() else nameless(i) for i, name in enumerate(header)]
        assert named[: len(form.header)] == form.header, "another header"
    assert all(len(row) == len(form.header) for row in rows), "a row of another width was accepted"
    assert form.rows >= len(rows), "rows were lost"
    return "read"


_PLAIN = re.compile(r" *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *")


def numbers_(data: bytes) -> str:
    """Cells as numbers: exactly the plain decimal ones, to the last bit; a remedy for every other."""
    cells = data.decode("utf-8", "replace").split("\n")
    for cell in cells:
        value = numbers.parse_number(cell)
        if value is None:
            assert not _PLAIN.fullmatch(cell) or math.isinf(float(cell)), f"a number refused: {cell!r}"
            assert numbers.number_hint(cell).isprintable() and numbers.number_hint(cell)
            numbers.is_almost_number(cell)
        elif math.isnan(value):
            assert cell.strip(" ") in MISSING
        else:
            assert _PLAIN.fullmatch(cell) and repr(float(cell)) == repr(value)
            assert repr(numbers.parse_number(cell.replace(".", ","), ",")) == repr(value)
    plain = [cell for cell in cells if not set(cell) & set(',"\r\0')]
    if plain:
        _fast_reading_agrees(plain)
    try:
        mark = numbers.find_decimal({"y": cells}, None, None, ";", "x", lambda row: row + 2)
    except GruforecastError as error:
        _tidy(error)
        return "refused"
    assert mark in ".,"
    return "read"


def _fast_reading_agrees(cells: list[str]) -> None:
    """Numbers and texts taken from the bytes, block by block, are those that one cell at a time gives."""
    content = ("y,n\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells))).encode()
    column, at = TextColumn(len(cells)), 0
    whole = True
    for block in records(content, ",", 2, len("y,n\n")):
        assert block is not None
        found = plain_numbers(block, 0, ".")
        part = cells[at : at + len(block)]
        if found is not None:
            wanted = [numbers.parse_number(cell) for cell in part]
            assert [repr(float(v)) for v in found] == [repr(None if v is None else float(v)) for v in wanted], part
        whole = whole and column.add(block, 0)
        at += len(part)
    if whole:
        assert column.factor().expand().tolist() == cells


def times(data: bytes) -> str:
    """Cells as times: what is read equals ``datetime``'s reading; the cells called bad are; a remedy for each."""
    cells = np.array(data.decode("utf-8", "replace").split("\n"), dtype=object)
    try:
        stamps = parse_times(cells)
    except BadTime as error:
        assert 0 <= error.index < len(cells) and error.message and error.hint
        bad = bad_times(cells, None)
        if zlib.crc32(data) % 8 == 0:  # hundreds of formats are tried
            for i in {error.index, *bad[:3].tolist()}:
                assert time_hint(cells[i], error.hint).isprintable()
        if len(bad) and len(bad) < len(cells):
            good = np.delete(cells, bad)
            with contextlib.suppress(BadTime):
                parse_times(good)
        return "refused"
    assert len(stamps.values) == len(cells)
    for cell, value in zip(cells.tolist(), stamps.values.tolist(), strict=True):
        wanted = moment(cell)
        if isinstance(wanted, datetime) and not stamps.integer:
            assert value == (wanted - datetime(1970, 1, 1)).total_seconds(), cell
        if stamps.integer:
            assert value == int(cell.strip("\0")), cell
    return "read"


TARGETS: dict[str, Callable[[bytes], str]] = {"file": file, "lines": lines, "numbers": numbers_, "times": times}
