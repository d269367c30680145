"""From raw windows to what a network reads: segments of one season, features, and simple forecasts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.anchors import SEASONS, anchor_forecasts
from gruforecast.data.cycles import find_cycles
from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.data.scaling import LocScale, fit_scale, mean_observed

Float32 = NDArray[np.float32]

MAX_WIDTH = 32  # points in the widest segment; narrower ones leave the rest of the weights unused
MAX_FUTURE = 8  # future segments that pre-training asks for at once
PLAIN_WIDTH = 4  # segment width where there is no season
LONGEST = 400  # season that a window can hold a few of
PARTS = (
    24,
    12,
    48,
    60,
    52,
    7,
    36,
    72,
    96,
    144,
)  # of a longer one, each of which is read as a season: hours of a day, …
N_FEATURES = 15
N_POSITIONS = 4  # numbers that say how far a segment is from the cutoff


@dataclass(frozen=True)
class Layout:
    """How a frequency is cut into segments: *segments* of *width* points, aligned to the cutoff.

    ``season`` is the primary season in points (1 = none), ``long_season`` the secondary one (0 = none).
    """

    width: int
    segments: int
    season: int
    long_season: int

    @property
    def context_length(self) -> int:
        """Points that are cut into segments."""
        return self.width * self.segments

    @property
    def history(self) -> int:
        """Points a window must fetch: the segments, and the long seasons that only anchors read."""
        return max(self.context_length, SEASONS * self.long_season + self.season)

    def check(self) -> None:
        """Raise ValueError unless all numbers are whole and small enough to allocate windows by."""
        for name, value, low, high in (
            ("width", self.width, 1, MAX_WIDTH),
            ("segments", self.segments, 1, 20_000),
            ("season", self.season, 1, 10_000),
            ("long_season", self.long_season, 0, 100_000),
        ):
            if type(value) is not int or not low <= value <= high:
                raise ValueError(f"layout: {name} is outside {low} … {high}")

    def within(self, points: int) -> Layout:
        """The same layout over the last *points* at most."""
        return replace(self, segments=min(self.segments, max(1, points // self.width)))

    @property
    def reach(self) -> int:
        """Points that universal networks answer at once."""
        return MAX_FUTURE * self.width

    def future_segments(self, horizon: int) -> int:
        return -(-horizon // self.width)


def segment_width(season: int) -> int:
    """Points per segment: the season, or its largest divisor up to MAX_WIDTH; PLAIN_WIDTH where there is none."""
    if season < 3:
        return PLAIN_WIDTH
    divisors = [w for w in range(MAX_WIDTH, 2, -1) if season % w == 0]
    # A season with no useful divisor (a prime, say) is cut near-evenly; its anchors still know the exact phase.
    return next((w for w in divisors if w >= min(season, 8)), -(-season // -(-season // MAX_WIDTH)))


def make_layout(seasons: tuple[int, ...], context_length: int | None = None) -> Layout:
    """Layout for a frequency with *seasons* (primary first); *context_length* in points, default by season."""
    season, long_season = (*_readable(seasons), 0)[:2]
    width = segment_width(season)
    points = context_length or default_context(season, long_season)
    return Layout(width, max(1, -(-points // width)), season, long_season)


def _readable(seasons: tuple[int, ...]) -> tuple[int, ...]:
    """*seasons* as networks read them: one that is longer than a window is the long one of a part of it."""
    longest = seasons[0]
    parts = (longest // count for count in PARTS if longest % count == 0) if longest > LONGEST else ()
    return next(((part, longest) for part in parts if MAX_FUTURE * segment_width(part) % part == 0), seasons)


def default_context(season: int, long_season: int) -> int:
    """Points of context: about a dozen seasons, fewer of long ones, more of short ones; three weeks of days."""
    if season < 3:
        return 96
    if season <= 24 and long_season == 7 * season:
        return 21 * season
    for longest, seasons in ((4, 12), (7, 26), (12, 12), (24, 21)):
        if season <= longest:
            return seasons * season
    return min(8 * season, max(3 * season, 960))


@dataclass(frozen=True)
class Batch:
    """B windows of one layout, normalised, as the networks read them (float32).

    Attributes:
        context: [B, L] with L = segments · width; 0 where missing.
        observed: [B, L] 1 where observed.
        anchors: [B, F·width, N_ANCHORS] simple forecasts (see :mod:`gruforecast.data.anchors`). Whole segments, so that
            a shorter horizon sees the same numbers.
        features: [B, N_FEATURES] what normalisation took away, and what the window is like.
        period: [B] points of the cycle that a window shows, 0 = none; the networks do not read it.
        horizon: H.
        layout: shared by all windows of the batch.
        scaler: the inverse, in float64.
        target: [B, H] normalised future, 0 where unknown; None when forecasting.
        target_observed: [B, H] 1 where the target is known.
        weight: [B] how much each window counts in the loss.
    """

    context: Float32
    observed: Float32
    anchors: Float32
    features: Float32
    period: IntArray
    horizon: int
    layout: Layout
    scaler: LocScale
    target: Float32 | None = None
    target_observed: Float32 | None = None
    weight: Float32 | None = None

    def __len__(self) -> int:
        return len(self.context)

    def real_steps(self, width: int) -> IntArray:
        """[B] steps of *width* points from the first one with an observation to the cutoff, at least 1."""
        seen = self.observed.reshape(len(self), -1, width).max(axis=2) > 0
        steps: IntArray = np.where(seen.any(axis=1), seen.shape[1] - np.argmax(seen, axis=1), 1)
        return steps


@np.errstate(over="ignore", invalid="ignore")
def make_batch(
    history: FloatArray,
    layout: Layout,
    horizon: int,
    target: FloatArray | None = None,
    least: FloatArray | None = None,
) -> Batch:
    """Normalise raw windows.

    Args:
        history: [B, layout.history] values up to the cutoff, right-aligned, NaN = missing or before the start.
        target: [B, horizon] what followed, NaN = unknown.
        least: [B] the lowest values known from elsewhere (see :func:`fit_scale`).
    """
    length = layout.context_length
    raw = history[:, -length:]
    scaler = fit_scale(raw, layout.season, least)
    z = scaler.normalise(history)
    # A constant window has no unit; its rounding noise, if large, would not even fit float32.
    z = np.where(scaler.scale[:, None] > 0, z, 0 * z)
    context = z[:, -length:]
    observed = np.isfinite(context)
    period, link = find_cycles(context)
    ahead = layout.future_segments(horizon) * layout.width
    anchors, has_long = anchor_forecasts(z, layout.season, layout.long_season, period, ahead)
    batch = Batch(
        context=np.where(observed, context, 0.0).astype(np.float32),
        observed=observed.astype(np.float32),
        anchors=np.clip(anchors, -30, 30).astype(np.float32),
        features=window_features(raw, z, scaler, layout, has_long, period, link),
        period=period,
        horizon=horizon,
        layout=layout,
        scaler=scaler,
    )
    return batch if target is None else with_target(batch, target)


def with_target(batch: Batch, target: FloatArray) -> Batch:
    """The batch with its normalised future and loss weights."""
    z = batch.scaler.normalise(target)
    # A window whose own past is constant has no unit to measure an error in.
    known = np.isfinite(z) & (batch.scaler.scale > 0)[:, None]
    relative = relative_scale(batch.scaler)
    return Batch(
        **{
            **batch.__dict__,
            "target": np.clip(np.where(known, z, 0.0), -30, 30).astype(np.float32),
            "target_observed": known.astype(np.float32),
            # Nearly constant windows would otherwise dominate: their normalised errors are large, their real ones nil.
            "weight": (relative / (relative + 0.05)).astype(np.float32),
        }
    )


def relative_scale(scaler: LocScale) -> FloatArray:
    """[B] spread of the window as a share of its level (log units are that already)."""
    level = np.abs(scaler.ref) + np.abs(scaler.loc) + scaler.scale
    return np.where(scaler.log, scaler.scale, scaler.scale / np.where(level > 0, level, 1.0))


def window_features(
    raw: FloatArray,
    z: FloatArray,
    scaler: LocScale,
    layout: Layout,
    has_long: NDArray[np.bool_],
    period: IntArray,
    link: FloatArray,
) -> Float32:
    """[B, N_FEATURES] what a network cannot see in normalised values: units, roughness, bounds, length, cycle.

    *raw* is the context, *z* all that was fetched, normalised.
    """
    context = z[:, -layout.context_length :]
    season_step = mean_step(context, layout.season)
    if layout.long_season:
        # The luck of a few pairs is none of a year's: as if none had been seen.
        usual_error = mean_step(z, layout.long_season, least=2 * layout.season)
    else:
        usual_error = season_step if layout.season > 1 else mean_step(np.diff(context, axis=1), 1)
    seen = np.isfinite(context)
    count = seen.sum(axis=1)
    nonnegative = np.isfinite(scaler.floor)
    safe = np.where(scaler.scale > 0, scaler.scale, 1.0)
    zero = np.where(nonnegative & ~scaler.log, -(scaler.ref + scaler.loc) / safe, 0.0)
    columns = [
        scaler.log,
        np.log(np.clip(relative_scale(scaler), 1e-5, 1e2)) / 3 + 1,
        np.log(np.clip(mean_step(context, 1), 1e-3, 1e2)) + 1,
        np.log(np.clip(season_step, 1e-3, 1e2)) + 1,
        np.log1p(count) / 2 - 2,
        np.clip(zero, -5, 0),
        nonnegative,
        (raw == 0).sum(axis=1) / np.maximum(count, 1),
        1 - count / np.maximum(_span(seen), 1),
        np.full(len(z), np.log(layout.season) / 2 - 1),
        np.full(len(z), layout.season / layout.width),
        has_long,
        link,
        np.where(period > 0, np.log(np.maximum(period, 1) / layout.width) / 2, 0.0),
        np.log(np.clip(usual_error, 1e-5, 1e2)) + 1,
    ]
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)


def mean_step(z: FloatArray, lag: int, least: int = 1) -> FloatArray:
    """[B, L] → [B] mean absolute difference at *lag* over observed pairs; 1 where there are fewer than *least*."""
    if z.shape[1] <= lag:
        return np.ones(len(z))
    step = np.abs(z[:, lag:] - z[:, :-lag])
    return np.where(np.isfinite(step).sum(axis=1) >= least, mean_observed(step, 1.0), 1.0)


def _span(seen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """[B] points from the first observed one to the cutoff."""
    return np.where(seen.any(axis=1), seen.shape[1] - np.argmax(seen, axis=1), 0)
