"""Evidence as a list: whose it is, each item with picture, proof, people, place, and what lacks."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.desks.evidence import MOST_LISTED, Subject, is_guarded, may_show
from dashboard.naming import Naming
from dashboard.panels.evidence.words import (
    NOTHING,
    SHORT_HASH,
    is_worth_saying,
    say_collectors,
    say_comparison,
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
from dashboard.session import set_widget, widget
from geodata.evidence_store import EvidenceItem
from geodata.photographs import Comparison

PARTS = ("items", "hand_in", "proven", "pairs", "bundle")
ROW_PX, HEADER_PX, TABLE_PX = 56, 36, 500


def show_evidence_parts(part: str, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show the parts of the evidence; the one that is open is marked."""
    set_widget("evidence-part", part)
    st.segmented_control(
        names.word("evidence.parts"),
        PARTS,
        format_func=lambda one: names.word(f"evidence.part.{one}"),
        key="evidence-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("evidence-part") or part),
    )


def show_subject_choice(
    subject: Subject,
    cases: Mapping[str, str],
    hazards: Mapping[str, str],
    names: Naming,
    on_choose: Callable[[str], None],
) -> None:
    """Show whose evidence is looked at, with the cases and hazards there are to choose from."""
    if subject.is_gone:
        gone = subject.case or subject.hazard
        st.warning(names.word("card.gone", name=gone), icon=":material/help:")
    options = {f"case:{one}": f"{one} · {title}" for one, title in cases.items()}
    options |= {ref: f"{names.word('evidence.hazard')} · {title}" for ref, title in hazards.items()}
    chosen = f"case:{subject.case}" if subject.case else subject.hazard
    set_widget("evidence-subject", chosen if chosen in options else None)
    st.selectbox(
        names.word("evidence.subject"),
        list(options),
        format_func=lambda one: options.get(one, one),
        key="evidence-subject",
        placeholder=names.word("evidence.all"),
        label_visibility="collapsed",
        on_change=lambda: on_choose(widget("evidence-subject") or ""),
    )


def show_items(
    items: Sequence[EvidenceItem],
    compared: Mapping[int, Sequence[Comparison]],
    opened: int,
    names: Naming,
    *,
    revealed: frozenset[int],
    on_open: Callable[[int], None],
) -> None:
    """Show items as a table, the newest first; a row that is picked is opened."""
    shown = list(reversed(items))[:MOST_LISTED]
    numbers = [one.number for one in shown]
    table = pd.DataFrame([_row(one, compared.get(one.number, ()), names, revealed)
                          for one in shown])  # fmt: skip
    table = table.rename(columns=lambda name: names.word(f"evidence.column.{name}"))
    key = f"evidence-items-{names.language}-{hash(tuple(numbers))}"

    def tell() -> None:
        rows = widget(key)["selection"]["rows"]
        on_open(numbers[rows[0]] if rows else 0)

    st.dataframe(
        table,
        key=key,
        hide_index=True,
        height=min(TABLE_PX, HEADER_PX + ROW_PX * len(shown) + 4),
        row_height=ROW_PX,
        on_select=tell,
        selection_mode="single-row",
        selection_default={
            "selection": {"rows": [at for at, one in enumerate(numbers) if one == opened]}
        },
        column_config={
            names.word("evidence.column.picture"): st.column_config.ImageColumn(width="small"),
            names.word("evidence.column.trouble"): st.column_config.TextColumn(width="medium"),
            names.word("evidence.column.proves"): st.column_config.TextColumn(width="medium"),
        },
    )
    if len(items) > len(shown):
        facts = {"shown": f"{len(shown):,}", "count": f"{len(items):,}"}
        st.caption(names.word("evidence.more", **facts))


def show_no_items(subject: Subject, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show that there is no evidence yet, and what to do about it."""
    key = "evidence.none_at_all" if subject.is_all else "evidence.none"
    st.info(names.word(key), icon=":material/photo_library:")
    st.button(
        names.word("evidence.part.hand_in"),
        key="evidence-first",
        icon=":material/upload_file:",
        on_click=on_part,
        args=("hand_in",),
    )


def _row(
    item: EvidenceItem, compared: Sequence[Comparison], names: Naming, revealed: frozenset[int]
) -> dict[str, str]:
    facts = item.facts
    guarded = is_guarded(item) and item.number not in revealed
    is_shown = may_show(item, revealed)
    against = [say_comparison(one, names) for one in compared if is_worth_saying(one)]
    lacks = say_lacks(item, names)
    return {
        "picture": picture_address(item.sha256, "thumb")
        if is_shown
        else sign_of(item, guarded=guarded),
        "name": say_name(item),
        "trouble": _trouble(against, lacks, names),
        "proves": say_proves(facts, names),
        "taken": say_taken(facts, names),
        "collectors": say_collectors(facts, names),
        "place": facts.collection_place or NOTHING,
        "position": say_source(facts, names),
        "class": facts.access_class or NOTHING,
        "label": say_label(item, names),
        "size": say_size(item.size),
        "hash": item.sha256[:SHORT_HASH],
        "case": facts.case or facts.hazard or NOTHING,
    }


def _trouble(against: Sequence[str], lacks: Sequence[str], names: Naming) -> str:
    """Return how much contradicts and lacks, and what; the numbers first, for cells are narrow."""
    told = []
    if against:
        told.append(f"✗ {len(against)} · {names.list_of(against)}")
    if lacks:
        told.append(f"△ {len(lacks)} · {names.list_of(lacks)}")
    return "　".join(told) or "✓"
