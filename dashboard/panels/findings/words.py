"""Findings in words: outcomes, states, why a list cannot be used, what has changed."""

from collections.abc import Iterable, Mapping

from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import with_brackets
from geodata import Column, GeodataError, Title
from geodata.findings import Entry
from geodata.lifecycle import OFFICE_TIME
from layers.catalog import find_table
from layers.detect import Lack
from layers.dossier import Change, Standing, State
from layers.law import Law
from layers.layer import Layer
from layers.reasons import explain, say_fact
from layers.rule import SEVERITIES, Fact, Numbers, Rule, Severity, SourceList

NOTHING = "—"
SEVERITY_SIGNS: Mapping[Severity, str] = {"critical": "▲", "major": "◆", "minor": "●"}
"""What stands before the word of a severity: the shapes on the map."""

UNITS: Mapping[str, Title] = {
    "亩": Title("亩", "mu"),
    "月": Title("个月", "months"),
    "日": Title("日", "days"),
    "天": Title("天", "days"),
    "年": Title("年", "years"),
    "人": Title("人", "persons"),
    "户": Title("户", "households"),
}
"""Units that are words and no signs."""

STATE_SIGNS: Mapping[State, str] = {
    "new": "○",
    "confirmed": "✓",
    "rejected": "✗",
    "became_case": "▣",
}


def say_severity(severity: Severity, names: Naming) -> str:
    """Return a severity with its sign."""
    return f"{SEVERITY_SIGNS[severity]} {names.title(SEVERITIES[severity])}"


def say_state(one: Standing, names: Naming) -> str:
    """Return what was decided on a finding, and what the newest run and the lists say of it."""
    said = [f"{STATE_SIGNS[one.state]} {names.word(f'findings.state.{one.state}')}"]
    if one.course in {"new", "changed", "gone"}:
        said.append(names.word(f"findings.course.{one.course}"))
    if one.stale:
        said.append(names.word(f"findings.stale.{one.stale}"))
    if one.rejected is not None:
        said.append(names.word("findings.rejected_before"))
    return " · ".join(said)


def say_outcome(one: Standing, rule: Rule, names: Naming) -> str:
    """Return what was found, with everything that holds as well."""
    outcomes = (one.finding.outcome, *one.finding.flags)
    return names.list_of(names.title(rule.outcome(name).title) for name in outcomes)


def say_name(one: Standing) -> str:
    """Return what a finding is called: its subject, else the township, else a dash."""
    return one.finding.name or one.finding.township or NOTHING


def sentences(one: Standing, rule: Rule, numbers: Numbers, names: Naming) -> tuple[str, ...]:
    """Return why a finding is on the list; under another version of the rule, only its facts."""
    try:
        return explain(one.finding, rule, numbers, names.language)
    except KeyError:  # an outcome that the rule has no more
        return tuple(f"{name} {say_fact(value)}" for name, value in one.finding.facts)


def table_title(table: str, names: Naming) -> str:
    """Return what a list or layer is called; one that is no longer there by its id."""
    found = table_of(table)
    return table if found is None else names.title(found.title)


def table_of(table: str) -> Layer | SourceList | None:
    """Return a list or layer, None if it is no longer there."""
    try:
        return find_table(table)
    except GeodataError:
        return None


def keeper_of(table: str, names: Naming) -> str:
    """Return who keeps a list; a layer is kept here."""
    found = table_of(table)
    if isinstance(found, SourceList):
        return names.title(found.keeper)
    return names.word("findings.own_layer") if found else NOTHING


def say_lack(lack: Lack, names: Naming) -> str:
    """Return why a list cannot be used, and what to do."""
    columns = lack.columns
    found = table_of(lack.table)
    if found is not None:
        titles = {one.id: names.title(one.title) for one in found.schema.columns}
        columns = tuple(titles.get(one, one) for one in columns)
    return names.word(
        f"findings.lack.{lack.reason}",
        data_on=lack.data_on or NOTHING,
        limit_on=lack.limit_on or NOTHING,
        columns=names.list_of(columns),
    )


def say_lacks(lacks: Iterable[Lack], names: Naming) -> str:
    """Return why lists cannot be used, each by its name."""
    colon, end = ("：", "。") if names.language == "zh" else (": ", ". ")
    told = (f"{table_title(one.table, names)}{colon}{say_lack(one, names)}{end}" for one in lacks)
    return "".join(told).strip()


def say_law(law: Law, names: Naming) -> str:
    """Return an article with how sure we are of it."""
    return with_brackets(names.title(law.title), names.word(f"certainty.{law.certainty}"), names)


def say_change(change: Change, rule: Rule, names: Naming) -> str:
    """Return one thing in which a finding differs from what it was."""
    columns = {one.id: one for one in rule.facts}
    name = names.word(f"findings.change.{change.what}")
    before, after = say_fact(change.before), say_fact(change.after)
    if change.what == "fact" and change.name in columns:
        column = columns[change.name]
        name = names.title(column.title)
        before, after = (say_value(column, one, names) for one in (change.before, change.after))
    if change.what == "severity":
        before, after = (
            names.title(SEVERITIES[one])  # type: ignore[index]
            for one in (change.before, change.after)
        )
    if change.what == "flags":
        titles = {one.id: names.title(one.title) for one in rule.outcomes}
        before, after = (
            names.list_of(titles.get(each, each) for each in str(one).split(";") if each) or NOTHING
            for one in (change.before, change.after)
        )
    return f"{name}: {before} → {after}"


def say_unit(unit: str, names: Naming) -> str:
    """Return a unit as it is called; one that is a sign of its own (m²) in any language."""
    return names.title(UNITS[unit]) if unit in UNITS else unit


def say_value(column: Column, value: Fact, names: Naming) -> str:
    """Return a fact with its unit, its codes by name."""
    if isinstance(value, str) and column.codes:
        said = (names.title(column.codes[one]) if one in column.codes else one
                for one in value.split(";"))  # fmt: skip
        return names.list_of(said)
    unit = f" {say_unit(column.unit, names)}" if column.unit and value is not None else ""
    return f"{say_fact(value)}{unit}"


def say_entry(entry: Entry, names: Naming) -> str:
    """Return one entry: when, who, what, why."""
    when = entry.recorded_at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M")
    said = [when, entry.recorded_by, names.word(f"findings.entry.{entry.kind}")]
    return " · ".join([*said, *filter(None, (entry.case, entry.why))])
