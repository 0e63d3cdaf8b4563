"""The head of a case file: which case, whose, against whom, where it stands, who writes."""

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import NOTHING, law_of, with_brackets
from dashboard.session import is_signed_in, set_widget, widget
from geodata import Case, hazards_of, stage_of

PARTS = (
    "moves",
    "record",
    "items",
    "papers",
    "readiness",
    "review",
    "outcome",
    "hazards",
    "public",
)
"""The parts of a case file, in the order in which they are offered."""


def show_case_header(
    case: Case, names: Naming, around: Around, writer: str, on_sign: Callable[[str], None]
) -> None:
    """Show title, office, kind, agency, stage and rule set; ask who makes the entries."""
    mark = names.word("frame.demonstration_short") if case.is_demonstration else ""
    demo = f'<span class="pim-demo">{escape(mark)}</span>' if mark else ""
    title, who = st.columns([0.8, 0.2], vertical_alignment="top")
    facts = " ".join(
        f'<span class="pim-fact"><i>{escape(name)}</i> {escape(value)}</span>'
        for name, value in _facts(case, names, around)
    )
    title.html(
        f'<div class="pim-card"><h4>{escape(names.title(case.title))}'
        f' <span class="pim-sub">{escape(case.id)}</span>{demo}</h4><div>{facts}</div></div>'
    )
    with who:
        show_writer(writer, names, on_sign)


def show_writer(writer: str, names: Naming, on_sign: Callable[[str], None]) -> None:
    """Ask who makes the entries; every entry bears the name. Who is signed in is not asked."""
    if is_signed_in():
        st.caption(f":material/person: {plain(writer)}", help=names.word("access.writer_help"))
        return
    set_widget("writer", writer)
    st.text_input(
        names.word("case_file.writer"),
        key="writer",
        placeholder=names.word("case_file.writer"),
        help=names.word("case_file.writer_help"),
        icon=":material/edit:",
        label_visibility="collapsed",
        max_chars=40,
        on_change=lambda: on_sign(widget("writer", "")),
    )


def show_parts(part: str, names: Naming, on_part: Callable[[str], None]) -> str:
    """Show the parts of the case file; return the one that is open."""
    st.segmented_control(
        names.word("case_file.parts"),
        PARTS,
        default=part,
        required=True,
        format_func=lambda one: names.word(f"case_file.part.{one}"),
        key="case-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("case-part") or PARTS[0]),
    )
    return part


def _facts(case: Case, names: Naming, around: Around) -> list[tuple[str, str]]:
    stage = stage_of(case, names.rules, around.as_of, around.known_at)
    now = NOTHING
    if stage:
        now = with_brackets(names.title(stage.title), names.group(stage.group), names)
    fields = [case.field, *case.secondary_fields]
    facts = [
        (names.word("card.stage"), now),
        (names.word("case_file.header.law"), law_of(stage, names) if stage else NOTHING),
        (names.word("card.office"), names.office(case.jurisdiction)),
        (names.word("card.kind"), names.code("case_kinds", case.kind)),
        (names.word("card.field"), "、".join(names.code("fields", one) for one in fields)),
        (names.word("card.agency"), case.agency or NOTHING),
        (names.word("card.lead_source"), names.code("lead_sources", case.lead_source)),
        (names.word("card.hazards"), str(len(hazards_of(case, around.as_of, around.known_at)))),
        (names.word("case_file.header.rule_set"), names.title(names.rules.title)),
    ]
    more = {
        "case_file.lead.series": case.series,
        "case_file.lead.shared_with": "、".join(names.office(one) for one in case.shared_with),
        "case_file.header.came_from": case.came_from,
        "case_file.header.record_number": case.record_number,
    }
    return facts + [(names.word(name), value) for name, value in more.items() if value]
