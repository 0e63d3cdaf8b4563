"""Cases for tests: built by hand in few words, or walked at random through lawful moves."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from geodata import Case, CaseEvent, RuleSet, Title, advance, load_rule_set, offered_moves
from geodata.lifecycle import WITHDRAWN
from geodata.rule_set import Fact

RULES = load_rule_set()
KINDS = tuple(RULES.codes["case_kinds"])
RECORDED = datetime(2026, 6, 30, 8, tzinfo=UTC)


def event(kind, day, **facts):
    """Return an entry in a few words: `recorded` is a day, what no field holds is a detail."""
    fields = ("note", "document", "ground", "due_on", "corrects")
    recorded = facts.pop("recorded", None)
    known = {name: facts.pop(name) for name in fields if name in facts}
    if isinstance(known.get("due_on"), str):
        known["due_on"] = date.fromisoformat(known["due_on"])
    when = datetime.combine(date.fromisoformat(recorded), time(8), UTC) if recorded else RECORDED
    details = tuple((name, str(value)) for name, value in facts.items())
    return CaseEvent(kind, date.fromisoformat(day), when, "tester", details=details, **known)


def a_case(*events, kind="admin_pil", **facts):
    """Return a case of one office with these entries, lawful or not."""
    given = {"id": "T-1", "jurisdiction": "LZ-CG", "field": "work_safety", "rule_set": "cn-2021"}
    return Case(
        title=Title("测试案", "A test case"), kind=kind, events=events, **{**given, **facts}
    )


def filled(fact: Fact, day: date, case: Case, rules: RuleSet = RULES) -> CaseEvent:
    """Return an entry of a kind with everything that the rule set asks for."""
    given = {}
    for name in fact.asks:
        if name in {"document", "note"}:
            given[name] = "某文书"
        elif name == "due_on":
            given[name] = (day + timedelta(days=40)).isoformat()
        elif name == "ground":
            given[name] = next(iter(rules.codes[fact.grounds]))
        else:
            given[name] = _detail(rules, name, case)
    return event(fact.id, day.isoformat(), **given)


def _detail(rules: RuleSet, name: str, case: Case) -> str:
    detail = rules.details[name]
    if detail.form in {"code", "codes"}:
        codes = detail.codes
        if codes == "claims":
            codes = "claims_admin" if case.kind == "admin_pil" else "claims_civil"
        return next(iter(rules.codes[codes]))
    plain = {"office": "LZ-YD", "item": "1", "entry": "0", "entries": "0", "number": "12.5"}
    return {**plain, "hazard": "charging_stations:1", "day": "2025-01-02"}.get(detail.form, "某某")


@st.composite
def walks(draw, kinds=KINDS, longest=22):
    """Draw a case that was walked through offered moves over years, facts among the stages."""
    kind = draw(st.sampled_from(kinds))
    day = date(2019, 1, 1) + timedelta(days=draw(st.integers(0, 1500)))
    case = a_case(event("lead_registered", day.isoformat()), kind=kind)
    for _ in range(draw(st.integers(0, longest))):
        moves = offered_moves(case, RULES, day)
        stages = [one for one in moves if one.leads_on]
        takes_stage = stages and draw(st.integers(0, 2))
        move = draw(st.sampled_from(stages if takes_stage else moves))
        day = min(day + timedelta(days=draw(st.integers(0, 120))), date(2026, 6, 30))
        case = advance(case, filled(move.fact, day, case), RULES)
    return case


@st.composite
def rough_histories(draw):
    """Draw any history: walked, then corrected, taken back and entered late without order."""
    case = draw(walks())
    events = list(case.events)
    for _ in range(draw(st.integers(0, 4))):
        number = draw(st.integers(0, len(events) - 1))
        old = events[number]
        moved = old.occurred_on + timedelta(days=draw(st.integers(-60, 60)))
        kind = draw(st.sampled_from([WITHDRAWN, old.kind]))
        recorded = draw(st.dates(date(2024, 1, 1), date(2026, 6, 30))).isoformat()
        events.append(
            event(kind, moved.isoformat(), corrects=number, recorded=recorded, note="更正")
        )
    return a_case(*events, kind=case.kind)
