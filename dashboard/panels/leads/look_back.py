"""In a case file: leads that led to it, volunteers who are asked whether it has come back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from dashboard.actions.invitations import Wish
from dashboard.draft import Around, Draft
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.leads.words import say_kind, say_source, say_state, say_when
from dashboard.routes.pictures import picture_address
from dashboard.session import number_of, widget
from geodata import Case
from geodata.evidence_store import EvidenceItem
from layers.invitations import MOST_DAYS, PRECISIONS, Invitation
from layers.leads import MOST_LETTERS, Lead

DAYS = 14
OBSERVATION = "volunteer_observation"


def show_case_leads(leads: Sequence[Lead], names: Naming, on_open: Callable[[str], None]) -> None:
    """Show the leads that became, or were put to, a case."""
    st.markdown(f"**{names.word('leads.of_case')}**")
    if not leads:
        st.caption(names.word("leads.of_case_none"))
    for one in leads:
        left, right = st.columns([0.78, 0.22], vertical_alignment="center")
        told = (say_kind(one.report.kind, names), say_source(one, names), say_when(one.at),
                say_state(one, names))  # fmt: skip
        left.markdown(plain(f"{one.id} · {' · '.join(told)}"))
        right.button(
            names.word("leads.open"),
            key=f"case-lead-{one.id}",
            width="stretch",
            on_click=on_open,
            args=(one.id,),
        )


def show_invite_form(
    case: Case,
    hazards: Sequence[str],
    around: Around,
    volunteers: Mapping[str, str],
    names: Naming,
    *,
    is_time: bool,
    may_invite: bool,
    writer: str,
    on_invite: Callable[[Wish], None],
) -> None:
    """Show whom to invite, to which hazard, what to look at, for how long and how exact a place."""
    st.markdown(f"**{names.word('invitation.heading')}**")
    if not may_invite:
        st.caption(names.word("invitation.may_not"))
        return
    if not is_time:
        st.info(names.word("invitation.not_yet"), icon=":material/event_repeat:")
        return
    if not hazards:
        st.info(names.word("invitation.no_hazards"), icon=":material/link_off:")
        return
    if not volunteers:
        st.info(names.word("invitation.no_volunteers"), icon=":material/person_off:")
        return
    st.caption(names.word("invitation.about"))
    key = f"invite-{case.id}-{number_of('invitation_form')}"
    one, two = st.columns(2)
    one.selectbox(
        f"{names.word('invitation.whom')} *",
        list(volunteers),
        index=None,
        format_func=lambda each: f"{volunteers.get(each, each)} ({each})",
        key=f"{key}-whom",
        placeholder=names.word("leads.form.choose"),
    )
    two.selectbox(
        f"{names.word('invitation.hazard')} *",
        hazards,
        index=0 if len(hazards) == 1 else None,
        format_func=lambda ref: f"{around.hazards.get(ref, ref)} ({ref.partition(':')[2]})",
        key=f"{key}-hazard",
        placeholder=names.word("leads.form.choose"),
    )
    with st.container():  # in a box that scrolls, a text area by itself is pressed flat
        st.text_area(
            f"{names.word('invitation.look_at')} *",
            key=f"{key}-text",
            height=80,
            max_chars=MOST_LETTERS,
            placeholder=names.word("invitation.look_at_hint"),
        )
    three, four = st.columns([0.35, 0.65])
    three.number_input(names.word("invitation.days"), 1, MOST_DAYS, DAYS, key=f"{key}-days")
    four.radio(
        names.word("invitation.precision"),
        PRECISIONS,
        format_func=lambda each: names.word(f"invitation.precisions.{each}"),
        key=f"{key}-precision-{names.language}",
        horizontal=True,
    )
    st.button(
        names.word("invitation.button"),
        key="invite",
        type="primary",
        icon=":material/mail:",
        disabled=not writer,
        help=None if writer else names.word("leads.sign_first"),
        on_click=lambda: on_invite(_wish(case, key, names)),
    )


def _wish(case: Case, key: str, names: Naming) -> Wish:
    return Wish(
        case=case.id,
        hazard=str(widget(f"{key}-hazard") or ""),
        account=str(widget(f"{key}-whom") or ""),
        look_at=str(widget(f"{key}-text") or ""),
        days=int(widget(f"{key}-days") or 0),
        precision=widget(f"{key}-precision-{names.language}") or PRECISIONS[0],
    )


def show_case_invitations(
    invitations: Sequence[Invitation],
    items: Mapping[int, EvidenceItem],
    case: Case,
    names: Naming,
    around: Around,
    *,
    may_invite: bool,
    on_withdraw: Callable[[str], None],
    on_enter: Callable[[Draft], None],
) -> None:
    """Show the invitations of a case and what volunteers saw: an observation, no finding."""
    if not invitations:
        st.caption(names.word("invitation.none"))
        return
    now = datetime.now(UTC)
    for one in invitations:
        with st.container(border=True):
            _show_one(one, items, names, now)
            standing = one.standing(now)
            if standing == "waiting" and may_invite:
                st.button(
                    names.word("invitation.withdraw"),
                    key=f"withdraw-{one.id}",
                    icon=":material/undo:",
                    on_click=on_withdraw,
                    args=(one.id,),
                )
            elif one.answer is not None and may_invite:
                _show_entering(one, case, names, around, on_enter)


def _show_one(
    one: Invitation, items: Mapping[int, EvidenceItem], names: Naming, now: datetime
) -> None:
    hazard = f"{names.table(one.layer)} · {one.hazard.partition(':')[2]}"
    standing = names.word(f"invitation.standing.{one.standing(now)}")
    until = names.word("invitation.until", until=say_when(one.until))
    how = names.word(f"invitation.precisions.{one.precision}")
    st.html(
        f'<div class="pim-card"><b>{escape(one.account)}</b> · {escape(hazard)}'
        f' <span class="pim-chip">{escape(standing)}</span>'
        f'<div class="pim-sub">{escape(until)} · {escape(how)} · {escape(one.by)}</div>'
        f"<p>{escape(one.look_at)}</p></div>"
    )
    if one.answer is None:
        return
    seen = names.word(f"invitation.seen.{one.answer.seen}")
    st.markdown(f":material/visibility: **{plain(seen)}** · {plain(one.answer.text)}")
    st.caption(names.word("invitation.no_finding", at=say_when(one.answer.at)))
    pictures = "".join(
        f'<figure><img src="{escape(picture_address(items[n].sha256, "thumb"))}" alt="">'
        f"<figcaption>{n}</figcaption></figure>"
        for n in one.answer.photos
        if n in items
    )
    if pictures:
        st.html(f'<div class="pim-gallery">{pictures}</div>')


def _show_entering(
    one: Invitation,
    case: Case,
    names: Naming,
    around: Around,
    on_enter: Callable[[Draft], None],
) -> None:
    """Offer to enter an observation into the course of the case, once, by an officer of its own."""
    mark = f"({one.id})"
    if any(event.kind == OBSERVATION and mark in event.note for event in case.events):
        st.caption(names.word("invitation.entered"))
        return
    answer = one.answer
    if answer is None or OBSERVATION not in names.rules.facts:
        return
    result = " · ".join(filter(None, (names.word(f"invitation.seen.{answer.seen}"), answer.text)))
    draft = Draft(
        case.id,
        OBSERVATION,
        around.usual_day,
        case.revision,
        note=names.word("invitation.entry_note", id=mark),
        details=(("participants", one.account), ("result", result)),
    )
    st.button(
        names.word("invitation.enter"),
        key=f"observe-{one.id}",
        icon=":material/playlist_add:",
        help=names.word("invitation.enter_help"),
        on_click=on_enter,
        args=(draft,),
    )
