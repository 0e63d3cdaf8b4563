"""The record of acts on screen: filters, the newest entries as a table, all of them as a file."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.doors.access import Visitor, may_everywhere
from dashboard.doors.acts import ELSEWHERE, KINDS, MOST_SHOWN, Filter, day_of, kind_of
from dashboard.naming import Naming
from dashboard.session import widget
from geodata.chains import Head
from geodata.commands_on_record import PREFIX
from geodata.journal import JournalEntry
from layers.sheets import render_csv

PARTS = ("record", "guests")
TOLD = (
    *("done", "command", "file", "layer", "place", "items", "rows", "revision", "bytes", "sha256"),
    *("recipient", "purpose", "cases", "until", "address", "head"),
)
"""What an act may tell besides who, when and about what, in this order."""

LIST_PX, ROW_PX = 470, 36


def show_acts_parts(part: str, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show the parts of the screen: the record, and guest links."""
    st.segmented_control(
        names.word("screens.acts"),
        PARTS,
        default=part,
        required=True,
        format_func=lambda one: names.word(f"acts.{one}"),
        key="acts-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("acts-part") or PARTS[0]),
    )


def show_acts_filter(asked: Filter, names: Naming, on_ask: Callable[[Filter], None]) -> None:
    """Show what the record can be asked by: who, which act, about what, between which days."""

    def tell() -> None:
        on_ask(
            Filter(
                str(widget("acts-who") or "").strip(),
                str(widget("acts-kind") or ""),
                str(widget("acts-subject") or "").strip(),
                widget("acts-first"),
                widget("acts-last"),
            )
        )

    places = st.columns([0.2, 0.22, 0.26, 0.16, 0.16], vertical_alignment="bottom")
    collapsed: dict[str, Any] = {"label_visibility": "collapsed", "on_change": tell}
    for place, name, value in (
        (places[0], "who", asked.who),
        (places[2], "subject", asked.subject),
    ):
        word = names.word(f"acts.{name}")
        place.text_input(
            word, value, key=f"acts-{name}", placeholder=word, max_chars=60, **collapsed
        )
    kinds = ("", *KINDS, *ELSEWHERE)
    places[1].selectbox(
        names.word("acts.kind"),
        kinds,
        index=kinds.index(asked.kind) if asked.kind in kinds else 0,
        format_func=lambda one: say_kind(one, names) if one else names.word("acts.kind"),
        key="acts-kind",
        **collapsed,
    )
    for place, name, day in ((places[3], "first", asked.first), (places[4], "last", asked.last)):
        place.date_input(
            names.word(f"acts.{name}"),
            day,
            key=f"acts-{name}",
            format="YYYY-MM-DD",
            on_change=tell,
        )


def say_kind(kind: str, names: Naming) -> str:
    """Return what a kind of act is called; one that has no word, by its id."""
    return names.word(f"acts.kinds.{kind}") if kind in {*KINDS, *ELSEWHERE} else kind


def show_acts(
    entries: Sequence[JournalEntry],
    by: Visitor,
    names: Naming,
    *,
    verified: tuple[str, ...] | None,
    head: Head,
    on_verify: Callable[[], None],
) -> None:
    """Show the newest entries as a table, the way to all of them, and whether the chain is whole.

    `verified` are the numbers of broken entries, None where nobody has asked.
    """
    about = names.word("acts.about")
    if not may_everywhere(by, "see_acts"):
        about = f"{about} {names.word('acts.about_own')}"
    st.caption(about)
    verify, take, count = st.columns([0.2, 0.2, 0.6], vertical_alignment="center")
    verify.button(
        names.word("acts.verify"),
        key="acts-verify",
        icon=":material/verified:",
        width="stretch",
        on_click=on_verify,
    )
    _show_chain(verified, head, names)
    if not entries:
        word = "acts.none" if head.number else "acts.none_yet"
        st.info(names.word(word), icon=":material/search_off:")
        return
    count.markdown(f"**{_count(entries, names)}**")
    take.download_button(
        names.word("acts.download"),
        data=partial(_csv, entries, names),
        file_name=names.word("acts.file"),
        mime="text/csv",
        key="acts-download",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    lines = [_line(one, names) for one in entries[:MOST_SHOWN]]
    st.dataframe(
        pd.DataFrame(lines),
        key=f"acts-table-{names.language}",
        hide_index=True,
        height=min(LIST_PX, ROW_PX * (len(lines) + 1)),
    )


def _show_chain(found: tuple[str, ...] | None, head: Head, names: Naming) -> None:
    if found:
        numbers = names.list_of(list(found[:8]))
        st.error(names.word("acts.broken", numbers=numbers), icon=":material/gpp_bad:")
    elif found is not None:
        facts = {"number": f"{head.number:,}", "chain": head.chain}
        st.success(names.word("acts.sound", **facts), icon=":material/verified:")


def _count(entries: Sequence[JournalEntry], names: Naming) -> str:
    count = f"{len(entries):,}"
    if len(entries) > MOST_SHOWN:
        return names.word("acts.count_more", count=count, shown=f"{MOST_SHOWN:,}")
    return names.word("acts.count", count=count)


def _line(one: JournalEntry, names: Naming) -> dict[str, object]:
    who = str(one.told.get("account", "")) if isinstance(one.told, dict) else ""
    told = {
        "number": one.number,
        "when": day_of(one),
        "who": f"{one.who} ({who})" if who and who != one.who else one.who,
        "what": say_kind(kind_of(one), names),
        "thing": one.subject,
        "told": say_told(one, names),
    }
    return {names.word(f"acts.{name}"): value for name, value in told.items()}


def say_told(one: JournalEntry, names: Naming) -> str:
    """Return what an act tells besides who, when and what; of other entries, nothing."""
    if not one.kind.startswith(PREFIX):
        return ""
    told = {name: one.told[name] for name in TOLD if one.told.get(name)}
    return "; ".join(f"{names.word(f'acts.facts.{name}')} {_say(told[name])}" for name in told)


def _say(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _csv(entries: Sequence[JournalEntry], names: Naming) -> bytes:
    lines = pd.DataFrame([_line(one, names) | {"hash": one.chain} for one in entries])
    return render_csv(lines.astype(str))
