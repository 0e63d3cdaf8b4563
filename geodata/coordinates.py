"""Numbers of places as people write them: decimals, degrees with minutes and seconds, pairs."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

MINUTES, SECONDS = 60.0, 3600.0
MOST = 60.0  # minutes of a degree, seconds of a minute

_SIGN = r"(?P<before>东经|西经|北纬|南纬|[EWNS])?\s*(?P<minus>-)?"
_DEGREES = r"(?P<degrees>\d{1,3}(?:\.\d+)?)\s*(?:°|º|˚|度|[d:]|\s|-)\s*"
_MINUTES = r"(?P<minutes>\d{1,2}(?:\.\d+)?)\s*(?:'|′|´|’|分|[m:]|\s|-|$)\s*"
_PARTS = r"(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|''|′′|秒|s)?)?\s*"
_SIDE = r"(?P<after>[EWNS])?"
SEXAGESIMAL = re.compile(_SIGN + _DEGREES + _MINUTES + _PARTS + _SIDE, re.IGNORECASE)
SIDED = re.compile(
    r"(?:(东经|西经|北纬|南纬|[EWNS])\s*)?(\d{1,3}(?:\.\d+)?)\s*[°度]?\s*([EWNS])?", re.IGNORECASE
)
GROUPED = r"-?\d{1,3}(,\d{3})+(\.\d+)?"
PLAIN = r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"
SPLIT = re.compile(r"\s*[,，;；、|]\s*")
NEGATIVE = frozenset({"西经", "南纬", "w", "s"})


def read_degrees(text: pd.Series) -> pd.Series:
    """Return the numbers of a column of trimmed texts, NaN where there is none.

    Takes decimals, "1,234.5", full-width digits, "36°", "103°50′12.5″E", "东经103度50分12秒",
    "103:50:12" and "N36.06"; minutes and seconds of 60 or more are no number.
    """
    numbers = read_numbers(text)
    odd = numbers.isna() & (text != "")
    if odd.any():
        known = {one: _one_degree(one) for one in text[odd].str.normalize("NFKC").unique()}
        numbers[odd] = text[odd].str.normalize("NFKC").map(known).astype(float)
    return numbers


def read_numbers(text: pd.Series) -> pd.Series:
    """Return the numbers that texts stand for, NaN for none; takes "1,234", "１２" and "36°"."""
    numbers = _plain_numbers(text)
    odd = numbers.isna() & (text != "")
    if odd.any():
        numbers[odd] = pd.to_numeric(text[odd], errors="coerce").astype(float)
        odd &= numbers.isna()
    if odd.any():
        plain = text[odd].str.normalize("NFKC").str.rstrip("°")
        grouped = plain.str.fullmatch(GROUPED)
        plain = plain.where(~grouped, plain.str.replace(",", ""))
        numbers[odd] = pd.to_numeric(plain, errors="coerce").astype(float)
    return numbers.where(np.isfinite(numbers))


def _plain_numbers(text: pd.Series) -> pd.Series:
    """Return the numbers that are written as digits and a point alone, NaN for all others."""
    if not isinstance(text.dtype, pd.StringDtype):
        return pd.Series(np.nan, text.index)
    cells = pa.array(text.array)
    is_plain = pc.match_substring_regex(cells, PLAIN)
    numbers = pc.if_else(is_plain, cells, pa.scalar(None, cells.type)).cast(pa.float64())
    return pd.Series(numbers.to_numpy(zero_copy_only=False), text.index)


def split_pairs(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return both halves of a column such as "104.06,30.67", blank where there are not two.

    Brackets around a pair, as in "(104.06 30.67)" or "[104.06, 30.67]", are taken off; blanks
    part the halves where nothing else does.
    """
    bare = text.str.strip(" ()（）[]【】")
    halves = bare.map(_two_of)
    return halves.str[0].astype("str"), halves.str[1].astype("str")


def _two_of(text: str) -> tuple[str, str]:
    for parts in (SPLIT.split(text), text.split()):
        if len(parts) == 2 and all(parts):  # noqa: PLR2004 - a pair has two
            return parts[0], parts[1]
    return "", ""


def _one_degree(text: str) -> float:
    found = SEXAGESIMAL.fullmatch(text)
    if found:
        return _sexagesimal(found)
    plain = SIDED.fullmatch(text)
    if plain is None:
        return float("nan")
    side = (plain[1] or plain[3] or "").casefold()
    return -float(plain[2]) if side in NEGATIVE else float(plain[2])


def _sexagesimal(found: re.Match[str]) -> float:
    degrees, minutes = float(found["degrees"]), float(found["minutes"])
    seconds = float(found["seconds"] or 0)
    if minutes >= MOST or seconds >= MOST or degrees % 1:
        return float("nan")
    value = degrees + minutes / MINUTES + seconds / SECONDS
    sides = {(found[name] or "").casefold() for name in ("before", "after")}
    return -value if found["minus"] or sides & NEGATIVE else value
