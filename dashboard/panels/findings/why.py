"""Why this one: its sentences, what changed, its rows side by side, the rule behind it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from html import escape

import pandas as pd
import streamlit as st

from dashboard.desks.findings import Opened
from dashboard.naming import Naming
from dashboard.panels.card import column_text
from dashboard.panels.findings.words import (
    NOTHING,
    keeper_of,
    say_change,
    say_entry,
    say_law,
    say_name,
    say_severity,
    say_state,
    say_unit,
    sentences,
    table_of,
    table_title,
)
from geodata import Column, Title
from layers.evidence_rows import Evidence, EvidenceRow

MOST_COLUMNS = 12
"""Rows side by side; more are named below, and all of them are in the files."""

CHANGED = "▲ "
"""What a cell begins with that has changed since the run."""

LEFT_OUT = frozenset({"geometry", "valid_from", "valid_to", "is_demonstration", "place_original"})


def show_why(opened: Opened, names: Naming, on_case: Callable[[str], None]) -> None:
    """Show what was found, why, what changed since, and what was decided before."""
    one, rule = opened.standing, opened.rule
    finding = one.finding
    mark = names.word("frame.demonstration_short") if finding.is_demonstration else ""
    demo = f'<span class="pim-demo">{escape(mark)}</span>' if mark else ""
    where = " ".join(filter(None, (names.office(finding.jurisdiction), finding.township)))
    why = "".join(
        f"<li>{escape(said)}</li>" for said in sentences(one, rule, opened.run.numbers, names)
    )
    head = f"{say_severity(finding.severity, names)} · {say_name(one)}"
    sub = f"{names.title(rule.title)} · {where} · {say_state(one, names)}"
    st.html(
        f'<div class="pim-card"><h4>{escape(head)} {demo}</h4>'
        f'<div class="pim-sub">{escape(sub)}</div>'
        f'<ul class="pim-why">{why}</ul>'
        f'<div class="pim-sub">{escape(names.word("findings.no_guilt"))}</div></div>'
    )
    if one.is_gone:
        st.warning(names.word("findings.gone_about"), icon=":material/event_busy:")
    if one.stale:
        st.warning(names.word(f"findings.stale_about.{one.stale}"), icon=":material/sync_problem:")
    if one.rejected is not None:
        said = names.word("findings.rejected_about", entry=say_entry(one.rejected, names))
        st.warning(said, icon=":material/history:")
    if one.changes:
        st.markdown(f"**{names.word('findings.what_changed')}**")
        for change in one.changes:
            st.caption(say_change(change, rule, names))
    if one.case:
        st.button(
            names.word("findings.open_case_file", case=one.case),
            key="finding-case",
            icon=":material/folder_open:",
            on_click=on_case,
            args=(one.case,),
        )
    for entry in one.entries:
        st.caption(say_entry(entry, names))


def show_rows(evidence: Evidence, names: Naming) -> None:
    """Show the rows side by side: fields as lines, a column for each, its list, keeper and day.

    What has changed since the run stands as then → now.
    """
    for table, count in evidence.hidden.items():
        said = names.word("findings.personal", table=table_title(table, names), count=count)
        st.info(said, icon=":material/visibility_off:")
    rows = evidence.rows[:MOST_COLUMNS]
    if not rows:
        return
    heads = "".join(f"<th>{escape(one)}</th>" for one in ("", *(_head(row) for row in rows)))
    lines = [
        f"<tr><td>{escape(name)}</td>{''.join(f'<td>{_marked(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in (*_sources(rows, names), *_fields(rows, evidence, names))
    ]
    st.html(
        f'<div class="pim-side"><table class="pim-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
    if len(evidence.rows) > MOST_COLUMNS:
        more = names.list_of(row.ref.id for row in evidence.rows[MOST_COLUMNS:])
        st.caption(names.word("findings.more_rows", rows=more))


def side_by_side(evidence: Evidence, names: Naming) -> pd.DataFrame:
    """Return all rows of a finding as a table: fields as lines, a column for each row."""
    rows = evidence.rows
    lines = [*_sources(rows, names), *_fields(rows, evidence, names)]
    heads = ["", *(f"{_head(row)} ({row.ref.id})" for row in rows)]
    return pd.DataFrame([(name, *cells) for name, cells in lines], columns=heads, dtype=object)


def _head(row: EvidenceRow) -> str:
    return f"{row.told.get('name') or row.ref.id}"


def _sources(rows: Sequence[EvidenceRow], names: Naming) -> Iterator[tuple[str, list[str]]]:
    """Yield which list each row is from, who keeps it, its revision and day."""
    yield (
        names.word("findings.source.list"),
        [table_title(row.ref.table, names) for row in rows],
    )
    yield names.word("findings.source.keeper"), [keeper_of(row.ref.table, names) for row in rows]
    told = [
        f"{row.given.data_on.isoformat()} · "
        f"{names.word('findings.revision', revision=row.given.revision)}"
        if row.given
        else NOTHING
        for row in rows
    ]
    yield names.word("findings.source.state"), told


def _fields(
    rows: Sequence[EvidenceRow], evidence: Evidence, names: Naming
) -> Iterator[tuple[str, list[str]]]:
    """Yield the columns that any of the rows says something in, then how the rows lie."""
    columns: dict[str, Column] = {}
    for row in rows:
        found = table_of(row.ref.table)
        for column in found.schema.columns if found else ():
            columns.setdefault(column.id, column)
        for name in map(str, row.told):
            title = names.word("card.system") if name == "system_original" else name
            columns.setdefault(name, Column(name, Title(title, title)))
    for name, column in columns.items():
        if name in LEFT_OUT:
            continue
        cells = [_cell(row, name, column, names) for row in rows]
        if any(cells):
            yield names.title(column.title), cells
    for kind in ("area_m2", "distance_m"):
        told = {one.row: one.value for one in evidence.measured if one.kind == kind}
        if told:
            name = names.word(f"findings.side.{kind}")
            yield name, [f"{told[row.ref]:,.1f}" if row.ref in told else "" for row in rows]


def _cell(row: EvidenceRow, name: str, column: Column, names: Naming) -> str:
    own = table_of(row.ref.table)
    known = {one.id: one for one in own.schema.columns} if own else {}
    shown = known.get(name, column)
    then, now = ((_text(shown, told, name, names) if told is not None else None)
                 for told in (row.then, row.now))  # fmt: skip
    if then is None or now is None or then == now:
        gone = " ▲" if row.then is not None and row.now is None and name == "id" else ""
        return f"{then if then is not None else now or ''}{gone}"
    return f"{CHANGED}{then or NOTHING} → {now or NOTHING}"


def _marked(cell: str) -> str:
    """Return a cell as markup; one that has changed since the run stands out."""
    return f"<b>{escape(cell)}</b>" if cell.startswith(CHANGED) else escape(cell)


def _text(column: Column, told: Mapping[str, object], name: str, names: Naming) -> str:
    value = told.get(name)
    if value is None or (not isinstance(value, str | date) and pd.isna(value)):  # type: ignore[call-overload]
        return ""
    if name == "jurisdiction":
        return names.office(str(value))
    text = column_text(column, value, names)
    return "" if text == NOTHING else text


def show_basis(opened: Opened, names: Naming) -> None:
    """Show the rule behind a finding: version, run, parameters used, supervision point, law."""
    rule, run, record = opened.rule, opened.run, opened.record
    facts = {
        "version": opened.standing.finding.version,
        "run": record.id,
        "as_of": run.as_of.isoformat(),
        "code": record.code,
    }
    st.caption(names.word("findings.by_rule", **facts))
    if opened.standing.finding.version != rule.version:
        st.warning(names.word("findings.other_version", now=rule.version), icon=":material/update:")
    st.markdown(f"**{names.word('findings.column.point')}**  \n{names.title(rule.point)}")
    lines = []
    for one in rule.parameters:
        value = run.numbers.get(one.id, one.default)
        mark = names.word("findings.changed_mark") if value != one.default else ""
        lines.append(
            (
                names.title(one.title),
                f"{value:g} {say_unit(one.unit, names)}{mark}",
                say_law(one.source, names),
            )
        )
    show_table(
        ("findings.column.parameters", "findings.value", "findings.parameter_source"), lines, names
    )
    st.markdown(f"**{names.word('findings.column.law')}**")
    for law in rule.legal_basis:
        st.caption(say_law(law, names))


def show_table(heads: Sequence[str], lines: Sequence[Sequence[str]], names: Naming) -> None:
    """Show a small table that is read, not worked with."""
    if not lines:
        return
    head = "".join(f"<th>{escape(names.word(one))}</th>" for one in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in lines
    )
    st.html(f'<table class="pim-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
