"""Telling an item anew with the reason, and entering that it went into other hands."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard.desks.evidence import Subject, purposes_of
from dashboard.naming import Naming
from dashboard.panels.evidence.words import ACCESS_CLASSES, say_class, say_purpose
from dashboard.session import evidence_form_number, widget
from geodata.evidence_store import EvidenceFacts, EvidenceItem
from geodata.lifecycle import OFFICE_TIME

TEXTS = ("collection_place", "device", "sealed_medium_no", "copy_note", "note", "few_collectors")
GAP = "；"


def show_sign_first(writer: str, names: Naming) -> None:
    """Say that nothing can be entered before somebody has said who they are."""
    if not writer:
        st.caption(f":material/edit: {names.word('evidence.sign_first')}")


def show_describe(
    item: EvidenceItem,
    subject: Subject,
    hazards: Mapping[str, str],
    writer: str,
    names: Naming,
    *,
    on_describe: Callable[[int, int, str, Mapping[str, Any]], None],
) -> None:
    """Show the facts that may be told anew, as they are now; what was told stays on record."""
    facts = item.facts
    key = f"describe-{item.number}-{item.seen}-{evidence_form_number()}"
    changes: dict[str, Any] = {**_ask_time(facts, key, names)}
    changes |= _ask_hazard(facts, subject, hazards, key=key, names=names)
    told = st.text_input(
        names.word("evidence.change.collectors"), value=GAP.join(facts.collectors),
        key=f"{key}-collectors",
    )  # fmt: skip
    parts = (told or "").replace(";", GAP).replace("、", GAP).split(GAP)
    changes["collectors"] = tuple(one.strip() for one in parts if one.strip())
    left, right = st.columns(2)
    layer = facts.layer or facts.hazard.partition(":")[0] or next(iter(subject.layers), "")
    purposes = list(dict.fromkeys([*purposes_of(layer), *filter(None, [facts.purpose])]))
    changes["purpose"] = (
        left.selectbox(
            names.shared_word("evidence_columns", "purpose"),
            purposes,
            index=purposes.index(facts.purpose) if facts.purpose else None,
            format_func=lambda one: say_purpose(one, layer, names),
            key=f"{key}-purpose-{names.language}",
            placeholder=names.word("evidence.hand_in.purpose_hint"),
        )
        or ""
    )
    classes = list(ACCESS_CLASSES)
    changes["access_class"] = (
        right.selectbox(
            names.word("evidence.column.class"),
            classes,
            index=classes.index(facts.access_class) if facts.access_class else None,
            format_func=lambda one: say_class(one, names),
            key=f"{key}-class-{names.language}",
            placeholder=names.word("evidence.class.none"),
        )
        or ""
    )
    for place, name in zip((left, right) * 3, TEXTS, strict=True):
        changes[name] = (
            place.text_input(
                names.word("evidence.hand_in.few")
                if name == "few_collectors"
                else names.shared_word("evidence_columns", name),
                value=getattr(facts, name),
                key=f"{key}-{name}",
                max_chars=300,
            )
            or ""
        )
    why = st.text_input(f"{names.word('evidence.change.why')} *", key=f"{key}-why", max_chars=300)
    changed = {name: value for name, value in changes.items() if value != getattr(facts, name)}
    st.button(
        names.word("evidence.change.describe", count=len(changed)),
        key="evidence-describe",
        icon=":material/edit_note:",
        disabled=not (changed and writer),
        on_click=lambda: on_describe(item.number, item.seen, str(why or ""), changed),
    )
    show_sign_first(writer, names)
    st.caption(names.word("evidence.change.about"))


def show_hand_over(
    item: EvidenceItem,
    writer: str,
    names: Naming,
    *,
    on_hand_over: Callable[[int, int, str, str], None],
) -> None:
    """Show the form that enters to whom an item was handed over."""
    key = f"hand-over-{item.number}-{evidence_form_number()}"
    left, right, act = st.columns([0.3, 0.42, 0.28], vertical_alignment="bottom")
    receiver = left.text_input(
        f"{names.word('evidence.change.receiver')} *", key=f"{key}-receiver", max_chars=80
    )
    note = right.text_input(
        names.shared_word("evidence_columns", "note"), key=f"{key}-note", max_chars=300
    )
    act.button(
        names.word("evidence.change.hand_over"),
        key="evidence-hand-over",
        icon=":material/move_up:",
        width="stretch",
        disabled=not writer,
        on_click=lambda: on_hand_over(
            item.number,
            item.seen,
            str(widget(f"{key}-receiver") or receiver or ""),
            str(widget(f"{key}-note") or note or ""),
        ),
    )
    show_sign_first(writer, names)


def _ask_time(facts: EvidenceFacts, key: str, names: Naming) -> dict[str, datetime]:
    """Show when it was captured; return that only where it was told otherwise."""
    taken = facts.captured_at
    local = taken.astimezone(OFFICE_TIME) if taken and taken.tzinfo else taken
    day, clock = st.columns(2)
    on = day.date_input(
        names.word("evidence.hand_in.day"),
        value=local.date() if local else None,
        key=f"{key}-day",
        format="YYYY-MM-DD",
        help=names.word("evidence.hand_in.day_help"),
    )
    at = clock.time_input(
        names.word("evidence.hand_in.clock"),
        value=local.time() if local else None,
        key=f"{key}-clock",
    )
    is_same = local is not None and (on, at) == (local.date(), local.time())
    if is_same or not on or not at:
        return {}
    return {"captured_at": datetime.combine(on, at, OFFICE_TIME)}


def _ask_hazard(
    facts: EvidenceFacts,
    subject: Subject,
    hazards: Mapping[str, str],
    *,
    key: str,
    names: Naming,
) -> dict[str, str]:
    """Show which hazard of the case it shows; return that only where there is a choice."""
    options = list(dict.fromkeys([*filter(None, [facts.hazard]), *subject.hazards]))
    if not options:
        return {}
    picked = st.selectbox(
        names.word("evidence.hand_in.hazard"),
        options,
        index=options.index(facts.hazard) if facts.hazard else None,
        format_func=lambda one: hazards.get(one, one),
        key=f"{key}-hazard",
        placeholder=names.word("evidence.hand_in.whole_case"),
    )
    return {"hazard": picked or ""}
