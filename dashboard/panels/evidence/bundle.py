"""The bundle for court: which items go in, making it, taking it; and the check of the store."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.actions.evidence import Done, Told
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.evidence.change import show_sign_first
from dashboard.panels.evidence.words import ACCESS_CLASSES, say_class, say_name, say_trouble
from dashboard.session import widget
from geodata import GeodataError
from geodata.court_bundle import WITHHELD, may_leave
from geodata.evidence_store import EvidenceItem, Verified

OnBundle = Callable[[Sequence[int], str, Collection[str], Told], None]
MOST_TROUBLES = 50


def show_bundle(
    items: Sequence[EvidenceItem],
    about: str,
    writer: str,
    names: Naming,
    on_bundle: OnBundle,
) -> None:
    """Show which items may go into a bundle, what stays out by its class, and make it."""
    key = f"bundle-{about}-{names.language}"
    st.markdown(f"**{names.word('evidence.bundle.heading')}**")
    st.caption(names.word("evidence.bundle.about"))
    title = st.text_input(
        names.word("evidence.bundle.title"),
        value=names.shared_word("evidence", "title", case=about or "—"),
        key=f"{key}-title",
        max_chars=120,
    )
    closed = [one for one in ACCESS_CLASSES if one in WITHHELD]
    asked = st.multiselect(
        names.word("evidence.bundle.classes"),
        closed,
        format_func=lambda one: say_class(one, names),
        key=f"{key}-classes",
        placeholder=names.word("evidence.bundle.none_of_them"),
    )
    known = {one.number: one for one in items}
    chosen = st.multiselect(
        names.word("evidence.bundle.items"),
        list(known),
        default=list(known),
        format_func=lambda one: say_name(known[one]) if one in known else str(one),
        key=f"{key}-items-{len(known)}",
        placeholder=names.word("case_file.moves.choose"),
    )
    goes = [one for one in chosen if may_leave(known[one], asked)]
    stays = [one for one in chosen if one not in goes]
    st.markdown(names.word("evidence.bundle.counts", goes=len(goes), stays=len(stays)))
    if stays:
        shown = names.list_of(_say_withheld(known[one], names) for one in stays)
        st.warning(
            plain(names.word("evidence.bundle.withheld", names=shown)),
            icon=":material/visibility_off:",
        )
    pressed = st.button(
        names.word("evidence.bundle.button", count=len(goes)),
        key="evidence-bundle",
        type="primary",
        icon=":material/gavel:",
        disabled=not (goes and writer),
    )
    show_sign_first(writer, names)
    if pressed:
        bar = st.progress(0.0, names.word("evidence.bundle.packing", done=0, of=len(goes)))

        def progress(done: int, of: int) -> None:
            said = names.word("evidence.bundle.packing", done=done, of=of)
            bar.progress(done / max(of, 1), said)

        on_bundle(list(chosen), str(title or ""), list(asked), progress)
        st.rerun()


def _say_withheld(item: EvidenceItem, names: Naming) -> str:
    return f"{say_name(item)} ({say_class(item.facts.access_class, names)})"


def show_made_bundle(made: Done | None, about: str, names: Naming) -> None:
    """Show the bundle that was made, to be taken, and its hash to be written down."""
    if made is None or made.bundle is None or not made.bundle.is_file():
        return
    size = made.bundle.stat().st_size
    st.download_button(
        names.word("evidence.bundle.take", size=f"{size / 10**6:,.1f}"),
        data=partial(_read, made.bundle),
        file_name=names.word("evidence.bundle.file", about=about.replace(":", "-") or "all"),
        mime="application/zip",
        key="evidence-bundle-take",
        icon=":material/download:",
        on_click="ignore",
    )
    st.code(f"SHA-256 {made.sha256}", language=None)
    st.caption(names.word("evidence.bundle.check"))


def show_verify(
    found: Verified | GeodataError | None, names: Naming, on_verify: Callable[[str], None]
) -> None:
    """Show the button that hashes everything again, and what was found."""
    st.markdown(f"**{names.word('evidence.verify.heading')}**")
    st.caption(names.word("evidence.verify.about"))
    left, right = st.columns([0.68, 0.32], vertical_alignment="bottom")
    head = left.text_input(
        names.word("evidence.verify.head"), key="evidence-head", max_chars=64, placeholder="…"
    )
    pressed = right.button(
        names.word("evidence.verify.button"),
        key="evidence-verify",
        icon=":material/verified:",
        width="stretch",
    )
    if pressed:
        with st.spinner(names.word("evidence.verify.checking")):
            on_verify(str(widget("evidence-head") or head or ""))
        st.rerun()
    if isinstance(found, GeodataError):
        st.error(plain(say_trouble(found, names)), icon=":material/block:")
    elif found is not None:
        _show_verified(found, names)


def _show_verified(found: Verified, names: Naming) -> None:
    facts = {
        "originals": f"{found.originals:,}",
        "entries": f"{found.entries:,}",
        "size": f"{found.size:,}",
        "number": found.head.number,
        "chain": found.head.chain,
    }
    if found.is_sound:
        st.success(names.shared_word("evidence", "verified", **facts), icon=":material/verified:")
    else:
        st.error(names.shared_word("evidence", "differs", **facts), icon=":material/gpp_bad:")
    for one in found.troubles[:MOST_TROUBLES]:
        said = names.shared_word(
            "evidence_troubles", one.kind, subject=one.subject, detail=one.detail
        )
        st.warning(plain(said), icon=":material/report:")


def _read(place: Path) -> bytes:
    return place.read_bytes()
