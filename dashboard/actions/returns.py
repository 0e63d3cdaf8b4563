"""What a person does with returns: take files, decide conflicts, have it all written once.

Rights are checked again for every hazard and case of a return before anything of it is written;
entries on cases are checked once more by `actions.record_entry`, each against its own office.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from threading import Lock

from dashboard import holdings, session
from dashboard.actions import cases as case_actions
from dashboard.desks import returns as return_desk
from dashboard.doors.access import may
from dashboard.doors.visitors import visitor
from dashboard.draft import storable
from geodata import GeodataError, HazardRef
from geodata.errors import NotAllowed
from layers.return_pack import Choice, Conflict
from layers.visit_writing import Author, Homecoming, write_return

_ONE_AT_A_TIME = Lock()
"""Two who carry on the same broken-off return at once would each find a write missing."""


def take(files: Sequence[tuple[str, BytesIO]]) -> None:
    """Read files that were dropped and lay them on this visitor's desk, each content once."""
    lying: tuple[return_desk.Taken, ...] = session.kept("returns", ())
    for name, file in files:
        taken = return_desk.read_taken(name, file)
        if taken.digest not in {one.digest for one in lying}:
            lying = (*lying, taken)
        if taken.returned is not None:
            session.pick_return(taken.digest)
    session.lay_returns(lying)


def put_away(digest: str) -> None:
    """Take a return off this visitor's desk; what was written stays written."""
    lying: tuple[return_desk.Taken, ...] = session.kept("returns", ())
    session.lay_returns(tuple(one for one in lying if one.digest != digest))


def choose(digest: str, conflicts: Sequence[Conflict], choice: Choice | None) -> None:
    """Keep what this visitor decides on conflicts of a return, as the office stands now."""
    keys = {return_desk.decision_key(one) for one in conflicts}
    chosen = dict(session.kept("return_choices", {}))
    own = {name: one for name, one in chosen.get(digest, {}).items() if name not in keys}
    told = dict.fromkeys(keys, choice) if choice else {}
    session.keep("return_choices", {**chosen, digest: own | told})
    if len(conflicts) > 1:
        session.count_up("return_choices")


def write(desk: return_desk.ReturnDesk, tell: Callable[[int, int], None]) -> None:
    """Write the return that is shown for this visitor, and keep why it was refused, if it was.

    `desk` is what was shown: what the office has changed since is not written over.
    """
    home = desk.home
    if home is None:
        return
    author = Author(storable(session.writer().strip()), datetime.now(UTC))
    refusal: GeodataError | None = None
    try:
        _check_rights(home, author.who)
        with _ONE_AT_A_TIME:
            write_return(
                home.returned, desk.decisions, home.known, return_desk.shelves(), author, tell=tell
            )
    except GeodataError as trouble:
        refusal = trouble
    session.keep("return_refusal", refusal)


def _check_rights(home: Homecoming, who: str) -> None:
    """Raise NotAllowed for somebody without a name, or who may not write for an office."""
    if not may(visitor(), "take_returns"):
        raise NotAllowed(who=who or "—", office="—")
    for office in _offices_of(home) or [""]:
        if not who or (office and not case_actions.may_do(office, "take_returns")):
            raise NotAllowed(who=who or "—", office=office or "—")


def _offices_of(home: Homecoming) -> list[str]:
    """Return the offices of all hazards and cases that a return would touch."""
    features, store = holdings.stores()
    offices: set[str] = set()
    book = holdings.casebook(holdings.whole_revision()).positions
    for stop in home.to_write:
        if stop.ref in home.known:
            ref = HazardRef.parse(stop.ref)
            offices |= set(features.rows(ref.layer, [ref.id])["jurisdiction"].astype(str))
        for case_id in home.returned.issued.cases[stop.ref]:
            if case_id in book:
                offices.add(store.get(case_id).jurisdiction)
    return sorted(offices - {""})
