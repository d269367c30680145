"""Make the sample files: small, seeded, and with structure that a seasonal naive forecast misses.

Run ``python sample_data/make_samples.py`` to write them again; the bytes never change.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
# Whole numbers and few decimals, so that the last bit of a sine on some machine cannot change the text.
Noise = np.random.Generator


def stores() -> pd.DataFrame:
    """Daily sales of twelve shops over two and a half years.

    Week and year shape every shop in its own measure; promotions lift sales for a few days and leave a dip behind;
    one shop opens late, one closes on Sundays, a few rows are missing.
    """
    rng = np.random.default_rng(11)
    days = pd.date_range("2022-01-01", "2024-06-30")
    t = np.arange(len(days))
    frames = []
    for shop in range(12):
        week = 1 + rng.uniform(0.1, 0.35) * np.array([-0.6, -0.8, -0.5, 0.0, 0.9, 1.4, -0.4])[days.day_of_week]
        year = 1 + rng.uniform(0.05, 0.25) * np.sin(2 * math.pi * (t - rng.integers(0, 60)) / 365.25)
        december = 1 + rng.uniform(0.2, 0.5) * np.exp(-((days.day_of_year.to_numpy() - 355) ** 2) / 120)
        trend = np.exp(rng.normal(0, 0.12) * t / 365)
        level = rng.uniform(40, 900) * week * year * december * trend * promotions(rng, len(days))
        sales = rng.poisson(np.maximum(level * slow_noise(rng, len(days)), 0.1)).astype(np.int64)
        keep = rng.random(len(days)) > 0.004
        if shop == 4:
            keep &= t >= 300
        if shop == 7:
            sales[days.day_of_week == 6] = 0
        name = f"store_{shop + 1:02d}"
        frames.append(pd.DataFrame({"store": name, "date": days.strftime("%Y-%m-%d"), "sales": sales})[keep])
    return pd.concat(frames)


def promotions(rng: Noise, days: int) -> np.ndarray:
    """[days] factors: about one promotion a month, followed by a week in which cupboards are full."""
    factor = np.ones(days)
    for start in np.flatnonzero(rng.random(days) < 1 / 30):
        length, lift = int(rng.integers(3, 8)), rng.uniform(0.3, 0.9)
        factor[start : start + length] *= 1 + lift
        factor[start + length : start + length + 7] *= 1 - 0.25 * lift
    return factor


def slow_noise(rng: Noise, length: int, memory: float = 0.97, size: float = 0.02) -> np.ndarray:
    """[length] factors that wander around one: a last value tells more than a season-old one."""
    steps, level = rng.normal(0, size, length), np.zeros(length)
    for i in range(1, length):
        level[i] = memory * level[i - 1] + steps[i]
    return np.exp(level)


def electricity() -> pd.DataFrame:
    """Hourly load of three regions over ten weeks.

    Mornings and evenings peak on working days, weekends are flat; a weather front pushes the load up for days at a
    time, more in the evening than at night.
    """
    rng = np.random.default_rng(12)
    hours = pd.date_range("2024-01-08", periods=70 * 24, freq="h")
    hour, weekend = hours.hour.to_numpy(), hours.day_of_week.to_numpy() >= 5
    frames = []
    for region, size in (("north", 5200.0), ("south", 3100.0), ("west", 1450.0)):
        morning = np.exp(-((hour - rng.uniform(7.5, 9)) ** 2) / 6) * np.where(weekend, 0.4, 1.0)
        evening = np.exp(-((hour - rng.uniform(18, 19.5)) ** 2) / 8)
        night = np.cos(2 * math.pi * (hour - 14) / 24)
        weather = np.log(slow_noise(rng, len(hours), memory=0.985, size=0.02))
        shape = 1 + 0.18 * night + rng.uniform(0.15, 0.25) * morning + 0.22 * evening - 0.07 * weekend
        load = size * shape * np.exp(weather * (0.6 + evening)) * (1 + rng.normal(0, 0.008, len(hours)))
        stamps = hours.strftime("%Y-%m-%d %H:%M:%S")
        frames.append(pd.DataFrame({"region": region, "time": stamps, "load_mw": np.round(load, 1)}))
    return pd.concat(frames)


def passengers() -> pd.DataFrame:
    """Monthly passengers of six routes over twelve years: growth and a summer peak that grows with it."""
    rng = np.random.default_rng(13)
    months = pd.date_range("2013-01-01", periods=144, freq="MS")
    t, month = np.arange(144), months.month.to_numpy()
    frames = []
    for route in ("AMS-BCN", "BER-LIS", "CDG-ATH", "DUB-FAO", "MUC-PMI", "ZRH-NCE"):
        peak = rng.uniform(0.2, 0.7) * np.cos(2 * math.pi * (month - rng.uniform(7, 8)) / 12)
        second = rng.uniform(0.0, 0.12) * np.cos(4 * math.pi * (month - rng.uniform(1, 6)) / 12)
        growth = rng.uniform(0.02, 0.08) * t / 12 - 0.0015 * rng.uniform(0, 1) * (t / 12) ** 2
        level = rng.uniform(6_000, 40_000) * np.exp(growth + peak + second) * slow_noise(rng, 144, 0.9, 0.03)
        people = np.round(level).astype(np.int64)
        frames.append(pd.DataFrame({"route": route, "month": months.strftime("%Y-%m-%d"), "passengers": people}))
    return pd.concat(frames)


SAMPLES: dict[str, Callable[[], pd.DataFrame]] = {
    "stores.csv": stores,
    "electricity.csv": electricity,
    "passengers.csv": passengers,
}


def make(folder: Path = HERE) -> None:
    """Write every sample into *folder*."""
    for name, build in SAMPLES.items():
        (folder / name).write_text(build().to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="")


if __name__ == "__main__":
    make()
