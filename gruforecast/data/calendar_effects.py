"""What the calendar does to a panel's series beyond what a network reads in each of them."""

from __future__ import annotations

from gruforecast.data.effects import CalendarEffects
from gruforecast.data.feasts import find_feasts
from gruforecast.data.month_days import find_month_days
from gruforecast.data.panel import Panel
from gruforecast.data.shared_season import find_shared_season
from gruforecast.data.working_days import find_working_days


def take_out_calendar(panel: Panel) -> tuple[Panel, list[CalendarEffects]]:
    """*panel* without the effects of the calendar, and these: each is one on what those before it leave.

    The season of the others in short series, working days in monthly ones, days of the month and feasts in daily ones.
    """
    effects = []
    for find in (find_shared_season, find_working_days, find_month_days, find_feasts):
        found = find(panel)
        if found is not None:
            panel = found.without(panel)
            effects.append(found)
    return panel, effects
