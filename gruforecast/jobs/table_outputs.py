"""A forecast as a table of a database, and what was not plain in a second one beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gruforecast.data.forecast import Forecast
from gruforecast.data.origin import split_table, sqlite_path, without_password
from gruforecast.data.panel import ColumnNames
from gruforecast.errors import UsageError, escape
from gruforecast.jobs.outputs import STATUS_HEADER
from gruforecast.jobs.predict_panel import SeriesStatus
from gruforecast.store import tables

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TableOutputs:
    """The tables one forecast is written to; the *url* may hold a password."""

    url: str = field(repr=False)
    table: str

    @classmethod
    def named(cls, word: str) -> TableOutputs:
        """What ``URL#table`` names. Raises UsageError without a table."""
        url, table = split_table(word)
        if not table:
            shown = escape(without_password(word), 200)
            raise UsageError(f"output {shown}: which table is not said", hint="add it: #forecasts")
        return cls(url, table)

    @property
    def forecast(self) -> str:
        """The table, fit for messages."""
        return f"{without_password(self.url)}#{self.table}"

    @property
    def status(self) -> str:
        """The table of series that were not plain, fit for messages."""
        return f"{self.forecast}_status"

    def probe(self) -> None:
        """Refuse, before any work, what could not be written. Raises UsageError or WriteError."""
        tables.probe_tables(self.url, (self.table, f"{self.table}_status"))

    def write(self, forecast: Forecast, names: ColumnNames, statuses: Sequence[SeriesStatus], **columns: Any) -> None:
        """Replace both tables in one transaction; *columns* as for :func:`forecast_frame`."""
        from gruforecast.data.frame_writer import forecast_frame  # databases are rare

        frame = forecast_frame(forecast, names, **columns)
        (id_name, ids), (time_name, times), *values = frame.items()
        kind, stamps = self._times(forecast, times)
        kinds = {str(id_name): tables.TEXT, str(time_name): kind}
        kinds |= {str(name): tables.REAL for name, _ in values}
        cells = [column.astype(object).where(column.notna(), None).tolist() for _, column in values]
        made = tables.Content(self.table, kinds, zip(ids.tolist(), stamps, *cells, strict=True))
        tables.replace_tables(self.url, [_status(f"{self.table}_status", statuses), made])

    def _times(self, forecast: Forecast, column: pd.Series) -> tuple[str, list[Any]]:
        """Kind and cells. SQLite has no type for times: they are text there, as in CSV."""
        if column.dtype.kind in "iu":
            return tables.INTEGER, column.tolist()
        if sqlite_path(self.url) is not None:
            return tables.TEXT, forecast.freq.format(forecast.ordinals[forecast.written]).tolist()
        if forecast.freq.tz is not None:
            return tables.INSTANT, column.dt.to_pydatetime().tolist()
        if (column == column.dt.normalize()).all():
            return tables.DATE, column.dt.date.tolist()
        return tables.TIME, column.dt.to_pydatetime().tolist()


def _status(table: str, statuses: Sequence[SeriesStatus]) -> tables.Content:
    kinds = {name: tables.INTEGER if name == "n_obs" else tables.TEXT for name in STATUS_HEADER}
    rows = [(s.id, s.status, s.reason, s.model_used, s.cutoff, s.n_obs) for s in statuses]
    return tables.Content(table, kinds, rows or None)
