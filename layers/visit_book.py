"""What the office keeps of its visits: packs that left, what was decided, what was written.

All of it are entries of a journal (`geodata.journal`), which only grows. A pack is about
`pack:PLAN|TEAM|DAY`, whatever came of a stop about `visit:PLAN|TEAM|DAY|REF`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from geodata.errors import StaleEntry
from geodata.journal import Draft, Journal, JournalEntry
from layers.return_pack import Choice, Done, Issued, VisitResult, issued_of
from layers.visit_pack import PackPlan

PACK_ISSUED = "pack_issued"
VISIT_DECIDED, VISIT_SKIPPED = "visit_decided", "visit_skipped"
WRITE_DONE, VISIT_WRITTEN = "write_done", "visit_written"
State = Literal["written", "same", "left"]


@dataclass(frozen=True)
class Decided:
    """What a person decided of a stop before anything of it was written.

    `visit` is its key, `sha256` that of all that was entered, `choice` what follows for the
    whole stop; `decisions` are by conflict, `told` says of each what stood beside what.
    """

    visit: str
    ref: str
    sha256: str
    pack_id: str
    choice: Choice
    decisions: Mapping[str, Choice] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Marked:
    """What became of one write: written, the same already, or left to a person with a `reason`.

    `what` is visit, status, activity, relapse, verification or evidence, `where` the hazard or
    the case.
    """

    id: str
    visit: str
    what: str
    where: str
    state: State = "written"
    reason: str = ""


# ------------------------------------------------------------------------ packs issued


def pack_subject(plan_id: str, team: str, day: date) -> str:
    """Return what entries on the packs of one team and day are about."""
    return f"pack:{plan_id}|{team}|{day.isoformat()}"


def next_version(journal: Journal, plan_id: str, team: str, day: date) -> int:
    """Return the version that the next pack of a plan for a team and day must bear."""
    return 1 + len(journal.entries(subject=pack_subject(plan_id, team, day)))


def keep_issued(journal: Journal, plan: PackPlan, who: str, at: datetime) -> JournalEntry:
    """Keep that a pack leaves the office; the same pack again is the entry it already has.

    Raises StaleEntry where its version is not the next one: somebody issued another meanwhile.
    """
    issued = issued_of(plan)
    subject = pack_subject(plan.plan_id, plan.team, plan.day)
    before = journal.entries(subject=subject)
    for one in before:
        if one.told["pack_id"] == issued.pack_id:
            return one
    if plan.version != len(before) + 1:
        raise StaleEntry(subject=subject, seen=plan.version - 1, stored=len(before))
    draft = Draft(subject, PACK_ISSUED, who, at, issued_to_json(issued))
    return journal.append([draft], {subject: len(before)})[0]


def issued_packs(journal: Journal) -> tuple[Issued, ...]:
    """Return every pack that left the office, in the order in which they did."""
    return tuple(issued_from_json(one.told) for one in journal.entries(kind=PACK_ISSUED))


def issued_to_json(issued: Issued) -> dict[str, Any]:
    """Return what is kept of a pack as JSON has it."""
    return {**asdict(issued), "day": issued.day.isoformat()}


def issued_from_json(told: Mapping[str, Any]) -> Issued:
    """Return what JSON tells of a pack."""
    places = {ref: (one[0], one[1]) if one else None for ref, one in told["places"].items()}
    return Issued(
        told["pack_id"],
        told["plan_id"],
        told["version"],
        told["team"],
        date.fromisoformat(told["day"]),
        told["data_revision"],
        places,
        dict(told["layers"]),
        {ref: tuple(cases) for ref, cases in told["cases"].items()},
        {ref: dict(facts) for ref, facts in told["known"].items()},
    )


# --------------------------------------------------------------------- what came of stops


def visit_subject(visit: str) -> str:
    """Return what entries on one visit are about; `visit` is its key."""
    return f"visit:{visit}"


def decided_draft(decided: Decided, who: str, at: datetime) -> Draft:
    """Return the entry that a stop was decided on, or passed over."""
    kind = VISIT_SKIPPED if decided.choice == "skip" else VISIT_DECIDED
    return Draft(visit_subject(decided.visit), kind, who, at, asdict(decided))


def mark_draft(marked: Marked, who: str, at: datetime) -> Draft:
    """Return the entry that something was written, or left to a person."""
    return Draft(visit_subject(marked.visit), WRITE_DONE, who, at, asdict(marked))


def written_draft(result: VisitResult, who: str, at: datetime) -> Draft:
    """Return the entry that a visit was written, with all that belongs to it."""
    return Draft(visit_subject(result.visit), VISIT_WRITTEN, who, at, visit_to_json(result))


def done(journal: Journal) -> Done:
    """Return what was written of earlier returns: ids of writes, hashes of whole visits."""
    marks = {one.told["id"] for one in journal.entries(kind=WRITE_DONE)}
    visits = [one.told for one in journal.entries(kind=VISIT_WRITTEN)]
    ids = marks | {one["id"] for one in visits}
    return Done(frozenset(ids), {one["visit"]: one["sha256"] for one in visits})


def begun(journal: Journal) -> dict[str, Decided]:
    """Return, by visit, what was decided last where not all of it has been written."""
    finished = {(one.told["visit"], one.told["sha256"]) for one in written(journal)}
    decided = map(decided_from_json, (one.told for one in journal.entries(kind=VISIT_DECIDED)))
    last = {one.visit: one for one in decided}
    return {key: one for key, one in last.items() if (key, one.sha256) not in finished}


def written(journal: Journal, visit: str = "") -> tuple[JournalEntry, ...]:
    """Return the entries of visits that were written whole, of all or of one."""
    return journal.entries(kind=VISIT_WRITTEN, subject=visit_subject(visit) if visit else "")


def marks(journal: Journal, visits: Sequence[str]) -> tuple[Marked, ...]:
    """Return what became of every write of some visits, in the order it was done."""
    wanted = set(visits)
    told = (one.told for one in journal.entries(kind=WRITE_DONE))
    return tuple(Marked(**one) for one in told if one["visit"] in wanted)


def decided_from_json(told: Mapping[str, Any]) -> Decided:
    """Return what JSON tells of a decision."""
    return Decided(**told)


def visit_to_json(result: VisitResult) -> dict[str, Any]:
    """Return the result of a visit as JSON has it."""
    return {**asdict(result), "occurred_on": result.occurred_on.isoformat()}


def visit_from_json(told: Mapping[str, Any]) -> VisitResult:
    """Return the result of a visit that JSON tells."""
    facts = {
        "occurred_on": date.fromisoformat(told["occurred_on"]),
        "officers": tuple(told["officers"]),
        "gaps": tuple(told["gaps"]),
    }
    return VisitResult(**{**told, **facts})
