"""What a person does at the way out: let a file go, look at its pictures, decide on a name.

A release is written into the journal first; only then is there anything to download.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from dashboard import holdings, session
from dashboard.actions import cases as case_actions
from dashboard.actions import evidence as evidence_actions
from dashboard.doors.access import may, may_everywhere, may_for_case
from dashboard.doors.visitors import visitor
from dashboard.draft import storable
from dashboard.leaving import (
    Asked,
    Checked,
    Manner,
    Rows,
    TakenTable,
    digest_of,
    release_of,
    told_of,
)
from dashboard.naming import Naming
from dashboard.words.disclosure import say_rows, table_headings
from geodata import Case, GeodataError
from geodata.errors import NotAllowed, ReleaseReserved
from layers.disclosure import Aliases
from layers.disclosure.release_book import (
    Decision,
    KeptRelease,
    Ruling,
    keep_decision,
    keep_release,
    keep_table_taken,
)
from layers.imprint import Imprint
from layers.sheets import render_xlsx


def release_to(
    about: Mapping[str, Any],
    cases: Collection[Case],
    aliases: Aliases | None,
    offices: Collection[str] = (),
) -> Callable[[Checked, str], None]:
    """Return what lets a file go, writes that down, and keeps what came of it for the screen.

    `offices` are those whose lists and inspections the file tells, besides the cases.
    """

    def let_go(checked: Checked, reason: str) -> None:
        session.keep(
            _place(checked), _answer(checked, reason, about, cases, aliases, offices=offices)
        )

    return let_go


def _answer(
    checked: Checked,
    reason: str,
    about: Mapping[str, Any],
    cases: Collection[Case],
    aliases: Aliases | None,
    *,
    offices: Collection[str],
) -> KeptRelease | GeodataError:
    """Return the release of a file, or why there is none.

    To take a file along asks for the right to `export`. What leaves the house, and what leaves in
    spite of its check, has to be released by somebody who may `release` for every case in it.
    """
    try:
        who = storable(session.writer().strip())
        check_right(who, "export", cases)
        for office in sorted(offices):
            if not case_actions.may_do(office, "share_with_agencies"):
                raise NotAllowed(who=who, office=office)
        told = release_of(checked, who, datetime.now(UTC), storable(reason))
        if told.reason or checked.audience == "outside":
            _check_release(checked.name, [one.jurisdiction for one in cases] + sorted(offices))
        return keep_release(holdings.journal(), told, told_of(checked, about, aliases))
    except GeodataError as refused:
        return refused


def _check_release(name: str, offices: Collection[str]) -> None:
    """Raise ReleaseReserved unless this visitor may let a file go that tells of these offices."""
    if not may(visitor(), "release"):
        raise ReleaseReserved(name=name, office="—")
    for office in offices:
        if not case_actions.may_do(office, "release"):
            raise ReleaseReserved(name=name, office=office)


def outcome(checked: Checked) -> KeptRelease | GeodataError | None:
    """Return what came of the release of exactly these bytes for this audience by this visitor."""
    found: KeptRelease | GeodataError | None = session.kept(_place(checked))
    return found


def _place(checked: Checked) -> str:
    return f"released.{checked.sha256}.{checked.audience}.{hash(checked.leaks)}.{checked.name}"


def check_right(who: str, act: str, cases: Collection[Case] = ()) -> None:
    """Raise NotAllowed unless somebody has signed and may do an act for every case."""
    visitor_ = visitor()
    if not who or not may(visitor_, act):
        raise NotAllowed(who=who or "—", office="—")
    for case in cases:
        if not may_for_case(visitor_, act, case.jurisdiction, case.shared_with):
            raise NotAllowed(who=who, office=case.jurisdiction)


def look_at(checked: Checked) -> None:
    """Keep that this visitor has looked at every picture of a file."""
    seen: frozenset[str] = session.kept("pictures_seen", frozenset())
    session.keep("pictures_seen", seen | {one.sha256 for one in checked.looked.pictures})


def decide_name(text: str, ruling: Ruling, kind: str) -> None:
    """Decide what a text is that looks like a name, and keep what came of it for the screen.

    The decision holds for the office of whoever decides, that of somebody for all offices for all.
    """
    try:
        who, visitor_ = storable(session.writer().strip()), visitor()
        check_right(who, "decide_names")
        office = "" if may_everywhere(visitor_, "decide_names") else visitor_.office
        decision = Decision(storable(text), ruling, kind, who, datetime.now(UTC), office)
        keep_decision(holdings.journal(), decision)
    except GeodataError as refused:
        session.keep("name_decided", refused)
    else:
        session.keep("name_decided", decision)


def take_table(
    rows: Rows, aliases: Aliases, cases: Collection[Case], imprint: Imprint, names: Naming
) -> Callable[[], None]:
    """Return what writes down that this visitor takes the table of who became what, and makes it.

    It is kept for the screen only once it is written down.
    """

    def take() -> None:
        session.keep("alias_table", _take_table(rows, aliases, cases, imprint, names))

    return take


def _take_table(
    rows: Rows, aliases: Aliases, cases: Collection[Case], imprint: Imprint, names: Naming
) -> TakenTable | GeodataError:
    try:
        who, now, digest = storable(session.writer().strip()), datetime.now(UTC), digest_of(aliases)
        check_right(who, "export", cases)
        entry = keep_table_taken(holdings.journal(), digest, len(rows), who, now)
    except GeodataError as refused:
        return refused
    facts = {"who": who, "number": entry.number, "key": digest}
    mark = names.word("leaving.table_mark")
    told = say_rows(rows, names.language)
    frame = pd.DataFrame(told, columns=list(table_headings(names.language)))
    content = render_xlsx(
        {names.word("leaving.table_sheet"): frame},
        imprint,
        names.language,
        notes=((mark, ""), (names.word("leaving.table_whose", **facts), "")),
    )
    return TakenTable(rows, digest, entry.number, content)


def take_key(key: bytes, rows: int, cases: Collection[Case]) -> None:
    """Write down that this visitor takes the key of a blind pack, and keep it for the screen."""
    try:
        who = storable(session.writer().strip())
        check_right(who, "export", cases)
        digest = hashlib.sha256(key).hexdigest()
        keep_table_taken(holdings.journal(), digest, rows, who, datetime.now(UTC))
    except GeodataError as refused:
        session.keep("pack_key", refused)
    else:
        session.keep("pack_key", key)


def table_of(aliases: Aliases | None) -> TakenTable | GeodataError | None:
    """Return the table that this visitor took of these aliases, or why they did not get it."""
    found: TakenTable | GeodataError | None = session.kept("alias_table")
    is_other = isinstance(found, TakenTable) and found.sha256 != digest_of(aliases)
    return None if is_other else found


def pick_photo(number: int) -> None:
    """Treat one photograph for outside; what was drawn on another is put away."""
    session.put_boxes_away()
    session.keep("photo_for_outside", number)
    session.keep("photo_kept", None)


def keep_photo(number: int, seen: int) -> None:
    """Keep the copy of a photograph for outside beside its original, and say what came of it."""
    try:
        done = evidence_actions.keep_photo_for_outside(
            number, seen, session.boxes(), session.writer()
        )
    except GeodataError as refused:
        session.keep("photo_kept", refused)
    else:
        session.put_boxes_away()
        session.keep("photo_kept", done)


def ask_releases(asked: Asked) -> None:
    """Look at some releases, or at all of them."""
    session.keep("releases_asked", asked)


def tell_invented(is_invented: bool) -> None:  # noqa: FBT001 - what a switch tells
    """Say whether the file on the desk holds demonstration data."""
    session.keep("leaving_invented", is_invented)


def refusal(name: str) -> GeodataError | None:
    """Return why the last act of a name was refused, None where it was not."""
    found = session.kept(name)
    return found if isinstance(found, GeodataError) else None


def choose_manner(manner: Manner) -> None:
    """Make files for somebody else, or in another way, from now on."""
    session.keep("manner", manner)
