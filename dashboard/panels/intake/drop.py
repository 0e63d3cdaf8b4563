"""The first step of an intake: drop a file, choose the layer, the sheet and the encoding."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from dashboard.desks.dropped import Choices, Dropped
from dashboard.desks.intake import Desk
from dashboard.naming import Naming
from dashboard.session import widget
from geodata import GeodataError, Language
from geodata.readers import FORMATS

PARTS = ("file", "tray", "revisions")
ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5", "latin-1")
BYTES_PER_MB = 10**6


def show_intake_parts(
    part: str, waiting: int, names: Naming, on_part: Callable[[str], None]
) -> None:
    """Show the parts of the intake: a file, the rows that wait for a place, and all writes."""
    titles = {
        "file": names.word("intake.part.file"),
        "tray": names.word("intake.part.tray", count=waiting),
        "revisions": names.word("intake.part.revisions"),
    }
    st.segmented_control(
        names.word("intake.parts"),
        PARTS,
        default=part,
        required=True,
        format_func=lambda one: titles[one],
        key=f"intake-part-{names.language}",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget(f"intake-part-{names.language}") or PARTS[0]),
    )


def show_drop(
    dropped: Dropped | None,
    trouble: GeodataError | None,
    number: int,
    most_mb: int,
    names: Naming,
    *,
    on_drop: Callable[[Sequence[tuple[str, bytes]]], None],
    on_away: Callable[[], None],
) -> None:
    """Show where to drop a file, or the one that lies there with its size."""
    st.markdown(f"**{names.word('intake.drop.heading')}**")
    if trouble is not None:
        st.error(names.intake_words.say_error(trouble), icon=":material/block:")
    if dropped is not None:
        left, right = st.columns([0.74, 0.26], vertical_alignment="center")
        left.text(names.word("intake.drop.lies", file=dropped.name, size=_size(dropped.size)))
        right.button(
            names.word("intake.drop.away"),
            key="intake-away",
            icon=":material/close:",
            width="stretch",
            on_click=on_away,
        )
        return
    key = f"intake-file-{number}"

    def tell() -> None:
        files: list[Any] = widget(key) or []
        on_drop([(file.name, file.getvalue()) for file in files])

    st.file_uploader(
        names.word("intake.drop.label", limit=most_mb),
        accept_multiple_files=True,
        max_upload_size=most_mb,
        key=key,
        on_change=tell,
    )
    st.caption(names.word("intake.drop.formats", formats=" ".join(one[1:] for one in FORMATS)))


def show_file_choices(
    desk: Desk, choices: Choices, names: Naming, on_choose: Callable[..., None]
) -> None:
    """Show the choice of sheet, layer and encoding; what is asked is asked openly, never taken."""
    key = f"{desk.dropped.digest}-{names.language}"
    if desk.parts:
        _pick(
            names.word("intake.choose.part"),
            desk.parts,
            choices.part,
            key=f"part-{key}",
            hint=names.word("intake.choose.hint"),
            on_pick=lambda one: on_choose(part=one),
        )
    left, right = st.columns([0.66, 0.34])
    table = desk.table
    with left:
        if table is not None:
            fits = sorted(desk.fits, key=lambda one: -desk.fits[one])
            _pick(
                names.word("intake.choose.layer"),
                fits,
                choices.layer,
                key=f"layer-{key}-{choices.part}",
                hint=names.word("intake.choose.layer_hint"),
                title=lambda one: _fit(one, desk, names),
                on_pick=lambda one: on_choose(layer=one),
            )
    with right:
        if _is_text(desk):
            found = table.encoding if table is not None else ""
            offered = list(dict.fromkeys([choices.encoding or found, *ENCODINGS]))
            _pick(
                names.word("intake.choose.encoding"),
                [one for one in offered if one],
                choices.encoding or found,
                key=f"encoding-{key}-{found}",
                hint=names.word("intake.choose.hint"),
                on_pick=lambda one: on_choose(encoding=one, layer=choices.layer),
            )
    if desk.trouble is not None and table is None:
        st.error(names.intake_words.say_error(desk.trouble), icon=":material/block:")
    elif table is None:
        st.info(names.word("intake.choose.part_first"), icon=":material/arrow_upward:")
    elif not choices.layer:
        st.info(names.word("intake.choose.layer_first"), icon=":material/arrow_upward:")


def show_understood(desk: Desk, names: Naming) -> None:
    """Show in one line what the file was understood to be."""
    table = desk.table
    if table is None:
        return
    unmapped = [one for one in table.columns if one not in desk.mapping]
    facts = {
        "intake.fact.rows": f"{len(table.frame):,}",
        "intake.fact.format": table.format,
        "intake.fact.encoding": table.encoding,
        "intake.fact.part": table.layer,
        "intake.fact.declared": _system(table.declared_system or "", names),
        "intake.fact.columns": f"{len(table.columns)}",
        "intake.fact.unmapped": f"{len(unmapped)}" if desk.choices.layer and unmapped else "",
    }
    told = [names.word(key, value=value) for key, value in facts.items() if value]
    st.caption(" · ".join(told))


def _size(size: int) -> str:
    if size < BYTES_PER_MB:
        return f"{max(round(size / 1000), 1)} KB"
    return f"{size / BYTES_PER_MB:,.1f} MB"


def _system(system: str, names: Naming) -> str:
    return names.system(system) if system else names.word("intake.fact.not_declared")


def _fit(layer_id: str, desk: Desk, names: Naming) -> str:
    title, count = names.table(layer_id), desk.fits[layer_id]
    key = "intake.choose.fits" if count else "intake.choose.fits_not"
    return names.word(key, layer=title, count=count)


def _is_text(desk: Desk) -> bool:
    """Return whether the file has an encoding that may be mistaken."""
    if desk.table is not None:
        return bool(desk.table.encoding)
    return desk.trouble is not None and "encoding" in str(desk.trouble.facts.get("reason", ""))


def _pick(
    label: str,
    options: Collection[str],
    chosen: str,
    *,
    key: str,
    hint: str,
    on_pick: Callable[[str], None],
    title: Callable[[str], str] = str,
) -> None:
    """Show one choice; nothing is chosen before somebody does."""
    listed = list(options)
    st.selectbox(
        label,
        listed,
        index=listed.index(chosen) if chosen in listed else None,
        format_func=title,
        key=key,
        placeholder=hint,
        on_change=lambda: on_pick(widget(key) or ""),
    )


def languages_of(language: Language) -> tuple[Language, Language]:
    """Return the visitor's language and the other one."""
    return ("zh", "en") if language == "zh" else ("en", "zh")
