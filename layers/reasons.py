"""Why a finding stands on the list, in words: the sentence of its outcome with its facts in it."""

import string
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from geodata.crs import SQUARE_METRES_PER_MU
from geodata.model import Language
from layers.rule import Fact, Finding, Numbers, Rule

UNSTATED = "—"


def explain(finding: Finding, rule: Rule, numbers: Numbers, language: Language) -> tuple[str, ...]:
    """Return the sentences of a finding: of its outcome first, then of each of its flags.

    A place in braces takes a fact or a parameter of that name; `x_area_mu` is the fact `x_m2`
    in mu. What is not stated shows as a dash.
    """
    told = _words(finding, rule, numbers, language)
    outcomes = (rule.outcome(name) for name in (finding.outcome, *finding.flags))
    return tuple(_Told().vformat(one.why.says(language), (), told) for one in outcomes)


class _Told(string.Formatter):
    """Fills in what is told; a name of which nothing is told shows as not stated."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return what is told under a name."""
        del args
        return kwargs.get(str(key), UNSTATED)


def _words(finding: Finding, rule: Rule, numbers: Numbers, language: Language) -> dict[str, str]:
    codes = {column.id: column.codes for column in rule.facts}
    told = {name: _number(value) for name, value in numbers.items()}
    for name, value in finding.facts:
        known = codes.get(name, {})
        if isinstance(value, str) and known:
            words = [known[one].says(language) if one in known else one for one in value.split(";")]
            told[name] = "、".join(words) if language == "zh" else ", ".join(words)
        else:
            told[name] = say_fact(value)
        if name.endswith("_m2") and isinstance(value, int | float):
            told[f"{name.removesuffix('_m2')}_area_mu"] = f"{value / SQUARE_METRES_PER_MU:,.2f}"
    return told


def say_fact(value: Fact) -> str:
    """Return a fact as it is read: a day, a number with thousands apart, a dash for nothing."""
    if value is None or value == "":
        return UNSTATED
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
