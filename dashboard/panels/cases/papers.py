"""The papers of a case: the documents that entries name, and the evidence with its flaws."""

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import NOTHING, table, title_of
from dashboard.panels.cases.moves import OnEnter, show_register
from dashboard.view import CASE
from dashboard.words.law import say_basis
from geodata import Case
from geodata.case_file import Evidence, documents_of, evidence_of

KINDS = ("evidence_added", "evidence_verified")
DOCUMENT_COLUMNS = ("on", "name", "entry", "number")
EVIDENCE_COLUMNS = ("number", "title", "kind", "collectors", "element", "verified")
SHOWN_OF_CHECKSUM = 12


def show_papers(
    case: Case,
    names: Naming,
    around: Around,
    on_enter: OnEnter,
    on_evidence: Callable[[str], None],
) -> None:
    """Show evidence and documents, point out what is missing, and offer to enter more.

    `on_evidence` hears that the files kept of the case (`case:id`) are asked for.
    """
    found = evidence_of(case, around.as_of, around.known_at)
    st.markdown(f"**{names.word('case_file.papers.evidence', count=len(found))}**")
    if found:
        headings = [names.word(f"case_file.papers.{one}") for one in EVIDENCE_COLUMNS]
        st.html(table(headings, [_evidence_row(one, names) for one in found]))
    else:
        st.caption(names.word("case_file.papers.no_evidence"))
    st.button(
        names.word("case_file.papers.files"),
        key="open-evidence",
        icon=":material/photo_library:",
        help=names.word("case_file.papers.files_help"),
        on_click=on_evidence,
        args=(f"{CASE}:{case.id}",),
    )
    show_register(case, KINDS, names, around, on_enter, place="papers")
    documents = documents_of(case, around.as_of, around.known_at)
    st.markdown(f"**{names.word('case_file.papers.documents', count=len(documents))}**")
    headings = [names.word(f"case_file.papers.{one}") for one in DOCUMENT_COLUMNS]
    rows = [
        (one.on.isoformat(), escape(one.name), escape(title_of(one.kind, names)), f"#{one.number}")
        for one in documents
    ]
    st.html(table(headings, rows))


def _evidence_row(one: Evidence, names: Naming) -> list[str]:
    people = escape("、".join(one.collectors) or NOTHING)
    if one.lacks_collectors:
        law = say_basis("R36", names.rules, names.language)
        warning = names.word("case_file.papers.few_collectors", law=law)
        people += f'<br><span class="pim-chip late">⚠ {escape(warning)}</span>'
    title = escape(one.title or NOTHING)
    place = " · ".join(filter(None, (one.on.isoformat(), one.place, one.original_name)))
    checksum = ""
    if one.sha256:
        short = f"{one.sha256[:SHOWN_OF_CHECKSUM]}…"
        checksum = f'<br><small title="{escape(one.sha256)}">SHA-256 {escape(short)}</small>'
    if one.verified_on:
        verified = f"✓ <time>{one.verified_on.isoformat()}</time>"
    else:
        verified = f"○ {escape(names.word('case_file.papers.not_verified'))}"
    return [
        f"#{one.number}",
        f"{title}<br><small>{escape(place)}</small>{checksum}",
        escape(names.code("evidence_kinds", one.kind)),
        people,
        escape(names.code("elements", one.element)),
        verified,
    ]
