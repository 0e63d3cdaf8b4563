"""The parts of a case that are facts and days: header, lead, cooperation, outcome.

Only what the record holds is told; what it does not hold is named as such.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dashboard.naming import Naming
from dashboard.panels.cases.timeline import clock_text, words_of
from dashboard.telling.story import Fact, FactsScene, Step, TableScene, TimelineScene
from dashboard.telling.told import Told
from geodata import CaseEvent, Clock, Title, clocks, stage_of
from geodata.case_file import outcomes_of, reviews_of
from geodata.crs import SQUARE_METRES_PER_MU

MILESTONES: Mapping[str, tuple[str, ...]] = {
    "admin_pil": (
        "lead_registered",
        "case_filed",
        "recommendation_served",
        "agency_replied",
        "rectification_verified",
    ),
    "civil_pil": ("lead_registered", "case_filed", "announcement", "suit_filed"),
    "criminal_incidental_civil_pil": ("lead_registered", "announcement", "suit_filed"),
    "support_prosecution": ("lead_registered", "support_prosecution"),
}
"""The days that a case of each kind is told by; closure follows for all."""

OUTCOMES: Mapping[str, tuple[Title, Title]] = {
    "area_m2": (Title("恢复面积", "Area restored"), Title("平方米", "m²")),
    "waste_t": (Title("清理固体废物", "Waste cleared"), Title("吨", "t")),
    "money_yuan": (Title("追回资金", "Money recovered"), Title("元", "yuan")),
    "eco_compensation_yuan": (Title("生态修复费用", "Restoration paid"), Title("元", "yuan")),
    "hazards": (Title("消除隐患", "Hazards removed"), Title("处", "")),
    "carbon_sink_t": (Title("认购碳汇", "Carbon credits"), Title("吨CO₂当量", "t CO₂e")),
}
"""What is achieved in a case, by the code of the kind of outcome: name and unit."""

VERIFIED = "verified"

LEAD_STEPS = ("lead_registered", "lead_evaluation", "preliminary_inquiry", "filing_approval")
JOINT_STEPS = frozenset({
    "lead_received_from", "case_received", "inquiry_entrusted", "inquiry_returned",
    "reported_to_agency_superior", "case_transferred",
})  # fmt: skip
"""Entries that are no activity of the office alone and still work done with others."""

AFTER_STEPS = ("look_back_planned", "look_back", "relapse_found", "look_back_passed")

SILENT = frozenset({
    "story.facts.shared_with", "story.facts.series", "story.harm.area", "story.harm.method",
    "story.lead.came_from", "story.governance.reported",
})  # fmt: skip
"""Facts that need not be there; of every other a draft says that it is not recorded."""

Held = Mapping[str, str]


def tell_header(told: Told) -> Iterator[FactsScene | TimelineScene]:
    """Yield what a case is: office, kind, field, agency, stage, days; then its course by days."""
    case, names = told.case, told.names
    fields = told.join([names.code("fields", one) for one in (case.field, *case.secondary_fields)])
    held = {
        "story.facts.summary": names.title(case.summary),
        "card.office": names.office_title(case.jurisdiction),
        "story.facts.shared_with": told.join([names.office(one) for one in case.shared_with]),
        "card.kind": names.code("case_kinds", case.kind),
        "card.field": fields,
        "story.facts.series": case.series,
        "card.agency": case.agency,
        "card.stage": stage_words(told),
        "story.facts.days": _days(told),
        "story.facts.deadlines": _deadlines(told) or names.word("story.facts.no_deadline"),
    }
    yield facts_scene(told, "header", held)
    steps = tuple(_steps(told))
    yield told.scene(
        TimelineScene,
        "days",
        told.heading("days"),
        notes=_span(steps, names),
        steps=steps,
        basis_note=names.word("story.timeline.basis_note"),
        missing=() if steps else (told.nothing,),
    )


def tell_lead(told: Told) -> Iterator[FactsScene]:
    """Yield where the lead came from, how it was judged, and which model found what."""
    case, names = told.case, told.names
    steps = [_dated(one, names) for one in told.then.events if one.kind in LEAD_STEPS]
    held = {
        "card.lead_source": names.code("lead_sources", case.lead_source).strip("—"),
        "story.lead.came_from": case.came_from,
        "story.lead.steps": "\n".join(steps),
        "story.lead.models": "\n".join(
            names.word(
                "story.lead.model", model=one.model, version=one.version, on=one.on.isoformat()
            )
            for one in told.behind.found
        ),
        "story.lead.lists": told.join(
            list(dict.fromkeys(name for one in told.behind.found for name in one.lists))
        ),
        "story.lead.why": "\n".join(why for one in told.behind.found for why in one.why),
    }
    yield facts_scene(told, "lead", held)


def tell_cooperation(told: Told) -> Iterator[TableScene]:
    """Yield the consultations, hearings, appraisals and other work done with others, by day."""
    names = told.names
    kinds = {*names.rules.codes["activities"], *JOINT_STEPS}
    rows = [
        (
            one.occurred_on.isoformat(),
            names.title(names.rules.event_title(one.kind)),
            one.detail("participants") or _other(one, names),
            "\n".join(filter(None, (words_of(one), one.document))),
        )
        for one in told.then.events
        if one.kind in kinds
    ]
    heads = ("day", "event", "participants", "result")
    yield table_scene(told, "cooperation", heads, rows, shares=(0.14, 0.2, 0.27, 0.39))


def tell_governance(told: Told) -> Iterator[FactsScene]:
    """Yield what the case achieved, how it ended, what is looked back at, what reviewers said."""
    names, then = told.names, told.then
    ends = [_dated(one, names) for one in then.events if is_end(one.kind, names)]
    after = [_dated(one, names) for one in then.events if one.kind in AFTER_STEPS]
    reported = [_dated(one, names) for one in then.events
                if one.kind == "reported_to_agency_superior"]  # fmt: skip
    reviews = reviews_of(told.case, told.as_of, told.known_at)
    held = {
        "story.facts.outcome": outcome_words(told),
        "story.governance.end": "\n".join(ends),
        "story.governance.after": "\n".join(after),
        "story.governance.reported": "\n".join(reported),
        "story.governance.reviews": "\n".join(
            names.word("story.governance.review", merits=one.merits, problems=one.problems)
            for one in reviews
        ),
    }
    yield facts_scene(told, "governance", held)


# ------------------------------------------------------------- shared by other parts


def facts_scene(told: Told, name: str, held: Held) -> FactsScene:
    """Return a scene of facts; those not held are named, those that need not be are left out."""
    facts = tuple(
        Fact(told.names.word(key), value or told.nothing, not value)
        for key, value in held.items()
        if value or key not in SILENT
    )
    missing = tuple(one.name for one in facts if one.is_missing)
    notes = missing_words(told, missing)
    return told.scene(
        FactsScene, name, told.heading(name), notes=notes, facts=facts, missing=missing
    )


def table_scene(
    told: Told,
    name: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    *,
    shares: tuple[float, ...] = (),
    missing: Iterable[str] = (),
    faint: Iterable[int] = (),
    note: str = "",
    notes: str = "",
) -> TableScene:
    """Return a scene of a table; without rows, one that says that nothing is recorded."""
    heads = tuple(told.names.word(f"story.column.{one}") for one in columns)
    lacks = tuple(missing) or (() if rows else (told.nothing,))
    empty = (("—", told.nothing, *[""] * (len(heads) - 2)),)
    return told.scene(
        TableScene,
        name,
        told.heading(name),
        notes=notes or missing_words(told, () if not rows else lacks),
        columns=heads,
        rows=tuple(rows) or empty,
        shares=shares,
        faint=tuple(faint) if rows else (0,),
        note=note,
        missing=lacks,
    )


def missing_words(told: Told, missing: Sequence[str]) -> str:
    """Return what is not recorded as a note to the speaker, nothing where all is."""
    facts = told.join(list(missing))
    return told.names.word("story.facts.missing", facts=facts) if facts else ""


def is_end(kind: str, names: Naming) -> bool:
    """Return whether an entry of a kind ends a case."""
    return kind in names.rules.stages and names.rules.stages[kind].is_terminal


def stage_words(told: Told) -> str:
    """Return the stage that a case had reached, nothing before its first."""
    stage = stage_of(told.then, told.names.rules, told.as_of)
    return told.names.title(stage.title) if stage else ""


def outcome_words(told: Told) -> str:
    """Return what was achieved, a line each; what nobody verified says who says so."""
    names, lines = told.names, []
    for one in outcomes_of(told.case, told.as_of, told.known_at):
        name, unit = OUTCOMES.get(one.kind, (Title(one.kind, one.kind), Title("", "")))
        figure = f"{one.amount:,.2f}".rstrip("0").rstrip(".")
        line = f"{names.title(name)} {figure} {names.title(unit)}".rstrip()
        mu = names.word("card.mu", mu=f"{one.amount / SQUARE_METRES_PER_MU:,.2f}")
        line = f"{line} ({mu})" if one.kind.endswith("_m2") else line
        said = "" if one.state == VERIFIED else names.code("outcome_states", one.state)
        lines.append(f"{line} · {said}" if said else line)
    return "\n".join(lines)


# ----------------------------------------------------------------------------- words


def _days(told: Told) -> str:
    """Return the day of each milestone, named as not recorded where there is none."""
    names, events = told.names, told.then.events
    first = {event.kind: event.occurred_on for event in reversed(events)}
    days = [(names.title(names.rules.event_title(one)), first.get(one))
            for one in MILESTONES[told.case.kind]]  # fmt: skip
    days += [
        (names.title(names.rules.event_title(one.kind)), one.occurred_on)
        for one in events
        if is_end(one.kind, names)
    ]
    return "\n".join(f"{name}  {day.isoformat() if day else told.nothing}" for name, day in days)


def _dated(event: CaseEvent, names: Naming) -> str:
    title = names.title(names.rules.event_title(event.kind))
    due = event.due_on.isoformat() if event.due_on else ""
    parts = (event.occurred_on.isoformat(), title, due, words_of(event))
    return " ".join(filter(None, parts))


def _other(event: CaseEvent, names: Naming) -> str:
    office = event.detail("office")
    return names.office(office) if office else event.detail("recipient")


def _deadlines(told: Told) -> str:
    """Return the clocks that run, and those that were met too late."""
    started = clocks(told.then, told.names.rules, told.as_of)
    running = [
        clock_text(clock, told.names, told.as_of) for clock in started if clock.done_on is None
    ]
    late = [_met_late(clock, told.names) for clock in started if _days_late(clock) > 0]
    return "\n".join([*running, *late])


def _days_late(clock: Clock) -> int:
    counts = clock.done_on and clock.can_be_overdue
    return (clock.done_on - clock.due_on).days if counts and clock.done_on else 0


def _met_late(clock: Clock, names: Naming) -> str:
    return names.word(
        "story.facts.met_late",
        deadline=names.deadline(clock.deadline),
        actor=names.code("actors", clock.actor),
        due_on=clock.due_on.isoformat(),
        days=_days_late(clock),
    )


def _steps(told: Told) -> Iterator[Step]:
    """Yield what happened, in its order; what is only kept in the case file is left out."""
    names = told.names
    for event in told.then.events:
        if names.rules.kind(event.kind).category != "file":
            article = article_of(event.kind, names)
            yield Step(
                event.occurred_on,
                names.title(names.rules.event_title(event.kind)),
                " · ".join(filter(None, (event.document, article))),
                words_of(event),
                is_stage=event.kind in names.rules.stages,
            )


def article_of(kind: str, names: Naming) -> str:
    """Return the articles of a stage as they are quoted; what is practice cites none."""
    stage = names.rules.stages.get(kind)
    is_law = stage is not None and stage.basis[:1] in LETTERS and stage.basis[1:2].isdigit()
    return stage.basis if stage and is_law else ""


LETTERS = frozenset("RIJ")
"""A legal basis begins with a law's letter; what is practice or our proposal cites none."""


def _span(steps: Sequence[Step], names: Naming) -> str:
    if not steps:
        return ""
    first, last = steps[0].on, steps[-1].on
    facts = {"first": first.isoformat(), "last": last.isoformat(), "days": (last - first).days}
    return names.word("story.timeline.span", **facts)
