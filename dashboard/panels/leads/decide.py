"""Deciding on a lead: evaluate, register, merge, pass on, not take, tell."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from dashboard.desks.leads import Near
from dashboard.draft import NewLead, fields_of
from dashboard.naming import Naming
from dashboard.panels.leads.words import say_kind, say_near
from dashboard.session import number_of, widget
from layers.leads import MOST_LETTERS, REASONS, Act, Decision, Lead

SHORT = 24
OnDecide = Callable[[str, int, Decision, NewLead | None], None]


def show_decide(
    lead: Lead,
    acts: Sequence[Act],
    near: Sequence[Near],
    names: Naming,
    *,
    cases: Mapping[str, str],
    case_id: str,
    today: date,
    writer: str,
    on_decide: OnDecide,
) -> None:
    """Show what may be decided on a lead, and what the chosen decision asks for.

    `case_id` is the number that a new case would have, `cases` those it could be put to.
    """
    if not acts:
        st.caption(names.word("leads.may_not_decide"))
        return
    key = f"decide-{lead.id}-{lead.seen}-{number_of('lead_decision')}"
    act = st.segmented_control(
        names.word("leads.decide"),
        acts,
        default=acts[0],
        required=True,
        format_func=lambda one: names.word(f"leads.act.{one}"),
        key=f"{key}-act-{names.language}",
        label_visibility="collapsed",
    )
    st.caption(names.word(f"leads.act_about.{act}"))
    if act == "register":
        _show_register(key, lead, near, names, case_id)
    elif act == "merge":
        _show_merge(key, lead, near, names, cases)
    elif act == "pass_on":
        _show_offices(key, lead, names)
    elif act == "not_take":
        _show_reasons(key, names)
    if act != "tell":
        needs = "" if act in {"evaluate", "register", "merge"} else " *"
        st.text_input(
            f"{names.word('leads.why')}{needs}", key=f"{key}-why-{act}", max_chars=MOST_LETTERS
        )
    st.text_input(
        names.word("leads.tell_this" if act == "tell" else "leads.tell"),
        key=f"{key}-told-{act}",
        max_chars=MOST_LETTERS,
        help=names.word("leads.tell_help"),
    )
    st.button(
        names.word(f"leads.act.{act}"),
        key="lead-decide",
        type="primary",
        icon=":material/check:",
        disabled=not writer,
        help=None if writer else names.word("leads.sign_first"),
        on_click=lambda: on_decide(
            lead.id, lead.seen, _decision(key, act), _new(key, act, lead, today)
        ),
    )


def _show_register(key: str, lead: Lead, near: Sequence[Near], names: Naming, case_id: str) -> None:
    st.text_input(
        f"{names.word('case_file.lead.title')} *",
        key=f"{key}-title",
        placeholder=names.word("case_file.lead.title_placeholder"),
    )
    one, two, three = st.columns([0.3, 0.3, 0.4])
    one.text_input(f"{names.word('case_file.lead.id')} *", value=case_id, key=f"{key}-case")
    kinds = names.titles(names.rules.codes["case_kinds"])
    kind = _pick(two, names.word("case_file.lead.kind"), kinds, f"{key}-kind", names)
    fields = fields_of(names.rules.entries["fields"], kind or "admin_pil")
    titles = {each: names.code("fields", each) for each in fields}
    _pick(three, names.word("case_file.lead.field"), titles, f"{key}-field", names)
    hazards = {n.id: f"{round(n.distance_m)} m · {say_near(n, names)[1]}" for n in near
               if n.sort == "hazard"}  # fmt: skip
    st.multiselect(
        names.word("case_file.lead.hazards"),
        list(hazards),
        format_func=lambda ref: hazards[ref],
        key=f"{key}-hazards",
        placeholder=names.word("leads.near_hazards"),
    )
    st.caption(names.word("leads.register_note", kind=say_kind(lead.report.kind, names)))


def _show_merge(
    key: str, lead: Lead, near: Sequence[Near], names: Naming, cases: Mapping[str, str]
) -> None:
    options = {f"{n.sort}|{n.id}": f"{round(n.distance_m)} m · {' · '.join(say_near(n, names)[:2])}"
               for n in near}  # fmt: skip
    case = names.word("leads.near.case")
    for one, title in cases.items():
        options.setdefault(f"case|{one}", f"{case} · {one} · {title}")
    _pick(st, names.word("leads.merge_to"), options, f"{key}-target", names)
    del lead


def _show_offices(key: str, lead: Lead, names: Naming) -> None:
    offices = {one: names.office(one) for one in names.city.jurisdiction_ids if one != lead.office}
    _pick(st, names.word("leads.to_office"), offices, f"{key}-office", names)


def _show_reasons(key: str, names: Naming) -> None:
    reasons = {one: names.word(f"leads.reason.{one}") for one in REASONS}
    _pick(st, names.word("leads.reason_title"), reasons, f"{key}-reason", names)


def _pick(place: Any, label: str, options: Mapping[str, str], key: str, names: Naming) -> str:
    chosen = place.selectbox(
        f"{label} *",
        list(options),
        index=None,
        format_func=lambda one: options.get(one, one),
        key=key,
        placeholder=names.word("case_file.moves.choose"),
    )
    return chosen or ""


def _told(key: str, name: str) -> str:
    return str(widget(f"{key}-{name}") or "").strip()


def _decision(key: str, act: Act) -> Decision:
    """Return the decision that the form holds."""
    sort, _, name = _told(key, "target").partition("|") if act == "merge" else ("", "", "")
    return Decision(
        act=act,
        why=_told(key, f"why-{act}"),
        reason=_told(key, "reason") if act == "not_take" else "",
        told=_told(key, f"told-{act}"),
        case=name if sort == "case" else "",
        lead=name if sort == "lead" else "",
        hazard=name if sort == "hazard" else "",
        to_office=_told(key, "office") if act == "pass_on" else "",
    )


def _new(key: str, act: Act, lead: Lead, today: date) -> NewLead | None:
    """Return the case that the form makes of a lead; None where it makes none."""
    if act != "register":
        return None
    return NewLead(
        id=_told(key, "case"),
        title_zh=_told(key, "title"),
        office=lead.office,
        kind=_told(key, "kind"),  # type: ignore[arg-type]  # checked by the action
        field=_told(key, "field"),
        lead_source=lead.source,
        occurred_on=today,
        summary=lead.report.text,
        hazards=tuple(widget(f"{key}-hazards") or ()),
        note=f"{lead.id} {_told(key, f'why-{act}')}".strip(),
    )
