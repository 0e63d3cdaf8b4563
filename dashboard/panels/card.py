"""The card of what is selected: a hazard with its facts, or a case with its timeline."""

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.cases.timeline import show_timeline
from dashboard.words.law import say_basis
from geodata import Case, Column, hazards_of, stage_of
from geodata.crs import SQUARE_METRES_PER_MU
from geodata.schema import COMMON_COLUMNS
from layers.layer import Layer

NOTHING = "—"
DATES = ("found_on", "rectified_on", "verified_on", "relapsed_on")
ORIGIN = ("source", "measure_method", "geometry_status", "accuracy_m")
MARKUP = frozenset("\\`*_{}[]()#+!|$~<>:")


def show_hazard_card(
    row: pd.Series,
    layer: Layer,
    cases: Sequence[Case],
    names: Naming,
    as_of: date,
    *,
    known_at: datetime | None = None,
) -> None:
    """Show the facts of a hazard, where its place comes from, and each of its cases.

    With `known_at`, only what had been entered of the cases by that instant is told.
    """
    chips = "".join(
        f'<span class="pim-chip">{escape(kind)}</span>'
        for kind in names.hazard_kinds(layer.id, row["hazard_kinds"])
    )
    row = row.where(row.notna(), "")
    where = " ".join(filter(None, (names.office(row["jurisdiction"]), row["township"])))
    heading = _heading(
        str(row["name"] or row["id"]),
        f"{names.title(layer.title)} · {row['id']} · {where}",
        names.word("frame.demonstration_short") if row["is_demonstration"] else "",
    )
    columns = [*common_columns(DATES), *layer.card_columns(), *common_columns(ORIGIN)]
    facts = [
        (names.title(one.title), column_text(one, _then(row.get(one.id), as_of), names))
        for one in columns
    ]
    facts.append((names.word("card.system"), str(row.get("system_original") or NOTHING)))
    st.html(f'<div class="pim-card">{heading}<div>{chips}</div>{_table(facts)}</div>')
    if names.title(layer.measuring):
        st.caption(f"{names.word('card.measuring')}: {names.title(layer.measuring)}")
    _show_cases_of_hazard(cases, names, as_of, known_at)
    _show_law(layer, names)


def show_case_card(
    case: Case, names: Naming, as_of: date, known_at: datetime | None = None
) -> None:
    """Show a case: what it is about, where it stands, and its timeline."""
    mark = names.word("frame.demonstration_short") if case.is_demonstration else ""
    st.html(f'<div class="pim-card">{_heading(names.title(case.title), case.id, mark)}</div>')
    summary = names.title(case.summary)
    if summary:
        st.markdown(plain(summary))
    _show_case_facts(case, names.under(case.rule_set), as_of, known_at)


def column_text(column: Column, value: Any, names: Naming) -> str:
    """Return one value as the reader sees it: names for codes, units for numbers, "—" for none."""
    if pd.isna(value) or value == "":
        return NOTHING
    wordings = {
        "code": lambda: _code_name(column, value, names),
        "codes": lambda: "、".join(_code_name(column, one, names) for one in value.split(";")),
        "yes_no": lambda: names.word("card.yes" if value else "card.no"),
        "number": lambda: _number(column, float(value), names),
        "whole": lambda: f"{int(value):,}",
    }
    return wordings[column.kind]() if column.kind in wordings else str(value)


def _then(value: Any, as_of: date) -> Any:
    """Return a value as it was on a day: what happened later had not happened."""
    if not isinstance(value, date) or pd.isna(value):
        return value
    return None if value > as_of else value


def _code_name(column: Column, code: str, names: Naming) -> str:
    return names.title(column.codes[code]) if code in column.codes else str(code)


def _number(column: Column, value: float, names: Naming) -> str:
    text = f"{value:,.1f}".removesuffix(".0")
    if column.unit == "m²":
        mu = names.word("card.mu", mu=f"{value / SQUARE_METRES_PER_MU:,.2f}")
        return f"{text} m² ({mu})"
    return f"{text} {column.unit}".strip()


def _show_cases_of_hazard(
    cases: Sequence[Case], names: Naming, as_of: date, known_at: datetime | None
) -> None:
    st.markdown(f"**{names.word('card.cases', count=len(cases))}**")
    if not cases:
        st.caption(names.word("card.no_case"))
    for case in cases:
        with st.expander(plain(f"{names.title(case.title)} · {case.id}"), expanded=len(cases) == 1):
            _show_case_facts(case, names.under(case.rule_set), as_of, known_at)


def _show_case_facts(case: Case, names: Naming, as_of: date, known_at: datetime | None) -> None:
    facts = [
        (names.word("card.office"), names.office_title(case.jurisdiction)),
        (names.word("card.kind"), names.code("case_kinds", case.kind)),
        (names.word("card.field"), names.code("fields", case.field)),
        (names.word("card.stage"), _stage_text(case, names, as_of, known_at)),
        (names.word("card.agency"), case.agency or NOTHING),
        (names.word("card.lead_source"), names.code("lead_sources", case.lead_source)),
        (names.word("card.hazards"), str(len(hazards_of(case, as_of, known_at)))),
    ]
    st.html(f'<div class="pim-card">{_table(facts)}</div>')
    show_timeline(case, names, as_of, known_at)


def _stage_text(case: Case, names: Naming, as_of: date, known_at: datetime | None) -> str:
    stage = stage_of(case, names.rules, as_of, known_at)
    if stage is None:
        return NOTHING
    basis = say_basis(stage.basis, names.rules, names.language, stage.certainty)
    return f"{names.title(stage.title)} ({names.group(stage.group)}) · {basis}"


def _show_law(layer: Layer, names: Naming) -> None:
    if not layer.legal_basis:
        return
    with st.expander(names.word("card.law")):
        for law in layer.legal_basis:
            parts = [names.title(law.title), names.word(f"certainty.{law.certainty}")]
            if law.valid_to:
                parts.append(names.word("card.valid_to", day=law.valid_to))
            st.caption(" · ".join(parts))


def _heading(title: str, subtitle: str, mark: str) -> str:
    demo = f'<span class="pim-demo">{escape(mark)}</span>' if mark else ""
    return f'<h4>{escape(title)}</h4><div class="pim-sub">{escape(subtitle)}{demo}</div>'


def common_columns(ids: Sequence[str]) -> list[Column]:
    """Return columns that every layer has, by their ids."""
    by_id = {column.id: column for column in COMMON_COLUMNS}
    return [by_id[one] for one in ids]


def _table(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts
    )
    return f"<table>{rows}</table>"


def plain(text: str) -> str:
    """Return a text in which no letter works as markup."""
    return "".join(f"\\{letter}" if letter in MARKUP else letter for letter in text)
