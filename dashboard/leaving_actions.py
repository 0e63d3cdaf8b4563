"""What a person does at the way out: let a file go, look at its pictures, decide on a name.

A release is written into the journal first; only then is there anything to download.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard import actions, holdings, session
from dashboard.draft import storable
from dashboard.leaving import Checked, Manner, release_of, told_of
from geodata import GeodataError
from geodata.errors import NotAllowed
from layers.disclosure import Aliases
from layers.disclosure.release_book import (
    Decision,
    KeptRelease,
    Ruling,
    keep_decision,
    keep_release,
)


def release_to(
    about: Mapping[str, Any], offices: Collection[str], aliases: Aliases | None
) -> Callable[[Checked, str], None]:
    """Return what lets a file go, writes that down, and keeps what came of it for the screen."""

    def let_go(checked: Checked, reason: str) -> None:
        session.keep(_place(checked), _answer(checked, reason, about, offices, aliases))

    return let_go


def _answer(
    checked: Checked,
    reason: str,
    about: Mapping[str, Any],
    offices: Collection[str],
    aliases: Aliases | None,
) -> KeptRelease | GeodataError:
    try:
        who = storable(session.writer().strip())
        check_right(who, offices)
        told = release_of(checked, who, datetime.now(UTC), storable(reason))
        return keep_release(holdings.journal(), told, told_of(checked, about, aliases))
    except GeodataError as refused:
        return refused


def outcome(checked: Checked) -> KeptRelease | GeodataError | None:
    """Return what came of the release of exactly these bytes for this audience by this visitor."""
    found: KeptRelease | GeodataError | None = session.kept(_place(checked))
    return found


def _place(checked: Checked) -> str:
    return f"released.{checked.sha256}.{checked.audience}.{hash(checked.leaks)}.{checked.name}"


def check_right(who: str, offices: Collection[str]) -> None:
    """Raise NotAllowed unless somebody has signed and may write for every office."""
    for office in sorted(offices) or [""]:
        if not who or (office and not actions.may_write(office)):
            raise NotAllowed(who=who or "—", office=office or "—")


def look_at(checked: Checked) -> None:
    """Keep that this visitor has looked at every picture of a file."""
    seen: frozenset[str] = session.kept("pictures_seen", frozenset())
    session.keep("pictures_seen", seen | {one.sha256 for one in checked.looked.pictures})


def decide_name(text: str, ruling: Ruling, kind: str) -> None:
    """Decide what a text is that looks like a name, and keep what came of it for the screen."""
    try:
        who = storable(session.writer().strip())
        check_right(who, ())
        decision = Decision(storable(text), ruling, kind, who, datetime.now(UTC))
        keep_decision(holdings.journal(), decision)
    except GeodataError as refused:
        session.keep("name_decided", refused)
    else:
        session.keep("name_decided", decision)


def choose_manner(manner: Manner) -> None:
    """Make files for somebody else, or in another way, from now on."""
    session.keep("manner", manner)
