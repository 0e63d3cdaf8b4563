"""The recommendation item by item: what was asked, said, claimed, and what was found on site."""

from datetime import date
from html import escape

import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import NOTHING, numbers_words, table
from dashboard.panels.cases.moves import OnEnter, show_register
from geodata import Case
from geodata.case_file import Item, items_of

KINDS = ("item_added", "item_replied", "item_rectified", "item_verified")
COLUMNS = ("number", "text", "answer", "claimed", "verified", "evidence")


def show_items(case: Case, names: Naming, around: Around, on_enter: OnEnter) -> None:
    """Show the items with four separate facts each, and the form that adds to them."""
    items = items_of(case, around.as_of, around.known_at)
    if items:
        headings = [names.word(f"case_file.items.{one}") for one in COLUMNS]
        st.html(table(headings, [_row(one, names, around) for one in items]))
    else:
        st.caption(names.word("case_file.items.none"))
    st.caption(names.word("case_file.items.about"))
    show_register(case, KINDS, names, around, on_enter, place="items")


def _row(item: Item, names: Naming, around: Around) -> list[str]:
    text = escape(item.text or NOTHING)
    if item.hazard is not None:
        ref = str(item.hazard)
        text += f"<br><small>{escape(around.hazards.get(ref, ref))}</small>"
    answer = _dated(
        names.code("item_answers", item.answer) if item.answer else "",
        item.answered_on,
        item.answer_text,
    )
    claim = names.word("case_file.items.is_claimed") if item.claimed_on else ""
    result = names.code("item_results", item.result) if item.result else ""
    mark = {"done": "● ", "partly": "◐ ", "not_done": "○ "}.get(item.result, "")
    return [
        escape(item.number),
        text,
        answer,
        _dated(claim, item.claimed_on, item.claimed_text),
        _dated(f"{mark}{result}", item.verified_on, item.result_text),
        escape(numbers_words(item.evidence)),
    ]


def _dated(words: str, on: date | None, text: str) -> str:
    if not words:
        return NOTHING
    day = f"<small><time>{on.isoformat()}</time></small>" if on else ""
    more = f"<br>{escape(text)}" if text else ""
    return f"{escape(words)} {day}{more}"
