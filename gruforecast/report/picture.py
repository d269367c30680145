"""A forecast as a PNG: the history, the median and its intervals, one small chart a series.

Colours: Okabe & Ito's palette, told apart with any colour vision and in grey. Drawn with matplotlib's object
interface and its default settings, so that nothing of the caller's matplotlib changes, nor the picture with it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import zones
from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import FloatArray, IntArray, Panel
from gruforecast.errors import UsageError, escape
from gruforecast.store.files import write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_SERIES = 6
DPI = 144
_INK, _GREY, _PALE, _BLUE = "#2b2b2b", "#6f6f6f", "#e3e3e3", "#0072b2"
# Tints of the blue, opaque so that the legend shows the very colour that is seen.
_BANDS = ("#d6e8f3", "#9cc8e1")
# Fewer points than this are marked one by one: a line alone would hide how few they are.
_MARKED = 40


@dataclass(frozen=True)
class Chart:
    """What one small chart shows.

    Attributes:
        name: the series.
        past, past_y: [P] ordinals and values, NaN = missing; values after the cutoff included if known.
        cutoff: ordinal of the last period the forecaster knew.
        future, median: [H].
        bands: (level in percent, low [H], high [H]), widest first.
    """

    name: str
    past: IntArray
    past_y: FloatArray
    cutoff: int
    future: IntArray
    median: FloatArray
    bands: list[tuple[float, FloatArray, FloatArray]]

    @property
    def origin(self) -> FloatArray:
        """[1] value at the cutoff, where the forecast sets out; empty if it is missing."""
        known: FloatArray = self.past_y[(self.past == self.cutoff) & np.isfinite(self.past_y)]
        return known


def forecast_picture(
    panel: Panel,
    forecast: Forecast,
    path: Path | str | None = None,
    series: Sequence[str] | None = None,
    last: int | None = None,
    title: str | None = None,
) -> bytes:
    """Draw *forecast* after the history it came from; the same input gives the same bytes.

    Args:
        panel: the history; values after a cutoff are drawn too.
        forecast: medians and quantiles; every pair (q, 1 − q) among 80 and 95 % is a band, else the widest pairs.
        path: where to write the PNG as well; None writes nothing.
        series: names to show, at most six; None takes the first ones that have a forecast.
        last: periods of history to show; None chooses by horizon and season.
        title: a line above the charts.

    Raises:
        UsageError: matplotlib is not installed, or a name is unknown.
        WriteError: *path* cannot be written.
    """
    _require_matplotlib()
    chosen = _choose(forecast, series)
    shown = last or max(4 * forecast.horizon, 2 * panel.freq.season_length, 24)
    charts = [_chart(panel, forecast, int(row), shown) for row in chosen]
    png = _render(charts, panel.freq, title, len(forecast.ids))
    if path is not None:
        write_atomic(path, png)
    return png


def _require_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "pictures need matplotlib, which is not installed", hint="pip install 'gruforecast[plot]'"
        ) from error


def _choose(forecast: Forecast, series: Sequence[str] | None) -> IntArray:
    """[K] rows of the forecast to draw."""
    if series is None:
        drawable = np.flatnonzero(np.isfinite(forecast.median).any(axis=1))
        if not len(drawable):
            raise UsageError("there is nothing to draw: no series has a forecast")
        return drawable[:MAX_SERIES]
    place = {uid: row for row, uid in enumerate(forecast.ids)}
    for name in series:
        if name not in place:
            raise UsageError(f"the forecast has no series {escape(name)}")
    if not 1 <= len(series) <= MAX_SERIES:
        raise UsageError(f"a picture shows 1 to {MAX_SERIES} series, not {len(series)}")
    return np.array([place[name] for name in series], dtype=np.int64)


def _chart(panel: Panel, forecast: Forecast, row: int, last: int) -> Chart:
    name, cutoff = str(forecast.ids[row]), int(forecast.cutoff[row])
    found = np.flatnonzero(panel.ids == forecast.ids[row])
    values = panel.series(int(found[0])) if len(found) else np.zeros(0)
    start = int(panel.start[found[0]]) if len(found) else cutoff + 1
    first = max(start, cutoff - last + 1)
    past = np.arange(first, min(start + len(values) - 1, cutoff + forecast.horizon) + 1, dtype=np.int64)
    return Chart(
        name,
        past,
        values[past - start],
        cutoff,
        forecast.ordinals[row],
        forecast.median[row],
        _bands(forecast, row),
    )


def _bands(forecast: Forecast, row: int) -> list[tuple[float, FloatArray, FloatArray]]:
    """At most two intervals, widest first: 95 and 80 % where the forecast has them."""
    levels = forecast.levels
    pairs = {
        round(100 * (1 - 2 * q), 6): (i, levels.index(mate))
        for i, q in enumerate(levels)
        for mate in levels
        if q < 0.5 and abs(q + mate - 1) < 1e-9
    }
    wanted = [level for level in (95.0, 80.0) if level in pairs] or sorted(pairs, reverse=True)[:2]
    q = forecast.quantiles[row]
    return [(level, q[:, pairs[level][0]], q[:, pairs[level][1]]) for level in wanted]


# ---- drawing


def _render(charts: Sequence[Chart], freq: Frequency, title: str | None, n_series: int) -> bytes:
    """PNG bytes, without any metadata that would differ between runs or versions."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    columns = 1 if len(charts) == 1 else 2
    rows = -(-len(charts) // columns)
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        # A name in a script the bundled font lacks is drawn as boxes; that is no reason to disturb the user.
        warnings.filterwarnings("ignore", message="Glyph")
        size = (9.6, 4.4) if columns == 1 else (11.2, 2.75 * rows + 0.5)
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08, wspace=0.03, hspace=0.05)
        figure = Figure(figsize=size, dpi=DPI, layout=layout, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for ax, chart in zip(axes, charts, strict=False):
            _draw(ax, chart, freq)
        for ax in axes[len(charts) :]:
            ax.remove()
        _head(figure, axes[0], charts, title, n_series)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw(ax: Axes, chart: Chart, freq: Frequency) -> None:
    # The forecast sets out from the last known value: a gap there would suggest missing periods.
    start = chart.origin
    lead = np.full(len(start), chart.cutoff, dtype=np.int64)
    times = _wall(freq, np.concatenate([lead, chart.future]))
    for colour, (level, low, high) in zip(_BANDS[-len(chart.bands) :], chart.bands, strict=False):
        low, high = np.concatenate([start, low]), np.concatenate([start, high])
        ax.fill_between(times, low, high, color=colour, linewidth=0, label=f"{level:g} % interval")
    marker = "o" if len(chart.past) <= _MARKED else None
    past = _wall(freq, chart.past)
    ax.plot(past, chart.past_y, color=_INK, linewidth=1.2, marker=marker, markersize=2.6, label="history")
    median = np.concatenate([start, chart.median])
    ax.plot(times, median, color=_BLUE, linewidth=1.8, label="median forecast")
    cutoff = _wall(freq, np.array([chart.cutoff], dtype=np.int64))[0]
    ax.axvline(cutoff, color=_GREY, linewidth=0.9, linestyle=(0, (3, 3)), zorder=1.5)
    ax.set_title(_short(chart.name), loc="left", fontsize=10.5, color=_INK, parse_math=False)
    _style(ax, dates=freq.unit != "integer")


def _style(ax: Axes, dates: bool) -> None:
    """Quiet axes: a pale horizontal grid, no frame, few ticks that say the date once."""
    from matplotlib import dates as mdates
    from matplotlib import ticker

    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color("#b0b0b0")
    ax.grid(axis="y", color=_PALE, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=9, labelcolor=_GREY, pad=5)
    ax.tick_params(axis="x", length=3, color="#b0b0b0", pad=4)
    ax.margins(x=0.015, y=0.08)
    ax.yaxis.set_major_locator(ticker.MaxNLocator(5))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(_number))
    if dates:
        locator = mdates.AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        ax.xaxis.get_offset_text().set(color=_GREY, size=9)
    else:
        ax.xaxis.set_major_locator(ticker.MaxNLocator(6, integer=True))


def _head(figure: Figure, ax: Axes, charts: Sequence[Chart], title: str | None, n_series: int) -> None:
    """Legend over all charts, the title, and how many series there are beside those shown."""
    handles, labels = ax.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: (labels[i] != "history", "median" not in labels[i]))
    figure.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        loc="outside upper right",
        ncols=len(labels),
        frameon=False,
        fontsize=9,
        labelcolor=_GREY,
        handlelength=1.6,
        columnspacing=1.6,
    )
    if len(charts) == 1 and not title:
        # A lone chart's name is the headline, beside the legend.
        title = charts[0].name
        ax.set_title("", loc="left")
    if title:
        figure.suptitle(
            _short(title, 90), x=0.012, ha="left", fontsize=13, fontweight="bold", color=_INK, parse_math=False
        )
    if len(charts) < n_series:
        figure.supxlabel(f"{len(charts)} of {n_series:,} series", x=0.99, ha="right", fontsize=8.5, color=_GREY)


def _wall(freq: Frequency, ordinals: IntArray) -> NDArray[Any]:
    """Times as the user's clock shows them: datetime64[s], or integers."""
    times = freq.timestamps(ordinals)
    if freq.tz is not None and freq.counts_utc:
        times = times + zones.utc_offsets(times, freq.tz, wall=False).astype("timedelta64[s]")
    return times


def _number(value: float, _position: int | None = None) -> str:
    """Axis figures that are read at a glance: 0.25, 1,200, 3.5M."""
    for size, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if size <= abs(value) < size * 1000:
            return f"{value / size:.4g}{suffix}"
    return f"{value:,.6g}" if 1e-4 <= abs(value) < 1e6 else f"{value:.3g}"


def _short(text: str, limit: int = 48) -> str:
    """One line of at most *limit* printable characters."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
