"""Which effects of the calendar a panel's series have, beyond what a network reads in each of them."""

from __future__ import annotations

from gruforecast.data.effects import CalendarEffects
from gruforecast.data.month_days import find_month_days
from gruforecast.data.panel import Panel
from gruforecast.data.shared_season import find_shared_season
from gruforecast.data.working_days import find_working_days


def find_calendar_effects(panel: Panel) -> list[CalendarEffects]:
    """Days of the month in daily series, working days in monthly ones, the season of the others in short ones.

    No series has more than one of them.
    """
    found = (find(panel) for find in (find_shared_season, find_month_days, find_working_days))
    return [effects for effects in found if effects is not None]
