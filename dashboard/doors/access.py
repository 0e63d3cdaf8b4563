"""Who may see and do what: a visitor, an act, an office; one table (`rights.toml`) answers.

Pure: who a visitor is was found out before (`dashboard.doors.visitors`); nothing is remembered.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from geodata import Language, RuleSet, Title
from geodata.settings import Way

TABLE = Path(__file__).with_name("rights.toml")

Reach = Literal["own", "shared", "all", "self"]

OWN_MACHINE = "own_machine"


@dataclass(frozen=True)
class Visitor:
    """Who is there: account, name, role, the office they belong to, and how that is known.

    `until` is the instant at which their leave ends, None for no such instant. A visitor without
    a role may do nothing and sees nothing; `refusal` says in one word why they have none.
    """

    account: str = ""
    name: str = ""
    role: str = ""
    office: str = ""
    way: Way = "none"
    until: datetime | None = None
    refusal: str = ""

    @property
    def is_known(self) -> bool:
        """Return whether this is somebody with a role."""
        return bool(self.role)


NOBODY = Visitor()


@dataclass(frozen=True)
class Role:
    """A role: its name, the screens it has, and what that rests on."""

    id: str
    title: Title
    screens: tuple[str, ...]
    basis: str
    certainty: str


@dataclass(frozen=True)
class Act:
    """An act: its name, how far each role reaches with it, and what that rests on."""

    id: str
    title: Title
    reach: Mapping[str, Reach]
    basis: str
    certainty: str


@cache
def roles() -> Mapping[str, Role]:
    """Return every role by its id, in the order of the table."""
    return {
        name: Role(
            name, Title(**row["title"]), tuple(row["screens"]), row["basis"], row["certainty"]
        )
        for name, row in _table()["roles"].items()
    }


@cache
def acts() -> Mapping[str, Act]:
    """Return every act by its id, in the order of the table."""
    return {
        name: Act(name, Title(**row["title"]), row["reach"], row["basis"], row["certainty"])
        for name, row in _table()["acts"].items()
    }


def may(visitor: Visitor, act: str, office: str | None = None) -> bool:
    """Return whether a visitor may do something for an office; without one, for any at all.

    Raises KeyError for an act that the table does not know: a mistake of ours. Nothing may ever
    be changed that is only shared, so whose data it is decides alone.

    >>> may(Visitor(role="prosecutor", office="LZ-XG"), "enter", "LZ-XG")
    True
    >>> may(Visitor(role="prosecutor", office="LZ-XG"), "enter", "LZ-CG")
    False
    """
    reach = acts()[act].reach.get(visitor.role)
    if reach is None:
        return False
    if reach == "all":
        return office is None or bool(office)
    if reach == "self":  # what one handed in oneself is no office's
        return office is None
    return bool(visitor.office) and office in {None, visitor.office}


READING = frozenset(
    "see see_lists see_evidence reveal_evidence see_acts export tell see_leads reveal_leads".split()
)
"""Acts that change nothing."""


def may_for_case(
    visitor: Visitor, act: str, office: str, shared_with: Collection[str] = ()
) -> bool:
    """Return whether a visitor may do something for a case of an office, shared with some others.

    What changes nothing reaches to what is shared, where the table says so; nothing else does.
    """
    if may(visitor, act, office):
        return True
    is_shared = bool(office) and bool(visitor.office) and visitor.office in shared_with
    return is_shared and act in READING and sees_shared(visitor, act)


def may_change(visitor: Visitor, office: str) -> bool:
    """Return whether a visitor may change anything at all of an office."""
    changing = (one for one in acts() if one not in READING)
    return bool(office) and any(may(visitor, one, office) for one in changing)


def may_everywhere(visitor: Visitor, act: str) -> bool:
    """Return whether a visitor may do something that touches the data of every office."""
    return acts()[act].reach.get(visitor.role) == "all"


def offices_seen(visitor: Visitor, act: str = "see") -> frozenset[str] | None:
    """Return the offices whose data a visitor sees, None for all; what is shared comes on top."""
    reach = acts()[act].reach.get(visitor.role)
    if reach == "all":
        return None
    return frozenset({visitor.office} - {""}) if reach in {"own", "shared"} else frozenset()


def sees_shared(visitor: Visitor, act: str) -> bool:
    """Return whether an act reaches to what other offices share with that of the visitor."""
    return acts()[act].reach.get(visitor.role) in {"shared", "all"}


def screens_of(visitor: Visitor) -> tuple[str, ...]:
    """Return the screens that a visitor has, in their order."""
    role = roles().get(visitor.role)
    return role.screens if role else ()


def act_of_entry(kind: str, rules: RuleSet) -> str:
    """Return the act that an entry of a case is: decided by the chief, a review note, or plain."""
    if kind in REVIEWS:
        return "review"
    known = rules.stages.get(kind) or rules.facts.get(kind)
    return "decide" if known is not None and known.by else "enter"


REVIEWS = frozenset({"review_noted", "review_answered"})


def title_of(visitor: Visitor, language: Language) -> str:
    """Return what the role of a visitor is called."""
    role = roles().get(visitor.role)
    return role.title.says(language) if role else ""


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(TABLE.read_text("utf-8"))
