"""Findings as files: a workbook and comma-separated values with reasons, versions and sources."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from dashboard.naming import Naming
from dashboard.panels.deadlines.files import MIMES
from dashboard.panels.findings.words import (
    say_law,
    say_name,
    say_outcome,
    say_severity,
    say_state,
    say_unit,
    say_value,
    sentences,
    table_title,
)
from geodata import Column, Title
from layers.catalog import is_personal
from layers.detect import Run
from layers.dossier import Dossier, Standing
from layers.imprint import Imprint
from layers.rule import Rule
from layers.sheets import render_csv, render_xlsx

__all__ = ["MIMES", "file_name", "make_csv", "make_xlsx", "seal_name", "tabulate_findings"]

COLUMNS = (
    *("severity", "outcome", "name", "office", "township", "state", "why", "facts"),
    *("rows", "sources", "parameters", "law", "point"),
    *("model", "version", "run", "as_of", "case", "id", "facts_id", "nature"),
)


def tabulate_findings(
    found: Sequence[Standing],
    dossiers: Mapping[str, Dossier],
    rules: Mapping[str, Rule],
    names: Naming,
) -> pd.DataFrame:
    """Return findings in words, with what each rests on and by which rule it was found."""
    told = [
        _line(one, rules[one.finding.rule], dossiers[one.finding.rule].run, names) for one in found
    ]
    table = pd.DataFrame(told, columns=list(COLUMNS), dtype=object)
    return table.rename(columns=lambda name: names.word(f"findings.column.{name}"))


def _line(one: Standing, rule: Rule, run: Run | None, names: Naming) -> dict[str, object]:
    finding, numbers = one.finding, run.numbers if run else rule.defaults()
    columns = {column.id: column for column in rule.facts}
    inputs = {given.table: given for given in run.inputs} if run else {}
    tables = dict.fromkeys(row.table for row in finding.rows)
    own = [row for row in finding.rows if not is_personal(row.table)]
    sources = [
        f"{table_title(table, names)} {inputs[table].data_on.isoformat()}"
        f" {names.word('findings.revision', revision=inputs[table].revision)}"
        f" {inputs[table].source_name}"
        for table in tables
        if table in inputs
    ]
    gap = "；" if names.language == "zh" else "; "
    return {
        "severity": say_severity(finding.severity, names),
        "outcome": say_outcome(one, rule, names),
        "name": say_name(one),
        "office": names.office(finding.jurisdiction),
        "township": finding.township,
        "state": say_state(one, names),
        "why": "\n".join(sentences(one, rule, numbers, names)),
        "facts": gap.join(
            f"{names.title(column.title)} {say_value(column, value, names)}"
            for column, value in (
                (columns.get(name, _bare(name)), value) for name, value in finding.facts
            )
        ),
        "rows": gap.join(f"{table_title(row.table, names)} {row.id}" for row in own),
        "sources": gap.join(sources),
        "parameters": gap.join(_numbers(rule, numbers, names)),
        "law": gap.join(say_law(law, names) for law in rule.legal_basis),
        "point": names.title(rule.point),
        "model": names.title(rule.title),
        "version": finding.version,
        "run": one.run,
        "as_of": run.as_of if run else None,
        "case": one.case,
        "id": finding.id,
        "facts_id": finding.facts_id,
        "nature": names.word(
            "frame.demonstration_short" if finding.is_demonstration else "lists.real"
        ),
    }


def _bare(name: str) -> Column:
    """Return a column for a fact that the rule does not declare."""
    return Column(name, Title(name, name))


def _numbers(rule: Rule, numbers: Mapping[str, float], names: Naming) -> Iterator[str]:
    for one in rule.parameters:
        value = numbers.get(one.id, one.default)
        mark = names.word("findings.changed_mark") if value != one.default else ""
        yield f"{names.title(one.title)} {value:g} {say_unit(one.unit, names)}{mark}".strip()


def make_xlsx(
    found: Sequence[Standing],
    dossiers: Mapping[str, Dossier],
    rules: Mapping[str, Rule],
    names: Naming,
    imprint: Imprint,
) -> bytes:
    """Return findings as a workbook; its last sheet tells each rule, its run and its lists."""
    table = tabulate_findings(found, dossiers, rules, names)
    notes = [(names.word("findings.title"), names.word("findings.no_guilt"))]
    for rule_id in dict.fromkeys(one.finding.rule for one in found):
        notes += _notes(rules[rule_id], dossiers[rule_id].run, names)
    return render_xlsx({names.word("findings.title"): table}, imprint, names.language, notes=notes)


def _notes(rule: Rule, run: Run | None, names: Naming) -> Iterator[tuple[str, str]]:
    title = names.title(rule.title)
    yield title, names.title(rule.point)
    yield names.word("findings.column.version"), rule.version
    if run is None:
        return
    yield names.word("findings.column.as_of"), run.as_of.isoformat()
    yield names.word("findings.column.parameters"), "\n".join(_numbers(rule, run.numbers, names))
    for one in run.inputs:
        facts = (f"{one.rows:,}", one.data_on.isoformat(), one.revision, one.source_name)
        yield table_title(one.table, names), " · ".join(filter(None, facts))
    yield (
        names.word("findings.column.law"),
        "\n".join(say_law(law, names) for law in rule.legal_basis),
    )


def make_csv(
    found: Sequence[Standing],
    dossiers: Mapping[str, Dossier],
    rules: Mapping[str, Rule],
    names: Naming,
) -> bytes:
    """Return findings as comma-separated values."""
    return render_csv(tabulate_findings(found, dossiers, rules, names))


def file_name(form: str, names: Naming, imprint: Imprint) -> str:
    """Return what a file of findings is called: the day, and whether its content is invented."""
    mark = f"_{names.word('frame.demonstration_short')}" if imprint.is_demonstration else ""
    day = imprint.as_of.isoformat()
    return names.word("findings.file", day=day, mark=mark, form=form)


def seal_name(rule: Rule, run_id: str, run: Run, names: Naming) -> str:
    """Return what a sealed run is called: the rule, the run, its day."""
    return names.word("findings.seal_file", rule=rule.id, run=run_id, day=run.as_of.isoformat())
