"""The kinds of time grid the synthetic world knows, with the scale of what happens on each of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

WEEK = 7  # days


@dataclass(frozen=True)
class Kind:
    """One sampling frequency: its seasons, the windows a model sees of it, and the scale of its movements.

    Attributes:
        name: unique, also the key in :data:`KINDS`.
        season: points in the main season m; 1 where there is none.
        long_season: points in the second, longer season; 1 where there is none.
        segment: points in one segment of the network (at most 24).
        context: least and most points of history a model typically sees.
        horizon: least and most points it is asked for.
        weight: share of this kind in pre-training; all weights sum to 1.
        year: points in a year, for business cycles and calendar effects; 0 where a year is out of sight.
        level: scale of one step of the level's random walk, in log units.
        trend: scale of one step of trend, in log units.
        noise: least and most of the noise's standard deviation, in log units.
        amplitude: least and most of the season's standard deviation, in log units.
        seasonal: share of series that have the main season.
        harmonics: most harmonics in a smooth season.
        quiet: share of series without any observation noise.
        stationary: share of series whose level hardly walks or trends.
        cycle: share of series with a business cycle.
        reverting: share of series with a level that returns to its mean.
        foreign: share of series with a cycle that no calendar explains.
        bending: share of the usual number of series whose trend bends, fades or ends.
        upward: share of lasting trends that rise; other growth leans half as much.
        walk: least and most of one step of the level's random walk, in units of ``level``.
        base: name of the finer kind whose series are summed to make this one's; "" where there is none.
        step: points of *base* in one point.
    """

    name: str
    season: int
    long_season: int
    segment: int
    context: tuple[int, int]
    horizon: tuple[int, int]
    weight: float
    year: int
    level: float
    trend: float
    noise: tuple[float, float] = (0.003, 0.3)
    amplitude: tuple[float, float] = (0.01, 0.6)
    seasonal: float = 0.8
    harmonics: int = 6
    quiet: float = 0.1
    stationary: float = 0.1
    cycle: float = 0.25
    reverting: float = 0.15
    foreign: float = 0.05
    bending: float = 1.0
    walk: tuple[float, float] = (0.01, 5.0)
    upward: float = 0.75
    base: str = ""
    step: int = 1

    @property
    def within_day(self) -> bool:
        """Whether the seasons are a day and a week."""
        return self.long_season == WEEK * self.season

    @property
    def leaning(self) -> float:
        """Share of other growth that rises."""
        return 0.25 + self.upward / 2


_BUSY = (0.0006, 0.25)  # noise within a day
_DAILY = (0.05, 1.2)  # amplitude of a day
_SALES = (0.005, 0.5)  # noise of daily and weekly trade
_CALM = (0.001, 0.12)  # noise of statistics, which are sums over many
_MILD = (0.004, 0.35)  # amplitude of quarters

# Scales as in the recipe's second run, then moved until simple methods fare as on real series (LOG.md).
_FINE = (
    Kind(
        "yearly",
        1,
        1,
        3,
        (6, 60),
        (4, 10),
        0.095,
        1,
        0.09,
        0.048,
        (0.002, 0.1),
        seasonal=0.0,
        quiet=0.5,
        stationary=0.05,
        cycle=0.35,
        reverting=0.35,
        foreign=0.03,
        walk=(0.04, 3.0),
        upward=0.85,
    ),
    Kind(
        "quarterly",
        4,
        1,
        4,
        (8, 80),
        (4, 12),
        0.115,
        4,
        0.03,
        0.016,
        _CALM,
        _MILD,
        0.6,
        quiet=0.4,
        cycle=0.1,
        bending=0.5,
        upward=0.85,
    ),
    Kind(
        "monthly",
        12,
        1,
        12,
        (18, 168),
        (6, 24),
        0.185,
        12,
        0.02,
        0.004,
        (0.002, 0.35),
        (0.004, 0.4),
        0.7,
        stationary=0.15,
        upward=0.85,
    ),
    Kind("weekly", 52, 1, 13, (26, 312), (4, 52), 0.05, 52, 0.015, 0.0012, (0.002, 0.4), seasonal=0.75, stationary=0.2),
    Kind("daily", 7, 364, 7, (21, 420), (7, 56), 0.11, 364, 0.015, 0.0006, _SALES, stationary=0.2),
    Kind("business", 5, 260, 5, (20, 300), (5, 40), 0.015, 260, 0.012, 0.0006, _SALES, seasonal=0.5),
    Kind("hourly", 24, 168, 24, (48, 528), (24, 72), 0.113, 0, 0.006, 3e-4, _BUSY, _DAILY, 0.96, 8, 0.25),
    Kind("half-hourly", 48, 336, 24, (96, 720), (48, 96), 0.035, 0, 0.004, 1e-4, _BUSY, _DAILY, 0.96, 9, 0.25),
    Kind("15-minute", 96, 672, 24, (192, 960), (48, 192), 0.03, 0, 0.003, 5e-5, _BUSY, _DAILY, 0.9, 12),
    Kind("10-minute", 144, 1008, 24, (240, 960), (72, 144), 0.025, 0, 0.0025, 4e-5, _BUSY, _DAILY, 0.9, 12),
    Kind("5-minute", 288, 2016, 24, (320, 960), (96, 288), 0.015, 0, 0.002, 2e-5, _BUSY, _DAILY, 0.9, 12),
    Kind("minute", 60, 1440, 20, (120, 720), (30, 120), 0.01, 0, 0.005, 1e-4, _BUSY, (0.01, 0.5), 0.4, 8),
    Kind(
        "plain",
        1,
        1,
        6,
        (12, 200),
        (4, 24),
        0.105,
        0,
        0.015,
        0.018,
        (0.0005, 0.06),
        seasonal=0.0,
        quiet=0.7,
        foreign=0.1,
        walk=(0.05, 3.0),
        upward=0.5,
    ),
)


def _sums(name: str, base: str, step: int, context: tuple[int, int], horizon: tuple[int, int], weight: float) -> Kind:
    """The kind of *step* points of *base* summed to one."""
    fine = next(kind for kind in _FINE if kind.name == base)
    season, long_season = fine.season // step, max(1, fine.long_season // step)
    return replace(
        fine, name=name, base=base, step=step, season=season, long_season=long_season,
        segment=math.gcd(fine.segment, season), context=context, horizon=horizon, weight=weight,
    )  # fmt: skip


# Grids between the usual ones: the same hours, weeks and months, seen through a coarser clock.
_COARSE = (
    _sums("20-minute", "10-minute", 2, (144, 960), (36, 72), 0.004),
    _sums("2-hourly", "hourly", 2, (24, 312), (12, 48), 0.02),
    _sums("3-hourly", "hourly", 3, (16, 208), (8, 40), 0.02),
    _sums("4-hourly", "hourly", 4, (12, 156), (6, 30), 0.015),
    _sums("6-hourly", "hourly", 6, (8, 80), (4, 28), 0.01),
    _sums("8-hourly", "hourly", 8, (8, 60), (3, 21), 0.005),
    _sums("12-hourly", "hourly", 12, (6, 60), (4, 14), 0.003),
    _sums("fortnightly", "weekly", 2, (20, 156), (4, 26), 0.004),
    _sums("4-weekly", "weekly", 4, (20, 78), (4, 13), 0.004),
    _sums("2-monthly", "monthly", 2, (12, 90), (3, 12), 0.005),
    _sums("4-monthly", "monthly", 4, (8, 42), (3, 9), 0.003),
    _sums("half-yearly", "monthly", 6, (6, 60), (4, 8), 0.004),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in (*_FINE, *_COARSE)}
