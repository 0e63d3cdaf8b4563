"""One lead in full: what was told, by whom, photographs when asked for, what is near."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from dashboard.desks.leads import Near
from dashboard.naming import Naming
from dashboard.panels.card import NOTHING, plain
from dashboard.panels.leads.words import (
    say_decision,
    say_kind,
    say_near,
    say_place,
    say_source,
    say_state,
    say_when,
)
from dashboard.routes.pictures import picture_address
from dashboard.session import widget
from geodata.evidence_store import EvidenceItem
from layers.leads import Lead, Report

ROW_PX, LIST_PX = 36, 220


def show_lead(lead: Lead, office_there: str, public: tuple[str, str], names: Naming) -> None:
    """Show what was told in a lead, where, when, by whom, and what its reporter is told of it.

    `office_there` is the office in whose outline it lies, where that is another.
    """
    report = lead.report
    mark = names.word("frame.demonstration_short") if lead.is_demonstration else ""
    demo = f'<span class="pim-demo">{escape(mark)}</span>' if mark else ""
    status, reason = public
    told = names.word(f"volunteer.status.{status}")
    told = f"{told} ({names.word(f'leads.reason.{reason}')})" if reason else told
    facts = {
        "state": say_state(lead, names),
        "source": say_source(lead, names),
        "who": lead.who,
        "received": say_when(lead.at),
        "seen_on": report.seen_on.isoformat(),
        "place": say_place(report),
        "system": _system(report, names),
        "office": names.office(lead.office),
        "public": told,
    }
    rows = "".join(
        f"<tr><td>{escape(names.word(f'leads.fact.{name}'))}</td><td>{escape(value)}</td></tr>"
        for name, value in facts.items()
    )
    kind = escape(say_kind(report.kind, names))
    st.html(
        f'<div class="pim-card"><h4>{kind} <span class="pim-sub">{lead.id}</span>{demo}</h4>'
        f"<p>{escape(report.text)}</p><table>{rows}</table></div>"
    )
    if office_there:
        there = names.word("leads.lies_elsewhere", office=names.office(office_there))
        st.warning(there, icon=":material/wrong_location:")
    for voice in lead.voices:
        said = f"{say_when(voice.at)} · {voice.who}：{voice.report.text}"
        st.markdown(f":material/group_add: {plain(said)}")


def _system(report: Report, names: Naming) -> str:
    if not report.said:
        return NOTHING
    return f"{report.said} · {names.system(report.system)}"


def show_guarded(
    lead: Lead,
    items: Mapping[int, EvidenceItem],
    names: Naming,
    *,
    is_revealed: bool,
    may_reveal: bool,
    on_reveal: Callable[[str], None],
) -> None:
    """Show photographs and contacts of a lead once somebody has asked for them; that is noted."""
    contacts = [one for one in (lead.report.contact, *_contacts(lead)) if one]
    if not lead.photos and not contacts:
        st.caption(names.word("leads.nothing_guarded"))
        return
    if not is_revealed:
        facts = {"photos": len(lead.photos), "contacts": len(contacts)}
        left, right = st.columns([0.62, 0.38], vertical_alignment="center")
        left.caption(f":material/lock: {names.word('leads.guarded', **facts)}")
        right.button(
            names.word("leads.reveal"),
            key=f"lead-reveal-{lead.id}",
            icon=":material/visibility:",
            width="stretch",
            disabled=not may_reveal,
            help=None if may_reveal else names.word("leads.may_not_reveal"),
            on_click=on_reveal,
            args=(lead.id,),
        )
        return
    for one in contacts:
        st.markdown(f":material/call: {plain(one)}")
    pictures = "".join(_picture(items[number], names) for number in lead.photos if number in items)
    if pictures:
        st.html(f'<div class="pim-gallery">{pictures}</div>')


def _contacts(lead: Lead) -> list[str]:
    return [one.report.contact for one in lead.voices]


def _picture(item: EvidenceItem, names: Naming) -> str:
    src = escape(picture_address(item.sha256, "large"))
    name = escape(item.facts.original_filename)
    facts = f"{item.number} · SHA-256 {item.sha256[:12]}… · {say_when(item.facts.received_at)}"
    alt = escape(names.word("leads.photo_alt", name=item.facts.original_filename))
    return (
        f'<figure><a href="{src}" target="_blank"><img src="{src}" alt="{alt}"></a>'
        f"<figcaption>{name}<br>{escape(facts)}</figcaption></figure>"
    )


def show_near(
    near: Sequence[Near],
    names: Naming,
    *,
    has_place: bool,
    on_open: Callable[[Near], None],
) -> None:
    """Show what lies near a lead, in metres; a row that is picked is opened."""
    if not has_place:
        st.caption(names.word("leads.no_place"))
        return
    if not near:
        st.caption(names.word("leads.none_near"))
        return
    rows = [_near_row(one, names) for one in near]
    titles = [names.word(f"leads.near.{one}") for one in ("distance", "sort", "name", "about")]
    key = f"lead-near-{names.language}-{hash(tuple(one.id for one in near))}"

    def tell() -> None:
        picked = widget(key)["selection"]["rows"]
        if picked:
            on_open(near[picked[0]])

    st.dataframe(
        pd.DataFrame(rows, columns=titles),
        key=key,
        hide_index=True,
        height=min(LIST_PX, ROW_PX * (len(rows) + 1)),
        on_select=tell,
        selection_mode="single-row",
    )
    st.caption(names.word("leads.near.open_hint"))


def _near_row(one: Near, names: Naming) -> tuple[object, ...]:
    sort, name, about = say_near(one, names)
    about = f"{about} ★" if one.is_same_kind else about
    return round(one.distance_m), sort, name, about


def show_lead_history(lead: Lead, names: Naming) -> None:
    """Show what happened with a lead, entry by entry: who, when, what, why."""
    steps = [(lead.at, lead.who, names.word("leads.came_in"))]
    steps += [(one.at, one.who, names.word("leads.act.join")) for one in lead.voices]
    steps += [
        (one.at, one.who, say_decision(one, names)) for one in lead.decisions if one.at is not None
    ]
    lines = "".join(
        f"<li><time>{say_when(at)}</time>{escape(who)} · {escape(said)}</li>"
        for at, who, said in sorted(steps)
    )
    st.html(f'<ul class="pim-line">{lines}</ul>')
