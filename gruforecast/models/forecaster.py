"""The GRU as a forecaster: cuts windows off a panel, runs an engine in bounded chunks, scales back."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from gruforecast.data.curves import CLOSE_LOOKS, CURVED, SMOOTH, bend
from gruforecast.data.dataset_scaler import DatasetScaler
from gruforecast.data.exact import exact_continuation, resting
from gruforecast.data.forecast import Forecast
from gruforecast.data.gaps import bridged
from gruforecast.data.holds import follow_holds
from gruforecast.data.lifted import lifts
from gruforecast.data.outliers import outliers
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions
from gruforecast.data.regimes import begun, spliced
from gruforecast.data.resolution import find_resolution
from gruforecast.data.silence import silence, stay_silent
from gruforecast.data.windows import Batch, Layout, make_batch
from gruforecast.models.coarser import Coarser, follow_means, trust_in_means
from gruforecast.models.counters import counted_up, is_counter, rises
from gruforecast.models.quantiles import expected, interpolate_quantiles

# Chunks that are computed at once, if there are as many cores.
MAX_AT_ONCE = 4
# Floats a chunk of windows may occupy, so that memory stays bounded whatever the number of series.
CHUNK_FLOATS = 4_000_000
# Share of the smallest positive value below which a forecast means zero, where zeros were seen: nearer to them by far.
MEANS_ZERO = 0.25


class Engine(Protocol):
    """A network with its weights, whatever computes it. Engines over the same weights agree to rounding."""

    @property
    def grid(self) -> tuple[float, ...]:
        """[Q] probabilities of the quantiles."""

    @property
    def single_threaded(self) -> bool:
        """Whether a call takes one core only, so that there may be several at once."""

    def quantiles(self, batch: Batch) -> FloatArray:
        """[B, H, Q] normalised quantiles, non-decreasing along the last axis."""


@dataclass
class GRUForecaster:
    """Forecasts with one or several networks of one layout (their quantiles are averaged by median).

    Attributes:
        direct_horizon: periods the networks answer at once; more are reached by feeding medians back.
        native_horizon: periods always computed, so that a shorter horizon is exactly a prefix.
        allow_negative: whether a series that never was negative may become so.
        universal: whether the networks know series and histories of any sort: curves and counters are read in their
            own ways, outliers left out, short gaps bridged, old levels and beginnings seen for what they are.
        guides: the same networks on coarser grids, whose forecasts this one follows part of the way.
    """

    members: Sequence[Engine]
    layout: Layout
    direct_horizon: int
    native_horizon: int
    allow_negative: bool = False
    scaler: DatasetScaler | None = None
    universal: bool = False
    guides: Sequence[tuple[Coarser, GRUForecaster]] = ()
    name: str = "GRU"

    @property
    def middle(self) -> int:
        """Where the median stands among the quantiles."""
        return self.members[0].grid.index(0.5)

    @property
    def history(self) -> int:
        """Points before the cutoff that are read where there are so many."""
        return max(self.layout.history, *(coarser.factor * guide.history for coarser, guide in self.guides), 0)

    def fit(self, panel: Panel) -> None:
        """The networks are trained already."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float]) -> Forecast:
        """Forecast every series of *panel*; NaN for series without any observation."""
        n, wanted = len(panel), tuple(levels)
        median = np.full((n, horizon), np.nan)
        quantiles = np.full((n, horizon, len(wanted)), np.nan)
        longest = int(panel.lengths.max(initial=0))
        points = max(self.layout.history, min(self.history, longest))
        left_out = [np.empty((0, 2), dtype=np.int64)]
        silent = silence(panel) if self.universal else np.zeros(n, dtype=np.int64)

        @np.errstate(over="ignore", invalid="ignore")
        def fill(rows: IntArray) -> IntArray:
            """Forecast the series at *rows*; returns what of them was left out."""
            history, outside = panel.select(rows).tail(points), np.empty((0, 2), dtype=np.int64)
            resolution = find_resolution(history)
            if self.universal:
                history, found = _readable(history, self.layout)
                series, place = np.nonzero(found)
                outside = np.stack([rows[series], panel.cutoff[rows[series]] + 1 - points + place], axis=1)
            at = 0
            for block in self._original(history, horizon):
                values = stay_silent(block[:, : horizon - at], silent[rows], at, self.members[0].grid)
                periods = slice(at, at + values.shape[1])
                median[rows, periods] = values[..., self.middle]
                if quantiles.size and values.shape[-1] > 1:
                    quantiles[rows, periods] = interpolate_quantiles(values, self.members[0].grid, wanted)
                at += values.shape[1]
            for made in (median, quantiles):
                made[rows] = resolution.nearest(made[rows])
            return outside

        alone = not all(member.single_threaded for member in self.members)
        at_once = 1 if alone else min(MAX_AT_ONCE, os.cpu_count() or 1)
        left_out += _mapped(fill, list(self._chunks(panel, points)), at_once)
        return Forecast(panel.ids, panel.cutoff, panel.freq, median, quantiles, wanted, np.concatenate(left_out))

    def _chunks(self, panel: Panel, points: int) -> Iterator[IntArray]:
        """Row numbers of non-empty series, a bounded number of *points* at a time: the same whatever the horizon."""
        rows = np.flatnonzero(panel.lengths > 0)
        reach = max(self.direct_horizon, self.native_horizon)
        per_row = points * 4 + reach * 3 * len(self.members[0].grid)
        return portions(rows, CHUNK_FLOATS // per_row)

    def _original(self, history: FloatArray, horizon: int) -> Iterator[FloatArray]:
        """As :meth:`_blocks`, with the scaling of the whole data set undone, and no value that cannot be."""
        # Scaled values cross zero where the originals do not, and so do carried spreads: the bound belongs out here.
        window = history[:, -self.layout.history :]
        free = (window < 0).any(axis=1) | self.allow_negative
        least = np.where(free, -np.inf, gap_above_zero(window))[:, None, None]
        for block in self._blocks(self.scaler.transform(history) if self.scaler else history, horizon):
            values = self.scaler.inverse(block) if self.scaler else block
            yield np.where(values < least, 0.0, values)

    def _blocks(self, history: FloatArray, horizon: int) -> Iterator[FloatArray]:
        """[B, history] → blocks [B, reach, Q] of at least *horizon* periods; later ones feed on earlier medians.

        The spread of earlier blocks is carried forward in quadrature: what is uncertain where a block starts stays
        uncertain to its end. Where means of seasons are known, theirs takes its place, for it is answered at once. To
        it comes that of points within a season, as where a block starts: of the first one and of each one by halves,
        for what feeds on medians finds its history too smooth.
        """
        answers = self._answers(horizon)
        ahead = self._means_ahead(history, answers)
        history = history[:, -self.layout.history :]
        least, season, grid = self._least(history), self.layout.season, self.members[0].grid
        side, carried = np.sign(np.array(grid) - 0.5), np.zeros((len(history), 1, len(grid)))
        near, skew = np.empty(0), None
        for periods in answers:
            guides = [(c, means[:, c.of(periods)]) for c, means in ahead if c.guides(periods)]
            block = self._direct(history, periods, guides, least, skew)
            centre = self._centre(block)
            apart = np.abs(block - centre)
            spread = np.hypot(apart, carried)
            unit = _unit(centre, least)
            within = apart[:, :season] / unit[:, :season]
            if not periods.start:
                near = within
                skew = ((expected(block, grid)[..., None] - centre) / unit)[:, :season].mean(axis=(1, 2))
            for coarser, means in guides:
                if coarser.is_season:
                    noise = np.tile(np.hypot(near, within) / 2**0.5, (1, len(periods) // season, 1)) * unit
                    known = np.hypot(noise, np.repeat(np.abs(means - self._centre(means)), season, axis=1))
                    known = known if periods.start else np.minimum(known, spread)
                    spread = np.where(np.isfinite(known), known, spread)
            carried = spread[:, -1:]
            yield centre + side * spread
            history = np.concatenate([history, centre[..., 0]], axis=1)[:, -self.layout.history :]

    def _least(self, history: FloatArray) -> FloatArray:
        """[B] the lowest value that is cut into segments, or of all the *history* where that is negative.

        Later windows hold medians, which may stay above zero where values do not.
        """
        context = history[:, -self.layout.context_length :]
        lowest, seen = (np.nanmin(x, axis=1, initial=np.inf) for x in (context, history))
        least: FloatArray = np.where(seen < 0, seen, lowest)
        return least

    def _answers(self, horizon: int) -> list[range]:
        """The periods that are answered at once, up to *horizon* or a little more: whole points of coarser grids."""
        factor = math.lcm(*(coarser.factor for coarser, _ in self.guides))
        first = min(self.direct_horizon, max(horizon, self.native_horizon))
        ends = [-(-first // factor) * factor]
        while ends[-1] < horizon:
            ends.append(ends[-1] + -(-self.direct_horizon // factor) * factor)
        return [range(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    def _centre(self, values: FloatArray) -> FloatArray:
        """[B, H, Q] → [B, H, 1] the medians."""
        return values[..., self.middle : self.middle + 1]

    def _means_ahead(self, history: FloatArray, answers: Sequence[range]) -> list[tuple[Coarser, FloatArray]]:
        """Quantiles [B, S, Q] of what is to come on coarser grids, as far as it guides; NaN where it does not."""
        ahead: list[tuple[Coarser, FloatArray]] = []
        if not self.guides:
            return ahead
        # Counters go on by their own steps.
        guided = ~is_counter(history[:, -self.layout.history :])
        for coarser, guide in self.guides:
            ends = [periods.stop for periods in answers if coarser.guides(periods)]
            if not ends:
                continue
            past = coarser.means(history)
            rows = np.flatnonzero(coarser.may_guide(past) & guided)
            if len(rows):
                count = ends[-1] // coarser.factor
                means = np.full((len(history), count, len(self.members[0].grid)), np.nan)
                means[rows] = np.concatenate(list(guide._blocks(past[rows], count)), axis=1)[:, :count]
                ahead.append((coarser, means))
        return ahead

    def _direct(
        self,
        history: FloatArray,
        periods: range,
        guides: Sequence[tuple[Coarser, FloatArray]],
        least: FloatArray,
        skew: FloatArray | None = None,
    ) -> FloatArray:
        """[B, history] → [B, reach, Q] quantiles of *periods*, which follow.

        Args:
            guides: see :meth:`_means_ahead`.
            least: see :meth:`_least`.
            skew: [B] how far means are from medians, as where the first answer begins: later ones have the skewness of
                what they feed on.
        """
        reach = len(periods)
        batch, values = self._look(history, self.layout, reach, least)
        if self.universal:
            self._read_again(history, batch, values, least)
        grid, nonnegative = self.members[0].grid, np.isfinite(batch.scaler.floor)
        for coarser, means in guides:
            trust = trust_in_means(values, means, grid, coarser, periods)
            centre = self._centre(values)
            mean = None if skew is None else (centre + skew[:, None, None] * _unit(centre, least))[..., 0]
            values = follow_means(values, means, grid, nonnegative, trust, mean)
        seasons = (self.layout.season, self.layout.long_season)
        values = follow_holds(values, history, grid, seasons)
        exact = exact_continuation(history, seasons, batch.period, reach)
        exact = np.where(np.isnan(exact) & resting(history, seasons, reach), 0.0, exact)
        # The spread stays: what never changed may yet do so.
        shift = exact - values[..., self.middle]
        return values + np.where(np.isfinite(shift), shift, 0.0)[..., None]

    def _read_again(self, history: FloatArray, batch: Batch, values: FloatArray, least: FloatArray) -> None:
        """Replace, in place, the *values* [B, H, Q] of some windows by those of a reading that suits them better.

        *least*: see :meth:`_least`.
        """
        reach = values.shape[1]
        above, share = lifts(history[:, -self.layout.context_length :], self.layout)
        rows = np.flatnonzero(share > 0)
        if len(rows):
            above, share = above[rows, None], share[rows, None, None]
            _, lifted = self._look(history[rows] + above, self.layout, reach)
            lifted = np.maximum(lifted - above[..., None], batch.scaler.floor[rows, None, None])
            values[rows] = (1 - share) * values[rows] + share * lifted
        counters = is_counter(history)
        rows = np.flatnonzero(counters)
        if len(rows):
            _, steps = self._look(rises(history[rows]), self.layout, reach)
            values[rows] = counted_up(history[rows], steps, self.members[0].grid)
        bends = np.where(counters, np.inf, bend(batch))
        rows = np.flatnonzero(bends < CURVED)
        if len(rows):
            # The unit of a window is its spread: the less of a curve is read, the finer are its next steps.
            below = np.where(least[rows] < 0, least[rows], np.inf)  # zeros that are not near count for nothing near
            looks = [self._look(history[rows], self.layout.within(points), reach, below)[1] for points in CLOSE_LOOKS]
            afar = np.where(bends[rows] < SMOOTH, 0.0, 1 / (1 + len(looks)))[:, None, None]
            values[rows] = afar * values[rows] + (1 - afar) * np.mean(looks, axis=0)

    def _look(
        self, history: FloatArray, layout: Layout, reach: int, least: FloatArray | None = None
    ) -> tuple[Batch, FloatArray]:
        """The windows of *layout* at the end of *history*, and the networks' [B, reach, Q] in units of the data."""
        batch = make_batch(history[:, -layout.history :], layout, reach, least=least)
        answers = [member.quantiles(batch) for member in self.members]
        z = answers[0] if len(answers) == 1 else np.median(answers, axis=0)
        if self.allow_negative or self.scaler:
            free = replace(batch.scaler, floor=np.full_like(batch.scaler.floor, -np.inf))
            batch = replace(batch, scaler=free)
        return batch, batch.scaler.inverse(np.asarray(z, dtype=np.float64))


def _mapped(work: Callable[[IntArray], IntArray], chunks: Sequence[IntArray], at_once: int) -> list[IntArray]:
    """The results of *work* in the order of *chunks*."""
    if min(len(chunks), at_once) < 2:
        return [work(chunk) for chunk in chunks]
    from concurrent.futures import ThreadPoolExecutor  # small jobs start without it

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(work, chunks))


def _readable(history: FloatArray, layout: Layout) -> tuple[FloatArray, BoolArray]:
    """[B, history] as universal networks read it, and which of its values are left out as outliers."""
    history = begun(history)
    outside = outliers(history, layout.season, layout.long_season)
    history = spliced(np.where(outside, np.nan, history), layout.season)
    return bridged(history, layout.season), outside


def _unit(centre: FloatArray, least: FloatArray) -> FloatArray:
    """[B, H, 1] what noise is a share of: the level *centre* of what is never negative ([B] *least*), else 1."""
    return np.where((least >= 0)[:, None, None] & (centre > 0), centre, 1.0)


def gap_above_zero(history: FloatArray) -> FloatArray:
    """[B] what is below this means zero: in windows [B, L] with zeros a part of the smallest positive value, else 0.

    Shops that are closed, demand that is absent: a network's smooth answer is a little above what can only be zero.
    """
    least = np.where(history > 0, history, np.inf).min(axis=1, initial=np.inf)
    rests = (history == 0).any(axis=1) & np.isfinite(least)
    return MEANS_ZERO * np.where(rests, least, 0.0)
