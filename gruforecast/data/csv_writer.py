"""Forecasts as CSV: the user's column names, exact level names, numbers that round-trip."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.forecast import Forecast, interval_quantiles
from gruforecast.data.panel import ColumnNames, FloatArray
from gruforecast.errors import UsageError, escape

_CHUNK = 100_000
MANY = 10_000  # numbers
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

MODEL = "GRU"  # the column of a forecast's medians


def forecast_columns(
    forecast: Forecast,
    levels: Sequence[float] = (),
    quantile_levels: Sequence[float] = (),
    model_name: str = MODEL,
) -> dict[str, FloatArray]:
    """Value columns [N, H] in output order: the median, lower bounds widest first, upper bounds, quantiles.

    Raises UsageError when the forecast does not carry a probability that is asked for.
    """
    columns = {model_name: forecast.median}
    ordered = sorted(set(levels))
    for side, order in (("lo", reversed(ordered)), ("hi", iter(ordered))):
        for level in order:
            bounds = interval_quantiles([level])
            probability = bounds[0] if side == "lo" else bounds[-1]
            columns[f"{model_name}-{side}-{plain(level)}"] = _quantile(forecast, probability)
    for q in quantile_levels:
        columns[f"{model_name}-q{plain(q)}"] = _quantile(forecast, q)
    return columns


def forecast_csv(
    forecast: Forecast,
    names: ColumnNames,
    *,
    levels: Sequence[float] = (80, 95),
    quantile_levels: Sequence[float] = (),
    model_name: str = MODEL,
    dialect: str = "own",
    excel_safe: bool = False,
) -> bytes:
    """A row a series and period that is written, in this order: id, time, then :func:`forecast_columns`.

    UTF-8 CSV with ``\\n`` line ends, RFC 4180 quotes, ISO 8601 times, empty cells for NaN. *excel_safe* puts a ``'``
    before text cells that a spreadsheet would run as a formula.
    """
    columns = forecast_columns(forecast, levels, quantile_levels, model_name)
    written = forecast.written
    ids = np.repeat(np.array(text_cells(forecast.ids, excel_safe=excel_safe), dtype=object), written.sum(axis=1))
    times = forecast.freq.format(forecast.ordinals[written])
    header = [*key_names(names, dialect), *columns]
    return table_csv(header, [ids, times], [column[written] for column in columns.values()], excel_safe=excel_safe)


def table_csv(
    header: Sequence[str],
    texts: Sequence[NDArray[np.object_]],
    numbers: Sequence[FloatArray],
    *,
    excel_safe: bool = False,
) -> bytes:
    """CSV bytes of text columns [n] whose cells are already quoted, followed by float columns [n]."""
    parts = [(",".join(text_cells(header, excel_safe=excel_safe)) + "\n").encode("utf-8")]
    rows = len(texts[0]) if texts else len(numbers[0])
    # Chunked, so that a million rows never stand in memory as Python strings all at once.
    for at in range(0, rows, _CHUNK):
        cells: list[Iterable[str]] = [column[at : at + _CHUNK].tolist() for column in texts]
        cells += [number_cells(column[at : at + _CHUNK]) for column in numbers]
        parts.append(("\n".join(map(",".join, zip(*cells, strict=True))) + "\n").encode("utf-8"))
    return b"".join(parts)


def number_cells(values: FloatArray) -> list[str]:
    """Shortest text that reads back as exactly the same float; NaN becomes an empty cell."""
    if len(values) < MANY:
        cells, odd = list(map(repr, values.tolist())), np.isnan(values)
    else:
        import orjson  # 25 times as fast, which is worth its start only for large files

        plain = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
        cells = plain[1:-1].decode("ascii").split(",")
        # It writes all others as Python does.
        odd = (values != 0) & ~((np.abs(values) >= 1e-4) & (np.abs(values) < 1e16))
    for i in np.flatnonzero(odd).tolist():
        cells[i] = "" if math.isnan(values[i]) else repr(float(values[i]))
    return cells


def text_cells(values: Iterable[str], *, excel_safe: bool = False) -> list[str]:
    """Text quoted as RFC 4180 asks, only where it must be."""
    cells = [f"'{text}" if excel_safe and text.startswith(_FORMULA) else text for text in values]
    return ['"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text for text in cells]


def plain(value: float) -> str:
    """A level as users write it: 80, 97.5, 0.1."""
    return f"{value:.10g}"


def key_names(names: ColumnNames, dialect: str) -> tuple[str, str]:
    """What the id and time columns of an output are called.

    Raises UsageError for an unknown *dialect*, and for names that are those of the forecasts.
    """
    if dialect not in ("own", "nixtla"):
        raise UsageError(f"dialect {dialect!r:.60} is not one of own, nixtla")
    if dialect == "nixtla":
        return "unique_id", "ds"
    for name in (names.id, names.time):
        if name == MODEL or name.startswith(f"{MODEL}-"):
            hint = "rename it, or say --dialect nixtla"
            raise UsageError(f"column {escape(name)} has the name of a forecast", hint=hint)
    return names.id, names.time


def _quantile(forecast: Forecast, probability: float) -> FloatArray:
    """[N, H] of one probability the forecast carries."""
    for i, level in enumerate(forecast.levels):
        if abs(level - probability) < 1e-9:
            return forecast.quantiles[:, :, i]
    if abs(probability - 0.5) < 1e-9:
        return forecast.median
    raise UsageError(f"the forecast has no quantile {plain(probability)}")
