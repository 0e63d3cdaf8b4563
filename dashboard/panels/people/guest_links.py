"""Guest links on screen: giving one, handing its text over once, and revoking those that hold."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard.doors.guests import MOST_CASES, MOST_DAYS, GuestLink
from dashboard.naming import Naming
from dashboard.session import widget
from dashboard.text import say_error
from geodata import GeodataError
from geodata.lifecycle import OFFICE_TIME

LIST_PX, ROW_PX, DAYS = 420, 36, 7


def show_guest_form(
    titles: Mapping[str, str], number: int, names: Naming, on_give: Callable[..., None]
) -> None:
    """Show for whom a link is, what for, to which cases and for how many days, and the button."""
    st.caption(names.word("acts.guest.about"))
    with st.form(f"guest-form-{number}", border=False):
        recipient = st.text_input(f"{names.word('acts.guest.recipient')} *", max_chars=60)
        purpose = st.text_input(f"{names.word('acts.guest.purpose')} *", max_chars=100)
        cases = st.multiselect(
            f"{names.word('acts.guest.cases')} *",
            list(titles),
            format_func=lambda one: f"{one} · {titles.get(one, '')}",
            max_selections=MOST_CASES,
            placeholder="",
        )
        days = st.number_input(names.word("acts.guest.days"), 1, MOST_DAYS, DAYS)
        if st.form_submit_button(names.word("acts.guest.give"), icon=":material/link:"):
            on_give(recipient, purpose, cases, int(days))
            st.rerun()


def show_given(outcome: tuple[GuestLink, str] | GeodataError | None, names: Naming) -> None:
    """Show the link that was just given, to be copied, or why there is none."""
    if isinstance(outcome, GeodataError):
        st.error(say_error(outcome, names.language), icon=":material/block:")
    elif outcome is not None:
        link, address = outcome
        facts = {"until": _when(link.until), "recipient": link.recipient}
        st.success(names.word("acts.guest.given", **facts), icon=":material/check_circle:")
        st.code(address, language=None, wrap_lines=True)


def show_guest_links(
    links: Sequence[GuestLink],
    now: datetime,
    names: Naming,
    on_revoke: Callable[[str], None],
) -> None:
    """Show the links that were given and how each stands; a chosen one can be revoked."""
    if not links:
        st.info(names.word("acts.guest.none"), icon=":material/link:")
        return
    lines = [_line(one, now, names) for one in links]
    key = f"guest-links-{names.language}-{len(links)}"
    shown = st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        height=min(LIST_PX, ROW_PX * (len(lines) + 1)),
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = shown["selection"]["rows"] if shown else (widget(key) or {}).get("rows", [])
    chosen = links[rows[0]] if rows and rows[0] < len(links) else None
    if chosen is None or not chosen.holds(now):
        st.caption(names.word("acts.guest.pick"))
        return
    st.button(
        names.word("acts.guest.revoke"),
        key="guest-revoke",
        icon=":material/link_off:",
        on_click=on_revoke,
        args=(chosen.id,),
    )


def _line(one: GuestLink, now: datetime, names: Naming) -> dict[str, object]:
    state = "revoked" if one.is_revoked else "valid" if one.holds(now) else "over"
    told = {
        "recipient": one.recipient,
        "purpose": one.purpose,
        "cases": ", ".join(one.cases),
        "until": _when(one.until),
        "state": names.word(f"acts.guest.{state}"),
        "used": one.uses,
        "by": one.by,
    }
    return {names.word(f"acts.guest.{name}"): value for name, value in told.items()}


def _when(instant: datetime) -> str:
    return instant.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M")
