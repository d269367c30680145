"""Opening whatever DATA names, and the one panel in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data import text
from gruforecast.data.csv_reader import ReadReport, open_table, panel_from_source, panel_of_table
from gruforecast.data.csv_table import CsvTable
from gruforecast.data.faults import LineFault
from gruforecast.data.frame_table import FrameTable
from gruforecast.data.joined_table import JoinedTable
from gruforecast.data.origin import Origin, Query
from gruforecast.data.panel import IntArray, Panel
from gruforecast.data.source import Source, check_size, read_source

Records = Mapping[str, IntArray]


@dataclass(frozen=True)
class Opened:
    """The content of an origin in memory: the bytes of its files, or what the database answered."""

    origin: Origin
    sources: tuple[Source, ...] = ()
    answer: FrameTable | None = None

    @classmethod
    def of(cls, origin: Origin, config: DataConfig) -> Opened:
        """Read all of *origin*. Raises NoInput, DataError, UsageError or ResourceError."""
        if isinstance(origin, Query):
            from gruforecast.data.query_reader import read_query  # databases are rare

            return cls(origin, answer=read_query(origin))
        sources: list[Source] = []
        for path in origin.paths():
            sources.append(read_source(path, zeros=not text.is_utf8(config.charset)))
            check_size(sum(len(source.data) for source in sources), origin.name)
        return cls(origin, tuple(sources))

    def header(self, config: DataConfig) -> list[str]:
        """The names of the columns. Raises DataError."""
        if self.answer is not None:
            return self.answer.header
        return open_table(self.sources[0], config).header

    def panel(
        self,
        config: DataConfig,
        layout: str | None = None,
        without: Records | None = None,
        unread: Records | None = None,
    ) -> tuple[Panel, ReadReport]:
        """All of it as one panel. *layout* pins what an earlier report found.

        By name of the file: records *without* are left out, values in records *unread* that are no numbers are missing.
        Raises DataError for what is not certain, with file and line.
        """
        without, unread = without or {}, unread or {}
        if self.answer is not None:
            left = self.answer.leaving_out(without.get(self.answer.name), unread.get(self.answer.name))
            return panel_of_table(left, config, layout)
        if not self.origin.many:
            source = self.sources[0]
            return panel_from_source(source, config, layout, without.get(source.name), unread.get(source.name))
        panel, report = self._joined(config, layout, without, unread)
        return panel, replace(report, source=f"{self.origin.name} ({len(self.sources):,} files)")

    def _joined(
        self, config: DataConfig, layout: str | None, without: Records, unread: Records
    ) -> tuple[Panel, ReadReport]:
        tables = {s.name: open_table(s, config, without.get(s.name), unread.get(s.name)) for s in self.sources}
        while True:
            try:
                return _panel_of_files(tables, config, layout)
            except LineFault as fault:
                # As in a single file, rows without a single filled cell are looked for only when one is in the way.
                name = fault.places.file
                table = tables[name]
                blank = table.blank_records() if isinstance(table, CsvTable) else fault.places.records[:0]
                if not len(np.intersect1d(blank, fault.places.records)):
                    raise
                source = next(source for source in self.sources if source.name == name)
                tables[name] = CsvTable.open(source, config, blank, unread.get(name))


def read_origin(origin: Origin, config: DataConfig, layout: str | None = None) -> tuple[Panel, ReadReport]:
    """The panel that *origin* names. Raises as :meth:`Opened.of` and :meth:`Opened.panel`."""
    return Opened.of(origin, config).panel(config, layout)


def _panel_of_files(
    tables: Mapping[str, CsvTable | FrameTable], config: DataConfig, layout: str | None
) -> tuple[Panel, ReadReport]:
    texts = [table for table in tables.values() if isinstance(table, CsvTable)]
    joined = JoinedTable(tuple(tables.values()))
    panel, report = panel_of_table(joined, config, layout, _warnings(texts))
    if report.layout != "single":
        return panel, report
    ids = joined.unnamed("").values
    shown = f"{', '.join(ids[:3])}{', …' if len(ids) > 3 else ''}"
    note = f"no column names the series: each file is one, called by its name ({shown})"
    return panel, report.with_warning(note)


def _warnings(tables: list[CsvTable]) -> tuple[str, ...]:
    """Every note once, with the first file it is about and how many more there are."""
    about: dict[str, list[str]] = {}
    for table in tables:
        for note in table.warnings:
            about.setdefault(note, []).append(table.name)
    return tuple(
        f"{names[0]}{f' and {len(names) - 1:,} more' if len(names) > 1 else ''}: {note}"
        for note, names in about.items()
    )
