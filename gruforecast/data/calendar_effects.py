"""Which effects of the calendar a panel's series have."""

from __future__ import annotations

from gruforecast.data.effects import CalendarEffects
from gruforecast.data.month_days import find_month_days
from gruforecast.data.panel import Panel
from gruforecast.data.working_days import find_working_days


def find_calendar_effects(panel: Panel) -> CalendarEffects | None:
    """Days of the month in daily series, working days in monthly ones; None where there are no such effects."""
    return find_month_days(panel) or find_working_days(panel)
