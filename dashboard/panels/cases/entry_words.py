"""An entry in words: what it is, the law behind it, and everything that was given with it."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from dashboard.draft import Around, Draft, code_list
from dashboard.naming import Naming
from dashboard.words.law import say_basis, say_field
from geodata import Case, CaseEvent
from geodata.rule_set import Deadline, Fact

NOTHING = "—"
Entry = CaseEvent | Draft


def law_of(fact: Fact, names: Naming) -> str:
    """Return the articles of a kind of entry in words, marked where they are not sure."""
    return say_basis(fact.basis, names.rules, names.language, fact.certainty)


def title_of(kind: str, names: Naming) -> str:
    """Return what a kind of entry is called."""
    return names.title(names.rules.event_title(kind))


def facts_of(entry: Entry, case: Case, names: Naming, around: Around) -> list[tuple[str, str]]:
    """Return everything that was given with an entry, each with its name."""
    return list(_facts(entry, case, names, around))


def words_of_entry(entry: Entry, case: Case, names: Naming, around: Around) -> str:
    """Return everything that was given with an entry, in one line."""
    between = "；" if names.language == "zh" else "; "
    return between.join(
        value if name == names.word("case_file.field.note") else f"{name} {value}"
        for name, value in facts_of(entry, case, names, around)
        if name != names.word("case_file.field.document")
    )


def detail_words(name: str, value: str, case: Case, names: Naming, around: Around) -> str:
    """Return a detail as the reader sees it: names for codes, offices and hazards."""
    detail = names.rules.details.get(name)
    if detail is None or not value:
        return value or NOTHING
    if detail.form in {"code", "codes"}:
        codes = code_list(detail, case, names.rules)
        said = (names.title(codes[one].title) if one in codes else one for one in value.split(";"))
        return "、".join(said)
    known = {"office": around.offices, "hazard": around.hazards}.get(detail.form, {})
    if detail.form in {"entry", "entries"}:
        return "、".join(f"#{one}" for one in value.split(";"))
    return known.get(value, value)


def length_of(deadline: Deadline, names: Naming) -> str:
    """Return how long a period is, in words."""
    parts = []
    if deadline.months:
        parts.append(names.word("case_file.moves.months", months=deadline.months))
    if deadline.days:
        parts.append(names.word("case_file.moves.days", days=deadline.days))
    if deadline.due_from_event:
        parts.append(names.word("case_file.moves.written_day"))
    return " / ".join(parts)


def with_brackets(words: str, more: str, names: Naming) -> str:
    """Return words with more of them in the brackets of the language."""
    return f"{words}（{more}）" if names.language == "zh" else f"{words} ({more})"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are markup already."""
    head = "".join(f"<th>{escape(one)}</th>" for one in headings)
    body = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in rows)
    return f'<table class="pim-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def numbers_words(numbers: Sequence[int]) -> str:
    """Return entry numbers as they are written everywhere: #3、#5."""
    return "、".join(f"#{one}" for one in numbers) or NOTHING


def _facts(entry: Entry, case: Case, names: Naming, around: Around) -> Iterator[tuple[str, str]]:
    fact = names.rules.kind(entry.kind)
    if entry.ground:
        grounds = names.rules.codes.get(fact.grounds, {})
        said = names.title(grounds[entry.ground]) if entry.ground in grounds else entry.ground
        yield names.word("case_file.field.ground"), said
    for name, value in entry.details:
        if value:
            label = say_field(name, names.rules, names.language)
            yield label, detail_words(name, value, case, names, around)
    if entry.due_on:
        yield names.word("case_file.field.due_on"), entry.due_on.isoformat()
    if entry.document:
        yield names.word("case_file.field.document"), entry.document
    if entry.note:
        yield names.word("case_file.field.note"), entry.note
