"""What a cell of a row says: a text, a number, a day, or nothing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

Cells = Mapping[Any, Any] | pd.Series


def text_in(row: Cells, name: str) -> str:
    """Return the text of a cell, blank for none and for a column that is not there."""
    value: Any = row.get(name)
    return "" if value is None or pd.isna(value) else str(value).strip()


def number_in(row: Cells, name: str) -> float | None:
    """Return the number of a cell, None for none and for a column that is not there."""
    value: Any = row.get(name)
    return None if value is None or pd.isna(value) else float(value)


def day_in(row: Cells, name: str) -> date | None:
    """Return the day of a cell, None for none and for a column that is not there."""
    value: Any = row.get(name)
    if value is None or pd.isna(value):
        return None
    return pd.Timestamp(value).date()
