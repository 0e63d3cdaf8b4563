"""Who may see what: the classes P0 to P6, the audiences, and how grave each kind of leak is.

All of it is data (`classes.toml`); the rules are ours over the articles named there, each with
how sure we are of it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from geodata.model import Title

FILE = Path(__file__).parent / "classes.toml"

Audience = Literal["internal", "system", "agency", "outside"]
Severity = Literal["passes", "asks", "stops"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


@dataclass(frozen=True)
class DisclosureClass:
    """One class of what a file can tell; `certainty` is that of the rule, the other the basis'."""

    id: str
    title: Title
    covers: Title
    outside: Title
    basis: str
    basis_certainty: str
    certainty: str


@dataclass(frozen=True)
class LeakKind:
    """One kind of leak: the class it belongs to, what mends it, how grave it is for whom."""

    id: str
    disclosure_class: str
    remedy: str
    severities: tuple[Severity, ...]

    def severity(self, audience: Audience) -> Severity:
        """Return how grave this is for an audience.

        >>> leak_kinds()["resident_id"].severity("outside")
        'stops'
        """
        return self.severities[AUDIENCES.index(audience)]


@cache
def disclosure_classes() -> Mapping[str, DisclosureClass]:
    """Return the classes by their ids, P0 first."""
    return {
        name: DisclosureClass(
            id=name,
            title=Title(**facts["title"]),
            covers=Title(**facts["covers"]),
            outside=Title(**facts["outside"]),
            basis=facts["basis"],
            basis_certainty=facts["basis_certainty"],
            certainty=facts["certainty"],
        )
        for name, facts in _facts()["classes"].items()
    }


@cache
def audience_titles() -> Mapping[Audience, tuple[Title, Title]]:
    """Return each audience with its name and who that is, the narrowest first."""
    told = _facts()["audiences"]
    return {one: (Title(**told[one]["title"]), Title(**told[one]["who"])) for one in AUDIENCES}


@cache
def leak_kinds() -> Mapping[str, LeakKind]:
    """Return every kind of leak by its id."""
    return {
        name: LeakKind(name, facts["class"], facts["remedy"], tuple(facts["severity"]))
        for name, facts in _facts()["kinds"].items()
    }


@cache
def words() -> Mapping[str, Any]:
    """Return the words that names are found by, and what is written in their place."""
    return tomllib.loads((FILE.parent / "words.toml").read_text("utf-8"))


@cache
def _facts() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
