"""Numbers of the dates that feasts fall on."""

import numpy as np

from gruforecast.data.almanac import DAYS, WEEKS

EASTER, NTH, LAST = DAYS.first[1:-1].tolist()


def numbers(*days, almanac=DAYS):
    return almanac.numbers(np.array(days, dtype="datetime64[D]")).tolist()


def test_days():
    christmas, easter_monday, thanksgiving, memorial_day, eve = numbers(
        "2024-12-25", "2024-04-01", "2023-11-23", "2022-05-30", "2024-12-31"
    )
    assert christmas == [11 * 31 + 24, DAYS.none, NTH + (11 * 7 + 2) * 5 + 3, LAST + 11 * 7 + 2]
    assert easter_monday[1] == EASTER + 51 and thanksgiving[2] == NTH + (10 * 7 + 3) * 5 + 3
    assert memorial_day[3] == LAST + 4 * 7
    assert eve == [371, DAYS.none, NTH + (11 * 7 + 1) * 5 + 4, LAST + 11 * 7 + 1]
    every = DAYS.numbers(np.arange("1900-01-01", "2100-01-01", dtype="datetime64[D]"))
    # Of the fixed ones there are 366; most days are neither near Easter nor among the last of their month.
    assert [len(np.unique(sort)) for sort in every.T] == [366, 116, 420, 85]
    assert (every[:, 0] < EASTER).all() and every.min() == 0 and every.max() == DAYS.none


def test_well_known_ones():
    kept = ("2024-01-01", "2024-03-29", "2024-03-31", "2024-05-09", "2024-05-20", "2024-05-27", "2024-07-04")
    kept += ("2023-01-16", "2023-02-20", "2023-09-04", "2023-11-23", "2023-12-25")
    for day in kept:
        assert DAYS.known[[n for n in numbers(day)[0] if n < DAYS.none]].any(), day
    others = DAYS.numbers(np.arange("2024-06-01", "2024-06-30", dtype="datetime64[D]"))
    assert not np.append(DAYS.known, False)[others].any()
    assert DAYS.known.sum() == 20 and not WEEKS.known.any()


def test_weeks():
    # Sundays: of Easter, a week before, eleven weeks after; the one before and the one after Thanksgiving; in September
    found = numbers("2024-03-31", "2024-03-24", "2024-06-16", "2024-11-24", "2024-12-01", "2024-09-01", almanac=WEEKS)
    thanksgiving, christmas = WEEKS.first[1:3].tolist()
    none = WEEKS.none
    assert found == [
        [8, none, none],
        [7, none, none],
        [19, none, none],
        [none, thanksgiving + 2, none],
        [none, thanksgiving + 3, none],
        [none, none, none],
    ]
    around = numbers("2024-12-04", "2024-12-24", "2024-12-25", "2024-12-31", "2025-01-01", "2025-01-22", almanac=WEEKS)
    assert [place for _, _, place in around] == [christmas + week for week in (0, 2, 3, 3, 4)] + [none]
