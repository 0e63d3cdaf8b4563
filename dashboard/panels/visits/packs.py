"""A competition pack: which cases, blind or not, by which seed; the file, what to look at."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from dashboard.desks.documents import Pack
from dashboard.leaving import Door
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.leaving.take import show_way_out
from dashboard.reports.casepack import Wish
from dashboard.session import keep, kept, once
from dashboard.text import say_error
from geodata import GeodataError

FORMS = ("one", "zip")
MIMES = {
    "one": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}
PARTING = re.compile(r"[、，,；;\n]+")
MOST_SUSPECTS = 40


def show_pack_wish(
    titles: Mapping[str, str], chosen: Sequence[str], names: Naming
) -> tuple[tuple[str, ...], Wish, str]:
    """Show the choices of a pack; return the ids of its cases, what is wished, and the form."""
    ids = st.multiselect(
        names.word("documents.pack.cases"),
        list(titles),
        default=[one for one in chosen if one in titles],
        format_func=lambda one: f"{titles[one]} · {one}",
        key=f"pack-cases-{hash(tuple(chosen))}",
        help=names.word("documents.pack.cases_help"),
        placeholder=names.word("documents.choose"),
    )
    is_blind = st.checkbox(names.word("documents.pack.blind"), value=True, key="pack-blind")
    assessed = st.checkbox(names.word("documents.pack.assessment"), key="pack-assessment")
    form = st.radio(
        names.word("documents.pack.form"),
        FORMS,
        format_func=lambda one: names.word(f"documents.pack.{one}"),
        key="pack-form",
        horizontal=True,
    )
    seed, extra = "", ""
    if is_blind:
        seed = st.text_input(
            names.word("documents.pack.seed"),
            key="pack-seed",
            type="password",
            help=names.word("documents.pack.seed_help"),
            autocomplete="off",
        )
        extra = st.text_input(
            names.word("documents.pack.extra"),
            key="pack-extra",
            help=names.word("documents.pack.extra_help"),
        )
    words = tuple(one.strip() for one in PARTING.split(extra or "") if one.strip())
    return tuple(ids), Wish(is_blind, (seed or "").strip(), assessed, words), form


def show_pack(
    subject: object,
    form: str,
    names: Naming,
    make: Callable[[], Pack],
    door: Door,
    *,
    on_key: Callable[[Pack], None],
    key_name: str,
) -> None:
    """Show the button that makes the pack, then its way out, and the key where it is asked for.

    `on_key` writes down that somebody takes the key, before they have it.
    """
    if st.button(
        names.word("documents.pack.make"),
        key="make-pack",
        type="primary",
        icon=":material/inventory_2:",
    ):
        keep("pack", None)
        with st.spinner(names.word("documents.making")):
            try:
                keep("pack", (subject, make()))
            except GeodataError as trouble:
                st.error(plain(say_error(trouble, names.language)), icon=":material/block:")
    made_of, pack = kept("pack") or (None, None)
    if pack is None or made_of != subject:
        return
    if pack.seed:
        st.warning(names.word("documents.pack.made_seed", seed=pack.seed), icon=":material/key:")
        st.button(
            names.word("documents.pack.seed_noted"),
            key="pack-seed-noted",
            icon=":material/check:",
            on_click=lambda: keep("pack", (subject, replace(pack, seed=""))),
        )
    checked = once(
        "pack_checked",
        (pack.content, door.key),
        lambda: door.check(pack.content, pack.name),
    )
    show_way_out(checked, door, names, mime=MIMES[form], key="pack")
    if pack.key:
        _show_suspects(pack, names)
        _show_key(pack, names, key_name, door, on_key)


def _show_suspects(pack: Pack, names: Naming) -> None:
    if not pack.suspects:
        st.caption(names.word("documents.pack.no_suspects"))
        return
    words = names.list_of(pack.suspects[:MOST_SUSPECTS])
    facts = {"count": len(pack.suspects), "words": plain(words)}
    st.warning(names.word("documents.pack.suspects", **facts), icon=":material/visibility:")


def _show_key(
    pack: Pack, names: Naming, key_name: str, door: Door, on_key: Callable[[Pack], None]
) -> None:
    st.button(
        names.word("documents.pack.want_key"),
        key="pack-key",
        icon=":material/lock:",
        disabled=not door.writer,
        help=None if door.writer else names.word("leaving.sign_first"),
        on_click=on_key,
        args=(pack,),
    )
    taken = kept("pack_key")
    if isinstance(taken, GeodataError):
        st.error(plain(say_error(taken, names.language)), icon=":material/block:")
    elif taken == pack.key:
        st.download_button(
            names.word("documents.pack.key"),
            data=pack.key,
            file_name=key_name,
            mime="text/csv",
            key="download-pack-key",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(names.word("documents.pack.key_about"))
