"""A list as offices keep it, one row per case with its dates: each row becomes a lawful history.

The day of receipt is taken to be that of service where the list has none; each such row is
named, and its entry says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from geodata.case_columns import Heading, Row, find_code, plain, read_case
from geodata.case_draft import Draft, Place
from geodata.case_history import (
    RECEIVED,
    SERVED,
    OutOfOrder,
    Source,
    Step,
    Told,
    make_history,
    reached,
)
from geodata.case_tables import Entering, details_in
from geodata.city import City
from geodata.model import Case, Title
from geodata.rule_set import RuleSet

LIST_COLUMNS: Mapping[str, Heading] = {
    "lead_registered": Heading(Title("线索日期", "Lead date"), ("线索登记日期", "线索受理日期")),
    "case_filed": Heading(Title("立案日期", "Filing date"), ("立案时间",)),
    "recommendation_decided": Heading(
        Title("建议决定日期", "Recommendation decided on"), ("建议制发日期", "制发建议日期")
    ),
    SERVED: Heading(
        Title("建议送达日期", "Recommendation served on"), ("送达日期", "检察建议送达日期")
    ),
    RECEIVED: Heading(Title("建议收到日期", "Recommendation received on"), ("收到日期",)),
    "announcement": Heading(Title("公告日期", "Announcement date"), ("诉前公告日期",)),
    "agency_replied": Heading(Title("回复日期", "Reply date"), ("行政机关回复日期",)),
    "rectification_verified": Heading(
        Title("核实整改日期", "Rectification verified on"), ("整改核实日期", "核实日期")
    ),
    "suit_filed": Heading(Title("起诉日期", "Suit filed on"), ("提起诉讼日期",)),
    "ended_on": Heading(Title("终结日期", "Ended on"), ("结案日期", "办结日期")),
    "stage": Heading(Title("阶段", "Stage"), ("当前阶段", "办理阶段")),
    "stage_on": Heading(Title("阶段日期", "Stage reached on"), ("进入阶段日期",)),
    "end_ground": Heading(Title("终结理由", "Ground of termination"), ("终结情形", "结案理由")),
}
DATED = ("stage", "ended_on", "case_filed", "lead_registered", SERVED)
"""A table with one of these columns, besides number and title of the case, is such a list."""

NO_STEPS = frozenset({"ended_on", "stage", "stage_on", "end_ground"})
STEPS = tuple(one for one in LIST_COLUMNS if one not in NO_STEPS)
CIVIL_SUITS = {"criminal_incidental_civil_pil": "criminal_incidental_filed"}

Days = Mapping[str, date | None]


def list_meanings() -> dict[str, str]:
    """Return what the further headings of a list mean."""
    return {
        plain(one): f"list:{meaning}"
        for meaning, heading in LIST_COLUMNS.items()
        for one in (heading.title.zh, heading.title.en, *heading.others)
    }


def drafts_of_list(rows: Sequence[Row], city: City, entering: Entering) -> tuple[Draft, ...]:
    """Return the case that each row tells."""
    return tuple(_draft(row, city, entering) for row in rows)


@dataclass(frozen=True)
class _Line:
    """One row of the list: the case without its entries, its days, and the stage it states."""

    row: Row
    case: Case
    rules: RuleSet
    days: Days
    stage: str

    def ground(self, kind: str) -> str:
        """Return the ground that the row gives for an entry, by its code where there is one."""
        grounds, text = self.rules.kind(kind).grounds, self.row.text("list:end_ground")
        if not (grounds and text):
            return ""
        return find_code(text, self.rules.codes[grounds]) or text


def _draft(row: Row, city: City, entering: Entering) -> Draft:
    case, rules, is_judged = read_case(row, city)
    source = Source("清单", entering.at, entering.by)
    stage = row.code("list:stage", {one: stage.title for one, stage in rules.stages.items()})
    days = {part: row.day(f"list:{part}") for part in (*STEPS, "ended_on", "stage_on")}
    line = _Line(row, case, rules, days, stage)
    steps = tuple(_steps(line, source)) if is_judged else ()
    if is_judged and not steps and not (stage and days["stage_on"]):
        row.complain("no_day", "list:stage")
    told = () if row.problems else _history(line, steps, source)
    if any(one.event.note == source.receipt for one in told):
        row.complain("receipt_assumed", f"list:{SERVED}")
    return Draft(
        case=replace(case, events=tuple(one.event for one in told)),
        rules=rules,
        rows=(row.place,),
        entry_rows=tuple(_entry_place(row.place, one) for one in told),
        problems=tuple(row.problems),
        is_judged=bool(told),
        states_recording=False,
    )


def _steps(line: _Line, source: Source) -> Iterator[Step]:
    """Yield what the dates of a row say; service is taken for receipt where there is none."""
    case, days = line.case, line.days
    for kind in STEPS:
        day = days[kind]
        own = CIVIL_SUITS.get(case.kind, kind) if kind == "suit_filed" else kind
        is_suit = kind == "suit_filed"
        details = details_in(line.row, line.rules, case.kind) if is_suit else ()
        if day is not None:
            yield Step(own, day, f"list:{kind}", details=details)
    served = days[SERVED]
    if served is not None and days[RECEIVED] is None:
        yield Step(RECEIVED, served, f"list:{SERVED}", source.receipt)
    ended = days["ended_on"]
    if ended is not None:
        kind = _end(line)
        yield Step(kind, ended, "list:ended_on", ground=line.ground(kind))


def _history(line: _Line, steps: Sequence[Step], source: Source) -> tuple[Told, ...]:
    """Return the entries of a row that reach the stage it states, or complain and return none."""
    row, rules, stage, kind = line.row, line.rules, line.stage, line.case.kind
    try:
        told = make_history(steps, kind, rules, source)
    except OutOfOrder as wrong:
        to = wrong.step.kind
        facts = {"now": wrong.now, "to": to, "basis": rules.kind(to).basis, "rules": rules.id}
        row.complain("steps_out_of_order", wrong.step.part, **facts)
        return ()
    if not stage or reached(told, rules) == stage:
        return told
    last = line.days["stage_on"] or max(step.on for step in steps)
    note = "" if line.days["stage_on"] else source.no_later_date(rules, stage)
    stated = Step(stage, last, "list:stage", note, line.ground(stage))
    try:
        further = make_history([*steps, stated], kind, rules, source)
    except OutOfOrder:
        further = told
    if reached(further, rules) != stage:
        facts = {"now": reached(told, rules), "to": stage, "rules": rules.id}
        row.complain("stage_contradicts", "list:stage", **facts)
        return ()
    return further


def _end(line: _Line) -> str:
    """Return how a case ended: as the list says, else as its kind and its steps have it."""
    if line.stage and line.rules.stages[line.stage].is_terminal:
        return line.stage
    if line.days["suit_filed"] is not None:
        return "closed_by_judgment"
    if line.case.kind != "admin_pil":
        return "terminated_civil"
    was_served = line.days[SERVED] is not None
    return "terminated_after_rectification" if was_served else "terminated_before_recommendation"


def _entry_place(place: Place, told: Told) -> Place:
    """Return the row as an entry made from it sees it: day and ground stand in other columns."""
    seen_as = {"occurred_on": told.part, "kind": told.part, "ground": "list:end_ground"}
    headings = {part: place.headings.get(column, "") for part, column in seen_as.items()}
    values = {part: place.values.get(column, "") for part, column in seen_as.items()}
    claims = {"claims": place.headings.get("detail:claims", "")}
    return replace(
        place,
        headings={**place.headings, **headings, **claims},
        values={**place.values, **values},
    )
