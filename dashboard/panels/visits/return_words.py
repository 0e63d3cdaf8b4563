"""How facts, gaps, notes and writes of a return are said, in the visitor's language."""

from collections.abc import Mapping

from dashboard.naming import Naming
from dashboard.text import all_words
from geodata import Case
from layers.checklists import Checklist, Question
from layers.return_pack import Conflict, Note, ReturnedStop
from layers.visit_book import Marked
from layers.visit_known import CASE, KINDS
from layers.visit_status import StatusChange

NOTHING = "—"
SIGNS: Mapping[str, str] = {
    "found": "●",
    "not_found": "○",
    "rectified": "✓",
    "relapsed": "↺",
    "no_access": "⊘",
}
"""A sign for each result, so that colour alone never tells it."""


def say_result(result: str, checklist: Checklist | None, names: Naming) -> str:
    """Return the result of a visit with its sign."""
    question = checklist.find("result") if checklist else None
    titles = {one.id: names.title(one.title) for one in question.answers} if question else {}
    said = titles.get(result) or result or names.word("visit_return.no_result")
    return f"{SIGNS.get(result, '?')} {said}"


def say_name(name: str, names: Naming) -> str:
    """Return what a fact of the office is called."""
    if name.startswith(CASE):
        return names.word("visit_return.case", case=name.removeprefix(CASE))
    return names.word("lists.kinds" if name == KINDS else f"lists.{name}")


def say_value(name: str, value: str, layer: str, cases: Mapping[str, Case], names: Naming) -> str:
    """Return what a fact of the office says."""
    if not value:
        return NOTHING
    if name == KINDS:
        return names.list_of(names.hazard_kinds(layer, value))
    if not name.startswith(CASE):
        return value
    stage, _, entries = value.rpartition(" ")
    case = cases.get(name.removeprefix(CASE))
    own = names.under(case.rule_set) if case else names
    said = own.stage(stage) if stage in own.rules.stages else stage
    return names.word("visit_return.standing", stage=said, count=entries)


def say_answer(question: Question | None, answer: str, stop: ReturnedStop, names: Naming) -> str:
    """Return an answer with its unit, and by which method a distance was measured."""
    if question is None:
        return answer
    titles = {one.id: names.title(one.title) for one in question.answers}
    method = stop.methods.get(question.id, "")
    said = titles.get(answer, answer)
    return f"{said}{f' {question.unit}' if question.unit else ''}{f' ({method})' if method else ''}"


def say_gap(gap: str, checklist: Checklist | None, names: Naming) -> str:
    """Return what is missing, or out of bounds, on a stop."""
    kind, _, role = gap.partition(":")
    if role:
        return names.word("visit_return.gap_signature", role=names.word(f"visit_pack.role_{role}"))
    question = checklist.find(kind) if checklist else None
    return names.title(question.title) if question else names.word(f"visit_pack.gap_{kind}")


def say_note(note: Note, names: Naming) -> str:
    """Return what is to be looked at on a stop or a whole return."""
    return names.word(f"visit_return.note.{note.code}", value=note.value or NOTHING, ref=note.ref)


def say_conflict(conflict: Conflict, layer: str, cases: Mapping[str, Case], names: Naming) -> str:
    """Return what a person has to decide."""
    if conflict.kind != "office_changed":
        return names.word(f"visit_return.conflict.{conflict.kind}")
    then, now = (
        say_value(conflict.name, one, layer, cases, names) for one in (conflict.then, conflict.now)
    )
    name = say_name(conflict.name, names)
    return names.word("visit_return.conflict.office_changed", name=name, then=then, now=now)


def say_change(change: StatusChange | None, names: Naming) -> str:
    """Return what a visit would change of the days of its hazard, or why it changes none."""
    if change is None:
        return names.word("visit_return.says_nothing")
    if change.left:
        return say_left(change.left, names)
    if not change.days:
        return names.word("visit_return.as_it_is")
    return names.list_of(
        names.word(
            "visit_return.sets" if day else "visit_return.clears",
            name=say_name(name, names),
            day=day,
        )
        for name, day in change.days
    )


def say_left(reason: str, names: Naming) -> str:
    """Return why something is left to a person."""
    code = reason.partition(" ")[0]
    is_known = f"visit_return.left.{code}" in all_words(names.language)
    return names.word(f"visit_return.left.{code if is_known else 'law'}", reason=reason)


def say_mark(mark: Marked, names: Naming) -> str:
    """Return what became of one write."""
    what = names.word(f"visit_return.what.{mark.what}")
    state = names.word(f"visit_return.state.{mark.state}")
    why = say_left(mark.reason, names) if mark.reason else ""
    return names.word("visit_return.mark", what=what, state=state) + (f" {why}" if why else "")
