"""Handing evidence in: several files at once, who collected them, what they prove, and for whom."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard.actions.evidence import Done, Handed, HandIn, Told
from dashboard.desks.evidence import Subject, purposes_of
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.evidence.words import (
    ACCESS_CLASSES,
    say_class,
    say_label,
    say_lacks,
    say_name,
    say_purpose,
    say_trouble,
)
from dashboard.session import evidence_form_number
from geodata import GeodataError
from geodata.evidence_needs import need_for
from geodata.evidence_store import EvidenceItem
from geodata.lifecycle import OFFICE_TIME

MOST_MB = 500
"""How large a file may be; evidence is taken whatever it is, so more than a file of data."""

MOST_TOLD = 12
OnHandIn = Callable[[Sequence[Handed], HandIn, Told], None]


def show_evidence_answer(
    answer: Done | GeodataError | None,
    items: Mapping[int, EvidenceItem],
    names: Naming,
    on_open: Callable[[int], None],
) -> None:
    """Show what became of what was done last: done, with labels and lacks, or refused and why."""
    if isinstance(answer, GeodataError):
        st.error(plain(say_trouble(answer, names)), icon=":material/block:")
        return
    if answer is None:
        return
    numbers = names.list_of(map(str, answer.numbers[:MOST_TOLD]))
    more = "…" if len(answer.numbers) > MOST_TOLD else ""
    if answer.numbers:
        facts = {"count": len(answer.numbers), "numbers": numbers + more}
        st.success(
            names.word(f"evidence.done.{answer.act}", **facts), icon=":material/check_circle:"
        )
    for name, trouble in answer.refused:
        said = names.word("evidence.not_kept", file=name, why=say_trouble(trouble, names))
        st.error(plain(said), icon=":material/block:")
    if answer.act == "handed_in":
        for number in answer.numbers[:MOST_TOLD]:
            if number in items:
                _show_kept(items[number], names, on_open)


def _show_kept(item: EvidenceItem, names: Naming, on_open: Callable[[int], None]) -> None:
    left, right = st.columns([0.8, 0.2], vertical_alignment="center")
    told = [say_label(item, names), *(f"△ {one}" for one in say_lacks(item, names))]
    left.markdown(f"**{plain(say_name(item))}** · {plain(' · '.join(told))}")
    right.button(
        names.word("evidence.open"),
        key=f"evidence-open-{item.number}",
        width="stretch",
        on_click=on_open,
        args=(item.number,),
    )


def show_hand_in(
    subject: Subject,
    hazards: Mapping[str, str],
    writer: str,
    names: Naming,
    on_hand_in: OnHandIn,
) -> None:
    """Show the form by which files become evidence of a case or a hazard."""
    key = f"hand-in-{evidence_form_number()}-{subject.case}-{subject.hazard}"
    left, right = st.columns([0.45, 0.55])
    with left:
        files: list[Any] = (
            st.file_uploader(
                names.word("evidence.hand_in.files", limit=MOST_MB),
                accept_multiple_files=True,
                max_upload_size=MOST_MB,
                key=f"{key}-files",
            )
            or []
        )
        st.caption(names.word("evidence.hand_in.about"))
    with right:
        told = _ask(subject, hazards, key, names)
        pressed = st.button(
            names.word("evidence.hand_in.button", count=len(files)),
            key="evidence-hand-in",
            type="primary",
            icon=":material/lock:",
            disabled=not files,
        )
        lacks = _missing(told, writer, names) if pressed else []
        if lacks:
            said = names.word("evidence.hand_in.first", lacks=names.list_of(lacks))
            st.error(said, icon=":material/edit:")
        elif pressed:
            _hand_in(files, told, names, on_hand_in)


def _hand_in(files: Sequence[Any], told: HandIn, names: Naming, on_hand_in: OnHandIn) -> None:
    bar = st.progress(0.0, names.word("evidence.hand_in.keeping", done=0, of=len(files)))

    def progress(done: int, of: int) -> None:
        bar.progress(done / of, names.word("evidence.hand_in.keeping", done=done, of=of))

    for one in files:
        one.seek(0)
    on_hand_in([Handed(one.name, one) for one in files], told, progress)
    st.rerun()


def _missing(told: HandIn, writer: str, names: Naming) -> list[str]:
    """Return what has to be said before anything is kept; the law asks why there is one alone."""
    asked = {
        "evidence.hand_in.writer": writer.strip(),
        "evidence.hand_in.first_collector": any(told.collectors),
        "evidence.hand_in.few": len(told.collectors) > 1 or told.few_collectors.strip(),
    }
    return [names.word(key) for key, value in asked.items() if not value]


def _ask(
    subject: Subject,
    hazards: Mapping[str, str],
    key: str,
    names: Naming,
) -> HandIn:
    """Show what is asked of all files together; return what was said."""
    one, two = st.columns(2)
    first = one.text_input(
        f"{names.word('evidence.hand_in.first_collector')} *", key=f"{key}-first", max_chars=40
    )
    second = two.text_input(
        names.word("evidence.hand_in.second_collector"), key=f"{key}-second", max_chars=40
    )
    collectors = tuple(name.strip() for name in (first, second) if name and name.strip())
    few = ""
    if len(collectors) < 2:  # noqa: PLR2004 - the rules ask for two
        few = st.text_input(
            names.word("evidence.hand_in.few"),
            key=f"{key}-few",
            max_chars=200,
            placeholder=names.word("evidence.hand_in.few_hint"),
        )
    hazard = _ask_hazard(subject, hazards, key, names)
    layer, purpose = _ask_purpose(subject, hazard, key, names)
    taken, place, access = _ask_where(key, names)
    with st.expander(names.word("evidence.hand_in.more")):
        more = _ask_more(key, names)
    return HandIn(
        collectors=collectors,
        few_collectors=few or "",
        purpose=purpose,
        layer=layer,
        case=subject.case,
        hazard=hazard,
        captured_at=taken,
        collection_place=place,
        access_class=access,  # type: ignore[arg-type]  # one of those offered
        **more,
    )


def _ask_hazard(subject: Subject, hazards: Mapping[str, str], key: str, names: Naming) -> str:
    options = [one for one in subject.hazards if one in hazards] or list(subject.hazards)
    index = 0 if len(options) == 1 else None
    picked = st.selectbox(
        names.word("evidence.hand_in.hazard"),
        options,
        index=index,
        format_func=lambda one: hazards.get(one, one),
        key=f"{key}-hazard",
        placeholder=names.word("evidence.hand_in.whole_case"),
    )
    return picked or ""


def _ask_purpose(subject: Subject, hazard: str, key: str, names: Naming) -> tuple[str, str]:
    """Show what evidence may prove for the layers in question; return layer and purpose."""
    layers = (hazard.partition(":")[0],) if hazard else subject.layers
    options = [(layer, purpose) for layer in layers for purpose in purposes_of(layer)]

    def title(option: tuple[str, str]) -> str:
        layer, purpose = option
        need = need_for(purpose)
        proves = f" → {names.title(need.proves)}" if need else ""
        where = f"{names.title(names.layer(layer).title)} · " if len(layers) > 1 else ""
        return f"{where}{say_purpose(purpose, layer, names)}{proves}"

    picked = st.selectbox(
        names.word("evidence.hand_in.purpose"),
        options,
        index=None,
        format_func=title,
        key=f"{key}-purpose-{'-'.join(layers)}-{names.language}",
        placeholder=names.word("evidence.hand_in.purpose_hint"),
    )
    return picked or (layers[0] if len(layers) == 1 else "", "")


def _ask_where(key: str, names: Naming) -> tuple[datetime | None, str, str]:
    """Show when and where it was collected, and which class it is of."""
    day, clock, place, access = st.columns([0.22, 0.18, 0.32, 0.28])
    on = day.date_input(
        names.word("evidence.hand_in.day"),
        value=None,
        key=f"{key}-day",
        format="YYYY-MM-DD",
        help=names.word("evidence.hand_in.day_help"),
    )
    at = clock.time_input(names.word("evidence.hand_in.clock"), value=None, key=f"{key}-clock")
    where = place.text_input(
        names.shared_word("evidence_columns", "collection_place"),
        key=f"{key}-place",
        max_chars=200,
    )
    access_class = access.selectbox(
        names.word("evidence.column.class"),
        ACCESS_CLASSES,
        index=None,
        format_func=lambda one: say_class(one, names),
        key=f"{key}-class-{names.language}",
        placeholder=names.word("evidence.class.none"),
    )
    taken = datetime.combine(on, at, OFFICE_TIME) if on and at else None
    return taken, where or "", access_class or ""


def _ask_more(key: str, names: Naming) -> dict[str, str]:
    left, right = st.columns(2)
    asked = {}
    for place, name in zip(
        (left, right, left, right),
        ("device", "sealed_medium_no", "copy_note", "note"),
        strict=True,
    ):
        asked[name] = (
            place.text_input(
                names.shared_word("evidence_columns", name),
                key=f"{key}-{name}",
                max_chars=300,
            )
            or ""
        )
    return asked
