"""What only a person can decide about a file: what its pictures show, whether a word is a name."""

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from dashboard.leaving import Checked
from dashboard.naming import Naming
from dashboard.routes.pictures import hand_over_copy
from dashboard.session import once, widget
from dashboard.words.disclosure import say_entity, say_where
from geodata import GeodataError
from layers.disclosure.check import Pictured, Suspected
from layers.disclosure.release_book import Ruling

KINDS = ("company", "estate", "agency", "village_committee", "site", "person", "address", "other")
"""Kinds of names that a person may declare; finer ones follow from how a name ends."""

MOST_SUSPECTS = 60


def show_suspects(
    suspects: Sequence[Suspected],
    names: Naming,
    *,
    key: str,
    on_decide: Callable[[str, Ruling, str], None],
) -> None:
    """Show what looks like a name, to be added to the aliases or left as an ordinary word."""
    with st.expander(
        names.word("leaving.suspects", count=len(suspects)), expanded=False, icon=":material/help:"
    ):
        st.caption(names.word("leaving.suspects_about"))
        for number, one in enumerate(suspects[:MOST_SUSPECTS]):
            text, kind, yes, no = st.columns([0.46, 0.2, 0.17, 0.17], vertical_alignment="center")
            place = escape(say_where(one.where, names.language))
            text.html(f"<b>{escape(one.text)}</b> <small>×{one.count}　{place}</small>")
            chosen = kind.selectbox(
                names.word("leaving.suspect_kind"),
                KINDS,
                format_func=lambda of: say_entity(of, names.language),
                key=f"suspect-kind-{key}-{number}-{names.language}",
                label_visibility="collapsed",
            )
            yes.button(
                names.word("leaving.is_name"),
                key=f"suspect-name-{key}-{number}",
                width="stretch",
                on_click=on_decide,
                args=(one.text, "name", chosen),
            )
            no.button(
                names.word("leaving.is_word"),
                key=f"suspect-word-{key}-{number}",
                width="stretch",
                on_click=on_decide,
                args=(one.text, "kept", ""),
            )


def show_pictures(
    checked: Checked, names: Naming, *, key: str, on_look: Callable[[Checked], None]
) -> None:
    """Show every picture of a file on request, and ask whether somebody has looked at them."""
    pictures, looked = checked.looked.pictures, f"looked-{key}-{checked.sha256[:12]}"
    if not st.toggle(names.word("leaving.pictures", count=len(pictures)), key=f"pictures-{key}"):
        return
    st.caption(names.word("leaving.pictures_about"))
    with st.spinner(names.word("leaving.checking")):
        gallery = once(
            f"gallery.{key}",
            (checked.sha256, names.language),
            lambda: "".join(_figure(number, one, names) for number, one in enumerate(pictures, 1)),
        )
    st.html(f'<div class="pim-gallery">{gallery}</div>')
    st.checkbox(
        names.word("leaving.have_looked", count=len(pictures)),
        key=looked,
        on_change=lambda: on_look(checked) if widget(looked) else None,
    )


def _figure(number: int, picture: Pictured, names: Naming) -> str:
    place = escape(say_where(picture.where, names.language), quote=True)
    address = _address(picture)
    shown = (
        f'<img src="{address}" alt="{place}">'
        if address
        else f"<p>{escape(names.word('leaving.unseen'))}</p>"
    )
    return f"<figure>{shown}<figcaption>{number}. {place}</figcaption></figure>"


def _address(picture: Pictured) -> str:
    """Return where the browser finds a picture, nothing for one that cannot be shown."""
    try:
        return hand_over_copy(picture.draw())
    except (GeodataError, OSError, ValueError, SyntaxError):
        return ""
