"""What can be wrong with a row, as facts without wording: row, column, value, reason, remedy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Severity = Literal["error", "warning"]

REMEDIES: dict[str, str] = {
    "missing": "fill_in",
    "not_whole": "write_whole_number",
    "not_number": "write_number",
    "not_date": "write_date",
    "not_yes_no": "write_yes_or_no",
    "not_identity": "write_identity",
    "below_minimum": "check_figure",
    "above_maximum": "check_figure",
    "unknown_code": "use_known_value",
    "unknown_office": "use_known_value",
    "duplicate_id": "keep_one",
    "id_not_a_key": "name_id_column",
    "cells_do_not_fit": "quote_separators",
    "place_missing": "give_place",
    "place_unknown": "put_on_map",
    "place_unreadable": "write_degrees",
    "place_zero": "give_place",
    "wrong_geometry_kind": "choose_layer",
    "geometry_invalid": "mend_geometry",
    "geometry_repaired": "look_at_shape",
    "duplicate_place": "see_whether_one",
    "area_differs": "check_area",
    "disputed_office": "ask_both",
    "axes_swapped": "swap_axes",
    "outside_world": "check_system",
    "outside_system": "check_system",
    "outside_office": "check_office",
    "outside_city": "check_office",
    "system_overridden": "check_system",
    "system_untold": "ask_system",
}
"""Every reason a problem can have, and what is to be done about it."""

WARNINGS = frozenset(
    """
    outside_office outside_city id_not_a_key system_overridden
    place_unknown geometry_repaired duplicate_place area_differs disputed_office
    """.split()
)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row: its number in the file, the column's id and the value there.

    Row 0 stands for the whole file. `facts` are what the wording may use: limits,
    known values, the row that came first.
    """

    row: int
    column: str
    value: str
    reason: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def remedy(self) -> str:
        """Return the id of what is to be done."""
        return REMEDIES[self.reason]

    @property
    def severity(self) -> Severity:
        """Return whether the row stays out (error) or goes in with a flag (warning)."""
        return "warning" if self.reason in WARNINGS else "error"


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems by row; those of one row stay in the order in which they were found."""
    return tuple(sorted(problems, key=attrgetter("row")))


def problems_where(
    wrong: Flags, column_id: str, values: pd.Series, reason: str, **facts: str
) -> Iterator[Problem]:
    """Yield one problem for each row where something is wrong, with the value that stands there."""
    shared = tuple(facts.items())
    for row, value in zip(values.index[wrong].tolist(), values[wrong], strict=True):
        yield Problem(row, column_id, str(value), reason, shared)
