"""Periods: this year, last year, the last twelve months, and the same days a year before."""

from datetime import date, timedelta
from typing import Literal

from geodata.clocks import add_months

Period = tuple[date, date]
Preset = Literal["this_year", "last_year", "last_12_months"]
PRESETS: tuple[Preset, ...] = ("this_year", "last_year", "last_12_months")

SERIES_MONTHS, SERIES_YEARS = 12, 5
"""How far a series goes back: months up to the last day, or years."""


def preset_period(preset: Preset, as_of: date) -> Period:
    """Return the days that a name means, both ends included, seen from a day.

    >>> preset_period("last_12_months", date(2025, 12, 17))
    (datetime.date(2024, 12, 18), datetime.date(2025, 12, 17))
    """
    if preset == "last_12_months":
        return add_months(as_of, -12) + timedelta(days=1), as_of
    year = as_of.year - (preset == "last_year")
    return date(year, 1, 1), date(year, 12, 31)


def preset_of(period: Period, as_of: date) -> Preset | None:
    """Return the name that means these days, seen from a day, or None."""
    return next((one for one in PRESETS if preset_period(one, as_of) == period), None)


def cut_off(period: Period, as_of: date) -> Period:
    """Return a period that ends where it ends, or on the day that it is seen from.

    >>> cut_off((date(2025, 1, 1), date(2025, 12, 31)), date(2025, 6, 30))
    (datetime.date(2025, 1, 1), datetime.date(2025, 6, 30))
    """
    return period[0], min(period[1], as_of)


def year_before(period: Period) -> Period:
    """Return the same days of the year before.

    >>> year_before((date(2024, 1, 1), date(2024, 2, 29)))
    (datetime.date(2023, 1, 1), datetime.date(2023, 2, 28))
    """
    return add_months(period[0], -12), add_months(period[1], -12)


def months_up_to(last: date, count: int = SERIES_MONTHS) -> tuple[Period, ...]:
    """Return the calendar months that end with a day's own, which is cut off on that day."""
    first = last.replace(day=1)
    begins = [add_months(first, -back) for back in range(count - 1, -1, -1)]
    ends = [add_months(one, 1) - timedelta(days=1) for one in begins]
    return tuple(cut_off(month, last) for month in zip(begins, ends, strict=True))


def rolling_up_to(last: date, count: int = SERIES_MONTHS) -> tuple[Period, ...]:
    """Return the twelve months up to the end of each of the calendar months up to a day.

    >>> rolling_up_to(date(2025, 12, 17), count=2)[0]
    (datetime.date(2024, 12, 1), datetime.date(2025, 11, 30))
    """
    day = timedelta(days=1)
    return tuple((add_months(end + day, -12), end) for _, end in months_up_to(last, count))


def years_up_to(last: date, count: int = SERIES_YEARS) -> tuple[Period, ...]:
    """Return the calendar years that end with a day's own, which is cut off on that day."""
    years = range(last.year - count + 1, last.year + 1)
    return tuple(cut_off((date(one, 1, 1), date(one, 12, 31)), last) for one in years)
