"""The data sets, the figures to reach on them, and published figures to stand beside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Set:
    """A public collection: periods to forecast and periods of a season in the scaled errors."""

    name: str
    horizon: int
    season: int


SETS = {
    data.name: data
    for data in (
        Set("m3_monthly", 18, 12),
        Set("m3_quarterly", 8, 4),
        Set("m3_yearly", 6, 1),
        Set("m3_other", 8, 1),
        Set("m4_hourly", 48, 24),
    )
}

# (set, mode) → measure → the most it may be.
BARS = {
    ("m3_monthly", "zero-shot"): {"mase": 0.828, "smape": 13.3, "wql": 0.090},
    ("m3_quarterly", "zero-shot"): {"mase": 1.14, "wql": 0.070},
    ("m3_yearly", "zero-shot"): {"mase": 2.75, "wql": 0.126},
    ("m3_other", "zero-shot"): {"smape": 4.33},
    ("m4_hourly", "zero-shot"): {"owa": 0.55},
    ("m3_monthly", "train"): {"owa": 0.83, "smape": 13.2, "seconds": 30, "MiB": 1024},
    ("m3_quarterly", "train"): {"smape": 8.9, "seconds": 30},
    ("m3_yearly", "train"): {"smape": 15.8, "seconds": 20},
    ("m4_hourly", "train"): {"owa": 0.44, "seconds": 150},
}

# Name → set → sMAPE, MASE, OWA; None where it was not published or not measured. Point forecasts on the same test
# parts. Sources: Makridakis & Hibon 2000 (M3); Makridakis et al. 2020 (M4); Fiorucci et al. 2016 (DOTM); Oreshkin et
# al. 2020 (N-BEATS, an ensemble of 180 and more); Auer et al. 2025 (TiRex, zero-shot); statsforecast 2.1 as measured.
PEERS: dict[str, dict[str, tuple[float | None, float | None, float | None]]] = {
    "Theta": {"m4_hourly": (None, None, 1.006)},
    "AutoTheta": {"m3_monthly": (None, 0.855, None), "m3_quarterly": (None, 1.119, None)},
    "DOTM": {"m3_monthly": (13.72, 0.850, 0.819), "m3_yearly": (15.79, 2.576, None)},
    "AutoETS": {"m3_monthly": (14.16, 0.863, 0.838), "m4_hourly": (None, None, 0.803)},
    "N-BEATS": {
        "m3_monthly": (13.11, None, None),
        "m3_quarterly": (8.84, None, None),
        "m3_yearly": (15.93, None, None),
        "m3_other": (4.24, None, None),
    },
    "TiRex": {"m3_monthly": (None, 0.831, None), "m4_hourly": (None, None, 0.366)},
    "M4 winner": {"m4_hourly": (None, None, 0.440)},
}
