"""What a visit means for the days of a hazard: seen is verified, said is neither.

`rectified_on` is the day that the agency or the party names: no visit writes it. Two officers who
see a hazard put right verify it (R77), so their day is `verified_on`. Pure: rows in, days out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from layers.visit_known import STATUS_DAYS, day_in

Left = Literal[
    "not_found", "found_after_verifying", "never_put_right", "later_days", "in_future", "gone"
]
"""Why a status is left to a person."""


@dataclass(frozen=True)
class StatusChange:
    """Which days of a hazard change, and to what; `left` says why nothing may be written.

    With neither, the hazard says already what was found.
    """

    days: tuple[tuple[str, date | None], ...] = ()
    left: Left | None = None


AS_IT_IS = StatusChange()


def status_change(row: Mapping[str, object], status: str, day: date, today: date) -> StatusChange:
    """Return what `status`, found on site on a day, changes of a hazard's days.

    - found: `found_on`, where it is blank. Of one that was verified and is there again it is not
      ours to say whether it came back or was never gone.
    - not_found: nothing; it may be gone, elsewhere, or never have been.
    - rectified: `verified_on`, and a relapse before that day is over.
    - relapsed: `relapsed_on`, of one that was verified or at least said to be put right.

    A day that the office has, and that lies behind the visit, is never overwritten.
    """
    if day > today:
        return StatusChange(left="in_future")
    days = {name: day_in(row.get(name)) for name in STATUS_DAYS}
    return RULES[status](days, day)


Days = Mapping[str, date | None]


def _found(days: Days, day: date) -> StatusChange:
    verified, relapsed = days["verified_on"], days["relapsed_on"]
    if verified and verified <= day and not relapsed:
        return StatusChange(left="found_after_verifying")
    return AS_IT_IS if days["found_on"] else StatusChange((("found_on", day),))


def _not_found(days: Days, day: date) -> StatusChange:
    del days, day
    return StatusChange(left="not_found")


def _rectified(days: Days, day: date) -> StatusChange:
    verified, relapsed = days["verified_on"], days["relapsed_on"]
    if relapsed and max(relapsed, verified or relapsed) > day:
        return StatusChange(left="later_days")
    if relapsed:
        return StatusChange((("verified_on", day), ("relapsed_on", None)))
    return AS_IT_IS if verified else StatusChange((("verified_on", day),))


def _relapsed(days: Days, day: date) -> StatusChange:
    if days["relapsed_on"]:
        return AS_IT_IS
    put_right = [one for name in ("verified_on", "rectified_on") if (one := days[name])]
    if not put_right:
        return StatusChange(left="never_put_right")
    if (days["verified_on"] or date.min) > day or min(put_right) > day:
        return StatusChange(left="later_days")
    return StatusChange((("relapsed_on", day),))


RULES = {
    "found": _found,
    "not_found": _not_found,
    "rectified": _rectified,
    "relapsed": _relapsed,
}
