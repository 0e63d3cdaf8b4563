"""The page of volunteers: what is near, the buttons that submit, their own leads, invitations."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from dashboard.actions.invitations import Done as Invited
from dashboard.actions.leads import Done, Filled, Photo
from dashboard.desks.invitations import Invited as Invitation
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.leads.report_form import photos_in, show_photo_field
from dashboard.panels.leads.words import say_kind, say_trouble, say_when
from dashboard.routes.pictures import picture_address
from dashboard.session import number_of, set_widget, widget
from geodata import GeodataError
from layers.invitations import SEEN
from layers.lead_places import NearGroup
from layers.lead_status import PublicLead
from layers.leads import MOST_LETTERS

PARTS = ("report", "mine", "invitations")
SIGNS = {
    "received": "○",
    "evaluating": "◐",
    "filed": "◉",
    "closed": "✓",
    "not_filed": "–",
    "referred": "→",
    "known": "◎",
    "not_taken": "–",
}
"""A sign before each status, so that it is not told by colour."""


def show_volunteer_parts(
    part: str, counts: Mapping[str, int], names: Naming, on_part: Callable[[str], None]
) -> None:
    """Show the parts of the page, with how many things lie in each."""
    set_widget("volunteer-part", part)

    def say(one: str) -> str:
        word = names.word(f"volunteer.part.{one}")
        return f"{word} ({counts[one]})" if counts.get(one) else word

    st.segmented_control(
        names.word("screens.volunteer"),
        PARTS,
        format_func=say,
        key="volunteer-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("volunteer-part") or part),
    )


def show_lead_answer(answer: Done | GeodataError | None, names: Naming) -> None:
    """Show what became of what was submitted last."""
    if isinstance(answer, GeodataError):
        st.error(plain(say_trouble(answer, names)), icon=":material/block:")
    elif answer is not None and answer.what in {"submitted", "joined"}:
        st.success(names.word(f"volunteer.done.{answer.what}"), icon=":material/check_circle:")


def show_submit(
    read: Callable[[], Filled],
    kind: str,
    groups: Sequence[NearGroup],
    left: int,
    names: Naming,
    *,
    on_submit: Callable[[Filled], None],
    on_join: Callable[[Filled, str, int], None],
) -> None:
    """Show what others have reported nearby, the button that submits, and how often it can be."""
    joined = _show_groups(groups, kind, names) if groups else None
    if left <= 0:
        st.info(names.word("volunteer.none_left"), icon=":material/hourglass_disabled:")
    if joined is not None:
        st.button(
            names.word("volunteer.join"),
            key="lead-join",
            type="primary",
            icon=":material/group_add:",
            width="stretch",
            disabled=left <= 0,
            on_click=lambda: on_join(read(), joined.kind, joined.within_m),
        )
    else:
        st.button(
            names.word("volunteer.submit"),
            key="lead-submit",
            type="primary",
            icon=":material/send:",
            width="stretch",
            disabled=left <= 0,
            on_click=lambda: on_submit(read()),
        )
    st.caption(names.word("volunteer.left", count=left))


def _show_groups(groups: Sequence[NearGroup], kind: str, names: Naming) -> NearGroup | None:
    """Show what is near; return the group that the visitor wants to join, None for a new lead."""
    with st.container(border=True, key="lead-near"):
        st.markdown(f"**{names.word('volunteer.near')}**")
        st.caption(names.word("volunteer.near_about"))
        offered = sorted(groups, key=lambda one: (one.kind != kind, one.within_m))
        options: list[NearGroup | None] = [None, *offered]

        def say(one: NearGroup | None) -> str:
            if one is None:
                return names.word("volunteer.as_new")
            facts = {"count": one.count, "within": one.within_m, "kind": say_kind(one.kind, names)}
            return names.word("volunteer.near_group", **facts)

        chosen: NearGroup | None = st.radio(
            names.word("volunteer.near"),
            options,
            format_func=say,
            key=f"lead-near-{names.language}-{hash(tuple(offered))}",
            label_visibility="collapsed",
        )
    return chosen


def show_my_leads(
    leads: Sequence[PublicLead],
    photos: Mapping[int, str],
    names: Naming,
    on_part: Callable[[str], None],
) -> None:
    """Show a visitor's own leads: their words, the status in plain words, what they are told.

    `photos` are the hashes of their own photographs by number.
    """
    if not leads:
        st.info(names.word("volunteer.mine_none"), icon=":material/edit_note:")
        st.button(
            names.word("volunteer.part.report"),
            key="lead-first",
            icon=":material/add:",
            on_click=on_part,
            args=("report",),
        )
        return
    for one in leads:
        with st.container(border=True):
            st.html(_own_lead(one, photos, names))


def _own_lead(one: PublicLead, photos: Mapping[int, str], names: Naming) -> str:
    status = f"{SIGNS[one.status]} {names.word(f'volunteer.status.{one.status}')}"
    about = names.word(f"volunteer.about.{one.status}")
    if one.reason:
        about = f"{about}{names.word(f'leads.reason.{one.reason}')}"
    mark = names.word("frame.demonstration_short") if one.is_demonstration else ""
    demo = f'<span class="pim-demo">{escape(mark)}</span>' if mark else ""
    joined = f" · {escape(names.word('volunteer.joined'))}" if one.is_joined else ""
    told = "".join(
        f"<li><time>{day.isoformat()}</time>{escape(text)}</li>" for day, text in one.told
    )
    where = escape(one.report.place) or _degrees(one)
    pictures = "".join(
        f'<figure><img src="{escape(picture_address(photos[n], "thumb"))}" alt=""></figure>'
        for n in one.report.photos
        if n in photos
    )
    return (
        f'<div class="pim-card"><h4>{escape(say_kind(one.report.kind, names))}{demo}</h4>'
        f'<div class="pim-sub">{say_when(one.reported_at)}{joined} · {where}</div>'
        f"<p>{escape(one.report.text)}</p>"
        f'<p><span class="pim-chip"><b>{escape(status)}</b></span> {escape(about)}</p>'
        f'{f"""<ul class="pim-line">{told}</ul>""" if told else ""}'
        f'{f"""<div class="pim-gallery">{pictures}</div>""" if pictures else ""}</div>'
    )


def _degrees(one: PublicLead) -> str:
    report = one.report
    return f"{report.lon:.5f}, {report.lat:.5f}" if report.has_place else ""


# ------------------------------------------------------------------------ invitations


def show_invitation_answer(answer: Invited | GeodataError | None, names: Naming) -> None:
    """Show what became of an invitation that was made, withdrawn or answered last."""
    if isinstance(answer, GeodataError):
        st.error(plain(say_trouble(answer, names)), icon=":material/block:")
    elif answer is not None:
        st.success(names.word(f"invitation.done.{answer.what}"), icon=":material/check_circle:")


def show_invitations(
    invitations: Sequence[Invitation],
    names: Naming,
    *,
    show_place: Callable[[Invitation], None],
    on_answer: Callable[[str, str, str, Sequence[Photo]], None],
) -> None:
    """Show a visitor's invitations: what to look at and where, and the form of the answer."""
    if not invitations:
        st.info(names.word("volunteer.invitations_none"), icon=":material/mail:")
        return
    for one in invitations:
        with st.container(border=True):
            _show_invitation(one, names)
            if one.standing == "waiting":
                show_place(one)
                _show_answer_form(one, names, on_answer)


def _show_invitation(one: Invitation, names: Naming) -> None:
    kind = names.table(one.layer)
    until = say_when(one.until)
    mark = names.word("frame.demonstration_short") if one.is_demonstration else ""
    demo = f'<span class="pim-demo">{escape(mark)}</span>' if mark else ""
    st.html(
        f'<div class="pim-card"><h4>{escape(names.word("invitation.title", kind=kind))}{demo}</h4>'
        f'<div class="pim-sub">{escape(names.word("invitation.until", until=until))}</div></div>'
    )
    if one.standing == "waiting":
        st.text(one.look_at)
        return
    st.caption(names.word(f"invitation.standing.{one.standing}"))
    if one.answer is not None:
        seen = names.word(f"invitation.seen.{one.answer.seen}")
        st.text(" · ".join(filter(None, (seen, one.answer.text))))


def _show_answer_form(
    one: Invitation,
    names: Naming,
    on_answer: Callable[[str, str, str, Sequence[Photo]], None],
) -> None:
    key = f"invited-{one.key}-{number_of('invitation_form')}"
    seen_key = f"{key}-seen-{names.language}"
    seen = st.radio(
        f"{names.word('invitation.what_seen')} *",
        SEEN,
        index=None,
        format_func=lambda each: names.word(f"invitation.seen.{each}"),
        key=seen_key,
    )
    st.text_area(
        names.word("invitation.comment"), key=f"{key}-text", height=90, max_chars=MOST_LETTERS
    )
    show_photo_field(key, names)
    st.button(
        names.word("invitation.send"),
        key=f"{key}-send",
        type="primary",
        icon=":material/send:",
        width="stretch",
        disabled=seen is None,
        on_click=lambda: on_answer(
            one.key,
            str(widget(seen_key) or ""),
            str(widget(f"{key}-text") or ""),
            photos_in(key),
        ),
    )
