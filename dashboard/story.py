"""The telling of cases: scenes drafted from the record, in words, before any page or file format.

A draft says only what the record holds and names what it lacks; people reorder and edit it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import geopandas as gpd

from dashboard.naming import Naming
from dashboard.panels.timeline import clock_text, words_of
from geodata import Case, Clock, Language, Scope, Title, clocks, stage_of
from geodata.case_file import outcomes_of
from geodata.crs import SQUARE_METRES_PER_MU
from geodata.lifecycle import hazards_of as linked_hazards
from geodata.lifecycle import known_on
from geodata.model import is_foreign
from layers.drawing.counts import show_total
from layers.drawing.symbols import ColourBy
from layers.drawing.webmap import Position
from layers.layer import Layer
from layers.situation import Situation

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

ChartKind = Literal["bar", "line"]
StoryKind = Literal["cases", "meeting"]

PARTS = (
    "header",
    "harm",
    "lead",
    "investigation",
    "law",
    "cooperation",
    "recommendation",
    "pair",
    "elements",
    "governance",
)
"""The parts in which a case is told, in their order (map, facts and days are part of them)."""

VERIFIED = "verified"

SILENT = frozenset({"story.facts.shared_with"})
"""Facts that need not be there; of every other a draft says that it is not recorded."""

ARTICLE = re.compile(r"^[RIJ]\d")
"""A legal basis begins with a law's letter; what is practice or our proposal cites none."""


@dataclass(frozen=True)
class Fact:
    """One fact of a case, named; `is_missing` where the record holds nothing."""

    name: str
    value: str
    is_missing: bool = False


@dataclass(frozen=True)
class Step:
    """One dated step of a case: what happened, by which document and article, and a note."""

    on: date
    text: str
    document: str = ""
    note: str = ""
    is_stage: bool = False


@dataclass(frozen=True)
class Scene:
    """One page of a story; `notes` is what the speaker is reminded of, `case_id` whose it is.

    `id` stays the same however often a story is drafted anew; `part` is which part of a case
    it tells (PARTS), nothing for one that belongs to no case. `minutes` is the time planned
    for it, `missing` says in words what is gone or not recorded. `edited` names what somebody
    wrote otherwise than it was drafted, `is_own` a scene that was not drafted at all.
    """

    heading: str
    notes: str = ""
    case_id: str = ""
    id: str = field(default="", kw_only=True)
    part: str = field(default="", kw_only=True)
    minutes: float = field(default=0.0, kw_only=True)
    missing: tuple[str, ...] = field(default=(), kw_only=True)
    edited: tuple[str, ...] = field(default=(), kw_only=True)
    is_own: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class TitleScene(Scene):
    """The page a story opens with, and each office of a meeting (`part` is then office)."""

    subheading: str = ""


@dataclass(frozen=True)
class AgendaRow:
    """One line of an agenda: when it begins, in minutes from the start, and for how long.

    A row without a `case_id` is a part of the meeting: the start, the remarks, the closing.
    """

    office: str
    text: str
    speaker: str = ""
    begins: float = 0.0
    minutes: float = 0.0
    case_id: str = ""


@dataclass(frozen=True)
class AgendaScene(Scene):
    """What is told when and by whom: the agenda of a meeting."""

    rows: tuple[AgendaRow, ...] = ()


@dataclass(frozen=True)
class MapScene(Scene):
    """A map framed on hazards (`layer:id`), or on the district of an office that has none.

    `layers` are those that are shown, empty for those of the hazards; `as_of` the day whose
    statuses the map has, None for that of the story; `position` where the map stands, None
    for around all that it shows. With a `scope` the map shows what lies in it, not `refs`.
    """

    caption: str = ""
    refs: tuple[str, ...] = ()
    jurisdiction: str = ""
    layers: tuple[str, ...] = ()
    as_of: date | None = None
    position: Position | None = None
    scope: Scope | None = None
    colour_by: ColourBy | None = None


@dataclass(frozen=True)
class TextScene(Scene):
    """Somebody's own text, paragraph by paragraph."""

    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableScene(Scene):
    """A table: the names of its columns, and rows of as many texts each.

    `shares` are the widths of the columns as shares of the whole, empty for equal ones;
    `faint` are the numbers of the rows (from 0) that only say that nothing is recorded.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    shares: tuple[float, ...] = ()
    faint: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Series:
    """The values of one series of a chart, one for each category; None is no value."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class ChartScene(Scene):
    """Bars or lines over categories; `unit` is that of every value, `note` says the source."""

    kind: ChartKind = "bar"
    categories: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """One picture of a pair: a piece of evidence, or the map of hazards as of a day.

    A piece of evidence is told by its `item` (number in the evidence store) and `sha256`;
    `copy_sha256` is that of the copy made for showing outside, empty where there is none.
    A map is told by its `map`, whose `as_of` is the day. With neither, it is missing.
    """

    caption: str
    on: date | None = None
    item: int = 0
    sha256: str = ""
    copy_sha256: str = ""
    map: MapScene | None = None


@dataclass(frozen=True)
class PairScene(Scene):
    """Two pictures of one place, before and after; a picture that is not recorded is None."""

    before: Picture | None = None
    after: Picture | None = None
    caption: str = ""


@dataclass(frozen=True)
class FactsScene(Scene):
    """What is known of a case, fact by fact."""

    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class TimelineScene(Scene):
    """What happened in a case, day by day."""

    steps: tuple[Step, ...] = ()
    basis_note: str = ""


@dataclass(frozen=True)
class ClosingScene(Scene):
    """What the story comes to."""

    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Story:
    """Scenes in the order of the telling, and the day and revision they were drafted from.

    `id` is that of the kept story, empty for one that nobody kept; `warnings` say that it was
    kept under an older rule set or revision, or that something it names is gone.
    """

    title: str
    scenes: tuple[Scene, ...]
    language: Language
    as_of: date
    revision: str
    is_demonstration: bool = field(default=False)
    id: str = ""
    kind: StoryKind = "cases"
    slot_minutes: float = 8.0
    warnings: tuple[str, ...] = ()

    @property
    def minutes(self) -> float:
        """Return the time planned for all scenes."""
        return sum(scene.minutes for scene in self.scenes)


def draft_story(
    cases: Sequence[Case],
    situation: Situation,
    names: Naming,
    as_of: date,
    revision: str,
    *,
    known_at: datetime | None = None,
) -> Story:
    """Return a story of cases in the order given, in the language of the names.

    The situation must hold the hazards of the cases, so it is that of no scope. With
    `known_at`, only what had been entered by that instant is told.
    """
    told = [known_on(case, as_of, known_at) for case in cases]
    title = _title(told, names)
    scenes = [TitleScene(title, subheading=_subheading(told, names, as_of))]
    drafted = (
        scene
        for case in told
        for scene in _scenes(case, situation, names.under(case.rule_set), as_of)
    )
    closing = _closing(told, situation, names, as_of)
    return Story(
        title=title,
        scenes=(*scenes, *drafted, closing),
        language=names.language,
        as_of=as_of,
        revision=revision,
        is_demonstration=any(case.is_demonstration for case in cases)
        or bool(hazards_of(cases, situation)["is_demonstration"].any()),
    )


def hazards_of(cases: Sequence[Case], situation: Situation) -> gpd.GeoDataFrame:
    """Return the features that cases are about, each once."""
    refs = {str(ref) for case in cases for ref in linked_hazards(case)}
    return situation.features[situation.features["ref"].isin(refs)]


def _title(cases: Sequence[Case], names: Naming) -> str:
    if len(cases) == 1:
        return names.title(cases[0].title)
    return names.word("story.title.many", city=names.title(names.city.title), count=len(cases))


def _subheading(cases: Sequence[Case], names: Naming, as_of: date) -> str:
    told = {case.jurisdiction for case in cases}
    offices = [names.office(one) for one in names.city.jurisdiction_ids if one in told]
    day = names.word("story.title.as_of", as_of=as_of.isoformat())
    return "\n".join(filter(None, (names.word("story.comma").join(offices), day)))


def _scenes(case: Case, situation: Situation, names: Naming, as_of: date) -> Iterator[Scene]:
    title = names.title(case.title)
    hazards = hazards_of([case], situation)
    yield MapScene(
        title,
        notes=names.title(case.summary),
        case_id=case.id,
        caption=_caption(case, hazards, names, as_of),
        refs=tuple(str(ref) for ref in linked_hazards(case)),
        jurisdiction=case.jurisdiction,
    )
    facts = tuple(_facts(case, hazards, names, as_of))
    missing = names.word("story.comma").join(fact.name for fact in facts if fact.is_missing)
    yield FactsScene(
        names.word("story.facts.heading", case=title),
        notes=names.word("story.facts.missing", facts=missing) if missing else "",
        case_id=case.id,
        facts=facts,
    )
    steps = tuple(_steps(case, names))
    yield TimelineScene(
        names.word("story.timeline.heading", case=title),
        notes=_span(steps, names),
        case_id=case.id,
        steps=steps,
        basis_note=names.word("story.timeline.basis_note"),
    )


def _caption(case: Case, hazards: gpd.GeoDataFrame, names: Naming, as_of: date) -> str:
    counts = [_counted(layer, rows, names) for layer, rows in _by_layer(hazards, names)]
    gone = len(set(linked_hazards(case))) - len(hazards)
    if not linked_hazards(case):
        counts.append(names.word("story.map.none"))
    if gone:
        counts.append(names.word("story.map.gone", count=gone))
    office = names.office_title(case.jurisdiction)
    stage = _stage(case, names, as_of) or names.word("story.not_recorded")
    return " · ".join([office, names.code("fields", case.field), stage, *counts])


def _facts(case: Case, hazards: gpd.GeoDataFrame, names: Naming, as_of: date) -> Iterator[Fact]:
    comma = names.word("story.comma")
    fields = comma.join(names.code("fields", one) for one in (case.field, *case.secondary_fields))
    held = {
        "story.facts.summary": names.title(case.summary),
        "card.office": names.office_title(case.jurisdiction),
        "story.facts.shared_with": comma.join(names.office(one) for one in case.shared_with),
        "card.kind": names.code("case_kinds", case.kind),
        "card.field": fields,
        "card.stage": _stage(case, names, as_of),
        "card.agency": case.agency,
        "card.lead_source": names.code("lead_sources", case.lead_source).strip("—"),
        "story.facts.days": _days(case, names),
        "story.facts.hazards": _hazards(hazards, names),
        "story.facts.activities": _activities(case, names),
        "story.facts.deadlines": _deadlines(case, names, as_of)
        or names.word("story.facts.no_deadline"),
        "story.facts.outcome": _outcome(case, names, as_of),
    }
    for key, value in held.items():
        if value or key not in SILENT:
            yield Fact(names.word(key), value or names.word("story.not_recorded"), not value)


def _stage(case: Case, names: Naming, as_of: date) -> str:
    stage = stage_of(case, names.rules, as_of)
    return names.title(stage.title) if stage else ""


def _days(case: Case, names: Naming) -> str:
    """Return the day of each milestone, named as not recorded where there is none."""
    ends = [e for e in case.events if _is_end(e.kind, names)]
    first = {event.kind: event.occurred_on for event in reversed(case.events)}
    days = [(names.title(names.rules.event_title(one)), first.get(one))
            for one in MILESTONES[case.kind]]  # fmt: skip
    days += [(names.title(names.rules.event_title(e.kind)), e.occurred_on) for e in ends]
    nothing = names.word("story.not_recorded")
    return "\n".join(f"{name}  {day.isoformat() if day else nothing}" for name, day in days)


def _is_end(kind: str, names: Naming) -> bool:
    return kind in names.rules.stages and names.rules.stages[kind].is_terminal


def _hazards(hazards: gpd.GeoDataFrame, names: Naming) -> str:
    """Return for each layer how many hazards there are, and how many of each kind."""
    colon, comma = names.word("story.colon"), names.word("story.comma")
    lines = []
    for layer, rows in _by_layer(hazards, names):
        kinds = rows.assign(kind=rows["hazard_kinds"].fillna("").str.split(";")).explode("kind")
        told = [
            f"{names.title(title)} {_total(layer, kinds[kinds['kind'] == code])}"
            for code, title in layer.hazard_kinds.items()
            if code in set(kinds["kind"])
        ]
        lines.append(colon.join(filter(None, (_counted(layer, rows, names), comma.join(told)))))
    return "\n".join(lines)


def _by_layer(hazards: gpd.GeoDataFrame, names: Naming) -> Iterator[tuple[Layer, gpd.GeoDataFrame]]:
    for layer in names.layers:
        rows = hazards[hazards["layer"] == layer.id]
        if len(rows):
            yield layer, rows


def _counted(layer: Layer, rows: gpd.GeoDataFrame, names: Naming) -> str:
    facts = {"layer": names.title(layer.title), "count": _total(layer, rows)}
    return names.word("story.map.hazards" if layer.has_places else "story.map.counted", **facts)


def _total(layer: Layer, rows: gpd.GeoDataFrame) -> str:
    """Return how many hazards rows are; a count per district is shown as on the map."""
    if layer.has_places:
        return str(len(rows))
    return show_total(int(one) for one in rows.groupby("jurisdiction")["count"].sum())


def _activities(case: Case, names: Naming) -> str:
    lines = (
        " ".join((one.occurred_on.isoformat(), names.code("activities", one.kind), words_of(one)))
        for one in case.events
        if one.kind in names.rules.codes["activities"]
    )
    return "\n".join(line.rstrip() for line in lines)


def _deadlines(case: Case, names: Naming, as_of: date) -> str:
    """Return the clocks that run, and those that were met too late."""
    started = clocks(case, names.rules, as_of)
    running = [clock_text(clock, names, as_of) for clock in started if clock.done_on is None]
    late = [_met_late(clock, names) for clock in started if _days_late(clock) > 0]
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


def _outcome(case: Case, names: Naming, as_of: date) -> str:
    """Return what was achieved, a line each; what nobody verified says who says so."""
    lines = []
    for one in outcomes_of(case, as_of):
        name, unit = OUTCOMES.get(one.kind, (Title(one.kind, one.kind), Title("", "")))
        figure = f"{one.amount:,.2f}".rstrip("0").rstrip(".")
        line = f"{names.title(name)} {figure} {names.title(unit)}".rstrip()
        mu = names.word("card.mu", mu=f"{one.amount / SQUARE_METRES_PER_MU:,.2f}")
        line = f"{line} ({mu})" if one.kind.endswith("_m2") else line
        said = "" if one.state == VERIFIED else names.code("outcome_states", one.state)
        lines.append(f"{line} · {said}" if said else line)
    return "\n".join(lines)


def _steps(case: Case, names: Naming) -> Iterator[Step]:
    """Yield what happened, in its order; what is only kept in the case file is left out."""
    for event in case.events:
        if names.rules.kind(event.kind).category != "file":
            yield Step(
                event.occurred_on,
                names.title(names.rules.event_title(event.kind)),
                " · ".join(filter(None, (event.document, _article(event.kind, names)))),
                words_of(event),
                is_stage=event.kind in names.rules.stages,
            )


def _article(kind: str, names: Naming) -> str:
    stage = names.rules.stages.get(kind)
    return stage.basis if stage and ARTICLE.match(stage.basis) else ""


def _span(steps: Sequence[Step], names: Naming) -> str:
    if not steps:
        return ""
    first, last = steps[0].on, steps[-1].on
    facts = {"first": first.isoformat(), "last": last.isoformat(), "days": (last - first).days}
    return names.word("story.timeline.span", **facts)


def _closing(
    cases: Sequence[Case], situation: Situation, names: Naming, as_of: date
) -> ClosingScene:
    laws = [names.under(case.rule_set).rules for case in cases]
    stages = [stage_of(case, law, as_of) for case, law in zip(cases, laws, strict=True)]
    groups = [stage.group for stage in stages if stage]
    told = [
        f"{name} {groups.count(group)}" for group, name in names.groups.items() if group in groups
    ]
    late = [
        names.title(case.title)
        for case, law in zip(cases, laws, strict=True)
        if not is_foreign(case.jurisdiction)
        and any(clock.is_overdue(as_of) for clock in clocks(case, law, as_of))
    ]
    hazards = hazards_of(cases, situation)
    counted = [_counted(layer, rows, names) for layer, rows in _by_layer(hazards, names)]
    comma, nothing = names.word("story.comma"), names.word("story.closing.none")
    facts = (
        Fact(names.word("story.closing.cases"), str(len(cases))),
        Fact(names.word("story.closing.groups"), comma.join(told) or nothing),
        Fact(names.word("story.closing.hazards"), comma.join(counted) or nothing),
        Fact(names.word("story.closing.overdue"), "\n".join(late) or nothing),
    )
    return ClosingScene(names.word("story.closing.heading"), facts=facts)
