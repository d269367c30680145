"""Days and weeks at sub-daily frequencies: intraday profiles, weekends, and sunshine, of unit size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.pretraining.draws import (
    Array,
    Generator,
    chance,
    log_uniform,
    normal,
    some,
    standardised,
    uniform,
)
from gruforecast.pretraining.kinds import WEEK
from gruforecast.pretraining.recursions import ar1, stationary_ar1
from gruforecast.pretraining.seasons import harmonic_pattern, pattern


def profile(rng: Generator, n: int, day: int) -> Array:
    """[n, day] intraday profile: 1 … 4 bumps of any sharpness over a night, flattened to plateaus in 40 %.

    Bumps are von Mises curves centred within the waking part of the day, so that midnight lies in the trough.
    """
    hours = np.arange(day, dtype=np.float32) / day
    shape = np.zeros((n, day), dtype=np.float32)
    for bump in range(4):
        centre = uniform(rng, n, 0.25, 0.95)
        sharp = log_uniform(rng, n, 0.7, 40)
        height = log_uniform(rng, n, 0.2, 1) * (1 if bump == 0 else chance(rng, n, 0.5))
        shape += height * np.exp(sharp * (np.cos(2 * np.pi * (hours - centre)) - 1))
    flat = some(rng, n, 0.4)
    drawn = standardised(shape)
    drawn[flat] = np.tanh(drawn[flat] * log_uniform(rng, len(flat), 0.5, 3) + 0.5 * normal(rng, len(flat)))
    return standardised(drawn)


def any_profile(rng: Generator, n: int, day: int, harmonics: int) -> Array:
    """[n, day] of unit size: bumps in 45 %, many harmonics or free points in 30 %, few harmonics in 25 %.

    The last are the lopsided waves of temperatures, tides and district loads.
    """
    drawn = profile(rng, n, day)
    sort = rng.random(n)
    rows = np.flatnonzero(sort < 0.3)
    drawn[rows] = pattern(rng, len(rows), day, harmonics)
    rows = np.flatnonzero(sort > 0.75)
    wave = harmonic_pattern(rng, len(rows), day, 1)
    drawn[rows] = standardised(wave + 0.3 * harmonic_pattern(rng, len(rows), day, 3))
    return drawn


def week(rng: Generator, n: int, day: int, harmonics: int) -> Array:
    """[n, 7, day] a week of profiles: working days alike, weekends damped, shifted or of another shape.

    In 12 % it is a timetable: LU(5 %, 100 %) of every day are its own.
    """
    base = any_profile(rng, n, day, harmonics)
    days = np.repeat(base[:, None], WEEK, axis=1)
    own = normal(rng, n, WEEK) * log_uniform(rng, n, 0.01, 0.4) * chance(rng, n, 0.4)
    weekly = chance(rng, n, 0.7)
    common = log_uniform(rng, n, 0.02, 1.2) * normal(rng, n)
    for weekend_day in (5, 6):
        gain = 1 - weekly * uniform(rng, n, 0, 0.9) * chance(rng, n, 0.7)
        other = weekly * uniform(rng, n, 0, 0.8) * chance(rng, n, 0.5)
        days[:, weekend_day] = gain * (1 - other) * base + other * any_profile(rng, n, day, harmonics)
        own[:, weekend_day, None] += weekly * (common + 0.3 * common * normal(rng, n))
    days += own[:, :, None]
    rows = some(rng, n, 0.12)
    share = log_uniform(rng, len(rows), 0.05, 1)[:, :, None]
    apart = any_profile(rng, WEEK * len(rows), day, harmonics).reshape(-1, WEEK, day)
    days[rows] = (1 - share) * days[rows] + share * apart
    return days


def daily_and_weekly(rng: Generator, n: int, length: int, day: int, harmonics: int) -> Array:
    """[n, length] daily profiles through weeks, from a random hour on; in half the size of a day varies.

    In 6 % another week of profiles is in force from a random day on, as with a new timetable.
    """
    count = -(-length // day) + 1
    weekday = weekdays(rng, n, count)
    cycles = np.take_along_axis(week(rng, n, day, harmonics), weekday[:, :, None], axis=1)
    renewed = some(rng, n, 0.06)
    other = np.take_along_axis(week(rng, len(renewed), day, harmonics), weekday[renewed, :, None], axis=1)
    since = np.arange(count) >= uniform(rng, len(renewed), 0, 1) * count
    cycles[renewed] = np.where(since[:, :, None], other, cycles[renewed])
    moving = some(rng, n, 0.5)
    swing = stationary_ar1(rng, uniform(rng, len(moving), 0, 0.97), count) * log_uniform(rng, len(moving), 0.01, 0.4)
    cycles[moving] *= np.exp(swing)[:, :, None]
    return cut(cycles.reshape(n, count * day), rng.integers(day, size=(n, 1)), length)


def weekdays(rng: Generator, n: int, count: int) -> NDArray[np.int64]:
    """[n, count] numbers of successive days, Sunday being 6; in 25 % LU(.5 %, 5 %) of the days are kept as Sundays."""
    number: NDArray[np.int64] = (rng.integers(WEEK, size=(n, 1)) + np.arange(count)) % WEEK
    feast = rng.random((n, count), dtype=np.float32) < log_uniform(rng, n, 0.005, 0.05) * chance(rng, n, 0.25)
    number[feast] = WEEK - 1
    return number


def open_hours(rng: Generator, n: int, length: int, day: int) -> Array:
    """[n, length] 1 while open, else 0: from U(0, .45) to U(.6, 1) of a day, on Saturdays U(0, .3) shorter.

    Closed on Sundays in 60 %, on Saturdays too in 30 %; where a day is one point, always closed on Sundays.
    """
    hour = (np.arange(day, dtype=np.float32) + np.float32(0.5)) / np.float32(day)
    table = np.repeat((hour >= uniform(rng, n, 0, 0.45))[:, None], WEEK, axis=1)
    closes = uniform(rng, n, 0.6, 1).repeat(WEEK, axis=1)
    closes[:, 5:] -= uniform(rng, n, 0, 0.3)
    table &= hour < closes[:, :, None]
    rest = rng.random(n)
    table[rest < (0.6 if day > 1 else 1.0), 6] = False
    table[rest < 0.3, 5] = False
    count = -(-length // day) + 1
    hours = np.take_along_axis(table.astype(np.float32), weekdays(rng, n, count)[:, :, None], axis=1)
    return cut(hours.reshape(n, count * day), rng.integers(day, size=(n, 1)), length)


def cut(x: Array, start: np.ndarray[tuple[int, int], np.dtype[np.int64]], length: int) -> Array:
    """[n, length] of every row of *x* from its own *start* [n, 1] on."""
    return np.take_along_axis(x, start + np.arange(length), axis=1)


def weather(rng: Generator, n: int, length: int, day: int) -> Array:
    """[n, length] slow level that remembers LU(.3, 15) days; in half it moves smoothly, as temperatures do."""
    drawn = stationary_ar1(rng, np.exp(-1 / (day * log_uniform(rng, n, 0.3, 15))), length)
    inert = some(rng, n, 0.5)
    phi = np.exp(-1 / (day * log_uniform(rng, len(inert), 0.3, 5)))
    drawn[inert] = standardised(ar1(drawn[inert], phi))
    return drawn


def sunshine(rng: Generator, n: int, length: int, day: int) -> Array:
    """[n, length] solar output: zero at night, a bell by day, dimmed by clouds of a day and of an hour."""
    count = -(-length // day) + 1
    light = np.cos(2 * np.pi * np.arange(day) / day).astype(np.float32) + uniform(rng, n, -0.4, 0.4)
    bell = np.maximum(light, 0) ** uniform(rng, n, 0.8, 2)
    clouds = stationary_ar1(rng, uniform(rng, n, 0, 0.9), count) * uniform(rng, n, 0.1, 1.5)
    cycles = bell[:, None] / (1 + np.exp(clouds - 1))[:, :, None]
    drawn = cut(cycles.reshape(n, count * day), rng.integers(day, size=(n, 1)), length)
    passing = uniform(rng, n, 0, 0.4) * stationary_ar1(rng, uniform(rng, n, 0, 0.8), length)
    return np.maximum(drawn * (1 + passing), 0)
