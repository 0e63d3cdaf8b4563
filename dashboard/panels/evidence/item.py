"""One piece of evidence: its picture, what is told of it, what contradicts, who had it when."""

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from dashboard.desks.evidence import is_guarded, may_show
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import table
from dashboard.panels.evidence.words import (
    NOTHING,
    is_worth_saying,
    say_class,
    say_collectors,
    say_comparison,
    say_instant,
    say_label,
    say_lacks,
    say_name,
    say_proves,
    say_size,
    say_source,
    say_taken,
    sign_of,
)
from dashboard.routes.pictures import picture_address
from geodata.evidence_store import CustodyEntry, EvidenceItem
from geodata.photographs import Comparison, can_be_shown

PICTURE_STYLE = "max-width:100%;max-height:230px;display:block;margin:0 auto;border-radius:4px"
CUSTODY = ("entry", "action", "who", "at", "note", "sha256_after")


def show_picture(
    item: EvidenceItem,
    names: Naming,
    *,
    revealed: frozenset[int],
    on_reveal: Callable[[Sequence[int]], None],
) -> None:
    """Show the picture of an item, or why there is none; a guarded one only after a click."""
    name = say_name(item)
    if may_show(item, revealed):
        src = escape(picture_address(item.sha256, "large"))
        st.html(f'<img src="{src}" alt="{escape(name)}" style="{PICTURE_STYLE}">')
    elif is_guarded(item) and can_be_shown(item):
        said = names.word("evidence.guarded", access=say_class(item.facts.access_class, names))
        st.info(said, icon=":material/visibility_off:")
        st.button(
            names.word("evidence.reveal"),
            key=f"evidence-reveal-{item.number}",
            icon=":material/visibility:",
            on_click=on_reveal,
            args=([item.number],),
        )
    else:
        sign = sign_of(item, guarded=False)
        st.html(f'<img src="{sign}" alt="" style="{PICTURE_STYLE}">')


def show_facts(
    item: EvidenceItem,
    compared: Sequence[Comparison],
    names: Naming,
    *,
    original: EvidenceItem | None,
    copies: Sequence[EvidenceItem],
) -> None:
    """Show what lacks and contradicts first, then everything that is told of an item."""
    for one in compared:
        if is_worth_saying(one):
            said = say_comparison(one, names)
            st.error(said, icon=":material/wrong_location:")
    lacks = say_lacks(item, names)
    if lacks:
        st.warning(names.word("evidence.lacks", lacks=names.list_of(lacks)), icon=":material/rule:")
    facts = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>"
        for name, value in _facts(item, names, original, copies)
    )
    st.html(f'<div class="pim-card"><table>{facts}</table></div>')
    agreeing = [one for one in compared if not is_worth_saying(one)]
    for one in agreeing:
        st.caption(f"EXIF · {say_comparison(one, names)}")
    with st.expander(names.word("evidence.whole_hash")):
        st.code(f"SHA-256  {item.sha256}\nSM3      {_sm3(item, names)}", language=None)
        st.caption(names.word("evidence.hash_about"))


def show_custody(entries: Sequence[CustodyEntry], names: Naming) -> None:
    """Show who did what with an item, when, and its hash after."""
    headings = [names.word(f"evidence.custody.{one}") for one in CUSTODY]
    rows = [
        [
            escape(str(one.number)),
            escape(names.shared_word("evidence_actions", one.action)),
            escape(one.who),
            f"<time>{escape(say_instant(one.at))}</time>",
            escape(one.note or NOTHING),
            f"<code title='{escape(one.sha256_after)}'>{escape(one.sha256_after[:8])}</code>",
        ]
        for one in entries
    ]
    st.html(table(headings, rows))
    st.caption(names.word("evidence.custody.about"))


def _facts(
    item: EvidenceItem,
    names: Naming,
    original: EvidenceItem | None,
    copies: Sequence[EvidenceItem],
) -> list[tuple[str, str]]:
    facts = item.facts

    def head(column: str) -> str:
        return names.shared_word("evidence_columns", column)

    always = [
        (names.word("evidence.column.proves"), say_proves(facts, names)),
        (head("captured_at"), say_taken(facts, names)),
        (head("collectors"), say_collectors(facts, names)),
        (head("collection_place"), facts.collection_place or NOTHING),
        (head("position"), say_source(facts, names)),
        (head("label"), f"{say_label(item, names)} · {item.mime} · {say_size(item.size)}"),
        (names.word("evidence.column.class"), say_class(facts.access_class, names)),
        (head("case"), facts.case or NOTHING),
        (head("hazard"), facts.hazard or NOTHING),
        (head("received_at"), f"{say_instant(facts.received_at)} · {facts.received_by}"),
    ]
    derived = names.shared_word("evidence_states", facts.derivation) if facts.derivation else ""
    sometimes = {
        head("device"): facts.device,
        head("derived_from"): say_name(original) if original else "",
        head("derivation"): derived,
        names.word("evidence.copies"): names.list_of(say_name(one) for one in copies),
        names.word("evidence.stop"): facts.stop,
        names.word("evidence.origin"): facts.origin,
        head("sealed_medium_no"): facts.sealed_medium_no,
        head("copy_note"): facts.copy_note,
        head("note"): facts.note,
    }
    return always + [(name, value) for name, value in sometimes.items() if value]


def _sm3(item: EvidenceItem, names: Naming) -> str:
    states = names.intake_words.sections["evidence_states"]
    return states.get(item.sm3, item.sm3)
