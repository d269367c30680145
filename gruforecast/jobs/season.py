"""The season of times that only count, found before anything is forecast, and said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gruforecast.data.panel import Panel
from gruforecast.data.seasonality import find_season
from gruforecast.jobs.saved_model import SavedModel
from gruforecast.jobs.source import Loaded

Cut = Callable[[Panel], Panel]


def _whole(panel: Panel) -> Panel:
    return panel


def settled(panel: Panel, known: Cut = _whole) -> tuple[Panel, str]:
    """*panel* with the season that its values show, where neither a calendar nor the user gives one; and what to say.

    Only what *known* leaves of it is looked at, so that no forecast depends on what came after its cutoff.
    """
    if panel.freq.unit != "integer" or panel.freq.season is not None:
        return panel, ""
    season = find_season(known(panel))
    if season == 1:
        return panel, ""
    note = f"the times only count; their values show a season of {season} periods (--season-length sets it, 1: none)"
    return replace(panel, freq=panel.freq.with_season(season)), note


def with_season(loaded: Loaded, model: SavedModel | None = None, known: Cut = _whole) -> Loaded:
    """*loaded* with its panel :func:`settled` and a note of it, unless *model* was trained and so has a season."""
    if model is not None and model.freq is not None:
        return loaded
    panel, note = settled(loaded.panel, known)
    return replace(loaded, panel=panel, report=loaded.report.with_warning(note)) if note else loaded
